# SPDX-License-Identifier: EUPL-1.2
"""A relayer in a process of its own, to be killed; and a till that brings it messages until each is over."""

import json
import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from typing import Any

import httpx
import uvicorn

from programmable_money.chain import Chain
from programmable_money.messages import Address, SignedPermit
from programmable_money.relayer.api import PREFIX, relay_limit
from programmable_money.relayer.app import relaying
from programmable_money.relayer.errands import Errand, ErrandOfOne, Message, PaymentErrand, RefundErrand
from programmable_money.relayer.model import RelayerSettings
from programmable_money.relayer.store import Outbox

__all__ = ["RelayerProcess", "Till", "body_of", "path_of"]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class RelayerProcess:
    """How a relayer is started, again and again."""

    rpc: str
    database: str
    keys: tuple[bytes, ...]
    programmes: tuple[Address, ...]
    port: int
    settings: RelayerSettings

    def start(self) -> ForkServerProcess:
        """A new process; the modules are loaded in the server that forks it, so it is ready at once."""
        plain = self.rpc, self.database, self.keys, self.programmes, self.port, self.settings.depth, self.settings.lease
        process = _CONTEXT.Process(target=_serve, args=plain, daemon=True)
        process.start()
        return process


def _serve(
    rpc: str,
    database: str,
    keys: tuple[bytes, ...],
    programmes: tuple[Address, ...],
    port: int,
    depth: int,
    lease: float,
) -> None:
    settings = RelayerSettings(depth=depth, lease=lease, resend_after=1.0, lost_after=2.0)
    chain, outbox = Chain.rpc(rpc, relayer_keys=keys), Outbox(database)
    busy = relay_limit(per_second=10_000, burst=10_000)  # one visitor brings everybody's messages here
    with relaying(chain, outbox, programmes=programmes, hosts=["127.0.0.1"], settings=settings, rate=busy) as app:
        uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False, lifespan="off")
        ).run()


def path_of(errand: Errand) -> str:
    """Where an errand is brought."""
    name = errand.PATH if isinstance(errand, ErrandOfOne) else f"{errand.kind.value}s"
    return f"{PREFIX}/{name}"


def body_of(errand: Errand) -> dict[str, Any]:
    """What is posted for an errand."""
    if isinstance(errand, ErrandOfOne):
        return _posted(errand.message)
    if isinstance(errand, PaymentErrand):
        return {"permit": _posted(errand.permit), "charge": _posted(errand.charge)}
    assert isinstance(errand, RefundErrand)
    assert isinstance(errand.permit, SignedPermit)
    return {"permit": _posted(errand.permit), "refund": _posted(errand.refund)}


def _posted(message: Message) -> dict[str, Any]:
    posted: dict[str, Any] = json.loads(message.to_json())
    return posted


class Till:
    """Brings messages to a relayer that may be gone at any instant, and does not give up."""

    def __init__(self, port: int, *, patience: float) -> None:
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=15)
        self._patience = patience

    def carry(self, errand: Errand) -> dict[str, Any]:
        """Bring it until it is over: the state, or the problem document of a refusal."""
        until = time.monotonic() + self._patience
        while time.monotonic() < until:
            try:
                answer = self._client.post(path_of(errand), json=body_of(errand))
                while answer.status_code < 300 and answer.json()["state"] not in {"final", "refused"}:
                    answer = self._client.get(answer.headers["Location"], params={"wait": 5})
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code in {503, 404, 429}:
                time.sleep(0.1)
                continue
            told: dict[str, Any] = answer.json()
            return told
        raise AssertionError("the relayer never came to an end with it")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
