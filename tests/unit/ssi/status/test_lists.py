# SPDX-License-Identifier: EUPL-1.2
"""A status list packs, unpacks and refuses."""

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssi.errors import Reason, VerificationError
from ssi.status import MAX_LIST_OCTETS, StatusList, StatusValue

BOMB = zlib.compress(bytes(64 << 20), 9)
"""65 kilobytes that unpack to 64 megabytes."""


@settings(deadline=None)
@given(st.sampled_from((1, 2, 4, 8)), st.data())
def test_keeps_every_status_at_its_index(bits: int, data: st.DataObject) -> None:
    size = 8 * data.draw(st.integers(1, 40))
    statuses = data.draw(st.dictionaries(st.integers(0, size - 1), st.integers(0, (1 << bits) - 1), max_size=50))
    packed = StatusList.of_size(bits, size).with_statuses(statuses)
    unpacked = StatusList.decompress(bits, packed.compress())
    assert [unpacked.get(index) for index in range(size)] == [statuses.get(index, 0) for index in range(size)]
    assert StatusList.from_json(packed.to_json()) == StatusList.from_cbor(packed.to_cbor()) == packed


def test_changing_a_status_makes_a_new_list_and_can_be_undone() -> None:
    fresh = StatusList.of_size(2, 16)
    suspended = fresh.with_statuses({5: StatusValue.SUSPENDED})
    assert fresh.get(5) == StatusValue.VALID
    assert suspended.get(5) == StatusValue.SUSPENDED
    assert suspended.with_statuses({5: StatusValue.VALID}) == fresh


def test_a_list_of_two_to_the_seventeen_is_small_while_nothing_is_revoked() -> None:
    assert len(StatusList.of_size(2, 1 << 17).compress()) < 100


@pytest.mark.parametrize("index", [16, 1 << 60, -1])
def test_refuses_an_index_beyond_the_list(index: int) -> None:
    with pytest.raises(VerificationError) as refused:
        StatusList.of_size(2, 16).get(index)
    assert refused.value.reason is Reason.UNKNOWN_STATUS


@pytest.mark.parametrize(
    ("unverified", "reason"),
    [
        pytest.param(BOMB, Reason.TOO_LARGE, id="zip bomb"),
        pytest.param(zlib.compress(bytes(MAX_LIST_OCTETS + 1)), Reason.TOO_LARGE, id="one octet too many"),
        pytest.param(zlib.compress(b"\x00" * 16)[:-1], Reason.MALFORMED, id="cut off"),
        pytest.param(zlib.compress(b"\x00" * 16) + b"\x00", Reason.MALFORMED, id="something behind it"),
        pytest.param(zlib.compress(b""), Reason.MALFORMED, id="empty list"),
        pytest.param(b"", Reason.MALFORMED, id="nothing"),
        pytest.param(b"plain", Reason.MALFORMED, id="not zlib"),
        pytest.param(zlib.compress(b"\x00" * 16)[2:-4], Reason.MALFORMED, id="bare deflate"),
        pytest.param(zlib.compress(b"\x00" * 16)[:-4] + bytes(4), Reason.MALFORMED, id="wrong checksum"),
    ],
)
def test_refuses_to_unpack(unverified: bytes, reason: Reason) -> None:
    with pytest.raises(VerificationError) as refused:
        StatusList.decompress(1, unverified)
    assert refused.value.reason is reason


def test_unpacks_a_list_of_exactly_the_bound() -> None:
    assert len(StatusList.decompress(8, zlib.compress(bytes(MAX_LIST_OCTETS)))) == MAX_LIST_OCTETS


GOOD = StatusList.of_size(1, 8).to_json()


@pytest.mark.parametrize(
    "unverified",
    [
        pytest.param(None, id="no object"),
        pytest.param([], id="array"),
        pytest.param({**GOOD, "bits": 3}, id="three bits"),
        pytest.param({**GOOD, "bits": True}, id="bits true"),
        pytest.param({**GOOD, "bits": 1.0}, id="bits with a fraction"),
        pytest.param({**GOOD, "bits": "1"}, id="bits as text"),
        pytest.param({"lst": GOOD["lst"]}, id="no bits"),
        pytest.param({"bits": 1}, id="no list"),
        pytest.param({**GOOD, "lst": 5}, id="list as number"),
        pytest.param({**GOOD, "lst": f"{GOOD['lst']}=="}, id="padded"),
        pytest.param({**GOOD, "lst": "é"}, id="no base64url"),
    ],
)
def test_refuses_a_claim(unverified: object) -> None:
    with pytest.raises(VerificationError) as refused:
        StatusList.from_json(unverified)
    assert refused.value.reason is Reason.MALFORMED


def test_refuses_the_text_of_a_jwt_in_a_cwt() -> None:
    with pytest.raises(VerificationError) as refused:
        StatusList.from_cbor(GOOD)
    assert refused.value.reason is Reason.MALFORMED


@pytest.mark.parametrize(("bits", "size"), [(3, 8), (1, 9), (2, 0), (0, 8), (8, -1)])
def test_has_no_list_of_odd_sizes(bits: int, size: int) -> None:
    with pytest.raises(ValueError, match="octets"):
        StatusList.of_size(bits, size)


@pytest.mark.parametrize("statuses", [{8: 1}, {-1: 1}, {0: 2}, {0: -1}])
def test_its_keeper_cannot_set_what_does_not_fit(statuses: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="index"):
        StatusList.of_size(1, 8).with_statuses(statuses)
