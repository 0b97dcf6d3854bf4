# SPDX-License-Identifier: EUPL-1.2
"""Pseudonyms: the same for one holder in one context, and linkable to no other context.

Implements draft-irtf-cfrg-bbs-pseudonyms -03 (commit fcbba95). The holder's nym secrets are the last committed scalars;
the signer adds entropy to the last of them. A pseudonym is ``OP * (n_0 + n_1 z + n_2 z^2 ...)`` with OP and z hashed
from the context. The proof of it shares the challenge and the responses of the hidden nym secrets with the core proof.

Invariants:
    * The number of nym secrets is bound by the signature's header, so no holder can claim fewer or more.
    * Nym secrets are never disclosed: their positions are refused on both sides.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from py_arkworks_bls12381 import G1Point

from ssi.bbs.blind import all_generators, core_blind_sign, core_commit, disclosed_parameters, verify_commitment
from ssi.bbs.keys import decode_public_key
from ssi.bbs.proof import (
    Proof,
    ProofPoints,
    challenge_octets,
    check_disclosed,
    check_pairing,
    hidden_indexes,
    proof_finalize,
    proof_init,
    proof_verify_init,
)
from ssi.bbs.signature import Signature, core_verify
from ssi.bbs.suite import (
    G1_BYTES,
    Interface,
    R,
    RandomScalars,
    decode_g1,
    draw_scalars,
    encode_integer,
    encode_points,
    msm,
    multiply,
)
from ssi.bbs.suite import random_scalars as secure_scalars
from ssi.errors import Reason, VerificationError

__all__ = [
    "PSEUDONYM_BYTES",
    "blind_sign_with_nym",
    "calculate_pseudonym",
    "combine_header",
    "commit_with_nym",
    "context_generator",
    "core_proof_gen_with_nym",
    "core_proof_verify_with_nym",
    "decode_pseudonym",
    "evaluate_nym_polynomial",
    "proof_gen_with_nym",
    "proof_verify_with_nym",
    "verify_finalize_with_nym",
]

PSEUDONYM_BYTES: Final = G1_BYTES
_BP1: Final = G1Point()
_BLINDS: Final = 5


# --- the pseudonym ---------------------------------------------------------------------------------------------------


def context_generator(interface: Interface, context_id: bytes) -> G1Point:
    """OP, the generator that a context hashes to ("Pseudonym Proof Generation Initialization", step 1)."""
    return interface.suite.hash_to_curve(context_id, interface.api_id)


def evaluate_nym_polynomial(interface: Interface, context_id: bytes, coefficients: Sequence[int]) -> int:
    """``sum(coefficients[i] * z^i)`` at the z that a context hashes to (the same section, steps 2 to 6)."""
    z = interface.hash_to_scalar(context_id, b"VECT_NYM_SECRETS")
    value = 0
    for coefficient in reversed(coefficients):
        value = (value * z + coefficient) % R
    return value


def calculate_pseudonym(interface: Interface, context_id: bytes, nym_secrets: Sequence[int]) -> G1Point:
    """The pseudonym of a holder in a context ("Pseudonym Calculation Procedure").

    Raises:
        ValueError: no nym secret, or secrets whose pseudonym would be the identity.
    """
    pseudonym = multiply(
        context_generator(interface, context_id), evaluate_nym_polynomial(interface, context_id, nym_secrets)
    )
    if not nym_secrets or pseudonym == G1Point.identity():
        raise ValueError("these nym secrets have no pseudonym in this context")
    return pseudonym


def decode_pseudonym(unverified: bytes) -> G1Point:
    """Decode a pseudonym, 48 octets ("Pseudonyms": neither the identity nor the base point).

    Raises:
        VerificationError: ``invalid_pseudonym``.
    """
    try:
        pseudonym = decode_g1(unverified)
    except VerificationError:
        raise VerificationError(Reason.INVALID_PSEUDONYM) from None
    if pseudonym == _BP1:
        raise VerificationError(Reason.INVALID_PSEUDONYM)
    return pseudonym


def combine_header(header: bytes, nym_count: int) -> bytes:
    """The header that is signed: the caller's, and the number of nym secrets ("Blind Issuance", step 9)."""
    return header + encode_integer(nym_count)


# --- issuance --------------------------------------------------------------------------------------------------------


def commit_with_nym(
    interface: Interface,
    committed_messages: Sequence[bytes],
    prover_nyms: Sequence[int],
    random_scalars: RandomScalars = secure_scalars,
) -> tuple[bytes, int]:
    """Commit to octet messages and to the holder's nym secrets ("Commitment"); see ``core_commit``."""
    if not prover_nyms:
        raise ValueError("at least one nym secret")
    return core_commit(interface, [*interface.message_scalars(committed_messages), *prover_nyms], random_scalars)


def blind_sign_with_nym(
    interface: Interface,
    secret_key: int,
    public_key: bytes,
    commitment_with_proof: bytes,
    nym_count: int,
    signer_nym_entropy: int,
    header: bytes,
    messages: Sequence[bytes],
) -> bytes:
    """Sign octet messages and a commitment that ends in nym secrets ("Blind Issuance").

    Args:
        commitment_with_proof: as received.
        nym_count: how many of the committed scalars are nym secrets, as the holder says; it is bound by the signature.
        signer_nym_entropy: added to the last nym secret; a different one for each holder, the same one when renewing.
        The others as in ``core_blind_sign``.
    Raises:
        VerificationError: the commitment is refused (see ``verify_commitment``), or ``wrong_length`` when it commits to
            fewer scalars than ``nym_count``, or ``nym_count`` is under one.
    """
    commitment = verify_commitment(interface, commitment_with_proof)
    if not 1 <= nym_count <= commitment.committed_count:
        raise VerificationError(Reason.WRONG_LENGTH, "more nym secrets than committed scalars, or none")
    return core_blind_sign(
        interface,
        secret_key,
        public_key,
        commitment,
        interface.message_scalars(messages),
        combine_header(header, nym_count),
        signer_nym_entropy,
    )


def verify_finalize_with_nym(
    interface: Interface,
    public_key: bytes,
    signature: bytes,
    header: bytes,
    messages: Sequence[bytes],
    committed_messages: Sequence[bytes],
    prover_nyms: Sequence[int],
    signer_nym_entropy: int,
    secret_prover_blind: int,
) -> list[int]:
    """Verify a signature, as its holder, and return the final nym secrets ("Verification and Finalization").

    Raises:
        VerificationError: as ``core_verify``.
        ValueError: no nym secret, or a scalar out of range.
    """
    if not prover_nyms or not 0 <= signer_nym_entropy < R:
        raise ValueError("at least one nym secret, and entropy in 0 .. R - 1")
    nym_secrets = [*prover_nyms[:-1], (prover_nyms[-1] + signer_nym_entropy) % R]
    committed = [*interface.message_scalars(committed_messages), *nym_secrets]
    core_verify(
        interface,
        public_key,
        signature,
        all_generators(interface, len(messages), len(committed)),
        combine_header(header, len(nym_secrets)),
        [*interface.message_scalars(messages), secret_prover_blind, *committed],
    )
    return nym_secrets


# --- proofs over scalars ---------------------------------------------------------------------------------------------


def _challenge(
    interface: Interface,
    points: ProofPoints,
    pseudonym: G1Point,
    pseudonym_tilde: G1Point,
    disclosed: Mapping[int, int],
    presentation_header: bytes,
    context_id: bytes,
) -> int:
    """Hash everything a proof with a pseudonym binds ("Challenge Calculation")."""
    return interface.hash_to_scalar(
        challenge_octets(points, disclosed, [pseudonym, pseudonym_tilde])
        + encode_integer(len(presentation_header))
        + presentation_header
        + encode_integer(len(context_id))
        + context_id
    )


def core_proof_gen_with_nym(
    interface: Interface,
    public_key: bytes,
    signature: bytes,
    generators: Sequence[G1Point],
    header: bytes,
    presentation_header: bytes,
    context_id: bytes,
    scalars: Sequence[int],
    disclosed_indexes: Collection[int],
    nym_count: int,
    random_scalars: RandomScalars = secure_scalars,
) -> tuple[bytes, bytes]:
    """Prove knowledge of a signature and show the pseudonym of its nym secrets ("Core Proof Generation").

    Args:
        header: the signature's, not yet combined with ``nym_count``.
        context_id: what the pseudonym is for.
        scalars: all that were signed; the last ``nym_count`` are the nym secrets.
        The others as in ``core_proof_gen``.
    Returns:
        The proof, and the pseudonym in 48 octets.
    Raises:
        VerificationError: the signature is malformed, or ``invalid_index`` for a position that does not exist or holds
            a nym secret.
        ValueError: another number of generators, or no nym secret.
    """
    if not 1 <= nym_count <= len(scalars):
        raise ValueError("at least one nym secret among the scalars")
    unverified = Signature.from_bytes(signature)
    check_disclosed(disclosed_indexes, len(scalars) - nym_count)
    hidden = hidden_indexes(len(scalars), disclosed_indexes)
    drawn = draw_scalars(random_scalars, _BLINDS + len(hidden))
    combined = combine_header(header, nym_count)
    points = proof_init(interface, public_key, unverified, generators, drawn, combined, scalars, hidden)
    pseudonym = calculate_pseudonym(interface, context_id, scalars[-nym_count:])
    tilde = calculate_pseudonym(interface, context_id, drawn[-nym_count:])
    disclosed = {index: scalars[index] for index in disclosed_indexes}
    challenge = _challenge(interface, points, pseudonym, tilde, disclosed, presentation_header, context_id)
    proof = proof_finalize(points, challenge, unverified.exponent, drawn, [scalars[index] for index in hidden])
    return proof, encode_points([pseudonym])


def core_proof_verify_with_nym(
    interface: Interface,
    public_key: bytes,
    proof: Proof,
    pseudonym: bytes,
    context_id: bytes,
    nym_count: int,
    generators: Sequence[G1Point],
    header: bytes,
    presentation_header: bytes,
    disclosed: Mapping[int, int],
) -> None:
    """Verify a proof and its pseudonym ("Core Proof Verification"); arguments as in ``core_proof_gen_with_nym``.

    Raises:
        VerificationError: ``invalid_public_key``, ``invalid_pseudonym``, ``invalid_index``, ``wrong_length`` when fewer
            scalars are hidden than there are nym secrets, or ``invalid_proof``.
        ValueError: another number of generators, or ``nym_count`` under one.
    """
    if nym_count < 1:
        raise ValueError("at least one nym secret")
    decode_public_key(public_key)
    point = decode_pseudonym(pseudonym)
    if len(proof.message_hats) < nym_count:
        raise VerificationError(Reason.WRONG_LENGTH, "fewer hidden messages than nym secrets")
    check_disclosed(disclosed, len(proof.message_hats) + len(disclosed) - nym_count)
    combined = combine_header(header, nym_count)
    points = proof_verify_init(interface, public_key, proof, generators, combined, disclosed)
    response = evaluate_nym_polynomial(interface, context_id, proof.message_hats[-nym_count:])
    tilde = msm([context_generator(interface, context_id), point], [response, -proof.challenge])
    if tilde == G1Point.identity():
        raise VerificationError(Reason.INVALID_PROOF)
    challenge = _challenge(interface, points, point, tilde, disclosed, presentation_header, context_id)
    if challenge != proof.challenge:
        raise VerificationError(Reason.INVALID_PROOF)
    check_pairing(public_key, proof)


# --- proofs over octet messages --------------------------------------------------------------------------------------


def proof_gen_with_nym(
    interface: Interface,
    public_key: bytes,
    signature: bytes,
    header: bytes,
    presentation_header: bytes,
    nym_secrets: Sequence[int],
    context_id: bytes,
    messages: Sequence[bytes],
    committed_messages: Sequence[bytes],
    disclosed_indexes: Collection[int],
    disclosed_committed_indexes: Collection[int],
    secret_prover_blind: int,
    random_scalars: RandomScalars = secure_scalars,
) -> tuple[bytes, bytes]:
    """Prove knowledge of a signature over octet messages, with a pseudonym ("Proof Generation with Pseudonym").

    Args:
        nym_secrets: what ``verify_finalize_with_nym`` returned.
        committed_messages: without the nym secrets.
        The others as in ``core_proof_gen_with_nym`` and ``blind_proof_gen``.
    Returns:
        The proof, and the pseudonym in 48 octets.
    """
    check_disclosed(disclosed_indexes, len(messages))
    check_disclosed(disclosed_committed_indexes, len(committed_messages))
    committed = [*interface.message_scalars(committed_messages), *nym_secrets]
    return core_proof_gen_with_nym(
        interface,
        public_key,
        signature,
        all_generators(interface, len(messages), len(committed)),
        header,
        presentation_header,
        context_id,
        [*interface.message_scalars(messages), secret_prover_blind, *committed],
        {*disclosed_indexes, *(len(messages) + 1 + index for index in disclosed_committed_indexes)},
        len(nym_secrets),
        random_scalars,
    )


def proof_verify_with_nym(
    interface: Interface,
    public_key: bytes,
    proof: bytes,
    header: bytes,
    presentation_header: bytes,
    pseudonym: bytes,
    context_id: bytes,
    nym_count: int,
    message_count: int,
    disclosed: Mapping[int, bytes],
    disclosed_committed: Mapping[int, bytes],
) -> None:
    """Verify a proof over octet messages and its pseudonym ("Proof Verification with Pseudonym").

    Args:
        pseudonym: 48 octets, as received.
        nym_count: how many nym secrets this issuer's signatures have.
        message_count: how many messages the signer knew (L).
        disclosed: position among the signer's messages to message.
        disclosed_committed: position among the committed messages to message.
    Raises:
        VerificationError: as ``Proof.from_bytes``, ``disclosed_parameters`` and ``core_proof_verify_with_nym``.
    """
    unverified = Proof.from_bytes(proof)
    generators, scalars = disclosed_parameters(
        interface, unverified, message_count, disclosed, disclosed_committed, never_disclosed=nym_count
    )
    core_proof_verify_with_nym(
        interface,
        public_key,
        unverified,
        pseudonym,
        context_id,
        nym_count,
        generators,
        header,
        presentation_header,
        scalars,
    )
