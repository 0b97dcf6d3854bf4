# SPDX-License-Identifier: EUPL-1.2
"""Untrusted JSON to ``DidDocument``.

Key formats read: ``publicKeyJwk``, ``publicKeyMultibase`` (Multikey) and the ``publicKeyBase58`` of the older suites,
where the method's type says what the octets are.
"""

import json
from collections.abc import Iterable
from typing import Any

from ssi.did.document import DidDocument, KeyEncoding, Relationship, VerificationMethod, split_did
from ssi.did.errors import DidError, DidProblem
from ssi.did.suites import JSON_WEB_KEY_2020, SUITE_KEY_TYPES, from_base58, from_document_jwk
from ssi.keys import KeyFormatError, KeyProblem, PublicKey
from ssi.nesting import nests_too_deep

__all__ = ["MAX_DOCUMENT_OCTETS", "parse_document", "parse_json_object"]

MAX_DOCUMENT_OCTETS = 65_536
"""Largest document that is read."""

_MAX_METHODS = 100
_JWK_TYPES = frozenset({JSON_WEB_KEY_2020, "JsonWebKey"})
_PRIVATE_MEMBERS = frozenset({"privateKeyJwk", "privateKeyBase58", "privateKeyMultibase", "secretKeyMultibase"})
_KNOWN_TYPES = _JWK_TYPES | {"Multikey"} | SUITE_KEY_TYPES.keys()


def parse_document(unverified: bytes, expected_did: str) -> DidDocument:
    """Read a DID document.

    Args:
        unverified: UTF-8 JSON as received.
        expected_did: the DID that was resolved; the document must carry it as its id.
    Returns:
        The document, every key in it checked.
    Raises:
        DidError: ``DOCUMENT_TOO_LARGE``, ``MALFORMED_DOCUMENT``, ``DOCUMENT_ID_MISMATCH`` or
            ``PRIVATE_KEY_PUBLISHED``.
    """
    if len(unverified) > MAX_DOCUMENT_OCTETS:
        raise DidError(DidProblem.DOCUMENT_TOO_LARGE)
    document = parse_json_object(unverified)
    if document.get("id") != expected_did:
        raise DidError(DidProblem.DOCUMENT_ID_MISMATCH)
    methods: dict[str, VerificationMethod | None] = {}
    for entry in _list(document, "verificationMethod"):
        _add_method(methods, entry, expected_did)
    relationships: dict[Relationship, tuple[str, ...]] = {}
    for purpose in Relationship:
        if purpose.value in document:
            entries = _list(document, purpose.value)
            relationships[purpose] = tuple(_reference(methods, entry, expected_did) for entry in entries)
    usable = tuple(method for method in methods.values() if method is not None)
    return DidDocument(expected_did, _contexts(document.get("@context")), usable, relationships)


def parse_json_object(unverified: bytes) -> dict[str, Any]:
    """Decode a UTF-8 JSON object, refusing doubled members and the non-JSON numbers that Python would accept.

    Raises:
        DidError: ``MALFORMED_DOCUMENT``.
    """
    if nests_too_deep(unverified):
        raise DidError(DidProblem.MALFORMED_DOCUMENT)
    try:
        value = json.loads(
            unverified.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        raise DidError(DidProblem.MALFORMED_DOCUMENT) from None
    if not isinstance(value, dict):
        raise DidError(DidProblem.MALFORMED_DOCUMENT)
    return value


def _without_doubles(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in pairs:
        if name in out:
            raise ValueError("doubled member")
        out[name] = value
    return out


def _refuse_constant(name: str) -> None:
    raise ValueError("not a JSON number")


def _list(document: dict[str, Any], member: str) -> list[Any]:
    entries = document.get(member, [])
    if not isinstance(entries, list) or len(entries) > _MAX_METHODS:
        raise DidError(DidProblem.MALFORMED_DOCUMENT)
    return entries


def _contexts(context: Any) -> tuple[str, ...]:
    entries = [context] if isinstance(context, str | dict) else context
    if entries is None:
        return ()
    if not isinstance(entries, list) or not all(isinstance(entry, str | dict) for entry in entries):
        raise DidError(DidProblem.MALFORMED_DOCUMENT)
    return tuple(entry for entry in entries if isinstance(entry, str))


def _reference(methods: dict[str, VerificationMethod | None], entry: Any, did: str) -> str:
    """Read one entry of a relationship: an id, or a method that is embedded and so listed for this purpose only."""
    if isinstance(entry, dict):
        return _add_method(methods, entry, did)
    if not isinstance(entry, str) or "#" not in entry:
        raise DidError(DidProblem.MALFORMED_DOCUMENT)
    split_did(entry.partition("#")[0])
    if entry.startswith(f"{did}#") and entry not in methods:
        raise DidError(DidProblem.MALFORMED_DOCUMENT)
    return entry


def _add_method(methods: dict[str, VerificationMethod | None], entry: Any, did: str) -> str:
    """Read one method. What this package cannot use is remembered as None, so that its id stays taken."""
    if not isinstance(entry, dict):
        raise DidError(DidProblem.MALFORMED_DOCUMENT)
    method_id, method_type, controller = (entry.get(name) for name in ("id", "type", "controller"))
    if not isinstance(method_id, str) or not isinstance(method_type, str) or not isinstance(controller, str):
        raise DidError(DidProblem.MALFORMED_DOCUMENT)
    if not method_id.startswith(f"{did}#") or len(method_id) == len(did) + 1 or method_id in methods:
        raise DidError(DidProblem.MALFORMED_DOCUMENT)
    try:
        key, encoding = _key(method_type, entry)
    except KeyFormatError as error:
        if error.problem is KeyProblem.PRIVATE_MEMBER:
            raise DidError(DidProblem.PRIVATE_KEY_PUBLISHED) from None
        if error.problem is not KeyProblem.UNKNOWN_KEY_TYPE:
            raise DidError(DidProblem.MALFORMED_DOCUMENT) from None
        methods[method_id] = None
        return method_id
    if controller != did:
        methods[method_id] = None
        return method_id
    jwk = entry[encoding.value] if encoding is KeyEncoding.JWK else {}
    methods[method_id] = VerificationMethod(method_id, method_type, controller, key, encoding, jwk)
    return method_id


def _key(method_type: str, entry: dict[str, Any]) -> tuple[PublicKey, KeyEncoding]:
    present = [encoding for encoding in KeyEncoding if encoding.value in entry]
    if _PRIVATE_MEMBERS & entry.keys():
        raise KeyFormatError(KeyProblem.PRIVATE_MEMBER)
    if method_type not in _KNOWN_TYPES:
        raise KeyFormatError(KeyProblem.UNKNOWN_KEY_TYPE)
    if len(present) != 1:  # DID Core §5.2: one representation of the key, not two that may differ
        raise DidError(DidProblem.MALFORMED_DOCUMENT)
    encoding, material = present[0], entry[present[0].value]
    expected_type = SUITE_KEY_TYPES.get(method_type)
    if encoding is KeyEncoding.JWK:
        key = from_document_jwk(material)
    elif not isinstance(material, str):
        raise DidError(DidProblem.MALFORMED_DOCUMENT)
    elif encoding is KeyEncoding.MULTIBASE:
        key = PublicKey.from_multikey(material)
    elif expected_type is None:  # base58 octets without a type are no key
        raise DidError(DidProblem.MALFORMED_DOCUMENT)
    else:
        key = from_base58(expected_type, material)
    if expected_type is not None and key.key_type is not expected_type:
        raise DidError(DidProblem.MALFORMED_DOCUMENT)
    return key, encoding
