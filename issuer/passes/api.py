# SPDX-License-Identifier: EUPL-1.2
"""The desk of a pass over HTTP: a challenge for an account, and the pass credential for whoever signs it (pass.md 2.2).

Invariants:
    * Nobody logs in, and nothing says who asks: the account's signature is all that counts.
    * What is personal is stored by nobody on its way.
"""

import logging
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from edge.hosts import hosts_of
from edge.limits import RateLimit, RateLimiter
from edge.problems import Problem, require_media_type
from edge.service import guard_service
from issuer.errors import (
    AccountsUnknownError,
    IssuanceRefusedError,
    RefusalReason,
    StoreBusyError,
    StoreDamagedError,
)
from issuer.passes.service import PassDesk
from issuer.passes.wording import REFUSED, TOLD
from ssi.credential.document import DocumentError
from ssi.credential.messages import AccountRequestMessage, IssuanceMessage, SessionMessage

__all__ = ["CREDENTIALS_PATH", "SESSIONS_PATH", "create_pass_app"]

SESSIONS_PATH: Final = "/sessions"
CREDENTIALS_PATH: Final = "/credentials"
_JSON: Final = "application/json"
_PRIVATE: Final = {"Cache-Control": "no-store"}
_PER_SECOND: Final = 5.0
_BURST: Final = 200
_MOST_OCTETS: Final = 1 << 14
_T = TypeVar("_T")
_LOG: Final = logging.getLogger(__name__)


class _Asked(BaseModel):
    """Who wants a challenge."""

    model_config = ConfigDict(extra="forbid")

    account: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$", description="The pass account.")]


async def _octets(request: Request) -> bytes:
    return await request.body()


def create_pass_app(desk: PassDesk, public_url: str, *, per_second: float = _PER_SECOND) -> FastAPI:
    """Put the service together.

    Args:
        desk: whose store several threads may use.
        public_url: where wallets find it, without a path.
        per_second: calls of one address that are answered, in the long run.
    """
    app = FastAPI(
        title=f"Stuiver pass: {desk.terms.programme} {desk.terms.period}",
        version=version("stuiver"),
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.include_router(_routes(desk))
    guard_service(
        app,
        hosts=hosts_of(public_url),
        most_octets=_MOST_OCTETS,
        translate={
            StoreBusyError: lambda _: Problem(503, headers={"Retry-After": "1"}),
            StoreDamagedError: _out_of_order,
            AccountsUnknownError: _out_of_order,
        },
        rate=RateLimit(RateLimiter(per_second=per_second, burst=_BURST), (SESSIONS_PATH, CREDENTIALS_PATH)),
        https=public_url.startswith("https:"),
    )
    return app


def _routes(desk: PassDesk) -> APIRouter:
    router = APIRouter(tags=["pass"], dependencies=[Depends(require_media_type(_JSON))])

    @router.post(SESSIONS_PATH, summary="A challenge for an account that has activated the pass")
    def session(asked: _Asked) -> Response:
        opened = _refusing(lambda: desk.open_session(asked.account))
        message = SessionMessage(desk.did, opened.nonce, (desk.credential_type.vct,), opened.expires_at)
        return Response(message.to_json(), media_type=_JSON, headers=_PRIVATE)

    @router.post(CREDENTIALS_PATH, summary="The pass credential, for what the account has signed", openapi_extra=_BODY)
    def credential(octets: Annotated[bytes, Depends(_octets)]) -> Response:
        asked = _refusing(lambda: AccountRequestMessage.from_json(octets))
        request = asked.request
        if request.validator != desk.did or request.credential_type != desk.credential_type.vct:
            raise Problem(422, "another_desk", REFUSED, TOLD["another_desk"])
        issued = _refusing(
            lambda: desk.issue(asked.account, request.nonce, request.unverified_request, asked.signature)
        )
        message = IssuanceMessage(desk.did, request.nonce, issued)
        return Response(message.to_json(), media_type=_JSON, headers=_PRIVATE)

    return router


_TEXT: Final = {"type": "string"}
_MEMBERS: Final = ("format", "account", "validator", "nonce", "credential_type", "request", "signature")
_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": dict.fromkeys(_MEMBERS, _TEXT),
    "required": list(_MEMBERS),
    "additionalProperties": False,
}
_BODY: Final[dict[str, Any]] = {"requestBody": {"required": True, "content": {_JSON: {"schema": _SCHEMA}}}}


def _refusing(work: Callable[[], _T]) -> _T:
    """Answer a refusal with its reason, in words for the citizen."""
    try:
        return work()
    except IssuanceRefusedError as error:
        status = 404 if error.reason is RefusalReason.ACCOUNT_NOT_ACTIVATED else 403
        raise Problem(status, error.reason.value, REFUSED, TOLD[error.reason.value]) from error
    except DocumentError as error:
        raise Problem(422, "malformed", REFUSED, TOLD["malformed"], path=error.path, rule=error.rule) from error


def _out_of_order(error: Exception) -> Problem:
    _LOG.error("the desk of the pass cannot answer: %s", type(error).__name__)
    return Problem(503, headers={"Retry-After": "60"})
