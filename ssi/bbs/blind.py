# SPDX-License-Identifier: EUPL-1.2
"""Blind signatures: the holder commits to scalars that the signer signs without seeing them.

Implements draft-irtf-cfrg-bbs-blind-signatures, "Commitment Operations", "Blind BBS Signatures Interface", "Core
Operations" and "Utilities".

The order of what is signed is: the signer's messages, the holder's blind, the committed messages. The generators follow
it: Q_1, H_1 ... H_L, then Q_2, J_1 ... J_M.

The exponent ``e``. The draft's text (commit 067d62e, "Calculate B value" and "Finalize Blind Sign") hashes (SK, B,
domain) with a B that holds neither P1 nor the domain, and then signs that B; CoreVerify would refuse the result. The
vectors of the blind draft and of the pseudonym draft -03 hash ``serialize((SK, B))`` alone, under ``api_id || H2S_``,
where B is the very point that is signed: P1, Q_1 * domain, the signer's messages, the commitment, and the signer's
entropy where there is one. So does this module. B holds the domain, so nothing is bound less.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from py_arkworks_bls12381 import G1Point

from ssi.bbs.keys import check_secret_key
from ssi.bbs.proof import Proof, check_disclosed, core_proof_gen, core_proof_verify
from ssi.bbs.signature import core_verify, sign_point, signed_point
from ssi.bbs.suite import (
    G1_BYTES,
    MAX_MESSAGES,
    SCALAR_BYTES,
    Interface,
    R,
    RandomScalars,
    decode_g1,
    decode_scalar,
    draw_scalars,
    encode_integer,
    encode_points,
    encode_scalars,
    msm,
    multiply,
)
from ssi.bbs.suite import random_scalars as secure_scalars
from ssi.errors import Reason, VerificationError

__all__ = [
    "Commitment",
    "all_generators",
    "blind_proof_gen",
    "blind_proof_verify",
    "blind_sign",
    "blind_verify",
    "commit",
    "core_blind_sign",
    "core_commit",
    "disclosed_parameters",
    "verify_commitment",
]

_LEAST_COMMITMENT_BYTES: Final = G1_BYTES + 2 * SCALAR_BYTES


@dataclass(frozen=True, slots=True)
class Commitment:
    """A commitment whose proof of correctness held; made by ``verify_commitment`` only."""

    interface: Interface
    """Under whose generators it is a commitment."""
    point: G1Point
    committed_count: int
    """How many scalars it commits to, the blind not counted."""


def all_generators(interface: Interface, message_count: int, committed_count: int) -> tuple[G1Point, ...]:
    """Q_1, H_1, ... H_L, Q_2, J_1, ... J_M ("Prepare Parameters")."""
    return interface.generators(message_count + 1) + interface.blind_generators(committed_count + 1)


# --- commitments -----------------------------------------------------------------------------------------------------


def _blind_challenge(
    interface: Interface, commitment: G1Point, commitment_bar: G1Point, generators: Sequence[G1Point]
) -> int:
    """The challenge of a commitment's proof ("Blind Challenge Calculation")."""
    points = encode_points([*generators, commitment, commitment_bar])
    return interface.hash_to_scalar(encode_integer(len(generators) - 1) + points)


def core_commit(
    interface: Interface, committed_scalars: Sequence[int], random_scalars: RandomScalars = secure_scalars
) -> tuple[bytes, int]:
    """Commit to scalars and prove knowledge of them ("Core Commitment Computation").

    Args:
        interface: the one the signature will be made under.
        committed_scalars: each in 0 .. R - 1.
        random_scalars: the source of blinds; anything but the default gives secrets away outside of a test vector.
    Returns:
        The commitment with its proof, 112 octets and 32 for each scalar, for the signer; and the secret blind, to keep.
    Raises:
        ValueError: a scalar out of range, or more than ``MAX_MESSAGES``.
    """
    if len(committed_scalars) > MAX_MESSAGES or not all(0 <= scalar < R for scalar in committed_scalars):
        raise ValueError("too many scalars, or one out of range")
    blind, *tildes = draw_scalars(random_scalars, len(committed_scalars) + 2)  # (1)
    generators = interface.blind_generators(len(committed_scalars) + 1)
    secrets = [blind, *committed_scalars]
    commitment = msm(generators, secrets)  # (2)
    challenge = _blind_challenge(interface, commitment, msm(generators, tildes), generators)  # (3), (4)
    hats = [(tilde + secret * challenge) % R for tilde, secret in zip(tildes, secrets, strict=True)]  # (5), (6)
    return encode_points([commitment]) + encode_scalars([*hats, challenge]), blind


def verify_commitment(interface: Interface, commitment_with_proof: bytes) -> Commitment:
    """Verify a commitment's proof ("Octet to Commitment with Proof" and "Core Commitment Verification").

    Args:
        interface: the one the signature will be made under.
        commitment_with_proof: as received.
    Raises:
        VerificationError: ``wrong_length`` (also for more than ``MAX_MESSAGES`` scalars), ``invalid_point``,
            ``invalid_scalar``, or ``invalid_commitment`` when the proof does not hold.
    """
    count, rest = divmod(len(commitment_with_proof) - _LEAST_COMMITMENT_BYTES, SCALAR_BYTES)
    if rest or not 0 <= count <= MAX_MESSAGES:
        raise VerificationError(Reason.WRONG_LENGTH, "a commitment has 112 octets and 32 for each message")
    point = decode_g1(commitment_with_proof[:G1_BYTES])
    *hats, challenge = (
        decode_scalar(commitment_with_proof[at : at + SCALAR_BYTES], nonzero=True)
        for at in range(G1_BYTES, len(commitment_with_proof), SCALAR_BYTES)
    )
    generators = interface.blind_generators(count + 1)
    bar = msm([*generators, point], [*hats, -challenge])
    if _blind_challenge(interface, point, bar, generators) != challenge:
        raise VerificationError(Reason.INVALID_COMMITMENT)
    return Commitment(interface, point, count)


def commit(
    interface: Interface, committed_messages: Sequence[bytes], random_scalars: RandomScalars = secure_scalars
) -> tuple[bytes, int]:
    """Commit to octet messages ("Commitment Computation"); see ``core_commit``."""
    return core_commit(interface, interface.message_scalars(committed_messages), random_scalars)


# --- signatures ------------------------------------------------------------------------------------------------------


def core_blind_sign(
    interface: Interface,
    secret_key: int,
    public_key: bytes,
    commitment: Commitment | None,
    message_scalars: Sequence[int],
    header: bytes,
    extra_last_generator_scalar: int | None = None,
) -> bytes:
    """Sign scalars and a commitment ("Calculate B value" and "Finalize Blind Sign"; see the module's note on ``e``).

    Args:
        interface: the commitment's.
        secret_key: in 1 .. R - 1.
        public_key: 96 octets, that key's own.
        commitment: verified; None when the holder committed to nothing.
        message_scalars: the signer's, each in 0 .. R - 1.
        header: what is bound publicly, already combined with whatever an extension adds.
        extra_last_generator_scalar: the signer's entropy, added to the last committed scalar without knowing it.
    Returns:
        80 octets. Deterministic.
    Raises:
        ValueError: a key or scalar out of range, a commitment under another interface, or entropy with nothing
            committed to add it to.
    """
    check_secret_key(secret_key)
    if not all(0 <= scalar < R for scalar in message_scalars):
        raise ValueError("not a scalar: outside 0 .. R - 1")
    if commitment is not None and commitment.interface != interface:
        raise ValueError("the commitment was verified under another interface")
    committed_count = 0 if commitment is None else commitment.committed_count
    generators = all_generators(interface, len(message_scalars), committed_count)
    domain = interface.domain(public_key, generators, header)
    point = signed_point(interface, generators[: len(message_scalars) + 1], domain, message_scalars)
    if commitment is not None:
        point += commitment.point
    if extra_last_generator_scalar is not None:
        if committed_count == 0 or not 0 <= extra_last_generator_scalar < R:
            raise ValueError("entropy out of range, or no committed scalar to add it to")
        point += multiply(generators[-1], extra_last_generator_scalar)
    if point == G1Point.identity():
        raise ValueError("nothing to sign: the point is the identity")
    exponent = interface.hash_to_scalar(encode_scalars([secret_key]) + encode_points([point]))
    return sign_point(secret_key, point, exponent)


def blind_sign(
    interface: Interface,
    secret_key: int,
    public_key: bytes,
    commitment_with_proof: bytes | None,
    header: bytes,
    messages: Sequence[bytes],
) -> bytes:
    """Sign octet messages and a received commitment ("Blind Signature Generation").

    Raises:
        VerificationError: the commitment is refused; see ``verify_commitment``.
    """
    commitment = None if commitment_with_proof is None else verify_commitment(interface, commitment_with_proof)
    scalars = interface.message_scalars(messages)
    return core_blind_sign(interface, secret_key, public_key, commitment, scalars, header)


def blind_verify(
    interface: Interface,
    public_key: bytes,
    signature: bytes,
    header: bytes,
    messages: Sequence[bytes],
    committed_messages: Sequence[bytes],
    secret_prover_blind: int,
) -> None:
    """Verify a blind signature, as its holder ("Blind Signature Verification"); raises as ``core_verify``.

    Args:
        secret_prover_blind: what ``commit`` returned; 0 when nothing was committed.
    """
    scalars = [
        *interface.message_scalars(messages),
        secret_prover_blind,
        *interface.message_scalars(committed_messages),
    ]
    generators = all_generators(interface, len(messages), len(committed_messages))
    core_verify(interface, public_key, signature, generators, header, scalars)


# --- proofs ----------------------------------------------------------------------------------------------------------


def blind_proof_gen(
    interface: Interface,
    public_key: bytes,
    signature: bytes,
    header: bytes,
    presentation_header: bytes,
    messages: Sequence[bytes],
    committed_messages: Sequence[bytes],
    disclosed_indexes: Collection[int],
    disclosed_committed_indexes: Collection[int],
    secret_prover_blind: int,
    random_scalars: RandomScalars = secure_scalars,
) -> bytes:
    """Prove knowledge of a blind signature ("Proof Generation"); see ``core_proof_gen``.

    Raises:
        VerificationError: ``invalid_index`` for a position outside its own list, or a malformed signature.
    """
    check_disclosed(disclosed_indexes, len(messages))
    check_disclosed(disclosed_committed_indexes, len(committed_messages))
    scalars = [
        *interface.message_scalars(messages),
        secret_prover_blind,
        *interface.message_scalars(committed_messages),
    ]
    return core_proof_gen(
        interface,
        public_key,
        signature,
        all_generators(interface, len(messages), len(committed_messages)),
        header,
        presentation_header,
        scalars,
        {*disclosed_indexes, *(len(messages) + 1 + index for index in disclosed_committed_indexes)},
        random_scalars,
    )


def blind_proof_verify(
    interface: Interface,
    public_key: bytes,
    proof: bytes,
    header: bytes,
    presentation_header: bytes,
    message_count: int,
    disclosed: Mapping[int, bytes],
    disclosed_committed: Mapping[int, bytes],
) -> None:
    """Verify a proof of a blind signature ("Proof Verification").

    Args:
        message_count: how many messages the signer knew (L), disclosed or not.
        disclosed: position among the signer's messages to message.
        disclosed_committed: position among the committed messages to message.
        The others as in ``core_proof_verify``.
    Raises:
        VerificationError: as ``Proof.from_bytes`` and ``core_proof_verify``; ``wrong_length`` also when the
            proof covers fewer messages than the signer signed.
    """
    unverified = Proof.from_bytes(proof)
    generators, scalars = disclosed_parameters(interface, unverified, message_count, disclosed, disclosed_committed)
    core_proof_verify(interface, public_key, unverified, generators, header, presentation_header, scalars)


def disclosed_parameters(
    interface: Interface,
    proof: Proof,
    message_count: int,
    disclosed: Mapping[int, bytes],
    disclosed_committed: Mapping[int, bytes],
    never_disclosed: int = 0,
) -> tuple[tuple[G1Point, ...], dict[int, int]]:
    """The generators and disclosed scalars that a verifier derives from a received proof ("Prepare Parameters").

    Args:
        never_disclosed: how many scalars at the end of the committed ones may not be disclosed.
        The others as in ``blind_proof_verify``.
    Raises:
        VerificationError: ``wrong_length`` or ``invalid_index``.
    """
    total = len(proof.message_hats) + len(disclosed) + len(disclosed_committed)
    committed_count = total - message_count - 1
    if len(disclosed) + len(disclosed_committed) > MAX_MESSAGES:
        raise VerificationError(Reason.WRONG_LENGTH, "too many disclosed messages")
    if message_count < 0 or committed_count < never_disclosed:
        raise VerificationError(Reason.WRONG_LENGTH, "the proof covers fewer messages than were signed")
    check_disclosed(disclosed, message_count)
    check_disclosed(disclosed_committed, committed_count - never_disclosed)
    by_index = {**disclosed, **{message_count + 1 + index: octets for index, octets in disclosed_committed.items()}}
    scalars = dict(zip(by_index, interface.message_scalars(list(by_index.values())), strict=True))
    return all_generators(interface, message_count, committed_count), scalars
