# SPDX-License-Identifier: EUPL-1.2
"""What the issuer's service keeps secret beside the validator's own keys, in a sealed file.

    document keys    sign credentials, status lists and metadata
    request key      wallets encrypt their requests to it
    master secret    every other secret of the service is derived from it, each under its own label

Invariants:
    * ``repr`` shows no secret.
    * All processes of one service read the same file, so that what one hands out the others accept.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Self

import nacl.utils
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from issuer.document_keys import DocumentKey, DocumentKeys
from issuer.errors import KeyFileError, SettingsError
from ssi.errors import VerificationError
from ssi.jose.jwe import EphemeralKey
from ssi.keys import KeyFormatError, KeyType, PrivateKey
from ssi.sealed_file import SealedKind

__all__ = ["SERVICE_KEY_FILE", "ServiceKeys"]

SERVICE_KEY_FILE: Final = SealedKind(b"STUIVERI", "stuiver issuer service keys v1")
"""The kind of sealed file that holds these keys."""
SECRET_LENGTH: Final = 32
_FORMAT: Final = "stuiver/issuer-service-keys/v1"
_MEMBERS: Final = {"format", "master_secret", "request_key", "current", "next", "previous"}
_KEY_MEMBERS: Final = {"secret", "published_at", "certificates", "retires_at"}


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    """Everything secret that the service has.

    Args:
        document_keys: sign what it writes.
        request_key: P-256, for ECDH-ES.
        master_secret: 32 octets.
    """

    document_keys: DocumentKeys = field(repr=False)
    request_key: EphemeralKey = field(repr=False)
    master_secret: bytes = field(repr=False)

    @classmethod
    def generate(cls, now: datetime | None = None) -> Self:
        """Fresh keys, published from ``now`` on."""
        moment = (now or datetime.now(UTC)).replace(microsecond=0)
        return cls(DocumentKeys.generate(moment), EphemeralKey.generate(), nacl.utils.random(SECRET_LENGTH))

    def derive(self, label: str) -> bytes:
        """A secret of 32 octets for one purpose, the same in every process of the service.

        Args:
            label: names the purpose; no two purposes share one.
        """
        info = f"stuiver issuer service: {label}".encode()
        return HKDF(algorithm=hashes.SHA256(), length=SECRET_LENGTH, salt=None, info=info).derive(self.master_secret)

    def with_document_keys(self, document_keys: DocumentKeys) -> Self:
        """The same secrets with other document keys."""
        return replace(self, document_keys=document_keys)

    @classmethod
    def from_octets(cls, octets: bytes) -> Self:
        """Read what ``to_octets`` wrote; KeyFileError names the member that is wrong."""
        try:
            document = json.loads(octets)
        except ValueError:
            raise KeyFileError("$") from None
        if not isinstance(document, dict) or document.keys() != _MEMBERS or document["format"] != _FORMAT:
            raise KeyFileError("format")
        if not isinstance(document["previous"], list) or not isinstance(document["request_key"], str):
            raise KeyFileError("previous")
        following = document["next"]
        try:
            keys = DocumentKeys(
                _read_key(document["current"]),
                None if following is None else _read_key(following),
                tuple(_read_key(member) for member in document["previous"]),
            )
            request_key = EphemeralKey.from_secret(document["request_key"])
        except (SettingsError, KeyFormatError, VerificationError, ValueError):
            raise KeyFileError("current, next, previous or request_key") from None
        return cls(keys, request_key, _decode(document["master_secret"], SECRET_LENGTH))

    def to_octets(self) -> bytes:
        """The content of the key file: JSON in UTF-8. Secret; to be sealed and nowhere else.

        Raises:
            SettingsError: a document key is in a module that keeps its keys to itself.
        """
        keys = self.document_keys
        return json.dumps(
            {
                "format": _FORMAT,
                "master_secret": _encode(self.master_secret),
                "request_key": self.request_key.to_secret(),
                "current": _write_key(keys.current),
                "next": None if keys.next is None else _write_key(keys.next),
                "previous": [_write_key(key) for key in keys.previous],
            },
            sort_keys=True,
        ).encode()


def _write_key(key: DocumentKey) -> dict[str, object]:
    if not isinstance(key.signer, PrivateKey):
        raise SettingsError("document key", "must not be one that a security module keeps to itself")
    return {
        "secret": _encode(key.signer.secret_octets),
        "published_at": int(key.published_at.timestamp()),
        "certificates": [_encode(certificate) for certificate in key.certificates],
        "retires_at": None if key.retires_at is None else int(key.retires_at.timestamp()),
    }


def _read_key(member: object) -> DocumentKey:
    if not isinstance(member, Mapping) or member.keys() != _KEY_MEMBERS or not isinstance(member["certificates"], list):
        raise KeyFileError("document key")
    return DocumentKey(
        PrivateKey.from_octets(KeyType.P256, _decode(member["secret"], SECRET_LENGTH)),
        _moment(member["published_at"]),
        tuple(_decode(text, None) for text in member["certificates"]),
        None if member["retires_at"] is None else _moment(member["retires_at"]),
    )


def _moment(seconds: object) -> datetime:
    if not isinstance(seconds, int):
        raise KeyFileError("published_at or retires_at")
    return datetime.fromtimestamp(seconds, UTC)


def _encode(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _decode(text: object, length: int | None) -> bytes:
    try:
        octets = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except binascii.Error:
        raise KeyFileError("base64") from None
    if not octets or (length is not None and len(octets) != length):
        raise KeyFileError("base64")
    return octets
