# SPDX-License-Identifier: EUPL-1.2
"""A relayer that is killed again and again loses nothing and does nothing twice."""

import os
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from programmable_money.chain import Chain
from programmable_money.messages import address_of
from programmable_money.model import Amount
from programmable_money.relayer.carrier import Carrier
from programmable_money.relayer.errands import Errand, PaymentErrand
from programmable_money.relayer.model import ErrandState, RelayerSettings
from programmable_money.relayer.service import Relayer
from programmable_money.relayer.store import Outbox
from programmable_money.relayer.worker import Worker
from tests.flows.carried import CLAIM, Everything, Sequel, Size
from tests.flows.money import ETHER, Citizen, World
from tests.flows.relayer_process import RelayerProcess, Till
from tests.flows.serving import free_port
from tests.postgres import Server

SEED = 20_260_302


def bring(sequel: Sequel, till: Till, seed: int) -> int:
    """Bring errands that follow on each other, some of them twice; returns how many were over."""
    rng, done = random.Random(seed), 0
    for errand in sequel():
        told = till.carry(errand)
        assert told.get("state") == "final", told
        done += 1
        if rng.random() < 0.3:  # a till that did not hear the answer asks again
            assert till.carry(errand)["state"] == "final"
    return done


def kill_again_and_again(relayer: RelayerProcess, over: Callable[[], bool], rng: random.Random, most: float) -> int:
    """Start the relayer and kill it at random instants until the work is over; how often."""
    kills = 0
    while not over():
        process = relayer.start()
        dies_at = time.monotonic() + rng.uniform(0.05, most)
        while time.monotonic() < dies_at and not over():
            time.sleep(0.005)
        process.kill()
        process.join()
        kills += 1
    return kills


def survives(url: str, database: str, folder: Path, size: Size, *, tills: int, most_life: float) -> int:
    """Bring everything to a relayer that is killed all the time; how often it was."""
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    keys = tuple(secrets.token_bytes(32) for _ in range(2))
    chain = Chain.rpc(url, relayer_keys=[secrets.token_bytes(32)])
    for account in (chain.relayers[0].address, *map(address_of, keys)):
        chain.request("anvil_setBalance", [account, hex(100_000 * ETHER)])
    with Everything.open(chain, folder, size) as everything:
        relayer = RelayerProcess(url, database, keys, everything.programmes, free_port(), RelayerSettings(lease=0.3))
        sequels = rng.sample(everything.sequels, len(everything.sequels))
        till, kills = Till(relayer.port, patience=90), [0]
        with ThreadPoolExecutor(tills) as threads:
            bringing = [threads.submit(bring, one, till, SEED + number) for number, one in enumerate(sequels)]

            def kill() -> None:
                kills[0] = kill_again_and_again(relayer, lambda: all(one.done() for one in bringing), rng, most_life)

            killer = threading.Thread(target=kill)
            killer.start()
            done = [one.result() for one in bringing]
            killer.join()
        till.close()

        assert sum(done) == size.errands
        errands = size.errands + everything.check()
        print(f"{errands} errands, killed {kills[0]} times")
        outbox = Outbox(database)
        assert outbox.count() == {ErrandState.FINAL: errands}
        outbox.close()
        used = [int(chain.request("eth_getTransactionCount", [address_of(key), "latest"]), 16) for key in keys]
        assert sum(used) == errands  # not one fee was paid for nothing
    return kills[0]


@pytest.mark.anvil
@pytest.mark.slow
def test_a_relayer_that_is_killed_at_random_loses_nothing_and_doubles_nothing(
    anvil_url: str, postgres_server: Server, tmp_path: Path
) -> None:
    citizens = int(os.environ.get("STUIVER_CRASH_CITIZENS", "40"))  # 400 for a long night
    size = Size(citizens=citizens, payments=3, holders=3, workers=6)
    database = postgres_server.create_database()
    assert survives(anvil_url, database, tmp_path, size, tills=8, most_life=1.5) >= 3


@pytest.mark.anvil
@pytest.mark.slow
def test_it_survives_on_sqlite_too(anvil_url: str, tmp_path: Path) -> None:
    size = Size(citizens=3, payments=3, holders=1, workers=2)
    assert survives(anvil_url, f"sqlite:///{tmp_path / 'outbox.db'}", tmp_path, size, tills=4, most_life=1.0) >= 1


class Died(BaseException):
    """What a killed process would have been."""


@dataclass
class Death:
    """Ends a worker at one call of those that change or ask something: before it, within it, or after it."""

    at: int
    when: str
    calls: int = 0

    def is_now(self, when: str) -> bool:
        return self.calls == self.at and self.when == when

    def call(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def dying(*arguments: Any) -> Any:
            self.calls += 1
            if self.is_now("before"):
                raise Died
            result = work(*arguments)
            if self.is_now("after"):
                raise Died
            return result

        return dying

    def transaction(self, work: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def dying(*arguments: Any) -> Iterator[Any]:
            self.calls += 1
            if self.is_now("before"):
                raise Died
            with work(*arguments) as entered:
                yield entered
                if self.is_now("within"):
                    raise Died
            if self.is_now("after"):
                raise Died

        return dying


def dies_while_it_carries(world: World, outbox: Outbox, errand: Errand, death: Death) -> bool:
    """Carry with a worker that dies, and then with another one; whether the first one died."""
    settings = RelayerSettings(lease=0.02, resend_after=0.05, lost_after=0.2)
    carrier = Carrier(world.chain)
    Relayer(carrier, outbox, programmes=None, settings=settings).accept(errand)
    died = False
    with pytest.MonkeyPatch.context() as patched:
        for name in ("send", "look", "purse"):
            patched.setattr(carrier, name, death.call(getattr(carrier, name)))
        patched.setattr(outbox, "working", death.transaction(outbox.working))
        first = Worker(carrier, outbox, world.chain.relayers, settings=settings)
        try:
            while not is_over(outbox, errand):
                first.step()
        except Died:
            died = True
    second = Worker(Carrier(world.chain), outbox, world.chain.relayers, settings=settings)
    deadline = time.monotonic() + 20
    while not is_over(outbox, errand) and time.monotonic() < deadline:
        time.sleep(0.03)
        second.step()
    second.close()
    return died


def is_over(outbox: Outbox, errand: Errand) -> bool:
    entry = outbox.find(errand.key)
    return entry is not None and entry.state is ErrandState.FINAL


def test_a_worker_may_die_at_every_single_call(chain: Chain, tmp_path: Path) -> None:
    world = World.open(chain)
    amira = Citizen.with_credential(world.validator, record="amira")
    world.fund.claim(amira.prove(world.fund))
    outbox = Outbox(f"sqlite:///{tmp_path / 'outbox.db'}")
    before = nonce_of(chain)
    deaths, payments = 0, 0
    for when in ("before", "within", "after"):
        at, died = 0, True
        while died or at < 7:  # some calls have no such instant
            at += 1
            permit = amira.permit(world.fund, 100)
            errand = PaymentErrand("payment", permit, world.toys.charge(world.fund, permit, 10))
            died = dies_while_it_carries(world, outbox, errand, Death(at, when))
            deaths, payments = deaths + died, payments + 1
            assert is_over(outbox, errand), f"{when} call {at}"
    print(f"died {deaths} times")
    assert deaths >= 12
    assert outbox.count() == {ErrandState.FINAL: payments}
    assert nonce_of(chain) - before == payments
    assert world.fund.balance_of(amira.account) == Amount(CLAIM - 10 * payments)
    world.check_books()
    outbox.close()


def nonce_of(chain: Chain) -> int:
    (count,) = chain.ask([("eth_getTransactionCount", [chain.relayers[0].address, "latest"])])
    return int(count, 16) if isinstance(count, str) else int(count)
