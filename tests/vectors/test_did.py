# SPDX-License-Identifier: EUPL-1.2
"""Every did:key document and every did:jwk of the public vectors, equal as JSON values. Nothing is left out.

The did:key vectors show several generations of documents. The type of a vector's first verification method says
which ``Representation`` wrote it.
"""

import base64
import json
from pathlib import Path
from typing import Any

import base58
import pytest

from ssi.did import DidProblem, JwkMethod, KeyMethod, Relationship, Representation, parse_document
from ssi.did.errors import DidError
from ssi.did.jwk import FRAGMENT
from ssi.did.key import did_key_from, x25519_from_ed25519
from ssi.keys import KeyType, PrivateKey, PublicKey
from tests.vectors.shared import SHARED_VECTORS, WHERE, load_vector, vector_files

DID_KEY = "did-key"
DID_JWK = "did-jwk"
DOCUMENTS_PER_FILE = {
    "bls12381": 6,
    "ed25519-x25519": 5,
    "nist-curves": 7,
    "rsa": 2,
    "secp256k1": 6,
    "x25519": 4,
}
# The vector of a pair of BLS keys in one identifier: its document names the first key only.
PAIR_PREFIX = "did:key:z5Tc"


def _cases() -> list[tuple[str, str, dict[str, Any]]]:
    """(file, DID, the vector's members, ``didDocument`` among them) of every did:key vector."""
    found = []
    for path in vector_files(DID_KEY):
        content = load_vector(DID_KEY, path)
        if "didDocument" in content:  # one file has the documents directly below this member
            content = {did: {"didDocument": document} for did, document in content["didDocument"].items()}
        found += [(Path(path).stem, did, members) for did, members in content.items()]
    return found


def _params(having: str) -> list[Any]:
    found = [
        pytest.param(did, members, id=f"{file}-{did[8:24]}") for file, did, members in _cases() if having in members
    ]
    return found or [pytest.param("", {}, id="absent", marks=pytest.mark.skip(reason=WHERE))]


def _jwk_dids() -> list[Any]:
    if not (SHARED_VECTORS / DID_JWK).is_dir():
        return [pytest.param("", id="absent", marks=pytest.mark.skip(reason=WHERE))]
    dids = load_vector(DID_JWK, "did-jwk-vectors.json")["dids"]
    return [pytest.param(did, id=name) for did, name in zip(dids, ("p256", "x25519-enc"), strict=True)]


def _method_for(document: dict[str, Any]) -> KeyMethod:
    method_type = document["verificationMethod"][0]["type"]
    return KeyMethod(Representation.JSON_WEB_KEY if method_type == "JsonWebKey2020" else Representation.SUITES)


def test_every_file_and_document_is_tested(shared_vectors: Path) -> None:
    assert shared_vectors.is_dir()
    counted: dict[str, int] = {}
    for file, _, _ in _cases():
        counted[file] = counted.get(file, 0) + 1
    assert counted == DOCUMENTS_PER_FILE


@pytest.mark.parametrize(("did", "members"), _params("didDocument"))
def test_did_key_document(did: str, members: dict[str, Any]) -> None:
    expected = members["didDocument"]
    assert _method_for(expected).resolve(did).to_json() == expected


@pytest.mark.parametrize(("did", "members"), _params("didDocument"))
def test_did_key_document_parses_back_and_agrees_in_every_representation(did: str, members: dict[str, Any]) -> None:
    parsed = parse_document(json.dumps(members["didDocument"]).encode(), did)
    assert parsed.to_json() == members["didDocument"]
    for representation in Representation:
        document = KeyMethod(representation).resolve(did)
        assert [(m.id, m.key) for m in document.verification_methods] == [
            (m.id, m.key) for m in parsed.verification_methods
        ]
        assert document.relationships == parsed.relationships
        assert parse_document(json.dumps(document.to_json()).encode(), did) == document


@pytest.mark.parametrize(("did", "members"), _params("didDocument"))
def test_did_key_round_trips(did: str, members: dict[str, Any]) -> None:
    if did.startswith(PAIR_PREFIX):
        assert did != did_key_from(KeyMethod().resolve(did).verification_methods[0].key)
        return
    key = PublicKey.from_multikey(did.removeprefix("did:key:"))
    assert did_key_from(key) == did
    assert PublicKey.from_jwk(key.to_jwk()) == key
    assert KeyMethod().resolve(did).verification_methods[0].key == key
    assert members["didDocument"]["id"] == did


@pytest.mark.parametrize(("did", "members"), _params("seed"))
def test_private_key_of_a_vector_belongs_to_its_did(did: str, members: dict[str, Any]) -> None:
    key_type = KeyType.ED25519 if did.startswith("did:key:z6Mk") else KeyType.SECP256K1
    private_key = PrivateKey.from_octets(key_type, bytes.fromhex(members["seed"]))
    assert did_key_from(private_key.public_key) == did
    private_key.public_key.verify(b"the same key", private_key.sign(b"the same key"))


@pytest.mark.parametrize(("did", "members"), _params("keyAgreementKeyPair"))
def test_x25519_key_is_derived_from_the_ed25519_key(did: str, members: dict[str, Any]) -> None:
    derived = x25519_from_ed25519(PublicKey.from_multikey(did.removeprefix("did:key:")))
    expected = members["keyAgreementKeyPair"]
    if "publicKeyBase58" in expected:
        assert base58.b58encode(derived.octets).decode() == expected["publicKeyBase58"]
    else:
        assert derived.to_jwk() == expected["publicKeyJwk"]


@pytest.mark.parametrize(("did", "members"), _params("verificationMethod"))
def test_p256_private_key_of_a_vector_signs_for_its_did(did: str, members: dict[str, Any]) -> None:
    jwk = members["verificationMethod"].get("privateKeyJwk")
    if jwk is None:
        secret = base58.b58decode(members["verificationMethod"]["privateKeyBase58"])
    elif jwk["crv"] != "P-256":
        key = PublicKey.from_jwk({name: value for name, value in jwk.items() if name != "d"})
        assert did_key_from(key) == did  # a type that only reads and prints here
        return
    else:
        secret = base64.urlsafe_b64decode(jwk["d"] + "=")
    private_key = PrivateKey.from_octets(KeyType.P256, secret)
    assert did_key_from(private_key.public_key) == did


@pytest.mark.parametrize("did", _jwk_dids())
def test_did_jwk_document(did: str) -> None:
    text = did.removeprefix("did:jwk:")
    jwk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    key_id = f"{did}#{FRAGMENT}"
    expected: dict[str, Any] = {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"],
        "id": did,
        "verificationMethod": [
            {"id": key_id, "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": jwk},
        ],
    }
    purposes = ["keyAgreement"]
    if jwk.get("use") != "enc":
        purposes += ["assertionMethod", "authentication", "capabilityInvocation", "capabilityDelegation"]
    expected |= {purpose: [key_id] for purpose in purposes}
    document = JwkMethod().resolve(did)
    assert document.to_json() == expected
    assert parse_document(json.dumps(expected).encode(), did).to_json() == expected


@pytest.mark.parametrize("did", _jwk_dids())
def test_did_jwk_with_a_private_member_is_refused(did: str) -> None:
    text = did.removeprefix("did:jwk:")
    jwk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    leaked = base64.urlsafe_b64encode(json.dumps(jwk | {"d": jwk["x"]}).encode()).rstrip(b"=").decode()
    with pytest.raises(DidError) as refused:
        JwkMethod().resolve(f"did:jwk:{leaked}")
    assert refused.value.problem is DidProblem.PRIVATE_KEY_PUBLISHED


@pytest.mark.parametrize("did", _jwk_dids())
def test_did_jwk_allows_only_what_its_use_says(did: str) -> None:
    document = JwkMethod().resolve(did)
    key_id = document.verification_methods[0].id
    assert document.get_key(key_id, Relationship.KEY_AGREEMENT) == document.verification_methods[0].key
    if document.verification_methods[0].jwk.get("use") == "enc":
        with pytest.raises(DidError) as refused:
            document.get_key(key_id, Relationship.ASSERTION_METHOD)
        assert refused.value.problem is DidProblem.PURPOSE_NOT_ALLOWED
