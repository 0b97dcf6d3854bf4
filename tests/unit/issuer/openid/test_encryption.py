# SPDX-License-Identifier: EUPL-1.2
"""Encrypted requests and responses."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from issuer.openid.model import ReviewState
from issuer.openid.review import ReviewDesk
from ssi.jose.jwe import EphemeralKey, encrypt
from ssi.keys import KeyType, PrivateKey
from tests.unit.issuer.material import AMIRA
from tests.unit.issuer.openid.material import INCOME, Service, Wallet, errors_of


def post_sealed(
    wallet: Wallet, document: Mapping[str, Any], path: str = "/credential", enc: str = "A128GCM"
) -> httpx.Response:
    """Encrypt a request to the key in the metadata."""
    metadata = wallet.service.http.get("/.well-known/openid-credential-issuer").json()
    [jwk] = metadata["credential_request_encryption"]["jwks"]["keys"]
    assert jwk["alg"] == "ECDH-ES"
    assert jwk["kid"]
    text = encrypt(json.dumps(document).encode(), jwk, enc)
    headers = {**wallet.headers(path), "Content-Type": "application/jwt"}
    return wallet.service.http.post(path, content=text, headers=headers)


def request(wallet: Wallet, key: EphemeralKey, **changes: Any) -> dict[str, Any]:
    """A request whose response is to be encrypted."""
    parameters = {"jwk": key.public_jwk(), "enc": "A256GCM", **changes}
    return {
        "credential_configuration_id": INCOME,
        "proofs": wallet.jwt_proofs(wallet.nonce(), 2),
        "credential_response_encryption": {name: value for name, value in parameters.items() if value is not None},
    }


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
def test_answers_an_encrypted_request_with_an_encrypted_response(amira: Wallet, enc: str) -> None:
    key = EphemeralKey.generate()
    answer = post_sealed(amira, request(amira, key, enc=enc), enc=enc)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/jwt"
    opened = json.loads(key.decrypt(answer.text))
    assert len(opened["credentials"]) == 2
    assert opened["notification_id"]


def test_an_encrypted_request_may_be_answered_in_the_clear(amira: Wallet) -> None:
    document = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(amira.nonce())}
    answer = post_sealed(amira, document)
    assert answer.headers["Content-Type"] == "application/json"
    assert len(answer.json()["credentials"]) == 1


def test_deferral_is_encrypted_too(service: Service, amira: Wallet) -> None:
    desk, key = ReviewDesk(service.desk), EphemeralKey.generate()
    desk.decide(AMIRA, ReviewState.UNDER_REVIEW, employee="eva", reason="two incomes")
    waiting = post_sealed(amira, request(amira, key))
    assert waiting.status_code == 202
    identifier = json.loads(key.decrypt(waiting.text))["transaction_id"]
    desk.decide(AMIRA, ReviewState.CLEAR, employee="eva", reason="one income")
    later = EphemeralKey.generate()
    parameters = {"jwk": later.public_jwk(), "enc": "A128GCM"}
    document = {"transaction_id": identifier, "credential_response_encryption": parameters}
    in_the_clear = amira.post("/deferred_credential", document)
    assert errors_of(in_the_clear) == (400, "invalid_encryption_parameters")
    answer = post_sealed(amira, document, "/deferred_credential")
    assert len(json.loads(later.decrypt(answer.text))["credentials"]) == 2


def test_an_error_is_never_encrypted(amira: Wallet) -> None:
    answer = post_sealed(amira, {**request(amira, EphemeralKey.generate()), "credential_configuration_id": "diploma"})
    assert errors_of(answer) == (400, "unknown_credential_configuration")


@pytest.mark.parametrize(
    "changes",
    [
        {"enc": "A128CBC-HS256"},
        {"enc": None},
        {"zip": "DEF"},
        {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "alg": "ECDH-ES"}},
        {"jwk": {**EphemeralKey.generate().public_jwk(), "alg": "ECDH-ES+A256KW"}},
        {"jwk": PrivateKey.generate(KeyType.P256).public_key.to_jwk()},
        {"jwk": {**EphemeralKey.generate().public_jwk(), "use": "sig"}},
        {"jwk": {**PrivateKey.generate(KeyType.ED25519).public_key.to_jwk(), "alg": "ECDH-ES"}},
        {"jwk": "key"},
    ],
    ids=["cbc", "no_enc", "zip", "no_point", "wrapped", "no_alg", "for_signatures", "ed25519", "text"],
)
def test_refuses_parameters_before_anything_is_issued(
    service: Service, amira: Wallet, changes: dict[str, object]
) -> None:
    answer = post_sealed(amira, request(amira, EphemeralKey.generate(), **changes))
    assert errors_of(answer) == (400, "invalid_encryption_parameters")
    assert service.http.get("/status-lists").json() == {"status_lists": []}


@pytest.mark.parametrize("text", ["", "a.b.c", "....", "é"], ids=["empty", "jws", "dots", "not_ascii"])
def test_refuses_what_it_cannot_decrypt(amira: Wallet, text: str) -> None:
    headers = {**amira.headers("/credential"), "Content-Type": "application/jwt"}
    answer = amira.service.http.post("/credential", content=text.encode(), headers=headers)
    assert errors_of(answer) == (400, "invalid_encryption_parameters")


def test_refuses_what_was_encrypted_to_another_key(amira: Wallet) -> None:
    text = encrypt(b"{}", EphemeralKey.generate().public_jwk(), "A128GCM")
    headers = {**amira.headers("/credential"), "Content-Type": "application/jwt"}
    answer = amira.service.http.post("/credential", content=text, headers=headers)
    assert errors_of(answer) == (400, "invalid_encryption_parameters")
