# SPDX-License-Identifier: EUPL-1.2
"""What becomes of errands: on both chains and both databases, through reorganisations, low fees and lost nonces."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from programmable_money.chain import Chain, ChainError
from programmable_money.messages import Address
from programmable_money.model import Amount
from programmable_money.node import open_chain
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.relayer.api import create_app, relay_limit
from programmable_money.relayer.app import embedded_app, embedded_relayer
from programmable_money.relayer.carrier import Carrier
from programmable_money.relayer.errands import ClaimErrand, Errand, PaymentErrand, RefundErrand
from programmable_money.relayer.model import Entry, ErrandState, RelayerSettings
from programmable_money.relayer.service import ProgrammeNotServedError, Relayer
from programmable_money.relayer.store import Outbox
from programmable_money.relayer.worker import Worker
from programmable_money.service import WrongFundError, relay_payment
from tests.flows.money import STARTS_AT, Citizen, World
from tests.flows.relayer_process import body_of, path_of


@dataclass
class Carrying:
    """A relayer that is moved on by hand."""

    world: World
    outbox: Outbox
    settings: RelayerSettings

    def __post_init__(self) -> None:
        self.carrier = Carrier(self.world.chain)
        self.relayer = Relayer(self.carrier, self.outbox, programmes=[self.world.fund.address], settings=self.settings)
        self.worker = self.new_worker()

    def new_worker(self) -> Worker:
        return Worker(self.carrier, self.outbox, self.world.chain.relayers, settings=self.settings)

    def restart(self, settings: RelayerSettings) -> None:
        """End this worker and go on with another one."""
        self.worker.close()
        self.settings = settings
        self.worker = self.new_worker()

    def nonce(self, account: str) -> int:
        """The nonce that an account uses next, by the chain."""
        return int(self.world.chain.request("eth_getTransactionCount", [account, "latest"]), 16)

    def until(self, errand: Errand, *states: ErrandState) -> Entry:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            self.worker.step()
            entry = self.relayer.find(errand.key)
            if entry is not None and entry.state in states:
                return entry
            time.sleep(0.02)
        raise AssertionError("it never came to that")

    def done(self, errand: Errand) -> Entry:
        self.relayer.accept(errand)
        return self.until(errand, ErrandState.FINAL, ErrandState.REFUSED)

    def amira(self) -> Citizen:
        citizen = Citizen.with_credential(self.world.validator, record="amira")
        assert self.done(ClaimErrand("claim", citizen.prove(self.world.fund))).amount == Amount(45_000)
        return citizen

    def payment(self, citizen: Citizen, amount: int = 700) -> PaymentErrand:
        permit = citizen.permit(self.world.fund, amount)
        return PaymentErrand("payment", permit, self.world.toys.charge(self.world.fund, permit, amount))


class Client:
    """Calls an application in this thread."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._call("GET", path, more))

    def post(self, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._call("POST", path, more))

    async def _call(self, method: str, path: str, more: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://relayer.test") as client:
            return await client.request(method, path, **more)


Start = Callable[[Chain, RelayerSettings], Carrying]


@pytest.fixture
def start(database_url: str) -> Iterator[Start]:
    with closing(Outbox(database_url)) as outbox:
        yield lambda chain, settings: Carrying(World.open(chain), outbox, settings)


@pytest.fixture
def anvil() -> Iterator[Chain]:
    with open_chain("anvil", starts_at=STARTS_AT) as chain:
        yield chain


QUICK = RelayerSettings(bump_after=0.3, resend_after=0.2, lost_after=0.3)
DEEP = RelayerSettings(depth=4, bump_after=30, resend_after=0.2, lost_after=0.3)


def test_claims_payments_and_refunds_are_carried_once_however_often_they_are_brought(
    chain: Chain, start: Start
) -> None:
    carrying = start(chain, RelayerSettings())
    world, amira = carrying.world, carrying.amira()
    payment = carrying.payment(amira)
    first = carrying.done(payment)
    assert (first.state, first.amount) == (ErrandState.FINAL, Amount(700))
    assert first.transaction is not None
    assert carrying.relayer.accept(payment) == first
    refund = RefundErrand("refund", payment.permit, world.toys.refund(world.fund, payment.permit, 200))
    assert carrying.done(refund).amount == Amount(200)
    assert carrying.relayer.accept(refund).state is ErrandState.FINAL
    assert world.fund.balance_of(amira.account) == Amount(45_000 - 500)
    assert carrying.outbox.count() == {ErrandState.FINAL: 3}
    world.check_books()


def test_what_the_contract_would_refuse_is_refused_at_once_and_not_sent(chain: Chain, start: Start) -> None:
    carrying = start(chain, RelayerSettings())
    amira, block = carrying.amira(), chain.block_number()
    for errand, reason in (
        (carrying.payment(amira, 45_001), RefusalReason.NOT_ENOUGH_BALANCE),
        (
            carrying.payment(Citizen.with_credential(carrying.world.validator, record="cato")),
            RefusalReason.NOT_ENOUGH_BALANCE,
        ),
    ):
        with pytest.raises(RefusedError) as refused:
            carrying.relayer.accept(errand)
        assert refused.value.reason is reason
        assert carrying.relayer.find(errand.key) is None
    carrying.worker.step()
    assert chain.block_number() == block


def test_messages_for_somebody_else_are_not_carried(chain: Chain, start: Start) -> None:
    carrying = start(chain, RelayerSettings())
    amira = carrying.amira()
    errand = carrying.payment(amira)
    elsewhere = Relayer(carrying.carrier, carrying.outbox, programmes=[Address(amira.account)])
    with pytest.raises(ProgrammeNotServedError):
        elsewhere.accept(errand)
    other = carrying.payment(amira)
    with pytest.raises(WrongFundError):
        carrying.relayer.accept(PaymentErrand("mixed", other.permit, errand.charge))


def test_two_that_were_good_alone_and_not_together_end_with_one_refused(chain: Chain, start: Start) -> None:
    carrying = start(chain, RelayerSettings())
    amira = carrying.amira()
    both = [carrying.payment(amira, 30_000), carrying.payment(amira, 30_000)]
    for errand in both:
        carrying.relayer.accept(errand)
    ends = [carrying.until(errand, ErrandState.FINAL, ErrandState.REFUSED) for errand in both]
    assert [end.state for end in ends] == [ErrandState.FINAL, ErrandState.REFUSED]
    assert ends[1].reason is RefusalReason.NOT_ENOUGH_BALANCE
    # what was refused may be brought again when it can be done
    assert ends[0].amount is not None
    paid = both[0]
    world = carrying.world
    carrying.done(RefundErrand("refund", paid.permit, world.toys.refund(world.fund, paid.permit, 30_000)))
    assert carrying.done(both[1]).state is ErrandState.FINAL
    world.check_books()


def test_one_process_at_a_time_has_an_account(chain: Chain, start: Start) -> None:
    carrying = start(chain, RelayerSettings(lease=0.5))
    carrying.amira()
    other = carrying.new_worker()
    assert not other.step()
    assert other.held == ()
    time.sleep(0.7)
    other.step()
    assert other.held != ()
    assert carrying.worker.step() is False  # it noticed, and waits for its turn
    assert carrying.worker.held == ()
    other.close()
    time.sleep(0.2)
    carrying.worker.step()
    assert carrying.worker.held != ()


@pytest.mark.anvil
def test_a_transaction_whose_block_vanished_is_sent_again(anvil: Chain, start: Start) -> None:
    carrying = start(anvil, QUICK)
    amira = carrying.amira()
    carrying.restart(DEEP)
    errand = carrying.payment(amira)
    carrying.relayer.accept(errand)
    mined = carrying.until(errand, ErrandState.MINED)
    anvil.request("anvil_rollback", [1])
    assert carrying.world.fund.balance_of(amira.account) == Amount(45_000)
    carrying.until(errand, ErrandState.SIGNED, ErrandState.SENT)
    assert carrying.until(errand, ErrandState.MINED).transaction == mined.transaction
    anvil.request("anvil_mine", [hex(3)])
    assert carrying.until(errand, ErrandState.FINAL).amount == Amount(700)
    assert carrying.world.fund.balance_of(amira.account) == Amount(45_000 - 700)
    carrying.world.check_books()


@pytest.mark.anvil
def test_what_became_impossible_in_a_reorganisation_is_refused(anvil: Chain, start: Start) -> None:
    carrying = start(anvil, QUICK)
    amira, world = carrying.amira(), carrying.world
    carrying.restart(DEEP)
    errand = carrying.payment(amira)
    carrying.relayer.accept(errand)
    carrying.until(errand, ErrandState.MINED)
    anvil.request("anvil_rollback", [1])
    officer = world.municipality.officers.sponsor
    relay_payment(world.fund, errand.permit, world.bicycles.charge(world.fund, errand.permit, 300), sender=officer)
    carrying.until(errand, ErrandState.SIGNED, ErrandState.SENT)
    deadline = time.monotonic() + 20
    while (entry := carrying.relayer.find(errand.key)) and not entry.state.is_over and time.monotonic() < deadline:
        carrying.worker.step()
        anvil.request("anvil_mine", [hex(2)])
    assert entry is not None
    assert (entry.state, entry.reason) == (ErrandState.REFUSED, RefusalReason.PERMIT_USED)
    world.check_books()


@pytest.mark.anvil
def test_the_same_message_carried_by_somebody_else_is_done(anvil: Chain, start: Start) -> None:
    carrying = start(anvil, QUICK)
    amira, world = carrying.amira(), carrying.world
    bas = Citizen.with_credential(world.validator, record="bas")
    payment, claim = carrying.payment(amira), ClaimErrand("claim", bas.prove(world.fund))
    for errand in (payment, claim):
        carrying.relayer.accept(errand)
    officer = world.municipality.officers.sponsor
    relay_payment(world.fund, payment.permit, payment.charge, sender=officer)
    world.fund.claim(claim.message, sender=officer)
    for errand, amount in ((payment, 700), (claim, 45_000)):
        entry = carrying.until(errand, ErrandState.FINAL, ErrandState.REFUSED)
        assert (entry.state, entry.amount) == (ErrandState.FINAL, Amount(amount))
    world.check_books()


@pytest.mark.anvil
def test_final_transactions_that_the_chain_lost_are_sent_again_at_the_next_start(anvil: Chain, start: Start) -> None:
    carrying = start(anvil, QUICK)
    amira = carrying.amira()
    lost = [carrying.payment(amira) for _ in range(3)]
    for errand in lost:
        assert carrying.done(errand).state is ErrandState.FINAL
    anvil.request("anvil_rollback", [3])
    assert carrying.world.fund.balance_of(amira.account) == Amount(45_000)
    carrying.restart(QUICK)
    for errand in lost:
        carrying.until(errand, ErrandState.FINAL)
    assert carrying.world.fund.balance_of(amira.account) == Amount(45_000 - 2_100)
    assert carrying.done(carrying.payment(amira)).state is ErrandState.FINAL
    carrying.world.check_books()


@pytest.mark.anvil
def test_a_transaction_that_waits_too_long_is_replaced_with_higher_fees(anvil: Chain, start: Start) -> None:
    carrying = start(anvil, QUICK)
    amira = carrying.amira()
    anvil.request("evm_setAutomine", [False])
    errands = [carrying.payment(amira) for _ in range(2)]
    for errand in errands:
        carrying.relayer.accept(errand)
    deadline, attempts = time.monotonic() + 20, 0
    while attempts < 3 and time.monotonic() < deadline:
        carrying.worker.step()
        attempts = len(carrying.outbox.under_way(anvil.chain_id, carrying.worker.held)[0].attempts)
        time.sleep(0.05)
    first, second = carrying.outbox.under_way(anvil.chain_id, carrying.worker.held)
    assert len(first.attempts) >= 3
    assert len(second.attempts) == 1  # it waits for the first one only
    fees = [attempt.fees for attempt in first.attempts]
    assert len({attempt.transaction for attempt in first.attempts}) == len(fees)
    for lower, higher in pairwise(fees):
        assert higher.highest * 8 >= lower.highest * 9
        assert higher.tip * 8 >= lower.tip * 9
    anvil.request("evm_setAutomine", [True])
    anvil.request("anvil_mine", [])
    for errand in errands:
        assert carrying.until(errand, ErrandState.FINAL).amount == Amount(700)
    assert carrying.world.fund.balance_of(amira.account) == Amount(45_000 - 1_400)
    carrying.world.check_books()


@pytest.mark.anvil
def test_a_nonce_that_something_else_used_up_is_replaced(anvil: Chain, start: Start) -> None:
    carrying = start(anvil, QUICK)
    amira = carrying.amira()
    anvil.request("evm_setAutomine", [False])
    errand = carrying.payment(amira)
    carrying.relayer.accept(errand)
    carrying.until(errand, ErrandState.SENT)
    account = anvil.relayers[0]
    anvil.request("anvil_dropAllTransactions", [])
    anvil.request("anvil_setNonce", [account.address, hex(carrying.nonce(account.address) + 1)])
    anvil.request("evm_setAutomine", [True])
    assert carrying.until(errand, ErrandState.FINAL).amount == Amount(700)
    carrying.world.check_books()


@pytest.mark.anvil
def test_accounts_without_money_for_fees_carry_nothing_and_say_so(anvil: Chain, start: Start) -> None:
    carrying = start(anvil, QUICK)
    amira = carrying.amira()
    account = anvil.relayers[0].address
    anvil.request("anvil_setBalance", [account, hex(10**9)])
    errand = carrying.payment(amira)
    carrying.relayer.accept(errand)
    with pytest.raises(ChainError, match="pay the fee"):
        carrying.worker.step()
    anvil.request("anvil_setBalance", [account, hex(10**20)])
    assert carrying.until(errand, ErrandState.FINAL).amount == Amount(700)


def test_wallets_and_tills_bring_messages_over_http(chain: Chain, start: Start) -> None:
    carrying = start(chain, RelayerSettings())
    world, amira = carrying.world, carrying.amira()
    app = create_app(carrying.relayer, hosts=["relayer.test"], rate=relay_limit(), inline=True)
    client = Client(app)
    errand = carrying.payment(amira)
    brought = client.post(path_of(errand), json=body_of(errand))
    assert (brought.status_code, brought.json()["state"]) == (202, "accepted")
    where = brought.headers["Location"]
    assert where == f"/relay/0x{errand.key.hex()}"
    carrying.until(errand, ErrandState.FINAL)
    told = client.get(where, params={"wait": 1}).json()
    assert (told["state"], told["amount"], told["kind"]) == ("final", 700, "payment")
    again = PaymentErrand("again", errand.permit, world.toys.charge(world.fund, errand.permit, 600))
    refused = client.post(path_of(again), json=body_of(again))
    assert (refused.status_code, refused.json()["reason"]) == (409, "permit_used")
    assert refused.headers["content-type"] == "application/problem+json"
    refund = RefundErrand("refund", errand.permit, world.toys.refund(world.fund, errand.permit, 200))
    assert client.post(path_of(refund), json=body_of(refund)).status_code == 202
    claim = ClaimErrand("claim", Citizen.with_credential(world.validator, record="bas").prove(world.fund))
    assert client.post(path_of(claim), json=body_of(claim)).status_code == 202
    carrying.until(claim, ErrandState.FINAL)


def test_http_refuses_cato_and_what_is_no_message(chain: Chain, start: Start) -> None:
    carrying = start(chain, RelayerSettings())
    amira = carrying.amira()
    client = Client(
        create_app(carrying.relayer, hosts=["relayer.test"], rate=relay_limit(per_second=0.001, burst=8), inline=True)
    )
    cato = carrying.payment(Citizen.with_credential(carrying.world.validator, record="cato"))
    refused = client.post(path_of(cato), json=body_of(cato))
    assert (refused.status_code, refused.json()["reason"]) == (409, "not_enough_balance")
    errand = carrying.payment(amira)
    assert client.post(path_of(errand), json={"permit": {}, "charge": {}}).json()["reason"] == "malformed"
    assert client.post(path_of(errand), json={"permit": {}}).status_code == 422
    assert client.post(path_of(errand), content="x", headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.get("/relay/0x" + "00" * 32).status_code == 404
    assert client.get("/relay/nothing").status_code == 422
    assert (
        client.post("/relay/claims", content=b" " * 40_000, headers={"Content-Type": "application/json"}).status_code
        == 413
    )
    assert [client.get("/relay/0x" + "00" * 32).status_code for _ in range(4)][-1] == 429


def test_on_the_embedded_chain_an_errand_is_carried_as_it_is_accepted(database_url: str) -> None:
    with open_chain("embedded", starts_at=STARTS_AT) as chain, closing(Outbox(database_url)) as outbox:
        world = World.open(chain)
        app = embedded_app(embedded_relayer(chain, outbox, programmes=[world.fund.address]), hosts=["relayer.test"])
        client, amira = Client(app), Citizen.with_credential(world.validator, record="amira")
        claim = ClaimErrand("claim", amira.prove(world.fund))
        brought = client.post(path_of(claim), json=body_of(claim))
        assert brought.status_code == 202
        assert client.get(brought.headers["Location"]).json()["state"] == "final"
        assert world.fund.balance_of(amira.account) == Amount(45_000)
