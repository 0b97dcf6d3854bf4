# SPDX-License-Identifier: EUPL-1.2
"""did:jwk: the identifier is a public JSON Web Key.

Source: the did:jwk method. The document is generated from the key; ``use`` decides the relationships; the
key's fragment is always ``0``. A DID that contains a private key is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ssi.base64url import decode_base64url, encode_base64url
from ssi.did.document import DidDocument, KeyEncoding, Relationship, VerificationMethod, split_did
from ssi.did.errors import DidError, DidProblem
from ssi.did.parse import MAX_DOCUMENT_OCTETS, parse_json_object
from ssi.did.suites import CONTEXT_DID, CONTEXT_JWS_2020, JSON_WEB_KEY_2020
from ssi.keys import KeyFormatError, KeyProblem, PublicKey

__all__ = ["FRAGMENT", "JwkMethod", "did_jwk_from"]

FRAGMENT = "0"
"""The fragment of the one key in every document; a ``kid`` in the key changes nothing."""

_SIGNING = (
    Relationship.ASSERTION_METHOD,
    Relationship.AUTHENTICATION,
    Relationship.CAPABILITY_INVOCATION,
    Relationship.CAPABILITY_DELEGATION,
)
_USES: Mapping[str | None, tuple[Relationship, ...]] = {
    None: (*_SIGNING, Relationship.KEY_AGREEMENT),
    "sig": _SIGNING,
    "enc": (Relationship.KEY_AGREEMENT,),
}


def did_jwk_from(key: PublicKey) -> str:
    """The did:jwk of a public key: its JSON Web Key with required members only, in the order of RFC 8785."""
    text = json.dumps(key.to_jwk(), sort_keys=True, separators=(",", ":"))
    return "did:jwk:" + encode_base64url(text.encode("ascii"))


@dataclass(frozen=True, slots=True)
class JwkMethod:
    """Resolves did:jwk."""

    @property
    def name(self) -> str:
        """The method name."""
        return "jwk"

    def resolve(self, unverified_did: str) -> DidDocument:
        """Generate the document of a did:jwk.

        Raises:
            DidError: ``NOT_A_DID``, ``UNSUPPORTED_METHOD``, ``MALFORMED_IDENTIFIER`` or ``PRIVATE_KEY_PUBLISHED``.
        """
        name, identifier = split_did(unverified_did)
        if name != self.name:
            raise DidError(DidProblem.UNSUPPORTED_METHOD)
        unverified_jwk = _decode(identifier)
        use = unverified_jwk.get("use")
        try:
            key = PublicKey.from_jwk(unverified_jwk)
        except KeyFormatError as error:
            private = error.problem is KeyProblem.PRIVATE_MEMBER
            problem = DidProblem.PRIVATE_KEY_PUBLISHED if private else DidProblem.MALFORMED_IDENTIFIER
            raise DidError(problem) from None
        if not (use is None or isinstance(use, str)) or use not in _USES:
            raise DidError(DidProblem.MALFORMED_IDENTIFIER)
        method = VerificationMethod(
            id=f"{unverified_did}#{FRAGMENT}",
            type=JSON_WEB_KEY_2020,
            controller=unverified_did,
            key=key,
            encoding=KeyEncoding.JWK,
            jwk=unverified_jwk,
        )
        relationships = dict.fromkeys(_USES[use], (method.id,))
        return DidDocument(unverified_did, (CONTEXT_DID, CONTEXT_JWS_2020), (method,), relationships)


def _decode(identifier: str) -> dict[str, object]:
    if len(identifier) > MAX_DOCUMENT_OCTETS:
        raise DidError(DidProblem.MALFORMED_IDENTIFIER)
    try:
        octets = decode_base64url(identifier)
    except ValueError:
        raise DidError(DidProblem.MALFORMED_IDENTIFIER) from None
    try:
        return parse_json_object(octets)
    except DidError:
        raise DidError(DidProblem.MALFORMED_IDENTIFIER) from None
