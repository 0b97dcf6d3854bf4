# SPDX-License-Identifier: EUPL-1.2
"""The validator's secrets: a BBS key for each credential type, the pinning secret, and the key of its DID.

They live in one sealed file (``ssi.sealed_file``), whose content is what ``to_octets`` writes.

Invariants:
    * ``repr`` shows no secret.
    * The pinning secret is made once and never changes: every pseudonym of every citizen hangs on it.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

from issuer.errors import KeyFileError, UnknownTypeError
from ssi.bbs.keys import generate_secret_key, sk_to_pk
from ssi.bbs.suite import SCALAR_BYTES, R
from ssi.claim.registry_key import prove_possession, registry_key_id
from ssi.credential.types import CredentialType
from ssi.did import did_key_from
from ssi.keys import KeyFormatError, KeyType, PrivateKey
from ssi.sealed_file import SealedKind

__all__ = ["KEY_FILE", "PINNING_SECRET_LENGTH", "ValidatorKeys"]

KEY_FILE: Final = SealedKind(b"STUIVERV", "stuiver validator keys v1")
"""The kind of sealed file that holds a validator's keys."""
PINNING_SECRET_LENGTH: Final = 32
_FORMAT: Final = "stuiver/validator-keys/v1"
_MEMBERS: Final = {"format", "did", "did_key", "pinning_secret", "signing_keys"}


@dataclass(frozen=True, slots=True)
class ValidatorKeys:
    """Everything secret that a validator has.

    Args:
        did: the DID that the keys belong to; a did:key is that of ``did_key``.
        did_key: Ed25519, signs documents.
        pinning_secret: 32 octets (issuance.md 1.2).
        signing_keys: the BBS secret key for each credential type, by ``vct``.
    """

    did: str
    did_key: PrivateKey = field(repr=False)
    pinning_secret: bytes = field(repr=False)
    signing_keys: Mapping[str, int] = field(repr=False)

    @classmethod
    def generate(cls, types: Iterable[CredentialType], *, did: str | None = None) -> Self:
        """Fresh keys for these credential types.

        Args:
            types: what the validator will issue.
            did: its DID if it has one; otherwise it becomes a did:key.
        """
        did_key = PrivateKey.generate(KeyType.ED25519)
        return cls(
            did or did_key_from(did_key.public_key),
            did_key,
            secrets.token_bytes(PINNING_SECRET_LENGTH),
            {credential_type.vct: generate_secret_key() for credential_type in types},
        )

    @classmethod
    def from_octets(cls, octets: bytes) -> Self:
        """Read what ``to_octets`` wrote; KeyFileError names the member that is wrong."""
        try:
            document = json.loads(octets)
        except ValueError:
            raise KeyFileError("$") from None
        if not isinstance(document, dict) or document.keys() != _MEMBERS:
            raise KeyFileError("$")
        if document["format"] != _FORMAT:
            raise KeyFileError("format")
        if not isinstance(document["did"], str):
            raise KeyFileError("did")
        signing_keys = document["signing_keys"]
        if not isinstance(signing_keys, dict):
            raise KeyFileError("signing_keys")
        try:
            did_key = PrivateKey.from_octets(KeyType.ED25519, _decode(document["did_key"], "did_key", 32))
        except KeyFormatError:
            raise KeyFileError("did_key") from None
        return cls(
            document["did"],
            did_key,
            _decode(document["pinning_secret"], "pinning_secret", PINNING_SECRET_LENGTH),
            {vct: _secret_key(text) for vct, text in signing_keys.items()},
        )

    def to_octets(self) -> bytes:
        """The content of the key file: JSON in UTF-8. Secret; to be sealed and nowhere else."""
        return json.dumps(
            {
                "format": _FORMAT,
                "did": self.did,
                "did_key": _encode(self.did_key.secret_octets),
                "pinning_secret": _encode(self.pinning_secret),
                "signing_keys": {
                    vct: _encode(secret_key.to_bytes(SCALAR_BYTES, "big"))
                    for vct, secret_key in self.signing_keys.items()
                },
            },
            sort_keys=True,
        ).encode()

    def signing_key(self, credential_type: CredentialType) -> int:
        """The BBS secret key for a type; UnknownTypeError."""
        try:
            return self.signing_keys[credential_type.vct]
        except KeyError:
            raise UnknownTypeError from None

    def public_key(self, credential_type: CredentialType) -> bytes:
        """The BBS public key for a type, 96 octets compressed; UnknownTypeError."""
        return sk_to_pk(self.signing_key(credential_type))

    def key_id(self, credential_type: CredentialType) -> bytes:
        """The name of that key in the trust registry, 32 octets; UnknownTypeError."""
        return registry_key_id(credential_type.type_id, self.public_key(credential_type))

    def prove_possession(
        self, credential_type: CredentialType, chain_id: int, registry: bytes, validator: bytes
    ) -> bytes:
        """Prove to a trust registry that the key for a type is this validator's own (claim.md 1.7).

        Args:
            chain_id: of the registry's chain.
            registry: its address, 20 octets.
            validator: the account that registers the key, 20 octets.
        Returns:
            128 octets; public, and of no use to any other account, registry or chain.
        Raises:
            UnknownTypeError: there is no key for the type.
            ValueError: an address has not 20 octets.
        """
        return prove_possession(
            self.signing_key(credential_type),
            chain_id=chain_id,
            registry=registry,
            type_id=credential_type.type_id,
            validator=validator,
        )

    def with_type(self, credential_type: CredentialType) -> Self:
        """The same keys, and one for this type if there is none yet."""
        return self if credential_type.vct in self.signing_keys else self.rotated(credential_type)

    def rotated(self, credential_type: CredentialType) -> Self:
        """The same keys with a new one for this type; pins and pseudonyms stay, because the pinning secret does."""
        return replace(self, signing_keys={**self.signing_keys, credential_type.vct: generate_secret_key()})


def _encode(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _decode(text: object, member: str, length: int) -> bytes:
    try:
        octets = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except binascii.Error:
        raise KeyFileError(member) from None
    if len(octets) != length:
        raise KeyFileError(member)
    return octets


def _secret_key(text: object) -> int:
    secret_key = int.from_bytes(_decode(text, "signing_keys", SCALAR_BYTES), "big")
    if not 0 < secret_key < R:
        raise KeyFileError("signing_keys")
    return secret_key
