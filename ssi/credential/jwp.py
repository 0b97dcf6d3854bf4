# SPDX-License-Identifier: EUPL-1.2
"""The container of a credential: a JSON Web Proof in the issued form, compact serialization.

Implements specs/protocols/credential.md section 5 (draft-ietf-jose-json-web-proof, "Issued Form" and "Compact
Serialization").

Invariants:
    * ``parse`` gives an ``UnverifiedCredential``, whose claims cannot be read. An ``IssuedCredential`` is made in
      ``ssi.credential.issuance`` only, after its signature was verified.
    * A credential has exactly one text: ``parse(text).serialize() == text``.
    * ``repr`` shows no claim and no signature.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ssi.base64url import decode_base64url, encode_base64url
from ssi.credential.types import ClaimValue, ClaimValueError, CredentialType, find_type
from ssi.errors import Reason, VerificationError

__all__ = ["MAX_CHARACTERS", "SIGNATURE_BYTES", "IssuedCredential", "UnverifiedCredential"]

SIGNATURE_BYTES: Final = 80
"""A BBS signature: A compressed (48 octets) and e (32 octets)."""
MAX_CHARACTERS: Final = 1 << 14
"""Longest text that ``parse`` looks at."""


@dataclass(frozen=True, slots=True)
class UnverifiedCredential:
    """A credential as received: its shape is right, its signature has not been looked at."""

    type: CredentialType
    unverified_payloads: tuple[bytes, ...] = field(repr=False)
    unverified_signature: bytes = field(repr=False)

    @classmethod
    def parse(cls, unverified: str, types: Iterable[CredentialType]) -> "UnverifiedCredential":
        """Parse the compact serialization of an issued credential.

        Args:
            unverified: the text as received.
            types: the credential types that are known; the issuer header must be exactly the one of one of them.
        Raises:
            VerificationError: ``malformed``, or ``wrong_length`` for the number of parts, payloads or octets.
        """
        if len(unverified) > MAX_CHARACTERS:
            raise VerificationError(Reason.WRONG_LENGTH, f"a credential has at most {MAX_CHARACTERS} characters")
        parts = unverified.split(".")
        if len(parts) != 3:
            raise VerificationError(Reason.WRONG_LENGTH, "the issued form has a header, payloads and a proof")
        credential_type = find_type(types, _decode(parts[0], "issuer header"))
        if credential_type is None:
            raise VerificationError(Reason.MALFORMED, "the issuer header is that of no known credential type")
        slots = parts[1].split("~")
        if len(slots) != len(credential_type.claims):
            raise VerificationError(Reason.WRONG_LENGTH, "one payload for each claim of the type")
        payloads = tuple(
            _decode(slot, f"payload of {claim.name}") for slot, claim in zip(slots, credential_type.claims, strict=True)
        )
        try:
            credential_type.values(payloads)
        except ClaimValueError as error:
            raise VerificationError(Reason.MALFORMED, str(error)) from error
        signature = _decode(parts[2], "proof")
        if len(signature) != SIGNATURE_BYTES:
            raise VerificationError(Reason.WRONG_LENGTH, f"the proof has {SIGNATURE_BYTES} octets")
        return cls(credential_type, payloads, signature)

    def serialize(self) -> str:
        """The compact serialization."""
        return _serialize(self.type, self.unverified_payloads, self.unverified_signature)


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A credential whose signature was verified. Made in ``ssi.credential.issuance`` only."""

    type: CredentialType
    payloads: tuple[bytes, ...] = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def values(self) -> dict[str, ClaimValue]:
        """Every claim by name, as ``CredentialType.values``."""
        return self.type.values(self.payloads)

    @property
    def scalars(self) -> tuple[int, ...]:
        """The signed scalars at positions 0 .. L-1."""
        return self.type.scalars_of(self.payloads)

    def serialize(self) -> str:
        """The compact serialization, which ``UnverifiedCredential.parse`` reads."""
        return _serialize(self.type, self.payloads, self.signature)


def _serialize(credential_type: CredentialType, payloads: Sequence[bytes], signature: bytes) -> str:
    texts = "~".join(encode_base64url(payload) for payload in payloads)
    return ".".join((encode_base64url(credential_type.issuer_header), texts, encode_base64url(signature)))


def _decode(unverified: str, what: str) -> bytes:
    """The octets of unpadded base64url in its one canonical form; never empty, since no payload of ours is."""
    try:
        octets = decode_base64url(unverified)
    except ValueError as error:
        raise VerificationError(Reason.MALFORMED, f"{what}: {error}") from None
    if not octets:
        raise VerificationError(Reason.MALFORMED, f"{what}: empty")
    return octets
