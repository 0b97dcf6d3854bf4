# SPDX-License-Identifier: EUPL-1.2
"""The key types and signature algorithms, with their multicodec, JWK and JOSE names.

Sources: the multicodec table (``*-pub`` entries); RFC 7518 and RFC 8037 (``kty``, ``crv``); RFC 8812 (secp256k1,
ES256K); RFC 9864 (``Ed25519`` beside the older ``EdDSA``); draft-ietf-cose-bls-key-representations-08 (BLS curves).
"""

from enum import StrEnum

from ssi.errors import Reason, VerificationError

__all__ = ["Algorithm", "KeyType"]


class KeyType(StrEnum):
    """A kind of public key; the value is its name in JSON Web Keys (``crv``, or ``kty`` for RSA).

    Signatures are checked with ``ED25519``, ``P256`` and ``SECP256K1``; credentials use ``BLS12_381_G2``. The other
    types exist because DID documents contain them: they parse and print, and refuse to verify anything.
    """

    ED25519 = "Ed25519"
    X25519 = "X25519"
    P256 = "P-256"
    P384 = "P-384"
    P521 = "P-521"
    SECP256K1 = "secp256k1"
    BLS12_381_G1 = "BLS12381G1"
    BLS12_381_G2 = "BLS12381G2"
    RSA = "RSA"

    @property
    def codec(self) -> int:
        """The multicodec code of this type's public key."""
        return _CODECS[self]

    @property
    def octet_length(self) -> int | None:
        """Length of the public key's octets (elliptic-curve points are compressed); None for RSA, which varies."""
        return _LENGTHS.get(self)

    @property
    def kty(self) -> str:
        """The JSON Web Key ``kty``: ``OKP``, ``EC`` or ``RSA``."""
        if self is KeyType.RSA:
            return "RSA"
        return "EC" if self in _COORDINATE_LENGTHS else "OKP"

    @property
    def coordinate_length(self) -> int | None:
        """Octets of one coordinate of a short Weierstrass point; None for types without ``y`` in their JWK."""
        return _COORDINATE_LENGTHS.get(self)

    @property
    def algorithm(self) -> "Algorithm | None":
        """The one signature algorithm of this type, or None if it cannot sign here."""
        return _ALGORITHMS.get(self)

    @classmethod
    def find_by_codec(cls, codec: int) -> "KeyType | None":
        """The type with this multicodec code, or None."""
        return _BY_CODEC.get(codec)


class Algorithm(StrEnum):
    """A signature algorithm; the value is its fully specified JOSE name."""

    ED25519 = "Ed25519"
    ES256 = "ES256"
    ES256K = "ES256K"

    @classmethod
    def from_jose(cls, unverified_name: object) -> "Algorithm":
        """Read a JOSE ``alg`` value.

        Args:
            unverified_name: ``EdDSA``, ``Ed25519``, ``ES256`` or ``ES256K``; ``EdDSA`` means Ed25519, the only
                Edwards curve here.
        Raises:
            VerificationError: ``WRONG_ALGORITHM`` for every other name, ``none`` included.
        """
        algorithm = _JOSE_NAMES.get(unverified_name) if isinstance(unverified_name, str) else None
        if algorithm is None:
            raise VerificationError(Reason.WRONG_ALGORITHM)
        return algorithm


_CODECS = {
    KeyType.SECP256K1: 0xE7,
    KeyType.BLS12_381_G1: 0xEA,
    KeyType.BLS12_381_G2: 0xEB,
    KeyType.X25519: 0xEC,
    KeyType.ED25519: 0xED,
    KeyType.P256: 0x1200,
    KeyType.P384: 0x1201,
    KeyType.P521: 0x1202,
    KeyType.RSA: 0x1205,
}
_BY_CODEC = {codec: key_type for key_type, codec in _CODECS.items()}
_COORDINATE_LENGTHS = {KeyType.P256: 32, KeyType.SECP256K1: 32, KeyType.P384: 48, KeyType.P521: 66}
_LENGTHS = {
    KeyType.ED25519: 32,
    KeyType.X25519: 32,
    KeyType.BLS12_381_G1: 48,
    KeyType.BLS12_381_G2: 96,
    **{key_type: 1 + length for key_type, length in _COORDINATE_LENGTHS.items()},
}
_ALGORITHMS = {
    KeyType.ED25519: Algorithm.ED25519,
    KeyType.P256: Algorithm.ES256,
    KeyType.SECP256K1: Algorithm.ES256K,
}
_JOSE_NAMES = {"EdDSA": Algorithm.ED25519, **{algorithm.value: algorithm for algorithm in Algorithm}}
