# SPDX-License-Identifier: EUPL-1.2
"""The open books over HTTP: figures that are the chain's, pages that anyone can read, nothing about a citizen."""

import asyncio
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from importlib.resources import files

import httpx
import pytest

from programmable_money.api import create_app
from programmable_money.audit import FundAuditor
from programmable_money.books import BooksError
from programmable_money.fund import WrongRulesError
from programmable_money.model import Amount, Language
from programmable_money.node import open_chain
from programmable_money.open_books import BooksReader, EventKind, OpenBooks
from programmable_money.service import relay_claim, relay_payment, relay_refund
from programmable_money.settlement import BankAccount, BankOrder
from programmable_money.store import Store
from programmable_money.web.pages import Page
from tests.flows.money import RULEBOOK, STARTS_AT, TYPE, Citizen, World

PATHS = [page.path for page in Page]
LANGUAGES = [language.value for language in Language]
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SHOP_NAME = "Speelgoed <De & Tol>"


@dataclass
class Town:
    """A world in which something happened, and its auditor."""

    world: World
    citizens: list[Citizen]
    auditor: FundAuditor

    @property
    def books(self) -> OpenBooks:
        return self.auditor.read()


def auditor_of(world: World) -> FundAuditor:
    return FundAuditor(
        world.fund,
        RULEBOOK,
        TYPE,
        sponsor="Gemeente Westland",
        shop_names={world.toys.address: SHOP_NAME, world.bicycles.address: "Fietsen"},
        store=Store("sqlite://"),
        clock=lambda: NOW,
    )


def pay(world: World, citizen: Citizen, cents: int) -> None:
    permit = citizen.permit(world.fund, cents)
    relay_payment(world.fund, permit, world.toys.charge(world.fund, permit, cents))


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """Six households, payments in both shops, a refund, a settlement, payments after it."""
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world = World.open(chain)
        citizens = [Citizen.with_credential(world.validator, record=f"household {n}", children=2) for n in range(6)]
        for citizen in citizens:
            relay_claim(world.fund, citizen.prove(world.fund))
            pay(world, citizen, 5_000)
        for citizen in citizens[:5]:
            permit = citizen.permit(world.fund, 2_000)
            relay_payment(world.fund, permit, world.bicycles.charge(world.fund, permit, 2_000))
        bought = citizens[5].permit(world.fund, 2_000)
        relay_payment(world.fund, bought, world.bicycles.charge(world.fund, bought, 2_000))
        given_back = world.bicycles.refund(world.fund, bought, 750)
        relay_refund(world.fund, bought.permit.account, bought.permit.nonce, given_back)
        directory = {
            world.toys.address: BankAccount.from_text("De Tol", "NL51RABO0000000107", field="De Tol"),
        }
        debtor = BankAccount.from_text("Gemeente", "NL68BNGH0000000100", field="debtor")
        order = BankOrder(debtor, directory, date(2026, 3, 3), NOW)
        world.municipality.settle(world.fund, [world.toys.address], reference="KP-2026-1", bank=order)
        pay(world, citizens[0], 1_234)
        yield Town(world, citizens, auditor_of(world))


def get(
    reader: BooksReader, path: str, *, method: str = "GET", host: str = "127.0.0.1:8017", **headers: str
) -> httpx.Response:
    """One request, in this thread: the embedded chain is one thread's."""
    transport = httpx.ASGITransport(create_app(reader, hosts=["127.0.0.1", "localhost"]), raise_app_exceptions=False)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.request(method, path, headers=sent)

    return asyncio.run(ask())


class Outline(HTMLParser):
    """What a page is made of."""

    VOID = frozenset({"meta", "link", "br", "img", "hr", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


# ---- the figures ----


def test_figures_are_the_contracts_own(town: Town) -> None:
    shown = get(town.auditor, "/books.json").json()
    euro, fund = town.world.municipality.euro, town.world.fund.books()
    assert shown["books"] == {
        "deposits": euro.deposited().cents,
        "settled": euro.settled().cents,
        "supply": euro.supply().cents,
        "unallocated": fund.unallocated.cents,
        "accounts": fund.accounts.cents,
        "merchants": fund.merchants.cents,
    }
    held = sum(shown["books"][name] for name in ("unallocated", "accounts", "merchants"))
    assert shown["books"]["deposits"] - shown["books"]["settled"] == shown["books"]["supply"] == held
    assert shown["is_checked"] is True
    assert {check["agrees"] for check in shown["checks"]} == {True}
    assert shown["source"]["block"] == town.world.chain.block_number()


def test_figures_are_what_happened(town: Town) -> None:
    shown = get(town.auditor, "/books.json").json()
    assert (shown["claims"], shown["allotted_cents"], shown["budget_cents"]) == (6, 180_000, 300_000)
    assert (shown["payments"], shown["refunds"]) == (13, 1)
    assert shown["spent_cents"] == 6 * 5_000 + 6 * 2_000 - 750 + 1_234
    assert (shown["spent_percent"], shown["allotted_percent"]) == (23, 60)
    assert shown["books"]["settled"] == 30_000
    assert shown["shops"] == 2
    assert shown["categories"] == [
        {"categories": ["toys"], "spent_cents": 31_234, "payments": 7},
        {"categories": ["bicycles"], "spent_cents": 11_250, "payments": 6},
    ]
    assert [event["kind"] for event in shown["events"][:3]] == ["paid", "settled", "refunded"]
    assert [event["amount_cents"] for event in shown["events"][:3]] == [1_234, 30_000, 750]


@pytest.mark.parametrize("language", Language)
def test_page_shows_the_same_figures_as_the_document(town: Town, language: Language) -> None:
    text = Outline(get(town.auditor, f"/?lang={language.value}").text).text
    books = town.books
    for amount in (
        books.books.deposits,
        books.books.settled,
        books.books.supply,
        books.books.accounts,
        books.books.merchants,
        books.budget,
        books.allotted,
        books.spent,
        *(total.spent for total in books.categories if total.spent is not None),
    ):
        assert amount.format(language) in text
    assert {"nl": "De boeken kloppen.", "en": "The books balance."}[language.value] in text


def test_books_follow_the_chain_block_by_block() -> None:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world = World.open(chain)
        auditor = auditor_of(world)
        before = auditor.read()
        assert auditor.read() is before
        assert (before.claims, before.categories) == (0, ())
        amira = Citizen.with_credential(world.validator, record="amira")
        relay_claim(world.fund, amira.prove(world.fund))
        pay(world, amira, 100)
        world.fund.pause(sponsor=world.municipality.officers.sponsor)
        after = auditor.read()
        assert (after.claims, after.payments, after.spent) == (1, 1, Amount(100))
        assert [event.kind for event in after.events[:3]] == [EventKind.PAUSED, EventKind.PAID, EventKind.CLAIMED]
        assert after.is_checked


def test_one_household_alone_is_never_a_line() -> None:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world = World.open(chain)
        amira = Citizen.with_credential(world.validator, record="amira")
        relay_claim(world.fund, amira.prove(world.fund))
        for _ in range(6):
            pay(world, amira, 100)
        auditor = auditor_of(world)
        assert [(total.spent, total.payments) for total in auditor.read().categories] == [(None, None)]
        assert "te weinig" in get(auditor, "/?lang=nl").text


def test_auditor_refuses_a_fund_that_does_not_follow_the_rulebook(town: Town) -> None:
    world = town.world
    other = type(RULEBOOK).from_json(
        RULEBOOK.octets.replace(b'"claims_per_validator": 500', b'"claims_per_validator": 501')
    )
    with pytest.raises(WrongRulesError):
        FundAuditor(world.fund, other, TYPE, sponsor="", shop_names={}, store=Store("sqlite://"), clock=lambda: NOW)


# ---- the pages ----


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [*PATHS, "/nothing-here"])
def test_page_is_well_formed_and_usable_without_eyes_or_mouse(town: Town, path: str, language: str) -> None:
    page = Outline(get(town.auditor, f"{path}?lang={language}", accept="text/html").text)
    assert (page.open, page.unbalanced) == ([], [])
    assert page.all("html") == [{"lang": language}]
    assert len(page.all("title")) == len(page.all("main")) == len(page.all("h1")) == 1
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert set(page.values("aria-labelledby")) <= set(ids)
    assert all(cell.get("scope") in {"row", "col"} for cell in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert [link["hreflang"] for link in page.all("a") if link.get("aria-current") == "true"] == [language]
    assert all(nav.get("aria-label") for nav in page.all("nav"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_page_runs_and_loads_nothing_from_elsewhere(town: Town, path: str, language: str) -> None:
    response = get(town.auditor, f"{path}?lang={language}")
    page = Outline(response.text)
    assert page.all("script", "style", "iframe", "img", "object", "embed", "form", "base") == []
    attributes = {name for _, present in page.elements for name in present}
    assert not {name for name in attributes if name.startswith("on") or name in {"style", "src", "srcset"}}
    assert [link["href"] for link in page.all("link")] == ["/style.css"]
    assert "//" not in "".join(page.values("href"))
    assert "://" not in get(town.auditor, "/style.css").text
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy
    assert "set-cookie" not in response.headers


def test_every_link_leads_somewhere(town: Town) -> None:
    for path in PATHS:
        for link in Outline(get(town.auditor, path).text).all("a"):
            target, _, anchor = link["href"].partition("#")
            if target.startswith("?"):
                target = path + target
            answer = get(town.auditor, target or path)
            assert answer.status_code == 200, link
            assert not anchor or anchor in Outline(answer.text).values("id"), link


@pytest.mark.parametrize("path", PATHS)
def test_languages_differ_and_are_named(town: Town, path: str) -> None:
    dutch, english = (get(town.auditor, f"{path}?lang={language}") for language in LANGUAGES)
    assert (dutch.headers["content-language"], english.headers["content-language"]) == ("nl", "en")
    assert Outline(dutch.text).text != Outline(english.text).text
    assert "Accept-Language" in dutch.headers["vary"]
    by_browser = get(town.auditor, path, accept_language="fr, en-GB;q=0.9, nl;q=0.5")
    assert by_browser.text == english.text
    assert get(town.auditor, path).text == dutch.text
    assert get(town.auditor, f"{path}?lang=nl", accept_language="en").text == dutch.text


def test_every_text_is_in_both_languages_and_used() -> None:
    folder = files("programmable_money.web")
    texts: Mapping[str, Mapping[str, str]] = json.loads(folder.joinpath("texts.json").read_bytes())
    templates = "".join(entry.read_text() for entry in folder.joinpath("templates").iterdir())
    prefixes = (*re.findall(r'text\("(\w+_)" ~', templates), "much_each_")
    assert all(set(wording) == {"nl", "en"} and all(wording.values()) for wording in texts.values())
    unused = [key for key in texts if not re.search(rf"\bt\.{key}\b", templates) and not key.startswith(prefixes)]
    assert unused == ["much_each"]
    for wording in texts.values():
        placeholders = [sorted(re.findall(r"\{(\w+)\}", text)) for text in wording.values()]
        assert placeholders[0] == placeholders[1]


def test_rules_are_the_rulebooks_words(town: Town) -> None:
    for language in LANGUAGES:
        text = Outline(get(town.auditor, f"/rules?lang={language}").text).text
        assert getattr(RULEBOOK.summary, language) in text
        assert all(getattr(rule.text, language) in text for rule in RULEBOOK.rules.predicates)
        assert RULEBOOK.norms is not None
        assert all(getattr(household.title, language) in text for household in RULEBOOK.norms.households)
        assert f"0x{RULEBOOK.hash.hex()}" in text
        assert SHOP_NAME in text
    assert SHOP_NAME not in get(town.auditor, "/rules").text, "a name is escaped"


# ---- what must not be there, and what must not work ----


def test_nothing_about_a_citizen_is_shown(town: Town) -> None:
    everything = "".join(get(town.auditor, path).text for path in [*PATHS, "/books.json"]).lower()
    for citizen in town.citizens:
        assert citizen.account.lower().removeprefix("0x") not in everything
    for shop in (town.world.toys, town.world.bicycles):
        assert shop.address.lower().removeprefix("0x") not in everything


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [*PATHS, "/books.json", "/style.css"])
def test_cato_can_change_nothing(town: Town, path: str, method: str) -> None:
    before = town.world.chain.block_number()
    refused = get(town.auditor, path, method=method)
    assert refused.status_code == 405
    assert refused.headers["content-type"] == "application/problem+json"
    assert "GET" in refused.headers["allow"]
    assert town.world.chain.block_number() == before


@pytest.mark.parametrize("path", [*PATHS, "/books.json", "/style.css"])
def test_head_is_answered_without_a_body(town: Town, path: str) -> None:
    assert get(town.auditor, path, method="HEAD").status_code == 200


@dataclass
class Broken:
    """A reader that cannot give books."""

    error: Exception

    def read(self) -> OpenBooks:
        raise self.error


@pytest.mark.parametrize(
    ("reader", "path", "host", "status"),
    [
        (None, "/nothing-here", "127.0.0.1", 404),
        (None, "/docs", "localhost", 404),
        (None, "/openapi.json", "localhost", 404),
        (None, "/?lang=" + "n" * 21, "127.0.0.1:8017", 422),
        (None, "/books.json", "elsewhere.example", 421),
        (Broken(BooksError("supply", 1, 2)), "/books.json", "127.0.0.1", 503),
        (Broken(RuntimeError("secret")), "/", "127.0.0.1", 500),
    ],
    ids=["no page", "no generated page", "no schema", "long parameter", "other host", "books differ", "our own fault"],
)
def test_errors_are_problem_documents_and_pages_for_people(
    town: Town, reader: BooksReader | None, path: str, host: str, status: int
) -> None:
    answer = get(reader or town.auditor, path, host=host)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert set(document) - {"errors"} == {"type", "title", "status", "detail", "instance", "correlation_id"}
    assert document["correlation_id"] == answer.headers["x-correlation-id"]
    assert document["status"] == status
    assert "secret" not in answer.text
    page = get(reader or town.auditor, path, host=host, accept="text/html,*/*;q=0.8", accept_language="en")
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert Outline(page.text).all("html") == [{"lang": "en"}]
    for response in (answer, page):
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        assert response.headers["x-content-type-options"] == "nosniff"


def test_books_that_differ_are_said_so_loudly(town: Town) -> None:
    @dataclass
    class OneCentMore:
        """The true books, with a contract that says one cent more."""

        def read(self) -> OpenBooks:
            first, *others = town.books.checks
            return replace(town.books, checks=(replace(first, from_contract=first.from_contract + Amount(1)), *others))

    text = Outline(get(OneCentMore(), "/?lang=en").text).text
    assert "The books do not balance." in text
    assert "The books balance." not in text
    assert get(OneCentMore(), "/books.json").json()["is_checked"] is False


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_says_when_the_budget_runs_out(town: Town, language: str) -> None:
    """Six households took 1,800 of 3,000 euros: less than ten of the largest claims are left."""
    page = get(town.auditor, f"/?lang={language}").text
    assert 'id="budget"' in page
    assert {"nl": "Het budget raakt op.", "en": "The budget is running out."}[language] in page
    left = town.books.left
    assert left is not None
    assert (left.is_low, left.left, left.largest_claims_left) == (True, Amount(120_000), 0)
    enough = replace(town.books, left=replace(left, warn_below=Amount(1)))

    class Enough:
        def read(self) -> OpenBooks:
            return enough

    assert 'id="budget"' not in get(Enough(), f"/?lang={language}").text
