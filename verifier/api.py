# SPDX-License-Identifier: EUPL-1.2
"""The verifier over HTTP, for wallets and programs: request objects, answers, keys, published policies.

What people open in a browser is in ``verifier.web.api``. Paths are in docs/verifier.md.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import JSONResponse

from edge.problems import Problem, correlation_id, require_media_type
from ssi.credential.document import DocumentError, Wording
from ssi.errors import Reason, VerificationError
from ssi.jose.tokens_json import read_json
from ssi.openid.signed_request import MEDIA_TYPE, RequestUriPost
from verifier.descriptions import FORM, REFUSALS, answers, form_of
from verifier.errors import (
    NoTrustedKeyError,
    RequestOverError,
    StoreBusyError,
    StoreDamagedError,
    UnknownPolicyError,
    UnknownRequestError,
    WrongBrowserError,
)
from verifier.model import RequestId
from verifier.policy.model import PolicyId
from verifier.receipts import receipt_keys
from verifier.service import Verifier
from verifier.wording import ADVICE

__all__ = ["PROBLEMS", "FormPairs", "PolicyName", "PolicyVersion", "RequestName", "form_pairs", "protocol_router"]

_MOST_FIELDS: Final = 50

RequestName = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{22}$", description="The request's id.")]
PolicyName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
PolicyVersion = Annotated[int, Path(ge=1, le=999)]


def _refused(error: VerificationError) -> Problem:
    advice = ADVICE[error.reason]
    return Problem(
        HTTPStatus.BAD_REQUEST,
        error.reason.value,
        advice.title,
        advice.text,
        reason=error.reason.value,
        reason_detail=error.detail,
    )


def _missing(_: Exception) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "unknown_request",
        Wording("Deze vraag is er niet (meer)", "This request does not exist (any more)"),
        Wording("Begin opnieuw op de startpagina.", "Start again on the first page."),
    )


def _no_policy(_: Exception) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "unknown_policy",
        Wording("Deze vraag kent deze dienst niet", "This service does not know this policy"),
        Wording("Kies er een op de startpagina.", "Choose one on the first page."),
    )


def _over(_: Exception) -> Problem:
    return Problem(
        HTTPStatus.GONE,
        "request_over",
        Wording("Deze vraag is voorbij", "This request is over"),
        Wording("Begin opnieuw op de startpagina.", "Start again on the first page."),
    )


def _other_browser(_: Exception) -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "wrong_browser",
        Wording("Dit is niet de browser waarin u begon", "This is not the browser in which you started"),
        Wording(
            "Ga terug naar de browser waarin u begon. Kreeg u deze link van iemand anders? Doe er dan niets mee: u "
            "zou voor die ander antwoorden.",
            "Go back to the browser in which you started. Did somebody else give you this link? Then leave it: you "
            "would be answering for them.",
        ),
    )


def _unavailable(_: Exception) -> Problem:
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})


PROBLEMS: Final[Mapping[type[Exception], Callable[[Any], Problem]]] = {
    VerificationError: _refused,
    UnknownRequestError: _missing,
    UnknownPolicyError: _no_policy,
    RequestOverError: _over,
    WrongBrowserError: _other_browser,
    NoTrustedKeyError: _unavailable,
    StoreBusyError: _unavailable,
    StoreDamagedError: _unavailable,
}
"""What our errors are to a client."""


async def form_pairs(request: Request) -> list[tuple[str, str]]:
    """The parameters of a form, in order and with repetitions, so that these can be refused."""
    try:
        text = (await request.body()).decode("ascii")
        return parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise VerificationError(Reason.MALFORMED, "not a form") from None


FormPairs = Annotated[list[tuple[str, str]], Depends(form_pairs)]


def protocol_router(verifier: Verifier) -> APIRouter:
    """What wallets and programs call."""
    router = APIRouter(tags=["wallet"], responses=REFUSALS, default_response_class=Response)
    signed = answers("A signed request object.", MEDIA_TYPE)
    found = answers("As published.", "application/json")

    def request_object(id_: str, wallet_nonce: str | None, formats: frozenset[str] | None) -> Response:
        made = verifier.request_object(RequestId(id_), wallet_nonce=wallet_nonce, formats=formats)
        return Response(made, media_type=MEDIA_TYPE)

    @router.get("/requests/{id_}/object", responses=signed)
    def get_request(id_: RequestName) -> Response:
        """The signed request object (RFC 9101)."""
        return request_object(id_, None, None)

    @router.post(
        "/requests/{id_}/object",
        responses=signed,
        dependencies=[Depends(require_media_type(FORM))],
        openapi_extra=form_of(
            {"wallet_nonce": "Comes back in the request object.", "wallet_metadata": "JSON; its formats are heeded."}
        ),
    )
    def post_request(id_: RequestName, pairs: FormPairs) -> Response:
        """The signed request object for this wallet (OpenID4VP 1.0, section 5.10)."""
        try:
            sent = RequestUriPost.from_form(pairs)
        except DocumentError as error:
            raise VerificationError(Reason.MALFORMED, "not a request for a request object") from error
        return request_object(id_, sent.wallet_nonce, _formats(sent.wallet_metadata))

    @router.post(
        "/requests/{id_}/response",
        responses=answers("Accepted: redirect_uri and receipt.", "application/json"),
        dependencies=[Depends(require_media_type(FORM))],
        openapi_extra=form_of(
            {
                "vp_token": "Presentations by credential query, JSON (direct_post).",
                "response": "The same, encrypted (direct_post.jwt).",
                "state": "The request's.",
                "error": "Why the wallet does not answer.",
                "error_description": "Is not kept.",
            }
        ),
    )
    def receive(id_: RequestName, pairs: FormPairs, request: Request) -> Response:
        """The wallet's answer (OpenID4VP 1.0, section 8.2)."""
        received = verifier.receive(RequestId(id_), pairs, correlation=correlation_id(request))
        members = {"redirect_uri": received.redirect_uri, "receipt": received.receipt}
        told = {name: value for name, value in members.items() if value is not None}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    @router.get("/jwks", responses=found)
    def keys() -> Response:
        """The keys that verify receipts."""
        return JSONResponse(receipt_keys(verifier.receipt_key), headers={"Cache-Control": "max-age=3600"})

    @router.get("/policies/{name}/v{version}/policy.json", responses=found)
    def policy(name: PolicyName, version: PolicyVersion) -> Response:
        """A policy exactly as published; its hash stands in every receipt."""
        published = verifier.policies.get(PolicyId(name, version))
        return Response(published.octets, media_type="application/json", headers={"Cache-Control": "max-age=3600"})

    document = verifier.asker.did_document()
    if document is not None:
        octets = json.dumps(document.to_json()).encode()

        @router.get("/.well-known/did.json", responses=answers("A DID document.", "application/did+json"))
        def did() -> Response:
            """The document of the verifier's did:web."""
            return Response(octets, media_type="application/did+json", headers={"Cache-Control": "max-age=300"})

    return router


def _formats(unverified_metadata: str | None) -> frozenset[str] | None:
    """The formats that a wallet says it can present; None when it does not say, or not in a way that can be read."""
    if unverified_metadata is None:
        return None
    try:
        document = read_json(unverified_metadata.encode("utf-8", errors="replace"))
    except VerificationError:
        return None
    formats = document.get("vp_formats_supported") if isinstance(document, dict) else None
    return frozenset(formats) if isinstance(formats, dict) and formats else None
