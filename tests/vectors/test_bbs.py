# SPDX-License-Identifier: EUPL-1.2
"""Every file of the core draft's vectors, both suites, byte for byte."""

from pathlib import Path

import pytest

from ssi.bbs.keys import key_gen, sk_to_pk
from ssi.bbs.proof import pair_disclosed, proof_gen, proof_verify
from ssi.bbs.signature import sign, verify
from ssi.bbs.suite import core_interface
from ssi.errors import Reason, VerificationError
from tests.vectors.bbs_material import SEED, octets, scalars, seeded, suite_of
from tests.vectors.shared import load_vector, vector_files, vector_params

FOLDER = "bbs-draft/tooling/fixtures/fixture_data"
KINDS = {
    "MapMessageToScalarAsHash.json",
    "generators.json",
    "h2s.json",
    "keypair.json",
    "mockedRng.json",
    "proof/",
    "signature/",
    "messages.json",
}

# Which check must refuse a negative case; what is not named here must fail the last check, not an earlier one.
EARLIER_REFUSALS = {"re-ordered messages": Reason.INVALID_INDEX}


def test_every_file_is_tested(shared_vectors: Path) -> None:
    for name in vector_files(FOLDER):
        assert sum(kind in name for kind in KINDS) == 1, name
    # two suites of (5 single files, 10 signatures, 15 proofs), and the messages they share
    assert len(vector_files(FOLDER)) == 2 * (5 + 10 + 15) + 1


@pytest.mark.parametrize("name", vector_params(FOLDER, "keypair.json"))
def test_key_pair(name: str) -> None:
    vector = load_vector(FOLDER, name)
    material, info, dst = (bytes.fromhex(vector[field]) for field in ("keyMaterial", "keyInfo", "keyDst"))
    secret_key = key_gen(suite_of(name), material, info, dst)
    assert secret_key == int(vector["keyPair"]["secretKey"], 16)
    assert sk_to_pk(secret_key).hex() == vector["keyPair"]["publicKey"]


@pytest.mark.parametrize("name", vector_params(FOLDER, "generators.json"))
def test_generators_and_fixed_point(name: str) -> None:
    vector = load_vector(FOLDER, name)
    expected = [vector["Q1"], *vector["MsgGenerators"]]
    generators = core_interface(suite_of(name)).generators(len(expected))
    assert [point.to_compressed_bytes().hex() for point in generators] == expected
    assert suite_of(name).P1.to_compressed_bytes().hex() == vector["P1"]


@pytest.mark.parametrize("name", vector_params(FOLDER, "h2s.json"))
def test_hash_to_scalar(name: str) -> None:
    vector = load_vector(FOLDER, name)
    hashed = suite_of(name).hash_to_scalar(bytes.fromhex(vector["message"]), bytes.fromhex(vector["dst"]))
    assert hashed == int(vector["scalar"], 16)


@pytest.mark.parametrize("name", vector_params(FOLDER, "MapMessageToScalarAsHash.json"))
def test_messages_to_scalars(name: str) -> None:
    vector = load_vector(FOLDER, name)
    interface = core_interface(suite_of(name))
    assert interface.api_id + b"MAP_MSG_TO_SCALAR_AS_HASH_" == bytes.fromhex(vector["dst"])
    mapped = interface.message_scalars([bytes.fromhex(case["message"]) for case in vector["cases"]])
    assert mapped == [int(case["scalar"], 16) for case in vector["cases"]]


@pytest.mark.parametrize("name", vector_params(FOLDER, "messages.json"))
def test_messages_are_those_that_the_other_files_map(name: str) -> None:
    messages = load_vector(FOLDER, name)
    for suite in ("bls12-381-sha-256", "bls12-381-shake-256"):
        cases = load_vector(FOLDER, f"{suite}/MapMessageToScalarAsHash.json")["cases"]
        assert [case["message"] for case in cases] == messages


@pytest.mark.parametrize("name", vector_params(FOLDER, "mockedRng.json"))
def test_seeded_random_scalars(name: str) -> None:
    vector = load_vector(FOLDER, name)
    source = seeded(suite_of(name), bytes.fromhex(vector["seed"]), bytes.fromhex(vector["dst"]))
    assert source(vector["count"]) == scalars(vector["mockedScalars"])


@pytest.mark.parametrize("name", vector_params(FOLDER, "signature/"))
def test_signature(name: str) -> None:
    vector = load_vector(FOLDER, name)
    interface = core_interface(suite_of(name))
    public_key = bytes.fromhex(vector["signerKeyPair"]["publicKey"])
    signature, header = bytes.fromhex(vector["signature"]), bytes.fromhex(vector["header"])
    messages = octets(vector["messages"])
    if vector["result"]["valid"]:
        secret_key = int(vector["signerKeyPair"]["secretKey"], 16)
        assert sign(interface, secret_key, public_key, header, messages) == signature
        generators = interface.generators(len(messages) + 1)
        assert interface.domain(public_key, generators, header) == int(vector["trace"]["domain"], 16)
        verify(interface, public_key, signature, header, messages)
    else:
        with pytest.raises(VerificationError) as refusal:
            verify(interface, public_key, signature, header, messages)
        assert refusal.value.reason is Reason.INVALID_SIGNATURE


@pytest.mark.parametrize("name", vector_params(FOLDER, "proof/"))
def test_proof(name: str) -> None:
    vector = load_vector(FOLDER, name)
    suite = suite_of(name)
    interface = core_interface(suite)
    public_key, signature, header, presentation_header, proof = (
        bytes.fromhex(vector[field])
        for field in ("signerPublicKey", "signature", "header", "presentationHeader", "proof")
    )
    messages, indexes = octets(vector["messages"]), vector["disclosedIndexes"]

    def check() -> None:
        disclosed = pair_disclosed(indexes, [messages[index] for index in indexes])
        proof_verify(interface, public_key, proof, header, presentation_header, disclosed)

    if vector["result"]["valid"]:
        source = seeded(suite, SEED, interface.api_id + b"MOCK_RANDOM_SCALARS_DST_")
        made = proof_gen(interface, public_key, signature, header, presentation_header, messages, indexes, source)
        assert made.hex() == proof.hex()
        check()
    else:
        with pytest.raises(VerificationError) as refusal:
            check()
        assert refusal.value.reason is EARLIER_REFUSALS.get(vector["result"]["reason"], Reason.INVALID_PROOF)
