# SPDX-License-Identifier: EUPL-1.2
"""Public keys: parse from a Multikey or a JSON Web Key, print, and verify signatures.

Invariant: a ``PublicKey`` that exists holds the one canonical encoding of a usable key. Its octets are 32 (Ed25519,
X25519), 33, 49 or 67 (compressed P-256 and secp256k1, P-384, P-521), 48 or 96 (compressed BLS12-381 G1, G2), or a DER
``RSAPublicKey``.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import nacl.bindings
import nacl.encoding
import nacl.exceptions
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from ssi.errors import Reason, VerificationError
from ssi.keys.errors import KeyFormatError, KeyProblem
from ssi.keys.jwk import jwk_from_octets, octets_from_jwk
from ssi.keys.multibase import decode_multikey, encode_multikey
from ssi.keys.points import check_public_octets, load_ec
from ssi.keys.types import Algorithm, KeyType

__all__ = ["SIGNATURE_LENGTH", "PublicKey"]

SIGNATURE_LENGTH = 64
"""Octets of a signature of every algorithm here: R and S of Ed25519, or r and s of ECDSA, 32 octets each."""

_ECDSA_SHA256 = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key.

    Args:
        key_type: its kind.
        octets: its canonical encoding, see the module.
    Raises:
        KeyFormatError: if the octets are not a usable key of this type.
    """

    key_type: KeyType
    octets: bytes

    def __post_init__(self) -> None:
        check_public_octets(self.key_type, self.octets)

    @classmethod
    def from_multikey(cls, unverified_text: str) -> "PublicKey":
        """Read multibase base58btc text with a multicodec prefix, as in did:key and ``publicKeyMultibase``.

        Raises:
            KeyFormatError: for other bases and codecs, wrong lengths and invalid points.
        """
        codec, octets = decode_multikey(unverified_text)
        key_type = KeyType.find_by_codec(codec)
        if key_type is None:
            raise KeyFormatError(KeyProblem.UNKNOWN_KEY_TYPE)
        return cls(key_type, octets)

    def to_multikey(self) -> str:
        """The text that ``from_multikey`` reads."""
        return encode_multikey(self.key_type.codec, self.octets)

    @classmethod
    def from_jwk(cls, unverified_jwk: Mapping[str, object]) -> "PublicKey":
        """Read a public JSON Web Key (a decoded JSON object).

        Raises:
            KeyFormatError: for private members, unknown types, wrong lengths, invalid points, and an ``alg`` of
                another key type.
        """
        return cls(*octets_from_jwk(unverified_jwk))

    def to_jwk(self) -> dict[str, str]:
        """The JSON Web Key, with its required members only."""
        return jwk_from_octets(self.key_type, self.octets)

    def thumbprint(self) -> str:
        """The JWK SHA-256 thumbprint of RFC 7638, base64url, 43 characters."""
        canonical = json.dumps(self.to_jwk(), sort_keys=True, separators=(",", ":")).encode("ascii")
        digest = hashlib.sha256(canonical).digest()
        return nacl.encoding.URLSafeBase64Encoder.encode(digest).rstrip(b"=").decode("ascii")

    def verify(self, message: bytes, signature: bytes) -> None:
        """Verify a signature with this key type's one algorithm.

        Args:
            message: what was signed, any length.
            signature: 64 octets: R and S (RFC 8032), or r and s (RFC 7518 §3.4).
        Raises:
            VerificationError: ``WRONG_ALGORITHM`` if this type cannot verify, ``WRONG_LENGTH`` if the signature is
                not 64 octets, ``INVALID_SIGNATURE`` if it does not hold.
        """
        algorithm = self.key_type.algorithm
        if algorithm is None:
            raise VerificationError(Reason.WRONG_ALGORITHM)
        if len(signature) != SIGNATURE_LENGTH:
            raise VerificationError(Reason.WRONG_LENGTH)
        if algorithm is Algorithm.ED25519:
            try:
                nacl.bindings.crypto_sign_open(signature + message, self.octets)
            except nacl.exceptions.CryptoError:
                raise VerificationError(Reason.INVALID_SIGNATURE) from None
            return
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            load_ec(self.key_type, self.octets).verify(encode_dss_signature(r, s), message, _ECDSA_SHA256)
        except InvalidSignature:
            raise VerificationError(Reason.INVALID_SIGNATURE) from None

    def verify_jose(self, unverified_alg: object, message: bytes, signature: bytes) -> None:
        """Verify a JOSE signature whose header names its algorithm; the header never chooses, it must agree.

        Args:
            unverified_alg: the header's ``alg``.
            message: the JWS signing input.
            signature: 64 octets.
        Raises:
            VerificationError: ``WRONG_ALGORITHM`` if ``alg`` is not this key type's; else as ``verify``.
        """
        if Algorithm.from_jose(unverified_alg) is not self.key_type.algorithm:
            raise VerificationError(Reason.WRONG_ALGORITHM)
        self.verify(message, signature)
