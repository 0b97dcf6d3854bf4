# SPDX-License-Identifier: EUPL-1.2
"""What an authorization server publishes about itself (RFC 8414, 9126, 9207, 9396, 9449, OpenID4VCI 12.3)."""

from dataclasses import dataclass
from typing import Final

from ssi.credential.document import Node
from ssi.openid.reading import find, identifier_url, known_members, parse_message, present_members, strings, web_url

__all__ = ["AuthorizationServerMetadata"]

_ADDRESSES: Final = ("authorization_endpoint", "pushed_authorization_request_endpoint", "jwks_uri")
_LISTS: Final = (
    "scopes_supported",
    "response_types_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "code_challenge_methods_supported",
    "dpop_signing_alg_values_supported",
    "authorization_details_types_supported",
)
_FLAGS: Final = (
    "require_pushed_authorization_requests",
    "authorization_response_iss_parameter_supported",
    "pre-authorized_grant_anonymous_access_supported",
)


@dataclass(frozen=True, slots=True)
class AuthorizationServerMetadata:
    """An authorization server: its endpoints and what it supports."""

    issuer: str
    token_endpoint: str
    authorization_endpoint: str | None = None
    pushed_authorization_request_endpoint: str | None = None
    require_pushed_authorization_requests: bool = False
    jwks_uri: str | None = None
    scopes_supported: tuple[str, ...] = ()
    response_types_supported: tuple[str, ...] = ()
    grant_types_supported: tuple[str, ...] = ()
    """Empty: ``authorization_code`` and ``implicit``, says RFC 8414."""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ()
    code_challenge_methods_supported: tuple[str, ...] = ()
    dpop_signing_alg_values_supported: tuple[str, ...] = ()
    authorization_details_types_supported: tuple[str, ...] = ()
    authorization_response_iss_parameter_supported: bool = False
    pre_authorized_grant_anonymous_access_supported: bool = False

    @classmethod
    def from_json(cls, unverified: bytes, *, issuer: str) -> "AuthorizationServerMetadata":
        """Read metadata.

        Args:
            unverified: the body, as fetched from ``well_known_url(issuer, AUTHORIZATION_SERVER)``.
            issuer: the identifier that the address was made of.
        Raises:
            DocumentError: a wrong shape, or metadata of another server (RFC 8414 section 3.3).
        """
        members = known_members(
            parse_message(unverified), ("issuer", "token_endpoint"), (*_ADDRESSES, *_LISTS, *_FLAGS)
        )
        identifier = identifier_url(members["issuer"])
        if identifier != issuer:
            members["issuer"].refuse("must be the identifier that the metadata was asked for with")
        addresses = {name: find(members, name, web_url) for name in _ADDRESSES}
        lists = {name: find(members, name, _names) or () for name in _LISTS}
        flags = {_field(name): find(members, name, Node.boolean) or False for name in _FLAGS}
        return cls(identifier, web_url(members["token_endpoint"]), **addresses, **lists, **flags)  # type: ignore[arg-type]

    def to_json(self) -> dict[str, object]:
        """The document that ``from_json`` reads."""
        names = ("issuer", "token_endpoint", *_ADDRESSES, *_LISTS, *_FLAGS)
        values = {name: getattr(self, _field(name)) for name in names}
        return present_members(
            {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        )


def _field(name: str) -> str:
    return name.replace("-", "_")


def _names(node: Node) -> tuple[str, ...]:
    return strings(node, most=1000, least=0, longest=200)
