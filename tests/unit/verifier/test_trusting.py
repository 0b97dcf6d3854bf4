# SPDX-License-Identifier: EUPL-1.2
"""Trust lists made from what validators say about themselves."""

import json

import pytest

from ssi.bbs.keys import sk_to_pk
from ssi.credential.document import DocumentError
from ssi.did import did_jwk_from
from ssi.keys import KeyType, PrivateKey
from ssi.trust import NoKeyRegistry, TrustList
from tests.unit.verifier.material import NOW, RESOLVER, Validator, credential_type, types
from verifier.trusting import ValidatorKeysFile, add_entry, did_web_of, dids_of_jwks


def keys_file(validator: Validator) -> bytes:
    """As ``stuiver issuer key --json`` prints it."""
    keys = [
        {"credential_type": vct, "type_id": "0x00", "public_key": "0x" + sk_to_pk(secret).hex()}
        for vct, secret in validator.secrets.items()
    ]
    return json.dumps({"did": validator.did, "name": "Gemeente", "keys": keys}).encode()


def test_a_validator_is_added_once_and_beside_others() -> None:
    first, second = Validator(), Validator()
    listed = None
    for validator in (first, second, first):
        read = ValidatorKeysFile.from_json(keys_file(validator))
        listed = add_entry(listed, read, [validator.did], valid_until=NOW.replace(year=2027))
    assert listed is not None
    assert len(json.loads(listed)["issuers"]) == 4
    trust = TrustList.from_json(listed, resolver=RESOLVER, registry=NoKeyRegistry())
    for kind in types():
        wanted = {sk_to_pk(first.secrets[kind.vct]), sk_to_pk(second.secrets[kind.vct])}
        assert set(trust.bbs_keys(kind, NOW)) == wanted
        assert trust.bbs_keys(kind, NOW.replace(year=2028)) == ()
    header = {"kid": f"{second.did}#0"}
    assert trust.issuer_key(header, second.did, credential_type("age").vct, NOW).key == second.key.public_key


def test_without_an_address_only_bbs_credentials_count() -> None:
    made = add_entry(None, ValidatorKeysFile.from_json(keys_file(Validator())), [], valid_until=NOW)
    assert all("dids" not in entry for entry in json.loads(made)["issuers"])


def test_keys_of_an_address_are_dids() -> None:
    key = PrivateKey.generate(KeyType.P256).public_key
    jwks = json.dumps({"keys": [{**key.to_jwk(), "kid": "a", "use": "sig", "alg": "ES256"}]}).encode()
    assert dids_of_jwks(jwks) == (did_jwk_from(key),)
    assert did_web_of("http://127.0.0.1:8018") is None
    assert did_web_of("https://desk.example:8443") == "did:web:desk.example%3A8443"


@pytest.mark.parametrize(
    "octets",
    [b"{}", b'{"keys": []}', b'{"keys": [{"kty": "EC"}]}', b"[]"],
)
def test_an_address_without_keys_is_refused(octets: bytes) -> None:
    with pytest.raises(DocumentError):
        dids_of_jwks(octets)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"did": "d", "name": "n", "keys": []},
        {"did": "d", "name": "n", "keys": [{"credential_type": "urn:a"}]},
        {"did": "d", "name": "n", "keys": [{"credential_type": "urn:a", "public_key": "0xzz"}]},
    ],
    ids=["empty", "no_keys", "no_key", "no_octets"],
)
def test_a_keys_file_that_is_none_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(DocumentError):
        ValidatorKeysFile.from_json(json.dumps(document).encode())


def test_a_list_that_is_none_is_left_alone() -> None:
    read = ValidatorKeysFile.from_json(keys_file(Validator()))
    with pytest.raises(DocumentError):
        add_entry(b'{"format": "other", "issuers": []}', read, [], valid_until=NOW)
