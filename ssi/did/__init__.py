# SPDX-License-Identifier: EUPL-1.2
"""Decentralised identifiers: did:key, did:jwk and did:web, to documents with checked keys."""

from ssi.did.cached import CachedMethod
from ssi.did.document import DidDocument, KeyEncoding, Relationship, VerificationMethod
from ssi.did.errors import DidError, DidProblem
from ssi.did.jwk import JwkMethod, did_jwk_from
from ssi.did.key import KeyMethod, Representation, did_key_from, x25519_from_ed25519
from ssi.did.parse import MAX_DOCUMENT_OCTETS, parse_document
from ssi.did.resolver import DidMethod, Resolver
from ssi.did.web import Fetch, WebMethod, did_web_url

__all__ = [
    "MAX_DOCUMENT_OCTETS",
    "CachedMethod",
    "DidDocument",
    "DidError",
    "DidMethod",
    "DidProblem",
    "Fetch",
    "JwkMethod",
    "KeyEncoding",
    "KeyMethod",
    "Relationship",
    "Representation",
    "Resolver",
    "VerificationMethod",
    "WebMethod",
    "did_jwk_from",
    "did_key_from",
    "did_web_url",
    "parse_document",
    "x25519_from_ed25519",
]
