# SPDX-License-Identifier: EUPL-1.2
"""The claim that points at a status, and the document that names all lists."""

import json

import pytest

from ssi.errors import Reason, VerificationError
from ssi.status import StatusReference, parse_status_aggregation, status_aggregation

URI = "https://issuer.example/status-lists/1"


def test_reads_what_it_writes() -> None:
    reference = StatusReference(131071, URI)
    assert reference.to_claim() == {"status_list": {"idx": 131071, "uri": URI}}
    assert StatusReference.from_claim(reference.to_claim()) == reference


def test_ignores_other_mechanisms_and_members() -> None:
    claim = {"status_list": {"idx": 0, "uri": URI, "note": 1}, "another": {}}
    assert StatusReference.from_claim(claim) == StatusReference(0, URI)


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        pytest.param({}, Reason.MALFORMED, id="empty"),
        pytest.param("x", Reason.MALFORMED, id="text"),
        pytest.param({"other": {}}, Reason.STATUS_UNAVAILABLE, id="other mechanism only"),
        pytest.param({"status_list": None}, Reason.MALFORMED, id="null"),
        pytest.param({"status_list": {"uri": URI}}, Reason.MALFORMED, id="no index"),
        pytest.param({"status_list": {"idx": 1}}, Reason.MALFORMED, id="no uri"),
        pytest.param({"status_list": {"idx": -1, "uri": URI}}, Reason.MALFORMED, id="negative"),
        pytest.param({"status_list": {"idx": True, "uri": URI}}, Reason.MALFORMED, id="true"),
        pytest.param({"status_list": {"idx": 1.0, "uri": URI}}, Reason.MALFORMED, id="fraction"),
        pytest.param({"status_list": {"idx": "1", "uri": URI}}, Reason.MALFORMED, id="text index"),
        pytest.param({"status_list": {"idx": 1 << 53, "uri": URI}}, Reason.MALFORMED, id="beyond any list"),
        pytest.param({"status_list": {"idx": 1, "uri": "file:///etc/passwd"}}, Reason.MALFORMED, id="file"),
        pytest.param({"status_list": {"idx": 1, "uri": "/1"}}, Reason.MALFORMED, id="relative"),
        pytest.param({"status_list": {"idx": 1, "uri": URI + "\n"}}, Reason.MALFORMED, id="line end"),
        pytest.param({"status_list": {"idx": 1, "uri": URI + "x" * 2048}}, Reason.MALFORMED, id="endless"),
    ],
)
def test_refuses_a_claim(claim: object, reason: Reason) -> None:
    with pytest.raises(VerificationError) as refused:
        StatusReference.from_claim(claim)
    assert refused.value.reason is reason


def test_names_all_lists_once() -> None:
    document = json.dumps(status_aggregation([URI, URI + "1", URI])).encode()
    assert parse_status_aggregation(document) == (URI, URI + "1")


@pytest.mark.parametrize(
    "document", [b"[]", b"{}", b'{"status_lists": "x"}', b'{"status_lists": [1]}', b'{"status_lists": ["ftp://x"]}']
)
def test_refuses_an_aggregation(document: bytes) -> None:
    with pytest.raises(VerificationError) as refused:
        parse_status_aggregation(document)
    assert refused.value.reason is Reason.MALFORMED


def test_an_issuer_cannot_name_what_is_no_uri() -> None:
    with pytest.raises(ValueError, match="URI"):
        status_aggregation(["lists/1"])
