# SPDX-License-Identifier: EUPL-1.2
"""Whatever arrives, a message is read or refused by field: no other error, and nothing that was sent is said back."""

import copy
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssi.credential.document import DocumentError, Node
from ssi.openid.authorization import IssuanceAuthorizationRequest, PushedAuthorizationResponse
from ssi.openid.credential import (
    CredentialRequest,
    DeferredCredentialRequest,
    NonceResponse,
    NotificationRequest,
    parse_credential_response,
)
from ssi.openid.dcql import DcqlQuery
from ssi.openid.errors import ErrorResponse, OpenIdError
from ssi.openid.metadata import CredentialIssuerMetadata
from ssi.openid.offer import CredentialOffer, parse_offer_link
from ssi.openid.request import AuthorizationRequest
from ssi.openid.response import AuthorizationResponse, DirectPostAnswer, response_from_form
from ssi.openid.server_metadata import AuthorizationServerMetadata
from ssi.openid.signed_request import parse_request_link
from ssi.openid.token import TokenResponse, parse_token_request
from ssi.presentation import ClaimRequest
from tests.unit.ssi.openid.test_credential import BBS_REQUEST, REQUEST
from tests.unit.ssi.openid.test_metadata import ISSUER, METADATA, SERVER
from tests.unit.ssi.openid.test_offer import OFFER
from tests.unit.ssi.openid.test_request import CLAIMS
from tests.unit.ssi.openid.test_token import RESPONSE
from tests.unit.ssi.presentation.material import TYPES, meta

_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 1 << 70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
Reader = Callable[[bytes], object]
MESSAGES: dict[str, tuple[Reader, dict[str, Any]]] = {
    "offer": (CredentialOffer.from_json, OFFER),
    "issuer": (lambda body: CredentialIssuerMetadata.from_json(body, issuer=ISSUER), METADATA),
    "server": (lambda body: AuthorizationServerMetadata.from_json(body, issuer="https://server.example"), SERVER),
    "token": (TokenResponse.from_json, RESPONSE),
    "pushed": (PushedAuthorizationResponse.from_json, {"request_uri": "urn:x", "expires_in": 60}),
    "credential": (CredentialRequest.from_json, REQUEST.to_json()),
    "bbs": (CredentialRequest.from_json, BBS_REQUEST.to_json()),
    "issued": (parse_credential_response, {"credentials": [{"credential": "a"}], "notification_id": "n"}),
    "later": (parse_credential_response, {"transaction_id": "t", "interval": 5}),
    "deferred": (DeferredCredentialRequest.from_json, {"transaction_id": "t"}),
    "notification": (NotificationRequest.from_json, {"notification_id": "n", "event": "credential_accepted"}),
    "nonce": (NonceResponse.from_json, {"c_nonce": "n"}),
    "error": (ErrorResponse.from_json, {"error": "e", "error_description": "d", "state": "s"}),
    "query": (DcqlQuery.from_json, CLAIMS["dcql_query"]),
    "request": (lambda body: AuthorizationRequest.from_node(Node(json.loads(body))), CLAIMS),
    "answer": (AuthorizationResponse.from_json, {"vp_token": {"a": ["b", {"c": 1}]}, "state": "s"}),
    "reply": (DirectPostAnswer.from_json, {"redirect_uri": "https://v.example/cb"}),
    "terms": (lambda body: ClaimRequest.from_meta(json.loads(body), TYPES), meta()),
}


def _places(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, item in inner for place in _places(item, (*at, key)))]


def _replace(document: object, at: tuple[str | int, ...], value: object) -> object:
    if not at:
        return value
    changed: Any = copy.deepcopy(document)
    target = changed
    for key in at[:-1]:
        target = target[key]
    target[at[-1]] = value
    return changed


def _refusal(read: Callable[[], object]) -> str:
    """What a refusal says; nothing when the message is read."""
    try:
        read()
    except (DocumentError, OpenIdError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", MESSAGES)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_message_with_anything_anywhere_is_read_or_refused(name: str, data: st.DataObject) -> None:
    reader, document = MESSAGES[name]
    at = data.draw(st.sampled_from(_places(document)[1:]))
    changed = _replace(document, at, data.draw(_json))
    assert _refusal(lambda: reader(json.dumps(changed).encode()))[:1] in {"", "$"}


@pytest.mark.parametrize("name", MESSAGES)
def test_the_message_itself_is_read(name: str) -> None:
    reader, document = MESSAGES[name]
    reader(json.dumps(document).encode())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(body: bytes) -> None:
    for reader in (CredentialOffer.from_json, CredentialRequest.from_json, DcqlQuery.from_json):
        with pytest.raises(DocumentError):
            reader(body)


_pairs = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "grant_type",
                "code",
                "scope",
                "client_id",
                "vp_token",
                "response",
                "error",
                "state",
                "authorization_details",
            ]
        )
        | st.text(max_size=5),
        st.sampled_from(["refresh_token", "authorization_code", "{}", "[]", "[{}]", "a"]) | st.text(max_size=20),
    ),
    max_size=8,
)


@settings(max_examples=100, deadline=None)
@given(_pairs)
def test_any_form_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    readers: tuple[Callable[[list[tuple[str, str]]], object], ...] = (
        parse_token_request,
        response_from_form,
        IssuanceAuthorizationRequest.from_form,
        AuthorizationRequest.from_form,
        ErrorResponse.from_form,
    )
    for reader in readers:
        assert len(_refusal(partial(reader, pairs))) < 2000


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["openid4vp://?", "openid-credential-offer://?", "https://w.example/?", ""]),
    st.text(max_size=60) | st.from_regex(r"(client_id|request_uri|credential_offer)=[ -~]{0,40}", fullmatch=True),
)
def test_any_link_is_read_or_refused(start: str, rest: str) -> None:
    for reader in (parse_offer_link, parse_request_link):
        assert _refusal(partial(reader, start + rest))[:1] in {"", "$"}


def test_a_refusal_repeats_no_value() -> None:
    secret = "oaKazRN8I0IbtZ0C7JuMn5"
    with pytest.raises(DocumentError) as caught:
        CredentialOffer.from_json(json.dumps(OFFER | {"credential_issuer": secret}).encode())
    assert secret not in str(caught.value)
