# SPDX-License-Identifier: EUPL-1.2
"""A relayer recognises messages by what they say they are, and puts together what belongs together."""

import json
from typing import Final

import pytest

from programmable_money.messages import (
    ZERO_ADDRESS,
    Charge,
    ClaimMessage,
    PaymentDomain,
    PaymentPermit,
    PaymentRequest,
    Refund,
    SignedCharge,
    SignedPermit,
    SignedRefund,
    address_of,
)
from programmable_money.relayer.errands import (
    ClaimErrand,
    Message,
    PaymentErrand,
    RefundErrand,
    RelayError,
    errands,
    parse_message,
)
from ssi.errors import Reason, VerificationError

AMIRA, SHOP = b"\x11" * 32, b"\x22" * 32
DOMAIN: Final = PaymentDomain(31337, address_of(b"\x44" * 32))


def permit(nonce: int = 7) -> SignedPermit:
    return SignedPermit.sign(DOMAIN, PaymentPermit(address_of(AMIRA), ZERO_ADDRESS, 2_500, nonce, 2_000_000_000), AMIRA)


def charge(nonce: int = 7) -> SignedCharge:
    return SignedCharge.sign(DOMAIN, Charge(permit(nonce).permit.payment, address_of(SHOP), 1_995), SHOP)


def refund(nonce: int = 7) -> SignedRefund:
    return SignedRefund.sign(DOMAIN, Refund(permit(nonce).permit.payment, 500), SHOP)


def claim() -> ClaimMessage:
    return ClaimMessage(DOMAIN, b"\1" * 32, address_of(AMIRA), 46_000, (3,), b"\2" * 500)


@pytest.mark.parametrize("message", [claim(), permit(), charge(), refund()])
def test_a_message_is_what_it_says(message: Message) -> None:
    assert parse_message(message.to_json()) == message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "{}",
        '{"stuiver": 1}',
        '{"stuiver": ["claim/1"]}',
        '{"stuiver": "claim/2"}',
        '{"stuiver": "claim/1"}',
        "[" * 8_000,
        json.dumps({**json.loads(charge().to_json()), "stuiver": "permit/1"}),
        PaymentRequest(DOMAIN, address_of(SHOP), 100).to_json(),
    ],
)
def test_refuses_what_is_no_message_for_a_relayer(text: str) -> None:
    with pytest.raises(VerificationError) as refused:
        parse_message(text)
    assert refused.value.reason is Reason.MALFORMED


def test_refuses_a_text_that_is_too_long() -> None:
    with pytest.raises(VerificationError) as refused:
        parse_message(" " * 8_193)
    assert refused.value.reason is Reason.WRONG_LENGTH


def test_messages_find_their_permits_in_any_order() -> None:
    found = errands({"r": refund(), "c2": charge(8), "p": permit(), "c": charge(), "claim": claim(), "p2": permit(8)})
    assert found == (
        ClaimErrand("claim", claim()),
        PaymentErrand("c2", permit(8), charge(8)),
        PaymentErrand("c", permit(), charge()),
        RefundErrand("r", permit(), refund()),
    )
    assert [errand.kind for errand in found] == ["claim", "payment", "payment", "refund"]


@pytest.mark.parametrize(
    ("messages", "name"),
    [
        ({"p": permit()}, "p"),
        ({"c": charge()}, "c"),
        ({"r": refund(), "p": permit(8), "c": charge(8)}, "r"),
        ({"p": permit(), "again": permit(), "c": charge()}, "again"),
    ],
)
def test_refuses_what_does_not_fit_together_and_names_it(messages: dict[str, Message], name: str) -> None:
    with pytest.raises(RelayError, match=f"^{name}: "):
        errands(messages)
