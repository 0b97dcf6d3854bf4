# SPDX-License-Identifier: EUPL-1.2
"""The request for a credential: a hidden holder secret, and the issuance pseudonym that pins it (issuance.md 1 and 2).

Invariants:
    * A ``VerifiedRequest`` is made in ``IssuanceRequest.verify`` only.
    * The holder secret and the blind are in no message; ``repr`` does not show them.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final, Self

from py_arkworks_bls12381 import G1Point

from ssi.bbs.blind import Commitment, core_commit, verify_commitment
from ssi.bbs.suite import (
    G1_BYTES,
    SCALAR_BYTES,
    R,
    decode_g1,
    decode_scalar,
    encode_integer,
    encode_points,
    encode_scalars,
    msm,
    multiply,
    random_scalars,
)
from ssi.claim.header import CLAIMS
from ssi.errors import Reason, VerificationError

__all__ = ["IssuanceRequest", "PendingRequest", "VerifiedRequest", "holder_entropy", "request_issuance"]

_COMMITMENT_BYTES: Final = G1_BYTES + 3 * SCALAR_BYTES
_REQUEST_BYTES: Final = _COMMITMENT_BYTES + G1_BYTES + 3 * SCALAR_BYTES
_LEAST_NONCE_BYTES: Final = 16
_LEAST_SECRET_BYTES: Final = 32


def holder_entropy(pinning_secret: bytes, record: str) -> int:
    """(1.2) The validator's share of a person's nym secret; the same for a record at every issuance.

    Args:
        pinning_secret: at least 32 octets that only the validator knows, kept when its signing keys rotate.
        record: the validator's own reference for the person.
    """
    if len(pinning_secret) < _LEAST_SECRET_BYTES:
        raise ValueError("the pinning secret has at least 32 octets")
    mac = hmac.new(pinning_secret, record.encode(), hashlib.sha256).digest()
    return CLAIMS.hash_to_scalar(mac, b"ENTROPY_")


def _pin_generator(validator: str) -> G1Point:
    """(1.4) OP_pin."""
    name = validator.encode()
    return CLAIMS.suite.hash_to_curve(b"stuiver/pin/v1" + encode_integer(len(name)) + name, CLAIMS.api_id)


def _challenge(nonce: bytes, validator: str, points: list[G1Point]) -> int:
    """(2.3) ``points`` are C, I, T_C, T_I."""
    if len(nonce) < _LEAST_NONCE_BYTES:
        raise ValueError("the nonce has at least 16 octets")
    name = validator.encode()
    prefix = encode_integer(len(nonce)) + nonce + encode_integer(len(name)) + name
    return CLAIMS.hash_to_scalar(prefix + encode_points(points), b"PIN_H2S_")


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """A request whose proofs hold: what the validator signs blindly, and what it pins."""

    commitment: Commitment
    issuance_pseudonym: bytes
    """48 octets, compressed."""


@dataclass(frozen=True, slots=True)
class IssuanceRequest:
    """(2.4) A request as the wallet sends it."""

    commitment_with_proof: bytes
    issuance_pseudonym: bytes
    proof: bytes

    @classmethod
    def from_octets(cls, unverified: bytes) -> Self:
        """Split 288 octets. Raises VerificationError ``wrong_length``."""
        if len(unverified) != _REQUEST_BYTES:
            raise VerificationError(Reason.WRONG_LENGTH, f"a request has {_REQUEST_BYTES} octets")
        pin = _COMMITMENT_BYTES + G1_BYTES
        return cls(unverified[:_COMMITMENT_BYTES], unverified[_COMMITMENT_BYTES:pin], unverified[pin:])

    def to_octets(self) -> bytes:
        """288 octets."""
        return self.commitment_with_proof + self.issuance_pseudonym + self.proof

    def verify(self, *, validator: str, nonce: bytes) -> VerifiedRequest:
        """(3.1) Verify both proofs.

        Args:
            validator: the verifying validator's own DID.
            nonce: the one it gave to this session; the caller sees to it that it is used once.
        Raises:
            VerificationError: ``invalid_point``, ``invalid_scalar``, ``invalid_commitment``, or ``invalid_pseudonym``
                when the issuance pseudonym is not proved to be of the committed secret for this validator and nonce.
        """
        commitment = verify_commitment(CLAIMS, self.commitment_with_proof)
        pin = decode_g1(self.issuance_pseudonym)
        parts = (self.proof[at : at + SCALAR_BYTES] for at in range(0, len(self.proof), SCALAR_BYTES))
        blind_hat, secret_hat, challenge = (decode_scalar(part, nonzero=True) for part in parts)
        t_commitment = msm([*CLAIMS.blind_generators(2), commitment.point], [blind_hat, secret_hat, -challenge])
        t_pin = msm([_pin_generator(validator), pin], [secret_hat, -challenge])
        if _challenge(nonce, validator, [commitment.point, pin, t_commitment, t_pin]) != challenge:
            raise VerificationError(Reason.INVALID_PSEUDONYM)
        return VerifiedRequest(commitment, self.issuance_pseudonym)


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """What the wallet keeps until the credential comes; secret but for ``request``."""

    request: IssuanceRequest
    blind: int = field(repr=False)
    holder_secret: int = field(repr=False)


def request_issuance(holder_secret: int, *, validator: str, nonce: bytes) -> PendingRequest:
    """(2) Commit to the holder secret and prove its issuance pseudonym.

    Args:
        holder_secret: the wallet's, in 1 .. R - 1; the same for all validators and for ever.
        validator: the DID of the validator that is asked.
        nonce: as it gave, at least 16 octets.
    """
    if not 0 < holder_secret < R:
        raise ValueError("the holder secret is a scalar other than 0")
    commitment_with_proof, blind = core_commit(CLAIMS, [holder_secret])  # (2.1)
    commitment = decode_g1(commitment_with_proof[:G1_BYTES])
    generator = _pin_generator(validator)
    pin = multiply(generator, holder_secret)
    blind_mask, secret_mask = random_scalars(2)  # (2.2)
    t_commitment = msm(CLAIMS.blind_generators(2), [blind_mask, secret_mask])
    t_pin = multiply(generator, secret_mask)
    challenge = _challenge(nonce, validator, [commitment, pin, t_commitment, t_pin])
    hats = [(blind_mask + challenge * blind) % R, (secret_mask + challenge * holder_secret) % R]  # (2.4)
    proof = encode_scalars([*hats, challenge])
    return PendingRequest(IssuanceRequest(commitment_with_proof, encode_points([pin]), proof), blind, holder_secret)
