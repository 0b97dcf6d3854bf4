# SPDX-License-Identifier: EUPL-1.2
"""Answers to a verifier, plain and encrypted (OpenID4VP 1.0 section 8), and the high assurance profile."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ssi.credential.document import DocumentError, Node
from ssi.errors import Reason, VerificationError
from ssi.jose.jwe import EphemeralKey, read_jwe_header
from ssi.openid.client_id import ClientId
from ssi.openid.errors import ErrorResponse
from ssi.openid.haip import Violation, issuer_violations, offer_violations, request_violations
from ssi.openid.metadata import CredentialIssuerMetadata
from ssi.openid.offer import CredentialOffer
from ssi.openid.request import AuthorizationRequest, ClientMetadata, ResponseMode
from ssi.openid.response import (
    AuthorizationResponse,
    DirectPostAnswer,
    EncryptedResponse,
    encrypt_response,
    response_from_form,
)
from ssi.openid.server_metadata import AuthorizationServerMetadata
from tests.unit.ssi.openid.test_metadata import ISSUER, METADATA, SERVER
from tests.unit.ssi.openid.test_request import CLAIMS

KEY = EphemeralKey.generate(kid="ac")
RESPONSE = AuthorizationResponse({"pid": ("eyJ.a.b~",), "bbs": ({"key": "k", "disclosed": [3]},)}, "st")
METADATA_OF_CLIENT = ClientMetadata({"dc+sd-jwt": {}}, (KEY.public_jwk(),), ("A128GCM", "A256GCM"))


def _request(metadata: ClientMetadata | None = METADATA_OF_CLIENT) -> AuthorizationRequest:
    return replace(AuthorizationRequest.from_node(Node(CLAIMS)), client_metadata=metadata)


def test_a_direct_post_is_read_and_written_alike() -> None:
    form = RESPONSE.to_form()
    assert response_from_form(form.items()) == RESPONSE
    assert json.loads(form["vp_token"])["bbs"] == [{"key": "k", "disclosed": [3]}]
    assert "eyJ.a.b~" not in repr(RESPONSE)


def test_an_encrypted_answer_comes_back_with_the_verifiers_key() -> None:
    encrypted = encrypt_response(RESPONSE, _request())
    form = encrypted.to_form()
    assert response_from_form(form.items()) == encrypted
    header = read_jwe_header(encrypted.unverified_jwe)
    assert (header["alg"], header["enc"], header["kid"]) == ("ECDH-ES", "A256GCM", "ac")
    assert AuthorizationResponse.from_json(KEY.decrypt(encrypted.unverified_jwe)) == RESPONSE


def test_without_a_choice_the_answer_is_encrypted_with_a128gcm() -> None:
    encrypted = encrypt_response(RESPONSE, _request(ClientMetadata({}, (KEY.public_jwk(),))))
    assert read_jwe_header(encrypted.unverified_jwe)["enc"] == "A128GCM"


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        ClientMetadata(),
        ClientMetadata({}, ({**KEY.public_jwk(), "use": "sig"},)),
        ClientMetadata({}, ({**KEY.public_jwk(), "alg": "RSA-OAEP"},)),
        ClientMetadata({}, ({**KEY.public_jwk(), "crv": "P-384"},)),
        ClientMetadata({}, (KEY.public_jwk(),), ("A128CBC-HS256",)),
    ],
    ids=["no-metadata", "no-key", "for-signatures", "algorithm", "curve", "content-encryption"],
)
def test_an_answer_that_cannot_be_encrypted_is_not_sent(metadata: ClientMetadata | None) -> None:
    with pytest.raises(DocumentError) as caught:
        encrypt_response(RESPONSE, _request(metadata))
    assert caught.value.path.startswith("$.client_metadata.")


def test_an_answer_to_another_key_cannot_be_read() -> None:
    encrypted = encrypt_response(RESPONSE, _request())
    with pytest.raises(VerificationError) as caught:
        EphemeralKey.generate().decrypt(encrypted.unverified_jwe)
    assert caught.value.reason is Reason.UNDECRYPTABLE


def test_a_refusal_of_the_wallet_is_read() -> None:
    form = [("error", "access_denied"), ("error_description", "No."), ("state", "st")]
    assert response_from_form(form) == ErrorResponse("access_denied", "No.", "st")


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ([], "$"),
        ([("state", "st")], "$"),
        ([("vp_token", "{}"), ("response", "a.b.c.d.e")], "$"),
        ([("vp_token", "{}"), ("error", "access_denied")], "$"),
        ([("vp_token", "{}"), ("vp_token", "{}")], "$"),
        ([("vp_token", "{}")], "$.vp_token"),
        ([("vp_token", "[]")], "$.vp_token"),
        ([("vp_token", "eyJ.a.b~")], "$"),
        ([("vp_token", '{"pid": "eyJ"}')], "$.vp_token.pid"),
        ([("vp_token", '{"pid": []}')], "$.vp_token.pid"),
        ([("vp_token", '{"pid": [5]}')], "$.vp_token.pid[0]"),
        ([("vp_token", '{"p d": ["a"]}')], "$.vp_token.p d"),
        ([("vp_token", json.dumps({f"c{i}": ["a"] for i in range(51)}))], "$.vp_token"),
        ([("vp_token", "[" * 100)], "$"),
    ],
    ids=range(14),
)
def test_malformed_answers_are_refused_by_parameter(form: list[tuple[str, str]], path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        response_from_form(form)
    assert caught.value.path == path


def test_the_verifiers_reply_may_send_the_browser_on() -> None:
    reply = DirectPostAnswer("https://client.example.org/cb#response_code=091535f699ea575c7937fa5f0f454aee")
    assert DirectPostAnswer.from_json(json.dumps(reply.to_json()).encode()) == reply
    assert DirectPostAnswer.from_json(b'{"receipt": "x"}') == DirectPostAnswer(None, "x")
    assert DirectPostAnswer.from_json(b'{"something": "else"}') == DirectPostAnswer(None)
    assert "091535" not in repr(reply)
    assert "a.b" not in repr(EncryptedResponse("a.b", "st"))
    with pytest.raises(DocumentError):
        DirectPostAnswer.from_json(b'{"redirect_uri": "no uri"}')


# HAIP


def _issuer(**changes: object) -> CredentialIssuerMetadata:
    configurations = {
        "credential_configurations_supported": {"a": METADATA["credential_configurations_supported"]["age-sd-jwt"]}
    }
    document: dict[str, Any] = METADATA | configurations | changes
    return CredentialIssuerMetadata.from_node(Node(document), issuer=ISSUER)


def _server(**changes: object) -> AuthorizationServerMetadata:
    document = SERVER | {"token_endpoint_auth_methods_supported": ["attest_jwt_client_auth"]} | changes
    values = {name: value for name, value in document.items() if value is not None}
    return AuthorizationServerMetadata.from_json(json.dumps(values).encode(), issuer="https://server.example")


def test_a_conforming_issuer_has_no_violations() -> None:
    assert issuer_violations(_issuer(), _server()) == ()


@pytest.mark.parametrize(
    ("issuer", "server", "violation"),
    [
        ({"nonce_endpoint": None}, {}, Violation.NO_NONCE_ENDPOINT),
        (
            {"credential_configurations_supported": {"a": {"format": "dc+jwp", "scope": "a"}}},
            {},
            Violation.NO_PROFILED_FORMAT,
        ),
        ({"credential_configurations_supported": {"a": {"format": "dc+sd-jwt"}}}, {}, Violation.NO_SCOPE),
        (
            {
                "credential_configurations_supported": {
                    "a": {
                        "format": "dc+sd-jwt",
                        "scope": "a",
                        "cryptographic_binding_methods_supported": ["jwk"],
                        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["EdDSA"]}},
                    }
                }
            },
            {},
            Violation.NO_ES256_PROOF,
        ),
        ({}, {"grant_types_supported": ["urn:x"]}, Violation.NO_AUTHORIZATION_CODE),
        ({}, {"authorization_endpoint": None}, Violation.NO_AUTHORIZATION_CODE),
        ({}, {"pushed_authorization_request_endpoint": None}, Violation.NO_PUSHED_REQUESTS),
        ({}, {"code_challenge_methods_supported": ["plain"]}, Violation.NO_PKCE_S256),
        ({}, {"authorization_response_iss_parameter_supported": False}, Violation.NO_ISSUER_IN_RESPONSE),
        ({}, {"dpop_signing_alg_values_supported": None}, Violation.NO_DPOP),
        ({}, {"token_endpoint_auth_methods_supported": ["none"]}, Violation.NO_CLIENT_AUTHENTICATION),
    ],
    ids=range(11),
)
def test_each_violation_of_an_issuer_is_named(
    issuer: dict[str, object], server: dict[str, object], violation: Violation
) -> None:
    assert issuer_violations(_issuer(**issuer), _server(**server)) == (violation,)


def test_an_offer_must_have_the_authorization_code() -> None:
    assert offer_violations(CredentialOffer(ISSUER, ("a",), None, None)) == (Violation.NO_AUTHORIZATION_CODE,)


def test_a_conforming_request_has_no_violations() -> None:
    assert request_violations(_request(), signed_by_reference=True) == ()


@pytest.mark.parametrize(
    ("request_", "by_reference", "violations"),
    [
        (_request(), False, {Violation.NOT_SIGNED_BY_REFERENCE}),
        (
            replace(_request(), client_id=ClientId.parse("redirect_uri:https://v.example")),
            True,
            {Violation.WRONG_CLIENT_ID_PREFIX},
        ),
        (replace(_request(), response_mode=ResponseMode.DIRECT_POST), True, {Violation.NOT_ENCRYPTED}),
        (_request(ClientMetadata({}, (KEY.public_jwk(),))), True, {Violation.NOT_BOTH_ENCRYPTIONS}),
        (_request(None), True, {Violation.NO_RESPONSE_KEY, Violation.NOT_BOTH_ENCRYPTIONS}),
    ],
    ids=range(5),
)
def test_each_violation_of_a_request_is_named(
    request_: AuthorizationRequest, by_reference: bool, violations: set[Violation]
) -> None:
    assert set(request_violations(request_, signed_by_reference=by_reference)) == violations
