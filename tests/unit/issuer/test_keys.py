# SPDX-License-Identifier: EUPL-1.2
"""The validator's secrets: what is kept, what is shown, and what the trust registry gets."""

import json
from dataclasses import replace

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from issuer.errors import KeyFileError, UnknownTypeError
from issuer.keys import ValidatorKeys
from ssi.bbs.suite import R
from ssi.claim.registry_key import prove_possession, registry_key
from tests.unit.issuer.material import AGE_TYPE, DID, INCOME_TYPE, TYPES

KEYS = ValidatorKeys.generate(TYPES, did=DID)


def test_gives_back_what_was_kept() -> None:
    assert ValidatorKeys.from_octets(KEYS.to_octets()) == KEYS


def test_every_desk_and_every_type_has_its_own_keys() -> None:
    other = ValidatorKeys.generate(TYPES)
    assert len({*KEYS.signing_keys.values(), *other.signing_keys.values()}) == 4
    assert KEYS.pinning_secret != other.pinning_secret
    assert len(KEYS.pinning_secret) == 32
    assert KEYS.did == DID
    assert other.did.startswith("did:key:z6Mk")


def test_the_name_of_a_key_is_the_registrys() -> None:
    public_key = KEYS.public_key(INCOME_TYPE)
    assert KEYS.key_id(INCOME_TYPE) == keccak(encode(["bytes32", "bytes"], [INCOME_TYPE.type_id, public_key]))
    assert KEYS.key_id(INCOME_TYPE) != KEYS.key_id(AGE_TYPE)
    assert len(registry_key(public_key)) == 256


def test_a_desk_proves_that_a_key_is_its_own() -> None:
    registry, account = bytes([1]) * 20, bytes([2]) * 20
    possession = KEYS.prove_possession(INCOME_TYPE, 31_337, registry, account)
    assert possession == prove_possession(
        KEYS.signing_key(INCOME_TYPE),
        chain_id=31_337,
        registry=registry,
        type_id=INCOME_TYPE.type_id,
        validator=account,
    )
    assert KEYS.rotated(INCOME_TYPE).prove_possession(INCOME_TYPE, 31_337, registry, account) != possession
    with pytest.raises(UnknownTypeError):
        replace(KEYS, signing_keys={}).prove_possession(INCOME_TYPE, 31_337, registry, account)


def test_a_new_signing_key_leaves_everything_else() -> None:
    rotated = KEYS.rotated(INCOME_TYPE)
    assert rotated.signing_key(INCOME_TYPE) != KEYS.signing_key(INCOME_TYPE)
    assert rotated.signing_key(AGE_TYPE) == KEYS.signing_key(AGE_TYPE)
    assert (rotated.pinning_secret, rotated.did, rotated.did_key) == (KEYS.pinning_secret, KEYS.did, KEYS.did_key)


def test_a_type_without_a_key_is_unknown() -> None:
    with pytest.raises(UnknownTypeError):
        replace(KEYS, signing_keys={}).public_key(INCOME_TYPE)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("format", "stuiver/validator-keys/v2"),
        ("did", 1),
        ("did_key", "AAAA"),
        ("did_key", None),
        ("pinning_secret", "not base64!"),
        ("pinning_secret", "AAAA"),
        ("signing_keys", []),
        ("signing_keys", {"a": "AAAA"}),
        ("signing_keys", {"a": "A" * 43 + "="}),
    ],
)
def test_another_content_is_refused_by_member(member: str, value: object) -> None:
    document = json.loads(KEYS.to_octets())
    document[member] = value
    with pytest.raises(KeyFileError) as refused:
        ValidatorKeys.from_octets(json.dumps(document).encode())
    assert refused.value.member == member


@pytest.mark.parametrize("octets", [b"", b"[]", b"{}", b"\xff", KEYS.to_octets().replace(b'"did"', b'"name"')])
def test_another_document_is_refused(octets: bytes) -> None:
    with pytest.raises(KeyFileError):
        ValidatorKeys.from_octets(octets)


def test_a_key_above_the_order_is_refused() -> None:
    document = json.loads(replace(KEYS, signing_keys={"a": R}).to_octets())
    with pytest.raises(KeyFileError):
        ValidatorKeys.from_octets(json.dumps(document).encode())


def test_no_secret_shows() -> None:
    shown = repr(KEYS)
    assert not any(str(secret) in shown for secret in KEYS.signing_keys.values())
    assert repr(KEYS.pinning_secret) not in shown
