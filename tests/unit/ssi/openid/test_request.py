# SPDX-License-Identifier: EUPL-1.2
"""Presentation requests: by link and by reference, signed and not, each refusal with its reason (OpenID4VP 1.0 5)."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ssi.base64url import encode_base64url
from ssi.credential.document import DocumentError, Node
from ssi.did import Resolver
from ssi.did.key import did_key_from
from ssi.errors import Reason, VerificationError
from ssi.jose.jwe import EphemeralKey
from ssi.jose.jws import sign_jwt
from ssi.keys import KeyType, PrivateKey
from ssi.openid.client_id import ClientId, ClientIdPrefix, x509_hash_client_id
from ssi.openid.errors import ErrorCode, OpenIdError
from ssi.openid.request import (
    AuthorizationRequest,
    ResponseMode,
    TransactionData,
    request_error_code,
    require_transaction_types,
)
from ssi.openid.signed_request import (
    RequestReference,
    RequestUriMethod,
    RequestUriPost,
    SignedRequest,
    VerifiedAuthorizationRequest,
    accept_unsigned_request,
    did_header,
    parse_request_link,
    sign_request,
    verify_request,
    x5c_header,
)
from ssi.trust.certificates import Anchors
from tests.pki import NOW, make_root

ROOT = make_root()
LEAF = ROOT.leaf(dns=("verifier.example",))
ANCHORS = Anchors.from_pem([ROOT.pem])
KEY = PrivateKey.from_octets(KeyType.P256, bytes(31) + b"\7")
DID = did_key_from(KEY.public_key)
KID = f"{DID}#{DID.removeprefix('did:key:')}"
DIDS = Resolver.offline()
HASH = x509_hash_client_id(LEAF.der[0])
BY_DID = ClientId(ClientIdPrefix.DECENTRALIZED_IDENTIFIER, DID)
BY_NAME = ClientId(ClientIdPrefix.X509_SAN_DNS, "verifier.example")
BY_ADDRESS = ClientId(ClientIdPrefix.REDIRECT_URI, "https://verifier.example/post")
LINK = "openid4vp://?"


def _transaction(**members: object) -> str:
    content = {"type": "urn:example:pay", "credential_ids": ["pid"], "amount": 5, **members}
    return encode_base64url(json.dumps(content).encode())


CLAIMS: dict[str, Any] = {
    "client_id": str(HASH),
    "response_type": "vp_token",
    "response_mode": "direct_post.jwt",
    "response_uri": "https://verifier.example/post",
    "nonce": "n-0S6_WzA2Mj",
    "state": "eyJhb.6-sVA",
    "dcql_query": {"credentials": [{"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": ["x"]}}]},
    "client_metadata": {
        "vp_formats_supported": {"dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}},
        "jwks": {"keys": [EphemeralKey.generate().public_jwk()]},
        "encrypted_response_enc_values_supported": ["A128GCM", "A256GCM"],
        "client_name": "Gemeente",
    },
    "transaction_data": [_transaction()],
    "wallet_nonce": "qPmxiNFCR3QTm19POc8u",
}


def _request(**changes: object) -> AuthorizationRequest:
    return AuthorizationRequest.from_node(Node(CLAIMS | changes))


def _sign(
    request: AuthorizationRequest, *, header: dict[str, object] | None = None, key: PrivateKey | None = None
) -> str:
    return sign_request(
        request,
        LEAF.private_key if key is None else key,
        issued_at=NOW,
        expires_at=NOW + timedelta(minutes=5),
        header=x5c_header(LEAF.x5c) if header is None else header,
    )


def _verify(
    jwt: str, client: ClientId = HASH, wallet_nonce: str | None = None, **changes: Any
) -> VerifiedAuthorizationRequest:
    values: dict[str, Any] = {"now": NOW, "dids": DIDS, "certificates": ANCHORS} | changes
    return verify_request(jwt, client_id=client, wallet_nonce=wallet_nonce, **values)


def _raw(claims: dict[str, Any], *, typ: str = "oauth-authz-req+jwt", header: dict[str, object] | None = None) -> str:
    times = {"iat": int(NOW.timestamp())}
    return sign_jwt(
        times | claims, LEAF.private_key, typ=typ, header=x5c_header(LEAF.x5c) if header is None else header
    )


def test_a_request_is_read_and_written_alike() -> None:
    request = _request()
    assert request.to_json() == CLAIMS
    assert request.response_mode is ResponseMode.DIRECT_POST_JWT
    assert request.transactions_of("pid") == tuple(CLAIMS["transaction_data"])
    assert request.transactions_of("other") == ()
    assert request.transaction_data[0].members["amount"] == 5
    assert _request(verifier_info=[], new={"x": 1}) == request
    assert CLAIMS["nonce"] not in repr(request)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"client_id": "verifier.example"}, "$.client_id"),
        ({"client_id": "origin:https://verifier.example"}, "$.client_id"),
        ({"client_id": "openid_federation:https://verifier.example"}, "$.client_id"),
        ({"client_id": "x509_hash:"}, "$.client_id"),
        ({"client_id": "x509_hash:a b"}, "$.client_id"),
        ({"response_type": "code"}, "$.response_type"),
        ({"response_type": "vp_token id_token"}, "$.response_type"),
        ({"response_mode": "fragment"}, "$.response_mode"),
        ({"response_uri": "http://verifier.example/post"}, "$.response_uri"),
        ({"response_uri": "https://verifier.example/post#x"}, "$.response_uri"),
        ({"redirect_uri": "https://verifier.example/cb"}, "$.redirect_uri"),
        ({"scope": "openid"}, "$.scope"),
        ({"nonce": ""}, "$.nonce"),
        ({"nonce": "with space"}, "$.nonce"),
        ({"nonce": "x" * 1001}, "$.nonce"),
        ({"state": "é"}, "$.state"),
        ({"dcql_query": {}}, "$.dcql_query.credentials"),
        ({"client_metadata": {"jwks": {}}}, "$.client_metadata.jwks.keys"),
        ({"client_metadata": {"jwks": {"keys": [{"kty": "oct", "k": "x"}]}}}, "$.client_metadata.jwks.keys[0]"),
        (
            {"client_metadata": {"encrypted_response_enc_values_supported": []}},
            "$.client_metadata.encrypted_response_enc_values_supported",
        ),
        ({"transaction_data": []}, "$.transaction_data"),
        ({"transaction_data": ["%"]}, "$.transaction_data[0]"),
        ({"transaction_data": [encode_base64url(b"[]")]}, "$.transaction_data[0]"),
        ({"transaction_data": [_transaction(type=5)]}, "$.transaction_data[0].type"),
        ({"transaction_data": [_transaction(credential_ids=[])]}, "$.transaction_data[0].credential_ids"),
        ({"transaction_data": [_transaction(credential_ids=["other"])]}, "$.transaction_data[0]"),
    ],
    ids=range(26),
)
def test_a_malformed_request_is_refused_by_parameter(change: dict[str, object], path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        _request(**change)
    assert caught.value.path == path
    expected = ErrorCode.INVALID_TRANSACTION_DATA if "transaction_data" in change else ErrorCode.INVALID_REQUEST
    assert request_error_code(caught.value) is expected


@pytest.mark.parametrize("name", ["client_id", "response_type", "response_mode", "response_uri", "nonce", "dcql_query"])
def test_a_required_parameter_cannot_be_left_out(name: str) -> None:
    with pytest.raises(DocumentError) as caught:
        AuthorizationRequest.from_node(Node({key: value for key, value in CLAIMS.items() if key != name}))
    assert caught.value.path == f"$.{name}"


def test_a_transaction_is_approved_with_a_bound_credential_only() -> None:
    query = {"credentials": [CLAIMS["dcql_query"]["credentials"][0] | {"require_cryptographic_holder_binding": False}]}
    with pytest.raises(DocumentError) as caught:
        _request(dcql_query=query)
    assert caught.value.path == "$.transaction_data[0]"


def test_a_transaction_that_the_wallet_does_not_know_is_refused() -> None:
    require_transaction_types(_request(), ["urn:example:pay"])
    with pytest.raises(OpenIdError) as caught:
        require_transaction_types(_request(), ["urn:example:other"])
    assert caught.value.code is ErrorCode.INVALID_TRANSACTION_DATA


# signed requests


def test_a_request_signed_with_a_certificate_is_verified() -> None:
    verified = _verify(_sign(_request()), wallet_nonce=CLAIMS["wallet_nonce"])
    assert verified.request == _request()
    assert verified.client.client_id == HASH
    assert verified.client.names == ("verifier.example",)
    assert verified.client.is_authenticated


def test_a_request_signed_by_a_did_is_verified() -> None:
    request = replace(_request(), client_id=BY_DID, wallet_nonce=None)
    verified = _verify(_sign(request, header=did_header(KID), key=KEY), BY_DID)
    assert verified.client.client_id == BY_DID
    assert verified.client.names == ()


def test_a_request_of_a_host_name_is_verified() -> None:
    assert _verify(_sign(replace(_request(), client_id=BY_NAME)), BY_NAME).client.client_id == BY_NAME


OTHER_ROOT = make_root("Another")
OTHER_LEAF = OTHER_ROOT.leaf(dns=("verifier.example",))
SIGNED: dict[str, tuple[str, ClientId, Reason]] = {
    "another-client": (_sign(_request()), BY_NAME, Reason.UNKNOWN_ISSUER),
    "typ": (_raw(CLAIMS, typ="JWT"), HASH, Reason.WRONG_TYPE),
    "no-key": (_raw(CLAIMS, header={}), HASH, Reason.MALFORMED),
    "kid-for-a-certificate": (_raw(CLAIMS, header={"kid": KID}), HASH, Reason.MALFORMED),
    "another-anchor": (
        _sign(
            replace(_request(), client_id=x509_hash_client_id(OTHER_LEAF.der[0])),
            header=x5c_header(OTHER_LEAF.x5c),
            key=OTHER_LEAF.private_key,
        ),
        x509_hash_client_id(OTHER_LEAF.der[0]),
        Reason.UNTRUSTED_CERTIFICATE,
    ),
    "another-leaf": (
        _sign(replace(_request(), client_id=ClientId(ClientIdPrefix.X509_HASH, "A" * 43))),
        ClientId(ClientIdPrefix.X509_HASH, "A" * 43),
        Reason.UNTRUSTED_CERTIFICATE,
    ),
    "another-name": (
        _sign(replace(_request(), client_id=ClientId(ClientIdPrefix.X509_SAN_DNS, "evil.example"))),
        ClientId(ClientIdPrefix.X509_SAN_DNS, "evil.example"),
        Reason.UNTRUSTED_CERTIFICATE,
    ),
    "another-key": (_sign(_request(), key=KEY), HASH, Reason.INVALID_SIGNATURE),
    "no-signature": (_sign(_request()).rpartition(".")[0] + ".", HASH, Reason.WRONG_LENGTH),
    "did-without-kid": (
        _sign(replace(_request(), client_id=BY_DID), header={}, key=KEY),
        BY_DID,
        Reason.UNRESOLVABLE_KEY,
    ),
    "kid-of-another-did": (
        _sign(replace(_request(), client_id=BY_DID), header=did_header("did:key:zDn#zDn"), key=KEY),
        BY_DID,
        Reason.UNRESOLVABLE_KEY,
    ),
    "key-that-the-did-does-not-have": (
        _sign(replace(_request(), client_id=BY_DID), header=did_header(f"{DID}#other"), key=KEY),
        BY_DID,
        Reason.UNRESOLVABLE_KEY,
    ),
    "did-that-is-none": (
        _sign(
            replace(_request(), client_id=ClientId(ClientIdPrefix.DECENTRALIZED_IDENTIFIER, "did:none:x")),
            header=did_header("did:none:x#1"),
            key=KEY,
        ),
        ClientId(ClientIdPrefix.DECENTRALIZED_IDENTIFIER, "did:none:x"),
        Reason.UNRESOLVABLE_KEY,
    ),
    "signed-by-an-address": (_sign(replace(_request(), client_id=BY_ADDRESS)), BY_ADDRESS, Reason.UNRESOLVABLE_KEY),
    "another-audience": (_raw(CLAIMS | {"aud": "https://wallet.example"}), HASH, Reason.WRONG_AUDIENCE),
    "expired": (_raw(CLAIMS | {"exp": int(NOW.timestamp()) - 60}), HASH, Reason.EXPIRED),
    "from-the-future": (_raw(CLAIMS | {"iat": int(NOW.timestamp()) + 61}), HASH, Reason.NOT_YET_VALID),
    "answer-to-another-host": (
        _sign(replace(_request(), client_id=BY_NAME, response_uri="https://evil.example/post")),
        BY_NAME,
        Reason.WRONG_AUDIENCE,
    ),
    "not-a-token": ("x.y", HASH, Reason.MALFORMED),
    "too-large": ("x" * (1 << 18) + ".", HASH, Reason.TOO_LARGE),
}


@pytest.mark.parametrize("name", SIGNED)
def test_a_signed_request_that_does_not_hold_is_refused(name: str) -> None:
    jwt, client, reason = SIGNED[name]
    with pytest.raises(VerificationError) as caught:
        _verify(jwt, client)
    assert caught.value.reason is reason


@pytest.mark.parametrize("sent", [None, "another"], ids=["missing", "another"])
def test_a_request_object_repeats_the_wallets_nonce(sent: str | None) -> None:
    with pytest.raises(VerificationError) as caught:
        _verify(_sign(replace(_request(), wallet_nonce=sent)), wallet_nonce="mine")
    assert caught.value.reason is Reason.WRONG_NONCE


def test_an_expired_certificate_is_refused() -> None:
    with pytest.raises(VerificationError) as caught:
        _verify(_sign(_request()), now=NOW + timedelta(days=400))
    assert caught.value.reason is Reason.UNTRUSTED_CERTIFICATE


def test_a_signed_request_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(DocumentError):
        _verify(_raw(CLAIMS | {"nonce": 5}))


def test_an_address_that_asks_need_not_say_twice_where_the_answer_goes() -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != "response_uri"} | {"client_id": str(BY_ADDRESS)}
    assert AuthorizationRequest.from_node(Node(claims)).response_uri == BY_ADDRESS.value
    with pytest.raises(DocumentError) as caught:
        AuthorizationRequest.from_node(Node(claims | {"client_id": "redirect_uri:javascript:alert(1)"}))
    assert caught.value.path == "$.client_id"


def test_an_unsigned_request_speaks_for_its_address_only() -> None:
    request = replace(_request(), client_id=BY_ADDRESS)
    verified = accept_unsigned_request(request)
    assert not verified.client.is_authenticated
    for other, reason in (
        (replace(request, response_uri="https://evil.example/post"), Reason.WRONG_AUDIENCE),
        (_request(), Reason.INVALID_SIGNATURE),
        (replace(request, client_id=BY_DID), Reason.INVALID_SIGNATURE),
    ):
        with pytest.raises(VerificationError) as caught:
            accept_unsigned_request(other)
        assert caught.value.reason is reason


# links


@pytest.mark.parametrize("endpoint", ["openid4vp://", "haip-vp://", "https://wallet.example/?a=b"])
@pytest.mark.parametrize("method", list(RequestUriMethod))
def test_a_link_brings_the_reference(endpoint: str, method: RequestUriMethod) -> None:
    reference = RequestReference(HASH, "https://verifier.example/requests/1?x=y", method)
    assert parse_request_link(reference.link(endpoint)) == reference
    assert "requests/1" not in repr(reference)


def test_a_link_brings_an_unsigned_or_a_signed_request() -> None:
    request = replace(_request(), client_id=BY_ADDRESS)
    assert parse_request_link(request.link()) == request
    jwt = _sign(_request())
    assert parse_request_link(f"{LINK}client_id={HASH}&request={jwt}") == SignedRequest(HASH, jwt)


@pytest.mark.parametrize(
    "link",
    [
        "openid4vp://?request_uri=https%3A%2F%2Fv.example",
        f"{LINK}client_id=x509_hash:a&request_uri=http%3A%2F%2Fv.example",
        f"{LINK}client_id=x509_hash:a&request_uri=https%3A%2F%2Fv.example&request=a.b.c",
        f"{LINK}client_id=x509_hash:a&request_uri=https%3A%2F%2Fv.example&request_uri_method=put",
        f"{LINK}client_id=x509_hash:a&request_uri=https%3A%2F%2Fv.example&client_id=x509_hash:b",
        f"{LINK}client_id=x509_hash:a&request_uri_method=post",
        f"{LINK}client_id=a&request_uri=https%3A%2F%2Fv.example",
        "ftp://?client_id=x509_hash:a&request_uri=https%3A%2F%2Fv.example",
        f"{LINK}client_id=redirect_uri:https%3A%2F%2Fv.example&response_type=vp_token",
        f"{LINK}client_id=redirect_uri:https%3A%2F%2Fv.example&dcql_query=%7B",
    ],
    ids=range(10),
)
def test_a_link_that_is_no_request_is_refused(link: str) -> None:
    with pytest.raises(DocumentError):
        parse_request_link(link)


def test_a_method_belongs_to_an_address() -> None:
    link = replace(_request(), client_id=BY_ADDRESS).link() + "&request_uri_method=post"
    with pytest.raises(DocumentError) as caught:
        parse_request_link(link)
    assert caught.value.path == "$.request_uri_method"


def test_the_fetch_by_post_brings_nonce_and_metadata() -> None:
    post = RequestUriPost("qPmxiNFCR3QTm19POc8u", '{"vp_formats_supported": {}}')
    assert RequestUriPost.from_form(post.to_form().items()) == post
    assert RequestUriPost.from_form([]) == RequestUriPost(None, None)


def test_client_identifiers_are_read_whole() -> None:
    for text in ("decentralized_identifier:did:example:123", "redirect_uri:https://client.example.org/cb"):
        assert str(ClientId.parse(text)) == text
    assert isinstance(_request().transaction_data[0], TransactionData)
