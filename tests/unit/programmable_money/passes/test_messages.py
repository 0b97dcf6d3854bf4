# SPDX-License-Identifier: EUPL-1.2
"""Messages of a pass: one form each, nothing more and nothing less than their members, signed by whom they say."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from programmable_money.messages import PaymentDomain, address_of
from programmable_money.messages.passes import (
    ActivationMessage,
    OfferUseMessage,
    PassRequest,
    SignedOfferUse,
    SignedPassRequest,
    use_recipient,
    use_slot,
)
from programmable_money.relayer.errands import parse_message
from ssi.errors import Reason, VerificationError

KEY = bytes(31) + b"\x01"
SHOP = address_of(KEY)
DOMAIN = PaymentDomain(31337, address_of(bytes(31) + b"\x02"))
PROOF = bytes(range(256)) * 4
ACTIVATION = ActivationMessage(DOMAIN, b"\x05" * 32, SHOP, 46_000, PROOF)
USE = OfferUseMessage(DOMAIN, 2, 1, b"\x05" * 32, SHOP, 950, 46_000, PROOF)
SIGNED = SignedOfferUse.sign(USE, KEY)
REQUEST = SignedPassRequest.sign(DOMAIN, PassRequest.of(b"\x06" * 32, b"request"), KEY)
MESSAGES: dict[str, tuple[Any, Callable[[str], object]]] = {
    "activation": (ACTIVATION, ActivationMessage.from_json),
    "offer-use": (USE, OfferUseMessage.from_json),
    "signed-offer-use": (SIGNED, SignedOfferUse.from_json),
    "pass-request": (REQUEST, SignedPassRequest.from_json),
}
each = pytest.mark.parametrize(("message", "parse"), MESSAGES.values(), ids=MESSAGES)


@each
def test_a_message_is_read_as_it_was_written(message: Any, parse: Callable[[str], object]) -> None:
    assert parse(message.to_json()) == message


@each
def test_a_member_more_or_less_is_refused(message: Any, parse: Callable[[str], object]) -> None:
    content = json.loads(message.to_json())
    wrong = [content | {"name": "Amira"}, *({k: v for k, v in content.items() if k != name} for name in content)]
    wrong += [content | {name: None} for name in content]
    for unverified in wrong:
        with pytest.raises(VerificationError) as refused:
            parse(json.dumps(unverified))
        assert refused.value.reason in {Reason.MALFORMED, Reason.WRONG_LENGTH}


def test_a_relayer_reads_what_goes_to_a_pass_and_nothing_else() -> None:
    assert parse_message(ACTIVATION.to_json()) == ACTIVATION
    assert parse_message(SIGNED.to_json()) == SIGNED
    for unverified in (USE.to_json(), REQUEST.to_json()):
        with pytest.raises(VerificationError) as refused:
            parse_message(unverified)
        assert refused.value.reason is Reason.MALFORMED


def test_a_slot_is_an_offer_and_a_use() -> None:
    assert [use_slot(1, 0), use_slot(1, 255), use_slot(2, 0)] == [256, 511, 512]
    for offer, number in ((0, 0), (1, 256), (-1, 0), (1, -1), (1 << 64, 0)):
        with pytest.raises(VerificationError) as refused:
            use_slot(offer, number)
        assert refused.value.reason is Reason.MALFORMED


def test_what_a_proof_is_bound_to_changes_with_shop_and_price() -> None:
    other = address_of(bytes(31) + b"\x03")
    assert len({use_recipient(SHOP, 950), use_recipient(SHOP, 951), use_recipient(other, 950)}) == 3
    assert len(use_recipient(SHOP, 950)) == 20


def test_a_shop_signs_offer_nullifier_and_price() -> None:
    SIGNED.check()
    content = json.loads(SIGNED.to_json())
    for changed in ({"price": 951}, {"offer": 3}, {"proof": "0x" + PROOF[::-1].hex()}, {"merchant": DOMAIN.fund}):
        with pytest.raises(VerificationError) as refused:
            SignedOfferUse.from_json(json.dumps(content | changed)).check()
        assert refused.value.reason is Reason.INVALID_SIGNATURE


def test_a_request_is_signed_for_one_nonce_and_one_pass() -> None:
    assert REQUEST.signer() == SHOP
    for domain, request in (
        (PaymentDomain(1, DOMAIN.fund), REQUEST.request),
        (DOMAIN, PassRequest.of(b"\x07" * 32, b"request")),
        (DOMAIN, PassRequest.of(b"\x06" * 32, b"another")),
    ):
        assert SignedPassRequest(domain, REQUEST.signature, request).signer() != SHOP
