# SPDX-License-Identifier: EUPL-1.2
"""The proof that a validator has the secret of the key it registers (claim.md 1.7)."""

from typing import Any

import pytest

from ssi.bbs.suite import BP2, decode_g2, pairings_cancel
from ssi.claim.encoding import decode_xy
from ssi.claim.header import CLAIMS
from ssi.claim.registry_key import parse_registry_key, prove_possession, registry_key
from ssi.errors import Reason, VerificationError
from tests.claims import HEADER, PUBLIC_KEY, SECRET_KEY

FOR: dict[str, Any] = {
    "chain_id": 31_337,
    "registry": bytes(range(20)),
    "type_id": HEADER.type_id,
    "validator": bytes(range(20, 40)),
}


def test_a_possession_is_the_secret_times_the_point_that_the_specification_writes() -> None:
    octets = prove_possession(SECRET_KEY, **FOR)
    assert len(octets) == 128
    message = (
        b"stuiver/possession/v1" + (31_337).to_bytes(32, "big") + FOR["registry"] + FOR["type_id"] + FOR["validator"]
    )
    point = CLAIMS.suite.hash_to_curve(message, CLAIMS.api_id + b"POSSESSION_")
    assert not any(octets[:16] + octets[64:80])
    possession = decode_xy(octets[16:64] + octets[80:])
    assert pairings_cancel((possession, BP2), (-point, decode_g2(PUBLIC_KEY)))


@pytest.mark.parametrize(
    ("member", "value"),
    [("chain_id", 1), ("registry", bytes(20)), ("type_id", bytes(32)), ("validator", bytes(20))],
)
def test_a_possession_is_for_one_chain_registry_type_and_validator(member: str, value: object) -> None:
    assert prove_possession(SECRET_KEY, **{**FOR, member: value}) != prove_possession(SECRET_KEY, **FOR)


def test_a_possession_is_of_one_key() -> None:
    assert prove_possession(SECRET_KEY + 1, **FOR) != prove_possession(SECRET_KEY, **FOR)


@pytest.mark.parametrize("member", ["registry", "type_id", "validator"])
def test_addresses_and_types_have_their_length(member: str) -> None:
    for value in (FOR[member][1:], FOR[member] + b"\0", b""):
        with pytest.raises(ValueError, match="octets"):
            prove_possession(SECRET_KEY, **{**FOR, member: value})


def test_a_key_of_the_registry_is_read_back() -> None:
    assert parse_registry_key(registry_key(PUBLIC_KEY)) == PUBLIC_KEY


@pytest.mark.parametrize(
    ("octets", "reason"),
    {
        "too_short": (registry_key(PUBLIC_KEY)[:-1], Reason.WRONG_LENGTH),
        "too_long": (registry_key(PUBLIC_KEY) + b"\0", Reason.WRONG_LENGTH),
        "identity": (bytes(256), Reason.INVALID_POINT),
        "padding_that_is_not_zero": (b"\1" + registry_key(PUBLIC_KEY)[1:], Reason.INVALID_POINT),
        "off_the_curve": (registry_key(PUBLIC_KEY)[:-1] + b"\0", Reason.INVALID_POINT),
        "coordinate_beyond_the_field": (bytes(16) + b"\xff" * 48 + registry_key(PUBLIC_KEY)[64:], Reason.INVALID_POINT),
    }.values(),
    ids=["too_short", "too_long", "identity", "padding", "off_the_curve", "coordinate"],
)
def test_refuses_what_is_no_key(octets: bytes, reason: Reason) -> None:
    with pytest.raises(VerificationError) as caught:
        parse_registry_key(octets)
    assert caught.value.reason is reason
