# SPDX-License-Identifier: EUPL-1.2
"""A permit as the text of a QR code: the same permit in fewer modules, one text for each, and read from a picture."""

from base64 import b32encode
from dataclasses import replace

import cbor2
import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from edge.qr_reading import PictureError, PictureRefusal, read_qr
from programmable_money.messages import (
    ZERO_ADDRESS,
    Address,
    PaymentDomain,
    PaymentPermit,
    SignedPermit,
    address_of,
    parse_address,
)
from programmable_money.messages.codes import from_code, to_code
from ssi.errors import Reason, VerificationError
from tests.flows.pictures import frame

KEY, SHOP, FUND = b"\x07" * 32, address_of(b"\x08" * 32), address_of(b"\x09" * 32)
DOMAIN = PaymentDomain(31337, FUND)
UINT256 = st.integers(0, (1 << 256) - 1)
ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda octets: parse_address("0x" + octets.hex()))
PREFIX = "STUIVER:PERMIT/1:"


def permit(merchant: Address = SHOP, *, limit: int = 2_500, nonce: int = (1 << 128) - 1) -> SignedPermit:
    made = PaymentPermit(address_of(KEY), merchant, limit, nonce, 1_790_000_000)
    return SignedPermit.sign(DOMAIN, made, KEY)


def refusal(text: str) -> Reason:
    with pytest.raises(VerificationError) as caught:
        SignedPermit.from_text(text)
    return caught.value.reason


def written(*values: object) -> str:
    return PREFIX + b32encode(cbor2.dumps([*values])).decode().rstrip("=")


def members(made: SignedPermit) -> list[object]:
    one = made.permit
    octets = [bytes.fromhex(address[2:]) for address in (FUND, one.account, one.merchant)]
    nonce = one.nonce.to_bytes(16, "big")
    return [DOMAIN.chain_id, *octets, one.limit, nonce, one.deadline, made.signature]


@given(ADDRESSES, st.one_of(st.just(ZERO_ADDRESS), ADDRESSES), UINT256, UINT256, UINT256, UINT256)
def test_every_permit_comes_back_from_its_code(
    fund: Address, merchant: Address, chain: int, limit: int, nonce: int, deadline: int
) -> None:
    message = PaymentPermit(address_of(KEY), merchant, limit, nonce, deadline)
    made = SignedPermit(PaymentDomain(chain, fund), permit().signature, message)
    assert SignedPermit.from_text(made.to_code()) == made


def test_code_and_long_form_are_the_same_signed_permit() -> None:
    made = permit()
    found = SignedPermit.from_text(made.to_code())
    found.check()
    assert found == SignedPermit.from_text(made.to_json()) == made
    assert made.to_code() == written(*members(made))


@pytest.mark.parametrize(("merchant", "most"), [(ZERO_ADDRESS, 53), (SHOP, 57)])
def test_a_code_has_few_modules_and_more_correction_than_the_long_form(merchant: Address, most: int) -> None:
    made = permit(merchant)
    code = segno.make_qr(made.to_code(), error="m", boost_error=False)
    assert (code.mode, len(code.matrix)) == ("alphanumeric", most)
    assert len(segno.make_qr(made.to_json(), error="l", boost_error=False).matrix) >= 73


@pytest.mark.parametrize("turned", [-20, -7, 0, 11])
def test_a_code_is_read_from_half_of_a_small_frame_that_is_out_of_focus(turned: int) -> None:
    """640 by 480 pixels, the code over half of the height. The long form is not readable there."""
    made = permit(ZERO_ADDRESS)
    assert read_qr(frame(made.to_code(), turned=turned, blur=1.4)) == made.to_code()
    with pytest.raises(PictureError) as caught:
        read_qr(frame(made.to_json(), turned=turned, blur=1.4, error="l"))
    assert caught.value.reason is PictureRefusal.NO_CODE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.MALFORMED),
        (PREFIX, Reason.MALFORMED),
        (PREFIX + "0189", Reason.MALFORMED),
        (PREFIX + "A", Reason.MALFORMED),
        (permit().to_code().lower(), Reason.MALFORMED),
        (permit().to_code().replace("PERMIT/1", "PERMIT/2"), Reason.MALFORMED),
        (permit().to_code() + "=", Reason.MALFORMED),
        (permit().to_code() + "AA", Reason.MALFORMED),
        (permit().to_code()[:-2], Reason.MALFORMED),
        (PREFIX + "A" * 2_100, Reason.WRONG_LENGTH),
        (written(1), Reason.MALFORMED),
        (written(*members(permit()), b""), Reason.MALFORMED),
        (written(*members(permit())[:-1]), Reason.MALFORMED),
        (written(*members(permit())[:-1], b"\x01" * 64), Reason.WRONG_LENGTH),
        (written(*members(permit())[:-1], b"\x01" * 64 + b"\x1d"), Reason.INVALID_SIGNATURE),
        (written(True, *members(permit())[1:]), Reason.MALFORMED),
        (written(-1, *members(permit())[1:]), Reason.MALFORMED),
        (written(1, FUND, *members(permit())[2:]), Reason.WRONG_LENGTH),
        (written(1, bytes(20), *members(permit())[2:]), Reason.MALFORMED),
        (written(b"\x01", *members(permit())[1:]), Reason.MALFORMED),
        (written(b"\x01" * 33, *members(permit())[1:]), Reason.MALFORMED),
        (written(cbor2.CBORTag(2, b"\x01"), *members(permit())[1:]), Reason.MALFORMED),
    ],
)
def test_anything_else_is_refused(text: str, reason: Reason) -> None:
    assert refusal(text) is reason


def test_a_number_is_written_one_way_only() -> None:
    """Padded with zeros, or in a longer form of CBOR, it would be a second code of the same permit."""
    values = members(permit())
    padded = [*values[:5], permit().permit.nonce.to_bytes(17, "big"), *values[6:]]
    assert refusal(written(*padded)) is Reason.MALFORMED
    octets = cbor2.dumps(values)
    longer = b"\x98\x08" + octets[1:]
    assert refusal(PREFIX + b32encode(longer).decode().rstrip("=")) is Reason.MALFORMED


def test_a_changed_code_is_not_signed() -> None:
    made = permit()
    raised = replace(made, permit=replace(made.permit, limit=99_999))
    with pytest.raises(VerificationError) as caught:
        SignedPermit.from_text(raised.to_code()).check()
    assert caught.value.reason is Reason.INVALID_SIGNATURE


def test_a_code_of_another_kind_of_message_is_no_permit() -> None:
    with pytest.raises(VerificationError) as caught:
        from_code(to_code(permit()), "charge", PaymentPermit.MEMBERS)
    assert caught.value.reason is Reason.MALFORMED
