# SPDX-License-Identifier: EUPL-1.2
"""Credential offers, by value and by reference, and the links that carry them (OpenID4VCI 1.0 section 4.1)."""

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlsplit

from ssi.credential.document import DocumentError, Node
from ssi.openid.reading import (
    LONGEST_TEXT,
    find,
    identifier_url,
    known_members,
    parse_message,
    present_members,
    read_query,
    unique_strings,
    web_url,
)

__all__ = [
    "AUTHORIZATION_CODE",
    "OFFER_ENDPOINT",
    "PRE_AUTHORIZED_CODE",
    "REFRESH_TOKEN",
    "AuthorizationCodeGrant",
    "CredentialOffer",
    "InputMode",
    "OfferReference",
    "PreAuthorizedCodeGrant",
    "TxCode",
    "parse_offer_link",
]

AUTHORIZATION_CODE: Final = "authorization_code"
PRE_AUTHORIZED_CODE: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
REFRESH_TOKEN: Final = "refresh_token"  # noqa: S105 - the name of a grant
OFFER_ENDPOINT: Final = "openid-credential-offer://"
"""The wallet's address when it has published none (OpenID4VCI 12.1.1)."""
MOST_CONFIGURATIONS: Final = 100
_SCHEMES: Final = ("openid-credential-offer", "haip-vci", "https")
_LONGEST_DESCRIPTION: Final = 300
_LONGEST_TX_CODE: Final = 100
_CONFIGURATION_ID: Final = re.compile(r"[^\x00-\x1f\x7f]+")


class InputMode(StrEnum):
    """The characters of a transaction code."""

    NUMERIC = "numeric"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class TxCode:
    """That a transaction code (the letter's PIN) is needed, and what it looks like."""

    input_mode: InputMode = InputMode.NUMERIC
    length: int | None = None
    """Characters of the code."""
    description: str | None = None
    """Where to find the code, at most 300 characters."""

    @classmethod
    def from_node(cls, node: Node) -> "TxCode":
        """Read it; an empty object means that a code is needed and nothing is said about it."""
        members = known_members(node, (), ("input_mode", "length", "description"))
        mode = find(members, "input_mode", lambda member: member.choice(tuple(InputMode)))
        return cls(
            InputMode(mode or InputMode.NUMERIC),
            find(members, "length", lambda member: member.integer(1, _LONGEST_TX_CODE)),
            find(members, "description", lambda member: member.text(longest=_LONGEST_DESCRIPTION)),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        return present_members(
            {"input_mode": self.input_mode.value, "length": self.length, "description": self.description}
        )


@dataclass(frozen=True, slots=True)
class PreAuthorizedCodeGrant:
    """The issuer vouches for whoever holds this code, and knows the transaction code where one is needed."""

    pre_authorized_code: str = field(repr=False)
    tx_code: TxCode | None
    authorization_server: str | None = None

    @classmethod
    def from_node(cls, node: Node) -> "PreAuthorizedCodeGrant":
        """Read the grant's parameters."""
        members = known_members(node, ("pre-authorized_code",), ("tx_code", "authorization_server"))
        return cls(
            members["pre-authorized_code"].text(longest=LONGEST_TEXT),
            find(members, "tx_code", TxCode.from_node),
            find(members, "authorization_server", identifier_url),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        return present_members(
            {
                "pre-authorized_code": self.pre_authorized_code,
                "tx_code": self.tx_code.to_json() if self.tx_code else None,
                "authorization_server": self.authorization_server,
            }
        )


@dataclass(frozen=True, slots=True)
class AuthorizationCodeGrant:
    """The citizen logs in at the authorization server."""

    issuer_state: str | None = field(default=None, repr=False)
    authorization_server: str | None = None

    @classmethod
    def from_node(cls, node: Node) -> "AuthorizationCodeGrant":
        """Read the grant's parameters."""
        members = known_members(node, (), ("issuer_state", "authorization_server"))
        return cls(
            find(members, "issuer_state", lambda member: member.text(longest=LONGEST_TEXT)),
            find(members, "authorization_server", identifier_url),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        return present_members({"issuer_state": self.issuer_state, "authorization_server": self.authorization_server})


@dataclass(frozen=True, slots=True)
class CredentialOffer:
    """What an issuer offers to a wallet. Without any grant the wallet looks at the authorization server's metadata."""

    credential_issuer: str
    credential_configuration_ids: tuple[str, ...]
    authorization_code: AuthorizationCodeGrant | None
    pre_authorized_code: PreAuthorizedCodeGrant | None

    @classmethod
    def from_json(cls, unverified: bytes) -> "CredentialOffer":
        """Read an offer; DocumentError names the field and the rule."""
        return cls.from_node(parse_message(unverified))

    @classmethod
    def from_node(cls, node: Node) -> "CredentialOffer":
        """Read an offer that stands in a document."""
        members = known_members(node, ("credential_issuer", "credential_configuration_ids"), ("grants",))
        grants = (
            known_members(members["grants"], (), (AUTHORIZATION_CODE, PRE_AUTHORIZED_CODE))
            if "grants" in members
            else {}
        )
        return cls(
            identifier_url(members["credential_issuer"]),
            unique_strings(
                members["credential_configuration_ids"],
                most=MOST_CONFIGURATIONS,
                longest=200,
                pattern=_CONFIGURATION_ID,
            ),
            find(grants, AUTHORIZATION_CODE, AuthorizationCodeGrant.from_node),
            find(grants, PRE_AUTHORIZED_CODE, PreAuthorizedCodeGrant.from_node),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_json`` reads."""
        grants: dict[str, object] = {}
        if self.authorization_code is not None:
            grants[AUTHORIZATION_CODE] = self.authorization_code.to_json()
        if self.pre_authorized_code is not None:
            grants[PRE_AUTHORIZED_CODE] = self.pre_authorized_code.to_json()
        offer: dict[str, object] = {
            "credential_issuer": self.credential_issuer,
            "credential_configuration_ids": list(self.credential_configuration_ids),
        }
        return offer | ({"grants": grants} if grants else {})

    def link(self, endpoint: str = OFFER_ENDPOINT) -> str:
        """The offer as a link to a wallet; ``endpoint`` is the wallet's offer endpoint."""
        text = json.dumps(self.to_json(), separators=(",", ":"), ensure_ascii=False)
        return f"{endpoint}{_separator(endpoint)}credential_offer={quote(text, safe='')}"


@dataclass(frozen=True, slots=True)
class OfferReference:
    """Where an offer is to be had; short enough for a QR code."""

    uri: str = field(repr=False)

    def link(self, endpoint: str = OFFER_ENDPOINT) -> str:
        """The reference as a link to a wallet."""
        return f"{endpoint}{_separator(endpoint)}credential_offer_uri={quote(self.uri, safe='')}"


def parse_offer_link(unverified_link: str) -> CredentialOffer | OfferReference:
    """Read the link of a QR code or a button.

    Args:
        unverified_link: with the scheme ``openid-credential-offer``, ``haip-vci`` or ``https``.
    Raises:
        DocumentError: another scheme, not exactly one of ``credential_offer`` and ``credential_offer_uri``, or an offer
            of the wrong shape.
    """
    members = known_members(read_query(unverified_link), (), ("credential_offer", "credential_offer_uri"))
    if urlsplit(unverified_link).scheme not in _SCHEMES:
        raise DocumentError("$", f"must be a link of {', '.join(_SCHEMES)}")
    if len(members) != 1:
        raise DocumentError("$", "must have either credential_offer or credential_offer_uri")
    if "credential_offer_uri" in members:
        return OfferReference(web_url(members["credential_offer_uri"]))
    return CredentialOffer.from_json(members["credential_offer"].text(longest=LONGEST_OFFER).encode())


LONGEST_OFFER: Final = 1 << 16
"""Most characters of an offer in a link."""


def _separator(endpoint: str) -> str:
    return "&" if "?" in endpoint else "?"
