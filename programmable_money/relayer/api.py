# SPDX-License-Identifier: EUPL-1.2
"""The relayer over HTTP, for wallets and tills: bring what is to be carried, and ask how far it is.

Invariants:

- Nobody logs in: a message proves by itself that it may be carried, and nothing in it can be changed.
- What is answered with 202 is in the database. The same message may be brought again, with the same answer.
- A refusal is a problem document with the contract's reason; it repeats nothing of the message.
- Against the embedded chain every route runs in the server's own thread, as that chain needs it.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Body, Depends, FastAPI, Path, Query, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from edge.limits import RateLimit, RateLimiter
from edge.problems import Problem, require_media_type
from edge.service import guard_service
from programmable_money.chain import ChainError
from programmable_money.messages import SignedCharge, SignedPermit, SignedRefund
from programmable_money.model import Language, MoneyError
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.relayer.errands import ALONE, Errand, ErrandKind, ErrandOfOne, PaymentErrand, RefundErrand
from programmable_money.relayer.model import Entry, OutboxError
from programmable_money.relayer.service import ProgrammeNotServedError, Relayer, refusal_of
from programmable_money.relayer.waiting import Waiters
from programmable_money.relayer.wording import refusal_sentence
from programmable_money.service import WrongFundError
from ssi.credential.document import Wording

__all__ = ["PREFIX", "PROBLEMS", "create_app", "relay_limit", "relay_routes"]

PREFIX: Final = "/relay"
_MOST_OCTETS: Final = 32_768
_MOST_SECONDS: Final = 10.0
_REFUSED: Final = Wording("De opdracht is geweigerd", "The order is refused")
_ELSEWHERE: Final = Wording("Dit is voor een andere regeling", "This is for another scheme")
_ELSEWHERE_TEXT: Final = Wording(
    "Deze server vervoert niets voor die regeling. Kijk in uw wallet welke server dat wel doet.",
    "This server carries nothing for that scheme. Your wallet knows which server does.",
)
_BUSY: Final = Wording("Nu even niet", "Not just now")
_BUSY_TEXT: Final = Wording(
    "Er is niets aangenomen en niets betaald. Probeer het over een paar seconden opnieuw.",
    "Nothing was accepted and nothing was paid. Please try again in a few seconds.",
)
_UNKNOWN: Final = Wording("Deze opdracht is hier niet bekend", "This order is not known here")
_UNKNOWN_TEXT: Final = Wording("Stuur de opdracht opnieuw.", "Please send the order again.")

_Result = TypeVar("_Result")
Seconds = Annotated[float, Query(ge=0, le=_MOST_SECONDS)]
Part = Annotated[dict[str, Any], Body()]


def create_app(
    relayer: Relayer,
    *,
    hosts: Collection[str],
    rate: RateLimit,
    waiters: Waiters | None = None,
    inline: bool = False,
    https: bool = False,
) -> FastAPI:
    """Make the application of a relayer that serves alone.

    Args:
        hosts: names under which it may be called; a request under another name is refused (DNS rebinding).
        rate: see ``relay_limit``.
        waiters, inline: see ``relay_routes``.
    """
    app = FastAPI(title="Stuiver relayer", docs_url=None, redoc_url=None)
    guard_service(app, hosts=hosts, translate=PROBLEMS, most_octets=_MOST_OCTETS, rate=rate, https=https)
    app.include_router(relay_routes(relayer, waiters=waiters or Waiters(), inline=inline))
    return app


def relay_limit(*, per_second: float = 20.0, burst: int = 200) -> RateLimit:
    """How often one visitor may bring something or ask; for ``guard_service``. A shop's tills share an address."""
    return RateLimit(RateLimiter(per_second=per_second, burst=burst), (f"{PREFIX}/",))


def relay_routes(relayer: Relayer, *, waiters: Waiters, inline: bool) -> APIRouter:
    """The routes, to be mounted in any application that has ``PROBLEMS``.

    Args:
        waiters: whom the worker tells what is over.
        inline: whether to do everything in the server's own thread.
    """
    router = APIRouter(prefix=PREFIX)
    bringing: Any = {
        "status_code": HTTPStatus.ACCEPTED,
        "dependencies": [Depends(require_media_type("application/json"))],
    }

    async def do(work: Callable[[], _Result]) -> _Result:
        return work() if inline else await run_in_threadpool(work)

    async def bring(errand: Errand, wait: float) -> Response:
        with waiters.waiting(errand.key) as over:
            entry = await do(lambda: _accept(relayer, errand))
            entry = await settle(entry, over, wait)
        return _told(entry, HTTPStatus.OK if entry.state.is_over else HTTPStatus.ACCEPTED)

    async def settle(entry: Entry, over: asyncio.Event, wait: float) -> Entry:
        """The entry when it is over, or as it is after so many seconds."""
        if entry.state.is_over or not wait:
            return entry
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), wait)
        return await do(lambda: relayer.find(entry.key)) or entry

    def one_message(errand: type[ErrandOfOne[Any]]) -> Callable[..., Any]:
        async def carry(body: Part, wait: Seconds = 0.0) -> Response:
            return await bring(errand(errand.KIND, errand.TYPE.from_json(_text(body))), wait)

        return carry

    for alone in ALONE:
        says = alone.__doc__
        router.add_api_route(
            f"/{alone.PATH}", one_message(alone), methods=["POST"], name=alone.PATH, description=says, **bringing
        )

    @router.post("/payments", **bringing)
    async def payments(permit: Part, charge: Part, wait: Seconds = 0.0) -> Response:
        """A citizen's permit and the shop's charge."""
        signed = SignedPermit.from_json(_text(permit))
        return await bring(PaymentErrand("payment", signed, SignedCharge.from_json(_text(charge))), wait)

    @router.post("/refunds", **bringing)
    async def refunds(permit: Part, refund: Part, wait: Seconds = 0.0) -> Response:
        """A shop's refund, with the permit of the payment."""
        signed = SignedPermit.from_json(_text(permit))
        return await bring(RefundErrand("refund", signed, SignedRefund.from_json(_text(refund))), wait)

    @router.get("/{key}")
    async def state(key: Annotated[str, Path(pattern="^0x[0-9a-f]{64}$")], wait: Seconds = 0.0) -> Response:
        """How far an errand is. With ``wait`` the answer comes when it is over, or after so many seconds."""
        octets = bytes.fromhex(key[2:])
        with waiters.waiting(octets) as over:
            entry = await do(lambda: relayer.find(octets))
            if entry is None:
                raise Problem(HTTPStatus.NOT_FOUND, "errand_unknown", _UNKNOWN, _UNKNOWN_TEXT)
            return _told(await settle(entry, over, wait), HTTPStatus.OK)

    return router


def _text(message: Mapping[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))


def _told(entry: Entry, status: HTTPStatus) -> Response:
    key = "0x" + entry.key.hex()
    told: dict[str, Any] = {
        "key": key,
        "kind": entry.kind.value,
        "chain": entry.domain.chain_id,
        "fund": entry.domain.fund,
        "state": entry.state.value,
        "transaction": entry.transaction,
        "block": entry.block,
        "amount": None if entry.amount is None else entry.amount.cents,
        "accepted_at": entry.accepted_at.isoformat(timespec="milliseconds"),
        "changed_at": entry.changed_at.isoformat(timespec="milliseconds"),
    }
    refusal = refusal_of(entry)
    if refusal is not None:
        words = _sentences(entry.kind, refusal.reason)
        told["refusal"] = {"reason": refusal.reason.value, "nl": words.nl, "en": words.en}
    headers = {"Location": f"{PREFIX}/{key}", "Cache-Control": "no-store"}
    return JSONResponse(told, status, headers)


def _sentences(kind: ErrandKind, reason: RefusalReason) -> Wording:
    return Wording(refusal_sentence(kind, reason, Language.NL), refusal_sentence(kind, reason, Language.EN))


def _accept(relayer: Relayer, errand: Errand) -> Entry:
    """Problem: the contract refuses it, in the words of what was to be carried."""
    try:
        return relayer.accept(errand)
    except RefusedError as error:
        words, reason = _sentences(errand.kind, error.reason), error.reason.value
        raise Problem(HTTPStatus.CONFLICT, reason, _REFUSED, words, reason=reason) from error


def _elsewhere(_: WrongFundError) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong_fund", _ELSEWHERE, _ELSEWHERE_TEXT)


def _busy(_: MoneyError) -> Problem:
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "relayer_busy", _BUSY, _BUSY_TEXT, headers={"Retry-After": "2"})


PROBLEMS: Final[Mapping[type[Exception], Callable[[Any], Problem]]] = {
    ProgrammeNotServedError: _elsewhere,
    WrongFundError: _elsewhere,
    ChainError: _busy,
    OutboxError: _busy,
}
"""What the errors of a relayer are to a client; for ``guard_service``."""
