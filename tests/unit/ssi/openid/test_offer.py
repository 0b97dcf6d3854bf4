# SPDX-License-Identifier: EUPL-1.2
"""Credential offers and their links (OpenID4VCI 1.0 section 4.1)."""

import json
from typing import Any

import pytest

from ssi.credential.document import DocumentError
from ssi.openid.offer import (
    AUTHORIZATION_CODE,
    PRE_AUTHORIZED_CODE,
    AuthorizationCodeGrant,
    CredentialOffer,
    InputMode,
    OfferReference,
    PreAuthorizedCodeGrant,
    TxCode,
    parse_offer_link,
)

OFFER: dict[str, Any] = {
    "credential_issuer": "https://credential-issuer.example.com",
    "credential_configuration_ids": ["UniversityDegreeCredential", "org.iso.18013.5.1.mDL"],
    "grants": {
        "authorization_code": {"issuer_state": "eyJhbGciOiJSU0Et...FYUaBy"},
        "urn:ietf:params:oauth:grant-type:pre-authorized_code": {
            "pre-authorized_code": "oaKazRN8I0IbtZ0C7JuMn5",
            "tx_code": {"input_mode": "text", "length": 4, "description": "In uw brief — onderaan"},
        },
    },
}
EXAMPLE = (
    "openid-credential-offer://?credential_offer=%7B%22credential_issuer%22:%22https://credential-issuer.example.com"
    "%22,%22credential_configuration_ids%22:%5B%22org.iso.18013.5.1.mDL%22%5D,%22grants%22:%7B%22urn:ietf:params:oaut"
    "h:grant-type:pre-authorized_code%22:%7B%22pre-authorized_code%22:%22oaKazRN8I0IbtZ0C7JuMn5%22,%22tx_code%22:%7B%"
    "22input_mode%22:%22text%22,%22description%22:%22Please%20enter%20the%20serial%20number%20of%20your%20physical%20"
    "drivers%20license%22%7D%7D%7D%7D"
)


def _read(offer: object) -> CredentialOffer:
    return CredentialOffer.from_json(json.dumps(offer).encode())


def test_an_offer_is_read_with_both_grants() -> None:
    offer = _read(OFFER)
    assert offer.credential_configuration_ids == ("UniversityDegreeCredential", "org.iso.18013.5.1.mDL")
    assert offer.authorization_code == AuthorizationCodeGrant("eyJhbGciOiJSU0Et...FYUaBy")
    assert offer.pre_authorized_code == PreAuthorizedCodeGrant(
        "oaKazRN8I0IbtZ0C7JuMn5", TxCode(InputMode.TEXT, 4, "In uw brief — onderaan")
    )
    assert offer.to_json() == OFFER


def test_an_offer_without_grants_leaves_the_choice_to_the_metadata() -> None:
    offer = _read({"credential_issuer": "https://i.example/t", "credential_configuration_ids": ["a"]})
    assert offer.authorization_code is None
    assert offer.pre_authorized_code is None
    assert "grants" not in offer.to_json()


def test_an_empty_transaction_code_object_means_that_one_is_needed() -> None:
    offer = _read(OFFER | {"grants": {PRE_AUTHORIZED_CODE: {"pre-authorized_code": "x", "tx_code": {}}}})
    assert offer.pre_authorized_code is not None
    assert offer.pre_authorized_code.tx_code == TxCode(InputMode.NUMERIC)


def test_an_empty_authorization_code_grant_is_a_grant() -> None:
    offer = _read(OFFER | {"grants": {AUTHORIZATION_CODE: {}}})
    assert offer.authorization_code == AuthorizationCodeGrant()
    assert _read(offer.to_json()) == offer


def test_unknown_members_and_grants_are_ignored() -> None:
    offer = OFFER | {"new": 1, "grants": {**OFFER["grants"], "urn:new": {"x": []}}}
    assert _read(offer) == _read(OFFER)


@pytest.mark.parametrize("endpoint", ["openid-credential-offer://", "haip-vci://", "https://wallet.example/offer?x=1"])
def test_a_link_brings_the_offer_or_its_address(endpoint: str) -> None:
    offer = _read(OFFER)
    assert parse_offer_link(offer.link(endpoint)) == offer
    reference = OfferReference("https://i.example/offers/a?b=c&d=%20")
    assert parse_offer_link(reference.link(endpoint)) == reference


def test_the_link_of_the_specification_is_read() -> None:
    offer = parse_offer_link(EXAMPLE)
    assert isinstance(offer, CredentialOffer)
    assert offer.pre_authorized_code is not None
    assert offer.pre_authorized_code.tx_code is not None
    assert offer.pre_authorized_code.tx_code.description == (
        "Please enter the serial number of your physical drivers license"
    )


def test_codes_do_not_show() -> None:
    text = repr(_read(OFFER)) + repr(OfferReference("https://i.example/offers/secret"))
    assert "oaKazRN8I0IbtZ0C7JuMn5" not in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"credential_issuer": "http://issuer.example"}, "$.credential_issuer"),
        ({"credential_issuer": "https://issuer.example/?a=b"}, "$.credential_issuer"),
        ({"credential_issuer": "https://issuer.example/#a"}, "$.credential_issuer"),
        ({"credential_issuer": "https://me@issuer.example"}, "$.credential_issuer"),
        ({"credential_issuer": "https://issuer.example\\@evil.example"}, "$.credential_issuer"),
        ({"credential_issuer": "https://issuer.example/a b"}, "$.credential_issuer"),
        ({"credential_issuer": "https://issuer.example:99999"}, "$.credential_issuer"),
        ({"credential_issuer": "https:///path"}, "$.credential_issuer"),
        ({"credential_issuer": "javascript:alert(1)"}, "$.credential_issuer"),
        ({"credential_issuer": 7}, "$.credential_issuer"),
        ({"credential_configuration_ids": []}, "$.credential_configuration_ids"),
        ({"credential_configuration_ids": ["a", "a"]}, "$.credential_configuration_ids"),
        ({"credential_configuration_ids": ["a"] * 101}, "$.credential_configuration_ids"),
        ({"credential_configuration_ids": ["a\nb"]}, "$.credential_configuration_ids[0]"),
        ({"credential_configuration_ids": "a"}, "$.credential_configuration_ids"),
        ({"grants": []}, "$.grants"),
        ({"grants": {PRE_AUTHORIZED_CODE: {}}}, f"$.grants.{PRE_AUTHORIZED_CODE}.pre-authorized_code"),
        (
            {"grants": {PRE_AUTHORIZED_CODE: {"pre-authorized_code": "x", "tx_code": {"length": 0}}}},
            f"$.grants.{PRE_AUTHORIZED_CODE}.tx_code.length",
        ),
        (
            {"grants": {PRE_AUTHORIZED_CODE: {"pre-authorized_code": "x", "tx_code": {"description": "x" * 301}}}},
            f"$.grants.{PRE_AUTHORIZED_CODE}.tx_code.description",
        ),
        (
            {"grants": {PRE_AUTHORIZED_CODE: {"pre-authorized_code": "x", "tx_code": {"input_mode": "voice"}}}},
            f"$.grants.{PRE_AUTHORIZED_CODE}.tx_code.input_mode",
        ),
    ],
    ids=range(20),
)
def test_a_malformed_offer_is_refused_by_field(change: dict[str, object], path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        _read(OFFER | change)
    assert caught.value.path == path


@pytest.mark.parametrize(
    "link",
    [
        "",
        "openid-credential-offer://",
        "http://wallet.example?credential_offer_uri=https%3A%2F%2Fi.example",
        "javascript:?credential_offer_uri=https%3A%2F%2Fi.example",
        "openid-credential-offer://?credential_offer=%7B%7D&credential_offer_uri=https%3A%2F%2Fi.example",
        "openid-credential-offer://?credential_offer_uri=http%3A%2F%2Fi.example",
        "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fi.example&credential_offer_uri=https%3A%2F%2Fj",
        "openid-credential-offer://?credential_offer=not-json",
        "openid-credential-offer://?credential_offer=%FF",
        "openid-credential-offer://?credential_offer_uri=https://é.example",
        "openid-credential-offer://[?credential_offer_uri=https%3A%2F%2Fi.example",
    ],
    ids=range(11),
)
def test_a_link_that_is_no_offer_is_refused(link: str) -> None:
    with pytest.raises(DocumentError):
        parse_offer_link(link)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{",
        b"[]",
        b'{"credential_issuer": "https://a.example", "credential_issuer": "https://b.example"}',
        b"[" * 100 + b"]" * 100,
        b'"' + b"x" * (1 << 20) + b'"',
        b'{"credential_issuer": NaN}',
        b'{"credential_issuer": "\\ud800"}',
    ],
    ids=range(9),
)
def test_a_body_that_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        CredentialOffer.from_json(body)
    assert caught.value.path in {"$", "$.credential_issuer"}


@pytest.mark.parametrize(
    "url", ["http://localhost:8018", "http://127.0.0.1:8018/tenant", "http://[::1]:8018", "https://a.example:8443/b"]
)
def test_an_issuer_may_be_on_this_machine(url: str) -> None:
    assert _read(OFFER | {"credential_issuer": url}).credential_issuer == url
