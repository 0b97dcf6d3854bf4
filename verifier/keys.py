# SPDX-License-Identifier: EUPL-1.2
"""The verifier's secrets: the key that signs requests, and the key that signs receipts.

They live in one sealed file (``ssi.sealed_file``), whose content is what ``to_octets`` writes. Two keys, because a
receipt is checked long after the certificate of the request key is replaced.

Invariant: ``repr`` shows no secret.
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Final, Self

from ssi.keys import KeyFormatError, KeyType, PrivateKey
from ssi.sealed_file import SealedKind
from verifier.errors import KeyFileError

__all__ = ["KEY_FILE", "VerifierKeys"]

KEY_FILE: Final = SealedKind(b"STUIVERR", "stuiver verifier keys v1")
"""The kind of sealed file that holds a verifier's keys."""
_FORMAT: Final = "stuiver/verifier-keys/v1"


@dataclass(frozen=True, slots=True)
class VerifierKeys:
    """Everything secret that a verifier has between two requests. Both keys are P-256."""

    request: PrivateKey = field(repr=False)
    receipt: PrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        """Fresh keys."""
        return cls(PrivateKey.generate(KeyType.P256), PrivateKey.generate(KeyType.P256))

    @classmethod
    def from_octets(cls, octets: bytes) -> Self:
        """Read what ``to_octets`` wrote; KeyFileError names the member that is wrong."""
        try:
            document = json.loads(octets)
        except ValueError:
            raise KeyFileError("$") from None
        if not isinstance(document, dict) or document.keys() != {"format", "request", "receipt"}:
            raise KeyFileError("$")
        if document["format"] != _FORMAT:
            raise KeyFileError("format")
        return cls(_key(document["request"], "request"), _key(document["receipt"], "receipt"))

    def to_octets(self) -> bytes:
        """The content of the key file: JSON in UTF-8. Secret; to be sealed and nowhere else."""
        keys = {"request": self.request, "receipt": self.receipt}
        texts = {name: base64.b64encode(key.secret_octets).decode("ascii") for name, key in keys.items()}
        return json.dumps({"format": _FORMAT, **texts}, sort_keys=True).encode()


def _key(text: object, member: str) -> PrivateKey:
    try:
        octets = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
        return PrivateKey.from_octets(KeyType.P256, octets)
    except (binascii.Error, KeyFormatError):
        raise KeyFileError(member) from None
