# SPDX-License-Identifier: EUPL-1.2
"""Payments from permit to confirmed: wallets and tills, a relayer over HTTP, a database and a node, on this machine.

The load is open: a payment starts every so many milliseconds, whether or not the earlier ones are through, so that a
relayer that falls behind shows it. Wallets and tills sign on the same cores.
"""

import asyncio
import secrets
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from programmable_money.chain import Chain
from programmable_money.messages import ZERO_ADDRESS, PaymentPermit, SignedPermit, address_of
from programmable_money.model import Amount
from programmable_money.node import run_anvil
from programmable_money.relayer.errands import PaymentErrand
from programmable_money.relayer.model import RelayerSettings
from tests.bench.processor import child_named, load, spent_by
from tests.flows.money import ETHER, YEAR, Citizen, World
from tests.flows.relayer_process import RelayerProcess, body_of, path_of
from tests.flows.serving import free_port
from tests.postgres import find_postgres, run_server

__all__ = ["measure_payments"]

_CITIZENS: Final = 20
_ACCOUNTS: Final = 2
_CENTS: Final = 5
_WAIT: Final = 10


@dataclass
class Load:
    """What was offered and what came of it; latencies in seconds."""

    latencies: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


class Meter:
    """Seconds that each process had of a core between ``start`` and ``stop``; our own are the wallets' and tills'.

    Args:
        parts: processes by name.
    """

    def __init__(self, parts: Mapping[str, int]) -> None:
        self._parts = parts
        self.spent: dict[str, float] = {}

    def start(self) -> None:
        """From here on."""
        self.spent = {name: -spent for name, spent in self._read().items()}

    def stop(self) -> None:
        """Up to here."""
        self.spent = {name: self.spent[name] + spent for name, spent in self._read().items()}

    def _read(self) -> dict[str, float]:
        return {"wallets and tills": time.process_time()} | {name: spent_by(pid) for name, pid in self._parts.items()}


def measure_payments(seconds: int, *, per_second: int = 50) -> dict[str, Any]:
    """Offer payments for so long.

    Returns:
        The offered and the reached rate, latencies in milliseconds, what was lost or doubled, and the milliseconds of a
        core that one payment takes of each process.
    """
    with ExitStack() as stack:
        # the test chain's clock starts in the year of the rulebook
        url = stack.enter_context(run_anvil(datetime(YEAR, 3, 2, 9, tzinfo=UTC)))
        database, database_pid = stack.enter_context(_database())
        world, citizens, keys = _open(url)
        process = RelayerProcess(url, database, keys, (world.fund.address,), free_port(), RelayerSettings())
        running = process.start()
        parts = {"relayer": running.pid, "node": child_named("anvil"), "database": database_pid}
        meter = Meter({name: pid for name, pid in parts.items() if pid is not None})
        try:
            offered_load, took = asyncio.run(_offer(world, citizens, process.port, seconds, per_second, meter))
        finally:
            running.terminate()
            running.join()
        paid, offered = _paid(world) - per_second, seconds * per_second  # the first second is to warm up
        spent = Amount(45_000 * _CITIZENS) - sum((world.fund.balance_of(one.account) for one in citizens), Amount(0))
        world.check_books()
    ordered = sorted(offered_load.latencies) or [float("nan")]
    return {
        "database": database.partition(":")[0].partition("+")[0],
        "offered_per_second": per_second,
        "offered": offered,
        "confirmed": len(offered_load.latencies),
        "per_second": round(len(offered_load.latencies) / took, 1),
        "median_ms": round(statistics.median(ordered) * 1000),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)] * 1000) if offered_load.latencies else None,
        "slowest_ms": round(ordered[-1] * 1000) if offered_load.latencies else None,
        "lost": offered - paid,
        "doubled": max(0, paid - offered, spent.cents // _CENTS - per_second - offered),
        "refused": dict(offered_load.refused),
        "processor_ms": {name: round(1000 * spent / offered, 2) for name, spent in meter.spent.items()},
        "machine_load": load(),
    }


@contextmanager
def _database() -> Iterator[tuple[str, int | None]]:
    """PostgreSQL where it is installed, otherwise SQLite; its URL, and its process if it has one."""
    if find_postgres() is not None:
        with run_server() as server:
            pid = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
            yield server.create_database(), pid
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'outbox.db'}", None


def _open(url: str) -> tuple[World, list[Citizen], tuple[bytes, ...]]:
    keys = tuple(secrets.token_bytes(32) for _ in range(_ACCOUNTS))
    chain = Chain.rpc(url, relayer_keys=[secrets.token_bytes(32)])
    for account in (chain.relayers[0].address, *map(address_of, keys)):
        chain.request("anvil_setBalance", [account, hex(1_000_000 * ETHER)])
    world = World.open(chain, budget=Amount(45_000 * _CITIZENS))
    citizens = [Citizen.with_credential(world.validator, record=f"r{number}") for number in range(_CITIZENS)]
    for citizen in citizens:
        world.fund.claim(citizen.prove(world.fund))
    return world, citizens, keys


async def _offer(
    world: World, citizens: list[Citizen], port: int, seconds: int, per_second: int, meter: Meter
) -> tuple[Load, float]:
    load, tasks = Load(), []
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    deadline = world.chain.now() + 3_600
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, limits=limits) as client:
        await _ready(client)
        for number in range(per_second):  # connections and caches are warm in a running service
            await _pay(world, citizens[number % len(citizens)], client, Load(), deadline)
        meter.start()
        started = time.perf_counter()
        for number in range(seconds * per_second):
            await asyncio.sleep(max(0.0, started + number / per_second - time.perf_counter()))
            citizen = citizens[number % len(citizens)]
            tasks.append(asyncio.create_task(_pay(world, citizen, client, load, deadline)))
        await asyncio.gather(*tasks)
        took = time.perf_counter() - started
        meter.stop()
        return load, took


async def _ready(client: httpx.AsyncClient) -> None:
    for _ in range(200):
        try:
            await client.get("/relay/0x" + "00" * 32)
        except httpx.TransportError:
            await asyncio.sleep(0.1)
        else:
            return
    raise RuntimeError("the relayer did not start")


async def _pay(world: World, citizen: Citizen, client: httpx.AsyncClient, load: Load, deadline: int) -> None:
    """One payment: the wallet signs a permit, the till signs the charge, brings both, and waits until it is final."""
    started, fund, shop = time.perf_counter(), world.fund, world.toys
    terms = PaymentPermit(citizen.account, ZERO_ADDRESS, 2 * _CENTS, secrets.randbits(256), deadline)
    permit = SignedPermit.sign(fund.domain, terms, citizen.account_key)
    errand = PaymentErrand("payment", permit, shop.charge(fund, permit, _CENTS))
    answer = await client.post(path_of(errand), json=body_of(errand), params={"wait": _WAIT})
    told = answer.json()
    while answer.is_success and told["state"] not in {"final", "refused"}:
        answer = await client.get(answer.headers["Location"], params={"wait": _WAIT})
        told = answer.json()
    if told.get("state") == "final":
        load.latencies.append(time.perf_counter() - started)
    else:
        load.refused[str(told.get("reason") or told.get("refusal") or answer.status_code)] += 1


def _paid(world: World) -> int:
    return sum(event.name == "Paid" for event in world.municipality.events([world.fund]))
