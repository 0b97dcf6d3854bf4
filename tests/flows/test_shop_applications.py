# SPDX-License-Identifier: EUPL-1.2
"""A shop applies in a browser: what is wrong stands beside the field, and what Cato sends does nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from programmable_money.messages import address_of
from programmable_money.node import open_chain
from programmable_money.shops.applications import ApplicationForm, Applications, FieldProblem, FormError
from programmable_money.shops.model import ShopError, ShopPolicy, ShopRefusal
from programmable_money.shops.wording import shop_sentence
from tests.flows.applying import ENGLISH, FORM, applied, apply
from tests.flows.browser_till import URL, Counter, token_of
from tests.flows.money import STARTS_AT
from tests.unit.verifier.browser import Browser

MALTA = "MT84MALT011000012345MTLCAST001S"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """For tests that change nothing."""
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        opened = Counter.open(chain, tmp_path_factory.mktemp("shops"))
        yield opened
        opened.close()


@pytest.fixture
def counter(tmp_path: Path, database_url: str) -> Iterator[Counter]:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        opened = Counter.open(chain, tmp_path, database=database_url)
        yield opened
        opened.close()


def visitor(counter: Counter, number: int = 1) -> Browser:
    """Somebody elsewhere on the internet."""
    return Browser(counter.app, URL, client=f"192.0.2.{number}")


def door(counter: Counter) -> Applications:
    return Applications(counter.market.register, counter.market.folder, counter.links.clock)


WRONG = [
    ({"name": ""}, FieldProblem.NAME),
    ({"name": "Café Müller"}, FieldProblem.NAME),
    ({"name": "<script>alert(1)</script>"}, FieldProblem.NAME),
    ({"name": "HEMA Leek"}, FieldProblem.NAME_OF_CHAIN),
    ({"iban": "NL68BNGH0000000101"}, FieldProblem.IBAN),
    ({"iban": "<script>"}, FieldProblem.IBAN),
    ({"bic": "nonsense"}, FieldProblem.BIC),
    ({"bic": "COBADEFFXXX"}, FieldProblem.BIC),
    ({"iban": MALTA}, FieldProblem.BIC_NEEDED),
    ({"category": ""}, FieldProblem.CATEGORY),
    ({"category": "off_licence"}, FieldProblem.CATEGORY),
    ({"contact": "call me"}, FieldProblem.CONTACT),
    ({"contact": "<b>@\x07"}, FieldProblem.CONTACT),
    ({"chain": ""}, FieldProblem.CHAIN_UNSAID),
    ({"chain": "yes"}, FieldProblem.CHAIN_STORE),
]


@pytest.mark.parametrize(("changed", "problem"), WRONG)
def test_a_wrong_field_is_named_beside_it_and_nothing_that_was_typed_is_lost(
    shared: Counter, changed: dict[str, str], problem: FieldProblem
) -> None:
    keys = sorted(shared.market.folder.folder.glob("*.key"))
    with pytest.raises(FormError) as caught:
        door(shared).check(ApplicationForm(**{**FORM, **changed}))
    assert list(caught.value.problems.values()) == [problem]
    answer = apply(visitor(shared, WRONG.index((changed, problem))), **changed)
    assert answer.status_code == 422
    assert f'id="{problem.field}-wrong"' in answer.text
    assert f"{problem.field}-wrong" in answer.text.partition('aria-describedby="')[2]
    assert answer.text.count('aria-invalid="true"') == 1
    assert "<script>alert" not in answer.text
    assert "<b>" not in answer.text
    for field in {"name", "iban", "contact"} - changed.keys():
        assert f'value="{FORM[field]}"' in answer.text
    assert '<option value="toys" selected>' in answer.text or "category" in changed
    assert len(shared.market.register.store.shops()) == 1
    assert sorted(shared.market.folder.folder.glob("*.key")) == keys


def test_every_problem_of_a_field_is_tested_and_told_in_both_languages(shared: Counter) -> None:
    assert {problem for _, problem in WRONG} == set(FieldProblem)
    for number, (changed, problem) in enumerate(WRONG, start=100):
        browser = visitor(shared, number)
        form = {"token": token_of(browser, "/apply"), **FORM, **changed}
        told = [browser.post(f"/apply?lang={language}", data=form).text for language in ("nl", "en")]
        words = [text.partition(f'id="{problem.field}-wrong">')[2].partition("<")[0] for text in told]
        assert words[0] != words[1]
        assert not any(word.startswith("wrong_") for word in words)


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_kept(shared: Counter) -> None:
    browser = visitor(shared)
    answer = browser.post("/apply", data={"token": token_of(browser, "/apply")}, headers=ENGLISH)
    for field in ("name", "iban", "category", "contact", "chain"):
        assert f'id="{field}-wrong"' in answer.text
    assert answer.text.count(" autofocus") == 1


def test_what_the_sponsor_asks_is_said_before_anything_is_filled_in(shared: Counter) -> None:
    shown = visitor(shared).page("/apply").text
    for told in ("not one of a chain", "Hema, Toys XXL", "Two employees", "toys"):
        assert told in shown
    dutch = visitor(shared).page("/apply", "nl").text
    assert "Uw winkel is niet van een keten" in dutch


def test_the_browser_that_applies_becomes_the_first_employee_and_applies_once(counter: Counter) -> None:
    owner = visitor(counter)
    form = {"token": token_of(owner, "/apply"), **FORM}
    first = owner.post("/apply", data=form, headers=ENGLISH)
    assert first.headers["location"] == "/?lang=en"
    key = counter.links.find(owner.cookies["stuiver-till"])
    assert key is not None
    assert key.key.label == "first employee"
    assert counter.market.folder.key_of(key.key.shop)
    assert FORM["name"] in owner.page("/").text
    assert owner.page("/apply").headers["location"].startswith("/?")
    assert owner.post("/apply", data=form).status_code == 303

    lost = visitor(counter)  # the answer to the first form never came: the till's cookie is not there
    lost.cookies.set("stuiver-applicant", owner.cookies["stuiver-applicant"], domain="127.0.0.1")
    again = lost.post("/apply", data=form, headers=ENGLISH)
    assert again.headers["location"] == "/?lang=en"
    assert counter.links.find(lost.cookies["stuiver-till"]) == key
    assert [shop.bank.name for shop in counter.market.register.store.shops()].count(FORM["name"]) == 1
    for cookie in owner.cookies.jar:
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert cookie.get_nonstandard_attr("SameSite") == "strict"


def test_two_processes_that_get_the_same_form_keep_one_application(counter: Counter) -> None:
    private_key = b"\x42" * 32
    door(counter).apply(ApplicationForm(**FORM), private_key, "first employee")
    keys = sorted(counter.market.folder.folder.glob("*.key"))
    with pytest.raises(ShopError) as caught:
        door(counter).apply(ApplicationForm(**FORM), private_key, "first employee")
    assert caught.value.reason is ShopRefusal.KEY_TAKEN
    assert sorted(counter.market.folder.folder.glob("*.key")) == keys
    found = counter.market.register.store.find_key(address_of(private_key))
    assert found is not None
    assert len(counter.market.register.store.shops()) == 2


def test_a_form_without_its_token_or_from_elsewhere_applies_nothing(counter: Counter) -> None:
    owner, cato = visitor(counter), visitor(counter, 2)
    token = token_of(owner, "/apply")
    token_of(cato, "/apply")
    for browser, sent in ((cato, {"token": token}), (cato, {}), (visitor(counter, 3), {"token": token})):
        refused = browser.post("/apply", data={**FORM, **sent}, headers=ENGLISH)
        assert refused.status_code == 403
        assert [reason for reason in ShopRefusal if shop_sentence(reason) in refused.text] == [ShopRefusal.FORM_TOO_OLD]
        assert f'value="{FORM["name"]}"' in refused.text
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert owner.post("/apply", data={"token": token, **FORM}, headers=foreign).status_code == 403
    assert len(counter.market.register.store.shops()) == 1


def test_a_link_from_elsewhere_takes_no_till_its_key(counter: Counter) -> None:
    till = counter.paired()
    elsewhere = visitor(counter)  # a browser brings no strict cookie along when it comes from another site
    answer = elsewhere.page("/apply")
    assert "stuiver-till" not in str(answer.headers.get_list("set-cookie"))
    assert till.page("/apply").status_code == 303


def test_a_flood_is_held_back_and_does_not_fill_the_list(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    flooding = visitor(counter)
    answers = [flooding.page("/apply").status_code for _ in range(35)]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert visitor(counter, 2).page("/apply").status_code == 200
    monkeypatch.setattr("programmable_money.shops.store.MOST_APPLICATIONS", 2)
    for number in (3, 4):
        applied(counter, visitor(counter, number))
    keys = sorted(counter.market.folder.folder.glob("*.key"))
    full = apply(visitor(counter, 5))
    assert full.status_code == 409
    assert "Try again later" in full.text
    assert sorted(counter.market.folder.folder.glob("*.key")) == keys
    with pytest.raises(ShopError) as caught:
        door(counter).apply(ApplicationForm(**FORM), b"\x43" * 32, "first employee")
    assert caught.value.reason is ShopRefusal.TOO_MANY_OPEN


def test_who_applies_sees_and_does_nothing_of_another_shop(counter: Counter) -> None:
    cato = visitor(counter)
    applied(counter, cato, name="De Speelkoffer")  # in somebody else's name, with an account of her own
    shown = cato.page("/").text
    assert "NL20" not in shown
    key = counter.links.find(cato.cookies["stuiver-till"])
    assert key is not None
    form = {"token": key.form_token, "permit": counter.permit(500), "amount": "5"}
    assert cato.post("/charges", data=form, headers=ENGLISH).status_code == 409
    assert cato.page("/desk").status_code == 403
    till = counter.paired()
    other = counter.links.find(till.cookies["stuiver-till"])
    assert other is not None
    assert cato.post(f"/tills/{other.key.key}/revoke", data={"token": key.form_token}).status_code == 403
    joke = counter.employee("joke")
    assert "There is another shop with this name or account" in joke.page(f"/desk/shops/{key.key.shop}").text


def test_a_chain_store_that_joins_the_list_later_is_not_agreed_to(counter: Counter) -> None:
    shop = applied(counter, visitor(counter))
    counter.market.register.set_policy(ShopPolicy.from_list("Tinnegieter"), "joke")
    with pytest.raises(ShopError) as caught:
        counter.market.register.agree(shop, "joke")
    assert caught.value.reason is ShopRefusal.CHAIN_STORE
