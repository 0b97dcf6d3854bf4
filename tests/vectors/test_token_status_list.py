# SPDX-License-Identifier: EUPL-1.2
"""Token Status List: the draft's lists in all four sizes, and its two signed tokens.

Source: draft-ietf-oauth-status-list, commit 2fb61cd: its appendix "Test vectors" says which status stands where.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from ssi.keys import PublicKey
from ssi.status import StatusList, StatusValue, verify_status_list_cwt, verify_status_list_jwt
from tests.vectors.shared import SHARED_VECTORS, WHERE, load_vector

FOLDER: Final = "token-status-list"
FILE: Final = "status-list-vectors.json"

STATUSES: Final[Mapping[str, Mapping[int, int]]] = {
    "status_list_encoding_json.md": dict.fromkeys((0, 3, 4, 5, 7, 8, 9, 13, 15), 1),
    "status_list_encoding2_json.md": {0: 1, 1: 2, 3: 3, 5: 1, 7: 1, 8: 1, 9: 2, 10: 3, 11: 3},
    "status_list_encoding1_long_json.md": dict.fromkeys(
        (0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345), 1
    ),
    "status_list_encoding2_long_json.md": {
        **dict.fromkeys((0, 25460, 495669, 554353, 723232, 854545), 1),
        **dict.fromkeys((1993, 645645, 934534), 2),
        **dict.fromkeys((159495, 1000345), 3),
    },
    "status_list_encoding4_json.md": {
        0: 1,
        1993: 2,
        35460: 3,
        459495: 4,
        595669: 5,
        754353: 6,
        845645: 7,
        923232: 8,
        924445: 9,
        934534: 10,
        1004534: 11,
        1000345: 12,
        1030203: 13,
        1030204: 14,
        1030205: 15,
    },
}
"""Every status that is not 0, by file; the list of eight bits has each of 1 to 255 once and is checked so."""
OF_EIGHT_BITS: Final = "status_list_encoding8_json.md"
SOME_OF_EIGHT_BITS: Final = {233478: 0, 52451: 1, 576778: 2, 513575: 3, 62489: 10, 448260: 208, 152133: 254, 19535: 255}


def entries() -> list[Any]:
    """One parameter per vector, named by its file."""
    if not SHARED_VECTORS.is_dir():
        return [pytest.param({}, id="absent", marks=pytest.mark.skip(reason=WHERE))]
    return [pytest.param(entry, id=entry["file"]) for entry in load_vector(FOLDER, FILE)["vectors"]]


@pytest.mark.parametrize("entry", entries())
def test_reads_the_list_of_the_draft(entry: dict[str, Any]) -> None:
    found = StatusList.from_json({"bits": entry["bits"], "lst": entry["lst"]})
    assert len(found.octets) == entry["bytes"]
    assert list(found.octets) == entry.get("expected_bytes", list(found.octets))
    other_than_valid = {index: found.get(index) for index in range(len(found)) if found.get(index)}
    if entry["file"] == OF_EIGHT_BITS:
        assert sorted(other_than_valid.values()) == list(range(1, 256))
        assert {index: found.get(index) for index in SOME_OF_EIGHT_BITS} == SOME_OF_EIGHT_BITS
    else:
        assert other_than_valid == STATUSES[entry["file"]]


@pytest.mark.parametrize("entry", entries())
def test_writes_the_list_of_the_draft(entry: dict[str, Any]) -> None:
    """The text depends on the compressor; what a reader gets out of it does not."""
    theirs = StatusList.from_json({"bits": entry["bits"], "lst": entry["lst"]})
    ours = StatusList.of_size(entry["bits"], len(theirs)).with_statuses(
        {index: theirs.get(index) for index in range(len(theirs)) if theirs.get(index)}
    )
    assert ours == theirs
    assert StatusList.from_json(ours.to_json()) == StatusList.from_cbor(ours.to_cbor()) == theirs
    assert len(str(ours.to_json()["lst"])) <= len(entry["lst"]) * 1.1


def test_every_vector_is_looked_at() -> None:
    if not SHARED_VECTORS.is_dir():
        pytest.skip(WHERE)
    assert {entry["file"] for entry in load_vector(FOLDER, FILE)["vectors"]} == {*STATUSES, OF_EIGHT_BITS}


KEY: Final = PublicKey.from_jwk(
    {
        "kty": "EC",
        "crv": "P-256",
        "x": "I3HWm_0Ds1dPMI-IWmf4mBmH-YaeAVbPVu7vB27CxXo",
        "y": "6N_d5Elj9bs1htgV3okJKIdbHEpkgTmAluYKJemzn1M",
    }
)
"""The public key "12" of the draft's examples."""
JWT: Final = (
    b"eyJhbGciOiJFUzI1NiIsImtpZCI6IjEyIiwidHlwIjoic3RhdHVzbGlzdCtqd3QifQ.eyJleHAiOjIyOTE3MjAxNzAsImlhdCI6MTY4NjkyMDE3"
    b"MCwiaXNzIjoiaHR0cHM6Ly9leGFtcGxlLmNvbSIsInN0YXR1c19saXN0Ijp7ImJpdHMiOjEsImxzdCI6ImVOcmJ1UmdBQWhjQlhRIn0sInN1YiI6"
    b"Imh0dHBzOi8vZXhhbXBsZS5jb20vc3RhdHVzbGlzdHMvMSIsInR0bCI6NDMyMDB9.2lKUUNG503R9htu4aHAYi7vjmr3sgApbfoDvPrl65N3URUO"
    b"1EYqqQl45Jfzd-Av4QzlKa3oVALpLwOEUOq-U_g"
)
CWT: Final = bytes.fromhex(
    "d2845820a2012610781a6170706c69636174696f6e2f7374617475736c6973742b637774a1044231325850a502782168747470733a2f2f6578"
    "616d706c652e636f6d2f7374617475736c697374732f31061a648c5bea041a8898dfea19fffe19a8c019fffda2646269747301636c73744a78"
    "dadbb918000217015d584093fa4d01032b18c35e2fe1101b77fd6cc9440022caa4694450c4e4e9feab4e99d1fa6d9772ce2bf3a12e0323ded7"
    "c982c5e101a5e67f0cbc1e2b6f57ce99c279"
)


class ExampleTrust:
    """Knows the draft's example issuer."""

    def status_key(self, unverified_header: Mapping[str, object], issuer: str, vct: str, now: datetime) -> PublicKey:
        """The key "12"."""
        assert (unverified_header["kid"], issuer) == ("12", "https://example.com")
        return KEY


@pytest.mark.parametrize("form", ["jwt", "cwt"])
def test_verifies_the_tokens_of_the_draft(form: str) -> None:
    verify, token = (verify_status_list_jwt, JWT) if form == "jwt" else (verify_status_list_cwt, CWT)
    listed = verify(
        token,
        uri="https://example.com/statuslists/1",
        issuer="https://example.com",
        vct="urn:example:1",
        now=datetime(2026, 1, 1, tzinfo=UTC),
        trust=ExampleTrust(),
    )
    assert listed.issued_at == datetime.fromtimestamp(1686920170, UTC)
    assert listed.expires_at == datetime.fromtimestamp(2291720170, UTC)
    assert listed.time_to_live == timedelta(seconds=43200)
    assert listed.statuses.octets == bytes([0xB9, 0xA3])
    assert listed.statuses.get(0) == StatusValue.INVALID
