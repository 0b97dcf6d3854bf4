# SPDX-License-Identifier: EUPL-1.2
"""What task accounts sign, and tasks as published documents: hashes, JSON, and what is refused."""

import json
from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode as abi_encode
from eth_account.messages import _hash_eip191_message

import specs
from programmable_money.messages import PaymentDomain, address_of
from programmable_money.messages.offers import PublishedOffer
from programmable_money.messages.tasks import (
    Appeal,
    Choice,
    Collection,
    CollectionMessage,
    GivingUp,
    GroupChoice,
    SignedAppeal,
    SignedChoice,
    SignedDone,
    SignedGivingUp,
    TaskDone,
    ascending,
)
from ssi.credential.document import DocumentError
from ssi.errors import Reason, VerificationError
from ssi.keccak import keccak256
from ssi.rulebook.model import Rulebook

BOARD = address_of(b"\x03" * 32)
DOMAIN = PaymentDomain(31337, BOARD)
KEYS = sorted((b"\x01" * 32, b"\x02" * 32), key=lambda key: int(address_of(key), 16))
ACCOUNTS = tuple(address_of(key) for key in KEYS)
CHOICE = Choice(7, 2, b"HRL".ljust(32, b"\0"), ACCOUNTS, (400, 600))
EARNINGS = Rulebook.from_json(specs.rulebook_octets("heitje", 1)).earnings


def typed_hash(struct: bytes) -> bytes:
    """EIP-712 by hand, as ``TaskMessages.sol`` and OpenZeppelin do it."""
    kind = keccak256(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    values = [kind, keccak256(b"Stuiver"), keccak256(b"1"), DOMAIN.chain_id, BOARD]
    domain = keccak256(abi_encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], values))
    return keccak256(b"\x19\x01" + domain + struct)


def test_a_choice_is_hashed_as_the_contract_hashes_it() -> None:
    kind = keccak256(b"Choice(uint256 task,uint256 round,bytes32 insurance,address[] accounts,uint16[] parts)")
    accounts = keccak256(b"".join(abi_encode(["address"], [account]) for account in ACCOUNTS))
    parts = keccak256(b"".join(abi_encode(["uint16"], [part]) for part in (400, 600)))
    values = [kind, 7, 2, CHOICE.insurance, accounts, parts]
    struct = keccak256(abi_encode(["bytes32", "uint256", "uint256", "bytes32", "bytes32", "bytes32"], values))
    assert bytes(_hash_eip191_message(DOMAIN.typed_data(CHOICE))) == typed_hash(struct)


def test_a_group_puts_its_signatures_in_the_order_of_its_accounts() -> None:
    signed = [SignedChoice.from_json(SignedChoice.sign(DOMAIN, CHOICE, key).to_json()) for key in reversed(KEYS)]
    group = GroupChoice.from_json(GroupChoice.of(signed).to_json())
    assert group.signatures == (signed[1].signature, signed[0].signature)
    assert group.choice == CHOICE
    assert CHOICE.part_of(ACCOUNTS[1]) == 600


def test_a_group_with_a_stranger_or_without_a_member_is_refused() -> None:
    one = SignedChoice.sign(DOMAIN, CHOICE, KEYS[0])
    stranger = SignedChoice.sign(DOMAIN, CHOICE, b"\x09" * 32)
    other = SignedChoice.sign(DOMAIN, replace(CHOICE, task=8), KEYS[1])
    for signed, reason in (
        ([one], Reason.INVALID_SIGNATURE),
        ([one, stranger], Reason.INVALID_SIGNATURE),
        ([one, other], Reason.MALFORMED),
        ([], Reason.MALFORMED),
    ):
        with pytest.raises(VerificationError) as caught:
            GroupChoice.of(signed)
        assert caught.value.reason is reason


@pytest.mark.parametrize(
    ("accounts", "parts"),
    [
        ((), ()),
        (ACCOUNTS[::-1], (400, 600)),
        ((ACCOUNTS[0], ACCOUNTS[0]), (400, 600)),
        (ACCOUNTS, (400, 601)),
        (ACCOUNTS, (0, 1_000)),
        (ACCOUNTS, (1_000,)),
        (ACCOUNTS, (400, 1 << 16)),
    ],
)
def test_a_choice_that_no_contract_takes_is_none(accounts: Any, parts: Any) -> None:
    with pytest.raises(VerificationError) as caught:
        Choice(1, 0, bytes(32), accounts, parts)
    assert caught.value.reason is Reason.MALFORMED


def test_accounts_are_ordered_as_numbers() -> None:
    assert ascending(reversed(ACCOUNTS)) == list(ACCOUNTS)


def test_reports_are_by_whoever_signed_them() -> None:
    done = SignedDone.from_json(SignedDone.sign(DOMAIN, TaskDone(7, 2), KEYS[0]).to_json())
    gone = SignedGivingUp.from_json(SignedGivingUp.sign(DOMAIN, GivingUp(7, 2), KEYS[1]).to_json())
    appeal = SignedAppeal.from_json(SignedAppeal.sign(DOMAIN, Appeal(7, 2, b"\x05" * 32), KEYS[1]).to_json())
    assert (done.account, gone.account, appeal.account) == (ACCOUNTS[0], ACCOUNTS[1], ACCOUNTS[1])
    assert SignedDone(done.domain, done.signature, TaskDone(7, 3)).account != ACCOUNTS[0]


def test_a_collection_is_bound_to_both_accounts_and_its_total() -> None:
    collection = Collection(ACCOUNTS[0], ACCOUNTS[1], 2025 * 256 + 3, 7_200)
    packed = abi_encode(["address", "address", "uint256"], [ACCOUNTS[0], ACCOUNTS[1], 7_200])
    assert collection.recipient == keccak256(packed)[12:]
    sign = {"terms": 1, "key_id": b"\x04" * 32, "as_of": 45_000, "proof": b"\x06" * 40}
    message = CollectionMessage.sign(DOMAIN, collection, KEYS[0], **sign)  # type: ignore[arg-type]
    read = CollectionMessage.from_json(message.to_json())
    read.check()
    assert read == message
    with pytest.raises(VerificationError) as caught:
        replace(message, collection=replace(collection, slot=1)).check()
    assert caught.value.reason is Reason.INVALID_SIGNATURE


@pytest.mark.parametrize("member", ["accounts", "parts", "signatures", "task", "insurance"])
def test_a_group_that_is_damaged_is_refused(member: str) -> None:
    content = json.loads(GroupChoice.of(SignedChoice.sign(DOMAIN, CHOICE, key) for key in KEYS).to_json())
    content[member] = {"no": "list"}
    with pytest.raises(VerificationError) as caught:
        GroupChoice.from_json(json.dumps(content))
    assert caught.value.reason is Reason.MALFORMED


# ---- published tasks ----

OFFER: dict[str, Any] = {
    "stuiver": "task/1",
    "title": {"nl": "Bankje verven", "en": "Paint a bench"},
    "text": {"nl": "Verf het bankje.", "en": "Paint the bench."},
    "place": "Aambos, Heerlen",
    "tags": ["outdoors", "light"],
    "tools": ["paint_and_brushes", "safety_vest"],
    "insurance": {"reference": "HRL-2025/1", "conditions": {"nl": "Zie de polis.", "en": "See the policy."}},
    "places": 2,
    "quarter_hours": 16,
    "until": "2025-04-01T12:00:00Z",
}


def test_a_published_task_has_its_hashes_and_numbers_on_chain() -> None:
    octets = json.dumps(OFFER).encode()
    offer = PublishedOffer.from_json(octets, EARNINGS)
    reference = b"HRL-2025/1".ljust(32, b"\0")
    tags = keccak256(b"light\noutdoors\n")
    assert offer.members == (keccak256(octets), tags, reference, 0b100001, 2, 16, 1_743_508_800)
    assert offer.insurance_octets == reference
    assert (offer.tags, offer.tools) == (("outdoors", "light"), ("paint_and_brushes", "safety_vest"))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"tags": ["nationality"]}, "$.tags[0]"),
        ({"tags": ["light", "light"]}, "$.tags"),
        ({"tools": ["chainsaw"]}, "$.tools[0]"),
        ({"places": 0}, "$.places"),
        ({"places": 256}, "$.places"),
        ({"quarter_hours": 0}, "$.quarter_hours"),
        ({"until": "2025-04-31T12:00:00Z"}, "$.until"),
        ({"until": "tomorrow"}, "$.until"),
        ({"insurance": {"reference": "é", "conditions": {"nl": "a", "en": "a"}}}, "$.insurance.reference"),
        ({"stuiver": "task/2"}, "$.stuiver"),
        ({"name": "Amira"}, "$.name"),
    ],
)
def test_a_task_that_breaks_a_rule_names_its_field(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        PublishedOffer.from_json(json.dumps(OFFER | changes).encode(), EARNINGS)
    assert caught.value.path == path
