# SPDX-License-Identifier: EUPL-1.2
"""Asking for authorization to be issued a credential (OpenID4VCI 1.0 section 5; RFC 6749, 7636, 9126, 9207, 9396).

Invariants:
    * ``response_type`` is ``code`` and the challenge's method ``S256``; nothing else can be said.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ssi.credential.document import DocumentError, Node
from ssi.openid.offer import MOST_CONFIGURATIONS
from ssi.openid.reading import (
    LONGEST_TEXT,
    LONGEST_URL,
    find,
    identifier_url,
    known_members,
    parse_form,
    parse_message,
    present_members,
    unique_strings,
)

__all__ = [
    "CREDENTIAL_DETAIL",
    "AuthorizationCodeResponse",
    "AuthorizationDetail",
    "IssuanceAuthorizationRequest",
    "PushedAuthorizationResponse",
    "parse_authorization_details",
    "read_scope",
    "write_authorization_details",
]

CREDENTIAL_DETAIL: Final = "openid_credential"
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_CLIENT_ID: Final = re.compile(r"[ -~]+")
_REDIRECT: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!\"$-~]*")
_SCOPE: Final = re.compile(r"[!#-\[\]-~]+")
_LONGEST_DETAILS: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class AuthorizationDetail:
    """One credential that authorization is asked for or was given for; other types of details are not ours."""

    credential_configuration_id: str
    locations: tuple[str, ...] = ()
    credential_identifiers: tuple[str, ...] = ()
    """In a token response: what the credential request must name instead of the configuration."""

    @classmethod
    def from_node(cls, node: Node) -> "AuthorizationDetail":
        """Read a detail of type ``openid_credential``."""
        names = ("type", "credential_configuration_id")
        members = known_members(node, names, ("locations", "credential_identifiers"))
        members["type"].choice((CREDENTIAL_DETAIL,))
        return cls(
            members["credential_configuration_id"].text(longest=200),
            find(members, "locations", lambda member: unique_strings(member, most=20, longest=LONGEST_URL)) or (),
            find(members, "credential_identifiers", lambda member: unique_strings(member, most=MOST_CONFIGURATIONS))
            or (),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        return present_members(
            {
                "type": CREDENTIAL_DETAIL,
                "credential_configuration_id": self.credential_configuration_id,
                "locations": list(self.locations),
                "credential_identifiers": list(self.credential_identifiers),
            }
        )


def read_details(node: Node) -> tuple[AuthorizationDetail, ...]:
    """A list of details, each of our type (RFC 9396 section 5: an unknown type is refused)."""
    return tuple(AuthorizationDetail.from_node(item) for item in node.items(1, MOST_CONFIGURATIONS))


def parse_authorization_details(node: Node) -> tuple[AuthorizationDetail, ...]:
    """Read the form parameter: JSON in a text."""
    try:
        return read_details(parse_message(node.text(longest=_LONGEST_DETAILS).encode("utf-8", errors="replace")))
    except DocumentError as error:
        raise DocumentError(error.path.replace("$", node.path, 1), error.rule) from None


def write_authorization_details(details: Sequence[AuthorizationDetail]) -> str | None:
    """The form parameter; None for no details."""
    if not details:
        return None
    return json.dumps([detail.to_json() for detail in details], separators=(",", ":"))


def read_scope(node: Node) -> tuple[str, ...]:
    """Scope values, separated by single spaces (RFC 6749 section 3.3)."""
    values = tuple(node.text(longest=LONGEST_TEXT).split(" "))
    if any(_SCOPE.fullmatch(value) is None for value in values) or len(set(values)) != len(values):
        node.refuse("must be scope values separated by spaces, each once")
    return values


@dataclass(frozen=True, slots=True)
class IssuanceAuthorizationRequest:
    """An authorization request, as it is pushed or sent by the browser."""

    client_id: str
    redirect_uri: str
    code_challenge: str
    state: str | None = None
    scope: tuple[str, ...] = ()
    authorization_details: tuple[AuthorizationDetail, ...] = ()
    issuer_state: str | None = field(default=None, repr=False)
    dpop_jkt: str | None = None
    """Thumbprint of the DPoP key that the code is bound to (RFC 9449 section 10)."""

    @classmethod
    def from_form(cls, unverified_pairs: Iterable[tuple[str, str]]) -> "IssuanceAuthorizationRequest":
        """Read the parameters; DocumentError names the parameter and the rule."""
        members = known_members(
            parse_form(unverified_pairs),
            ("response_type", "client_id", "redirect_uri", "code_challenge", "code_challenge_method"),
            ("state", "scope", "authorization_details", "issuer_state", "dpop_jkt"),
        )
        members["response_type"].choice(("code",))
        members["code_challenge_method"].choice(("S256",))
        return cls(
            client_id=members["client_id"].text(_CLIENT_ID, longest=LONGEST_URL),
            redirect_uri=members["redirect_uri"].text(_REDIRECT, longest=LONGEST_URL),
            code_challenge=members["code_challenge"].text(_CHALLENGE),
            state=find(members, "state", lambda member: member.text(longest=LONGEST_TEXT)),
            scope=find(members, "scope", read_scope) or (),
            authorization_details=find(members, "authorization_details", parse_authorization_details) or (),
            issuer_state=find(members, "issuer_state", lambda member: member.text(longest=LONGEST_TEXT)),
            dpop_jkt=find(members, "dpop_jkt", lambda member: member.text(_CHALLENGE)),
        )

    def to_form(self) -> dict[str, str]:
        """The parameters that ``from_form`` reads."""
        return {
            name: str(value)
            for name, value in present_members(
                {
                    "response_type": "code",
                    "client_id": self.client_id,
                    "redirect_uri": self.redirect_uri,
                    "code_challenge": self.code_challenge,
                    "code_challenge_method": "S256",
                    "state": self.state,
                    "scope": " ".join(self.scope) or None,
                    "authorization_details": write_authorization_details(self.authorization_details),
                    "issuer_state": self.issuer_state,
                    "dpop_jkt": self.dpop_jkt,
                }
            ).items()
        }


@dataclass(frozen=True, slots=True)
class PushedAuthorizationResponse:
    """Where the authorization server keeps a pushed request (RFC 9126 section 2.2)."""

    request_uri: str = field(repr=False)
    expires_in: int

    @classmethod
    def from_json(cls, unverified: bytes) -> "PushedAuthorizationResponse":
        """Read the body of the answer."""
        members = known_members(parse_message(unverified), ("request_uri", "expires_in"))
        return cls(members["request_uri"].text(longest=LONGEST_URL), members["expires_in"].integer(1, 1 << 31))

    def to_json(self) -> dict[str, object]:
        """The object that ``from_json`` reads."""
        return {"request_uri": self.request_uri, "expires_in": self.expires_in}


@dataclass(frozen=True, slots=True)
class AuthorizationCodeResponse:
    """The code, as the browser brings it to the redirect address, with who sent it (RFC 9207)."""

    code: str = field(repr=False)
    state: str | None
    iss: str | None

    @classmethod
    def from_form(cls, unverified_pairs: Iterable[tuple[str, str]]) -> "AuthorizationCodeResponse":
        """Read the query of the redirect address. The caller compares ``state`` and ``iss`` with what it expects."""
        members = known_members(parse_form(unverified_pairs), ("code",), ("state", "iss"))
        return cls(
            members["code"].text(longest=LONGEST_TEXT),
            find(members, "state", lambda member: member.text(longest=LONGEST_TEXT)),
            find(members, "iss", identifier_url),
        )

    def to_form(self) -> dict[str, str]:
        """The parameters that ``from_form`` reads."""
        values = present_members({"code": self.code, "state": self.state, "iss": self.iss})
        return {name: str(value) for name, value in values.items()}
