# SPDX-License-Identifier: EUPL-1.2
"""Asking for credentials and getting them (OpenID4VCI 1.0 sections 7 to 11).

Three members are ours; a wallet or an issuer that does not know them never sees them:

* proof type ``bbs_commitment``: the 288 octets of issuance.md 2.4 in base64url, which are bound to the octets of a
  ``c_nonce`` that stands beside them in the request's ``c_nonce`` member;
* ``companion``: a second credential, of the other kind, in the same call; its commitment is bound to the same nonce;
* ``entropy`` beside a BBS credential: the validator's share of the nym secret.
"""

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ssi.base64url import decode_base64url, encode_base64url
from ssi.credential.document import DocumentError, Node
from ssi.openid.encryption import EncryptionParameters
from ssi.openid.reading import (
    LONGEST_TEXT,
    LONGEST_TOKEN,
    find,
    known_members,
    parse_message,
    present_members,
    unique_strings,
)

__all__ = [
    "COMMITMENT_OCTETS",
    "BbsCommitmentProofs",
    "Companion",
    "CredentialRequest",
    "CredentialResponse",
    "DeferredCredentialRequest",
    "DeferredResponse",
    "IssuedItem",
    "JwtProofs",
    "NonceResponse",
    "NotificationEvent",
    "NotificationRequest",
    "Proofs",
    "commitment_nonce",
    "parse_credential_response",
]

COMMITMENT_OCTETS: Final = 288
"""Octets of a wallet's request for a BBS credential (issuance.md 2.4)."""
MOST_PROOFS: Final = 100
_COMMITMENT_TAG: Final = b"stuiver/openid/commitment/v1"
_ENTROPY_OCTETS: Final = 32
_JWT: Final = "jwt"
_BBS: Final = "bbs_commitment"
_LONGEST_PROOF: Final = 1 << 15
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")
_ASCII: Final = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+")


@dataclass(frozen=True, slots=True)
class JwtProofs:
    """Proofs of possession as tokens, one for each key that a credential is to be bound to."""

    jwts: tuple[str, ...] = field(repr=False)

    def to_json(self) -> dict[str, object]:
        """The ``proofs`` object."""
        return {_JWT: list(self.jwts)}


@dataclass(frozen=True, slots=True)
class BbsCommitmentProofs:
    """Commitments to the holder secret, 288 octets each."""

    commitments: tuple[bytes, ...] = field(repr=False)

    def to_json(self) -> dict[str, object]:
        """The ``proofs`` object."""
        return {_BBS: [encode_base64url(octets) for octets in self.commitments]}


Proofs = JwtProofs | BbsCommitmentProofs


def commitment_nonce(c_nonce: str, credential_issuer: str) -> bytes:
    """(6.1) The octets that a BBS commitment is bound to: the nonce and whose it is.

    The issuer's identifier is in them, so that an issuer cannot pass on the nonce of another one, and with it a
    citizen's commitment under somebody else's token.

    Args:
        c_nonce: as the nonce endpoint gave it.
        credential_issuer: the identifier that the wallet fetched the metadata of, and the issuer's own.
    Returns:
        32 octets.
    Raises:
        DocumentError: the nonce is not base64url of 16 to 64 octets, so this issuer's commitments cannot be made.
    """
    try:
        octets = decode_base64url(c_nonce)
    except ValueError:
        octets = b""
    if not 16 <= len(octets) <= 64:
        raise DocumentError("$.c_nonce", "must be base64url of 16 to 64 octets")
    issuer = credential_issuer.encode()
    return hashlib.sha256(_COMMITMENT_TAG + len(issuer).to_bytes(4, "big") + issuer + octets).digest()


@dataclass(frozen=True, slots=True)
class Companion:
    """The BBS credential that comes along with SD-JWT VCs; named by configuration or by identifier."""

    credential_configuration_id: str | None
    credential_identifier: str | None
    proofs: BbsCommitmentProofs

    @classmethod
    def from_node(cls, node: Node) -> "Companion":
        """Read the member."""
        members = known_members(node, ("proofs",), ("credential_configuration_id", "credential_identifier"))
        configuration, identifier = _what(node, members)
        proofs = _proofs(members["proofs"])
        if not isinstance(proofs, BbsCommitmentProofs):
            members["proofs"].refuse("must be bbs_commitment")
        return cls(configuration, identifier, proofs)

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        return present_members(
            {
                "credential_configuration_id": self.credential_configuration_id,
                "credential_identifier": self.credential_identifier,
                "proofs": self.proofs.to_json(),
            }
        )


@dataclass(frozen=True, slots=True)
class CredentialRequest:
    """Which credential, and the keys it is to be bound to."""

    credential_configuration_id: str | None
    credential_identifier: str | None
    """Exactly one of these two."""
    proofs: Proofs | None
    response_encryption: EncryptionParameters | None = None
    companion: Companion | None = None
    c_nonce: str | None = field(default=None, repr=False)
    """With ``bbs_commitment`` proofs: the nonce that they are bound to."""

    @classmethod
    def from_json(cls, unverified: bytes) -> "CredentialRequest":
        """Read a request; ``ssi.openid.errors.credential_error_code`` names the code for its DocumentError."""
        node = parse_message(unverified)
        members = known_members(
            node,
            (),
            (
                "credential_configuration_id",
                "credential_identifier",
                "proofs",
                "credential_response_encryption",
                "companion",
                "c_nonce",
            ),
        )
        configuration, identifier = _what(node, members)
        proofs = find(members, "proofs", _proofs)
        companion = find(members, "companion", Companion.from_node)
        if isinstance(proofs, BbsCommitmentProofs) and "c_nonce" not in members:
            raise DocumentError("$.proofs", "must have c_nonce beside it when it is bbs_commitment")
        if companion is not None and not isinstance(proofs, JwtProofs):
            raise DocumentError("$.companion", "must come with jwt proofs")
        return cls(
            configuration,
            identifier,
            proofs,
            find(members, "credential_response_encryption", EncryptionParameters.from_node),
            companion,
            find(members, "c_nonce", lambda member: member.text(longest=200)),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_json`` reads."""
        encryption = self.response_encryption
        return present_members(
            {
                "credential_configuration_id": self.credential_configuration_id,
                "credential_identifier": self.credential_identifier,
                "proofs": self.proofs.to_json() if self.proofs else None,
                "credential_response_encryption": encryption.to_json() if encryption else None,
                "companion": self.companion.to_json() if self.companion else None,
                "c_nonce": self.c_nonce,
            }
        )


@dataclass(frozen=True, slots=True)
class IssuedItem:
    """One issued credential; personal."""

    credential: str = field(repr=False)
    entropy: bytes | None = field(default=None, repr=False)
    """Of a BBS credential: 32 octets."""

    @classmethod
    def from_node(cls, node: Node) -> "IssuedItem":
        """Read one item of ``credentials``."""
        members = known_members(node, ("credential",), ("entropy",))
        return cls(
            members["credential"].text(longest=LONGEST_TOKEN),
            find(members, "entropy", lambda member: _octets(member, _ENTROPY_OCTETS)),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        entropy = None if self.entropy is None else encode_base64url(self.entropy)
        return present_members({"credential": self.credential, "entropy": entropy})


@dataclass(frozen=True, slots=True)
class CredentialResponse:
    """The credentials that were asked for."""

    credentials: tuple[IssuedItem, ...]
    notification_id: str | None = None
    companion: tuple[IssuedItem, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The object that ``parse_credential_response`` reads."""
        companion = {"credentials": [item.to_json() for item in self.companion]} if self.companion else None
        return present_members(
            {
                "credentials": [item.to_json() for item in self.credentials],
                "notification_id": self.notification_id,
                "companion": companion,
            }
        )


@dataclass(frozen=True, slots=True)
class DeferredResponse:
    """Not yet: ask again with this identifier, not before ``interval`` seconds have passed."""

    transaction_id: str = field(repr=False)
    interval: int

    def to_json(self) -> dict[str, object]:
        """The object that ``parse_credential_response`` reads."""
        return {"transaction_id": self.transaction_id, "interval": self.interval}


def parse_credential_response(unverified: bytes) -> CredentialResponse | DeferredResponse:
    """Read the body of a credential response or deferred credential response; nothing in it is verified.

    Raises:
        DocumentError: not exactly one of ``credentials`` and ``transaction_id``, or a wrong shape.
    """
    names = ("credentials", "transaction_id", "interval", "notification_id", "companion")
    members = known_members(parse_message(unverified), (), names)
    if ("credentials" in members) is ("transaction_id" in members):
        raise DocumentError("$", "must have either credentials or transaction_id")
    if "transaction_id" in members:
        if "interval" not in members:
            raise DocumentError("$.interval", "is missing")
        interval = members["interval"].integer(1, 1 << 31)
        return DeferredResponse(members["transaction_id"].text(longest=LONGEST_TEXT), interval)
    return CredentialResponse(
        _items(members["credentials"]),
        find(members, "notification_id", lambda member: member.text(longest=LONGEST_TEXT)),
        find(members, "companion", lambda member: _items(known_members(member, ("credentials",))["credentials"])) or (),
    )


@dataclass(frozen=True, slots=True)
class DeferredCredentialRequest:
    """Asking again for what was deferred."""

    transaction_id: str = field(repr=False)
    response_encryption: EncryptionParameters | None = None

    @classmethod
    def from_json(cls, unverified: bytes) -> "DeferredCredentialRequest":
        """Read a request; DocumentError names the member and the rule."""
        names = ("credential_response_encryption",)
        members = known_members(parse_message(unverified), ("transaction_id",), names)
        return cls(
            members["transaction_id"].text(longest=LONGEST_TEXT),
            find(members, "credential_response_encryption", EncryptionParameters.from_node),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_json`` reads."""
        encryption = self.response_encryption.to_json() if self.response_encryption else None
        return present_members({"transaction_id": self.transaction_id, "credential_response_encryption": encryption})


class NotificationEvent(StrEnum):
    """What became of the credentials."""

    ACCEPTED = "credential_accepted"
    FAILURE = "credential_failure"
    DELETED = "credential_deleted"


@dataclass(frozen=True, slots=True)
class NotificationRequest:
    """What became of the credentials of one response."""

    notification_id: str
    event: NotificationEvent
    event_description: str | None = None

    @classmethod
    def from_json(cls, unverified: bytes) -> "NotificationRequest":
        """Read a notification; DocumentError names the member and the rule."""
        members = known_members(parse_message(unverified), ("notification_id", "event"), ("event_description",))
        return cls(
            members["notification_id"].text(longest=LONGEST_TEXT),
            NotificationEvent(members["event"].choice(tuple(NotificationEvent))),
            find(members, "event_description", lambda member: member.text(_ASCII)),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_json`` reads."""
        return present_members(
            {
                "notification_id": self.notification_id,
                "event": self.event.value,
                "event_description": self.event_description,
            }
        )


@dataclass(frozen=True, slots=True)
class NonceResponse:
    """A fresh nonce for proofs."""

    c_nonce: str = field(repr=False)

    @classmethod
    def from_json(cls, unverified: bytes) -> "NonceResponse":
        """Read the body of the answer."""
        return cls(known_members(parse_message(unverified), ("c_nonce",))["c_nonce"].text(longest=LONGEST_TEXT))

    def to_json(self) -> dict[str, object]:
        """The object that ``from_json`` reads."""
        return {"c_nonce": self.c_nonce}


def _what(node: Node, members: dict[str, Node]) -> tuple[str | None, str | None]:
    """Configuration and identifier, of which exactly one is there."""
    configuration = find(members, "credential_configuration_id", lambda member: member.text(longest=200))
    identifier = find(members, "credential_identifier", lambda member: member.text(longest=LONGEST_TEXT))
    if (configuration is None) is (identifier is None):
        node.refuse("must have either credential_configuration_id or credential_identifier")
    return configuration, identifier


def _proofs(node: Node) -> Proofs:
    found = node.entries()
    if len(found) != 1:
        node.refuse("must have exactly one proof type")
    if _JWT in found:
        return JwtProofs(unique_strings(found[_JWT], most=MOST_PROOFS, longest=_LONGEST_PROOF))
    if _BBS not in found:
        node.refuse("must be of proof type jwt or bbs_commitment")
    items = found[_BBS].items(1, MOST_PROOFS)
    return BbsCommitmentProofs(tuple(_octets(item, COMMITMENT_OCTETS) for item in items))


def _items(node: Node) -> tuple[IssuedItem, ...]:
    return tuple(IssuedItem.from_node(item) for item in node.items(1, MOST_PROOFS))


def _octets(node: Node, length: int) -> bytes:
    try:
        octets = decode_base64url(node.text(_BASE64URL, longest=2 * length))
    except ValueError:
        octets = b""
    if len(octets) != length:
        node.refuse(f"must be base64url of {length} octets")
    return octets
