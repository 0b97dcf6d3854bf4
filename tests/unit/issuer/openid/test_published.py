# SPDX-License-Identifier: EUPL-1.2
"""What anybody may read: metadata, keys, types, offers; as the other side of the standards reads it."""

import base64
import hashlib

import pytest

from issuer.activation.posting import Letter
from issuer.app import IssuerSettings, offer_link
from issuer.authorization.login import LoopbackLogin
from issuer.errors import SettingsError
from issuer.store import Store
from ssi.credential.types import CredentialType
from ssi.did.parse import parse_document as parse_did_document
from ssi.jose.jws import UnverifiedJws, verify_jwt
from ssi.keys import PublicKey
from ssi.openid.metadata import CredentialIssuerMetadata
from ssi.openid.offer import CredentialOffer, OfferReference, parse_offer_link
from ssi.openid.server_metadata import AuthorizationServerMetadata
from ssi.sd_jwt.parse import UnverifiedSdJwt
from tests.unit.issuer.material import AMIRA, DID, TYPES
from tests.unit.issuer.openid.material import (
    AGE,
    AGE_BBS,
    INCOME,
    INCOME_BBS,
    PUBLIC_URL,
    Service,
    Wallet,
    credentials_of,
)

METADATA = "/.well-known/openid-credential-issuer"


def test_metadata_says_what_wallets_need(service: Service) -> None:
    answer = service.http.get(METADATA)
    metadata = CredentialIssuerMetadata.from_json(answer.content, issuer=PUBLIC_URL)
    assert metadata.credential_endpoint == f"{PUBLIC_URL}/credential"
    assert metadata.nonce_endpoint == f"{PUBLIC_URL}/nonce"
    assert metadata.deferred_credential_endpoint == f"{PUBLIC_URL}/deferred_credential"
    assert metadata.notification_endpoint == f"{PUBLIC_URL}/notification"
    assert metadata.batch_size == 10
    assert metadata.validator_did == DID
    assert [display.locale for display in metadata.display] == ["nl", "en"]
    assert metadata.response_encryption is not None
    assert metadata.response_encryption.enc_values == ("A128GCM", "A256GCM")
    assert set(metadata.configurations) == {INCOME, AGE, INCOME_BBS, AGE_BBS}
    assert "max-age" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", [INCOME, AGE, INCOME_BBS, AGE_BBS])
def test_each_configuration_is_described_in_both_languages(service: Service, name: str) -> None:
    metadata = CredentialIssuerMetadata.from_json(service.http.get(METADATA).content, issuer=PUBLIC_URL)
    found = metadata.configurations[name]
    assert found.scope == name
    assert {display.locale for display in found.display} == {"nl", "en"}
    assert all(len(claim.display) == 2 for claim in found.claims)
    names = {claim.path[0] for claim in found.claims}
    if name.endswith("sd-jwt"):
        assert (found.format, dict(found.proof_types)) == ("dc+sd-jwt", {"jwt": ("ES256",)})
        assert not {"exp", "recovered_at"} & names
    else:
        assert (found.format, dict(found.proof_types)) == ("dc+jwp", {"bbs_commitment": ("BBS-STUIVER-1",)})
        assert {"exp", "recovered_at"} <= names


def test_metadata_can_be_had_signed(service: Service) -> None:
    answer = service.http.get(METADATA, headers={"Accept": "application/jwt"})
    assert answer.headers["Content-Type"] == "application/jwt"
    key = service.keys.document_keys.current.public_key
    verified = verify_jwt(UnverifiedJws.parse(answer.text), key, typ="openidvci-issuer-metadata+jwt")
    plain = service.http.get(METADATA).json()
    assert verified.claims["sub"] == PUBLIC_URL
    assert {name: verified.claims[name] for name in plain} == plain


def test_the_authorization_server_is_the_same(service: Service) -> None:
    octets = service.http.get("/.well-known/oauth-authorization-server").content
    metadata = AuthorizationServerMetadata.from_json(octets, issuer=PUBLIC_URL)
    assert metadata.pre_authorized_grant_anonymous_access_supported


def test_the_keys_are_published_before_they_are_used(service: Service) -> None:
    keys = service.keys.document_keys
    found = service.http.get("/jwks").json()["keys"]
    assert keys.next is not None
    assert [key["kid"] for key in found] == [keys.current.name, keys.next.name]
    assert PublicKey.from_jwk(found[0]) == keys.current.public_key
    assert not any("d" in key for key in found)


def test_by_https_the_issuer_is_a_did_web(store: Store) -> None:
    service = Service.on(store, public_url="https://desk.example:8443")
    did = "did:web:desk.example%3A8443"
    document = parse_did_document(service.http.get("/.well-known/did.json").content, did)
    keys = service.keys.document_keys
    assert document.verification_methods[0].key == keys.current.public_key
    amira = Wallet.activated(service)
    request = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(amira.nonce())}
    [item] = credentials_of(amira.post("/credential", request))
    unverified = UnverifiedSdJwt.parse(item["credential"])
    assert unverified.unverified_claims["iss"] == did
    assert unverified.unverified_header["kid"] == f"{did}#{keys.current.name}"
    assert "Strict-Transport-Security" in service.http.get("/jwks").headers


def test_on_this_machine_there_is_no_did_document(service: Service) -> None:
    assert service.http.get("/.well-known/did.json").status_code == 404


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_a_type_is_described_and_credentials_name_the_hash(service: Service, kind: CredentialType) -> None:
    answer = service.http.get(f"/types/{kind.name}/v{kind.version}")
    document = answer.json()
    assert document["vct"] == kind.vct
    assert {display["locale"] for display in document["display"]} == {"nl", "en"}
    assert all(claim["sd"] == "always" for claim in document["claims"])
    amira = Wallet.activated(service)
    request = {"credential_configuration_id": f"{kind.name}-sd-jwt", "proofs": amira.jwt_proofs(amira.nonce())}
    [item] = credentials_of(amira.post("/credential", request))
    claims = UnverifiedSdJwt.parse(item["credential"]).unverified_claims
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert claims["vct#integrity"] == f"sha256-{digest}"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/types/diploma/v1", 404),
        ("/types/age/v2", 404),
        ("/types/age/v0", 422),
        ("/types/age/vx", 422),
        ("/offers/made-up", 404),
        ("/offers/age", 404),
        ("/offers/" + 201 * "x", 422),
        ("/status-lists/1", 404),
        ("/status-lists/0", 422),
        ("/nothing", 404),
    ],
)
def test_what_is_not_there_is_a_problem_document(service: Service, path: str, status: int) -> None:
    answer = service.http.get(path)
    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_letter_refers_to_an_offer(service: Service) -> None:
    letter: Letter = service.letter(AMIRA, ("age",))
    answer = service.http.get(f"/offers/{letter.reference}")
    offer = CredentialOffer.from_json(answer.content)
    assert offer.credential_configuration_ids == (AGE, AGE_BBS)
    assert offer.pre_authorized_code is not None
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_offer_is_gone_when_it_was_used(service: Service) -> None:
    letter, wallet = service.letter(), Wallet(service)
    wallet.redeem(letter)
    assert service.http.get(f"/offers/{letter.reference}").status_code == 404


def test_who_may_log_in_finds_an_open_offer(store: Store) -> None:
    service = Service.on(store, login=LoopbackLogin(PUBLIC_URL, "demonstration"))
    link = parse_offer_link(offer_link(IssuerSettings(PUBLIC_URL), TYPES, "age"))
    assert isinstance(link, OfferReference)
    offer = CredentialOffer.from_json(service.http.get(link.uri).content)
    assert offer.authorization_code is not None
    assert offer.authorization_code.issuer_state
    assert offer.credential_configuration_ids == (AGE, AGE_BBS)
    by_value = parse_offer_link(offer_link(IssuerSettings(PUBLIC_URL), TYPES, "age", by_value=True))
    assert isinstance(by_value, CredentialOffer)
    assert by_value.credential_configuration_ids == (AGE, AGE_BBS)


def test_there_is_no_offer_of_an_unknown_type() -> None:
    with pytest.raises(SettingsError):
        offer_link(IssuerSettings(PUBLIC_URL), TYPES, "diploma")


@pytest.mark.parametrize("url", ["http://desk.example", "https://desk.example/", "https://desk.example/x", "desk", ""])
def test_refuses_a_public_url_that_wallets_cannot_use(url: str) -> None:
    with pytest.raises(SettingsError):
        IssuerSettings(url)


def test_another_name_than_the_public_one_is_refused(service: Service) -> None:
    answer = service.http.get("/jwks", headers={"Host": "evil.example"})
    assert answer.status_code == 421


def test_the_nonce_endpoint_needs_no_token(service: Service) -> None:
    answer = service.http.post("/nonce")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["DPoP-Nonce"]
    assert answer.json().keys() == {"c_nonce"}
    assert service.http.get("/nonce").status_code == 405


def test_employees_find_their_pages_unless_they_are_left_out(service: Service, store: Store) -> None:
    assert service.http.get("/desk/login").status_code == 200
    assert "/desk" not in service.http.get("/openapi.json").text
    assert Service.on(store, has_desk=False).http.get("/desk/login").status_code == 404
