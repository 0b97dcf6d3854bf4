# SPDX-License-Identifier: EUPL-1.2
"""The keys that sign what this issuer writes as JSON Web Tokens: credentials, status lists, its metadata.

    next        published, signs nothing yet: whoever keeps our keys for a while knows it before its first use
    current     signs everything
    previous    published until everything that it signed has expired

Invariants:
    * Every key is P-256, and every published key has another name than the others.
    * A key signs only after it was published for ``SOURCES_REMEMBER``, unless somebody says that it cannot wait.
    * What signs is a ``Signer``: a key of the sealed file, or a module that keeps its keys to itself.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from issuer.errors import KeyNotReadyError, SettingsError
from ssi.base64url import encode_base64url
from ssi.did.document import DidDocument, KeyEncoding, Relationship, VerificationMethod
from ssi.did.jwk import FRAGMENT, did_jwk_from
from ssi.did.suites import CONTEXT_DID, CONTEXT_JWS_2020, JSON_WEB_KEY_2020
from ssi.jose.jws import Signer
from ssi.keys import KeyFormatError, KeyType, PrivateKey, PublicKey

__all__ = ["SOURCES_REMEMBER", "DocumentKey", "DocumentKeys", "did_document", "did_web_of", "jwks"]

SOURCES_REMEMBER: Final = timedelta(days=1)
"""How long others may keep our published keys before they ask again."""
MOST_CERTIFICATES: Final = 5


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """One key, and what says that it is ours.

    Args:
        signer: what signs with it.
        published_at: since when it is published.
        certificates: DER, the key's own first, the anchor left out; none when a DID names the key.
        retires_at: for a previous key, when the last document that it signed has expired.
    Raises:
        SettingsError: not P-256, or the first certificate is for another key.
    """

    signer: Signer = field(repr=False)
    published_at: datetime
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    retires_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.signer.public_key.key_type is not KeyType.P256:
            raise SettingsError("document key", "must be a P-256 key")
        if len(self.certificates) > MOST_CERTIFICATES:
            raise SettingsError("certificates", f"must be {MOST_CERTIFICATES} at most")
        if self.certificates and _key_of(self.certificates[0]) != self.public_key:
            raise SettingsError("certificates", "must begin with the certificate of this key")

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies."""
        return self.signer.public_key

    @property
    def name(self) -> str:
        """Its name: the JWK thumbprint of RFC 7638."""
        return self.public_key.thumbprint()

    def issuer(self, public_url: str) -> str:
        """Who signs, as a document's ``iss`` says it: the URL that certificates stand for, or a DID."""
        if self.certificates:
            return public_url
        return did_web_of(public_url) or did_jwk_from(self.public_key)

    def header(self, public_url: str) -> Mapping[str, object]:
        """How a document's header names the key: ``x5c`` (standard base64), or ``kid`` with an absolute DID URL."""
        if self.certificates:
            return {"x5c": [_base64(certificate) for certificate in self.certificates]}
        did = did_web_of(public_url)
        return {"kid": f"{did}#{self.name}" if did else f"{did_jwk_from(self.public_key)}#{FRAGMENT}"}


@dataclass(frozen=True, slots=True)
class DocumentKeys:
    """All keys of an issuer."""

    current: DocumentKey
    next: DocumentKey | None = None
    previous: tuple[DocumentKey, ...] = ()

    def __post_init__(self) -> None:
        names = [key.name for key in self.all]
        if len(set(names)) != len(names):
            raise SettingsError("document keys", "must all be different")

    @classmethod
    def generate(cls, now: datetime) -> Self:
        """A current and a next key, fresh."""
        return cls(_fresh(now), _fresh(now))

    @property
    def all(self) -> tuple[DocumentKey, ...]:
        """Current, next, previous."""
        return (self.current, *((self.next,) if self.next else ()), *self.previous)

    def published(self, now: datetime) -> tuple[DocumentKey, ...]:
        """The keys that others must be able to find."""
        return tuple(key for key in self.all if key.retires_at is None or now < key.retires_at)

    def rotated(
        self, now: datetime, *, still_needed: timedelta, following: Signer | None = None, at_once: bool = False
    ) -> "DocumentKeys":
        """The next key signs from now on, the current one becomes a previous one, and a new next one is published.

        Args:
            now: the present.
            still_needed: how long something that the current key signed can still be valid.
            following: the new next key; a fresh one when left out.
            at_once: do not wait until everybody can have seen the next key. For a key that somebody else may have.
        Raises:
            KeyNotReadyError: the next key was published too short a time ago.
        """
        if self.next is None:
            raise KeyNotReadyError(None)
        ready_at = self.next.published_at + SOURCES_REMEMBER
        if now < ready_at and not at_once:
            raise KeyNotReadyError(ready_at)
        made = _fresh(now) if following is None else DocumentKey(following, now)
        kept = tuple(key for key in self.previous if key.retires_at is not None and now < key.retires_at)
        return DocumentKeys(self.next, made, (replace(self.current, retires_at=now + still_needed), *kept))

    def with_certificates(self, certificates: tuple[bytes, ...]) -> "DocumentKeys":
        """The same keys, with certificates for the current or the next one: whichever the first certificate is for.

        Raises:
            SettingsError: it is for neither, or unreadable.
        """
        key = _key_of(certificates[0]) if certificates else None
        if key == self.current.public_key:
            return replace(self, current=replace(self.current, certificates=certificates))
        if self.next is not None and key == self.next.public_key:
            return replace(self, next=replace(self.next, certificates=certificates))
        raise SettingsError("certificates", "must begin with the certificate of the current or the next key")


def did_web_of(public_url: str) -> str | None:
    """The did:web of a service at an https URL without a path; None for one on this machine."""
    url = urlsplit(public_url)
    if url.scheme != "https":
        return None
    return "did:web:" + url.netloc.replace(":", "%3A")


def did_document(public_url: str, keys: DocumentKeys, now: datetime) -> dict[str, object] | None:
    """The document of ``did_web_of``: every published key, for assertions."""
    did = did_web_of(public_url)
    if did is None:
        return None
    methods = tuple(
        VerificationMethod(
            f"{did}#{key.name}", JSON_WEB_KEY_2020, did, key.public_key, KeyEncoding.JWK, _public_jwk(key)
        )
        for key in keys.published(now)
    )
    ids = tuple(method.id for method in methods)
    document = DidDocument(did, (CONTEXT_DID, CONTEXT_JWS_2020), methods, {Relationship.ASSERTION_METHOD: ids})
    return document.to_json()


def jwks(keys: DocumentKeys, now: datetime) -> dict[str, object]:
    """Every published key as a JSON Web Key Set."""
    return {"keys": [{**_public_jwk(key), "use": "sig"} for key in keys.published(now)]}


def _public_jwk(key: DocumentKey) -> dict[str, object]:
    return {**key.public_key.to_jwk(), "kid": key.name, "alg": key.signer.algorithm.value}


def _fresh(now: datetime) -> DocumentKey:
    return DocumentKey(PrivateKey.generate(KeyType.P256), now)


def _key_of(certificate: bytes) -> PublicKey:
    try:
        found = x509.load_der_x509_certificate(certificate).public_key()
        return PublicKey.from_jwk(_ec_jwk(found))
    except (ValueError, KeyFormatError):
        raise SettingsError("certificates", "must be X.509 certificates of P-256 keys") from None


def _ec_jwk(key: object) -> dict[str, object]:
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not P-256")
    numbers = key.public_numbers()
    x, y = (encode_base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
