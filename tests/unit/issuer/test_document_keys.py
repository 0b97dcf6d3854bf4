# SPDX-License-Identifier: EUPL-1.2
"""Keys that sign documents: rotated with overlap, named by certificates or DIDs, kept here or in a security module."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from issuer.certificates import certificate_request, read_certificates
from issuer.document_keys import SOURCES_REMEMBER, DocumentKey, DocumentKeys, did_document, did_web_of, jwks
from issuer.errors import KeyFileError, KeyNotReadyError, SettingsError
from issuer.folder import DeskFolder
from issuer.service_keys import ServiceKeys
from issuer.store import Store
from ssi.did import Resolver
from ssi.did.jwk import JwkMethod
from ssi.jose.jws import Signer
from ssi.keys import KeyType, PrivateKey
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.vc import verify_issued
from ssi.sealed_errors import WrongFilePassphraseError
from ssi.sealed_file import KeyWork
from ssi.trust import NoKeyRegistry, TrustList
from tests.pki import NOW, make_root
from tests.unit.issuer.hsm import SecurityModule
from tests.unit.issuer.material import INCOME_TYPE, START, TYPES
from tests.unit.issuer.openid.material import INCOME, Service, Wallet, credentials_of

HTTPS = "https://desk.example"
NEEDED = timedelta(days=91)


def test_the_next_key_signs_after_it_was_published_for_a_while() -> None:
    keys = DocumentKeys.generate(START)
    with pytest.raises(KeyNotReadyError) as caught:
        keys.rotated(START, still_needed=NEEDED)
    assert caught.value.ready_at == START + SOURCES_REMEMBER
    rotated = keys.rotated(START + SOURCES_REMEMBER, still_needed=NEEDED)
    assert rotated.current == keys.next
    assert [key.name for key in rotated.previous] == [keys.current.name]
    assert rotated.next is not None
    assert rotated.next.name not in {keys.current.name, rotated.current.name}


def test_a_stolen_key_is_replaced_at_once() -> None:
    assert DocumentKeys.generate(START).rotated(START, still_needed=NEEDED, at_once=True).previous


def test_without_a_next_key_nothing_rotates() -> None:
    keys = DocumentKeys(DocumentKey(PrivateKey.generate(KeyType.P256), START))
    with pytest.raises(KeyNotReadyError) as caught:
        keys.rotated(START, still_needed=NEEDED, at_once=True)
    assert caught.value.ready_at is None


def test_an_old_key_is_published_until_what_it_signed_has_expired() -> None:
    keys = DocumentKeys.generate(START)
    rotated = keys.rotated(START, still_needed=NEEDED, at_once=True)
    assert keys.current.name in {key.name for key in rotated.published(START + NEEDED - timedelta(seconds=1))}
    assert keys.current.name not in {key.name for key in rotated.published(START + NEEDED)}
    later = rotated.rotated(START + NEEDED, still_needed=NEEDED)
    assert keys.current.name not in {key.name for key in later.all}


def test_keys_are_published_as_jwks_and_as_did_document() -> None:
    keys = DocumentKeys.generate(START).rotated(START, still_needed=NEEDED, at_once=True)
    found = jwks(keys, START)["keys"]
    assert isinstance(found, list)
    assert [key["kid"] for key in found] == [key.name for key in keys.all]
    assert all(key["alg"] == "ES256" and key["use"] == "sig" for key in found)
    document = did_document(HTTPS, keys, START)
    assert document is not None
    assert document["assertionMethod"] == [f"did:web:desk.example#{key.name}" for key in keys.all]
    assert did_document("http://127.0.0.1:8018", keys, START) is None
    assert did_web_of("https://desk.example:8443") == "did:web:desk.example%3A8443"


@pytest.mark.parametrize("key_type", [KeyType.ED25519, KeyType.SECP256K1])
def test_other_kinds_of_keys_are_refused(key_type: KeyType) -> None:
    with pytest.raises(SettingsError):
        DocumentKey(PrivateKey.generate(key_type), START)


def test_two_roles_never_have_one_key() -> None:
    key = DocumentKey(PrivateKey.generate(KeyType.P256), START)
    with pytest.raises(SettingsError):
        DocumentKeys(key, key)


def test_the_secrets_survive_the_key_file_and_show_in_no_text() -> None:
    keys = ServiceKeys.generate(START)
    rotated = keys.with_document_keys(keys.document_keys.rotated(START, still_needed=NEEDED, at_once=True))
    octets = rotated.to_octets()
    read = ServiceKeys.from_octets(octets)
    assert [key.name for key in read.document_keys.all] == [key.name for key in rotated.document_keys.all]
    assert read.document_keys.previous[0].retires_at == START + NEEDED
    assert read.request_key.public_jwk() == keys.request_key.public_jwk()
    assert read.derive("a") == keys.derive("a") != keys.derive("b")
    for secret in (keys.master_secret.hex(), json.loads(octets)["current"]["secret"]):
        assert secret not in repr(read)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"master_secret": "AA=="},
        {"request_key": "{}"},
        {"request_key": 7},
        {"current": None},
        {"current": {"secret": "AA=="}},
        {"next": {"secret": "AA==", "published_at": 0, "certificates": [], "retires_at": None}},
        {"previous": None},
        {"more": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_content_of_the_key_file_is_refused(change: dict[str, object]) -> None:
    document = json.loads(ServiceKeys.generate(START).to_octets()) | change
    with pytest.raises(KeyFileError):
        ServiceKeys.from_octets(json.dumps(document).encode())


@pytest.mark.parametrize("octets", [b"", b"[]", b"\xff"])
def test_no_key_file_is_refused(octets: bytes) -> None:
    with pytest.raises(KeyFileError):
        ServiceKeys.from_octets(octets)


def test_a_desk_makes_its_service_keys_once(tmp_path: Path) -> None:
    folder = DeskFolder.create(
        tmp_path / "desk", "secret", TYPES, name="W", municipalities=["GM1969"], work=KeyWork.INTERACTIVE
    )
    with pytest.raises(WrongFilePassphraseError):
        folder.service_keys("wrong", work=KeyWork.INTERACTIVE)
    first = folder.service_keys("secret", work=KeyWork.INTERACTIVE)
    assert folder.service_keys("secret").document_keys.current.name == first.document_keys.current.name
    changed = folder.change_service_keys(
        "secret",
        lambda keys: keys.with_document_keys(
            keys.document_keys.rotated(START + timedelta(days=9999), still_needed=NEEDED)
        ),
    )
    assert first.document_keys.next is not None
    assert changed.document_keys.current.name == first.document_keys.next.name
    assert folder.service_keys("secret").document_keys.current.name == changed.document_keys.current.name
    assert (tmp_path / "desk" / "service.sealed").stat().st_mode & 0o077 == 0


def test_a_security_module_signs_in_its_own_process(tmp_path: Path, store: Store) -> None:
    """Nothing but the three members of ``Signer`` is asked of it."""
    with SecurityModule() as module:
        signer: Signer = module
        keys = ServiceKeys.generate(START)
        held = keys.with_document_keys(DocumentKeys(DocumentKey(signer, START)))
        with pytest.raises(SettingsError):
            held.to_octets()
        with pytest.raises(SettingsError):
            certificate_request(held.document_keys.current, name="W", host="desk.example")
        service = Service.on(store, keys=held)
        amira = Wallet.activated(service)
        document = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(amira.nonce())}
        [item] = credentials_of(amira.post("/credential", document))
        assert module.signatures == 1
        unverified = UnverifiedSdJwt.parse(item["credential"])
        trust = _trust({"dids": [str(unverified.unverified_claims["iss"])]})
        verified = verify_issued(
            unverified,
            vcts={INCOME_TYPE.vct},
            holder_key=amira.holder_keys[0].public_key,
            now=service.clock.now,
            trust=trust,
        )
        assert verified.vct == INCOME_TYPE.vct
        assert service.http.get("/status-lists/1").status_code == 200
        assert module.signatures == 2


def test_certificates_name_the_issuer_instead_of_a_did(store: Store) -> None:
    root = make_root("Ministry")
    leaf = root.intermediate("Issuers").leaf(dns=("desk.example",))
    keys = ServiceKeys.generate(START)
    named = DocumentKeys(DocumentKey(leaf.private_key, START, leaf.der))
    service = Service.on(store, public_url=HTTPS, keys=keys.with_document_keys(named))
    service.clock.now = NOW
    amira = Wallet.activated(service)
    document = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(amira.nonce())}
    [item] = credentials_of(amira.post("/credential", document))
    unverified = UnverifiedSdJwt.parse(item["credential"])
    assert unverified.unverified_claims["iss"] == HTTPS
    assert unverified.unverified_header["x5c"] == leaf.x5c
    assert "kid" not in unverified.unverified_header
    verified = verify_issued(
        unverified,
        vcts={INCOME_TYPE.vct},
        holder_key=amira.holder_keys[0].public_key,
        now=service.clock.now,
        trust=_trust({"x509": {"anchors": [root.pem], "issuers": [HTTPS]}}),
    )
    assert verified.issuer == HTTPS


def test_a_certificate_is_asked_for_and_kept_for_its_key() -> None:
    keys = ServiceKeys.generate(START)
    current = keys.document_keys.current
    pem = certificate_request(current, name="Gemeente Westerkwartier", host="desk.example")
    request = x509.load_pem_x509_csr(pem)
    assert request.is_signature_valid
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["desk.example"]
    leaf = make_root().leaf(dns=("desk.example",))
    with pytest.raises(SettingsError):
        keys.document_keys.with_certificates(leaf.der)
    with pytest.raises(SettingsError):
        keys.document_keys.with_certificates(())
    with pytest.raises(SettingsError):
        certificate_request(current, name="W", host="bücher.example")
    assert read_certificates(b"".join(c.public_bytes(serialization.Encoding.PEM) for c in leaf.chain)) == leaf.der
    own = DocumentKeys(DocumentKey(leaf.private_key, START), current)
    assert own.with_certificates(leaf.der).current.certificates == leaf.der
    assert DocumentKeys(current, own.current).with_certificates(leaf.der).next is not None


@pytest.mark.parametrize("pem", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_no_certificates_are_refused(pem: bytes) -> None:
    with pytest.raises(SettingsError):
        read_certificates(pem)


def _trust(who: dict[str, object]) -> TrustList:
    issuer = {"name": {"nl": "W", "en": "W"}, "vcts": [INCOME_TYPE.vct], **who}
    document = {"format": "stuiver/trust-list/v1", "issuers": [issuer]}
    return TrustList.from_json(
        json.dumps(document).encode(), resolver=Resolver.of((JwkMethod(),)), registry=NoKeyRegistry()
    )
