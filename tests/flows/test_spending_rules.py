# SPDX-License-Identifier: EUPL-1.2
"""Whole vouchers and limits: refused by the fund with their reasons, foreseen by till and wallet, found by an audit."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from holder.model import Catalogue
from holder.programme import ProgrammeView
from holder.refusals import PermitRefusal, PermitRefusedError
from holder.service import Wallet
from holder.wallet_file import KeyWork
from programmable_money.audit.report import DifferenceKind
from programmable_money.chain import Chain
from programmable_money.cli import application
from programmable_money.description import describe
from programmable_money.fund import Fund
from programmable_money.messages import Charge, Scope, SignedCharge, address_of
from programmable_money.model import Amount, Language, from_unix
from programmable_money.node import open_chain
from programmable_money.refusals import RefusalReason, RefusedError, sentence
from programmable_money.rules import rules_of, spending_rules_of
from programmable_money.service import relay_claim, relay_payment, relay_refund
from programmable_money.till import TillError, charge_permit, refund_payment
from ssi.rulebook.model import Rulebook
from ssi.rulebook.spending import SpendingRule, SpentBefore
from tests.flows.audited import Town, kinds, node_of
from tests.flows.limited import VOUCHERS, other_amount, variant, with_category_limit
from tests.flows.money import ETHER, RULEBOOK, STARTS_AT, TYPE, Citizen, Shop, World
from tests.flows.wallets import wallet_with_credential

PAYMENT = variant("kindpakket-payment-limit", spending={"limits": {"payment_cents": 7_500}})
SHOP = variant("kindpakket-shop-limit", spending={"limits": {"shop_cents": 10_000}})
CATEGORY = variant("kindpakket-category-limit", spending=with_category_limit(10_000))


def amira_in(world: World) -> Citizen:
    amira = Citizen.with_credential(world.validator, record="amira", children=1)
    world.claim(amira)
    return amira


def refused(world: World, citizen: Citizen, shop: Shop, cents: int) -> RefusedError:
    """What the fund says to a payment."""
    with pytest.raises(RefusedError) as caught:
        world.pay(citizen, shop, cents)
    return caught.value


def till_says(world: World, citizen: Citizen, shop: Shop, cents: int) -> RefusalReason | None:
    """What a till that knows the rulebook and the account's payments says to the same payment."""
    fund = world.fund
    permit, now = citizen.permit(fund, cents), from_unix(world.chain.now())
    rules, before = world.opening.rulebook.spending, fund.spent_before(citizen.account, shop.address)
    try:
        charge_permit(permit, Amount(cents), shop.key, now=now, rules=rules, before=before)
    except TillError as error:
        return error.reason
    return None


# ---- whole vouchers ----


def test_three_vouchers_of_fifty_euros_are_spent_whole(chain: Chain) -> None:
    world = World.open(chain, rulebook=VOUCHERS)
    amira = amira_in(world)
    assert world.fund.balance_of(amira.account) == Amount(15_000)

    for cents in (4_999, 5_001, 7_500, 1):
        error = refused(world, amira, world.toys, cents)
        assert (error.reason, dict(error.fields)) == (
            RefusalReason.NOT_WHOLE_VOUCHERS,
            {"amount": cents, "voucherAmount": 5_000},
        )
        assert till_says(world, amira, world.toys, cents) is RefusalReason.NOT_WHOLE_VOUCHERS
    assert "hele bonnen" in sentence(RefusalReason.NOT_WHOLE_VOUCHERS, Language.NL)
    assert "whole vouchers" in sentence(RefusalReason.NOT_WHOLE_VOUCHERS, Language.EN)

    assert till_says(world, amira, world.toys, 5_000) is None
    first = world.pay(amira, world.toys, 5_000)
    second = world.pay(amira, world.bicycles, 10_000)
    assert world.fund.balance_of(amira.account) == Amount(0)
    assert refused(world, amira, world.toys, 5_000).reason is RefusalReason.NOT_ENOUGH_BALANCE

    for total in (2_500, 4_999):
        with pytest.raises(RefusedError) as caught:
            relay_refund(world.fund, amira.account, first.permit.nonce, world.toys.refund(world.fund, first, total))
        assert caught.value.reason is RefusalReason.NOT_WHOLE_VOUCHERS
    paid, domain = world.fund.payment(second.permit.payment), world.fund.domain
    with pytest.raises(TillError) as foreseen:
        refund_payment(domain, paid, Amount(7_500), world.bicycles.key, batch=0, rules=VOUCHERS.spending)
    assert foreseen.value.reason is RefusalReason.NOT_WHOLE_VOUCHERS
    one = refund_payment(domain, paid, Amount(5_000), world.bicycles.key, batch=0, rules=VOUCHERS.spending)
    relay_refund(world.fund, amira.account, second.permit.nonce, one)
    assert world.fund.balance_of(amira.account) == Amount(5_000)
    world.check_books()


def test_permit_for_more_than_a_voucher_lets_the_shop_charge_one(chain: Chain) -> None:
    """The citizen bounds the payment, the shop fixes it: a limit of 100 euros and a charge of 50."""
    world = World.open(chain, rulebook=VOUCHERS)
    amira = amira_in(world)
    world.pay(amira, world.toys, 5_000, limit=10_000)
    assert world.fund.balance_of(amira.account) == Amount(10_000)


# ---- limits, each with its own reason ----


def test_limit_of_one_payment(chain: Chain) -> None:
    world = World.open(chain, rulebook=PAYMENT)
    amira = amira_in(world)
    error = refused(world, amira, world.toys, 7_501)
    assert (error.reason, dict(error.fields)) == (RefusalReason.PAYMENT_LIMIT, {"amount": 7_501, "limit": 7_500})
    assert till_says(world, amira, world.toys, 7_501) is RefusalReason.PAYMENT_LIMIT
    world.pay(amira, world.toys, 7_500)
    world.pay(amira, world.toys, 7_500)
    world.check_books()


def test_limit_at_one_shop_counts_refunds_back_and_ends_at_the_shop(chain: Chain) -> None:
    world = World.open(chain, rulebook=SHOP)
    amira = amira_in(world)
    permit = world.pay(amira, world.toys, 6_000)
    error = refused(world, amira, world.toys, 4_001)
    assert error.reason is RefusalReason.SHOP_LIMIT
    assert dict(error.fields) == {"merchant": world.toys.address, "total": 10_001, "limit": 10_000}
    assert till_says(world, amira, world.toys, 4_001) is RefusalReason.SHOP_LIMIT
    assert till_says(world, amira, world.bicycles, 4_001) is None, "another shop"
    world.pay(amira, world.bicycles, 4_001)
    relay_refund(world.fund, amira.account, permit.permit.nonce, world.toys.refund(world.fund, permit, 1))
    assert till_says(world, amira, world.toys, 4_001) is None
    world.pay(amira, world.toys, 4_001)
    world.check_books()


def test_limit_of_a_category_counts_all_its_shops(chain: Chain) -> None:
    world = World.open(chain, rulebook=CATEGORY)
    amira, second = amira_in(world), Shop()
    toys = CATEGORY.category("toys").index
    world.municipality.approve_merchants(world.fund, {second.address: toys})
    world.pay(amira, world.toys, 6_000)
    error = refused(world, amira, second, 4_001)
    assert error.reason is RefusalReason.CATEGORY_LIMIT
    assert dict(error.fields) == {"category": toys, "total": 10_001, "limit": 10_000}
    assert till_says(world, amira, second, 4_001) is RefusalReason.CATEGORY_LIMIT
    world.pay(amira, second, 4_000)
    assert refused(world, amira, world.toys, 1).reason is RefusalReason.CATEGORY_LIMIT
    world.pay(amira, world.bicycles, 5_000)
    world.check_books()


def test_limits_are_of_one_account_and_one_person_has_one(chain: Chain) -> None:
    """Bas has his own limit; Amira has no second account to get around hers."""
    world = World.open(chain, rulebook=SHOP)
    amira, bas = amira_in(world), Citizen.with_credential(world.validator, record="bas", children=1)
    world.claim(bas)
    world.pay(amira, world.toys, 10_000)
    assert refused(world, amira, world.toys, 1).reason is RefusalReason.SHOP_LIMIT
    world.pay(bas, world.toys, 10_000)
    with pytest.raises(RefusedError) as caught:
        relay_claim(world.fund, amira.prove(world.fund, rulebook=SHOP, account=Shop().address))
    assert caught.value.reason is RefusalReason.ALREADY_CLAIMED
    other = Citizen(amira.credential)
    assert refused(world, other, world.bicycles, 1).reason is RefusalReason.NOT_ENOUGH_BALANCE


def test_every_rule_of_spending_is_a_reason_of_the_fund_and_of_the_wallet() -> None:
    assert {rule.value for rule in SpendingRule} <= {reason.value for reason in RefusalReason}
    known_to_wallets = set(SpendingRule) - {SpendingRule.PRODUCT_NOT_ALLOWED}  # nobody tells a wallet what is bought
    assert {rule.value for rule in known_to_wallets} <= {reason.value for reason in PermitRefusal}


# ---- what the wallet says ----


@pytest.mark.parametrize(
    ("rulebook", "limit", "reason", "says"),
    [
        (VOUCHERS, 7_500, PermitRefusal.NOT_WHOLE_VOUCHERS, "whole vouchers: choose €50.00"),
        (PAYMENT, 7_501, PermitRefusal.PAYMENT_LIMIT, "at most €75.00"),
        (SHOP, 10_001, PermitRefusal.SHOP_LIMIT, "at one shop you can spend at most €100.00"),
    ],
    ids=["vouchers", "payment", "shop"],
)
def test_wallet_reads_the_rules_and_does_not_sign_what_would_be_refused(
    rulebook: Rulebook, limit: int, reason: PermitRefusal, says: str, tmp_path: Path
) -> None:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world = World.open(chain, rulebook=rulebook)
        now = from_unix(chain.now())
        with wallet_with_credential(tmp_path, world.validator, rulebook, now=now, children=1) as wallet:
            plan = wallet.plan_claim(ProgrammeView.from_json(describe(world.fund).encode()), now=now)
            relay_claim(world.fund, wallet.claim(plan, now=now))
            scope, log = world.fund.scope(), wallet.consents
            with pytest.raises(PermitRefusedError, match=says) as caught:
                wallet.sign_permit(scope, limit, now=now, merchant=world.toys.address)
            assert caught.value.reason is reason
            assert wallet.consents == log, "nothing was signed"
            for _ in range(2):
                now = from_unix(chain.now())
                permit = wallet.sign_permit(scope, 5_000, now=now, merchant=world.toys.address)
                relay_payment(world.fund, permit, world.toys.charge(world.fund, permit, 5_000))
            assert world.fund.balance_of(plan.account) == Amount(5_000)


def test_wallet_knows_a_category_limit_only_where_every_category_has_one(tmp_path: Path) -> None:
    everywhere = variant(
        "kindpakket-all-limited",
        spending={
            "categories": [
                {"id": "toys", "index": 3, "title": {"nl": "Speelgoed", "en": "Toys"}, "limit_cents": 2_000},
                {"id": "bicycles", "index": 4, "title": {"nl": "Fietsen", "en": "Bicycles"}, "limit_cents": 3_000},
            ]
        },
    )
    assert everywhere.spending.broken_by(3_001, SpentBefore()) is SpendingRule.CATEGORY_LIMIT
    assert everywhere.spending.broken_by(2_001, SpentBefore()) is None
    assert everywhere.spending.broken_by(2_001, SpentBefore(category=3)) is SpendingRule.CATEGORY_LIMIT
    assert everywhere.spending.broken_by(1_000, SpentBefore(category=3, in_category=1_001)) is not None
    assert CATEGORY.spending.broken_by(99_999, SpentBefore()) is None
    with pytest.raises(PermitRefusedError) as caught:
        _permit_without_a_fund(tmp_path, everywhere, 3_001)
    assert caught.value.reason is PermitRefusal.CATEGORY_LIMIT


def _permit_without_a_fund(folder: Path, rulebook: Rulebook, limit: int) -> None:
    scope = Scope(1, address_of(secrets.token_bytes(32)), rulebook.hash, 2026)
    catalogue = Catalogue.of((TYPE,), (rulebook,))
    wallet, _ = Wallet.create(folder / "amira.wallet", "correct horse", catalogue, work=KeyWork.INTERACTIVE)
    with wallet:
        wallet.learn_balance(scope, 15_000)
        wallet.sign_permit(scope, limit, now=datetime(2026, 3, 2, tzinfo=UTC))


# ---- products ----


def with_products() -> dict[str, Any]:
    """The ``spending`` of a rulebook with two product groups."""
    titles = {"nl": "Artikelen", "en": "Articles"}
    return {"products": [{"id": id_, "index": number, "title": titles} for number, id_ in ((1, "bags"), (4, "pens"))]}


PRODUCTS = variant("kindpakket-products", spending=with_products())


def test_articles_of_listed_groups_are_sold_and_no_others(chain: Chain) -> None:
    """Possible, and off in every published rulebook."""
    world = World.open(chain, rulebook=PRODUCTS)
    amira, fund, shop = amira_in(world), world.fund, world.toys
    rules, now = world.opening.rulebook.spending, from_unix(world.chain.now())
    for product, is_sold in ((1, True), (4, True), (0, False), (2, False), (300, False)):
        permit = amira.permit(fund, 500)
        charge = SignedCharge.sign(fund.domain, Charge(permit.permit.payment, shop.address, 500, product), shop.key)
        if is_sold:
            assert charge_permit(permit, Amount(500), shop.key, now=now, product=product, rules=rules) == charge
            relay_payment(fund, permit, charge)
            continue
        with pytest.raises(RefusedError) as caught:
            relay_payment(fund, permit, charge)
        assert caught.value.reason is RefusalReason.PRODUCT_NOT_ALLOWED
        with pytest.raises(TillError) as foreseen:
            charge_permit(permit, Amount(500), shop.key, now=now, product=product, rules=rules)
        assert foreseen.value.reason is RefusalReason.PRODUCT_NOT_ALLOWED
    assert fund.balance_of(amira.account) == Amount(14_000)


def test_no_product_is_named_where_the_rulebook_has_none(world: World) -> None:
    amira, fund, shop = amira_in(world), world.fund, world.toys
    permit = amira.permit(fund, 500)
    charge = SignedCharge.sign(fund.domain, Charge(permit.permit.payment, shop.address, 500, 1), shop.key)
    with pytest.raises(RefusedError) as caught:
        relay_payment(fund, permit, charge)
    assert caught.value.reason is RefusalReason.PRODUCT_NOT_ALLOWED
    assert RULEBOOK.spending.broken_by(500, SpentBefore(), 1) is SpendingRule.PRODUCT_NOT_ALLOWED


# ---- what an auditor finds ----


def _town(rulebook: Rulebook) -> Iterator[Town]:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world = World.open(chain, rulebook=rulebook)
        amira = amira_in(world)
        permit = world.pay(amira, world.toys, 5_000)
        world.pay(amira, world.toys, 5_000)
        relay_refund(world.fund, amira.account, permit.permit.nonce, world.toys.refund(world.fund, permit, 5_000))
        yield Town(world, node_of(chain), "", b"", [amira])


@pytest.mark.parametrize(
    ("rulebook", "event", "number", "cents", "kind", "says"),
    [
        (VOUCHERS, "Paid", 0, 4_999, DifferenceKind.PAYMENT_RULE, "no whole vouchers of 5000"),
        (VOUCHERS, "Refunded", 0, 2_500, DifferenceKind.REFUND, "no whole vouchers of 5000"),
        (PAYMENT, "Paid", 0, 7_501, DifferenceKind.PAYMENT_RULE, "one payment may be 7500"),
        (SHOP, "Paid", 1, 5_001, DifferenceKind.PAYMENT_RULE, "spent 10001 cents at the shop"),
        (CATEGORY, "Paid", 1, 5_001, DifferenceKind.PAYMENT_RULE, "spent 10001 cents in the category"),
    ],
    ids=["voucher", "refund of a part of a voucher", "payment", "shop", "category"],
)
def test_audit_finds_a_payment_beyond_each_rule(
    rulebook: Rulebook, event: str, number: int, cents: int, kind: DifferenceKind, says: str
) -> None:
    for town in _town(rulebook):
        assert town.audit().is_signed_off
        log = town.log_of(event, number)
        report = town.lying(other_amount(town, log, cents))
        assert any(
            entry.kind is kind and says in entry.text and entry.transaction == log["transactionHash"]
            for entry in report.differences
        ), [entry.text for entry in report.differences]
        assert DifferenceKind.STORAGE in kinds(report)


def test_audit_finds_a_fund_that_was_opened_without_its_rulebooks_limits(chain: Chain) -> None:
    """The right claim terms under the right hash, and whole vouchers switched off."""
    world = World.open(chain, rulebook=VOUCHERS)
    ours = world.municipality
    rules = rules_of(VOUCHERS, TYPE, world.opening.period, world.opening.validators)
    loose = spending_rules_of(RULEBOOK)
    planted = Fund.deploy(chain, rules, loose, ours.registry, ours.euro, sponsor=ours.officers.sponsor)
    town = Town(replace(world, fund=planted), node_of(chain), "", b"")
    assert kinds(town.audit()) == {DifferenceKind.RULES}


def test_audit_finds_an_article_of_a_group_that_may_not_be_sold() -> None:
    """The transaction's input, as if the shop had sold something else."""
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world = World.open(chain, rulebook=PRODUCTS)
        amira = amira_in(world)
        permit = amira.permit(world.fund, 500)
        charge = Charge(permit.permit.payment, world.toys.address, 500, 1)
        relay_payment(world.fund, permit, SignedCharge.sign(world.fund.domain, charge, world.toys.key))
        town = Town(world, node_of(chain), "", b"", [amira])
        assert town.audit().is_signed_off
        sold, other = (f"{500:064x}{product:064x}" for product in (1, 2))

        def lie(method: str, _parameters: list[Any], result: Any) -> Any:
            if method == "eth_getBlockByNumber":
                for transaction in result["transactions"]:
                    transaction["input"] = transaction["input"].replace(sold, other)
            return result

        report = town.lying(lie)
        assert kinds(report) == {DifferenceKind.PAYMENT_RULE}
        assert "product group 2 may not be sold" in report.differences[0].text


@pytest.mark.anvil
def test_command_shows_the_rules_of_spending_that_are_on(anvil_url: str) -> None:
    relayer = b"\x52" * 32
    chain = Chain.rpc(anvil_url, relayer_keys=[relayer])
    chain.request("anvil_setBalance", [chain.account(relayer).address, hex(1_000 * ETHER)])
    limits = {"limits": {"payment_cents": 7_500, "shop_cents": 10_000}, **with_category_limit(2_500), **with_products()}
    for rulebook, rows in (
        (RULEBOOK, ()),
        (VOUCHERS, ("spent in vouchers of €50.00",)),
        (
            variant("kindpakket-everything", spending=limits),
            ("most for a payment €75.00", "most at a shop €100.00", "most in category 3 €25.00", "product groups 1, 4"),
        ),
    ):
        fund = World.open(chain, rulebook=rulebook).fund.address
        shown = CliRunner().invoke(application("fund"), ["fund", "show", "--rpc", anvil_url, "--fund", fund])
        assert shown.exit_code == 0, shown.output
        plain = [" ".join(line.split()) for line in shown.output.splitlines()]
        found = [line for line in plain if line.startswith(("spent in", "most", "product"))]
        assert found == list(rows)
