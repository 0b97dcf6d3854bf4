# SPDX-License-Identifier: EUPL-1.2
"""SD-JWT credentials as the wallet keeps them, and its standing with issuers. Goes into the encrypted file only.

An SD-JWT is linkable by its salts and its signature, so an issuer gives several copies, each bound to a key of its
own, and a copy is shown once.

Invariants:
    * A copy that was shown stays marked, also when the wallet is restored from its file.
    * Keys come from the recovery phrase by index; an index is random, so that a restored wallet does not repeat keys.
    * ``repr`` shows no credential, no key index and no token.
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Self

from ssi.credential.document import Node

__all__ = ["CopiedCredential", "CredentialCopy", "IssuerConnection", "draw_key_index"]

_MANY: Final = 1000
_LONG: Final = 1 << 18


def draw_key_index() -> int:
    """The index of a new document key, 32 bits."""
    return secrets.randbelow(1 << 32)


@dataclass(frozen=True, slots=True)
class CredentialCopy:
    """One copy of a credential.

    Attributes:
        text: the SD-JWT with all its disclosures, without key binding.
        key_index: which document key it is bound to.
        shown_to: the client identifier of the verifier that saw it; empty as long as nobody did.
    """

    text: str = field(repr=False)
    key_index: int = field(repr=False)
    shown_to: str = ""


@dataclass(frozen=True, slots=True)
class CopiedCredential:
    """One credential in several copies, all verified when they were received.

    Attributes:
        vct: its type.
        issuer: who signed it, as the trust list says.
        connection: the identifier of the credential issuer that it was fetched from.
        configuration_id: under which it is asked for again.
        expires_at: aware, UTC; None when it never expires.
    """

    vct: str
    issuer: str
    connection: str
    configuration_id: str
    expires_at: datetime | None
    copies: tuple[CredentialCopy, ...] = field(repr=False)

    @property
    def unused(self) -> tuple[CredentialCopy, ...]:
        """The copies that nobody has seen."""
        return tuple(copy for copy in self.copies if not copy.shown_to)

    def with_shown(self, copy: CredentialCopy, client_id: str) -> Self:
        """With one copy marked as seen by a verifier."""
        shown = replace(copy, shown_to=client_id)
        return replace(self, copies=tuple(shown if other is copy else other for other in self.copies))

    def replaces(self, other: "CopiedCredential") -> bool:
        """Whether it is a newer issue of the same thing."""
        return (self.vct, self.issuer) == (other.vct, other.issuer)

    def to_json(self) -> dict[str, Any]:
        """The form in the wallet's file."""
        return {
            "vct": self.vct,
            "issuer": self.issuer,
            "connection": self.connection,
            "configuration_id": self.configuration_id,
            "expires_at": None if self.expires_at is None else int(self.expires_at.timestamp()),
            "copies": [[copy.text, copy.key_index, copy.shown_to] for copy in self.copies],
        }

    @classmethod
    def from_node(cls, node: Node) -> Self:
        """Read what ``to_json`` wrote; DocumentError."""
        names = ("vct", "issuer", "connection", "configuration_id", "expires_at", "copies")
        members = node.members(names)
        expires = members["expires_at"]
        copies = []
        for item in members["copies"].items(0, _MANY):
            text, index, shown_to = item.items(3, 3)
            copies.append(CredentialCopy(text.text(longest=_LONG), _index(index), str(shown_to.value)))
        return cls(
            vct=members["vct"].text(),
            issuer=members["issuer"].text(longest=_LONG),
            connection=members["connection"].text(longest=2000),
            configuration_id=members["configuration_id"].text(),
            expires_at=None if expires.value is None else datetime.fromtimestamp(expires.integer(0, 1 << 40), UTC),
            copies=tuple(copies),
        )


@dataclass(frozen=True, slots=True)
class IssuerConnection:
    """The wallet's standing with a credential issuer: how it asks for new copies without a new letter.

    Attributes:
        credential_issuer: its identifier, a URL.
        token_endpoint: where the refresh token is used.
        configuration_ids: what may be asked for.
        key_index: which document key the tokens are bound to (DPoP).
    """

    credential_issuer: str
    token_endpoint: str
    configuration_ids: tuple[str, ...]
    key_index: int = field(repr=False)
    refresh_token: str = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """The form in the wallet's file."""
        return {
            "credential_issuer": self.credential_issuer,
            "token_endpoint": self.token_endpoint,
            "configuration_ids": list(self.configuration_ids),
            "key_index": self.key_index,
            "refresh_token": self.refresh_token,
        }

    @classmethod
    def from_node(cls, node: Node) -> Self:
        """Read what ``to_json`` wrote; DocumentError."""
        names = ("credential_issuer", "token_endpoint", "configuration_ids", "key_index", "refresh_token")
        members = node.members(names)
        return cls(
            credential_issuer=members["credential_issuer"].text(longest=2000),
            token_endpoint=members["token_endpoint"].text(longest=2000),
            configuration_ids=tuple(item.text() for item in members["configuration_ids"].items(0, _MANY)),
            key_index=_index(members["key_index"]),
            refresh_token=members["refresh_token"].text(longest=4000),
        )


def _index(node: Node) -> int:
    return node.integer(0, (1 << 32) - 1)
