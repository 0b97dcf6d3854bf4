# SPDX-License-Identifier: EUPL-1.2
"""Rules for shops: forms, chain stores, labels, keys in files; a sentence for each refusal."""

import os
from pathlib import Path

import pytest

from edge.language import Language as PageLanguage
from edge.web.texts import load_texts
from programmable_money.chain import ChainError
from programmable_money.messages import PaymentDomain, address_of
from programmable_money.model import Language
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.shops.applications import FieldProblem
from programmable_money.shops.desk import KeyFolder
from programmable_money.shops.model import Application, ApprovalState, ShopError, ShopPolicy, ShopRefusal, check_label
from programmable_money.shops.orders import SignedTillCancel, SignedTillCharge, TillCancel, TillCharge
from programmable_money.shops.web.words import desk_words
from programmable_money.shops.wording import shop_sentence
from ssi.errors import Reason, VerificationError

SHOP = b"\x01" * 32


def application(name: str, *, is_chain_store: bool = False) -> Application:
    return Application.from_form(
        account=address_of(SHOP),
        name=name,
        iban="NL20INGB0001234567",
        category="toys",
        contact="+31 594 123456",
        is_chain_store=is_chain_store,
    )


@pytest.mark.parametrize(
    ("name", "is_refused"),
    [
        ("Hema", True),
        ("HEMA Leek", True),
        ("Schema", False),
        ("Hemas", False),
        ("Toys XXL", True),
        ("Toys, XXL B.V.", True),
        ("Toys and XXL", False),
        ("De Speelkoffer", False),
    ],
)
def test_a_chain_is_known_by_its_words(name: str, is_refused: bool) -> None:
    policy = ShopPolicy.from_list("Hema\n\n# comment\ntoys xxl\n")
    ShopPolicy().check(application(name, is_chain_store=True))
    if not is_refused:
        policy.check(application(name))
        return
    with pytest.raises(ShopError) as caught:
        policy.check(application(name))
    assert caught.value.reason is ShopRefusal.CHAIN_STORE


def test_a_list_of_nothing_refuses_who_says_to_be_a_chain() -> None:
    policy = ShopPolicy.from_list("# nobody\n")
    policy.check(application("Hema"))
    with pytest.raises(ShopError):
        policy.check(application("Hema", is_chain_store=True))


@pytest.mark.parametrize("label", ["", " till", "=1+1", "x" * 41, "kassa\n"])
def test_a_label_that_cannot_stand_on_a_statement_is_refused(label: str) -> None:
    with pytest.raises(ShopError) as caught:
        check_label(label)
    assert caught.value.reason is ShopRefusal.BAD_VALUE


@pytest.mark.parametrize("language", list(PageLanguage))
def test_every_state_and_every_wrong_field_has_words_on_the_pages(language: PageLanguage) -> None:
    texts = load_texts("programmable_money.shops.web")[language]
    states = [name for state in ApprovalState for name in (f"desk_{state}", f"standing_{state}")]
    standing = [name for name in states if name != "standing_approved"]  # then the page is the till
    names = [*standing, *(f"{name}_text" for name in standing), *(f"wrong_{one}" for one in FieldProblem)]
    names += [f"log_{what}" for what in ("apply", *(state for state in ApprovalState if state != "applied"))]
    assert [name for name in names if not getattr(texts, name, "")] == []


@pytest.mark.parametrize("language", list(PageLanguage))
def test_what_the_desk_is_told_is_about_the_desk(language: PageLanguage) -> None:
    errors = (
        ShopError(ShopRefusal.SAME_EMPLOYEE),
        ShopError(ShopRefusal.BAD_VALUE, "reason", "must be 1 to 200 characters"),
        RefusedError(RefusalReason.WRONG_SHOP, "NotSponsor", {}),
        VerificationError(Reason.MALFORMED),
        ChainError("no answer"),
    )
    told = [desk_words(error, language).text for error in errors]
    assert len(set(told)) == len(errors)
    assert "200" in told[1]
    assert not any("klant" in text or "customer" in text for text in (*told[:2], *told[3:]))


@pytest.mark.parametrize("language", list(Language))
def test_every_refusal_has_a_sentence_that_ends(language: Language) -> None:
    sentences = [shop_sentence(reason, language) for reason in ShopRefusal]
    assert len(set(sentences)) == len(sentences)
    assert all(text.endswith(".") and len(text) > 40 for text in sentences)


def test_a_folder_gives_a_shop_s_key_to_its_own_shop_only(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    account = folder.keep(SHOP)
    file = tmp_path / f"{account}.key"
    assert folder.key_of(account) == SHOP
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        folder.keep(SHOP)
    other = address_of(b"\x02" * 32)
    os.link(file, tmp_path / f"{other}.key")
    for missing in (other, address_of(b"\x03" * 32)):
        with pytest.raises(ShopError) as caught:
            folder.key_of(missing)
        assert caught.value.reason is ShopRefusal.UNKNOWN_SHOP


def test_an_order_reads_back_and_is_no_other_order() -> None:
    domain = PaymentDomain(1, address_of(b"\x05" * 32))
    charge = SignedTillCharge.sign(domain, TillCharge(bytes(32), address_of(SHOP), 100, 7), SHOP)
    assert SignedTillCharge.from_json(charge.to_json()) == charge
    assert charge.signer() == address_of(SHOP)
    with pytest.raises(VerificationError):
        SignedTillCancel.from_json(charge.to_json())
    cancel = SignedTillCancel.sign(domain, TillCancel(bytes(32), address_of(SHOP), 7), SHOP)
    assert SignedTillCancel(domain, charge.signature, cancel.order).signer() != address_of(SHOP)
