# SPDX-License-Identifier: EUPL-1.2
"""What travels between validator and wallet, as JSON: the session, the wallet's request, and the issuance.

Octets are base64url without padding. Every member is required and no other is read.

    session    format, validator, nonce, credential_types, expires_at     validator to wallet
    request    format, validator, nonce, credential_type, request         wallet to validator
    account request   the same, and account, signature                    wallet to the desk of a pass (pass.md 2.2)
    issuance   format, validator, nonce, credential, entropy              validator to wallet; personal

Nothing read here is verified: a desk verifies requests, a wallet what it was issued.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Self

from ssi.base64url import decode_base64url, encode_base64url
from ssi.bbs.suite import SCALAR_BYTES
from ssi.credential.document import Node, parse_document
from ssi.credential.issuance import Issuance
from ssi.credential.jwp import MAX_CHARACTERS

__all__ = ["AccountRequestMessage", "IssuanceMessage", "RequestMessage", "SessionMessage"]

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_MAX_TYPES: Final = 100
_SESSION: Final = "stuiver/session/v1"
_REQUEST: Final = "stuiver/issuance-request/v1"
_ACCOUNT_REQUEST: Final = "stuiver/account-request/v1"
_ACCOUNT_CHARACTERS: Final = 42
_REQUEST_MEMBERS: Final = ("validator", "nonce", "credential_type", "request")
_ISSUANCE: Final = "stuiver/issuance/v1"


@dataclass(frozen=True, slots=True)
class SessionMessage:
    """Permission to ask for one credential, once."""

    validator: str
    """The DID that the request must be made for."""
    nonce: bytes
    credential_types: tuple[str, ...]
    """The ``vct`` of each type that can be asked for."""
    expires_at: datetime
    """Aware UTC, whole seconds."""

    @classmethod
    def from_json(cls, unverified: bytes) -> Self:
        """Read a session. DocumentError names the member and the rule."""
        members = _members(unverified, _SESSION, ("validator", "nonce", "credential_types", "expires_at"))
        try:
            expires_at = datetime.fromisoformat(members["expires_at"].text(_MOMENT)).astimezone(UTC)
        except ValueError:
            members["expires_at"].refuse("must be a moment that exists")
        return cls(
            members["validator"].text(),
            _octets(members["nonce"], 16, 64),
            tuple(item.text() for item in members["credential_types"].items(1, _MAX_TYPES)),
            expires_at,
        )

    def to_json(self) -> bytes:
        """The message, for the wallet of the person that the session is of."""
        return _message(
            _SESSION,
            validator=self.validator,
            nonce=encode_base64url(self.nonce),
            credential_types=list(self.credential_types),
            expires_at=self.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )


@dataclass(frozen=True, slots=True)
class RequestMessage:
    """A wallet's request: which credential, and the 288 octets of issuance.md 2.4, not yet verified."""

    validator: str
    nonce: bytes
    credential_type: str
    """The ``vct`` of the type that is asked for."""
    unverified_request: bytes

    @classmethod
    def from_json(cls, unverified: bytes) -> Self:
        """Read a request. DocumentError names the member and the rule."""
        return cls.from_members(_members(unverified, _REQUEST, _REQUEST_MEMBERS))

    def to_json(self) -> bytes:
        """The message, for the validator."""
        return _message(_REQUEST, **self.members())

    @classmethod
    def from_members(cls, members: Mapping[str, Node]) -> Self:
        """The request among these members of a document."""
        return cls(
            members["validator"].text(),
            _octets(members["nonce"], 16, 64),
            members["credential_type"].text(),
            _octets(members["request"], 1, 1000),
        )

    def members(self) -> dict[str, str]:
        """What stands in the document."""
        return {
            "validator": self.validator,
            "nonce": encode_base64url(self.nonce),
            "credential_type": self.credential_type,
            "request": encode_base64url(self.unverified_request),
        }


@dataclass(frozen=True, slots=True)
class AccountRequestMessage:
    """A request that a pass account signed, for the desk that knows its records by account and not by person."""

    account: str
    """Not yet verified, as all of it."""
    request: RequestMessage
    signature: bytes
    """65 octets, over nonce and request."""

    @classmethod
    def from_json(cls, unverified: bytes) -> Self:
        """Read a request. DocumentError names the member and the rule."""
        members = _members(unverified, _ACCOUNT_REQUEST, ("account", *_REQUEST_MEMBERS, "signature"))
        account = members["account"].text(longest=_ACCOUNT_CHARACTERS)
        return cls(account, RequestMessage.from_members(members), _octets(members["signature"], 65, 65))

    def to_json(self) -> bytes:
        """The message, for the desk."""
        signature = encode_base64url(self.signature)
        return _message(_ACCOUNT_REQUEST, account=self.account, **self.request.members(), signature=signature)


@dataclass(frozen=True, slots=True)
class IssuanceMessage:
    """The credential and the validator's share of the nym secret. Personal."""

    validator: str
    nonce: bytes
    """Of the request that it answers."""
    issuance: Issuance = field(repr=False)

    @classmethod
    def from_json(cls, unverified: bytes) -> Self:
        """Read an issuance; nothing of it is verified before the wallet accepts it. DocumentError as above."""
        members = _members(unverified, _ISSUANCE, ("validator", "nonce", "credential", "entropy"))
        entropy = int.from_bytes(_octets(members["entropy"], SCALAR_BYTES, SCALAR_BYTES), "big")
        credential = members["credential"].text(longest=MAX_CHARACTERS)
        return cls(members["validator"].text(), _octets(members["nonce"], 16, 64), Issuance(credential, entropy))

    def to_json(self) -> bytes:
        """The message, for the wallet that asked and nobody else."""
        return _message(
            _ISSUANCE,
            validator=self.validator,
            nonce=encode_base64url(self.nonce),
            credential=self.issuance.credential,
            entropy=encode_base64url(self.issuance.entropy.to_bytes(SCALAR_BYTES, "big")),
        )


def _members(unverified: bytes, message_format: str, names: tuple[str, ...]) -> dict[str, Node]:
    document = parse_document(unverified)
    found = document.entries()
    if "format" not in found or found["format"].value != message_format:
        Node(None, "$.format").refuse(f"must be {message_format}")
    return document.members(("format", *names))


def _message(message_format: str, **members: object) -> bytes:
    return json.dumps({"format": message_format, **members}, indent=2, ensure_ascii=False).encode() + b"\n"


def _octets(node: Node, least: int, most: int) -> bytes:
    text = node.text(_BASE64URL, longest=2000)
    try:
        octets = decode_base64url(text)
    except ValueError:
        octets = b""
    if not least <= len(octets) <= most:
        node.refuse("must be base64url without padding, of the length that its format has")
    return octets
