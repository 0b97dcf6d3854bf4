# SPDX-License-Identifier: EUPL-1.2
"""What a fund's rules do not allow is named, even where every octet is signed: caps, keys, batches, limits."""

from dataclasses import replace
from typing import Any

import pytest

from programmable_money.abi import interface
from programmable_money.audit.calls import calls_in
from programmable_money.audit.claim_checks import ClaimChecks
from programmable_money.audit.claims import ClaimProofs
from programmable_money.audit.fund_state import FundState
from programmable_money.audit.node import Transaction
from programmable_money.audit.payments import PaymentSignatures
from programmable_money.audit.registry_state import KeyState, RegistryState
from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.audit.spending_rules import SpendingRules
from programmable_money.calls import pay_call
from programmable_money.messages import (
    ZERO_ADDRESS,
    Charge,
    PaymentDomain,
    PaymentPermit,
    Scope,
    SignedCharge,
    SignedPermit,
    address_of,
)
from programmable_money.model import ChainEvent
from programmable_money.rules import rules_of, summary
from tests.flows.money import RULEBOOK, TERMS, TOYS, TYPE, YEAR

FUND, VALIDATOR, SHOP, AMIRA = (address_of(bytes([number]) * 32) for number in (1, 2, 3, 4))
RULES = summary(rules_of(RULEBOOK, TYPE, YEAR, (VALIDATOR,)))
NOON = RULES.opens_at + 60 * 86_400
DAY = NOON // 86_400 + 25_567
KEY, PAYMENT, REFERENCE = b"\1" * 32, b"\2" * 32, b"\3" * 32


class Followed:
    """A fund that accepted a key and approved a shop; collects what its next events break."""

    def __init__(self, *, cap: int = 500, spending: SpendingRules | None = None) -> None:
        self.findings = Findings()
        rules = replace(RULES, claims_per_validator=cap)
        registry = RegistryState(self.findings)
        registry.keys[KEY] = KeyState(TYPE.type_id, VALIDATOR, b"", 0, NOON + 86_400)
        proofs = ClaimProofs([TERMS], Scope(1, FUND, RULEBOOK.hash, YEAR))
        signatures = PaymentSignatures(PaymentDomain(1, FUND))
        self.registry = registry
        self.state = FundState(
            rules=rules,
            findings=self.findings,
            signatures=signatures,
            spending=spending or SpendingRules(),
            claims=ClaimChecks(registry, self.findings, proofs, [rules.validators], cap),
            registry=SHOP,
            euro=AMIRA,
        )
        self.state.sponsor = FUND
        self.happens("Accepted", keyId=KEY, validator=VALIDATOR, statement=FUND)
        self.happens("MerchantApproved", merchant=SHOP, category=TOYS)

    def happens(self, name: str, at: int = NOON, **arguments: Any) -> set[DifferenceKind]:
        """What an event breaks beside the proof or signature that it does not have here."""
        before = len(self.findings.found)
        event = ChainEvent(1, 0, at, "0x" + "00" * 32, "Fund", FUND, name, arguments)
        self.state.apply(event, Transaction(event.transaction, ZERO_ADDRESS, 0, FUND, b""))
        return {found.kind for found in self.findings.found[before:]}

    def claims(self, nullifier: int = 1, at: int = NOON, **changes: Any) -> set[DifferenceKind]:
        given = {"nullifier": nullifier.to_bytes(32, "big"), "keyId": KEY, "account": AMIRA, "amount": 45_000}
        return self.happens("Claimed", at, **given | {"asOf": DAY} | changes) - {DifferenceKind.CLAIM_PROOF}

    def pays(self, amount: int = 1_000, at: int = NOON, **changes: Any) -> set[DifferenceKind]:
        given = {"payment": PAYMENT, "account": AMIRA, "merchant": SHOP, "amount": amount}
        return self.happens("Paid", at, **given | changes) - {DifferenceKind.PAYMENT_SIGNATURE}

    def texts(self) -> str:
        return " ".join(found.text for found in self.findings.found)


def test_claim_in_order_breaks_no_rule() -> None:
    assert Followed().claims() == set()


def test_claim_beyond_the_cap_is_named() -> None:
    fund = Followed(cap=2)
    assert fund.claims(1) == fund.claims(2) == set()
    assert fund.claims(3) == {DifferenceKind.CAP_EXCEEDED}


def test_second_claim_of_one_person_is_named() -> None:
    fund = Followed()
    assert fund.claims(7) == set()
    assert fund.claims(7) == {DifferenceKind.NULLIFIER_REUSED}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"asOf": DAY - 2}, DifferenceKind.CLAIM_RULE),
        ({"asOf": DAY + 1}, DifferenceKind.CLAIM_RULE),
        ({"at": RULES.opens_at - 1, "asOf": (RULES.opens_at - 1) // 86_400 + 25_567}, DifferenceKind.CLAIM_RULE),
        ({"keyId": rb"\9" * 32}, DifferenceKind.CLAIM_KEY),
        ({"at": NOON + 86_401}, DifferenceKind.CLAIM_KEY),
    ],
)
def test_claim_against_a_rule_is_named(changes: dict[str, Any], kind: DifferenceKind) -> None:
    assert kind in Followed().claims(**changes)


def test_claim_with_a_key_that_was_revoked_before_is_named() -> None:
    fund = Followed()
    fund.registry.apply(ChainEvent(1, 0, NOON, "0x", "TrustRegistry", FUND, "KeyRevoked", {"keyId": KEY}))
    assert fund.claims() == {DifferenceKind.CLAIM_KEY}
    assert "was revoked before" in fund.texts()


def test_nothing_happens_while_a_fund_is_paused() -> None:
    fund = Followed()
    fund.happens("Paused", by=FUND)
    assert fund.claims() == {DifferenceKind.CLAIM_RULE}
    assert fund.pays() == {DifferenceKind.PAYMENT_RULE}
    fund.happens("Unpaused", by=FUND)
    assert fund.claims(2) == set()


@pytest.mark.parametrize(
    "changes",
    [{"at": RULES.closes_at}, {"merchant": AMIRA}, {"amount": 0}],
    ids=["after the end", "no shop", "nothing"],
)
def test_payment_against_a_rule_is_named(changes: dict[str, Any]) -> None:
    assert Followed().pays(**changes) == {DifferenceKind.PAYMENT_RULE}


def test_permit_is_used_once_and_a_suspended_shop_gets_nothing() -> None:
    fund = Followed()
    assert fund.pays() == set()
    assert fund.pays() == {DifferenceKind.PAYMENT_RULE}
    fund.happens("MerchantSuspended", merchant=SHOP)
    assert fund.pays(payment=KEY) == {DifferenceKind.PAYMENT_RULE}


def test_refund_after_settlement_or_of_too_much_is_named() -> None:
    given: dict[str, Any] = {"payment": PAYMENT, "account": AMIRA, "merchant": SHOP}
    fund = Followed()
    assert fund.happens("Refunded", amount=1, **given) == {DifferenceKind.REFUND}
    fund.pays(1_000)
    fund.happens("Refunded", amount=1_001, **given)
    assert "cents of what was not left" in fund.texts()
    fund = Followed()
    fund.pays(1_000)
    settled: dict[str, Any] = {"merchant": SHOP, "batch": 1, "amount": 1_000, "settlementReference": REFERENCE}
    assert fund.happens("MerchantSettled", **settled) == set()
    fund.happens("Refunded", amount=1, **given)
    assert "the shop was settled before" in fund.texts()


@pytest.mark.parametrize("changes", [{"amount": 999}, {"batch": 2}, {"merchant": AMIRA}])
def test_settlement_of_what_is_not_owed_is_named(changes: dict[str, Any]) -> None:
    fund = Followed()
    fund.pays(1_000)
    settled: dict[str, Any] = {
        "merchant": SHOP,
        "batch": 1,
        "amount": 1_000,
        "settlementReference": REFERENCE,
    } | changes
    assert fund.happens("MerchantSettled", **settled) == {DifferenceKind.SETTLEMENT}


@pytest.mark.parametrize(
    ("name", "arguments", "at"),
    [
        ("Opened", {"rulebook": rb"\9" * 32, "period": YEAR, "sponsor": FUND, "registry": SHOP, "euro": AMIRA}, NOON),
        ("Closed", {"sponsor": FUND, "returned": 0}, RULES.closes_at - 1),
        ("MerchantApproved", {"merchant": AMIRA, "category": 200}, NOON),
    ],
)
def test_fund_that_leaves_its_rulebook_is_named(name: str, arguments: dict[str, Any], at: int) -> None:
    assert Followed().happens(name, at, **arguments) == {DifferenceKind.RULES}


@pytest.mark.parametrize(
    ("rules", "amounts", "allowed"),
    [
        (SpendingRules(voucher=5_000), [5_000, 15_000, 4_999], [True, True, False]),
        (SpendingRules(payment=1_000), [1_000, 1_001], [True, False]),
        (SpendingRules(shop=1_000), [600, 400, 1], [True, True, False]),
        (SpendingRules.of((0, 0, 0, 0, ((TOYS, 1_000),))), [600, 400, 1], [True, True, False]),
        (SpendingRules.of((0, 0, 0, 0, ((TOYS + 1, 1),))), [600], [True]),
    ],
)
def test_spending_limits_are_counted_as_the_contract_does(
    rules: SpendingRules, amounts: list[int], allowed: list[bool]
) -> None:
    fund = Followed(spending=rules)
    found = [fund.pays(amount, payment=number.to_bytes(32, "big")) for number, amount in enumerate(amounts)]
    assert found == [set() if fine else {DifferenceKind.PAYMENT_RULE} for fine in allowed]


def test_refund_counts_back() -> None:
    rules = SpendingRules(shop=1_000)
    assert rules.why_not_pay(AMIRA, SHOP, TOYS, 1_000) is None
    assert rules.why_not_refund(AMIRA, SHOP, TOYS, 300) is None
    assert rules.why_not_pay(AMIRA, SHOP, TOYS, 301) is not None
    assert SpendingRules(voucher=5).why_not_refund(AMIRA, SHOP, TOYS, 4) is not None


@pytest.mark.parametrize(
    ("products", "product", "why"),
    [
        (0, 0, None),
        (0, 1, "may not be sold"),
        (0b10, 1, None),
        (0b10, 0, "may not be sold"),
        (0b10, 2, "may not be sold"),
    ],
)
def test_article_that_may_not_be_sold_is_named_though_everybody_signed(
    products: int, product: int, why: str | None
) -> None:
    account, shop, domain = b"\4" * 32, b"\3" * 32, PaymentDomain(1, FUND)
    permit = SignedPermit.sign(domain, PaymentPermit(AMIRA, SHOP, 500, 7, NOON), account)
    charge = SignedCharge.sign(domain, Charge(permit.permit.payment, SHOP, 500, product), shop)
    given = {"payment": permit.permit.payment, "account": AMIRA, "merchant": SHOP, "amount": 500}
    event = ChainEvent(1, 0, NOON, "0x" + "00" * 32, "Fund", FUND, "Paid", given)
    carried = Transaction(event.transaction, ZERO_ADDRESS, 0, FUND, pay_call(permit, charge).data)
    found = PaymentSignatures(domain, products).why_wrong(event, carried)
    assert (found is None) if why is None else (found is not None and why in found.text and not found.is_signature)


def test_call_inside_another_contracts_call_is_found() -> None:
    entry = interface("Fund").functions["claim"]
    inner = entry.encode([KEY, AMIRA, DAY, [3], b"\7" * 40])
    for octets in (inner, b"\1\2\3\4" + bytes(64) + inner, entry.selector + b"\0" * 5 + inner + bytes(9)):
        assert [call["account"] for call in calls_in(octets, entry)][-1] == AMIRA
    assert list(calls_in(entry.selector + b"\xff" * 200, entry)) == []
    assert list(calls_in(b"", entry)) == []


def test_what_is_left_that_goes_to_somebody_else_than_the_sponsor_is_named() -> None:
    assert Followed().happens("Closed", RULES.closes_at, sponsor=FUND, returned=1) == set()
    assert Followed().happens("Closed", RULES.closes_at, sponsor=SHOP, returned=1) == {DifferenceKind.ROLE}
