# SPDX-License-Identifier: EUPL-1.2
"""What a presentation is bound to: the verifier's scope, and one request (presentation.md sections 2 and 3)."""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Final

__all__ = ["SALT_OCTETS", "Binding", "context_id"]

SALT_OCTETS: Final = 16
_TAG: Final = b"stuiver/presentation/v1"
_ADDRESS_OCTETS: Final = 20
_CLIENT_ID: Final = re.compile(r"[!-~]{1,8192}")


@dataclass(frozen=True, slots=True)
class Binding:
    """One request of one verifier. Verifier and wallet compute it each from the request that it sent or verified.

    Args:
        client_id: the whole client identifier, prefix included; printable ASCII without spaces.
        nonce: the request's.
        response_uri: where the answer goes.
        transaction_data: the texts, as in the request, that the presentation approves; in the request's order.
    """

    client_id: str
    nonce: str = field(repr=False)
    response_uri: str
    transaction_data: tuple[str, ...]

    def __post_init__(self) -> None:
        if _CLIENT_ID.fullmatch(self.client_id) is None or not self.nonce or not self.response_uri:
            raise ValueError("a binding has a client identifier without spaces, a nonce and an address")

    def recipient(self, salt: bytes) -> bytes:
        """(3.2) The 20 octets that stand in the proof where a claim has its payment account.

        Args:
            salt: 16 octets that the wallet drew for this presentation.
        """
        if len(salt) != SALT_OCTETS:
            raise ValueError(f"a salt has {SALT_OCTETS} octets")
        parts = [_TAG, salt, self.nonce.encode(), self.client_id.encode(), self.response_uri.encode()]
        parts += [hashlib.sha256(text.encode()).digest() for text in self.transaction_data]
        joined = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hashlib.sha256(joined).digest()[:_ADDRESS_OCTETS]


def context_id(client_id: str, scope: str) -> bytes:
    """(2.1) What the pseudonym is unique in; a client identifier has no space, so that no two pairs share one."""
    return b" ".join((_TAG, client_id.encode(), scope.encode()))
