# SPDX-License-Identifier: EUPL-1.2
"""Proving knowledge of a signature while disclosing a chosen part of what it signs.

Implements draft-irtf-cfrg-bbs-signatures, "Proof Generation", "Proof Verification", "CoreProofGen", "CoreProofVerify",
"Proof Protocol Subroutines", "Proof to Octets" and "Octets to Proof".

What is disclosed is a mapping from position to value: positions cannot repeat, and are hashed in ascending order.
The subroutines (``proof_init``, ``proof_verify_init``, ``challenge_octets``, ``proof_finalize``) stand on their own so
that a proof of more, such as a pseudonym, can share the challenge and the blinded messages.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self

from py_arkworks_bls12381 import G1Point

from ssi.bbs.keys import decode_public_key
from ssi.bbs.signature import Signature, signed_point
from ssi.bbs.suite import (
    BP2,
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
    invert,
    msm,
    multiply,
    pairings_cancel,
)
from ssi.bbs.suite import random_scalars as secure_scalars
from ssi.errors import Reason, VerificationError

__all__ = [
    "LEAST_PROOF_BYTES",
    "Proof",
    "ProofPoints",
    "challenge_octets",
    "check_disclosed",
    "check_pairing",
    "core_proof_gen",
    "core_proof_verify",
    "hidden_indexes",
    "pair_disclosed",
    "proof_finalize",
    "proof_gen",
    "proof_init",
    "proof_verify",
    "proof_verify_init",
]

LEAST_PROOF_BYTES: Final = 3 * G1_BYTES + 4 * SCALAR_BYTES
"""A proof with nothing hidden; 32 octets more for each hidden scalar."""
_BLINDS: Final = 5
_EXPECTED_POINTS: Final = 3


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof's parts: well formed, which says nothing about whether it holds."""

    a_bar: G1Point
    b_bar: G1Point
    d: G1Point
    e_hat: int
    r1_hat: int
    r3_hat: int
    message_hats: tuple[int, ...]
    """The responses of the hidden scalars, in the order of their positions."""
    challenge: int

    @classmethod
    def from_bytes(cls, unverified: bytes) -> Self:
        """Decode a proof ("Octets to Proof").

        Raises:
            VerificationError: ``wrong_length`` (also for more than ``MAX_MESSAGES`` hidden scalars), ``invalid_point``
                or ``invalid_scalar`` (zero is refused as well).
        """
        hidden, rest = divmod(len(unverified) - LEAST_PROOF_BYTES, SCALAR_BYTES)
        if rest or not 0 <= hidden <= MAX_MESSAGES:
            raise VerificationError(Reason.WRONG_LENGTH, "a proof has 272 octets and 32 for each hidden message")
        starts = range(0, _EXPECTED_POINTS * G1_BYTES, G1_BYTES)
        a_bar, b_bar, d = (decode_g1(unverified[at : at + G1_BYTES]) for at in starts)
        scalars = [
            decode_scalar(unverified[at : at + SCALAR_BYTES], nonzero=True)
            for at in range(_EXPECTED_POINTS * G1_BYTES, len(unverified), SCALAR_BYTES)
        ]
        e_hat, r1_hat, r3_hat, *message_hats, challenge = scalars
        return cls(a_bar, b_bar, d, e_hat, r1_hat, r3_hat, tuple(message_hats), challenge)

    def to_bytes(self) -> bytes:
        """Encode a proof ("Proof to Octets")."""
        scalars = [self.e_hat, self.r1_hat, self.r3_hat, *self.message_hats, self.challenge]
        return encode_points([self.a_bar, self.b_bar, self.d]) + encode_scalars(scalars)


@dataclass(frozen=True, slots=True)
class ProofPoints:
    """What both sides hash into the challenge: (Abar, Bbar, D, T1, T2, domain)."""

    a_bar: G1Point
    b_bar: G1Point
    d: G1Point
    t1: G1Point
    t2: G1Point
    domain: int


def hidden_indexes(count: int, disclosed: Collection[int]) -> list[int]:
    """The positions below ``count`` that are not disclosed, ascending."""
    return [index for index in range(count) if index not in disclosed]


def check_disclosed(disclosed: Collection[int], count: int) -> None:
    """Hold disclosed positions to 0 .. count - 1.

    Raises:
        VerificationError: ``invalid_index``.
    """
    if not all(0 <= index < count for index in disclosed):
        raise VerificationError(Reason.INVALID_INDEX)


def pair_disclosed(indexes: Sequence[int], messages: Sequence[bytes]) -> dict[int, bytes]:
    """Pair received positions with received messages, for those who get them as two lists.

    Raises:
        VerificationError: ``wrong_length`` when the lists differ in length, ``invalid_index`` when the positions do not
            strictly ascend.
    """
    if len(indexes) != len(messages):
        raise VerificationError(Reason.WRONG_LENGTH, "as many disclosed messages as positions")
    if any(left >= right for left, right in pairwise(indexes)):
        raise VerificationError(Reason.INVALID_INDEX)
    return dict(zip(indexes, messages, strict=True))


# --- subroutines -----------------------------------------------------------------------------------------------------


def proof_init(
    interface: Interface,
    public_key: bytes,
    signature: Signature,
    generators: Sequence[G1Point],
    random_scalars: Sequence[int],
    header: bytes,
    scalars: Sequence[int],
    hidden: Sequence[int],
) -> ProofPoints:
    """Blind a signature and commit to the hidden scalars ("Proof Initialization").

    Args:
        random_scalars: r1, r2, e~, r1~, r3~, then one m~ for each hidden scalar, in the order of ``hidden``.
        hidden: the positions of the hidden scalars, ascending.
        The others as in ``core_proof_gen``.
    Raises:
        ValueError: another number of random scalars or of generators, or a blind that is zero.
    """
    if len(random_scalars) != len(hidden) + _BLINDS:
        raise ValueError("five random scalars and one for each hidden message")
    r1, r2, e_tilde, r1_tilde, r3_tilde, *m_tildes = random_scalars
    if r1 == 0 or r2 == 0:
        raise ValueError("a blind is zero")
    domain = interface.domain(public_key, generators, header)  # (1)
    d = multiply(signed_point(interface, generators, domain, scalars), r2)  # (2), (3)
    a_bar = multiply(signature.point, r1 * r2)  # (4)
    b_bar = msm([d, a_bar], [r1, -signature.exponent])  # (5)
    t1 = msm([a_bar, d], [e_tilde, r1_tilde])  # (6)
    t2 = msm([d, *(generators[1 + index] for index in hidden)], [r3_tilde, *m_tildes])  # (7)
    return ProofPoints(a_bar, b_bar, d, t1, t2, domain)


def proof_finalize(
    points: ProofPoints,
    challenge: int,
    exponent: int,
    random_scalars: Sequence[int],
    hidden_scalars: Sequence[int],
) -> bytes:
    """Answer the challenge ("Proof Finalization").

    Args:
        points: what ``proof_init`` gave.
        challenge: the hash of everything the proof shall bind.
        exponent: the signature's e.
        random_scalars: the very ones given to ``proof_init``; never to be used for a second challenge.
        hidden_scalars: in the order of their positions.
    Returns:
        272 octets and 32 for each hidden scalar.
    Raises:
        ValueError: another number of random scalars.
    """
    if len(random_scalars) != len(hidden_scalars) + _BLINDS:
        raise ValueError("five random scalars and one for each hidden message")
    r1, r2, e_tilde, r1_tilde, r3_tilde, *m_tildes = random_scalars
    return Proof(
        points.a_bar,
        points.b_bar,
        points.d,
        e_hat=(e_tilde + exponent * challenge) % R,
        r1_hat=(r1_tilde - r1 * challenge) % R,
        r3_hat=(r3_tilde - invert(r2) * challenge) % R,
        message_hats=tuple(
            (tilde + scalar * challenge) % R for tilde, scalar in zip(m_tildes, hidden_scalars, strict=True)
        ),
        challenge=challenge,
    ).to_bytes()


def proof_verify_init(
    interface: Interface,
    public_key: bytes,
    proof: Proof,
    generators: Sequence[G1Point],
    header: bytes,
    disclosed: Mapping[int, int],
) -> ProofPoints:
    """Recompute what the prover must have hashed ("Proof Verification Initialization").

    Args:
        proof: decoded, unverified.
        generators: one more than hidden and disclosed scalars together.
        disclosed: position to scalar.
        The others as in ``core_proof_verify``.
    Raises:
        VerificationError: ``invalid_index`` for a position that does not exist.
        ValueError: another number of generators, or a disclosed scalar out of range.
    """
    count = len(proof.message_hats) + len(disclosed)
    check_disclosed(disclosed, count)
    if len(generators) != count + 1:
        raise ValueError("one generator more than messages")
    hidden = hidden_indexes(count, disclosed)
    c = proof.challenge
    domain = interface.domain(public_key, generators, header)  # (1)
    t1 = msm([proof.b_bar, proof.a_bar, proof.d], [c, proof.e_hat, proof.r1_hat])  # (2)
    shown = sorted(disclosed)
    t2 = msm(  # (3), (4)
        [
            interface.suite.P1,
            generators[0],
            *(generators[1 + index] for index in shown),
            proof.d,
            *(generators[1 + index] for index in hidden),
        ],
        [c, domain * c, *(disclosed[index] * c for index in shown), proof.r3_hat, *proof.message_hats],
    )
    return ProofPoints(proof.a_bar, proof.b_bar, proof.d, t1, t2, domain)


def challenge_octets(points: ProofPoints, disclosed: Mapping[int, int], more_points: Sequence[G1Point] = ()) -> bytes:
    """The octets of ``c_arr`` ("Challenge Calculation", steps 1 and 2, without the presentation header).

    Args:
        points: the core proof's.
        disclosed: position to scalar.
        more_points: of a proof that shares the challenge; they stand between T2 and the domain.
    """
    shown = b"".join(encode_integer(index) + encode_scalars([disclosed[index]]) for index in sorted(disclosed))
    five = [points.a_bar, points.b_bar, points.d, points.t1, points.t2]
    return (
        encode_integer(len(disclosed)) + shown + encode_points([*five, *more_points]) + encode_scalars([points.domain])
    )


def check_pairing(public_key: bytes, proof: Proof) -> None:
    """Check that the blinded signature is one of this key ("CoreProofVerify", step 6).

    Raises:
        VerificationError: ``invalid_public_key`` or ``invalid_proof``.
    """
    if not pairings_cancel((proof.a_bar, decode_public_key(public_key)), (proof.b_bar, -BP2)):
        raise VerificationError(Reason.INVALID_PROOF)


# --- scalars ---------------------------------------------------------------------------------------------------------


def _challenge(
    interface: Interface, points: ProofPoints, disclosed: Mapping[int, int], presentation_header: bytes
) -> int:
    """Hash everything a plain proof binds ("Challenge Calculation")."""
    length = encode_integer(len(presentation_header))
    return interface.hash_to_scalar(challenge_octets(points, disclosed) + length + presentation_header)


def core_proof_gen(
    interface: Interface,
    public_key: bytes,
    signature: bytes,
    generators: Sequence[G1Point],
    header: bytes,
    presentation_header: bytes,
    scalars: Sequence[int],
    disclosed_indexes: Collection[int],
    random_scalars: RandomScalars = secure_scalars,
) -> bytes:
    """Prove knowledge of a signature over scalars ("CoreProofGen"). Does not verify the signature first.

    Args:
        interface: the one the signature was made under.
        public_key: the signer's, 96 octets.
        signature: 80 octets.
        generators: one more than scalars.
        header: the signature's.
        presentation_header: bound to this proof only.
        scalars: all that were signed.
        disclosed_indexes: positions to disclose.
        random_scalars: the source of blinds; anything but the default gives secrets away outside of a test vector.
    Raises:
        VerificationError: the signature is malformed, or a position does not exist (``invalid_index``).
        ValueError: another number of generators, or a scalar out of range.
    """
    unverified = Signature.from_bytes(signature)
    check_disclosed(disclosed_indexes, len(scalars))
    hidden = hidden_indexes(len(scalars), disclosed_indexes)
    drawn = draw_scalars(random_scalars, _BLINDS + len(hidden))
    points = proof_init(interface, public_key, unverified, generators, drawn, header, scalars, hidden)
    disclosed = {index: scalars[index] for index in disclosed_indexes}
    challenge = _challenge(interface, points, disclosed, presentation_header)
    return proof_finalize(points, challenge, unverified.exponent, drawn, [scalars[index] for index in hidden])


def core_proof_verify(
    interface: Interface,
    public_key: bytes,
    proof: Proof,
    generators: Sequence[G1Point],
    header: bytes,
    presentation_header: bytes,
    disclosed: Mapping[int, int],
) -> None:
    """Verify a proof over scalars ("CoreProofVerify").

    Args:
        proof: decoded with ``Proof.from_bytes``; its ``message_hats`` say how many scalars are hidden.
        generators: one more than hidden and disclosed scalars together.
        disclosed: position to scalar.
        The others as in ``core_proof_gen``.
    Raises:
        VerificationError: ``invalid_public_key``, ``invalid_index``, or ``invalid_proof``.
        ValueError: another number of generators, or a disclosed scalar out of range.
    """
    decode_public_key(public_key)
    points = proof_verify_init(interface, public_key, proof, generators, header, disclosed)
    if _challenge(interface, points, disclosed, presentation_header) != proof.challenge:
        raise VerificationError(Reason.INVALID_PROOF)
    check_pairing(public_key, proof)


# --- octet messages --------------------------------------------------------------------------------------------------


def proof_gen(
    interface: Interface,
    public_key: bytes,
    signature: bytes,
    header: bytes,
    presentation_header: bytes,
    messages: Sequence[bytes],
    disclosed_indexes: Collection[int],
    random_scalars: RandomScalars = secure_scalars,
) -> bytes:
    """Prove knowledge of a signature over octet messages ("Proof Generation (ProofGen)"); see ``core_proof_gen``."""
    return core_proof_gen(
        interface,
        public_key,
        signature,
        interface.generators(len(messages) + 1),
        header,
        presentation_header,
        interface.message_scalars(messages),
        disclosed_indexes,
        random_scalars,
    )


def proof_verify(
    interface: Interface,
    public_key: bytes,
    proof: bytes,
    header: bytes,
    presentation_header: bytes,
    disclosed: Mapping[int, bytes],
) -> None:
    """Verify a proof over octet messages ("Proof Verification (ProofVerify)").

    Args:
        proof: as received.
        disclosed: position to message.
        The others as in ``core_proof_verify``.
    Raises:
        VerificationError: as ``Proof.from_bytes`` and ``core_proof_verify``; ``wrong_length`` also for more than
            ``MAX_MESSAGES`` disclosed messages.
    """
    unverified = Proof.from_bytes(proof)
    if len(disclosed) > MAX_MESSAGES:
        raise VerificationError(Reason.WRONG_LENGTH, "too many disclosed messages")
    generators = interface.generators(len(unverified.message_hats) + len(disclosed) + 1)
    scalars = dict(zip(disclosed, interface.message_scalars(list(disclosed.values())), strict=True))
    core_proof_verify(interface, public_key, unverified, generators, header, presentation_header, scalars)
