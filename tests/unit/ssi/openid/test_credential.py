# SPDX-License-Identifier: EUPL-1.2
"""Credential requests and responses (OpenID4VCI 1.0 sections 7 to 11), and our members in them."""

import json
from typing import Any

import pytest

from ssi.base64url import encode_base64url
from ssi.credential.document import DocumentError
from ssi.openid.credential import (
    BbsCommitmentProofs,
    Companion,
    CredentialRequest,
    CredentialResponse,
    DeferredCredentialRequest,
    DeferredResponse,
    IssuedItem,
    JwtProofs,
    NonceResponse,
    NotificationEvent,
    NotificationRequest,
    commitment_nonce,
    parse_credential_response,
)
from ssi.openid.encryption import EncryptionParameters
from ssi.openid.errors import ErrorCode, credential_error_code

JWK = {"kty": "EC", "crv": "P-256", "x": "a", "y": "b", "alg": "ECDH-ES", "kid": "k"}
COMMITMENT = bytes(range(256)) + bytes(32)
NONCE = encode_base64url(bytes(range(32)))
COMPANION = Companion("household-income-bbs", None, BbsCommitmentProofs((COMMITMENT,)))
REQUEST = CredentialRequest(
    "household-income-sd-jwt", None, JwtProofs(("a.b.c", "d.e.f")), EncryptionParameters(JWK, "A128GCM"), COMPANION
)
BBS_REQUEST = CredentialRequest(None, "bbs-1", BbsCommitmentProofs((COMMITMENT,)), c_nonce=NONCE)


def _octets(document: object) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "request_", [REQUEST, BBS_REQUEST, CredentialRequest("x", None, None)], ids=["jwt", "bbs", "none"]
)
def test_requests_are_read_and_written_alike(request_: CredentialRequest) -> None:
    assert CredentialRequest.from_json(_octets(request_.to_json() | {"future": 1})) == request_


def test_the_specifications_request_is_read() -> None:
    request = CredentialRequest.from_json(
        b'{"credential_identifier": "CivilEngineeringDegree-2023", "proofs": {"jwt": ["eyJ0", "eyJ1"]}}'
    )
    assert request == CredentialRequest(None, "CivilEngineeringDegree-2023", JwtProofs(("eyJ0", "eyJ1")))


def _changed(**changes: object) -> dict[str, Any]:
    return {name: value for name, value in (REQUEST.to_json() | changes).items() if value is not ...}


@pytest.mark.parametrize(
    ("document", "path", "code"),
    [
        (_changed(credential_identifier="b"), "$", ErrorCode.INVALID_CREDENTIAL_REQUEST),
        (_changed(credential_configuration_id=...), "$", ErrorCode.INVALID_CREDENTIAL_REQUEST),
        (
            _changed(credential_configuration_id=5),
            "$.credential_configuration_id",
            ErrorCode.INVALID_CREDENTIAL_REQUEST,
        ),
        (_changed(proofs=[]), "$.proofs", ErrorCode.INVALID_PROOF),
        (_changed(proofs={}), "$.proofs", ErrorCode.INVALID_PROOF),
        (_changed(proofs={"jwt": ["a"], "attestation": ["b"]}), "$.proofs", ErrorCode.INVALID_PROOF),
        (_changed(proofs={"ldp_vp": [{}]}), "$.proofs", ErrorCode.INVALID_PROOF),
        (_changed(proofs={"jwt": []}), "$.proofs.jwt", ErrorCode.INVALID_PROOF),
        (_changed(proofs={"jwt": ["a", "a"]}), "$.proofs.jwt", ErrorCode.INVALID_PROOF),
        (_changed(proofs={"jwt": [str(i) for i in range(101)]}), "$.proofs.jwt", ErrorCode.INVALID_PROOF),
        (_changed(proofs={"jwt": [{}]}), "$.proofs.jwt[0]", ErrorCode.INVALID_PROOF),
        (_changed(proofs={"bbs_commitment": ["AA"]}), "$.proofs.bbs_commitment[0]", ErrorCode.INVALID_PROOF),
        (_changed(proofs={"bbs_commitment": ["!"]}), "$.proofs.bbs_commitment[0]", ErrorCode.INVALID_PROOF),
        (
            _changed(proofs={"bbs_commitment": [encode_base64url(COMMITMENT)]}, companion=...),
            "$.proofs",
            ErrorCode.INVALID_PROOF,
        ),
        (_changed(proofs=...), "$.companion", ErrorCode.INVALID_CREDENTIAL_REQUEST),
        (
            _changed(companion={"credential_configuration_id": "x", "proofs": {"jwt": ["a"]}}),
            "$.companion.proofs",
            ErrorCode.INVALID_CREDENTIAL_REQUEST,
        ),
        (_changed(companion={"proofs": {"jwt": ["a"]}}), "$.companion", ErrorCode.INVALID_CREDENTIAL_REQUEST),
        (
            _changed(credential_response_encryption={"jwk": {**JWK, "d": "x"}, "enc": "A128GCM"}),
            "$.credential_response_encryption.jwk",
            ErrorCode.INVALID_ENCRYPTION_PARAMETERS,
        ),
        (
            _changed(credential_response_encryption={"jwk": JWK}),
            "$.credential_response_encryption.enc",
            ErrorCode.INVALID_ENCRYPTION_PARAMETERS,
        ),
        ([], "$", ErrorCode.INVALID_CREDENTIAL_REQUEST),
    ],
    ids=range(20),
)
def test_malformed_requests_are_refused_with_their_code(document: object, path: str, code: ErrorCode) -> None:
    with pytest.raises(DocumentError) as caught:
        CredentialRequest.from_json(_octets(document))
    assert caught.value.path == path
    assert credential_error_code(caught.value) is code


@pytest.mark.parametrize(
    "response",
    [
        CredentialResponse((IssuedItem("a"), IssuedItem("b")), "3fwe98js", (IssuedItem("c", bytes(32)),)),
        CredentialResponse((IssuedItem("a"),)),
        DeferredResponse("8xLOxBtZp8", 3600),
    ],
    ids=["batch", "one", "deferred"],
)
def test_responses_are_read_and_written_alike(response: CredentialResponse | DeferredResponse) -> None:
    assert parse_credential_response(_octets(response.to_json() | {"future": 1})) == response
    assert "8xLOxBtZp8" not in repr(response)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({}, "$"),
        ({"credentials": [{"credential": "a"}], "transaction_id": "b", "interval": 1}, "$"),
        ({"transaction_id": "b"}, "$.interval"),
        ({"transaction_id": "b", "interval": 0}, "$.interval"),
        ({"credentials": []}, "$.credentials"),
        ({"credentials": ["a"]}, "$.credentials[0]"),
        ({"credentials": [{"credential": {"an": "object"}}]}, "$.credentials[0].credential"),
        ({"credentials": [{"credential": "a", "entropy": "AA"}]}, "$.credentials[0].entropy"),
        ({"credentials": [{"credential": "a"}], "companion": []}, "$.companion"),
    ],
    ids=range(9),
)
def test_malformed_responses_are_refused_by_member(document: dict[str, object], path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_credential_response(_octets(document))
    assert caught.value.path == path


def test_deferred_requests_notifications_and_nonces_come_back() -> None:
    deferred = DeferredCredentialRequest("8xLOxBtZp8", EncryptionParameters(JWK, "A256GCM", "DEF"))
    assert DeferredCredentialRequest.from_json(_octets(deferred.to_json())) == deferred
    notification = NotificationRequest("3fwe98js", NotificationEvent.FAILURE, "Out of storage.")
    assert NotificationRequest.from_json(_octets(notification.to_json())) == notification
    nonce = NonceResponse("wKI4LT17ac15ES9bw8ac4")
    assert NonceResponse.from_json(_octets(nonce.to_json())) == nonce
    assert nonce.c_nonce not in repr(nonce)


@pytest.mark.parametrize(
    "document",
    [
        {"notification_id": "a", "event": "credential_lost"},
        {"notification_id": "a"},
        {"notification_id": "a", "event": "credential_accepted", "event_description": "é"},
    ],
    ids=["event", "missing", "description"],
)
def test_malformed_notifications_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(DocumentError):
        NotificationRequest.from_json(_octets(document))


def test_a_commitment_is_bound_to_the_nonce_and_to_the_issuer_that_gave_it() -> None:
    bound = commitment_nonce(NONCE, "https://desk.example")
    assert len(bound) == 32
    assert bound != commitment_nonce(NONCE, "https://other.example")
    assert bound != commitment_nonce(encode_base64url(bytes(32)), "https://desk.example")
    for text in ("", "AA", "not base64url", encode_base64url(bytes(65))):
        with pytest.raises(DocumentError):
            commitment_nonce(text, "https://desk.example")
