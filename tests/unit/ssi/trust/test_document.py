# SPDX-License-Identifier: EUPL-1.2
"""The trust list's document is read strictly, and says which field is wrong."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from ssi.credential.document import DocumentError
from ssi.trust import parse_trust_list
from tests.unit.ssi.trust.material import (
    AGE,
    AGENCY,
    BETWEEN,
    DESK_DID,
    INCOME,
    ROOT,
    agency_entry,
    bbs_entry,
    desk_entry,
    document,
)


def test_reads_a_list() -> None:
    desk, agency, keys = parse_trust_list(document())
    assert (desk.name.en, set(desk.vcts)) == ("Municipality", {INCOME})
    assert DESK_DID in desk.dids
    assert agency.certified is not None
    assert (agency.vcts, agency.certified.issuers) == (frozenset((AGE,)), frozenset((AGENCY,)))
    assert len(keys.bbs_keys) == 2
    assert not any(entry.asks_registry for entry in (desk, agency, keys))
    assert desk.names(DESK_DID)
    assert agency.names(AGENCY)
    assert not agency.names(DESK_DID)


def test_an_entry_may_have_every_kind() -> None:
    (entry,) = parse_trust_list(document({**desk_entry(), **agency_entry(), **bbs_entry(), "registry": True}))
    assert entry.dids
    assert entry.certified is not None
    assert entry.bbs_keys
    assert entry.asks_registry


def certified(**changes: Any) -> dict[str, Any]:
    return agency_entry(x509={"anchors": [ROOT.pem], "issuers": [AGENCY], **changes})


def keyed(**changes: Any) -> dict[str, Any]:
    listed = bbs_entry()["bbs_keys"][0]
    return bbs_entry(bbs_keys=[{**listed, **changes}])


def without(entry: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != name}


LEAF_PEM = BETWEEN.leaf(dns=("x.example",)).chain[0].public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        pytest.param(without(desk_entry(), "name"), "$.issuers[0].name", id="no name"),
        pytest.param(without(desk_entry(), "vcts"), "$.issuers[0].vcts", id="no types"),
        pytest.param(without(desk_entry(), "dids"), "$.issuers[0]", id="nobody"),
        pytest.param(desk_entry(vcts=[]), "$.issuers[0].vcts", id="empty types"),
        pytest.param(desk_entry(vcts=["income"]), "$.issuers[0].vcts[0]", id="type is no URI"),
        pytest.param(desk_entry(vcts=[INCOME, INCOME]), "$.issuers[0].vcts[1]", id="type twice"),
        pytest.param(desk_entry(dids=[]), "$.issuers[0].dids", id="empty DIDs"),
        pytest.param(desk_entry(dids=["municipality"]), "$.issuers[0].dids[0]", id="no DID"),
        pytest.param(desk_entry(dids=[f"{DESK_DID}#0"]), "$.issuers[0].dids[0]", id="DID URL"),
        pytest.param(desk_entry(dids=[DESK_DID, DESK_DID]), "$.issuers[0].dids[1]", id="DID twice"),
        pytest.param(desk_entry(did=DESK_DID), "$.issuers[0].did", id="unknown member"),
        pytest.param(desk_entry(registry=False), "$.issuers[0].registry", id="registry false"),
        pytest.param(desk_entry(registry="yes"), "$.issuers[0].registry", id="registry yes"),
        pytest.param(agency_entry(x509={}), "$.issuers[0].x509.anchors", id="no anchors"),
        pytest.param(agency_entry(x509={"anchors": [ROOT.pem]}), "$.issuers[0].x509.issuers", id="issuers by omission"),
        pytest.param(certified(issuers=[]), "$.issuers[0].x509.issuers", id="empty issuers"),
        pytest.param(certified(issuers="all"), "$.issuers[0].x509.issuers", id="issuers all"),
        pytest.param(certified(issuers=["http://x.example"]), "$.issuers[0].x509.issuers[0]", id="http issuer"),
        pytest.param(certified(issuers=[DESK_DID]), "$.issuers[0].x509.issuers[0]", id="certified DID"),
        pytest.param(certified(anchors=[]), "$.issuers[0].x509.anchors", id="empty anchors"),
        pytest.param(certified(anchors=["x"]), "$.issuers[0].x509.anchors[0]", id="no certificate"),
        pytest.param(certified(anchors=["é" * 9]), "$.issuers[0].x509.anchors[0]", id="not ASCII"),
        pytest.param(certified(anchors=[ROOT.pem, LEAF_PEM]), "$.issuers[0].x509.anchors[1]", id="leaf as anchor"),
        pytest.param(certified(anchors=[ROOT.pem * 2]), "$.issuers[0].x509.anchors[0]", id="two in one"),
        pytest.param(keyed(public_key="AAAA"), "$.issuers[0].bbs_keys[0].public_key", id="short key"),
        pytest.param(keyed(public_key="!"), "$.issuers[0].bbs_keys[0].public_key", id="key is no base64url"),
        pytest.param(keyed(valid_until="2026-12-31"), "$.issuers[0].bbs_keys[0].valid_until", id="a day"),
        pytest.param(keyed(valid_until="2026-13-31T00:00:00Z"), "$.issuers[0].bbs_keys[0].valid_until", id="month 13"),
        pytest.param(
            keyed(valid_until="2026-12-31T00:00:00+01:00"), "$.issuers[0].bbs_keys[0].valid_until", id="another zone"
        ),
        pytest.param(bbs_entry(bbs_keys=[]), "$.issuers[0].bbs_keys", id="empty keys"),
    ],
)
def test_refuses_an_entry(entry: dict[str, Any], path: str) -> None:
    with pytest.raises(DocumentError) as refused:
        parse_trust_list(document(entry))
    assert refused.value.path == path


@pytest.mark.parametrize(
    ("change", "path"),
    [
        pytest.param(lambda text: text.replace(b"v1", b"v2"), "$.format", id="another version"),
        pytest.param(lambda text: text.replace(b'"format"', b'"form"'), "$.format", id="no format"),
        pytest.param(lambda text: b'{"format": "stuiver/trust-list/v1", "issuers": []}', "$.issuers", id="empty"),
        pytest.param(lambda text: text[:-1], "$", id="cut off"),
        pytest.param(lambda text: text.replace(b'"vcts"', b'"dids": [], "vcts"'), "$", id="repeated member"),
    ],
)
def test_refuses_a_document(change: Callable[[bytes], bytes], path: str) -> None:
    with pytest.raises(DocumentError) as refused:
        parse_trust_list(change(document(desk_entry())))
    assert refused.value.path == path
