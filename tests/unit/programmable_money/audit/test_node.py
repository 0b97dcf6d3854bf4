# SPDX-License-Identifier: EUPL-1.2
"""A node's answers are read strictly: another form than the specification's is an error, whatever it is."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmable_money.audit.node import Block, NodeError, NodeReader, event_of
from programmable_money.messages import address_of, parse_address
from ssi.keccak import keccak256

WORD, ADDRESS = "0x" + "11" * 32, "0x" + "22" * 20
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from(["0x", "0x1", WORD, ADDRESS]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["number", "hash", "logs", "topics", "data", "address"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@dataclass
class Saying:
    """A node that is at block 5 and gives one answer to everything else."""

    answer: Any

    def request(self, method: str, parameters: list[Any]) -> Any:
        return {"eth_chainId": "0x7a69", "eth_blockNumber": "0x5"}.get(method, self.answer)


def reader(answer: Any) -> NodeReader:
    return NodeReader(Saying(answer))


def block(**changes: Any) -> dict[str, Any]:
    whole = {"number": "0x2", "hash": WORD, "parentHash": WORD, "timestamp": "0x64", "logsBloom": "0x" + "00" * 256}
    return whole | {"transactions": []} | changes


def log(**changes: Any) -> dict[str, Any]:
    whole = {"blockNumber": "0x2", "logIndex": "0x0", "transactionHash": WORD, "address": ADDRESS, "data": "0x"}
    return whole | {"topics": [WORD], "removed": False} | changes


def test_block_is_read() -> None:
    transaction = {"hash": WORD, "from": ADDRESS, "nonce": "0x0", "to": None, "input": "0xff"}
    read = reader(block(transactions=[transaction])).block(2)
    assert (read.number, read.mined_at, read.transactions[0].to) == (2, 100, None)
    assert read.transactions[0].octets == b"\xff"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        block(number="0x3"),
        block(number=2),
        block(timestamp="0x064"),
        block(hash="0x11"),
        block(logsBloom="0x00"),
        block(transactions=None),
        block(transactions=[WORD]),
        block(transactions=[{"hash": WORD, "from": "0x", "nonce": "0x0", "to": None, "input": "0x"}]),
        block(transactions=[{"hash": WORD, "from": ADDRESS, "nonce": "-1", "to": None, "input": "0x"}]),
        block(transactions=[{"hash": WORD, "from": ADDRESS, "nonce": "0x0", "to": None, "input": "0x1"}]),
    ],
)
def test_block_of_another_form_is_an_error(answer: Any) -> None:
    with pytest.raises(NodeError):
        reader(answer).block(2)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [log(removed=True)],
        [log(topics=[WORD] * 5)],
        [log(topics=["0x11"])],
        [log(address=WORD)],
        [log(data="11")],
        [log(blockNumber=None)],
        ["log"],
    ],
)
def test_logs_of_another_form_are_an_error(answer: Any) -> None:
    with pytest.raises(NodeError):
        reader(answer).logs([parse_address(ADDRESS)], 0, lambda done: None)


def test_receipt_of_another_transaction_is_an_error() -> None:
    with pytest.raises(NodeError):
        reader({"transactionHash": "0x" + "33" * 32, "status": "0x1", "logs": []}).receipt(WORD)
    assert reader({"transactionHash": WORD, "status": "0x0", "logs": []}).receipt(WORD).succeeded is False


@given(JSON)
def test_any_answer_is_read_or_is_an_error_of_ours(answer: Any) -> None:
    said = reader(answer)
    for ask in (
        lambda: said.block(2),
        lambda: said.receipt(WORD),
        lambda: said.logs([parse_address(ADDRESS)], 0, lambda done: None),
        lambda: said.nonce(parse_address(ADDRESS)),
        lambda: said.code(parse_address(ADDRESS)),
        lambda: said.call("Fund", parse_address(ADDRESS), "books"),
    ):
        try:
            ask()
        except NodeError as error:
            assert str(error)  # noqa: PT017  # any other exception fails the test


def test_bloom_filter_knows_its_addresses() -> None:
    """The three bits of the yellow paper, for an address that is in it and for others."""
    inside = address_of(b"\1" * 32)
    bloom, digest = bytearray(256), keccak256(bytes.fromhex(inside[2:]))
    for at in (0, 2, 4):
        bit = int.from_bytes(digest[at : at + 2], "big") % 2048
        bloom[255 - bit // 8] |= 1 << bit % 8
    full = Block(1, WORD, WORD, 0, bytes(bloom), ())
    assert full.may_have_logs_of(inside)
    assert not any(full.may_have_logs_of(address_of(bytes([number]) * 32)) for number in range(2, 12))


def test_log_that_its_interface_cannot_read_is_an_error() -> None:
    (entry,) = reader([log(topics=["0x" + keccak256(b"Paused(address)").hex()])]).logs(
        [parse_address(ADDRESS)], 0, lambda done: None
    )
    with pytest.raises(NodeError):
        event_of(entry, {entry.address: "Fund"}, 0)
    assert event_of(entry, {}, 0) is None
