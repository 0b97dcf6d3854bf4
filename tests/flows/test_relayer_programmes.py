# SPDX-License-Identifier: EUPL-1.2
"""A relayer carries what passes, task boards and purses need carried, and nobody gets it to do anything else."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from holder.service import Wallet
from programmable_money.chain import Chain, ChainError
from programmable_money.messages import (
    Address,
    Charge,
    PaymentDomain,
    SignedCharge,
    SignedPermit,
    address_of,
    parse_address,
)
from programmable_money.messages.passes import SignedOfferUse
from programmable_money.messages.tasks import CollectionMessage, GroupChoice, SignedDone, TaskDone
from programmable_money.model import Amount, MoneyError
from programmable_money.node import open_chain
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.relayer.api import create_app, relay_limit
from programmable_money.relayer.app import embedded_app, embedded_relayer
from programmable_money.relayer.carrier import Carrier
from programmable_money.relayer.errands import (
    ActivationErrand,
    AppealErrand,
    ChoiceErrand,
    CollectionErrand,
    Errand,
    GivingUpErrand,
    OfferUseErrand,
    PaymentErrand,
    ReportErrand,
    StatementErrand,
)
from programmable_money.relayer.model import Entry, ErrandState, RelayerSettings
from programmable_money.relayer.service import ProgrammeNotServedError, Relayer
from programmable_money.relayer.store import Outbox
from programmable_money.relayer.worker import Worker
from programmable_money.service import WrongFundError
from programmable_money.tasks.model import TaskState
from tests.flows.city import STARTS_AT, City, offer
from tests.flows.earning import RULEBOOK, Town
from tests.flows.passing import forge_use
from tests.flows.relayer_process import body_of, path_of
from tests.flows.test_relayer import Client

QUICK = RelayerSettings(bump_after=0.3, resend_after=0.2, lost_after=0.3)
DEEP = RelayerSettings(depth=4, bump_after=30, resend_after=0.2, lost_after=0.3)


@dataclass
class Carrying:
    """A relayer that is moved on by hand."""

    chain: Chain
    outbox: Outbox
    programmes: Sequence[Address]
    settings: RelayerSettings = QUICK

    def __post_init__(self) -> None:
        self.carrier = Carrier(self.chain)
        self.relayer = Relayer(self.carrier, self.outbox, programmes=self.programmes, settings=self.settings)
        self.worker = Worker(self.carrier, self.outbox, self.chain.relayers, settings=self.settings)

    def until(self, errand: Errand, *states: ErrandState) -> Entry:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            self.worker.step()
            entry = self.relayer.find(errand.key)
            if entry is not None and entry.state in states:
                return entry
            time.sleep(0.02)
        raise AssertionError("it never came to that")

    def over(self, errand: Errand) -> Entry:
        return self.until(errand, ErrandState.FINAL, ErrandState.REFUSED)

    def done(self, errand: Errand) -> Amount | None:
        self.relayer.accept(errand)
        entry = self.over(errand)
        assert entry.state is ErrandState.FINAL, entry.reason
        return entry.amount


@pytest.fixture(params=["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    """A fresh chain, in June."""
    with open_chain(request.param, starts_at=STARTS_AT) as opened:
        yield opened


@pytest.fixture
def anvil() -> Iterator[Chain]:
    with open_chain("anvil", starts_at=STARTS_AT) as opened:
        yield opened


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with closing(Outbox(f"sqlite:///{tmp_path / 'outbox.db'}")) as opened:
        yield opened


def activation_of(city: City, wallet: Wallet) -> ActivationErrand:
    plan = wallet.passes.plan_activation(city.view(), now=city.now)
    return ActivationErrand("activation", wallet.passes.activate(plan, now=city.now))


def use_of(city: City, wallet: Wallet, number: int, price: int = 550, *, again: bool = False) -> OfferUseErrand:
    return OfferUseErrand("use", city.show(wallet, number, "pool", price, again=again))


def choice_of(town: Town, wallet: Wallet, number: int) -> ChoiceErrand:
    return ChoiceErrand("choice", GroupChoice.of([wallet.earning.choose(town.view(), number, now=town.now)]))


def report_of(town: Town, wallet: Wallet, number: int) -> ReportErrand:
    return ReportErrand("report", wallet.earning.report_done(town.view(), number, now=town.now))


def collection_of(town: Town, wallet: Wallet, number: int) -> CollectionErrand:
    wallet.earning.learn(town.view(), now=town.now)
    plan = wallet.earning.plan_collection(town.view(), number, now=town.now)
    message = wallet.earning.collect(plan, now=town.now)
    return CollectionErrand("collection", CollectionMessage.from_json(message.to_json()))


def refused(carrying: Carrying, errand: Errand) -> RefusalReason:
    """Why the door refuses it."""
    with pytest.raises(RefusedError) as error:
        carrying.relayer.accept(errand)
    assert carrying.relayer.find(errand.key) is None
    return error.value.reason


# ---- passes ----


def test_a_pass_is_activated_and_used_through_the_outbox(chain: Chain, outbox: Outbox, tmp_path: Path) -> None:
    with closing(City.open(chain, tmp_path)) as city:
        (swim,) = city.publish(offer(sponsor_percent=80))
        carrying, amira = Carrying(chain, outbox, [city.opened.address]), city.citizen("amira")
        activation = activation_of(city, amira)
        assert carrying.done(activation) is None
        assert carrying.relayer.accept(activation).state is ErrandState.FINAL
        again = Carrying(chain, Outbox("sqlite://"), [city.opened.address])  # another relayer, which knows of nothing
        assert refused(again, activation) is RefusalReason.PASS_ACCOUNT_TAKEN
        city.fetch(amira)
        use = use_of(city, amira, swim)
        assert city.opened.statement_of(city.key, use.message.shown.slot, 1) is None
        entry = carrying.relayer.accept(use)
        assert entry.state is ErrandState.ACCEPTED
        assert outbox.count() == {ErrandState.FINAL: 1, ErrandState.ACCEPTED: 2}  # the statement waits before it
        assert carrying.over(use).amount == Amount(440)
        second = use_of(city, amira, swim)
        assert carrying.done(second) == Amount(440)
        assert refused(again, second) is RefusalReason.ALREADY_CLAIMED
        assert outbox.count() == {ErrandState.FINAL: 5}
        city.check_books()


def test_a_statement_is_built_for_nobody_who_has_not_signed(chain: Chain, outbox: Outbox, tmp_path: Path) -> None:
    with closing(City.open(chain, tmp_path)) as city:
        (swim,) = city.publish(offer())
        carrying, amira = Carrying(chain, outbox, [city.opened.address]), city.holder("amira")
        use = use_of(city, amira, swim)
        shown, stranger = use.message.shown, secrets.token_bytes(32)
        forged = OfferUseErrand("forged", SignedOfferUse.sign(shown, stranger))
        assert refused(carrying, forged) is RefusalReason.BAD_SIGNATURE
        other = replace(shown, merchant=address_of(stranger))
        stranger_shop = OfferUseErrand("no shop", SignedOfferUse.sign(other, stranger))
        assert refused(carrying, stranger_shop) is RefusalReason.WRONG_SHOP
        dear = OfferUseErrand("dear", SignedOfferUse.sign(replace(shown, price=551), city.shops["pool"].key))
        assert refused(carrying, dear) is RefusalReason.WRONG_PRICE
        fourth = OfferUseErrand("fourth", SignedOfferUse.sign(replace(shown, number=3), city.shops["pool"].key))
        assert refused(carrying, fourth) is RefusalReason.OFFER_USED_UP
        key = OfferUseErrand("key", SignedOfferUse.sign(replace(shown, key_id=bytes(32)), city.shops["pool"].key))
        assert refused(carrying, key) in {RefusalReason.VALIDATOR_NOT_ACCEPTED, RefusalReason.BAD_KEY}
        assert outbox.count() == {}
        carrying.worker.step()
        assert city.opened.statement_of(city.key, shown.slot, 1) is None


def test_what_waited_for_a_statement_and_is_no_proof_costs_no_fee(chain: Chain, outbox: Outbox, tmp_path: Path) -> None:
    with closing(City.open(chain, tmp_path)) as city:
        (swim,) = city.publish(offer())
        carrying, amira = Carrying(chain, outbox, [city.opened.address]), city.holder("amira")
        shown = forge_use(city, amira, swim, 0, "pool", 550)
        wrong = replace(shown, proof=shown.proof[:-16] + bytes(16))  # a shop of this pass lies about a citizen
        lie = OfferUseErrand("lie", SignedOfferUse.sign(wrong, city.shops["pool"].key))
        carrying.relayer.accept(lie)
        entry = carrying.over(lie)
        assert (entry.state, entry.reason, entry.transaction) == (
            ErrandState.REFUSED,
            RefusalReason.PROOF_INVALID,
            None,
        )
        assert refused_again(carrying, lie) is RefusalReason.PROOF_INVALID
        assert outbox.count() == {ErrandState.FINAL: 1, ErrandState.REFUSED: 1}
        assert carrying.done(use_of(city, amira, swim)) == Amount(550)


def refused_again(carrying: Carrying, errand: Errand) -> RefusalReason:
    """Why the door refuses what was refused before."""
    with pytest.raises(RefusedError) as error:
        carrying.relayer.accept(errand)
    return error.value.reason


# ---- tasks ----


def test_a_task_is_done_collected_and_spent_through_the_outbox(chain: Chain, outbox: Outbox, tmp_path: Path) -> None:
    with closing(Town.open(chain, tmp_path)) as town:
        carrying = Carrying(chain, outbox, [town.board.address, town.purse.address])
        amira, freed, number = town.citizen("amira"), town.publish("Prullenbak"), town.publish()
        choice = choice_of(town, amira, freed)
        assert carrying.done(choice) is None
        carrying.done(GivingUpErrand("giving up", amira.earning.give_up(town.view(), freed, now=town.now)))
        assert refused_again(Carrying(chain, Outbox("sqlite://"), [town.board.address]), choice) in {
            RefusalReason.TASK_ACCOUNT_TAKEN,
            RefusalReason.BAD_SIGNATURE,
        }
        mine = choice_of(town, amira, number)
        carrying.done(mine)
        carrying.done(report_of(town, amira, number))
        partly = RULEBOOK.earnings.reasons[0].index
        accounts = mine.message.choice.accounts
        town.board.verify(number, 4, partly, accounts, employee=town.employees[0])
        written = amira.earning.appeal(town.view(), number, "Alles is geverfd.", now=town.now)
        carrying.done(AppealErrand("appeal", written.message))
        town.board.decide(number, 8, 0, accounts, employee=town.employees[1])
        collection = collection_of(town, amira, number)
        assert carrying.done(collection) == Amount(1_000)
        assert carrying.relayer.accept(collection).state is ErrandState.FINAL
        payment = payment_of(town, amira, collection, 300)
        assert carrying.done(payment) == Amount(300)
        assert {one.kind for one in (choice, collection, payment)} == {"choice", "collection", "payment"}
        assert outbox.count() == {ErrandState.FINAL: 8}
        town.check_books()


def payment_of(town: Town, wallet: Wallet, collection: CollectionErrand, amount: int) -> PaymentErrand:
    """A code of somebody who has earned coins, charged by the shop."""
    coins = town.view().coins.in_slot(collection.message.collection.slot)
    permit = SignedPermit.from_json(wallet.sign_permit(coins, amount, now=town.now).to_json())
    charge = Charge(permit.permit.payment, parse_address(town.shop.address), amount)
    return PaymentErrand("payment", permit, SignedCharge.sign(town.purse.domain, charge, town.shop.key))


def test_a_report_of_another_round_or_of_a_stranger_is_refused(chain: Chain, outbox: Outbox, tmp_path: Path) -> None:
    with closing(Town.open(chain, tmp_path)) as town:
        carrying = Carrying(chain, outbox, [town.board.address])
        amira, number = town.citizen("amira"), town.publish()
        carrying.done(choice_of(town, amira, number))
        report = report_of(town, amira, number)
        stranger = SignedDone.sign(report.domain, TaskDone(number, 0), secrets.token_bytes(32))
        assert refused(carrying, ReportErrand("stranger", stranger)) is RefusalReason.TASK_NOT_YOURS
        town.board.release(number, employee=town.employees[0])
        assert refused(carrying, report) is RefusalReason.TASK_WRONG_STATE
        dina = town.citizen("dina")
        carrying.done(choice_of(town, dina, number))
        assert refused(carrying, report) is RefusalReason.TASK_NOT_YOURS


# ---- attacks, and bad luck ----


def test_a_relayer_that_swaps_accounts_gets_nothing(chain: Chain, outbox: Outbox, tmp_path: Path) -> None:
    thief = address_of(secrets.token_bytes(32))
    with closing(City.open(chain, tmp_path)) as city:
        (swim,) = city.publish(offer())
        carrying, amira = Carrying(chain, outbox, [city.opened.address]), city.citizen("amira")
        activation = activation_of(city, amira)
        swapped = ActivationErrand("swapped", replace(activation.message, account=thief))
        assert swapped.key != activation.key
        assert refused(carrying, swapped) is RefusalReason.PROOF_INVALID
        carrying.done(activation)
        city.fetch(amira)
        carrying.done(use_of(city, amira, swim))  # the statement of use 0 is there; that of use 1 is not
        use = use_of(city, amira, swim)
        other = replace(use.message, shown=replace(use.message.shown, merchant=city.shop("other_pool")))
        assert refused(carrying, OfferUseErrand("shop", other)) is RefusalReason.BAD_SIGNATURE
        assert outbox.count() == {ErrandState.FINAL: 3}


def test_a_collection_cannot_be_redirected(chain: Chain, outbox: Outbox, tmp_path: Path) -> None:
    thief = address_of(secrets.token_bytes(32))
    with closing(Town.open(chain, tmp_path)) as town:
        carrying = Carrying(chain, outbox, [town.board.address])
        amira, number = town.citizen("amira"), town.publish()
        town.earn(number, amira)
        mine = collection_of(town, amira, number)
        redirected = replace(mine.message, collection=replace(mine.message.collection, account=thief))
        assert refused(carrying, CollectionErrand("redirected", redirected)) is RefusalReason.BAD_SIGNATURE
        assert outbox.count() == {}
        # The rate is no part of what the task account signs: the proof holds for one of them only.
        other_rate = CollectionErrand("other rate", replace(mine.message, terms=1))
        assert other_rate.key != mine.key
        carrying.relayer.accept(other_rate)
        assert carrying.over(other_rate).reason is RefusalReason.PROOF_INVALID
        assert carrying.done(mine) == Amount(1_000)
        assert town.purse.balance_of(mine.message.collection.account) == Amount(1_000)
        assert town.purse.balance_of(thief) == Amount(0)


def test_a_message_for_another_chain_or_another_programme_is_not_carried(
    chain: Chain, outbox: Outbox, tmp_path: Path
) -> None:
    with closing(City.open(chain, tmp_path)) as city, closing(Town.open(chain, tmp_path)) as town:
        amira, dina, number = city.citizen("amira"), town.citizen("dina"), town.publish()
        activation, choice = activation_of(city, amira), choice_of(town, dina, number)
        carrying = Carrying(chain, outbox, [city.opened.address])
        with pytest.raises(ProgrammeNotServedError):
            carrying.relayer.accept(choice)
        abroad = PaymentDomain(chain.chain_id + 1, city.opened.address)
        with pytest.raises(WrongFundError):
            carrying.relayer.accept(ActivationErrand("abroad", replace(activation.message, domain=abroad)))
        with pytest.raises(ProgrammeNotServedError):
            carrying.relayer.accept(StatementErrand("statement", town.board.domain, city.key, 256, 1))
        everything = Carrying(chain, outbox, [city.opened.address, town.board.address, town.purse.address])
        for contract in (town.board.address, town.purse.address):
            moved = replace(activation.message, domain=PaymentDomain(chain.chain_id, contract))
            with pytest.raises(MoneyError):
                everything.relayer.accept(ActivationErrand("moved", moved))
        nobody = PaymentDomain(chain.chain_id, address_of(secrets.token_bytes(32)))
        unguarded = Relayer(everything.carrier, outbox, programmes=None)
        with pytest.raises(ChainError, match="no contract"):
            unguarded.accept(ActivationErrand("nobody", replace(activation.message, domain=nobody)))
        assert outbox.count() == {}


@pytest.mark.anvil
def test_two_relayers_with_the_same_errands_do_each_once(anvil: Chain, outbox: Outbox, tmp_path: Path) -> None:
    with (
        closing(City.open(anvil, tmp_path)) as city,
        closing(Town.open(anvil, tmp_path)) as town,
        closing(Outbox(f"sqlite:///{tmp_path / 'other.db'}")) as others,
    ):
        (swim,) = city.publish(offer())
        served, key = [city.opened.address, town.board.address], secrets.token_bytes(32)
        url = anvil._w3.provider.endpoint_uri  # type: ignore[attr-defined]
        anvil.request("anvil_setBalance", [address_of(key), hex(10**21)])
        other = Chain.rpc(url, relayer_keys=[key])
        both = Carrying(anvil, outbox, served), Carrying(other, others, served)
        amira, bas, number = city.holder("amira"), city.citizen("bas"), town.publish()
        dina, done = town.citizen("dina"), town.publish("Prullenbak")
        town.earn(done, dina)
        collection = collection_of(town, dina, done)
        errands: list[Errand] = [
            activation_of(city, bas),
            use_of(city, amira, swim),
            choice_of(town, dina, number),
            collection,
        ]
        for errand in errands:  # each has all of them before either has sent one
            for carrying in both:
                carrying.relayer.accept(errand)
        for errand in errands:
            ends = [carrying.over(errand) for carrying in both]
            assert [end.state for end in ends] == [ErrandState.FINAL] * 2, [end.error for end in ends]
            assert ends[0].amount == ends[1].amount
        report = report_of(town, dina, number)
        both[0].done(report)
        assert refused_again(both[1], report) is RefusalReason.TASK_WRONG_STATE
        city.check_books()
        town.check_books()


@pytest.mark.anvil
@pytest.mark.parametrize("what", ["activation", "use", "choice", "report", "collection"])
def test_what_a_reorganisation_drops_is_carried_again(anvil: Chain, outbox: Outbox, tmp_path: Path, what: str) -> None:
    """As for payments: a block vanishes before it is deep enough."""
    opened: City | Town = City.open(anvil, tmp_path) if what in {"activation", "use"} else Town.open(anvil, tmp_path)
    with closing(opened) as place:
        errand, is_done = prepared(place, what)
        carrying = Carrying(anvil, outbox, [errand.domain.fund], DEEP)
        entry = carrying.relayer.accept(errand)
        deadline = time.monotonic() + 20
        while entry.state is not ErrandState.MINED and time.monotonic() < deadline:
            carrying.worker.step()
            if entry.state is ErrandState.ACCEPTED:  # the statement must be deep enough before
                anvil.request("anvil_mine", [hex(1)])
            entry = carrying.relayer.find(errand.key) or entry
        assert is_done()
        assert entry.block is not None
        anvil.request("anvil_rollback", [anvil.block_number() - entry.block + 1])
        assert not is_done()
        carrying.until(errand, ErrandState.SIGNED, ErrandState.SENT)
        assert carrying.until(errand, ErrandState.MINED).transaction == entry.transaction
        anvil.request("anvil_mine", [hex(4)])
        assert carrying.over(errand).state is ErrandState.FINAL
        assert is_done()
        place.municipality.check_books([place.opened if isinstance(place, City) else place.purse])


def prepared(place: City | Town, what: str) -> tuple[Errand, Callable[[], bool]]:
    """An errand, and whether the chain shows that it was done."""
    if isinstance(place, City):
        (swim,) = place.publish(offer())
        if what == "use":
            used = use_of(place, place.holder("amira"), swim)
            return used, lambda: place.opened.offer_state(swim).used == 1
        activation = activation_of(place, place.citizen("amira"))
        return activation, lambda: place.opened.is_activated(activation.message.account)
    amira, number = place.citizen("amira"), place.publish()
    if what == "choice":
        return choice_of(place, amira, number), lambda: place.board.task(number).state is TaskState.CHOSEN
    if what == "report":
        place.choose(number, amira)
        return report_of(place, amira, number), lambda: place.board.task(number).state is TaskState.DONE
    (account,) = place.earn(number, amira)
    return collection_of(place, amira, number), lambda: place.board.work(account).collected > 0


# ---- over HTTP, and on the embedded chain ----


def test_wallets_bring_what_programmes_need_over_http(chain: Chain, outbox: Outbox, tmp_path: Path) -> None:
    with closing(City.open(chain, tmp_path)) as city, closing(Town.open(chain, tmp_path)) as town:
        (swim,) = city.publish(offer())
        served = [city.opened.address, town.board.address, town.purse.address]
        carrying = Carrying(chain, outbox, served)
        client = Client(create_app(carrying.relayer, hosts=["relayer.test"], rate=relay_limit(), inline=True))

        def bring(errand: Errand, amount: int | None) -> None:
            brought = client.post(path_of(errand), json=body_of(errand))
            assert (brought.status_code, brought.json()["kind"]) == (202, errand.kind.value), brought.text
            carrying.over(errand)
            told = client.get(brought.headers["Location"]).json()
            assert (told["state"], told["amount"]) == ("final", amount), told

        amira, dina, number, other = city.citizen("amira"), town.citizen("dina"), town.publish(), town.publish("Bak")
        bring(activation_of(city, amira), None)
        city.fetch(amira)
        use = use_of(city, amira, swim)
        bring(use, 550)
        bring(choice_of(town, dina, other), None)
        bring(GivingUpErrand("giving up", dina.earning.give_up(town.view(), other, now=town.now)), None)
        mine = choice_of(town, dina, number)
        bring(mine, None)
        bring(report_of(town, dina, number), None)
        partly, accounts = RULEBOOK.earnings.reasons[0].index, mine.message.choice.accounts
        town.board.verify(number, 4, partly, accounts, employee=town.employees[0])
        written = dina.earning.appeal(town.view(), number, "Alles is geverfd.", now=town.now)
        bring(AppealErrand("appeal", written.message), None)
        town.board.decide(number, 8, 0, accounts, employee=town.employees[1])
        collection = collection_of(town, dina, number)
        bring(collection, 1_000)
        bring(payment_of(town, dina, collection, 300), 300)

        fresh = Relayer(carrying.carrier, Outbox("sqlite://"), programmes=served)
        again = Client(create_app(fresh, hosts=["relayer.test"], rate=relay_limit(), inline=True))
        refusal = again.post(path_of(use), json=body_of(use))
        assert (refusal.status_code, refusal.json()["reason"]) == (409, "already_claimed")
        assert "met deze pas" in refusal.text  # a pass speaks of no money
        assert client.post("/relay/activations", json=body_of(use)).json()["reason"] == "malformed"
        assert client.post("/relay/statements", json={}).status_code in {404, 405}


def test_on_the_embedded_chain_an_errand_and_what_it_needs_are_carried_at_once(tmp_path: Path) -> None:
    with (
        open_chain("embedded", starts_at=STARTS_AT) as chain,
        closing(Outbox(f"sqlite:///{tmp_path / 'outbox.db'}")) as outbox,
        closing(City.open(chain, tmp_path)) as city,
    ):
        (swim,) = city.publish(offer())
        relayer = embedded_relayer(chain, outbox, programmes=[city.opened.address])
        client, amira = Client(embedded_app(relayer, hosts=["relayer.test"])), city.holder("amira")
        use = use_of(city, amira, swim)
        brought = client.post(path_of(use), json=body_of(use))
        assert brought.status_code == 202
        assert client.get(brought.headers["Location"]).json()["state"] == "final"
        assert city.opened.offer_state(swim).used == 1
