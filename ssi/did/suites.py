# SPDX-License-Identifier: EUPL-1.2
"""The names that DID documents give to kinds of keys: Multikey, JSON Web Key 2020, and the older suites.

Sources: Controlled Identifiers 1.0 §2.2 (Multikey), the JSON Web Signature 2020 suite, and the suites of 2018 to 2021
that the did:key method's vectors use.
"""

from collections.abc import Mapping
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
    "from_document_jwk",
    "to_base58",
    "to_document_jwk",
]

CONTEXT_DID = "https://www.w3.org/ns/did/v1"
CONTEXT_MULTIKEY = "https://w3id.org/security/multikey/v1"
CONTEXT_JWS_2020 = "https://w3id.org/security/suites/jws-2020/v1"
MULTIKEY = "Multikey"
JSON_WEB_KEY_2020 = "JsonWebKey2020"

_MAX_BASE58_LENGTH = 200
_OLD_BLS_CURVES = MappingProxyType({"BLS12381_G1": KeyType.BLS12_381_G1, "BLS12381_G2": KeyType.BLS12_381_G2})


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


def to_document_jwk(key: PublicKey) -> dict[str, str]:
    """The JSON Web Key of a did:key document, where BLS keys keep the names they had before they were registered:
    ``EC`` and ``BLS12381_G1`` or ``BLS12381_G2`` for what is now ``OKP`` and ``BLS12381G1`` or ``BLS12381G2``.
    """
    jwk = key.to_jwk()
    for name, key_type in _OLD_BLS_CURVES.items():
        if key.key_type is key_type:
            return jwk | {"kty": "EC", "crv": name}
    return jwk


def from_document_jwk(unverified_jwk: object) -> PublicKey:
    """Read ``publicKeyJwk``, with the old or the registered names of the BLS curves.

    Raises:
        KeyFormatError: as ``PublicKey.from_jwk``.
    """
    if not isinstance(unverified_jwk, Mapping):
        raise KeyFormatError(KeyProblem.BAD_JWK)
    if unverified_jwk.get("kty") == "EC":
        curve = unverified_jwk.get("crv")
        key_type = _OLD_BLS_CURVES.get(curve) if isinstance(curve, str) else None
        if key_type is not None:
            return PublicKey.from_jwk({**unverified_jwk, "kty": "OKP", "crv": key_type.value})
    return PublicKey.from_jwk(unverified_jwk)
