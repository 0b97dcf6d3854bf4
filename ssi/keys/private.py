# SPDX-License-Identifier: EUPL-1.2
"""Private keys that sign: Ed25519, P-256 and secp256k1.

Invariants:
    * ``repr`` and ``str`` never show the secret, and a ``PrivateKey`` refuses to be pickled: its octets are read by
      asking for ``secret_octets`` by name.
    * ECDSA is deterministic (RFC 6979), so that signing needs no randomness that could fail.
"""

from dataclasses import dataclass, field
from typing import NoReturn, Self

import nacl.bindings
import nacl.utils
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ssi.keys.errors import KeyFormatError, KeyProblem
from ssi.keys.points import CURVES, compress
from ssi.keys.public import PublicKey
from ssi.keys.types import Algorithm, KeyType

__all__ = ["SECRET_LENGTH", "PrivateKey"]

SECRET_LENGTH = 32
"""Octets of a private key of every signing type."""

_ECDSA_SHA256 = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key. Its public key is always computed from it, never supplied beside it: signing with a foreign
    Ed25519 public key would reveal the secret.

    Args:
        key_type: Ed25519, P-256 or secp256k1.
        secret_octets: 32 octets: the Ed25519 seed, or the big-endian ECDSA scalar of 1 up to the group's order.
    Raises:
        KeyFormatError: ``INVALID_SECRET``; the message says no more.
        ValueError: for a key type that does not sign.
    """

    key_type: KeyType
    secret_octets: bytes = field(repr=False)
    public_key: PublicKey = field(init=False, compare=False)
    _ecdsa: ec.EllipticCurvePrivateKey | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        algorithm = _signing_algorithm(self.key_type)
        if len(self.secret_octets) != SECRET_LENGTH:
            raise KeyFormatError(KeyProblem.INVALID_SECRET)
        if algorithm is Algorithm.ED25519:
            public_octets, _ = nacl.bindings.crypto_sign_seed_keypair(self.secret_octets)
            ecdsa = None
        else:
            curve, scalar = CURVES[self.key_type], int.from_bytes(self.secret_octets, "big")
            if not 0 < scalar < curve.group_order:
                raise KeyFormatError(KeyProblem.INVALID_SECRET)
            ecdsa = ec.derive_private_key(scalar, curve)
            public_octets = compress(ecdsa.public_key())
        object.__setattr__(self, "public_key", PublicKey(self.key_type, public_octets))
        object.__setattr__(self, "_ecdsa", ecdsa)

    @classmethod
    def generate(cls, key_type: KeyType) -> Self:
        """Make a new key from the operating system's randomness.

        Raises:
            ValueError: for a key type that does not sign.
        """
        if _signing_algorithm(key_type) is Algorithm.ED25519:
            return cls(key_type, nacl.utils.random(SECRET_LENGTH))
        scalar = ec.generate_private_key(CURVES[key_type]).private_numbers().private_value
        return cls(key_type, scalar.to_bytes(SECRET_LENGTH, "big"))

    @classmethod
    def from_octets(cls, key_type: KeyType, octets: bytes) -> Self:
        """Load 32 secret octets; arguments and errors as for the class."""
        return cls(key_type, octets)

    @property
    def algorithm(self) -> Algorithm:
        """The one algorithm this key signs with."""
        return _signing_algorithm(self.key_type)

    def sign(self, message: bytes) -> bytes:
        """Sign a message.

        Returns:
            64 octets: R and S (RFC 8032), or r and s of ECDSA with SHA-256 (RFC 7518 §3.4, RFC 8812 §3.2).
        """
        if self._ecdsa is None:
            expanded = self.secret_octets + self.public_key.octets
            return nacl.bindings.crypto_sign(message, expanded)[:64]
        r, s = decode_dss_signature(self._ecdsa.sign(message, _ECDSA_SHA256))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a private key is not pickled or copied: store its secret_octets encrypted")


def _signing_algorithm(key_type: KeyType) -> Algorithm:
    algorithm = key_type.algorithm
    if algorithm is None:
        raise ValueError(f"{key_type.value} keys do not sign here")
    return algorithm
