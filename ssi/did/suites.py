# SPDX-License-Identifier: EUPL-1.2
"""The names that DID documents give to kinds of keys: Multikey, JSON Web Key 2020, and the older suites.

Sources: Controlled Identifiers 1.0 §2.2 (Multikey), the JSON Web Signature 2020 suite, and the suites of 2018 to 2021
that the did:key method's vectors use.
"""

from dataclasses import dataclass
from types import MappingProxyType

import base58

from ssi.keys import KeyFormatError, KeyProblem, KeyType, PublicKey

__all__ = [
    "CONTEXT_DID",
    "CONTEXT_JWS_2020",
    "CONTEXT_MULTIKEY",
    "JSON_WEB_KEY_2020",
    "MULTIKEY",
    "SUITES",
    "SUITE_KEY_TYPES",
    "Suite",
    "from_base58",
    "to_base58",
]

CONTEXT_DID = "https://www.w3.org/ns/did/v1"
CONTEXT_MULTIKEY = "https://w3id.org/security/multikey/v1"
CONTEXT_JWS_2020 = "https://w3id.org/security/suites/jws-2020/v1"
MULTIKEY = "Multikey"
JSON_WEB_KEY_2020 = "JsonWebKey2020"

_MAX_BASE58_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Suite:
    """An older suite: the method type and the JSON-LD context that defines it."""

    method_type: str
    context: str


SUITES = MappingProxyType(
    {
        KeyType.ED25519: Suite("Ed25519VerificationKey2018", "https://w3id.org/security/suites/ed25519-2018/v1"),
        KeyType.X25519: Suite("X25519KeyAgreementKey2019", "https://w3id.org/security/suites/x25519-2019/v1"),
        KeyType.P256: Suite("P256Key2021", "https://w3id.org/security/suites/multikey-2021/v1"),
        KeyType.SECP256K1: Suite(
            "EcdsaSecp256k1VerificationKey2019", "https://w3id.org/security/suites/secp256k1-2019/v1"
        ),
        KeyType.BLS12_381_G1: Suite("Bls12381G1Key2020", "https://w3id.org/security/suites/bls12381-2020/v1"),
        KeyType.BLS12_381_G2: Suite("Bls12381G2Key2020", "https://w3id.org/security/suites/bls12381-2020/v1"),
    }
)
"""The suite of each key type that had one of its own."""

SUITE_KEY_TYPES = MappingProxyType(
    {
        **{suite.method_type: key_type for key_type, suite in SUITES.items()},
        "Ed25519VerificationKey2020": KeyType.ED25519,
        "X25519KeyAgreementKey2020": KeyType.X25519,
    }
)
"""The key type that each suite's method type promises."""


def to_base58(key: PublicKey) -> str:
    """The key's octets in base58btc, without multibase or multicodec prefix."""
    return base58.b58encode(key.octets).decode("ascii")


def from_base58(key_type: KeyType, unverified_text: str) -> PublicKey:
    """Read a key from base58btc text whose type is known from elsewhere.

    Raises:
        KeyFormatError: ``BAD_MULTIBASE`` if it is not base58btc; else as for ``PublicKey``.
    """
    if len(unverified_text) > _MAX_BASE58_LENGTH or not unverified_text.isascii():
        raise KeyFormatError(KeyProblem.BAD_MULTIBASE)
    try:
        octets = base58.b58decode(unverified_text)
    except ValueError:
        raise KeyFormatError(KeyProblem.BAD_MULTIBASE) from None
    key = PublicKey(key_type, octets)
    if to_base58(key) != unverified_text:
        raise KeyFormatError(KeyProblem.BAD_MULTIBASE)
    return key
