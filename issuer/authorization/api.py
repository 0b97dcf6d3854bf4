# SPDX-License-Identifier: EUPL-1.2
"""The authorization server's endpoints for the programs of wallets: metadata, pushed requests and tokens.

Invariants:
    * Every answer of ``/token`` and ``/par`` carries a new ``DPoP-Nonce``, and is stored by nobody on its way.
    * Parameters come from the body of a form, never from the address.
    * The address that a DPoP proof must name is the public one of the settings, never one that the request claims.
"""

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Protocol
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from edge.language import Language
from edge.problems import OAuthProblem
from edge.visitors import client_key, language_of
from issuer.authorization.errors import Advice, OAuthError
from issuer.authorization.model import Grant, TokenBinding
from issuer.authorization.pushing import PAR_PATH
from issuer.authorization.service import AuthorizationService
from issuer.authorization.tokens import TOKEN_PATH
from issuer.authorization.wording import describe
from issuer.errors import StoreBusyError
from issuer.openid.descriptions import OAUTH_PROBLEMS
from ssi.openid.errors import ErrorCode

__all__ = ["OAUTH_PATHS", "Limits", "authorization_router", "grant_of", "read_form"]

OAUTH_PATHS: Final = (TOKEN_PATH, PAR_PATH)
"""Where every error has the form of OAuth."""
METADATA_PATH: Final = "/.well-known/oauth-authorization-server"
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_OCTETS: Final = 1 << 16
_MOST_FIELDS: Final = 50


class Limits(Protocol):
    """Counts requests: ``edge.limits.RateLimiter``."""

    def take(self, key: str) -> float:
        """0.0 when a request is allowed, else how many seconds to wait."""
        ...


async def read_form(request: Request) -> list[tuple[str, str]]:
    """The parameters of a form; one without a value is as if it were not there (RFC 6749 3.2)."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _FORM:
        raise OAuthProblem(ErrorCode.INVALID_REQUEST.value, f"The body must be a form ({_FORM})")
    octets = bytearray()
    async for part in request.stream():
        octets += part
        if len(octets) > _MOST_OCTETS:
            raise OAuthProblem(ErrorCode.INVALID_REQUEST.value, "The form is too long", status=413)
    try:
        return parse_qsl(octets.decode("ascii"), errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise OAuthProblem(ErrorCode.INVALID_REQUEST.value, "The form cannot be read") from None


Form = Annotated[list[tuple[str, str]], Depends(read_form)]


def authorization_router(service: AuthorizationService, limits: Limits) -> APIRouter:
    """The routes for programs.

    Args:
        service: answers.
        limits: how many requests of one address are answered.
    """
    router = APIRouter(tags=["authorization"])

    @router.get(METADATA_PATH, summary="Metadata of the authorization server (RFC 8414)")
    def metadata() -> JSONResponse:
        return JSONResponse(service.metadata(), headers={"Cache-Control": "public, max-age=300"})

    @router.post(
        TOKEN_PATH,
        summary="Exchange a code or a refresh token (RFC 6749)",
        responses=OAUTH_PROBLEMS,
        openapi_extra=_TOKEN_FORM,
    )
    def token(request: Request, form: Form) -> JSONResponse:
        return _answer(
            service, limits, request, 200, lambda: service.token(form, request.headers.getlist("dpop")).to_json()
        )

    if service.visits is not None:

        @router.post(
            PAR_PATH,
            status_code=201,
            summary="Push an authorization request (RFC 9126)",
            responses=OAUTH_PROBLEMS,
            openapi_extra=_PAR_FORM,
        )
        def push(request: Request, form: Form) -> JSONResponse:
            return _answer(
                service, limits, request, 201, lambda: service.push(form, request.headers.getlist("dpop")).to_json()
            )

    return router


def grant_of(request: Request, service: AuthorizationService) -> Grant:
    """What the sender of a request to the credential issuer may have; call it in a synchronous endpoint.

    Raises:
        OAuthProblem: 401 with a challenge, or 503 when the database is busy.
    """
    headers = {"Cache-Control": "no-store", "DPoP-Nonce": service.dpop_nonce()}
    authorization = request.headers.getlist("authorization")
    try:
        return service.authorise(
            authorization[0] if len(authorization) == 1 else None,
            request.headers.getlist("dpop"),
            method=request.method,
            url=service.settings.url(request.url.path),
        )
    except OAuthError as error:
        challenge = _challenge(service, error if authorization else None)
        raise _problem(error, request, {**headers, "WWW-Authenticate": challenge}, status=401) from None
    except StoreBusyError:
        raise _busy(headers) from None


def _answer(
    service: AuthorizationService,
    limits: Limits,
    request: Request,
    status: int,
    work: Callable[[], Mapping[str, object]],
) -> JSONResponse:
    """Answer a wallet's program."""
    headers = {"Cache-Control": "no-store", "DPoP-Nonce": service.dpop_nonce()}
    try:
        wait = limits.take(client_key(request.scope))
        if wait > 0:
            raise OAuthError(ErrorCode.TEMPORARILY_UNAVAILABLE, Advice.TOO_MANY, retry_after=math.ceil(wait))
        return JSONResponse(work(), status, headers)
    except OAuthError as error:
        too_many = error.code is ErrorCode.TEMPORARILY_UNAVAILABLE
        raise _problem(error, request, headers, status=429 if too_many else 400) from None
    except StoreBusyError:
        raise _busy(headers) from None


def _problem(error: OAuthError, request: Request, headers: Mapping[str, str], *, status: int) -> OAuthProblem:
    language = language_of(request) if "accept-language" in request.headers else Language.EN
    waiting = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return OAuthProblem(
        error.code.value,
        describe(error, language),
        status=status,
        headers={**headers, **waiting},
        reason=error.advice.value,
    )


def _busy(headers: Mapping[str, str]) -> OAuthProblem:
    return OAuthProblem(
        ErrorCode.TEMPORARILY_UNAVAILABLE.value,
        "Try again in a moment",
        status=503,
        headers={**headers, "Retry-After": "1"},
    )


def _challenge(service: AuthorizationService, error: OAuthError | None) -> str:
    """``WWW-Authenticate`` (RFC 9449 7.1); without an error code when no token was sent (RFC 6750 3.1)."""
    reason = "" if error is None else f'error="{error.code.value}", '
    challenge = f'DPoP {reason}algs="{service.proof_algorithms}"'
    return challenge if service.settings.token_binding is TokenBinding.DPOP else f"{challenge}, Bearer"


def _form_schema(required: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, Any]:
    properties = {name: {"type": "string"} for name in (*required, *optional)}
    schema = {"type": "object", "properties": properties, "required": list(required)}
    dpop = {"name": "DPoP", "in": "header", "required": False, "schema": {"type": "string"}}
    return {"requestBody": {"required": True, "content": {_FORM: {"schema": schema}}}, "parameters": [dpop]}


_TOKEN_FORM: Final = _form_schema(
    ("grant_type",),
    (
        "pre-authorized_code",
        "tx_code",
        "code",
        "redirect_uri",
        "code_verifier",
        "refresh_token",
        "client_id",
        "scope",
        "authorization_details",
    ),
)
_PAR_FORM: Final = _form_schema(
    ("response_type", "client_id", "redirect_uri", "code_challenge", "code_challenge_method"),
    ("state", "scope", "authorization_details", "issuer_state", "dpop_jkt"),
)
