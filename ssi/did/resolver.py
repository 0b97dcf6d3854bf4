# SPDX-License-Identifier: EUPL-1.2
"""Resolve a DID with whichever method it names, and get a key out of its document."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol, Self

from ssi.did.document import DidDocument, Relationship, split_did
from ssi.did.errors import DidError, DidProblem
from ssi.did.jwk import JwkMethod
from ssi.did.key import KeyMethod
from ssi.did.web import Fetch, WebMethod
from ssi.keys import PublicKey

__all__ = ["DidMethod", "Resolver"]


class DidMethod(Protocol):
    """One DID method."""

    @property
    def name(self) -> str:
        """The method name, as in ``did:<name>:``."""
        ...

    def resolve(self, unverified_did: str) -> DidDocument:
        """Return the DID's document, or raise ``DidError``."""
        ...


@dataclass(frozen=True, slots=True)
class Resolver:
    """Dispatches to the methods it was given, and to no others.

    Args:
        methods: by method name.
    """

    methods: Mapping[str, DidMethod]

    @classmethod
    def of(cls, methods: Iterable[DidMethod]) -> Self:
        """A resolver of these methods.

        Raises:
            ValueError: if two have the same name.
        """
        listed = tuple(methods)
        by_name = {method.name: method for method in listed}
        if len(by_name) != len(listed):
            raise ValueError("two DID methods have the same name")
        return cls(MappingProxyType(by_name))

    @classmethod
    def offline(cls) -> Self:
        """A resolver of did:key and did:jwk, which needs no network."""
        return cls.of((KeyMethod(), JwkMethod()))

    @classmethod
    def with_web(cls, fetch: Fetch) -> Self:
        """A resolver of did:key, did:jwk and did:web."""
        return cls.of((KeyMethod(), JwkMethod(), WebMethod(fetch)))

    def resolve(self, unverified_did: str) -> DidDocument:
        """Resolve a DID.

        Raises:
            DidError: ``NOT_A_DID``, ``UNSUPPORTED_METHOD``, or the method's own.
        """
        name, _ = split_did(unverified_did)
        method = self.methods.get(name)
        if method is None:
            raise DidError(DidProblem.UNSUPPORTED_METHOD)
        document = method.resolve(unverified_did)
        if document.id != unverified_did:
            raise DidError(DidProblem.DOCUMENT_ID_MISMATCH)
        return document

    def resolve_key(self, unverified_did_url: str, purpose: Relationship) -> PublicKey:
        """Resolve the key that a DID URL names, for one purpose.

        Args:
            unverified_did_url: a DID, ``#`` and a fragment, such as the ``kid`` of a token.
            purpose: what the key is about to be used for; the document must allow it.
        Raises:
            DidError: as ``resolve``; ``NOT_A_DID`` without a fragment; ``KEY_NOT_FOUND``; ``PURPOSE_NOT_ALLOWED``.
        """
        did, _, fragment = unverified_did_url.partition("#")
        if not fragment:
            raise DidError(DidProblem.NOT_A_DID)
        return self.resolve(did).get_key(unverified_did_url, purpose)
