# SPDX-License-Identifier: EUPL-1.2
"""The audit of a pass: a true one is signed off, and every lie is named."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from programmable_money.audit.report import AuditReport, DifferenceKind
from programmable_money.audit.service import AuditRequest, audit
from programmable_money.node import open_chain
from programmable_money.settlement import BankAccount, BankOrder
from ssi.credential.types import CredentialType
from ssi.rulebook.model import ProgrammeKind, Rulebook
from tests.flows.audited import EmbeddedNode, Lying, data_changed, kinds, log_of, topic_changed
from tests.flows.city import INCOME, PASS, RULEBOOK, STARTS_AT, City, offer


@dataclass
class Audited:
    """A city in which passes were used, and a node that anyone can ask."""

    city: City
    node: EmbeddedNode

    def audit(self, change: Callable[[str, list[Any], Any], Any] | None = None, **changes: Any) -> AuditReport:
        request = AuditRequest(self.city.opened.address, find_rulebook, ProgrammeKind.PASS)
        return audit(self.node if change is None else Lying(self.node, change), replace(request, **changes))

    def log_of(self, name: str, number: int = 0) -> Any:
        return log_of(self.node, "Pass", self.city.opened.address, name, number)


def find_rulebook(rulebook_hash: bytes) -> tuple[Rulebook, tuple[CredentialType, ...]]:
    assert rulebook_hash == RULEBOOK.hash
    return RULEBOOK, (INCOME, PASS)


def happen(city: City) -> None:
    """Two holders, three offers of which one is withdrawn; uses at two shops, a settlement, a use after it."""
    swim, course, gone = city.publish(
        offer(sponsor_percent=80),
        offer(category="courses", reduction={"kind": "fixed", "cents": 3_000}, price_cents=7_500, uses_per_pass=1),
        offer(total=1),
    )
    amira, bas = city.holder("amira"), city.holder("bas")
    city.use(amira, swim, "pool", 550)
    city.use(amira, swim, "other_pool", 550)
    city.use(bas, course, "school", 7_500, category="courses")
    pool = city.shop("pool")
    banks = {pool: BankAccount.from_text("Zwembad De Papiermolen", "NL91ABNA0417164300", field="shop")}
    debtor = BankAccount.from_text("Gemeente Groningen", "NL68BNGH0000000100", field="debtor")
    order = BankOrder(debtor, banks, (city.now + timedelta(days=1)).date(), city.now)
    city.municipality.settle(city.opened, [pool], reference="PAS-1", bank=order)
    city.use(bas, swim, "pool", 550)
    city.opened.withdraw_offer(gone, sponsor=city.municipality.officers.sponsor)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        city = City.open(chain, Path(tmp_path_factory.mktemp("wallets")))
        happen(city)
        yield Audited(city, EmbeddedNode.of(chain))
        city.close()


def test_true_pass_is_signed_off(audited: Audited) -> None:
    report = audited.audit()
    assert report.differences == ()
    assert report.kind is ProgrammeKind.PASS
    assert report.figures.counts == {
        "activations": 2,
        "offers": 3,
        "uses": 4,
        "sponsor_pays_cents": 3 * 440 + 3_000,
        "shops_bear_cents": 3 * 110,
        "citizens_pay_cents": 4_500,
    }
    assert report.checked.proofs == 2 + 4
    assert report.checked.signatures == 4
    assert report.books.is_balanced
    held_back = report.figures.spending["offer"]
    assert [(line.keys, line.cents) for line in held_back] == [(("1", "2"), None)], "too few people"


@pytest.mark.parametrize(
    ("name", "word", "value", "kind"),
    [
        ("Activated", 0, 1, DifferenceKind.CLAIM_RULE),  # another day
        ("OfferUsed", 0, 3, DifferenceKind.PAYMENT_RULE),  # a use that a pass does not have
        ("OfferUsed", 2, 551, DifferenceKind.PAYMENT_RULE),  # another price than the offer's
        ("OfferUsed", 3, 500, DifferenceKind.PAYMENT_RULE),  # another reduction
        ("OfferUsed", 4, 550, DifferenceKind.PAYMENT_RULE),  # the sponsor pays the shop's part too
        ("OfferUsed", 5, 1, DifferenceKind.CLAIM_RULE),  # another day
    ],
)
def test_step_that_the_rules_do_not_allow_is_named(
    audited: Audited, name: str, word: int, value: int, kind: DifferenceKind
) -> None:
    target = audited.log_of(name)
    report = audited.audit(data_changed(target, word, value))
    named = [entry for entry in report.differences if entry.kind is kind]
    assert target["transactionHash"] in {entry.transaction for entry in named}


def test_use_at_another_shop_than_the_one_that_signed_is_named(audited: Audited) -> None:
    first, third = audited.log_of("OfferUsed", 0), audited.log_of("OfferUsed", 2)
    report = audited.audit(topic_changed(first, 3, third["topics"][3]))
    found = kinds(report)
    assert {DifferenceKind.PAYMENT_SIGNATURE, DifferenceKind.CLAIM_PROOF, DifferenceKind.PAYMENT_RULE} <= found


def test_pass_that_was_used_in_anothers_name_is_named(audited: Audited) -> None:
    first, second = audited.log_of("OfferUsed", 0), audited.log_of("OfferUsed", 1)
    report = audited.audit(topic_changed(second, 1, first["topics"][1]))
    assert {DifferenceKind.NULLIFIER_REUSED, DifferenceKind.CLAIM_PROOF} <= kinds(report)


def test_activation_for_another_account_is_named(audited: Audited) -> None:
    first, second = audited.log_of("Activated", 0), audited.log_of("Activated", 1)
    report = audited.audit(topic_changed(first, 3, second["topics"][3]))
    assert {DifferenceKind.CLAIM_PROOF, DifferenceKind.CLAIM_RULE} <= kinds(report)


def test_offer_that_changed_after_it_was_published_is_named(audited: Audited) -> None:
    report = audited.audit(data_changed(audited.log_of("OfferPublished"), 5, 100))
    assert {DifferenceKind.PAYMENT_RULE, DifferenceKind.STORAGE} <= kinds(report)


def test_key_of_the_wrong_desk_is_named(audited: Audited) -> None:
    """Pass credentials are the desk's alone: the validator of incomes does not give them."""
    uses = audited.log_of("SlotAccepted", 1)
    validator = audited.log_of("SlotAccepted", 0)["topics"][3]
    assert DifferenceKind.CLAIM_KEY in kinds(audited.audit(topic_changed(uses, 3, validator)))


def test_use_of_a_withdrawn_offer_is_named(audited: Audited) -> None:
    """A withdrawal that comes before the uses: each of them should have been refused."""
    report = audited.audit(topic_changed(audited.log_of("OfferWithdrawn"), 1, "0x" + "00" * 31 + "01"))
    assert DifferenceKind.STORAGE in kinds(report), "the contract itself does not say so"


def test_published_books_of_something_else_are_not_compared(audited: Audited) -> None:
    capped = replace(RULEBOOK, claims_per_validator=1)
    report = audited.audit(find_rulebook=lambda _: (capped, (INCOME, PASS)))
    assert {DifferenceKind.RULES, DifferenceKind.CAP_EXCEEDED} <= kinds(report)
