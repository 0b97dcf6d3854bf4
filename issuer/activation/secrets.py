# SPDX-License-Identifier: EUPL-1.2
"""Codes and PINs: how they are made, and what of them may be kept.

The letter's QR code holds a *reference*: 32 random octets. The pre-authorised code is a keyed hash of it, so that the
code itself stands in no URL and in no database; of the code its SHA-256 is kept, of the PIN a keyed hash. Who copies
the database can therefore neither redeem a code nor try PINs, and who has a letter's QR code needs its PIN as well.

Invariants:
    * Everything random comes from the operating system.
    * A PIN is compared in constant time.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from issuer.activation.model import PIN_LENGTH
from issuer.keys import ValidatorKeys
from ssi.base64url import encode_base64url

__all__ = ["SECRET_LENGTH", "ActivationSecret", "LetterSecrets", "activation_secret", "code_hash"]

SECRET_LENGTH: Final = 32
_REFERENCE_OCTETS: Final = 32
_LABEL: Final = b"stuiver/activation/v1"


def activation_secret(keys: ValidatorKeys) -> bytes:
    """The server's secret for codes and PINs, 32 octets, from the secret that a validator never changes."""
    return HKDF(algorithm=hashes.SHA256(), length=SECRET_LENGTH, salt=None, info=_LABEL).derive(keys.pinning_secret)


def code_hash(code: str) -> bytes:
    """What is kept of a code, 32 octets. The code has 256 random bits, so a plain hash tells nothing about it."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class LetterSecrets:
    """What one letter holds, and nothing else ever does."""

    reference: str = field(repr=False)
    """In the QR code: 43 characters of base64url."""
    pin: str = field(repr=False)
    """Six digits."""

    @classmethod
    def generate(cls) -> Self:
        """Fresh ones."""
        return cls(encode_base64url(secrets.token_bytes(_REFERENCE_OCTETS)), new_pin())


def new_pin() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**PIN_LENGTH):0{PIN_LENGTH}}"


@dataclass(frozen=True, slots=True)
class ActivationSecret:
    """The server's secret, and what is made with it.

    Args:
        octets: 32 octets, the same in every process of a validator.
    Raises:
        ValueError: another length.
    """

    octets: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.octets) != SECRET_LENGTH:
            raise ValueError("the activation secret has 32 octets")

    def code(self, unverified_reference: str) -> str:
        """The pre-authorised code of a letter's reference: 43 characters of base64url."""
        return encode_base64url(self._mac(b"code", unverified_reference.encode("utf-8", "surrogatepass")))

    def pin_hash(self, kept_code: bytes, unverified_pin: str) -> bytes:
        """What is kept of a PIN, 32 octets.

        Args:
            kept_code: the hash of the code that it belongs to, so that equal PINs of two letters do not look equal.
            unverified_pin: the PIN.
        """
        return self._mac(b"pin", kept_code, unverified_pin.encode("utf-8", "surrogatepass"))

    def is_pin(self, kept_code: bytes, unverified_pin: str, kept_pin: bytes) -> bool:
        """Whether this is the PIN, in constant time."""
        return hmac.compare_digest(self.pin_hash(kept_code, unverified_pin), kept_pin)

    def _mac(self, *parts: bytes) -> bytes:
        mac = hmac.new(self.octets, digestmod=hashlib.sha256)
        for part in parts:
            mac.update(len(part).to_bytes(4, "big") + part)
        return mac.digest()
