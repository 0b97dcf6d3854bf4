# SPDX-License-Identifier: EUPL-1.2
"""DID documents: typed, immutable, and only as much of them as verification needs.

Sources: DID Core 1.0 §5; the did:web method's rule that every DID URL in a document is absolute.

Invariants:
    * Every ``VerificationMethod`` holds a checked ``PublicKey`` and belongs to its document: its id is the document's
      id, ``#`` and a fragment, and its controller is the document's id.
    * Ids of methods are unique. A key is usable for a purpose only if the document lists it for that purpose.
    * Methods that are well formed but that this package cannot use (unknown types, other controllers) are left out,
      so that looking them up fails. A known type with a bad key refuses the whole document.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from ssi.did.errors import DidError, DidProblem
from ssi.did.suites import to_base58
from ssi.keys import PublicKey

__all__ = ["DID_PATTERN", "DidDocument", "KeyEncoding", "Relationship", "VerificationMethod", "split_did"]

DID_PATTERN = re.compile(r"did:([a-z0-9]+):((?:[A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2}))")
"""DID Core §3.1. Groups: the method name and the method-specific id."""

MAX_DID_LENGTH = 8192
"""Longest DID that is looked at, in characters. A did:jwk of an RSA-8192 key has about 2,000."""


class Relationship(StrEnum):
    """What a key may be used for; the value is the document's member."""

    ASSERTION_METHOD = "assertionMethod"
    AUTHENTICATION = "authentication"
    CAPABILITY_INVOCATION = "capabilityInvocation"
    CAPABILITY_DELEGATION = "capabilityDelegation"
    KEY_AGREEMENT = "keyAgreement"


class KeyEncoding(StrEnum):
    """How a verification method writes its key; the value is the document's member."""

    MULTIBASE = "publicKeyMultibase"
    JWK = "publicKeyJwk"
    BASE58 = "publicKeyBase58"


@dataclass(frozen=True, slots=True)
class VerificationMethod:
    """One key of a document.

    Args:
        id: absolute DID URL with a fragment.
        type: the method's type, such as ``Multikey`` or ``JsonWebKey2020``.
        controller: the DID that controls the key.
        key: the key.
        encoding: how the document writes it.
        jwk: for ``KeyEncoding.JWK`` the JSON Web Key as the document writes it, with members such as ``use``.
    """

    id: str
    type: str
    controller: str
    key: PublicKey
    encoding: KeyEncoding
    jwk: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if bool(self.jwk) is not (self.encoding is KeyEncoding.JWK):
            raise ValueError("a JSON Web Key belongs to a method that writes one")
        object.__setattr__(self, "jwk", MappingProxyType(dict(self.jwk)))

    def to_json(self) -> dict[str, object]:
        """The method as a JSON object."""
        return {"id": self.id, "type": self.type, "controller": self.controller, self.encoding.value: self._material()}

    def _material(self) -> object:
        match self.encoding:
            case KeyEncoding.MULTIBASE:
                return self.key.to_multikey()
            case KeyEncoding.JWK:
                return dict(self.jwk)
            case KeyEncoding.BASE58:
                return to_base58(self.key)


@dataclass(frozen=True, slots=True)
class DidDocument:
    """A DID document.

    Args:
        id: the DID.
        contexts: the strings of ``@context``, in order.
        verification_methods: its usable keys, in order.
        relationships: for each purpose that the document names, the ids of the methods allowed for it, in order.
    """

    id: str
    contexts: tuple[str, ...]
    verification_methods: tuple[VerificationMethod, ...]
    relationships: Mapping[Relationship, tuple[str, ...]] = field(hash=False)

    def __post_init__(self) -> None:
        ids = [method.id for method in self.verification_methods]
        owned = all(m.id.startswith(f"{self.id}#") and m.controller == self.id for m in self.verification_methods)
        if len(set(ids)) != len(ids) or not owned:
            raise DidError(DidProblem.MALFORMED_DOCUMENT)
        object.__setattr__(self, "relationships", MappingProxyType(dict(self.relationships)))

    def get_key(self, did_url: str, purpose: Relationship) -> PublicKey:
        """The key with this id, if the document allows it for this purpose.

        Args:
            did_url: the method's absolute id.
            purpose: what the key is about to be used for.
        Raises:
            DidError: ``KEY_NOT_FOUND`` or ``PURPOSE_NOT_ALLOWED``.
        """
        for method in self.verification_methods:
            if method.id == did_url:
                if did_url not in self.relationships.get(purpose, ()):
                    raise DidError(DidProblem.PURPOSE_NOT_ALLOWED)
                return method.key
        raise DidError(DidProblem.KEY_NOT_FOUND)

    def keys_for(self, purpose: Relationship) -> tuple[PublicKey, ...]:
        """All usable keys that the document allows for a purpose, in its order; may be empty."""
        by_id = {method.id: method.key for method in self.verification_methods}
        return tuple(by_id[method_id] for method_id in self.relationships.get(purpose, ()) if method_id in by_id)

    def to_json(self) -> dict[str, object]:
        """The document as a JSON object, as far as this type knows it."""
        out: dict[str, object] = {"@context": list(self.contexts)} if self.contexts else {}
        out |= {"id": self.id, "verificationMethod": [method.to_json() for method in self.verification_methods]}
        return out | {purpose.value: list(ids) for purpose, ids in self.relationships.items()}


def split_did(unverified_did: str) -> tuple[str, str]:
    """Split a DID, without path, query or fragment, into method name and method-specific id.

    Raises:
        DidError: ``NOT_A_DID``.
    """
    match = DID_PATTERN.fullmatch(unverified_did) if len(unverified_did) <= MAX_DID_LENGTH else None
    if match is None:
        raise DidError(DidProblem.NOT_A_DID)
    return match[1], match[2]
