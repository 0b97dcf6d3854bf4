# SPDX-License-Identifier: EUPL-1.2
"""One rulebook, a fund for each year: both at once, nothing that links them, and what is left carried over."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from holder.cli import app as wallet_commands
from holder.programme import ProgrammeView
from holder.service import Wallet
from programmable_money.chain import Chain
from programmable_money.description import describe
from programmable_money.fund import Fund
from programmable_money.messages import ClaimMessage
from programmable_money.model import Amount, from_unix, to_unix
from programmable_money.node import open_chain
from programmable_money.periods import NextPeriod, PeriodError, carry_over, open_next_period
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.service import Opening, relay_claim, relay_payment, relay_refund
from tests.flows.audited import Town, node_of
from tests.flows.limited import VOUCHERS, variant
from tests.flows.merged import bank
from tests.flows.money import RULEBOOK, STARTS_AT, TYPE, YEAR, Citizen, Shop, World
from tests.flows.wallets import PASSPHRASE, give, wallet_with_credential

NEW_YEAR: Final = datetime(YEAR + 1, 1, 2, 9, tzinfo=UTC)
WINDOW: Final = 12
"""Octets that two claims share by chance once in 2^96."""


def next_opening(world: World, **changes: Any) -> Opening:
    opening = Opening(RULEBOOK, TYPE, YEAR + 1, (world.validator.address,), Amount(100_000), "BANK-2027-0001")
    return replace(opening, **changes)


def open_next(world: World, **changes: Any) -> NextPeriod:
    return open_next_period(world.municipality, world.fund, next_opening(world, **changes), former=RULEBOOK)


def refused(act: Any) -> RefusalReason:
    with pytest.raises(RefusedError) as caught:
        act()
    return caught.value.reason


def fresh(world: World, record: str, **more: Any) -> Citizen:
    return Citizen.with_credential(world.validator, record=record, until=date(YEAR + 2, 1, 1), **more)


# ---- two periods at once ----


def test_next_period_opens_while_the_old_one_runs_and_both_books_balance(world: World) -> None:
    amira = fresh(world, "amira", children=1)
    world.claim(amira)
    following = open_next(world)
    assert (following.shops, following.left_out, following.keys) == (2, (), (world.validator.key_id,))
    funds = [world.fund, following.fund]

    # the old one goes on, the new one waits for its year
    world.pay(amira, world.toys, 2_500)
    again = Citizen(amira.credential)
    assert refused(lambda: relay_claim(following.fund, again.prove(following.fund))) is RefusalReason.OUTSIDE_PERIOD
    ledger = world.municipality.check_books(funds)
    assert ledger.books.is_balanced
    assert ledger.books.unallocated == Amount(300_000 - 15_000 + 100_000)

    world.chain.travel_to(to_unix(NEW_YEAR))
    relay_claim(following.fund, again.prove(following.fund))
    permit = again.permit(following.fund, 1_000)
    relay_payment(following.fund, permit, world.toys.charge(following.fund, permit, 1_000))
    assert refused(lambda: world.pay(amira, world.toys, 100)) is RefusalReason.OUTSIDE_PERIOD
    assert world.municipality.check_books(funds).books.is_balanced
    for fund, opening in ((world.fund, world.opening), (following.fund, next_opening(world))):
        town = Town(replace(world, fund=fund, opening=opening), node_of(world.chain), "", b"")
        assert town.audit().differences == ()


def test_money_of_one_period_is_not_spent_in_another(world: World) -> None:
    """A permit for the old fund is for the old fund, also when the amount is there in both."""
    amira = fresh(world, "amira")
    world.claim(amira)
    following = open_next(world)
    world.chain.travel_to(to_unix(NEW_YEAR))
    relay_claim(following.fund, amira.prove(following.fund))
    old = amira.permit(world.fund, 500)
    stolen = replace(old, domain=following.fund.domain)
    charge = replace(world.toys.charge(world.fund, old, 500), domain=following.fund.domain)
    assert refused(lambda: relay_payment(following.fund, stolen, charge)) is RefusalReason.BAD_SIGNATURE


def test_old_period_returns_the_unspent_and_its_shops_stay_to_be_settled(world: World) -> None:
    amira, ours = fresh(world, "amira", children=1), world.municipality
    world.claim(amira)
    permit = world.pay(amira, world.toys, 4_000)
    following = open_next(world, budget=Amount(0))
    assert refused(lambda: carry_over(ours, world.fund, following.fund)) is RefusalReason.OUTSIDE_PERIOD
    world.chain.travel_to(to_unix(NEW_YEAR))
    funds = [world.fund, following.fund]

    returned = carry_over(ours, world.fund, following.fund)
    assert returned == Amount(300_000 - 4_000), "what nobody claimed, and what Amira did not spend"
    assert following.fund.books().unallocated == returned
    books = ours.check_books(funds).books
    assert (books.outside, books.merchants, books.accounts) == (Amount(0), Amount(4_000), Amount(0))
    assert books.is_balanced

    back = world.toys.refund(world.fund, permit, 4_000)
    gone = lambda: relay_refund(world.fund, amira.account, permit.permit.nonce, back)  # noqa: E731
    assert refused(gone) is RefusalReason.OUTSIDE_PERIOD
    batch = ours.settle(world.fund, [world.toys.address], reference="KP-LAST", bank=bank(world, date(YEAR + 1, 1, 5)))
    assert batch.settlement.total == Amount(4_000)
    assert ours.check_books(funds).books.is_balanced
    assert refused(lambda: carry_over(ours, world.fund, following.fund)) is RefusalReason.CLOSED
    assert ours.check_books(funds).books.is_balanced


def test_sponsor_may_keep_what_is_left(world: World) -> None:
    """Closing alone leaves it with the sponsor, as euros outside funds, for whatever is topped up later."""
    ours, following = world.municipality, open_next(world, budget=Amount(0))
    world.chain.travel_to(to_unix(NEW_YEAR))
    returned = ours.close_fund(world.fund)
    assert ours.check_books([world.fund, following.fund]).books.outside == returned
    ours.top_up(following.fund, Amount(1_000))
    books = ours.check_books([world.fund, following.fund]).books
    assert (books.outside, books.unallocated) == (returned - Amount(1_000), Amount(1_000))
    assert books.is_balanced


def test_fund_that_is_no_next_period_is_refused(world: World) -> None:
    block, ours = world.chain.block_number(), world.municipality
    for period in (YEAR, YEAR - 1):
        with pytest.raises(PeriodError, match="later than 2026"):
            open_next(world, period=period)
    with pytest.raises(PeriodError, match="opened with"):
        open_next_period(ours, world.fund, next_opening(world), former=VOUCHERS)
    assert world.chain.block_number() == block
    following = open_next(world)
    for one, other in ((world.fund, world.fund), (following.fund, world.fund)):
        with pytest.raises(PeriodError, match="later period"):
            carry_over(ours, one, other)


def test_shops_go_by_the_name_of_their_category_and_keys_only_while_they_count(world: World) -> None:
    """A new version of the rules numbers categories otherwise, and has no bicycles any more."""
    renumbered = variant(
        "kindpakket",
        version=2,
        spending={
            "categories": [
                {"id": "books", "index": 3, "title": {"nl": "Boeken", "en": "Books"}},
                {"id": "toys", "index": 9, "title": {"nl": "Speelgoed", "en": "Toys"}},
            ]
        },
    )
    suspended, ours = Shop(), world.municipality
    ours.approve_merchants(world.fund, {suspended.address: RULEBOOK.category("toys").index})
    world.fund.suspend_merchant(suspended.address, sponsor=ours.officers.sponsor)
    ours.registry.revoke_key(world.validator.key_id, sender=ours.officers.registrar)
    following = open_next(world, rulebook=renumbered)
    assert following.fund.merchant(world.toys.address).category == 9
    assert following.fund.merchant(world.toys.address).is_approved
    assert not following.fund.merchant(suspended.address).is_approved
    assert following.left_out == (world.bicycles.address,)
    assert following.keys == ()


# ---- nobody can link them ----


def windows(octets: bytes) -> set[bytes]:
    """Every run of octets that is no padding."""
    found = {octets[at : at + WINDOW] for at in range(len(octets) - WINDOW + 1)}
    return {run for run in found if len(set(run)) > WINDOW // 2}


def data_of(chain: Chain, fund: Fund, message: ClaimMessage) -> set[bytes]:
    """Everything that a claim leaves on the chain: its transaction's input and its events."""
    node, transaction = node_of(chain), relay_claim(fund, message).transaction
    parts = [str(node.request("eth_getTransactionByHash", [transaction])["input"])]
    for log in node.request("eth_getTransactionReceipt", [transaction])["logs"]:
        parts += [*log["topics"], log["data"]]
    found: set[bytes] = set()
    for part in parts:
        found |= windows(bytes.fromhex(part.removeprefix("0x")))
    return found


@pytest.fixture
def two_periods(tmp_path: Path) -> Iterator[tuple[World, NextPeriod, Wallet]]:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world = World.open(chain)
        following = open_next(world)
        now = from_unix(chain.now())
        with wallet_with_credential(tmp_path, world.validator, RULEBOOK, now=now) as wallet:
            yield world, following, wallet


def claim_of(wallet: Wallet, fund: Fund) -> ClaimMessage:
    now = from_unix(fund.chain.now())
    return wallet.claim(wallet.plan_claim(ProgrammeView.from_json(describe(fund).encode()), now=now), now=now)


def test_claims_of_one_person_in_two_periods_share_nothing_on_the_chain(
    two_periods: tuple[World, NextPeriod, Wallet],
) -> None:
    world, following, wallet = two_periods
    chain, known = world.chain, windows(world.validator.key_id)
    first = data_of(chain, world.fund, claim_of(wallet, world.fund))
    bas = data_of(chain, world.fund, Citizen.with_credential(world.validator, record="bas").prove(world.fund))
    world.chain.travel_to(to_unix(NEW_YEAR))
    until = date(YEAR + 2, 1, 1)
    give(wallet, world.validator, now=from_unix(chain.now()), exp=until)
    second = data_of(chain, following.fund, claim_of(wallet, following.fund))
    shared = (first & second) - known
    selector_and_constants = first & bas
    assert shared <= selector_and_constants, "nothing that two strangers do not share as well"
    assert len(first) > 500
    accounts = [account.address for account in wallet.accounts]
    assert len(set(accounts)) == 2


def test_same_comparison_finds_the_pseudonym_of_two_claims_in_one_period(
    two_periods: tuple[World, NextPeriod, Wallet],
) -> None:
    """So the test above would see a value that two claims share: in one scope, the nullifier is one."""
    world, _, wallet = two_periods
    one, other = claim_of(wallet, world.fund), claim_of(wallet, world.fund)
    assert one.proof != other.proof
    shared = (windows(one.proof) & windows(other.proof)) - windows(world.validator.key_id)
    assert shared, "the pseudonym is in both"


def test_wallet_shows_the_accounts_of_both_periods(two_periods: tuple[World, NextPeriod, Wallet]) -> None:
    world, following, wallet = two_periods
    relay_claim(world.fund, claim_of(wallet, world.fund))
    world.chain.travel_to(to_unix(NEW_YEAR))
    give(wallet, world.validator, now=from_unix(world.chain.now()), exp=date(YEAR + 2, 1, 1))
    relay_claim(following.fund, claim_of(wallet, following.fund))
    shown = [(account.scope.period, account.scope.fund, account.balance) for account in wallet.accounts]
    assert shown == [(YEAR, world.fund.address, 45_000), (YEAR + 1, following.fund.address, 45_000)]
    for account in wallet.accounts:
        fund = world.fund if account.scope.period == YEAR else following.fund
        assert fund.balance_of(account.address) == Amount(45_000)


def test_command_shows_both_periods_by_the_programmes_name(
    two_periods: tuple[World, NextPeriod, Wallet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, following, wallet = two_periods
    claim_of(wallet, world.fund)
    world.chain.travel_to(to_unix(NEW_YEAR))
    give(wallet, world.validator, now=from_unix(world.chain.now()), exp=date(YEAR + 2, 1, 1))
    claim_of(wallet, following.fund)
    wallet.close()
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE)
    monkeypatch.setenv("STUIVER_PASSPHRASE_FILE", str(secret))
    shown = CliRunner().invoke(wallet_commands, ["show", "--wallet", str(tmp_path / "amira.wallet")])
    assert shown.exit_code == 0, shown.output
    for period, fund in ((YEAR, world.fund), (YEAR + 1, following.fund)):
        assert f"in Child package {period}, fund {fund.address}: last known €450.00" in shown.output
