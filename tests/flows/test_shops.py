# SPDX-License-Identifier: EUPL-1.2
"""Shops join, work with several tills, lose one to a thief, are settled and suspended; both directions of the QR."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from programmable_money.chain import Chain
from programmable_money.messages import (
    PERMIT_SECONDS,
    Address,
    PaymentPermit,
    PaymentRequest,
    SignedPermit,
    address_of,
)
from programmable_money.model import Amount, Language, from_unix, to_unix
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.service import relay_payment, relay_refund
from programmable_money.settlement import SettlementError
from programmable_money.shops.desk import KeyFolder, Refunding, ShopDesk
from programmable_money.shops.model import (
    Application,
    ApprovalState,
    KeyKind,
    ShopError,
    ShopPolicy,
    ShopRefusal,
)
from programmable_money.shops.orders import (
    SignedTillCancel,
    SignedTillCharge,
    SignedTillRefund,
    TillCancel,
    TillCharge,
    TillRefund,
)
from programmable_money.shops.refunds import settlement_of
from programmable_money.shops.service import ShopRegister
from programmable_money.shops.store import ShopStore
from programmable_money.shops.wording import after_settlement
from programmable_money.statements.model import Period, statement_of
from programmable_money.till import TillError, charge_permit
from ssi.errors import VerificationError
from tests.flows.limited import variant
from tests.flows.money import RULEBOOK, YEAR, Citizen, World

POLICY = ShopPolicy.from_list("# by the council\nHema\nToys XXL\n")


@dataclass
class Market:
    """One programme's shops, with a citizen who has money and a clock that follows the chain."""

    world: World
    register: ShopRegister
    desk: ShopDesk
    folder: KeyFolder
    amira: Citizen
    late: timedelta = timedelta(0)

    @classmethod
    def open(cls, world: World, folder: Path, database: str, policy: ShopPolicy = POLICY) -> "Market":
        store, keys = ShopStore(database), KeyFolder(folder)
        amira = Citizen.with_credential(world.validator, record="amira")
        rulebook = world.opening.rulebook
        world.claim(amira)
        market: Market

        def clock() -> datetime:
            return from_unix(world.chain.now()) + market.late

        register = ShopRegister(store, world.fund, rulebook, clock)
        desk = ShopDesk(store, keys, world.fund, clock, rulebook.spending)
        market = cls(world, register, desk, keys, amira)
        register.set_policy(policy, "joke")
        return market

    def join(self, name: str = "De Speelkoffer", iban: str = "NL20INGB0001234567") -> Address:
        account = self.folder.keep(secrets.token_bytes(32))
        self.register.apply(application(account, name, iban))
        assert self.register.agree(account, "joke") is ApprovalState.PROPOSED
        assert self.register.agree(account, "siem") is ApprovalState.AGREED
        self.register.write_approval(account, sponsor=self.world.municipality.officers.sponsor)
        return account

    def key(self, shop: Address, kind: KeyKind, label: str) -> bytes:
        key = secrets.token_bytes(32)
        self.register.register_key(shop, address_of(key), kind, label)
        return key

    def deadline(self) -> int:
        return to_unix(self.register.clock()) + 60

    def order(self, shop: Address, till: bytes, permit: SignedPermit, cents: int) -> SignedTillCharge:
        asked = TillCharge(permit.permit.payment, shop, cents, self.deadline())
        return SignedTillCharge.from_json(SignedTillCharge.sign(self.world.fund.domain, asked, till).to_json())

    def pay(self, shop: Address, till: bytes, cents: int) -> SignedPermit:
        permit = self.amira.permit(self.world.fund, cents)
        relay_payment(self.world.fund, permit, self.desk.charge(permit, self.order(shop, till, permit, cents)))
        return permit

    def cancel(self, shop: Address, till: bytes, permit: SignedPermit) -> Refunding:
        asked = TillCancel(permit.permit.payment, shop, self.deadline())
        signed = SignedTillCancel.sign(self.world.fund.domain, asked, till)
        return self.desk.cancel(SignedTillCancel.from_json(signed.to_json()))

    def refund(self, shop: Address, employee: bytes, permit: SignedPermit, total: int) -> Refunding:
        asked = TillRefund(permit.permit.payment, shop, total, self.deadline())
        signed = SignedTillRefund.sign(self.world.fund.domain, asked, employee)
        return self.desk.refund(SignedTillRefund.from_json(signed.to_json()))

    def carry(self, made: Refunding) -> None:
        relay_refund(self.world.fund, made.payer, made.nonce, made.refund)

    def balance(self) -> int:
        return self.world.fund.balance_of(self.amira.account).cents


def application(account: Address, name: str, iban: str, *, is_chain_store: bool = False) -> Application:
    return Application.from_form(
        account=account,
        name=name,
        iban=iban,
        category="toys",
        contact="kassa@winkel.example",
        is_chain_store=is_chain_store,
    )


@pytest.fixture
def market(world: World, tmp_path: Path, database_of_chain: str) -> Iterator[Market]:
    opened = Market.open(world, tmp_path, database_of_chain)
    yield opened
    opened.register.store.close()


def refusal(step: Callable[[], object]) -> ShopRefusal:
    with pytest.raises(ShopError) as caught:
        step()
    return caught.value.reason


def till_refusal(step: Callable[[], object]) -> RefusalReason:
    with pytest.raises(TillError) as caught:
        step()
    return caught.value.reason


def test_a_shop_joins_with_two_tills_and_an_employee_and_installs_nothing(market: Market) -> None:
    shop = market.join()
    one, two = market.key(shop, KeyKind.TILL, "till 1"), market.key(shop, KeyKind.TILL, "till 2")
    employee = market.key(shop, KeyKind.EMPLOYEE, "Jan")
    market.pay(shop, one, 1_000)
    market.pay(shop, two, 500)
    permit = market.pay(shop, employee, 300)
    market.carry(market.refund(shop, employee, permit, 100))
    market.carry(market.refund(shop, employee, permit, 300))
    assert market.world.fund.merchant(shop).balance == Amount(1_500)
    charges = market.register.store.charges(shop)
    assert {charge.label for charge in charges} == {"till 1", "till 2", "Jan"}
    made = statement_of(
        market.world.chain.events([market.world.fund.contract]),
        shop,
        Period.from_text(f"{YEAR}-03-02"),
        name="De Speelkoffer",
        programme="Kindpakket",
        labels={charge.payment: charge.label for charge in charges},
    )
    assert (made.opening, made.closing, len(made.lines)) == (Amount(0), Amount(1_500), 5)
    assert {line.label for line in made.lines} == {"till 1", "till 2", "Jan"}
    assert market.register.store.directory(market.world.fund.address)[shop].name == "De Speelkoffer"
    market.world.check_books()


def test_a_shop_that_signs_for_a_code_and_never_carries_it_takes_nothing_from_the_shop_that_is_paid(
    market: Market,
) -> None:
    grabbing, paid = market.join(), market.join("Fietsen Van Dam", "NL68BNGH0000000100")
    thief, employee = (market.key(shop, KeyKind.EMPLOYEE, "Jan") for shop in (grabbing, paid))
    permit = market.amira.permit(market.world.fund, 900)
    market.desk.charge(permit, market.order(grabbing, thief, permit, 900))
    relay_payment(market.world.fund, permit, market.desk.charge(permit, market.order(paid, employee, permit, 900)))
    before = market.balance()
    market.carry(market.refund(paid, employee, permit, 400))
    assert market.balance() == before + 400
    assert refusal(lambda: market.refund(grabbing, thief, permit, 500)) is ShopRefusal.UNKNOWN_CHARGE
    assert refusal(lambda: market.cancel(grabbing, thief, permit)) is ShopRefusal.UNKNOWN_CHARGE
    assert [len(market.register.store.charges(shop)) for shop in (grabbing, paid)] == [1, 1]


def test_a_stolen_till_stops_at_once_and_never_could_take_money_out(market: Market) -> None:
    shop, other = market.join(), market.join("Fietsen Van Dam", "NL68BNGH0000000100")
    stolen, kept = market.key(shop, KeyKind.TILL, "till 1"), market.key(shop, KeyKind.TILL, "till 2")
    permit = market.pay(shop, stolen, 1_000)
    fresh = market.amira.permit(market.world.fund, 500)

    assert refusal(lambda: market.refund(shop, stolen, permit, 500)) is ShopRefusal.NOT_FOR_A_TILL
    market.late = timedelta(seconds=90)
    assert refusal(lambda: market.cancel(shop, stolen, permit)) is ShopRefusal.CANCEL_TOO_LATE
    market.late = timedelta(0)
    assert refusal(lambda: market.desk.charge(fresh, market.order(other, stolen, fresh, 500))) is ShopRefusal.OTHER_SHOP
    thief = secrets.token_bytes(32)
    assert (
        refusal(lambda: market.desk.charge(fresh, market.order(shop, thief, fresh, 500)))
        is ShopRefusal.KEY_NOT_IN_FORCE
    )

    order = market.order(shop, stolen, fresh, 500)  # signed before, and sent after
    assert refusal(lambda: market.register.revoke_key(other, address_of(stolen))) is ShopRefusal.OTHER_SHOP
    market.register.revoke_key(shop, address_of(stolen))
    assert refusal(lambda: market.desk.charge(fresh, order)) is ShopRefusal.KEY_NOT_IN_FORCE
    assert refusal(lambda: market.cancel(shop, stolen, permit)) is ShopRefusal.KEY_NOT_IN_FORCE
    register = market.register.register_key
    assert refusal(lambda: register(shop, address_of(stolen), KeyKind.TILL, "again")) is ShopRefusal.KEY_TAKEN
    market.pay(shop, kept, 500)
    assert market.world.fund.merchant(shop).balance == Amount(1_500)


def test_what_cato_changes_in_an_order_is_signed_by_nobody(market: Market) -> None:
    shop = market.join()
    till = market.key(shop, KeyKind.TILL, "till 1")
    permit = market.amira.permit(market.world.fund, 2_000)
    order = market.order(shop, till, permit, 500)
    for changed in (
        replace(order, order=replace(order.order, amount=2_000)),
        replace(order, order=replace(order.order, deadline=order.order.deadline + 60)),
        replace(order, domain=replace(order.domain, chain_id=1)),
    ):
        assert refusal(lambda changed=changed: market.desk.charge(permit, changed)) is ShopRefusal.KEY_NOT_IN_FORCE  # type: ignore[misc]
    other = market.amira.permit(market.world.fund, 2_000)
    assert refusal(lambda: market.desk.charge(other, order)) is ShopRefusal.OTHER_SHOP
    forged = replace(permit, permit=replace(permit.permit, limit=90_000))
    with pytest.raises(VerificationError):
        market.desk.charge(forged, order)
    market.late = timedelta(seconds=61)
    assert refusal(lambda: market.desk.charge(permit, order)) is ShopRefusal.ORDER_EXPIRED
    market.late = timedelta(minutes=-6)
    assert refusal(lambda: market.desk.charge(permit, order)) is ShopRefusal.ORDER_EXPIRED


def test_a_till_cancels_within_a_minute_and_an_employee_until_settlement(market: Market) -> None:
    world, shop = market.world, market.join()
    till, employee = market.key(shop, KeyKind.TILL, "till 1"), market.key(shop, KeyKind.EMPLOYEE, "Jan")
    before = market.balance()
    permit = market.pay(shop, till, 1_000)
    market.carry(market.cancel(shop, till, permit))
    assert market.balance() == before
    assert till_refusal(lambda: market.cancel(shop, till, permit)) is RefusalReason.ZERO_AMOUNT

    permit = market.pay(shop, till, 1_000)
    market.late = timedelta(seconds=61)
    assert refusal(lambda: market.cancel(shop, till, permit)) is ShopRefusal.CANCEL_TOO_LATE
    market.carry(market.refund(shop, employee, permit, 250))
    assert till_refusal(lambda: market.refund(shop, employee, permit, 1_001)) is RefusalReason.REFUND_OUT_OF_RANGE
    world.fund.settle([shop], b"KP-0001".ljust(32, b"\0"), settler=world.municipality.officers.settler)
    for step in (
        lambda: market.refund(shop, employee, permit, 500),
        lambda: market.cancel(shop, employee, permit),
    ):
        assert till_refusal(step) is RefusalReason.PAYMENT_SETTLED
    paid, events = world.fund.payment(permit.permit.payment), world.chain.events([world.fund.contract])
    assert paid is not None
    settled = settlement_of(paid, events)
    assert settled == ("KP-0001", date(YEAR, 3, 2))
    assert "KP-0001" in after_settlement(*settled)
    assert "tegoedbon" in after_settlement("KP-0001", date(YEAR, 4, 1), Language.NL)
    unknown = market.amira.permit(world.fund, 100)
    assert refusal(lambda: market.refund(shop, employee, unknown, 100)) is ShopRefusal.UNKNOWN_CHARGE


def test_four_eyes_see_a_shop_before_it_takes_part(market: Market) -> None:
    register, sponsor = market.register, market.world.municipality.officers.sponsor
    account = market.folder.keep(secrets.token_bytes(32))
    assert refusal(lambda: register.agree(account, "joke")) is ShopRefusal.UNKNOWN_SHOP
    asked = application(account, "De Speelkoffer", "NL20INGB0001234567")
    register.apply(asked)
    assert refusal(lambda: register.apply(asked)) is ShopRefusal.WRONG_STATE
    stolen = application(account, "De Speelkoffer", "NL68BNGH0000000100")
    assert refusal(lambda: register.apply(stolen)) is ShopRefusal.ACCOUNT_TAKEN
    register.agree(account, "joke")
    assert refusal(lambda: register.agree(account, "joke")) is ShopRefusal.SAME_EMPLOYEE
    assert refusal(lambda: register.write_approval(account, sponsor=sponsor)) is ShopRefusal.WRONG_STATE
    register.agree(account, "siem")
    assert refusal(lambda: register.agree(account, "piet")) is ShopRefusal.WRONG_STATE
    # a crash between chain and list: repeating it finishes it
    market.world.fund.approve_merchant(account, RULEBOOK.category("toys").index, sponsor=sponsor)
    register.write_approval(account, sponsor=sponsor)
    shop = register.shop(account).approval(market.world.fund.address)
    assert shop is not None
    assert (shop.state, shop.proposed_by, shop.agreed_by) == (ApprovalState.APPROVED, "joke", "siem")
    assert [what for _, _, what, _ in register.store.log()] == [
        "policy",
        "apply",
        "proposed",
        "agreed",
        "approved",
    ]


def test_one_employee_is_enough_where_the_sponsor_says_so(world: World, tmp_path: Path, database_of_chain: str) -> None:
    market = Market.open(world, tmp_path, database_of_chain, ShopPolicy(four_eyes=False))
    account = market.folder.keep(secrets.token_bytes(32))
    market.register.apply(application(account, "Hema Leek", "NL20INGB0001234567", is_chain_store=True))
    assert market.register.agree(account, "joke") is ApprovalState.AGREED
    market.register.refuse(account, "siem", "no shop at this address")
    assert market.register.agree(account, "joke") is ApprovalState.AGREED
    market.register.store.close()


def test_chain_stores_stay_out_by_rule(market: Market) -> None:
    account = market.folder.keep(secrets.token_bytes(32))

    def apply(name: str, *, is_chain_store: bool = False) -> object:
        made = application(account, name, "NL20INGB0001234567", is_chain_store=is_chain_store)
        return market.register.apply(made)

    for name in ("HEMA", "Hema Leek B.V.", "Toys-XXL Groningen"):
        assert refusal(lambda name=name: apply(name)) is ShopRefusal.CHAIN_STORE  # type: ignore[misc]
    assert refusal(lambda: apply("De Speelkoffer", is_chain_store=True)) is ShopRefusal.CHAIN_STORE
    apply("Schemaker Toys")
    register = market.register
    register.agree(account, "joke")
    register.set_policy(ShopPolicy.from_list("Schemaker"), "joke")  # the policy of the day of the approval counts
    assert refusal(lambda: register.agree(account, "siem")) is ShopRefusal.CHAIN_STORE
    assert register.policy == ShopPolicy(True, frozenset({"Schemaker"}), True)
    with pytest.raises(SettlementError) as caught:
        application(account, "De Speelkoffer", "NL20INGB0001234568")
    assert caught.value.field == "shop iban"
    with pytest.raises(ShopError):
        Application.from_form(
            account=account,
            name="A",
            iban="NL20INGB0001234567",
            category="toys",
            contact="call me",
            is_chain_store=False,
        )
    stranger = replace(application(account, "Slijterij", "NL20INGB0001234567"), category="off_licence")
    assert refusal(lambda: market.register.apply(stranger)) is ShopRefusal.CATEGORY_NOT_ALLOWED


def test_a_suspended_shop_takes_no_money_and_is_still_owed_what_it_has(market: Market) -> None:
    world, shop = market.world, market.join()
    till, employee = market.key(shop, KeyKind.TILL, "till 1"), market.key(shop, KeyKind.EMPLOYEE, "Jan")
    paid = market.pay(shop, till, 1_000)
    fresh = market.amira.permit(world.fund, 500)
    charge = market.desk.charge(fresh, market.order(shop, till, fresh, 500))
    market.register.suspend(shop, "joke", "sells other things", sponsor=world.municipality.officers.sponsor)
    other = market.amira.permit(world.fund, 500)
    assert refusal(lambda: market.desk.charge(other, market.order(shop, till, other, 500))) is ShopRefusal.SUSPENDED
    with pytest.raises(RefusedError) as caught:  # what it signed before is refused by the contract
        relay_payment(world.fund, fresh, charge)
    assert caught.value.reason is RefusalReason.WRONG_SHOP
    market.carry(market.refund(shop, employee, paid, 400))
    assert world.fund.merchant(shop).balance == Amount(600)
    assert shop in market.register.store.directory(world.fund.address)
    assert market.register.agree(shop, "joke") is ApprovalState.PROPOSED
    market.register.agree(shop, "siem")
    market.register.write_approval(shop, sponsor=world.municipality.officers.sponsor)
    market.pay(shop, till, 100)


def test_a_photographed_qr_is_worthless_after_one_use_and_after_a_minute(market: Market) -> None:
    world, shop = market.world, market.join()
    till = market.key(shop, KeyKind.TILL, "till 1")
    thief = market.join("Cato Speelgoed", "NL68BNGH0000000100")
    thiefs_till = market.key(thief, KeyKind.TILL, "till 1")

    def shown() -> SignedPermit:
        permit = PaymentPermit.one_time(market.amira.account, 2_000, now=world.chain.now())
        return SignedPermit.sign(world.fund.domain, permit, market.amira.account_key)

    used = shown()
    assert used.permit.deadline - world.chain.now() <= PERMIT_SECONDS == 60
    photograph = SignedPermit.from_json(used.to_json())
    relay_payment(world.fund, used, market.desk.charge(used, market.order(shop, till, used, 1_500)))
    taken = market.desk.charge(photograph, market.order(thief, thiefs_till, photograph, 500))
    with pytest.raises(RefusedError) as caught:
        relay_payment(world.fund, photograph, taken)
    assert caught.value.reason is RefusalReason.PERMIT_USED

    unused = shown()
    in_time = market.desk.charge(unused, market.order(thief, thiefs_till, unused, 500))
    world.chain.travel_to(unused.permit.deadline + 1)
    with pytest.raises(RefusedError) as caught:
        relay_payment(world.fund, unused, in_time)
    assert caught.value.reason is RefusalReason.PERMIT_EXPIRED
    step = market.order(thief, thiefs_till, unused, 500)
    assert till_refusal(lambda: market.desk.charge(unused, step)) is RefusalReason.PERMIT_EXPIRED
    assert world.fund.merchant(thief).balance == Amount(0)


def test_the_till_shows_an_amount_and_the_wallet_approves_exactly_that(market: Market) -> None:
    world, shop = market.world, market.join()
    till = market.key(shop, KeyKind.TILL, "till 1")
    shown = PaymentRequest(world.fund.domain, shop, 1_995)
    request = PaymentRequest.from_json(shown.to_json())
    permit = PaymentPermit.one_time(
        market.amira.account, request.amount, now=world.chain.now(), merchant=request.merchant
    )
    approved = SignedPermit.sign(request.domain, permit, market.amira.account_key)
    thief = market.join("Cato Speelgoed", "NL68BNGH0000000100")
    thiefs = market.key(thief, KeyKind.TILL, "till 1")
    order = market.order(thief, thiefs, approved, 1_995)
    assert till_refusal(lambda: market.desk.charge(approved, order)) is RefusalReason.WRONG_SHOP
    too_much = market.order(shop, till, approved, 1_996)
    assert till_refusal(lambda: market.desk.charge(approved, too_much)) is RefusalReason.AMOUNT_ABOVE_LIMIT
    relay_payment(world.fund, approved, market.desk.charge(approved, market.order(shop, till, approved, 1_995)))
    assert world.fund.merchant(shop).balance == Amount(1_995)


def test_a_charge_needs_no_desk_for_who_keeps_the_shop_s_own_key(market: Market) -> None:
    """A small shop with one till may let that till have the shop's key: the contract sees no difference."""
    world = market.world
    permit = PaymentPermit.one_time(market.amira.account, 500, now=world.chain.now())
    shown = SignedPermit.sign(world.fund.domain, permit, market.amira.account_key)
    now = from_unix(world.chain.now()).astimezone(UTC)
    relay_payment(world.fund, shown, charge_permit(shown, Amount(500), world.toys.key, now=now))
    assert world.fund.merchant(world.toys.address).balance == Amount(500)


def test_desk_counts_what_the_account_spent_and_refuses_what_the_fund_would(chain: Chain, tmp_path: Path) -> None:
    rulebook = variant("kindpakket-shop-limit", spending={"limits": {"shop_cents": 10_000, "payment_cents": 8_000}})
    market = Market.open(World.open(chain, rulebook=rulebook), tmp_path, "sqlite://")
    shop, other = market.join(), market.join("Tweede Speelkoffer", "NL51RABO0000000107")
    till = market.key(shop, KeyKind.TILL, "till 1")

    def charge(cents: int) -> None:
        permit = market.amira.permit(market.world.fund, cents)
        market.desk.charge(permit, market.order(shop, till, permit, cents))

    assert till_refusal(lambda: charge(8_001)) is RefusalReason.PAYMENT_LIMIT
    first = market.pay(shop, till, 6_000)
    assert till_refusal(lambda: charge(4_001)) is RefusalReason.SHOP_LIMIT
    market.carry(market.cancel(shop, till, first))
    market.pay(shop, till, 8_000)
    assert till_refusal(lambda: charge(2_001)) is RefusalReason.SHOP_LIMIT
    market.pay(other, market.key(other, KeyKind.TILL, "till 2"), 8_000)
    assert market.world.fund.spent_before(market.amira.account, shop).in_category == 16_000
    market.register.store.close()
