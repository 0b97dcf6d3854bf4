# SPDX-License-Identifier: EUPL-1.2
"""A relayer put together: its door and its worker on one chain and one outbox."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from edge.limits import RateLimit
from programmable_money.chain import Chain
from programmable_money.messages import Address
from programmable_money.relayer.api import create_app, relay_limit
from programmable_money.relayer.carrier import Carrier
from programmable_money.relayer.model import RelayerSettings
from programmable_money.relayer.service import Relayer
from programmable_money.relayer.store import Outbox
from programmable_money.relayer.waiting import Waiters
from programmable_money.relayer.worker import Worker

__all__ = ["embedded_app", "embedded_relayer", "relaying", "serve", "working"]


@contextmanager
def relaying(
    chain: Chain,
    outbox: Outbox,
    *,
    programmes: Collection[Address] | None,
    hosts: Collection[str],
    settings: RelayerSettings | None = None,
    rate: RateLimit | None = None,
    https: bool = False,
) -> Iterator[FastAPI]:
    """The application of a relayer whose worker runs in a thread for as long as the context lasts.

    Args:
        chain, programmes: as ``working`` takes them.
    """
    with working(chain, outbox, programmes=programmes, settings=settings) as (relayer, waiters):
        yield create_app(relayer, hosts=hosts, rate=rate or relay_limit(), waiters=waiters, https=https)


@contextmanager
def working(
    chain: Chain,
    outbox: Outbox,
    *,
    programmes: Collection[Address] | None,
    settings: RelayerSettings | None = None,
) -> Iterator[tuple[Relayer, Waiters]]:
    """A relayer whose worker runs in a thread for as long as the context lasts, and who is told of what is over.

    Args:
        chain: a node; its relayers' accounts carry. The embedded chain is one thread's: see ``Worker.step``. Without
            an account the errands are kept, for another process with the same outbox to carry.
        programmes: as ``Relayer`` takes them.
    """
    if chain.is_embedded:
        raise TypeError("a worker in a thread of its own needs a node")
    waiters, carrier, stop = Waiters(), Carrier(chain), threading.Event()
    worker = Worker(carrier, outbox, chain.relayers, settings=settings, told=waiters.tell)
    relayer = Relayer(carrier, outbox, programmes=programmes, settings=settings, wake=worker.wake)
    thread = threading.Thread(target=worker.run, args=(stop,), name="relayer", daemon=True)
    thread.start()
    try:
        yield relayer, waiters
    finally:
        stop.set()
        worker.wake()
        thread.join(timeout=30)


def embedded_relayer(chain: Chain, outbox: Outbox, *, programmes: Collection[Address] | None) -> Relayer:
    """A relayer on the embedded chain: each errand is carried as it is accepted, in the same thread.

    Args:
        programmes: as ``relaying`` takes them.
    """
    carrier = Carrier(chain)
    return Relayer(carrier, outbox, programmes=programmes, wake=Worker(carrier, outbox, chain.relayers).step)


def embedded_app(relayer: Relayer, *, hosts: Collection[str]) -> FastAPI:
    """The application of a relayer on the embedded chain.

    Args:
        hosts: as ``relaying`` takes them.
    """
    return create_app(relayer, hosts=hosts, rate=relay_limit(), inline=True)


def serve(app: FastAPI, *, host: str, port: int) -> None:
    """Serve until a signal ends it; open requests are ended first."""
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, server_header=False, ws="none", lifespan="off"
    )
    uvicorn.Server(config).run()
