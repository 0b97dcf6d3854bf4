# SPDX-License-Identifier: EUPL-1.2
"""The credential issuer's endpoints for wallets (OpenID4VCI 1.0).

Invariants:
    * Who asks is established by the access token before a request is looked at.
    * What is personal is stored by nobody on its way; what is public says how long it is fresh.
    * An error is one of the standard's codes, as a problem document, never encrypted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import JSONResponse

from edge.problems import OAuthProblem, Problem
from issuer.authorization.api import grant_of
from issuer.authorization.service import AuthorizationService
from issuer.document_keys import DocumentKeys, did_document, jwks
from issuer.openid.descriptions import (
    CREDENTIAL_OPERATION,
    DEFERRED_OPERATION,
    NONCE_OPERATION,
    NOTIFICATION_OPERATION,
    PUBLIC_PROBLEMS,
)
from issuer.openid.encryption import MEDIA_TYPE, MessageEncryption
from issuer.openid.metadata import (
    CREDENTIAL_PATH,
    DEFERRED_PATH,
    NONCE_PATH,
    NOTIFICATION_PATH,
    signed_metadata,
)
from issuer.openid.negotiation import choose_media_type
from issuer.openid.offers import OfferDesk
from issuer.openid.service import CredentialService
from ssi.credential.document import DocumentError
from ssi.openid.credential import CredentialRequest, CredentialResponse, DeferredCredentialRequest, NotificationRequest
from ssi.openid.encryption import EncryptionParameters
from ssi.openid.errors import ErrorCode, OpenIdError, credential_error_code

__all__ = ["ISSUANCE_PATHS", "IssuanceParts", "issuance_router"]

ISSUANCE_PATHS: Final = (NONCE_PATH, CREDENTIAL_PATH, DEFERRED_PATH, NOTIFICATION_PATH)
"""Where every error has the form of OAuth."""
METADATA_PATH: Final = "/.well-known/openid-credential-issuer"
MOST_OCTETS: Final = 1 << 18
"""Longest request: ten proofs and a companion are a tenth of it."""
_JSON: Final = "application/json"
_PRIVATE: Final = {"Cache-Control": "no-store"}
_FRESH: Final = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
_UNCHANGING: Final = {"Cache-Control": "public, max-age=86400", "Access-Control-Allow-Origin": "*"}


@dataclass(frozen=True, slots=True)
class IssuanceParts:
    """What the endpoints call.

    Args:
        service: issues.
        authorization: knows what an access token is for.
        encryption: opens requests and seals responses.
        offers: answers offers by reference.
        keys: the document keys, whose public halves are published.
        metadata: the issuer's metadata.
    """

    service: CredentialService
    authorization: AuthorizationService
    encryption: MessageEncryption
    offers: OfferDesk
    keys: DocumentKeys
    metadata: Mapping[str, object]

    @property
    def public_url(self) -> str:
        """The credential issuer identifier."""
        return self.service.statuses.public_url


@dataclass(frozen=True, slots=True)
class _Body:
    media_type: str
    octets: bytes = field(repr=False)


async def _body(request: Request) -> _Body:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return _Body(media_type, await request.body())


Body = Annotated[_Body, Depends(_body)]


def issuance_router(parts: IssuanceParts) -> APIRouter:
    """All routes of the credential issuer."""
    router = APIRouter()
    router.include_router(_wallet_routes(parts), tags=["issuance"])
    router.include_router(_public_routes(parts), tags=["published"])
    return router


def _wallet_routes(parts: IssuanceParts) -> APIRouter:
    router = APIRouter()
    service, authorization = parts.service, parts.authorization

    @router.post(NONCE_PATH, **NONCE_OPERATION)
    def nonce() -> JSONResponse:
        headers = {**_PRIVATE, "DPoP-Nonce": authorization.dpop_nonce()}
        return JSONResponse({"c_nonce": service.make_nonce()}, headers=headers)

    @router.post(CREDENTIAL_PATH, **CREDENTIAL_OPERATION)
    def credential(request: Request, body: Body) -> Response:
        grant = grant_of(request, authorization)

        def work() -> Response:
            octets, was_encrypted = _open(parts.encryption, body)
            asked = CredentialRequest.from_json(octets)
            parts.encryption.check(asked.response_encryption, was_encrypted=was_encrypted)
            return _answer(parts.encryption, service.issue(grant, asked), asked.response_encryption)

        return _refusing(work, credential_error_code)

    @router.post(DEFERRED_PATH, **DEFERRED_OPERATION)
    def deferred_credential(request: Request, body: Body) -> Response:
        grant = grant_of(request, authorization)

        def work() -> Response:
            octets, was_encrypted = _open(parts.encryption, body)
            asked = DeferredCredentialRequest.from_json(octets)
            parts.encryption.check(asked.response_encryption, was_encrypted=was_encrypted)
            return _answer(parts.encryption, service.collect(grant, asked), asked.response_encryption)

        return _refusing(work, credential_error_code)

    @router.post(NOTIFICATION_PATH, **NOTIFICATION_OPERATION)
    def notification(request: Request, body: Body) -> Response:
        grant = grant_of(request, authorization)

        def work() -> Response:
            _require_json(body)
            service.notify(grant, NotificationRequest.from_json(body.octets))
            return Response(status_code=204, headers=_PRIVATE)

        return _refusing(work, lambda _: ErrorCode.INVALID_NOTIFICATION_REQUEST)

    return router


def _public_routes(parts: IssuanceParts) -> APIRouter:
    router = APIRouter()
    clock = parts.service.desk.clock

    @router.get(METADATA_PATH, summary="Metadata of the credential issuer", responses=PUBLIC_PROBLEMS)
    def metadata(request: Request) -> Response:
        headers = {**_FRESH, "Vary": "Accept"}
        if choose_media_type(request.headers.get("accept"), (_JSON, MEDIA_TYPE)) == MEDIA_TYPE:
            signed = signed_metadata(parts.metadata, parts.public_url, parts.keys, clock())
            return Response(signed, media_type=MEDIA_TYPE, headers=headers)
        return JSONResponse(parts.metadata, headers=headers)

    @router.get("/offers/{reference}", summary="A credential offer", responses=PUBLIC_PROBLEMS)
    def offer(reference: Annotated[str, Path(max_length=200)]) -> JSONResponse:
        found = parts.offers.find(reference)
        if found is None:
            raise Problem(404, "offer_unknown", "There is no such offer", "It may have been used, or have expired.")
        return JSONResponse(found.to_json(), headers=_PRIVATE)

    @router.get("/types/{name}/v{version}", summary="Metadata of a credential type", responses=PUBLIC_PROBLEMS)
    def type_(name: Annotated[str, Path(max_length=100)], version: Annotated[int, Path(ge=1, le=999)]) -> Response:
        octets = parts.service.types.find(name, version)
        if octets is None:
            raise Problem(404)
        return Response(octets, media_type=_JSON, headers=_UNCHANGING)

    @router.get("/jwks", summary="The keys that sign credentials and status lists", responses=PUBLIC_PROBLEMS)
    def keys() -> JSONResponse:
        return JSONResponse(jwks(parts.keys, clock()), headers=_FRESH)

    if did_document(parts.public_url, parts.keys, clock()) is not None:

        @router.get("/.well-known/did.json", summary="The DID document of the issuer", responses=PUBLIC_PROBLEMS)
        def did() -> JSONResponse:
            document = did_document(parts.public_url, parts.keys, clock())
            return JSONResponse(document, media_type="application/did+json", headers=_FRESH)

    return router


def _open(encryption: MessageEncryption, body: _Body) -> tuple[bytes, bool]:
    """The content of a request, and whether it was encrypted."""
    if body.media_type == MEDIA_TYPE:
        return encryption.open(body.octets), True
    _require_json(body)
    return body.octets, False


def _require_json(body: _Body) -> None:
    if body.media_type != _JSON:
        raise OAuthProblem(
            ErrorCode.INVALID_CREDENTIAL_REQUEST.value,
            "The body must be application/json.",
            status=415,
            headers={"Accept-Post": f"{_JSON}, {MEDIA_TYPE}"},
        )


def _answer(encryption: MessageEncryption, response: Any, parameters: EncryptionParameters | None) -> Response:
    status = 200 if isinstance(response, CredentialResponse) else 202
    document = response.to_json()
    if parameters is not None:
        return Response(encryption.seal(document, parameters), status, _PRIVATE, MEDIA_TYPE)
    return JSONResponse(document, status, _PRIVATE)


def _refusing(work: Callable[[], Response], code_of: Callable[[DocumentError], ErrorCode]) -> Response:
    """Answer refusals in the words of the standard."""
    try:
        return work()
    except DocumentError as error:
        raise OAuthProblem(code_of(error).value, f"{error}. Correct the request and send it again.") from None
    except OpenIdError as error:
        is_scope = error.code is ErrorCode.INSUFFICIENT_SCOPE
        challenge = {"WWW-Authenticate": f'DPoP error="{error.code.value}"'} if is_scope else {}
        status = 403 if is_scope else 400
        raise OAuthProblem(error.code.value, error.description, status=status, headers=challenge) from None
