# SPDX-License-Identifier: EUPL-1.2
"""Token requests of the three grants, and token responses (OpenID4VCI 1.0 section 6; RFC 6749, 7636, 9396, 9449)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ssi.credential.document import DocumentError, Node
from ssi.openid.authorization import (
    AuthorizationDetail,
    parse_authorization_details,
    read_details,
    read_scope,
    write_authorization_details,
)
from ssi.openid.errors import ErrorCode, OpenIdError
from ssi.openid.offer import AUTHORIZATION_CODE, PRE_AUTHORIZED_CODE, REFRESH_TOKEN
from ssi.openid.reading import (
    LONGEST_TEXT,
    LONGEST_URL,
    find,
    known_members,
    parse_form,
    parse_message,
    present_members,
)

__all__ = [
    "AuthorizationCodeTokenRequest",
    "PreAuthorizedTokenRequest",
    "RefreshTokenRequest",
    "TokenRequest",
    "TokenResponse",
    "parse_token_request",
]

_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_TOKEN: Final = re.compile(r"[ -~]+")
_LONGEST_TOKEN: Final = 1 << 14
_BEARER: Final = "Bearer"
_DPOP: Final = "DPoP"


@dataclass(frozen=True, slots=True)
class AuthorizationCodeTokenRequest:
    """A code for a token, with the verifier of its challenge."""

    code: str = field(repr=False)
    redirect_uri: str
    code_verifier: str = field(repr=False)
    client_id: str | None = None
    authorization_details: tuple[AuthorizationDetail, ...] = ()

    def to_form(self) -> dict[str, str]:
        """The parameters that ``parse_token_request`` reads."""
        return _form(
            {
                "grant_type": AUTHORIZATION_CODE,
                "code": self.code,
                "redirect_uri": self.redirect_uri,
                "code_verifier": self.code_verifier,
                "client_id": self.client_id,
                "authorization_details": write_authorization_details(self.authorization_details),
            }
        )


@dataclass(frozen=True, slots=True)
class PreAuthorizedTokenRequest:
    """A pre-authorised code and, where the offer says so, the transaction code for a token."""

    pre_authorized_code: str = field(repr=False)
    tx_code: str | None = field(default=None, repr=False)
    client_id: str | None = None
    authorization_details: tuple[AuthorizationDetail, ...] = ()

    def to_form(self) -> dict[str, str]:
        """The parameters that ``parse_token_request`` reads."""
        return _form(
            {
                "grant_type": PRE_AUTHORIZED_CODE,
                "pre-authorized_code": self.pre_authorized_code,
                "tx_code": self.tx_code,
                "client_id": self.client_id,
                "authorization_details": write_authorization_details(self.authorization_details),
            }
        )


@dataclass(frozen=True, slots=True)
class RefreshTokenRequest:
    """A refresh token for a new token."""

    refresh_token: str = field(repr=False)
    scope: tuple[str, ...] = ()
    client_id: str | None = None

    def to_form(self) -> dict[str, str]:
        """The parameters that ``parse_token_request`` reads."""
        return _form(
            {
                "grant_type": REFRESH_TOKEN,
                "refresh_token": self.refresh_token,
                "scope": " ".join(self.scope) or None,
                "client_id": self.client_id,
            }
        )


TokenRequest = AuthorizationCodeTokenRequest | PreAuthorizedTokenRequest | RefreshTokenRequest


def parse_token_request(unverified_pairs: Iterable[tuple[str, str]]) -> TokenRequest:
    """Read the form of a token request.

    Raises:
        DocumentError: a parameter is missing, repeated or of the wrong shape.
        OpenIdError: ``unsupported_grant_type``.
    """
    form = parse_form(unverified_pairs)
    grant = known_members(form, ("grant_type",))["grant_type"].text(longest=200)
    match grant:
        case "authorization_code":
            members = known_members(
                form, ("code", "redirect_uri", "code_verifier"), ("client_id", "authorization_details")
            )
            return AuthorizationCodeTokenRequest(
                members["code"].text(longest=LONGEST_TEXT),
                members["redirect_uri"].text(longest=LONGEST_URL),
                members["code_verifier"].text(_VERIFIER),
                find(members, "client_id", _client_id),
                find(members, "authorization_details", parse_authorization_details) or (),
            )
        case "urn:ietf:params:oauth:grant-type:pre-authorized_code":
            members = known_members(form, ("pre-authorized_code",), ("tx_code", "client_id", "authorization_details"))
            return PreAuthorizedTokenRequest(
                members["pre-authorized_code"].text(longest=LONGEST_TEXT),
                find(members, "tx_code", lambda member: member.text(longest=200)),
                find(members, "client_id", _client_id),
                find(members, "authorization_details", parse_authorization_details) or (),
            )
        case "refresh_token":
            members = known_members(form, ("refresh_token",), ("scope", "client_id"))
            return RefreshTokenRequest(
                members["refresh_token"].text(longest=LONGEST_TEXT),
                find(members, "scope", read_scope) or (),
                find(members, "client_id", _client_id),
            )
        case _:
            raise OpenIdError(ErrorCode.UNSUPPORTED_GRANT_TYPE)


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """An access token, and what it authorises."""

    access_token: str = field(repr=False)
    token_type: str
    """``DPoP`` or ``Bearer``."""
    expires_in: int | None = None
    """Seconds."""
    refresh_token: str | None = field(default=None, repr=False)
    scope: tuple[str, ...] = ()
    authorization_details: tuple[AuthorizationDetail, ...] = ()

    @classmethod
    def from_json(cls, unverified: bytes) -> "TokenResponse":
        """Read the body of the answer; DocumentError names the member and the rule."""
        members = known_members(
            parse_message(unverified),
            ("access_token", "token_type"),
            ("expires_in", "refresh_token", "scope", "authorization_details"),
        )
        kind = {"bearer": _BEARER, "dpop": _DPOP}.get(members["token_type"].text(longest=20).lower())
        if kind is None:
            raise DocumentError("$.token_type", "must be DPoP or Bearer")
        return cls(
            access_token=members["access_token"].text(_TOKEN, longest=_LONGEST_TOKEN),
            token_type=kind,
            expires_in=find(members, "expires_in", lambda member: member.integer(0, 1 << 31)),
            refresh_token=find(members, "refresh_token", lambda member: member.text(_TOKEN, longest=_LONGEST_TOKEN)),
            scope=()
            if "scope" in members and members["scope"].value == ""
            else find(members, "scope", read_scope) or (),
            authorization_details=find(members, "authorization_details", _credential_details) or (),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_json`` reads."""
        return present_members(
            {
                "access_token": self.access_token,
                "token_type": self.token_type,
                "expires_in": self.expires_in,
                "refresh_token": self.refresh_token,
                "scope": " ".join(self.scope) or None,
                "authorization_details": [detail.to_json() for detail in self.authorization_details],
            }
        )


def _credential_details(node: Node) -> tuple[AuthorizationDetail, ...]:
    """Details of a token response, each with the identifiers that it must have (OpenID4VCI 6.2)."""
    details = read_details(node)
    if not all(detail.credential_identifiers for detail in details):
        node.refuse("must have credential_identifiers in every item")
    return details


def _client_id(node: Node) -> str:
    return node.text(_TOKEN, longest=LONGEST_URL)


def _form(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in present_members(values).items()}
