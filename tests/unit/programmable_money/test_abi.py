# SPDX-License-Identifier: EUPL-1.2
"""The compiled interfaces: what is called exists, and encoding agrees with the signatures written out."""

import pytest
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from programmable_money.abi import CONTRACTS, interface
from programmable_money.messages import address_of
from programmable_money.refusals import RefusalReason, RefusedError
from ssi.keccak import keccak256

SHOP = address_of(b"\x01" * 32)


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_contract_can_be_deployed_and_fits_the_limit(name: str) -> None:
    compiled = interface(name)
    assert 1_000 < len(compiled.bytecode) <= 2 * 24_576
    assert compiled.events
    assert compiled.errors


def test_a_call_is_selector_and_arguments() -> None:
    entry = interface("Fund").functions["approveMerchant"]
    expected = keccak256(b"approveMerchant(address,uint8)")[:4] + abi_encode(["address", "uint8"], [SHOP, 3])
    assert entry.encode([SHOP, 3]) == expected
    assert entry.decode_input(expected[4:]) == {"merchant": SHOP, "category": 3}


def test_an_argument_that_no_contract_could_read_is_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        interface("Fund").functions["approveMerchant"].encode([SHOP, 256])
    assert caught.value.reason is RefusalReason.BAD_INPUT


def test_nested_structures_have_canonical_types() -> None:
    entry = interface("Fund").functions["pay"]
    signature = b"pay((address,address,uint256,uint256,uint256),bytes,address,uint256,uint256,bytes)"
    assert entry.selector == keccak256(signature)[:4]


def test_a_key_comes_with_a_proof_of_possession() -> None:
    entry = interface("TrustRegistry").functions["addKey"]
    assert entry.selector == keccak256(b"addKey(bytes32,bytes,uint40,uint40,bytes)")[:4]
    assert entry.inputs[-1] == ("possession", "bytes")


def test_an_event_is_read_from_topics_and_data() -> None:
    topic = keccak256(b"MerchantApproved(address,uint8)")
    entry = interface("Fund").events[topic]
    topics = [topic, bytes(12) + bytes.fromhex(SHOP[2:])]
    assert entry.decode_log(topics, abi_encode(["uint8"], [3])) == {"merchant": SHOP, "category": 3}


def test_an_unknown_contract_has_no_artifact() -> None:
    with pytest.raises(FileNotFoundError):
        interface("Nothing")


def test_topics_are_read_as_the_specification_pads_them() -> None:
    """The short way for words and addresses gives what the decoder gives, and refuses what it refuses."""
    entry = next(event for event in interface("Fund").events.values() if event.name == "MerchantSuspended")
    address = "0x" + "ab" * 20
    read = entry.decode_log([entry.selector, bytes(12) + bytes.fromhex(address[2:])], b"")
    assert read["merchant"] == to_checksum_address(address)
    with pytest.raises(DecodingError):
        entry.decode_log([entry.selector, b"\1" + bytes(11) + bytes.fromhex(address[2:])], b"")
    with pytest.raises(DecodingError):
        entry.decode_log([entry.selector, bytes(31)], b"")
