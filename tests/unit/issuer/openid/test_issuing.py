# SPDX-License-Identifier: EUPL-1.2
"""Credentials over HTTP: what a wallet gets for good proofs, checked with the wallet's own means."""

from datetime import UTC, datetime, timedelta

from issuer.status.model import LIST_SIZE
from ssi.base64url import encode_base64url
from ssi.did import Resolver
from ssi.did.jwk import JwkMethod
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.vc import IssuedSdJwtVc, verify_issued
from ssi.trust import NoKeyRegistry, TrustList
from tests.unit.issuer.material import AGE_TYPE, AMIRA, BAS, INCOME_TYPE, START, TYPES
from tests.unit.issuer.openid.material import (
    AGE,
    AGE_BBS,
    INCOME,
    INCOME_BBS,
    Service,
    Wallet,
    credentials_of,
    errors_of,
)


def trust_in(service: Service) -> TrustList:
    """A trust list that knows this issuer by its DID."""
    issuer = service.keys.document_keys.current.issuer(service.public_url)
    vcts = ", ".join(f'"{kind.vct}"' for kind in TYPES)
    return TrustList.from_json(
        f"""{{"format": "stuiver/trust-list/v1", "issuers": [
        {{"name": {{"nl": "W", "en": "W"}}, "vcts": [{vcts}], "dids": ["{issuer}"]}}]}}""".encode(),
        resolver=Resolver.of((JwkMethod(),)),
        registry=NoKeyRegistry(),
    )


def received(service: Service, wallet: Wallet, text: str, index: int, vct: str) -> IssuedSdJwtVc:
    """A credential as the wallet verifies it."""
    return verify_issued(
        UnverifiedSdJwt.parse(text),
        vcts={vct},
        holder_key=wallet.holder_keys[index].public_key,
        now=service.clock.now,
        trust=trust_in(service),
    )


def test_issues_a_credential_that_the_wallet_can_verify(service: Service, amira: Wallet) -> None:
    nonce = amira.nonce()
    answer = amira.post("/credential", {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(nonce)})
    [item] = credentials_of(answer)
    held = received(service, amira, item["credential"], 0, INCOME_TYPE.vct)
    claims = dict(held.claims)
    assert {name: claims[name] for name in ("municipality", "children", "income", "norm")} == {
        "municipality": "GM1969",
        "children": 3,
        "income": 154_060,
        "norm": 128_383,
    }
    assert "recovered_at" not in claims
    assert held.expires_at == datetime(2026, 6, 1, tzinfo=UTC)
    assert claims["iat"] == int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
    assert answer.headers["Cache-Control"] == "no-store"


def test_every_claim_of_the_record_is_selectively_disclosable_among_decoys(service: Service, amira: Wallet) -> None:
    proofs = amira.jwt_proofs(amira.nonce())
    [item] = credentials_of(amira.post("/credential", {"credential_configuration_id": INCOME, "proofs": proofs}))
    unverified = UnverifiedSdJwt.parse(item["credential"])
    digests = unverified.unverified_claims["_sd"]
    assert isinstance(digests, list)
    assert len(digests) == 8
    assert len(unverified.disclosures) == 4
    assert not {"municipality", "children", "income", "norm"} & unverified.unverified_claims.keys()


def test_dates_are_iso_8601(service: Service, amira: Wallet) -> None:
    proofs = amira.jwt_proofs(amira.nonce())
    [item] = credentials_of(amira.post("/credential", {"credential_configuration_id": AGE, "proofs": proofs}))
    claims = received(service, amira, item["credential"], 0, AGE_TYPE.vct).claims
    assert claims["birth_date"] == "1989-04-12"
    assert claims["age_over_18"] is True


def test_a_batch_has_a_key_and_a_status_for_each_copy(service: Service, amira: Wallet) -> None:
    proofs = amira.jwt_proofs(amira.nonce(), 10)
    items = credentials_of(amira.post("/credential", {"credential_configuration_id": INCOME, "proofs": proofs}))
    copies = [received(service, amira, item["credential"], at, INCOME_TYPE.vct) for at, item in enumerate(items)]
    indexes = {copy.claims["status"]["status_list"]["idx"] for copy in copies}  # type: ignore[index]
    assert len(copies) == len(indexes) == 10
    assert all(0 <= index < LIST_SIZE for index in indexes)
    assert sorted(indexes) != [copy.claims["status"]["status_list"]["idx"] for copy in copies]  # type: ignore[index]
    assert len({frozenset(UnverifiedSdJwt.parse(item["credential"]).disclosures) for item in items}) == 10


def test_issues_a_blind_credential_on_its_own(service: Service, amira: Wallet) -> None:
    nonce = amira.nonce()
    pending = amira.commitment(nonce)
    document = {
        "credential_configuration_id": INCOME_BBS,
        "c_nonce": nonce,
        "proofs": {"bbs_commitment": [encode_base64url(pending.request.to_octets())]},
    }
    [item] = credentials_of(amira.post("/credential", document))
    held = amira.accept(item, pending)
    assert held.credential.type == INCOME_TYPE
    assert service.desk.pin(AMIRA).issuance_pseudonym == pending.request.issuance_pseudonym


def test_one_call_gives_both_kinds(service: Service, amira: Wallet) -> None:
    nonce = amira.nonce()
    pending = amira.commitment(nonce)
    answer = amira.post(
        "/credential",
        {
            "credential_configuration_id": INCOME,
            "proofs": amira.jwt_proofs(nonce, 10),
            "companion": {
                "credential_configuration_id": INCOME_BBS,
                "proofs": {"bbs_commitment": [encode_base64url(pending.request.to_octets())]},
            },
        },
    )
    assert len(credentials_of(answer)) == 10
    [item] = answer.json()["companion"]["credentials"]
    assert amira.accept(item, pending).credential.type == INCOME_TYPE


def test_both_kinds_or_none(service: Service, amira: Wallet) -> None:
    """A wallet of somebody else is refused the blind credential, and with it the copies: no status is given out."""
    bas = Wallet.activated(service, BAS)
    nonce = bas.nonce()
    pending = bas.commitment(nonce)
    commitment = {"bbs_commitment": [encode_base64url(pending.request.to_octets())]}
    document = {"credential_configuration_id": INCOME_BBS, "c_nonce": nonce, "proofs": commitment}
    assert bas.post("/credential", document).status_code == 200
    amira.holder_secret = bas.holder_secret
    nonce = amira.nonce()
    pending = amira.commitment(nonce)
    answer = amira.post(
        "/credential",
        {
            "credential_configuration_id": INCOME,
            "proofs": amira.jwt_proofs(nonce, 2),
            "companion": {
                "credential_configuration_id": INCOME_BBS,
                "proofs": {"bbs_commitment": [encode_base64url(pending.request.to_octets())]},
            },
        },
    )
    assert errors_of(answer) == (400, "credential_request_denied")
    assert service.http.get("/status-lists").json() == {"status_lists": []}
    with service.desk.store.transaction() as transaction:
        assert transaction.credentials_of(AMIRA) == ()


def test_renews_with_the_same_wallet_and_keeps_the_pin(service: Service, amira: Wallet) -> None:
    pins = set()
    for _ in range(2):
        nonce = amira.nonce()
        pending = amira.commitment(nonce)
        document = {
            "credential_configuration_id": AGE_BBS,
            "c_nonce": nonce,
            "proofs": {"bbs_commitment": [encode_base64url(pending.request.to_octets())]},
        }
        [item] = credentials_of(amira.post("/credential", document))
        amira.accept(item, pending, 1)
        pins.add(pending.request.issuance_pseudonym)
    assert pins == {service.desk.pin(AMIRA).issuance_pseudonym}


def test_a_credential_never_outlives_what_it_says(service: Service) -> None:
    """Bas turns 21 in 2027, so his age credential of late 2026 ends before that day."""
    service.clock.now = START.replace(year=2027, month=3, day=1)
    bas = Wallet.activated(service, BAS)
    proofs = bas.jwt_proofs(bas.nonce())
    [item] = credentials_of(bas.post("/credential", {"credential_configuration_id": AGE, "proofs": proofs}))
    held = received(service, bas, item["credential"], 0, AGE_TYPE.vct)
    assert held.claims["age_under_21"] is True
    assert held.expires_at == datetime(2027, 3, 10, tzinfo=UTC)


def test_a_nonce_lasts_for_one_request(service: Service, amira: Wallet) -> None:
    nonce = amira.nonce()
    document = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(nonce)}
    assert amira.post("/credential", document).status_code == 200
    again = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(nonce)}
    assert errors_of(amira.post("/credential", again)) == (400, "invalid_nonce")


def test_a_damaged_request_does_not_spend_the_nonce(service: Service, amira: Wallet) -> None:
    nonce = amira.nonce()
    wrong = amira.jwt_proofs(nonce, audience="https://elsewhere.example")
    refused = amira.post("/credential", {"credential_configuration_id": INCOME, "proofs": wrong})
    assert errors_of(refused) == (400, "invalid_proof")
    document = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(nonce)}
    assert amira.post("/credential", document).status_code == 200


def test_an_expired_nonce_is_refused(service: Service, amira: Wallet) -> None:
    nonce = amira.nonce()
    service.clock.now += timedelta(seconds=301)
    amira.nonce()  # for DPoP
    document = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(nonce)}
    assert errors_of(amira.post("/credential", document)) == (400, "invalid_nonce")
