# SPDX-License-Identifier: EUPL-1.2
"""Every refusal of the credential endpoint has the standard's code, words that say what to do, and changes nothing."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from issuer.errors import RefusalReason
from issuer.openid.errors import Refusal, refuse
from issuer.openid.service import _REFUSALS
from issuer.status.model import StatusAction
from issuer.status.service import StatusDesk
from ssi.base64url import encode_base64url
from ssi.jose.jws import sign_jwt
from ssi.keys import KeyType, PrivateKey
from tests.unit.issuer.material import AGE_TYPE, AMIRA, BAS, INCOME_TYPE
from tests.unit.issuer.openid.material import AGE, INCOME, INCOME_BBS, Service, Wallet, errors_of

Request = Callable[[Wallet, str], Mapping[str, Any]]


def with_proofs(**changes: Any) -> Request:
    """A request whose proof differs from a good one."""
    return lambda wallet, nonce: {
        "credential_configuration_id": INCOME,
        "proofs": wallet.jwt_proofs(**{"nonce": nonce, **changes}),
    }


def commitment(wallet: Wallet, nonce: str, **changes: Any) -> dict[str, Any]:
    """Proofs for a blind credential."""
    return {"bbs_commitment": [encode_base64url(wallet.commitment(nonce, **changes).request.to_octets())]}


def own_token(header: Mapping[str, Any], claims: Mapping[str, Any], typ: str = "openid4vci-proof+jwt") -> Request:
    """A request with a proof that is made by hand."""

    def request(wallet: Wallet, nonce: str) -> Mapping[str, Any]:
        key = PrivateKey.generate(KeyType.P256)
        jwk = {"jwk": key.public_key.to_jwk()}
        body = {"aud": wallet.service.public_url, "iat": int(wallet.service.clock.now.timestamp()), "nonce": nonce}
        named = {name: value for name, value in {**jwk, **header}.items() if value is not None}
        said = {name: value for name, value in {**body, **claims}.items() if value is not None}
        return {
            "credential_configuration_id": INCOME,
            "proofs": {"jwt": [sign_jwt(said, key, typ=typ, header=named)]},
        }

    return request


def same_key_twice(wallet: Wallet, nonce: str) -> Mapping[str, Any]:
    [first] = wallet.jwt_proofs(nonce)["jwt"]
    return {
        "credential_configuration_id": INCOME,
        "proofs": {"jwt": [first, *wallet.jwt_proofs(nonce)["jwt"], second_proof(wallet, nonce)]},
    }


def second_proof(wallet: Wallet, nonce: str) -> str:
    """Another proof of the first key."""
    key = wallet.holder_keys[0]
    claims = {
        "aud": wallet.service.public_url,
        "iat": int(wallet.service.clock.now.timestamp()) - 1,
        "nonce": nonce,
    }
    return sign_jwt(claims, key, typ="openid4vci-proof+jwt", header={"jwk": key.public_key.to_jwk()})


def unsigned(wallet: Wallet, nonce: str) -> Mapping[str, Any]:
    key = PrivateKey.generate(KeyType.P256).public_key.to_jwk()
    header = {"alg": "none", "typ": "openid4vci-proof+jwt", "jwk": key}
    body = {"aud": wallet.service.public_url, "iat": int(wallet.service.clock.now.timestamp()), "nonce": nonce}
    parts = [encode_base64url(json.dumps(part).encode()) for part in (header, body)]
    return {"credential_configuration_id": INCOME, "proofs": {"jwt": [".".join([*parts, ""])]}}


def foreign_key(wallet: Wallet, nonce: str) -> Mapping[str, Any]:
    signer, other = (PrivateKey.generate(KeyType.P256) for _ in range(2))
    claims = {"aud": wallet.service.public_url, "iat": int(wallet.service.clock.now.timestamp()), "nonce": nonce}
    header = {"jwk": other.public_key.to_jwk()}
    proof = sign_jwt(claims, signer, typ="openid4vci-proof+jwt", header=header)
    return {"credential_configuration_id": INCOME, "proofs": {"jwt": [proof]}}


def companion(**members: Any) -> Request:
    """A good request with a companion that is not."""

    def request(wallet: Wallet, nonce: str) -> Mapping[str, Any]:
        made = {name: value(wallet, nonce) if callable(value) else value for name, value in members.items()}
        return {
            "credential_configuration_id": INCOME,
            "proofs": wallet.jwt_proofs(nonce),
            "companion": {"credential_configuration_id": INCOME_BBS, **made},
        }

    return request


def blind(**members: Any) -> Request:
    """A request for a blind credential."""

    def request(wallet: Wallet, nonce: str) -> Mapping[str, Any]:
        made = {name: value(wallet, nonce) if callable(value) else value for name, value in members.items()}
        good = {"credential_configuration_id": INCOME_BBS, "c_nonce": nonce, "proofs": commitment(wallet, nonce)}
        return {name: value for name, value in {**good, **made}.items() if value is not None}

    return request


CASES: Mapping[str, tuple[Request, str]] = {
    "no_configuration": (lambda w, n: {"proofs": w.jwt_proofs(n)}, "invalid_credential_request"),
    "both_names": (
        lambda w, n: {
            "credential_configuration_id": INCOME,
            "credential_identifier": INCOME,
            "proofs": w.jwt_proofs(n),
        },
        "invalid_credential_request",
    ),
    "unknown_configuration": (
        lambda w, n: {"credential_configuration_id": "diploma", "proofs": w.jwt_proofs(n)},
        "unknown_credential_configuration",
    ),
    "unknown_identifier": (
        lambda w, n: {"credential_identifier": "diploma", "proofs": w.jwt_proofs(n)},
        "unknown_credential_identifier",
    ),
    "identifier_though_none_was_given": (
        lambda w, n: {"credential_identifier": INCOME, "proofs": w.jwt_proofs(n)},
        "invalid_credential_request",
    ),
    "configuration_is_no_text": (
        lambda w, n: {"credential_configuration_id": 7, "proofs": w.jwt_proofs(n)},
        "invalid_credential_request",
    ),
    "no_proofs": (lambda w, n: {"credential_configuration_id": INCOME}, "invalid_proof"),
    "empty_proofs": (lambda w, n: {"credential_configuration_id": INCOME, "proofs": {}}, "invalid_proof"),
    "no_proof_in_list": (lambda w, n: {"credential_configuration_id": INCOME, "proofs": {"jwt": []}}, "invalid_proof"),
    "two_kinds_of_proof": (
        lambda w, n: {"credential_configuration_id": INCOME, "proofs": {**w.jwt_proofs(n), **commitment(w, n)}},
        "invalid_proof",
    ),
    "unknown_kind_of_proof": (
        lambda w, n: {"credential_configuration_id": INCOME, "proofs": {"ldp_vp": [{}]}},
        "invalid_proof",
    ),
    "commitment_for_sd_jwt": (
        lambda w, n: {"credential_configuration_id": INCOME, "c_nonce": n, "proofs": commitment(w, n)},
        "invalid_proof",
    ),
    "jwt_for_blind": (
        lambda w, n: {"credential_configuration_id": INCOME_BBS, "proofs": w.jwt_proofs(n)},
        "invalid_proof",
    ),
    "eleven_proofs": (
        lambda w, n: {"credential_configuration_id": INCOME, "proofs": w.jwt_proofs(n, 11)},
        "invalid_proof",
    ),
    "same_key_twice": (same_key_twice, "invalid_proof"),
    "not_a_token": (lambda w, n: {"credential_configuration_id": INCOME, "proofs": {"jwt": ["a.b"]}}, "invalid_proof"),
    "unsigned": (unsigned, "invalid_proof"),
    "signed_by_another_key": (foreign_key, "invalid_proof"),
    "other_audience": (with_proofs(audience="https://elsewhere.example"), "invalid_proof"),
    "no_audience": (own_token({}, {"aud": None}), "invalid_proof"),
    "no_nonce": (with_proofs(nonce=None), "invalid_proof"),
    "nonce_of_somebody_else": (with_proofs(nonce="LarRGSbmUPYtRYO6BQ4yn8"), "invalid_nonce"),
    "made_up_nonce": (with_proofs(nonce=encode_base64url(bytes(40))), "invalid_nonce"),
    "two_nonces": (
        lambda w, n: {
            "credential_configuration_id": INCOME,
            "proofs": {"jwt": [*w.jwt_proofs(n)["jwt"], *w.jwt_proofs(w.nonce())["jwt"]]},
        },
        "invalid_nonce",
    ),
    "client_named_after_anonymous_access": (with_proofs(client_id="org.example.wallet"), "invalid_proof"),
    "of_another_kind_of_token": (own_token({}, {}, typ="jwt"), "invalid_proof"),
    "no_key": (own_token({"jwk": None}, {}), "invalid_proof"),
    "private_key": (
        own_token({"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}}, {}),
        "invalid_proof",
    ),
    "two_keys": (own_token({"kid": "did:key:z6Mk#z6Mk"}, {}), "invalid_proof"),
    "no_time": (own_token({}, {"iat": None}), "invalid_proof"),
    "made_in_the_future": (own_token({}, {"iat": 4_102_444_800}), "invalid_proof"),
    "made_long_ago": (own_token({}, {"iat": 1_700_000_000}), "invalid_proof"),
    "blind_without_nonce": (blind(c_nonce=None), "invalid_proof"),
    "blind_with_foreign_nonce": (blind(c_nonce=encode_base64url(bytes(40))), "invalid_nonce"),
    "blind_for_another_nonce": (blind(proofs=lambda w, n: commitment(w, w.nonce())), "invalid_proof"),
    "blind_for_another_validator": (
        blind(proofs=lambda w, n: commitment(w, n, validator="did:web:other.example")),
        "invalid_proof",
    ),
    "blind_of_another_length": (blind(proofs={"bbs_commitment": ["AAAA"]}), "invalid_proof"),
    "blind_of_zeros": (blind(proofs={"bbs_commitment": [encode_base64url(bytes(288))]}), "invalid_proof"),
    "two_blind": (
        blind(proofs=lambda w, n: {"bbs_commitment": 2 * commitment(w, n)["bbs_commitment"]}),
        "invalid_proof",
    ),
    "companion_of_the_same_kind": (
        companion(credential_configuration_id=AGE, proofs=commitment),
        "invalid_credential_request",
    ),
    "companion_unknown": (
        companion(credential_configuration_id="diploma", proofs=commitment),
        "unknown_credential_configuration",
    ),
    "companion_without_proofs": (companion(), "invalid_credential_request"),
    "companion_that_does_not_hold": (
        companion(proofs={"bbs_commitment": [encode_base64url(bytes(288))]}),
        "invalid_proof",
    ),
    "companion_of_a_blind_one": (
        blind(companion=lambda w, n: {"credential_configuration_id": INCOME_BBS, "proofs": commitment(w, n)}),
        "invalid_credential_request",
    ),
    "encryption_in_the_clear": (
        lambda w, n: {
            "credential_configuration_id": INCOME,
            "proofs": w.jwt_proofs(n),
            "credential_response_encryption": {
                "jwk": {**PrivateKey.generate(KeyType.P256).public_key.to_jwk(), "alg": "ECDH-ES"},
                "enc": "A256GCM",
            },
        },
        "invalid_encryption_parameters",
    ),
    "encryption_without_key": (
        lambda w, n: {
            "credential_configuration_id": INCOME,
            "proofs": w.jwt_proofs(n),
            "credential_response_encryption": {"enc": "A256GCM"},
        },
        "invalid_encryption_parameters",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_refuses(service: Service, amira: Wallet, name: str) -> None:
    make, code = CASES[name]
    nonce = amira.nonce()
    answer = amira.post("/credential", make(amira, nonce))
    assert errors_of(answer) == (400, code)
    description = answer.json()["error_description"]
    assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+\.", description)
    assert len(description.split()) > 5
    assert service.http.get("/status-lists").json() == {"status_lists": []}
    assert service.desk.pin(AMIRA).issuance_pseudonym is None
    good = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(nonce)}
    assert amira.post("/credential", good).status_code == 200  # the nonce was not spent


@pytest.mark.parametrize("path", ["/credential", "/deferred_credential", "/notification"])
@pytest.mark.parametrize(
    ("octets", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"a":1,"a":2}', "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b"a" * 300_000, "application/json", 413),
    ],
    ids=["cut", "list", "empty", "not_utf8", "twice", "deep", "text", "untyped", "long"],
)
def test_refuses_another_form(amira: Wallet, path: str, octets: bytes, media_type: str, status: int) -> None:
    headers = {**amira.headers(path), "Content-Type": media_type}
    answer = amira.service.http.post(path, content=octets, headers=headers)
    assert errors_of(answer)[0] == status


@pytest.mark.parametrize("path", ["/credential", "/deferred_credential", "/notification"])
def test_nobody_gets_anything_without_a_token(service: Service, path: str) -> None:
    answer = service.http.post(path, json={})
    assert errors_of(answer) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"].startswith("DPoP ")


@pytest.mark.parametrize("path", ["/credential", "/deferred_credential", "/notification"])
def test_a_token_of_cato_is_no_use_without_his_key(service: Service, amira: Wallet, path: str) -> None:
    thief = Wallet(service, access_token=amira.access_token, dpop_nonce=amira.dpop_nonce)
    assert errors_of(thief.post(path, {}))[0] == 401


def test_a_letter_for_one_type_gives_no_other(service: Service) -> None:
    amira = Wallet.activated(service, AMIRA, "age")
    document = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(amira.nonce())}
    answer = amira.post("/credential", document)
    assert errors_of(answer) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_the_companion_needs_permission_too(service: Service) -> None:
    amira = Wallet.activated(service, AMIRA, "age")
    nonce = amira.nonce()
    document = {
        "credential_configuration_id": AGE,
        "proofs": amira.jwt_proofs(nonce),
        "companion": {"credential_configuration_id": INCOME_BBS, "proofs": commitment(amira, nonce)},
    }
    assert errors_of(amira.post("/credential", document)) == (403, "insufficient_scope")


def test_a_second_wallet_is_refused_the_blind_credential(service: Service, amira: Wallet) -> None:
    nonce = amira.nonce()
    document = {"credential_configuration_id": INCOME_BBS, "c_nonce": nonce, "proofs": commitment(amira, nonce)}
    assert amira.post("/credential", document).status_code == 200
    second = Wallet.activated(service)
    nonce = second.nonce()
    document = {"credential_configuration_id": INCOME_BBS, "c_nonce": nonce, "proofs": commitment(second, nonce)}
    answer = second.post("/credential", document)
    assert errors_of(answer) == (400, "credential_request_denied")
    assert "desk" in answer.json()["error_description"]
    assert errors_of(second.post("/credential", document)) == (400, "invalid_nonce")  # a decision spends it


@pytest.mark.parametrize("action", [StatusAction.SUSPEND, StatusAction.REVOKE])
def test_nothing_is_issued_for_what_the_desk_took_back(service: Service, amira: Wallet, action: StatusAction) -> None:
    desk = StatusDesk(service.desk)
    desk.decide(AMIRA, INCOME_TYPE, action, employee="eva", reason="moved away")
    document = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(amira.nonce())}
    assert errors_of(amira.post("/credential", document)) == (400, "credential_request_denied")
    nonce = amira.nonce()
    document = {"credential_configuration_id": INCOME_BBS, "c_nonce": nonce, "proofs": commitment(amira, nonce)}
    assert errors_of(amira.post("/credential", document)) == (400, "credential_request_denied")
    document = {"credential_configuration_id": AGE, "proofs": amira.jwt_proofs(amira.nonce())}
    assert amira.post("/credential", document).status_code == 200
    desk.decide(AMIRA, INCOME_TYPE, StatusAction.REINSTATE, employee="eva", reason="came back")
    document = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(amira.nonce())}
    assert amira.post("/credential", document).status_code == 200


def test_what_one_person_may_have_does_not_touch_another(service: Service, amira: Wallet) -> None:
    StatusDesk(service.desk).decide(BAS, AGE_TYPE, StatusAction.REVOKE, employee="eva", reason="mistake")
    document = {"credential_configuration_id": AGE, "proofs": amira.jwt_proofs(amira.nonce())}
    assert amira.post("/credential", document).status_code == 200


def test_an_expired_token_is_refused(service: Service, amira: Wallet) -> None:
    service.clock.now += timedelta(minutes=11)
    nonce = amira.nonce()
    document = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(nonce)}
    assert errors_of(amira.post("/credential", document)) == (401, "invalid_token")


def test_every_refusal_has_words() -> None:
    for refusal in Refusal:
        error = refuse(refusal, "invalid_signature")
        assert error.description.endswith(".")
        assert "{" not in error.description
        assert "?" not in error.description


def test_every_reason_of_the_pin_decision_has_an_answer() -> None:
    decided = {RefusalReason.UNKNOWN_PERSON, RefusalReason.PINNED_TO_ANOTHER_WALLET}
    assert decided <= _REFUSALS.keys()
