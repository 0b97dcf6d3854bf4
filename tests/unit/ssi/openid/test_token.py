# SPDX-License-Identifier: EUPL-1.2
"""Authorization and token messages of issuance (OpenID4VCI 1.0 sections 5 and 6; RFC 6749, 7636, 9126, 9396)."""

import json
from typing import Any

import pytest

from ssi.credential.document import DocumentError
from ssi.openid.authorization import (
    AuthorizationCodeResponse,
    AuthorizationDetail,
    IssuanceAuthorizationRequest,
    PushedAuthorizationResponse,
)
from ssi.openid.errors import ErrorCode, ErrorResponse, OpenIdError, ascii_words
from ssi.openid.offer import PRE_AUTHORIZED_CODE
from ssi.openid.token import (
    AuthorizationCodeTokenRequest,
    PreAuthorizedTokenRequest,
    RefreshTokenRequest,
    TokenRequest,
    TokenResponse,
    parse_token_request,
)

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
DETAIL = AuthorizationDetail("UniversityDegreeCredential", locations=("https://issuer.example",))
REQUEST = IssuanceAuthorizationRequest(
    "s6BhdRkqt3", "eu.example.wallet://cb", CHALLENGE, "st", ("age", "income"), (DETAIL,), "is", CHALLENGE
)
RESPONSE: dict[str, Any] = {
    "access_token": "eyJhbGciOiJSUzI1NiIsInR5cCI6Ikp..sHQ",
    "token_type": "Bearer",
    "expires_in": 86400,
    "refresh_token": "r",
    "scope": "a b",
    "authorization_details": [
        {
            "type": "openid_credential",
            "credential_configuration_id": "UniversityDegreeCredential",
            "credential_identifiers": ["CivilEngineeringDegree-2023", "ElectricalEngineeringDegree-2023"],
        }
    ],
}


@pytest.mark.parametrize(
    "request_",
    [
        AuthorizationCodeTokenRequest(
            "SplxlOBeZQQYbYS6WxSbIA", "https://wallet.example.org/cb", VERIFIER, "c", (DETAIL,)
        ),
        PreAuthorizedTokenRequest("SplxlOBeZQQYbYS6WxSbIA", "493536", None, (AuthorizationDetail("x"),)),
        PreAuthorizedTokenRequest("SplxlOBeZQQYbYS6WxSbIA"),
        RefreshTokenRequest("abc", ("a", "b"), "c"),
    ],
    ids=["code", "pre-authorised", "pre-authorised-alone", "refresh"],
)
def test_token_requests_are_read_and_written_alike(request_: TokenRequest) -> None:
    form = request_.to_form()
    assert parse_token_request(form.items()) == request_
    assert parse_token_request([*form.items(), ("resource", "https://issuer.example")]) == request_
    for secret in ("SplxlOBeZQQYbYS6WxSbIA", "493536", VERIFIER, "abc"):
        assert secret not in repr(request_)


def test_the_specifications_pre_authorised_request_is_read() -> None:
    form = [
        ("grant_type", PRE_AUTHORIZED_CODE),
        ("pre-authorized_code", "SplxlOBeZQQYbYS6WxSbIA"),
        ("tx_code", "493536"),
        ("authorization_details", '[{"type": "openid_credential", "credential_configuration_id": "Degree"}]'),
    ]
    read = parse_token_request(form)
    assert read == PreAuthorizedTokenRequest("SplxlOBeZQQYbYS6WxSbIA", "493536", None, (AuthorizationDetail("Degree"),))


def test_an_empty_parameter_counts_as_absent() -> None:
    form = [("grant_type", PRE_AUTHORIZED_CODE), ("pre-authorized_code", "a"), ("tx_code", ""), ("client_id", "")]
    assert parse_token_request(form) == PreAuthorizedTokenRequest("a")


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ([], "$.grant_type"),
        ([("grant_type", "refresh_token"), ("grant_type", "refresh_token")], "$"),
        ([("grant_type", "refresh_token")], "$.refresh_token"),
        ([("grant_type", "refresh_token"), ("refresh_token", "a"), ("scope", "a  b")], "$.scope"),
        ([("grant_type", "refresh_token"), ("refresh_token", "a"), ("scope", 'a"')], "$.scope"),
        ([("grant_type", "authorization_code"), ("code", "a"), ("redirect_uri", "b")], "$.code_verifier"),
        (
            [("grant_type", "authorization_code"), ("code", "a"), ("redirect_uri", "b"), ("code_verifier", "short")],
            "$.code_verifier",
        ),
        ([("grant_type", PRE_AUTHORIZED_CODE)], "$.pre-authorized_code"),
        ([("grant_type", PRE_AUTHORIZED_CODE), ("pre-authorized_code", "a" * 4097)], "$.pre-authorized_code"),
        (
            [("grant_type", PRE_AUTHORIZED_CODE), ("pre-authorized_code", "a"), ("authorization_details", "{}")],
            "$.authorization_details",
        ),
        (
            [
                ("grant_type", PRE_AUTHORIZED_CODE),
                ("pre-authorized_code", "a"),
                ("authorization_details", '[{"type": "other", "credential_configuration_id": "x"}]'),
            ],
            "$.authorization_details[0].type",
        ),
        ([(str(number), "x") for number in range(101)], "$"),
    ],
    ids=range(12),
)
def test_malformed_token_requests_are_refused_by_parameter(form: list[tuple[str, str]], path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_token_request(form)
    assert caught.value.path == path


def test_an_unknown_grant_has_its_error() -> None:
    with pytest.raises(OpenIdError) as caught:
        parse_token_request([("grant_type", "password"), ("username", "a")])
    assert caught.value.code is ErrorCode.UNSUPPORTED_GRANT_TYPE
    assert caught.value.to_json() == {"error": "unsupported_grant_type"}


def test_a_token_response_is_read_and_written_alike() -> None:
    response = TokenResponse.from_json(json.dumps(RESPONSE | {"c_nonce": "old"}).encode())
    assert response.to_json() == RESPONSE
    assert response.authorization_details[0].credential_identifiers[0] == "CivilEngineeringDegree-2023"
    assert RESPONSE["access_token"] not in repr(response)


@pytest.mark.parametrize(("sent", "read"), [("dpop", "DPoP"), ("DPoP", "DPoP"), ("bearer", "Bearer")])
def test_a_token_type_is_read_in_any_case(sent: str, read: str) -> None:
    assert TokenResponse.from_json(json.dumps(RESPONSE | {"token_type": sent}).encode()).token_type == read


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"token_type": "mac"}, "$.token_type"),
        ({"access_token": ""}, "$.access_token"),
        ({"access_token": "a\nb"}, "$.access_token"),
        ({"expires_in": -1}, "$.expires_in"),
        ({"expires_in": "60"}, "$.expires_in"),
        ({"authorization_details": []}, "$.authorization_details"),
        (
            {"authorization_details": [{"type": "openid_credential", "credential_configuration_id": "x"}]},
            "$.authorization_details",
        ),
    ],
    ids=range(7),
)
def test_malformed_token_responses_are_refused_by_member(change: dict[str, object], path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        TokenResponse.from_json(json.dumps(RESPONSE | change).encode())
    assert caught.value.path == path


def test_an_authorization_request_is_read_and_written_alike() -> None:
    form = REQUEST.to_form()
    assert form["response_type"] == "code"
    assert form["code_challenge_method"] == "S256"
    assert IssuanceAuthorizationRequest.from_form(form.items()) == REQUEST


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("response_type", "token"),
        ("code_challenge_method", "plain"),
        ("code_challenge", "short"),
        ("redirect_uri", "not a uri"),
        ("redirect_uri", "https://wallet.example/cb#fragment"),
        ("client_id", "é"),
        ("dpop_jkt", "short"),
        ("scope", " a"),
        ("authorization_details", "[]"),
    ],
)
def test_malformed_authorization_requests_are_refused_by_parameter(name: str, value: str) -> None:
    with pytest.raises(DocumentError) as caught:
        IssuanceAuthorizationRequest.from_form((REQUEST.to_form() | {name: value}).items())
    assert caught.value.path == f"$.{name}"


@pytest.mark.parametrize(
    "name", ["response_type", "client_id", "redirect_uri", "code_challenge", "code_challenge_method"]
)
def test_pkce_and_the_rest_cannot_be_left_out(name: str) -> None:
    form = REQUEST.to_form()
    del form[name]
    with pytest.raises(DocumentError) as caught:
        IssuanceAuthorizationRequest.from_form(form.items())
    assert (caught.value.path, caught.value.rule) == (f"$.{name}", "is missing")


def test_pushed_requests_and_codes_come_back() -> None:
    pushed = PushedAuthorizationResponse("urn:ietf:params:oauth:request_uri:x", 60)
    assert PushedAuthorizationResponse.from_json(json.dumps(pushed.to_json()).encode()) == pushed
    code = AuthorizationCodeResponse("abc", "st", "https://server.example")
    assert AuthorizationCodeResponse.from_form(code.to_form().items()) == code
    assert "abc" not in repr(code)
    with pytest.raises(DocumentError):
        AuthorizationCodeResponse.from_form([("error", "access_denied")])


def test_errors_of_the_other_end_are_read_whatever_their_code() -> None:
    body = b'{"error": "issuer_specific", "error_description": 7, "type": "about:blank"}'
    assert ErrorResponse.from_json(body) == ErrorResponse("issuer_specific")
    error = ErrorResponse("access_denied", "No.", "st")
    assert ErrorResponse.from_form(error.to_form().items()) == error
    with pytest.raises(DocumentError):
        ErrorResponse.from_json(b"<html>")


def test_descriptions_keep_to_the_characters_of_oauth() -> None:
    assert ascii_words('a"b\\é\n') == "a?b???"
    assert OpenIdError(ErrorCode.INVALID_REQUEST, "é").to_json()["error_description"] == "?"
