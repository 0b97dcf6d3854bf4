# SPDX-License-Identifier: EUPL-1.2
"""Issuing a credential blindly, and accepting it into a wallet (issuance.md 3 and 4).

Invariants:
    * The only module that makes an ``IssuedCredential`` or a ``HeldCredential``: both have a verified signature.
    * The validator writes every claim; the wallet's share is the blinded holder secret and nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ssi.bbs.blind import core_blind_sign
from ssi.bbs.keys import sk_to_pk
from ssi.bbs.signature import Signature, core_verify
from ssi.bbs.suite import R
from ssi.claim.header import CLAIMS
from ssi.claim.prove import Witness
from ssi.credential.jwp import IssuedCredential, UnverifiedCredential
from ssi.credential.pinning import PendingRequest, VerifiedRequest
from ssi.credential.types import ClaimValue, CredentialType
from ssi.errors import Reason, VerificationError

__all__ = ["HeldCredential", "Issuance", "accept", "issue"]


@dataclass(frozen=True, slots=True)
class Issuance:
    """(3.4) What the validator sends: the credential and its share of the nym secret. Personal."""

    credential: str = field(repr=False)
    """The compact serialization of the issued form."""
    entropy: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeldCredential:
    """A credential in the wallet of the person it was issued to.

    Attributes:
        credential: its type and claims.
        public_key: the validator's, 96 octets, under which the signature was verified.
        blind, entropy: to be stored with the credential's text; ``accept`` takes them to restore it.
        witness: what a claim is proved with.
    """

    credential: IssuedCredential
    public_key: bytes
    blind: int = field(repr=False)
    entropy: int = field(repr=False)
    witness: Witness = field(repr=False)


def issue(
    secret_key: int,
    credential_type: CredentialType,
    values: Mapping[str, ClaimValue],
    request: VerifiedRequest,
    entropy: int,
) -> Issuance:
    """(3.4) Sign claims for the wallet that asked.

    Args:
        secret_key: the validator's BBS key for this type.
        credential_type: what is issued.
        values: every claim by name.
        request: verified, and its issuance pseudonym pinned to this person.
        entropy: ``holder_entropy`` of the person's record.
    Raises:
        ClaimValueError: a claim is missing, unknown or out of range.
        ValueError: the request commits to more than the one holder secret.
    """
    if request.commitment.committed_count != 1:
        raise ValueError("a request commits to the holder secret and nothing else")
    payloads = credential_type.payloads(values)
    signature = core_blind_sign(
        CLAIMS,
        secret_key,
        sk_to_pk(secret_key),
        request.commitment,
        credential_type.scalars_of(payloads),
        credential_type.type_header.combined,
        entropy,
    )
    return Issuance(UnverifiedCredential(credential_type, payloads, signature).serialize(), entropy)


def accept(
    unverified: Issuance, pending: PendingRequest, types: Iterable[CredentialType], public_key: bytes
) -> HeldCredential:
    """(4.1) Verify what a validator sent, and hold it.

    Args:
        unverified: the credential and entropy as received, or as stored.
        pending: the request it answers: the blind and the holder secret.
        types: the credential types that the wallet knows.
        public_key: the validator's, 96 octets, from the trust registry and not from the validator's message.
    Raises:
        VerificationError: ``malformed`` or ``wrong_length`` for the form, ``invalid_scalar`` for the entropy,
            ``invalid_public_key``, or ``invalid_signature``.
    """
    parsed = UnverifiedCredential.parse(unverified.credential, types)
    if not 0 <= unverified.entropy < R:
        raise VerificationError(Reason.INVALID_SCALAR, "the validator's entropy")
    nym_secret = (pending.holder_secret + unverified.entropy) % R
    if nym_secret == 0:  # its pseudonyms would be the identity; only a validator that knows the secret could arrange it
        raise VerificationError(Reason.INVALID_SCALAR, "the nym secret")
    scalars = (*parsed.type.scalars_of(parsed.unverified_payloads), pending.blind, nym_secret)
    header = parsed.type.type_header
    core_verify(CLAIMS, public_key, parsed.unverified_signature, header.generators, header.combined, scalars)
    signature = Signature.from_bytes(parsed.unverified_signature)
    return HeldCredential(
        IssuedCredential(parsed.type, parsed.unverified_payloads, parsed.unverified_signature),
        public_key,
        pending.blind,
        unverified.entropy,
        Witness(signature.point, signature.exponent, scalars),
    )
