# SPDX-License-Identifier: EUPL-1.2
"""did:key: the identifier is the public key.

Source: the did:key method v0.7 and its vectors, which cover three ways to write the same document:
``Representation``. Documents are generated, never fetched.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import nacl.bindings
from py_arkworks_bls12381 import GT, G1Point, G2Point

from ssi.did.document import DidDocument, KeyEncoding, Relationship, VerificationMethod, split_did
from ssi.did.errors import DidError, DidProblem
from ssi.did.suites import (
    CONTEXT_DID,
    CONTEXT_JWS_2020,
    CONTEXT_MULTIKEY,
    JSON_WEB_KEY_2020,
    MULTIKEY,
    SUITES,
    to_document_jwk,
)
from ssi.keys import KeyFormatError, KeyType, PublicKey
from ssi.keys.multibase import decode_multikey

__all__ = ["KeyMethod", "Representation", "did_key_from", "x25519_from_ed25519"]


class Representation(StrEnum):
    """How a generated document writes its keys."""

    MULTIKEY = "multikey"
    """``Multikey`` with ``publicKeyMultibase``: the method's current form and the default."""
    JSON_WEB_KEY = "json_web_key"
    """``JsonWebKey2020`` with ``publicKeyJwk``."""
    SUITES = "suites"
    """The suites of 2018 to 2021 with ``publicKeyBase58``; key types that never had one use ``JsonWebKey2020``."""


_SIGNING = (
    Relationship.ASSERTION_METHOD,
    Relationship.AUTHENTICATION,
    Relationship.CAPABILITY_INVOCATION,
    Relationship.CAPABILITY_DELEGATION,
)
_BLS_TYPES = frozenset({KeyType.BLS12_381_G1, KeyType.BLS12_381_G2})
_BLS_PAIR_CODEC = 0xEE


def did_key_from(key: PublicKey) -> str:
    """The did:key of a public key."""
    return f"did:key:{key.to_multikey()}"


def x25519_from_ed25519(key: PublicKey) -> PublicKey:
    """The X25519 key that shares its secret with an Ed25519 key, for key agreement.

    Raises:
        ValueError: if the key is not Ed25519.
    """
    if key.key_type is not KeyType.ED25519:
        raise ValueError("only Ed25519 keys have an X25519 counterpart")
    return PublicKey(KeyType.X25519, nacl.bindings.crypto_sign_ed25519_pk_to_curve25519(key.octets))


@dataclass(frozen=True, slots=True)
class KeyMethod:
    """Resolves did:key.

    Args:
        representation: how documents write keys; it changes nothing about which keys they hold.
    """

    representation: Representation = Representation.MULTIKEY

    @property
    def name(self) -> str:
        """The method name."""
        return "key"

    def resolve(self, unverified_did: str) -> DidDocument:
        """Generate the document of a did:key.

        Raises:
            DidError: ``NOT_A_DID``, ``UNSUPPORTED_METHOD`` or ``MALFORMED_IDENTIFIER``.
        """
        name, identifier = split_did(unverified_did)
        if name != self.name:
            raise DidError(DidProblem.UNSUPPORTED_METHOD)
        try:
            key = _key(identifier)
        except KeyFormatError:
            raise DidError(DidProblem.MALFORMED_IDENTIFIER) from None
        return self._document(unverified_did, key)

    def _document(self, did: str, key: PublicKey) -> DidDocument:
        method = self._method(did, key)
        methods, agreement = [method], method
        if key.key_type is KeyType.ED25519:
            agreement = self._method(did, x25519_from_ed25519(key))
            methods.append(agreement)
        relationships: dict[Relationship, tuple[str, ...]] = {}
        if key.key_type is not KeyType.X25519:
            relationships = dict.fromkeys(_SIGNING, (method.id,))
        if key.key_type not in _BLS_TYPES:
            relationships[Relationship.KEY_AGREEMENT] = (agreement.id,)
        return DidDocument(did, _contexts(methods), tuple(methods), relationships)

    def _method(self, did: str, key: PublicKey) -> VerificationMethod:
        multikey = key.to_multikey()
        suite = SUITES.get(key.key_type)
        method_id = f"{did}#{multikey}"
        if self.representation is Representation.MULTIKEY:
            return VerificationMethod(method_id, MULTIKEY, did, key, KeyEncoding.MULTIBASE)
        if self.representation is Representation.SUITES and suite is not None:
            return VerificationMethod(method_id, suite.method_type, did, key, KeyEncoding.BASE58)
        return VerificationMethod(method_id, JSON_WEB_KEY_2020, did, key, KeyEncoding.JWK, to_document_jwk(key))


def _key(identifier: str) -> PublicKey:
    codec, octets = decode_multikey(identifier)
    if codec != _BLS_PAIR_CODEC:
        return PublicKey.from_multikey(identifier)
    # bls12_381-g1g2-pub: both public keys of one secret. The document names the G1 key, as the method's vector does;
    # the pair must really share its secret: e(G1 key, base of G2) = e(base of G1, G2 key).
    first, second = PublicKey(KeyType.BLS12_381_G1, octets[:48]), PublicKey(KeyType.BLS12_381_G2, octets[48:])
    g1, g2 = G1Point.from_compressed_bytes(first.octets), G2Point.from_compressed_bytes(second.octets)
    if not GT.pairing_check([g1, -G1Point()], [G2Point(), g2]):
        raise DidError(DidProblem.MALFORMED_IDENTIFIER)
    return first


def _contexts(methods: Iterable[VerificationMethod]) -> tuple[str, ...]:
    contexts = [CONTEXT_DID]
    for method in methods:
        match method.encoding:
            case KeyEncoding.MULTIBASE:
                contexts.append(CONTEXT_MULTIKEY)
            case KeyEncoding.JWK:
                contexts.append(CONTEXT_JWS_2020)
            case KeyEncoding.BASE58:
                contexts.append(SUITES[method.key.key_type].context)
    return tuple(dict.fromkeys(contexts))
