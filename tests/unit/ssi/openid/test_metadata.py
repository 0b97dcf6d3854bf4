# SPDX-License-Identifier: EUPL-1.2
"""Metadata of issuers and authorization servers (OpenID4VCI 1.0 section 12.2, RFC 8414)."""

import json
from typing import Any

import pytest

from ssi.credential.document import DocumentError
from ssi.openid.metadata import (
    AUTHORIZATION_SERVER,
    CREDENTIAL_ISSUER,
    ClaimDescription,
    CredentialConfiguration,
    CredentialIssuerMetadata,
    Display,
    well_known_url,
)
from ssi.openid.server_metadata import AuthorizationServerMetadata

ISSUER = "https://issuer.example/tenant"
JWK = {"kty": "EC", "kid": "1", "use": "enc", "alg": "ECDH-ES", "crv": "P-256", "x": "a", "y": "b"}
METADATA: dict[str, Any] = {
    "credential_issuer": ISSUER,
    "authorization_servers": ["https://server.example"],
    "credential_endpoint": "https://issuer.example/tenant/credential",
    "nonce_endpoint": "https://issuer.example/tenant/nonce",
    "deferred_credential_endpoint": "https://issuer.example/tenant/deferred_credential",
    "notification_endpoint": "https://issuer.example/tenant/notification",
    "credential_request_encryption": {
        "jwks": {"keys": [JWK]},
        "enc_values_supported": ["A128GCM"],
        "zip_values_supported": ["DEF"],
        "encryption_required": False,
    },
    "credential_response_encryption": {
        "alg_values_supported": ["ECDH-ES"],
        "enc_values_supported": ["A128GCM", "A256GCM"],
        "encryption_required": False,
    },
    "batch_credential_issuance": {"batch_size": 10},
    "display": [
        {"name": "Gemeente", "locale": "nl", "logo": {"uri": "https://issuer.example/l.png", "alt_text": "Logo"}},
        {"name": "Municipality", "locale": "en-GB"},
    ],
    "validator_did": "did:web:issuer.example",
    "credential_configurations_supported": {
        "age-sd-jwt": {
            "format": "dc+sd-jwt",
            "vct": "urn:stuiver:credential:age:1",
            "scope": "age",
            "credential_signing_alg_values_supported": ["ES256"],
            "cryptographic_binding_methods_supported": ["jwk"],
            "proof_types_supported": {
                "jwt": {"proof_signing_alg_values_supported": ["ES256"]},
                "attestation": {"proof_signing_alg_values_supported": ["ES256"], "key_attestations_required": {}},
            },
            "credential_metadata": {
                "display": [{"name": "Leeftijd", "locale": "nl", "background_color": "#12107c", "text_color": "#fff"}],
                "claims": [{"path": ["birth_date"], "mandatory": True, "display": [{"name": "Geboortedatum"}]}],
            },
        },
        "mdl": {"format": "mso_mdoc", "credential_signing_alg_values_supported": [-7, -9]},
    },
}
SERVER: dict[str, Any] = {
    "issuer": "https://server.example",
    "token_endpoint": "https://server.example/token",
    "authorization_endpoint": "https://server.example/authorize",
    "pushed_authorization_request_endpoint": "https://server.example/par",
    "require_pushed_authorization_requests": True,
    "jwks_uri": "https://server.example/jwks",
    "grant_types_supported": ["authorization_code"],
    "response_types_supported": ["code"],
    "code_challenge_methods_supported": ["S256"],
    "dpop_signing_alg_values_supported": ["ES256"],
    "token_endpoint_auth_methods_supported": ["none"],
    "authorization_response_iss_parameter_supported": True,
    "pre-authorized_grant_anonymous_access_supported": True,
}


def _read(document: dict[str, Any], issuer: str = ISSUER) -> CredentialIssuerMetadata:
    return CredentialIssuerMetadata.from_json(json.dumps(document).encode(), issuer=issuer)


def _server(document: dict[str, Any], issuer: str = "https://server.example") -> AuthorizationServerMetadata:
    return AuthorizationServerMetadata.from_json(json.dumps(document).encode(), issuer=issuer)


def test_issuer_metadata_is_read_and_written_alike() -> None:
    metadata = _read(METADATA)
    assert metadata.to_json() == METADATA
    assert metadata.batch_size == 10
    age = metadata.configurations["age-sd-jwt"]
    assert age.proof_types["jwt"] == ("ES256",)
    assert age.key_attestations == {"attestation"}
    assert age.claims == (ClaimDescription(("birth_date",), True, (Display("Geboortedatum"),)),)
    assert metadata.configurations["mdl"].signing_algorithms == (-7, -9)
    assert metadata.display[0].logo_alt_text == "Logo"


def test_the_least_issuer_metadata_is_enough() -> None:
    names = ("credential_issuer", "credential_endpoint", "credential_configurations_supported")
    metadata = _read({name: METADATA[name] for name in names})
    assert metadata.authorization_servers == ()
    assert metadata.batch_size is None
    assert metadata.request_encryption is None


def test_unknown_members_are_ignored() -> None:
    assert _read(METADATA | {"future": {"x": [1.5, None]}}) == _read(METADATA)
    assert CredentialConfiguration("new").to_json() == {"format": "new"}


@pytest.mark.parametrize(
    "issuer", ["https://issuer.example", "https://issuer.example/tenant/", "https://ISSUER.example/tenant"]
)
def test_metadata_of_another_issuer_is_refused(issuer: str) -> None:
    with pytest.raises(DocumentError) as caught:
        _read(METADATA, issuer)
    assert caught.value.path == "$.credential_issuer"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"credential_endpoint": "http://issuer.example"}, "$.credential_endpoint"),
        ({"nonce_endpoint": ""}, "$.nonce_endpoint"),
        ({"authorization_servers": []}, "$.authorization_servers"),
        ({"authorization_servers": ["https://a.example?b"]}, "$.authorization_servers[0]"),
        ({"batch_credential_issuance": {"batch_size": 1}}, "$.batch_credential_issuance.batch_size"),
        ({"batch_credential_issuance": {}}, "$.batch_credential_issuance.batch_size"),
        ({"validator_did": "https://x"}, "$.validator_did"),
        ({"display": []}, "$.display"),
        ({"display": [{"locale": "x y"}]}, "$.display[0].locale"),
        ({"credential_configurations_supported": []}, "$.credential_configurations_supported"),
        ({"credential_configurations_supported": {"a": {}}}, "$.credential_configurations_supported.a.format"),
        (
            {"credential_configurations_supported": {"a": {"format": "x", "proof_types_supported": {"jwt": {}}}}},
            "$.credential_configurations_supported.a.proof_types_supported.jwt.proof_signing_alg_values_supported",
        ),
        (
            {
                "credential_request_encryption": METADATA["credential_request_encryption"]
                | {"jwks": {"keys": [{**JWK, "d": "x"}]}}
            },
            "$.credential_request_encryption.jwks.keys[0]",
        ),
        (
            {
                "credential_request_encryption": METADATA["credential_request_encryption"]
                | {"encryption_required": "no"}
            },
            "$.credential_request_encryption.encryption_required",
        ),
        (
            {"credential_configurations_supported": {str(i): {"format": "x"} for i in range(201)}},
            "$.credential_configurations_supported",
        ),
    ],
    ids=range(15),
)
def test_malformed_issuer_metadata_is_refused_by_field(change: dict[str, object], path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        _read(METADATA | change)
    assert caught.value.path == path


def test_server_metadata_is_read_and_written_alike() -> None:
    metadata = _server(SERVER | {"new": 1})
    assert metadata.to_json() == SERVER
    assert metadata.pre_authorized_grant_anonymous_access_supported
    assert not _server({name: SERVER[name] for name in ("issuer", "token_endpoint")}).jwks_uri


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"issuer": "https://other.example"}, "$.issuer"),
        ({"token_endpoint": "ftp://server.example"}, "$.token_endpoint"),
        ({"authorization_endpoint": 1}, "$.authorization_endpoint"),
        ({"grant_types_supported": "authorization_code"}, "$.grant_types_supported"),
        ({"require_pushed_authorization_requests": "true"}, "$.require_pushed_authorization_requests"),
    ],
)
def test_malformed_server_metadata_is_refused_by_field(change: dict[str, object], path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        _server(SERVER | change)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("identifier", "name", "url"),
    [
        (
            "https://issuer.example.com/tenant",
            CREDENTIAL_ISSUER,
            "https://issuer.example.com/.well-known/openid-credential-issuer/tenant",
        ),
        (
            "https://tenant.issuer.example.com",
            CREDENTIAL_ISSUER,
            "https://tenant.issuer.example.com/.well-known/openid-credential-issuer",
        ),
        (
            "http://127.0.0.1:8018/",
            AUTHORIZATION_SERVER,
            "http://127.0.0.1:8018/.well-known/oauth-authorization-server",
        ),
    ],
)
def test_metadata_is_found_between_host_and_path(identifier: str, name: str, url: str) -> None:
    assert well_known_url(identifier, name) == url
