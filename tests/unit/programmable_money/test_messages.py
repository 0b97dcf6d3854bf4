# SPDX-License-Identifier: EUPL-1.2
"""Typed data that both ends sign: hashes, signatures, QR contents, and what is refused."""

import json
from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode as abi_encode
from eth_account.messages import _hash_eip191_message
from hypothesis import given
from hypothesis import strategies as st

from programmable_money.messages import (
    ZERO_ADDRESS,
    Charge,
    ClaimMessage,
    PaymentDomain,
    PaymentPermit,
    PaymentRequest,
    Refund,
    Scope,
    SignedCharge,
    SignedPermit,
    SignedRefund,
    address_of,
    parse_address,
    payment_id,
    recipient,
)
from ssi.errors import Reason, VerificationError
from ssi.keccak import keccak256

AMIRA, SHOP, FUND = b"\x01" * 32, b"\x02" * 32, address_of(b"\x03" * 32)
DOMAIN = PaymentDomain(31337, FUND)
PERMIT = PaymentPermit(address_of(AMIRA), ZERO_ADDRESS, 5_000, 7, 1_800_000_000)
UINT256 = st.integers(0, 2**256 - 1)


def word(value: object, kind: str = "uint256") -> bytes:
    return abi_encode([kind], [value])


def by_hand(type_text: str, members: bytes) -> bytes:
    """EIP-712 written out."""
    domain_type = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    domain = keccak256(domain_type) + keccak256(b"Stuiver") + keccak256(b"1") + word(31337) + word(FUND, "address")
    return keccak256(b"\x19\x01" + keccak256(domain) + keccak256(keccak256(type_text.encode()) + members))


def test_the_typed_data_is_eip_712_with_the_contracts_type_strings() -> None:
    permit = "PaymentPermit(address account,address merchant,uint256 limit,uint256 nonce,uint256 deadline)"
    members = word(PERMIT.account, "address") + word(ZERO_ADDRESS, "address") + word(5_000) + word(7)
    members += word(1_800_000_000)
    assert _hash_eip191_message(DOMAIN.typed_data(PERMIT)) == by_hand(permit, members)
    charge = Charge(PERMIT.payment, address_of(SHOP), 3_995)
    members = PERMIT.payment + word(address_of(SHOP), "address") + word(3_995) + word(0)
    expected = by_hand("Charge(bytes32 payment,address merchant,uint256 amount,uint256 product)", members)
    assert _hash_eip191_message(DOMAIN.typed_data(charge)) == expected
    refund = Refund(PERMIT.payment, 9)
    expected = by_hand("Refund(bytes32 payment,uint256 refundedTotal)", PERMIT.payment + word(9))
    assert _hash_eip191_message(DOMAIN.typed_data(refund)) == expected


def test_a_payment_is_named_by_account_and_nonce() -> None:
    assert payment_id(PERMIT.account, 7) == keccak256(word(PERMIT.account, "address") + word(7)) == PERMIT.payment


def test_a_scope_is_132_octets_in_the_order_of_the_specification() -> None:
    scope = Scope(31337, FUND, b"\xaa" * 32, 2026)
    expected = b"stuiver/scope/v1" + word(31337) + bytes.fromhex(FUND[2:]) + b"\xaa" * 32 + word(2026)
    assert scope.context_id == expected
    assert len(expected) == 132
    assert recipient(FUND) == bytes.fromhex(FUND[2:])


@given(limit=UINT256, nonce=UINT256, deadline=UINT256)
def test_permits_survive_the_qr_code(limit: int, nonce: int, deadline: int) -> None:
    permit = PaymentPermit(address_of(AMIRA), address_of(SHOP), limit, nonce, deadline)
    signed = SignedPermit.sign(DOMAIN, permit, AMIRA)
    read = SignedPermit.from_json(signed.to_json())
    assert read == signed
    read.check()


def test_charges_refunds_requests_and_claims_survive_their_texts() -> None:
    charge = SignedCharge.sign(DOMAIN, Charge(PERMIT.payment, address_of(SHOP), 1), SHOP)
    assert SignedCharge.from_json(charge.to_json()) == charge
    charge.check()
    refund = SignedRefund.sign(DOMAIN, Refund(PERMIT.payment, 1), SHOP)
    assert SignedRefund.from_json(refund.to_json()) == refund
    refund.check(address_of(SHOP))
    request = PaymentRequest(DOMAIN, address_of(SHOP), 1_250)
    assert PaymentRequest.from_json(request.to_json()) == request
    claim = ClaimMessage(DOMAIN, b"\x05" * 32, address_of(AMIRA), 46_000, (3,), b"proof")
    assert ClaimMessage.from_json(claim.to_json()) == claim


def test_a_qr_code_with_a_permit_is_small_enough_to_scan() -> None:
    largest = PaymentPermit(address_of(AMIRA), address_of(SHOP), 2**40, 2**256 - 1, 2**40)
    assert len(SignedPermit.sign(DOMAIN, largest, AMIRA).to_json()) < 600


@pytest.mark.parametrize("member", ["account", "merchant", "limit", "nonce", "deadline"])
def test_a_changed_permit_is_not_its_accounts(member: str) -> None:
    signed = SignedPermit.sign(DOMAIN, PERMIT, AMIRA)
    value: Any = getattr(PERMIT, member)
    changed: dict[str, Any] = {member: address_of(SHOP) if isinstance(value, str) else value + 1}
    with pytest.raises(VerificationError) as caught:
        replace(signed, permit=replace(PERMIT, **changed)).check()
    assert caught.value.reason is Reason.INVALID_SIGNATURE


def test_a_signature_counts_for_one_fund_and_chain_only() -> None:
    signed = SignedPermit.sign(DOMAIN, PERMIT, AMIRA)
    for domain in (PaymentDomain(1, FUND), PaymentDomain(31337, address_of(SHOP))):
        with pytest.raises(VerificationError):
            replace(signed, domain=domain).check()


def test_bas_cannot_sign_for_amira() -> None:
    with pytest.raises(VerificationError) as caught:
        SignedPermit.sign(DOMAIN, PERMIT, SHOP).check()
    assert caught.value.reason is Reason.INVALID_SIGNATURE
    with pytest.raises(VerificationError):
        SignedRefund.sign(DOMAIN, Refund(PERMIT.payment, 1), AMIRA).check(address_of(SHOP))


def test_a_signature_has_one_form() -> None:
    signed = SignedPermit.sign(DOMAIN, PERMIT, AMIRA)
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    r, s, v = signed.signature[:32], int.from_bytes(signed.signature[32:64], "big"), signed.signature[64]
    mirrored = r + (order - s).to_bytes(32, "big") + bytes([55 - v])
    for forged in (mirrored, signed.signature[:64] + bytes([v - 27])):
        with pytest.raises(VerificationError) as caught:
            replace(signed, signature=forged)
        assert caught.value.reason is Reason.INVALID_SIGNATURE
    with pytest.raises(VerificationError) as caught:
        replace(signed, signature=signed.signature[:64])
    assert caught.value.reason is Reason.WRONG_LENGTH
    with pytest.raises(VerificationError) as caught:
        replace(signed, signature=bytes(64) + b"\x1b").signer()
    assert caught.value.reason is Reason.INVALID_SIGNATURE


@pytest.mark.parametrize(
    "change",
    [
        {"limit": -1},
        {"limit": True},
        {"limit": 1.0},
        {"limit": 2**256},
        {"limit": "0x10"},
        {"limit": "9" * 200},
        {"account": "0x12"},
        {"account": None},
        {"account": "0x" + "0" * 39 + "g"},
        {"fund": 5},
        {"chain": -1},
        {"chain": "1"},
        {"signature": "zz"},
        {"signature": "0x0"},
        {"signature": "0xAB"},
        {"stuiver": "permit/2"},
        {"stuiver": "charge/1"},
        {"extra": 1},
    ],
    ids=str,
)
def test_malformed_permits_are_refused(change: dict[str, object]) -> None:
    content = json.loads(SignedPermit.sign(DOMAIN, PERMIT, AMIRA).to_json()) | change
    with pytest.raises(VerificationError):
        SignedPermit.from_json(json.dumps(content))


@pytest.mark.parametrize("text", ["", "[]", "5", "{", "null", "[" * 5000, "x" * 10_000])
def test_texts_that_are_no_message_are_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        SignedPermit.from_json(text)


def test_a_missing_member_is_refused() -> None:
    content = json.loads(SignedPermit.sign(DOMAIN, PERMIT, AMIRA).to_json())
    for name in content:
        with pytest.raises(VerificationError):
            SignedPermit.from_json(json.dumps({key: value for key, value in content.items() if key != name}))


def test_an_address_with_a_wrong_checksum_is_refused() -> None:
    address = address_of(AMIRA)
    assert parse_address(address.lower()) == address
    swapped = address[:-1] + (address[-1].upper() if address[-1].islower() else address[-1].lower())
    broken = swapped if swapped != address else address[:2] + address[2:].swapcase()
    with pytest.raises(VerificationError):
        parse_address(broken)
