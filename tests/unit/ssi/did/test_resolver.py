# SPDX-License-Identifier: EUPL-1.2
"""did:key, did:jwk and the resolver that picks between methods."""

import base64
import json
from typing import Any

import pytest
from py_arkworks_bls12381 import G1Point, G2Point, Scalar

from ssi.did import (
    DidError,
    DidProblem,
    JwkMethod,
    KeyMethod,
    Relationship,
    Representation,
    Resolver,
    did_jwk_from,
    did_key_from,
    x25519_from_ed25519,
)
from ssi.keys import KeyType, PrivateKey, PublicKey
from ssi.keys.multibase import encode_multikey

ED25519 = PrivateKey.from_octets(KeyType.ED25519, b"\x01" * 32).public_key
P256 = PrivateKey.from_octets(KeyType.P256, b"\x02" * 32).public_key
SECP256K1 = PrivateKey.from_octets(KeyType.SECP256K1, b"\x03" * 32).public_key
BLS = PublicKey(KeyType.BLS12_381_G2, (G2Point() * Scalar(7)).to_compressed_bytes())
KEYS = (ED25519, P256, SECP256K1, BLS)


def jwk_did(value: Any) -> str:
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return "did:jwk:" + base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


@pytest.mark.parametrize("key", KEYS, ids=[key.key_type.value for key in KEYS])
def test_resolves_keys_without_a_network(key: PublicKey) -> None:
    resolver = Resolver.offline()
    for did in (did_key_from(key), did_jwk_from(key)):
        document = resolver.resolve(did)
        method_id = document.verification_methods[0].id
        assert resolver.resolve_key(method_id, Relationship.ASSERTION_METHOD) == key


@pytest.mark.parametrize("key", KEYS, ids=[key.key_type.value for key in KEYS])
def test_the_default_document_uses_multikey(key: PublicKey) -> None:
    content = KeyMethod().resolve(did_key_from(key)).to_json()
    assert content["@context"] == ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
    methods = content["verificationMethod"]
    assert isinstance(methods, list)
    assert {entry["type"] for entry in methods} == {"Multikey"}


def test_an_ed25519_key_agrees_on_keys_with_its_x25519_counterpart_only() -> None:
    document = KeyMethod().resolve(did_key_from(ED25519))
    assert document.keys_for(Relationship.KEY_AGREEMENT) == (x25519_from_ed25519(ED25519),)
    with pytest.raises(DidError) as refused:
        document.get_key(document.verification_methods[0].id, Relationship.KEY_AGREEMENT)
    assert refused.value.problem is DidProblem.PURPOSE_NOT_ALLOWED
    with pytest.raises(ValueError, match="Ed25519"):
        x25519_from_ed25519(P256)


def test_an_x25519_key_signs_nothing() -> None:
    document = KeyMethod().resolve(did_key_from(x25519_from_ed25519(ED25519)))
    assert set(document.relationships) == {Relationship.KEY_AGREEMENT}


def test_a_pair_of_bls_keys_must_share_its_secret() -> None:
    first, second = G1Point() * Scalar(5), G2Point() * Scalar(5)
    pair = encode_multikey(0xEE, first.to_compressed_bytes() + second.to_compressed_bytes())
    key = KeyMethod(Representation.SUITES).resolve(f"did:key:{pair}").verification_methods[0].key
    assert key == PublicKey(KeyType.BLS12_381_G1, first.to_compressed_bytes())
    other = encode_multikey(0xEE, first.to_compressed_bytes() + (G2Point() * Scalar(6)).to_compressed_bytes())
    with pytest.raises(DidError) as refused:
        KeyMethod().resolve(f"did:key:{other}")
    assert refused.value.problem is DidProblem.MALFORMED_IDENTIFIER


BAD_KEYS = {
    "no multibase": "did:key:" + did_key_from(ED25519)[9:],
    "other base": "did:key:u7QEB",
    "cut off": did_key_from(ED25519)[:-1],
    "one more": did_key_from(ED25519) + "1",
    "version in front": did_key_from(ED25519).replace("did:key:", "did:key:1.1:"),
    "unknown codec": "did:key:" + encode_multikey(0x1300, bytes(32)),
    "Ed25519 of small order": "did:key:" + encode_multikey(0xED, b"\x01" + bytes(31)),
    "P-256 off the curve": "did:key:" + encode_multikey(0x1200, b"\x02" + b"\xff" * 32),
    "BLS identity": "did:key:" + encode_multikey(0xEB, b"\xc0" + bytes(95)),
    "BLS pair cut off": "did:key:" + encode_multikey(0xEE, bytes(143)),
    "BLS pair empty": "did:key:" + encode_multikey(0xEE, b""),
}


@pytest.mark.parametrize("did", BAD_KEYS.values(), ids=BAD_KEYS)
def test_refuses_bad_did_keys(did: str) -> None:
    with pytest.raises(DidError) as refused:
        KeyMethod().resolve(did)
    assert refused.value.problem is DidProblem.MALFORMED_IDENTIFIER


GOOD_JWK = P256.to_jwk()
GOOD_TEXT = json.dumps(GOOD_JWK).encode()
BAD_JWK_DIDS: dict[str, str] = {
    "not base64url": "did:jwk:....",
    "one letter": "did:jwk:e",
    "other alphabet": "did:jwk:" + base64.b64encode(b"\xfb\xff\xfe").decode().replace("+", "%2B").replace("/", "%2F"),
    "unused bits": "did:jwk:e31",
    "not JSON": jwk_did(b"{"),
    "not UTF-8": jwk_did(b'{"kty": "\xff"}'),
    "a list": jwk_did([GOOD_JWK]),
    "a string": jwk_did("key"),
    "empty object": jwk_did({}),
    "doubled member": jwk_did(GOOD_TEXT[:-1] + b', "crv": "P-256"}'),
    "two objects": jwk_did(GOOD_TEXT + GOOD_TEXT),
    "byte order mark": jwk_did(b"\xef\xbb\xbf" + GOOD_TEXT),
    "unknown curve": jwk_did(GOOD_JWK | {"crv": "P-255"}),
    "off the curve": jwk_did(GOOD_JWK | {"y": GOOD_JWK["x"]}),
    "short coordinate": jwk_did(GOOD_JWK | {"x": GOOD_JWK["x"][:-2]}),
    "no coordinate": jwk_did({name: GOOD_JWK[name] for name in ("kty", "crv", "x")}),
    "unknown use": jwk_did(GOOD_JWK | {"use": "both"}),
    "use is a list": jwk_did(GOOD_JWK | {"use": ["sig"]}),
    "algorithm of another key": jwk_did(GOOD_JWK | {"alg": "EdDSA"}),
}


@pytest.mark.parametrize("did", BAD_JWK_DIDS.values(), ids=BAD_JWK_DIDS)
def test_refuses_bad_did_jwks(did: str) -> None:
    with pytest.raises(DidError) as refused:
        JwkMethod().resolve(did)
    assert refused.value.problem is DidProblem.MALFORMED_IDENTIFIER


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"])
def test_refuses_a_did_jwk_with_any_private_member(member: str) -> None:
    with pytest.raises(DidError) as refused:
        JwkMethod().resolve(jwk_did(GOOD_JWK | {member: "AQAB"}))
    assert refused.value.problem is DidProblem.PRIVATE_KEY_PUBLISHED


@pytest.mark.parametrize(("use", "purposes"), [(None, 5), ("sig", 4), ("enc", 1)])
def test_use_decides_the_purposes_of_a_did_jwk(use: str | None, purposes: int) -> None:
    document = JwkMethod().resolve(jwk_did(GOOD_JWK | ({"use": use} if use else {})))
    assert len(document.relationships) == purposes
    assert (Relationship.KEY_AGREEMENT in document.relationships) is (use != "sig")


def test_other_members_of_a_did_jwk_stay_in_its_document() -> None:
    jwk = GOOD_JWK | {"kid": "first", "vendor": {"a": [1]}}
    method = JwkMethod().resolve(jwk_did(jwk)).to_json()["verificationMethod"]
    assert isinstance(method, list)
    assert method[0]["publicKeyJwk"] == jwk


@pytest.mark.parametrize(
    ("did_url", "problem"),
    [
        ("did:web:example.com#key", DidProblem.UNSUPPORTED_METHOD),
        ("did:ion:abc#key", DidProblem.UNSUPPORTED_METHOD),
        (did_key_from(ED25519), DidProblem.NOT_A_DID),
        (did_key_from(ED25519) + "#", DidProblem.NOT_A_DID),
        (did_key_from(ED25519) + "?versionId=1#key", DidProblem.NOT_A_DID),
        (did_key_from(ED25519) + "#key", DidProblem.KEY_NOT_FOUND),
        (did_jwk_from(P256) + "#" + "1", DidProblem.KEY_NOT_FOUND),  # the only fragment is zero
        ("#key", DidProblem.NOT_A_DID),
        ("", DidProblem.NOT_A_DID),
        ("mailto:amira@example.com#key", DidProblem.NOT_A_DID),
    ],
)
def test_refuses_key_ids_that_name_no_key(did_url: str, problem: DidProblem) -> None:
    with pytest.raises(DidError) as refused:
        Resolver.offline().resolve_key(did_url, Relationship.ASSERTION_METHOD)
    assert refused.value.problem is problem


@pytest.mark.parametrize("method", [KeyMethod(), JwkMethod()])
def test_a_method_refuses_the_dids_of_another(method: KeyMethod | JwkMethod) -> None:
    other = did_jwk_from(P256) if isinstance(method, KeyMethod) else did_key_from(P256)
    with pytest.raises(DidError) as refused:
        method.resolve(other)
    assert refused.value.problem is DidProblem.UNSUPPORTED_METHOD


def test_two_methods_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="same name"):
        Resolver.of((KeyMethod(), KeyMethod(Representation.SUITES)))
