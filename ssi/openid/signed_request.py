# SPDX-License-Identifier: EUPL-1.2
"""Request objects: signed by the verifier, fetched and verified by the wallet (OpenID4VP 1.0 section 5, RFC 9101).

The numbers are those of specs/protocols/openid.md section 4.

Invariants:
    * The only module that makes a ``VerifiedAuthorizationRequest``.
    * Nothing of the link counts but the client identifier and where the request object is; the object says the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from ssi.credential.document import DocumentError, Node
from ssi.errors import Reason, VerificationError
from ssi.jose.jws import Signer, UnverifiedJws, sign_jwt, verify_jwt
from ssi.jose.times import check_validity
from ssi.openid.client_id import (
    Certificates,
    ClientId,
    ClientIdPrefix,
    DidKeys,
    check_response_uri,
    client_id,
    client_key,
)
from ssi.openid.reading import LONGEST_TOKEN, find, known_members, parse_form, present_members, read_query, web_url
from ssi.openid.request import REQUEST_ENDPOINT, AuthorizationRequest

__all__ = [
    "MEDIA_TYPE",
    "STATIC_AUDIENCE",
    "RequestReference",
    "RequestUriMethod",
    "RequestUriPost",
    "SignedRequest",
    "VerifiedAuthorizationRequest",
    "VerifiedClient",
    "accept_unsigned_request",
    "did_header",
    "parse_request_link",
    "sign_request",
    "verify_request",
    "x5c_header",
]

MEDIA_TYPE: Final = "application/oauth-authz-req+jwt"
STATIC_AUDIENCE: Final = "https://self-issued.me/v2"
"""Who a request object is for when the verifier does not know the wallet (OpenID4VP 5.8)."""
_TYP: Final = "oauth-authz-req+jwt"
_SCHEMES: Final = ("openid4vp", "haip-vp", "https")
_LONGEST_METADATA: Final = 1 << 16


class RequestUriMethod(StrEnum):
    """How the wallet fetches the request object."""

    GET = "get"
    POST = "post"


@dataclass(frozen=True, slots=True)
class RequestReference:
    """Where a request object is to be had, and whose it must be."""

    client_id: ClientId
    request_uri: str = field(repr=False)
    method: RequestUriMethod = RequestUriMethod.GET

    def link(self, endpoint: str = REQUEST_ENDPOINT) -> str:
        """The reference as a link to a wallet, short enough for a QR code."""
        query = f"client_id={quote(str(self.client_id), safe='')}&request_uri={quote(self.request_uri, safe='')}"
        if self.method is RequestUriMethod.POST:
            query += "&request_uri_method=post"
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request object by value, not verified."""

    client_id: ClientId
    unverified_jwt: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RequestUriPost:
    """What the wallet sends when it fetches a request object by POST."""

    wallet_nonce: str | None = field(repr=False)
    """Fresh and random; the request object must repeat it."""
    wallet_metadata: str | None = None
    """JSON in a text."""

    @classmethod
    def from_form(cls, unverified_pairs: Iterable[tuple[str, str]]) -> "RequestUriPost":
        """Read the form."""
        members = known_members(parse_form(unverified_pairs), (), ("wallet_nonce", "wallet_metadata"))
        return cls(
            find(members, "wallet_nonce", lambda member: member.text()),
            find(members, "wallet_metadata", lambda member: member.text(longest=_LONGEST_METADATA)),
        )

    def to_form(self) -> dict[str, str]:
        """The parameters that ``from_form`` reads."""
        values = present_members({"wallet_nonce": self.wallet_nonce, "wallet_metadata": self.wallet_metadata})
        return {name: str(value) for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class VerifiedClient:
    """Who asks.

    Attributes:
        client_id: its identifier, the audience of the answer.
        names: host names that a trusted certificate gives it.
        is_authenticated: whether it signed. If not, it is whoever answers at ``response_uri``.
    """

    client_id: ClientId
    names: tuple[str, ...]
    is_authenticated: bool

    @property
    def is_identified(self) -> bool:
        """Whether somebody vouches for who it is: a certificate, or the domain of its DID.

        Anybody makes a did:jwk or a did:key: who signs with one has shown no more than that it is the same as before.
        """
        has_domain = self.client_id.value.startswith(("did:web:", "did:webvh:"))
        is_did = self.client_id.prefix is ClientIdPrefix.DECENTRALIZED_IDENTIFIER
        return self.is_authenticated and (bool(self.names) or (is_did and has_domain))


@dataclass(frozen=True, slots=True)
class VerifiedAuthorizationRequest:
    """A request and who sent it."""

    request: AuthorizationRequest
    client: VerifiedClient


def parse_request_link(unverified_link: str) -> RequestReference | SignedRequest | AuthorizationRequest:
    """Read the link of a QR code or a button.

    Raises:
        DocumentError: another scheme, a method that is not ``get`` or ``post``, or a request of the wrong shape.
    """
    query = read_query(unverified_link)
    if urlsplit(unverified_link).scheme not in _SCHEMES:
        raise DocumentError("$", f"must be a link of {', '.join(_SCHEMES)}")
    members = known_members(query, ("client_id",), ("request_uri", "request_uri_method", "request"))
    if "request_uri" in members:
        if "request" in members:
            raise DocumentError("$.request", "must not stand beside request_uri")
        method = find(members, "request_uri_method", lambda member: member.choice(tuple(RequestUriMethod)))
        return RequestReference(
            client_id(members["client_id"]),
            web_url(members["request_uri"]),
            RequestUriMethod(method or RequestUriMethod.GET),
        )
    if "request_uri_method" in members:
        raise DocumentError("$.request_uri_method", "must stand beside request_uri")
    if "request" in members:
        return SignedRequest(client_id(members["client_id"]), members["request"].text(longest=LONGEST_TOKEN))
    return AuthorizationRequest.from_form(parse_qsl(urlsplit(unverified_link).query, keep_blank_values=True))


def did_header(did_url: str) -> dict[str, object]:
    """The header of a client of prefix ``decentralized_identifier``: the DID URL of its key."""
    return {"kid": did_url}


def x5c_header(certificates: Sequence[str]) -> dict[str, object]:
    """The header of a client with a certificate: base64 DER texts, leaf first, without the anchor."""
    return {"x5c": list(certificates)}


def sign_request(
    request: AuthorizationRequest,
    signer: Signer,
    *,
    issued_at: datetime,
    expires_at: datetime,
    header: Mapping[str, object],
    audience: str = STATIC_AUDIENCE,
) -> str:
    """Sign a request object.

    Args:
        request: the request; its ``wallet_nonce`` is the one that the wallet sent, if it sent one.
        signer: the key that the client identifier stands for.
        issued_at: now.
        expires_at: when a wallet shall no longer answer.
        header: of ``did_header`` or ``x5c_header``.
        audience: the wallet, where it is known.
    """
    times = {"iat": int(issued_at.timestamp()), "exp": int(expires_at.timestamp())}
    # No iss: a wallet must ignore it (OpenID4VP 5), and some refuse one that is not the DID of the kid.
    claims = {"aud": audience, **times, **request.to_json()}
    return sign_jwt(claims, signer, typ=_TYP, header=header)


def verify_request(
    unverified_jwt: str,
    *,
    client_id: ClientId,
    wallet_nonce: str | None,
    now: datetime,
    dids: DidKeys,
    certificates: Certificates,
    audience: str = STATIC_AUDIENCE,
) -> VerifiedAuthorizationRequest:
    """Verify a request object, and whose it is.

    Args:
        unverified_jwt: as fetched, or as in the link.
        client_id: of the link.
        wallet_nonce: as sent when it was fetched by POST; None when none was sent.
        now: the present moment.
        dids: finds the keys of DIDs.
        certificates: the anchors for verifiers.
        audience: this wallet, where verifiers know it.
    Raises:
        VerificationError: (4.1) as parsing, (4.2) ``UNKNOWN_ISSUER``, (4.3) as ``client_key``, (4.4) ``WRONG_TYPE``,
            ``WRONG_ALGORITHM``, ``INVALID_SIGNATURE``, (4.5) ``EXPIRED``, ``NOT_YET_VALID``, (4.6) ``WRONG_AUDIENCE``,
            (4.7) ``WRONG_NONCE``, (4.9) ``WRONG_AUDIENCE``.
        DocumentError: (4.8) a parameter of the wrong shape.
    """
    jws = UnverifiedJws.parse(unverified_jwt, longest=LONGEST_TOKEN)  # (4.1)
    if jws.unverified_claims(longest=LONGEST_TOKEN).get("client_id") != str(client_id):  # (4.2)
        raise VerificationError(Reason.UNKNOWN_ISSUER, "the request object is not of the client of the link")
    found = client_key(client_id, jws, now=now, dids=dids, certificates=certificates)  # (4.3)
    claims = verify_jwt(jws, found.key, typ=_TYP, longest=LONGEST_TOKEN).claims  # (4.4)
    check_validity(claims, now)  # (4.5)
    if "aud" in claims and claims["aud"] != audience:  # (4.6)
        raise VerificationError(Reason.WRONG_AUDIENCE, "the request object is for another wallet")
    if wallet_nonce is not None and claims.get("wallet_nonce") != wallet_nonce:  # (4.7)
        raise VerificationError(Reason.WRONG_NONCE, "the request object was not made for this fetch")
    request = AuthorizationRequest.from_node(Node(claims))  # (4.8)
    check_response_uri(client_id, request.response_uri)  # (4.9)
    return VerifiedAuthorizationRequest(request, VerifiedClient(client_id, found.names, True))


def accept_unsigned_request(request: AuthorizationRequest) -> VerifiedAuthorizationRequest:
    """Accept a request that nobody signed: the client is an address, and the answer goes to that address alone.

    Raises:
        VerificationError: ``INVALID_SIGNATURE`` for every client whose requests must be signed, ``WRONG_AUDIENCE`` for
            an answer that would go elsewhere.
    """
    if request.client_id.prefix is not ClientIdPrefix.REDIRECT_URI:
        raise VerificationError(Reason.INVALID_SIGNATURE, "a request of this client must be signed")
    check_response_uri(request.client_id, request.response_uri)
    return VerifiedAuthorizationRequest(request, VerifiedClient(request.client_id, (), False))
