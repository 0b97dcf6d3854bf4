# SPDX-License-Identifier: EUPL-1.2
"""DID documents: what is read, what is left out, and what refuses the whole document."""

import json
from typing import Any

import pytest

from ssi.did import DidError, DidProblem, Relationship, did_key_from, parse_document
from ssi.did.suites import to_base58
from ssi.keys import KeyType, PrivateKey
from ssi.keys.multibase import encode_multikey

DID = "did:web:heerlen.example"
ED25519 = PrivateKey.from_octets(KeyType.ED25519, b"\x01" * 32).public_key
P256 = PrivateKey.from_octets(KeyType.P256, b"\x02" * 32).public_key


def method(name: str, **changes: Any) -> dict[str, Any]:
    made = {"id": f"{DID}#{name}", "type": "Multikey", "controller": DID, "publicKeyMultibase": ED25519.to_multikey()}
    return {key: value for key, value in (made | changes).items() if value is not None}


def jwk_method(name: str, jwk: Any) -> dict[str, Any]:
    return method(name, type="JsonWebKey2020", publicKeyMultibase=None, publicKeyJwk=jwk)


def base58_method(name: str, method_type: str, text: str) -> dict[str, Any]:
    return method(name, type=method_type, publicKeyMultibase=None, publicKeyBase58=text)


def encode(**members: Any) -> bytes:
    return json.dumps({"id": DID} | members).encode()


def test_reads_every_key_format() -> None:
    document = parse_document(
        encode(
            verificationMethod=[
                method("multikey"),
                jwk_method("jwk", P256.to_jwk() | {"kid": "7"}),
                method(
                    "b58",
                    type="Ed25519VerificationKey2018",
                    publicKeyMultibase=None,
                    publicKeyBase58=to_base58(ED25519),
                ),
                method("suite", type="Ed25519VerificationKey2020"),
            ],
            assertionMethod=[f"{DID}#multikey", f"{DID}#jwk"],
        ),
        DID,
    )
    assert [m.key for m in document.verification_methods] == [ED25519, P256, ED25519, ED25519]
    assert document.keys_for(Relationship.ASSERTION_METHOD) == (ED25519, P256)
    assert document.keys_for(Relationship.AUTHENTICATION) == ()
    assert parse_document(json.dumps(document.to_json()).encode(), DID) == document


def test_a_key_is_usable_only_for_what_the_document_says() -> None:
    document = parse_document(encode(verificationMethod=[method("a")], authentication=[f"{DID}#a"]), DID)
    assert document.get_key(f"{DID}#a", Relationship.AUTHENTICATION) == ED25519
    with pytest.raises(DidError) as refused:
        document.get_key(f"{DID}#a", Relationship.ASSERTION_METHOD)
    assert refused.value.problem is DidProblem.PURPOSE_NOT_ALLOWED


def test_an_embedded_method_serves_its_own_purpose_only() -> None:
    document = parse_document(encode(authentication=[method("a")], assertionMethod=[method("b")]), DID)
    assert document.get_key(f"{DID}#a", Relationship.AUTHENTICATION) == ED25519
    with pytest.raises(DidError) as refused:
        document.get_key(f"{DID}#a", Relationship.ASSERTION_METHOD)
    assert refused.value.problem is DidProblem.PURPOSE_NOT_ALLOWED


UNUSABLE: dict[str, dict[str, Any]] = {
    "unknown type": method("a", type="EcdsaSecp256k1RecoveryMethod2020", blockchainAccountId="eip155:1:0x00"),
    "unknown curve": jwk_method("a", {"kty": "OKP", "crv": "Ed448", "x": "AA"}),
    "unknown codec": method("a", publicKeyMultibase=encode_multikey(0x1300, bytes(32))),
    "another controller": method("a", controller="did:web:other.example"),
}


@pytest.mark.parametrize("entry", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_method_is_left_out_and_cannot_be_looked_up(entry: dict[str, Any]) -> None:
    document = parse_document(
        encode(verificationMethod=[entry, method("good")], assertionMethod=[f"{DID}#a", f"{DID}#good"]), DID
    )
    assert [m.id for m in document.verification_methods] == [f"{DID}#good"]
    assert document.keys_for(Relationship.ASSERTION_METHOD) == (ED25519,)
    with pytest.raises(DidError) as refused:
        document.get_key(f"{DID}#a", Relationship.ASSERTION_METHOD)
    assert refused.value.problem is DidProblem.KEY_NOT_FOUND


def test_a_reference_into_another_document_gives_no_key() -> None:
    document = parse_document(encode(assertionMethod=[f"{did_key_from(ED25519)}#x"]), DID)
    assert document.keys_for(Relationship.ASSERTION_METHOD) == ()


MALFORMED: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"{",
    "not UTF-8": b'{"id": "\xff"}',
    "a list": b"[]",
    "a string": b'"did"',
    "doubled member": f'{{"id": "{DID}", "id": "{DID}"}}'.encode(),
    "doubled member within": f'{{"id": "{DID}", "x": {{"a": 1, "a": 1}}}}'.encode(),
    "not a number": f'{{"id": "{DID}", "x": NaN}}'.encode(),
    "too deep": b"[" * 60_000,
    "methods are an object": encode(verificationMethod={}),
    "a method is a string": encode(verificationMethod=["a"]),
    "too many methods": encode(verificationMethod=[method(str(i)) for i in range(101)]),
    "method without id": encode(verificationMethod=[method("a", id=None)]),
    "method with relative id": encode(verificationMethod=[method("a", id="#a")]),
    "method with empty fragment": encode(verificationMethod=[method("")]),
    "method of another DID": encode(verificationMethod=[method("a", id="did:web:other.example#a")]),
    "method of a longer DID": encode(verificationMethod=[method("a", id=f"{DID}:user#a")]),
    "method without type": encode(verificationMethod=[method("a", type=None)]),
    "method without controller": encode(verificationMethod=[method("a", controller=None)]),
    "doubled method": encode(verificationMethod=[method("a"), method("a")]),
    "doubled embedded method": encode(verificationMethod=[method("a")], authentication=[method("a")]),
    "method without key": encode(verificationMethod=[method("a", publicKeyMultibase=None)]),
    "method with two keys": encode(verificationMethod=[method("a", publicKeyJwk=P256.to_jwk())]),
    "multibase is a number": encode(verificationMethod=[method("a", publicKeyMultibase=7)]),
    "multibase of another length": encode(
        verificationMethod=[method("a", publicKeyMultibase=encode_multikey(0xED, bytes(31)))]
    ),
    "JWK is a string": encode(verificationMethod=[jwk_method("a", "x")]),
    "JWK off the curve": encode(verificationMethod=[jwk_method("a", P256.to_jwk() | {"y": P256.to_jwk()["x"]})]),
    "base58 without a type": encode(
        verificationMethod=[method("a", publicKeyMultibase=None, publicKeyBase58=to_base58(ED25519))]
    ),
    "base58 of another type": encode(
        verificationMethod=[
            method("a", type="P256Key2021", publicKeyMultibase=None, publicKeyBase58=to_base58(ED25519))
        ]
    ),
    "base58 with zero": encode(
        verificationMethod=[
            method("a", type="Ed25519VerificationKey2018", publicKeyMultibase=None, publicKeyBase58="0" * 44)
        ]
    ),
    "type says another key": encode(verificationMethod=[method("a", type="X25519KeyAgreementKey2020")]),
    "relationship is a string": encode(assertionMethod=f"{DID}#a"),
    "reference to nothing": encode(assertionMethod=[f"{DID}#a"]),
    "relative reference": encode(verificationMethod=[method("a")], assertionMethod=["#a"]),
    "reference without fragment": encode(verificationMethod=[method("a")], assertionMethod=[DID]),
    "reference is a number": encode(verificationMethod=[method("a")], assertionMethod=[7]),
    "context is a number": encode(**{"@context": 7}),
    "context holds a number": encode(**{"@context": [7]}),
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_refuses_malformed_documents(content: bytes) -> None:
    with pytest.raises(DidError) as refused:
        parse_document(content, DID)
    assert refused.value.problem in {DidProblem.MALFORMED_DOCUMENT, DidProblem.NOT_A_DID}


PRIVATE: dict[str, dict[str, Any]] = {
    "d in a JWK": jwk_method("a", P256.to_jwk() | {"d": "AA"}),
    "symmetric JWK": jwk_method("a", {"kty": "oct", "k": "AA"}),
    "privateKeyJwk": method("a", privateKeyJwk={}),
    "privateKeyBase58": method("a", privateKeyBase58="x"),
    "privateKeyMultibase": method("a", privateKeyMultibase="z"),
    "secretKeyMultibase": method("a", secretKeyMultibase="z"),
    "in a type that is not known": method("a", type="Unknown", privateKeyJwk={}),
}


@pytest.mark.parametrize("entry", PRIVATE.values(), ids=PRIVATE)
def test_refuses_a_document_that_publishes_a_private_key(entry: dict[str, Any]) -> None:
    with pytest.raises(DidError) as refused:
        parse_document(encode(verificationMethod=[method("good"), entry]), DID)
    assert refused.value.problem is DidProblem.PRIVATE_KEY_PUBLISHED


def test_an_error_repeats_nothing_of_the_document() -> None:
    with pytest.raises(DidError) as refused:
        parse_document(encode(verificationMethod=[jwk_method("a", P256.to_jwk() | {"d": "c2VjcmV0"})]), DID)
    assert "c2VjcmV0" not in str(refused.value)
    assert DID not in str(refused.value)
