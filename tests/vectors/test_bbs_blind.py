# SPDX-License-Identifier: EUPL-1.2
"""Every file of the blind signatures' vectors, both suites, byte for byte.

The files (Wind4Greg/grotto-bbs-signatures ae45ce7, 2025-02-04) agree with draft-irtf-cfrg-bbs-blind-signatures of the
same month (commit 067d62e) except for the exponent ``e``; ``ssi.bbs.blind`` says how. The fixtures in that draft's own
repository (2024-07-09) are older, still have a ``signer_blind``, and are not used. All cases are positive.
"""

from pathlib import Path

import pytest

from ssi.bbs.blind import (
    all_generators,
    blind_proof_gen,
    blind_proof_verify,
    blind_sign,
    blind_verify,
    commit,
    verify_commitment,
)
from ssi.bbs.suite import blind_interface
from tests.vectors.bbs_material import by_index, octets, seeded_by, suite_of
from tests.vectors.shared import load_vector, vector_files, vector_params

FOLDER = "bbs-blind-pseudonym/blind_test/fixture_data"
KINDS = {"commit/", "signature/", "proof/", "messages.json"}

# The trace of this file is not of its own signature, which holds and is reproduced.
WRONG_TRACES = {"bls12-381-sha-256/signature/signature003.json"}


def test_every_file_is_tested(shared_vectors: Path) -> None:
    for name in vector_files(FOLDER):
        assert sum(kind in name for kind in KINDS) == 1, name
    assert len(vector_files(FOLDER)) == 2 * (2 + 6 + 8) + 1


@pytest.mark.parametrize("name", vector_params(FOLDER, "messages.json"))
def test_messages_are_those_that_the_other_files_sign(name: str) -> None:
    vector = load_vector(FOLDER, name)
    for suite in ("bls12-381-sha-256", "bls12-381-shake-256"):
        signature = load_vector(FOLDER, f"{suite}/signature/signature004.json")
        assert signature["messages"] == vector["messages"]
        assert signature["committedMessages"] == vector["committedMessages"]


@pytest.mark.parametrize("name", vector_params(FOLDER, "commit/"))
def test_commitment(name: str) -> None:
    vector = load_vector(FOLDER, name)
    interface = blind_interface(suite_of(name))
    messages = octets(vector["committedMessages"])
    made, blind = commit(interface, messages, seeded_by(interface.suite, vector, "commit"))
    assert made.hex() == vector["commitmentWithProof"]
    assert blind == int(vector["proverBlind"], 16)
    assert verify_commitment(interface, made).committed_count == len(messages)


@pytest.mark.parametrize("name", vector_params(FOLDER, "signature/"))
def test_blind_signature(name: str) -> None:
    vector = load_vector(FOLDER, name)
    interface = blind_interface(suite_of(name))
    secret_key, public_key = (vector["signerKeyPair"][field] for field in ("secretKey", "publicKey"))
    key = bytes.fromhex(public_key)
    header, signature = bytes.fromhex(vector["header"]), bytes.fromhex(vector["signature"])
    commitment = bytes.fromhex(vector["commitmentWithProof"]) if vector["commitmentWithProof"] else None
    messages, committed = octets(vector["messages"]), octets(vector["committedMessages"])
    blind = int(vector["proverBlind"] or "0", 16)
    assert blind_sign(interface, int(secret_key, 16), key, commitment, header, messages) == signature
    domain = interface.domain(key, all_generators(interface, len(messages), len(committed)), header)
    assert (f"{domain:064x}" == vector["trace"]["domain"]) == (name not in WRONG_TRACES)
    blind_verify(interface, key, signature, header, messages, committed, blind)


@pytest.mark.parametrize("name", vector_params(FOLDER, "proof/"))
def test_blind_proof(name: str) -> None:
    vector = load_vector(FOLDER, name)
    interface = blind_interface(suite_of(name))
    key, signature, header, presentation_header, proof = (
        bytes.fromhex(vector[field])
        for field in ("signerPublicKey", "signature", "header", "presentationHeader", "proof")
    )
    shown, shown_committed = by_index(vector["revealedMessages"]), by_index(vector["revealedCommittedMessages"])
    everything = load_vector(FOLDER, "messages.json")
    has_commitment = vector["commitmentWithProof"] is not None
    made = blind_proof_gen(
        interface,
        key,
        signature,
        header,
        presentation_header,
        octets(everything["messages"]),
        octets(everything["committedMessages"]) if has_commitment else [],
        shown,
        shown_committed,
        int(vector["proverBlind"] or "0", 16),
        seeded_by(interface.suite, vector, "proof"),
    )
    assert made.hex() == proof.hex()
    blind_proof_verify(interface, key, proof, header, presentation_header, vector["L"], shown, shown_committed)
