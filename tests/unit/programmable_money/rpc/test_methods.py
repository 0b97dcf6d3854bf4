# SPDX-License-Identifier: EUPL-1.2
"""What may be asked of the read-only endpoint, and that nothing else of a request gets through."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmable_money.rpc.methods import METHODS, Limits, span_of
from programmable_money.rpc.protocol import Code, RpcError

LIMITS = Limits()
ADDRESS, WORD = "0x" + "Ab" * 20, "0x" + "cD" * 32
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)


def read(method: str, *parameters: Any) -> list[Any]:
    return METHODS[method](parameters, LIMITS)


def test_list_is_exactly_this_and_holds_no_method_that_writes() -> None:
    assert set(METHODS) == {
        "eth_blockNumber",
        "eth_call",
        "eth_chainId",
        "eth_getBalance",
        "eth_getBlockByHash",
        "eth_getBlockByNumber",
        "eth_getCode",
        "eth_getLogs",
        "eth_getStorageAt",
        "eth_getTransactionByHash",
        "eth_getTransactionCount",
        "eth_getTransactionReceipt",
        "eth_syncing",
        "net_version",
        "web3_clientVersion",
    }


@pytest.mark.parametrize(
    ("method", "given", "passed_on"),
    [
        ("eth_chainId", [], []),
        ("eth_getBalance", [ADDRESS], [ADDRESS.lower(), "latest"]),
        ("eth_getBalance", [ADDRESS, "0x1F"], [ADDRESS.lower(), "0x1f"]),
        ("eth_getCode", [ADDRESS, "finalized"], [ADDRESS.lower(), "finalized"]),
        ("eth_getStorageAt", [ADDRESS, "0x0", "latest"], [ADDRESS.lower(), "0x0", "latest"]),
        ("eth_getBlockByNumber", ["earliest", False], ["earliest", False]),
        ("eth_getTransactionReceipt", [WORD], [WORD.lower()]),
        (
            "eth_call",
            [{"to": ADDRESS, "input": "0xFF", "from": ADDRESS, "gasPrice": "0x1", "maxFeePerGas": "0x2"}],
            [{"to": ADDRESS.lower(), "data": "0xff", "from": ADDRESS.lower(), "gas": hex(LIMITS.call_gas)}, "latest"],
        ),
        (
            "eth_call",
            [{"to": ADDRESS, "gas": "0xffffffffffff", "value": "0x0"}, "0x1"],
            [{"to": ADDRESS.lower(), "data": "0x", "value": "0x0", "gas": hex(LIMITS.call_gas)}, "0x1"],
        ),
        (
            "eth_getLogs",
            [{"address": ADDRESS, "topics": [None, WORD, [WORD], []], "fromBlock": "0x1"}],
            [
                {
                    "address": [ADDRESS.lower()],
                    "topics": [None, WORD.lower(), [WORD.lower()], None],
                    "fromBlock": "0x1",
                    "toBlock": "latest",
                }
            ],
        ),
        ("eth_getLogs", [{"blockHash": WORD}], [{"blockHash": WORD.lower()}]),
    ],
)
def test_parameters_are_written_anew(method: str, given: list[Any], passed_on: list[Any]) -> None:
    assert read(method, *given) == passed_on


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("eth_chainId", [1]),
        ("eth_getBalance", []),
        ("eth_getBalance", ["0x12"]),
        ("eth_getBalance", [ADDRESS, "pending"]),
        ("eth_getBalance", [ADDRESS, "0x01"]),
        ("eth_getBalance", [ADDRESS, 1]),
        ("eth_getBalance", [ADDRESS, "latest", "latest"]),
        ("eth_getBlockByNumber", ["latest", "yes"]),
        ("eth_getBlockByNumber", ["0x" + "f" * 17, False]),
        ("eth_getStorageAt", [ADDRESS, "0x" + "0" * 65, "latest"]),
        ("eth_getTransactionByHash", [WORD + "00"]),
        ("eth_call", [{"data": "0x"}]),
        ("eth_call", [{"to": ADDRESS, "data": "0x1"}]),
        ("eth_call", [{"to": ADDRESS, "data": "0x01", "input": "0x02"}]),
        ("eth_call", [{"to": ADDRESS, "data": "0x" + "00" * 16_385}]),
        ("eth_call", [{"to": ADDRESS}, "latest", {ADDRESS: {"balance": "0xff"}}]),
        ("eth_call", ["0x"]),
        ("eth_getLogs", [{"fromBlock": "0x0", "blockHash": WORD}]),
        ("eth_getLogs", [{"topics": [WORD] * 5}]),
        ("eth_getLogs", [{"topics": [[WORD] * 17]}]),
        ("eth_getLogs", [{"topics": "all"}]),
        ("eth_getLogs", [{"limit": 5}]),
        ("eth_getLogs", [[]]),
    ],
)
def test_parameters_of_another_form_are_refused(method: str, given: list[Any]) -> None:
    with pytest.raises(RpcError) as refused:
        read(method, *given)
    assert refused.value.code == Code.INVALID_PARAMETERS


def test_many_addresses_are_too_many() -> None:
    with pytest.raises(RpcError) as refused:
        read("eth_getLogs", {"address": [ADDRESS] * 17})
    assert refused.value.code == Code.LIMIT_EXCEEDED


@given(st.sampled_from(sorted(METHODS)), st.lists(JSON, max_size=4))
def test_whatever_is_sent_is_read_or_refused(method: str, parameters: list[Any]) -> None:
    code, found = None, list[Any]()
    try:
        found = METHODS[method](parameters, LIMITS)
    except RpcError as refused:
        code = refused.code
    assert code in {None, Code.INVALID_PARAMETERS, Code.LIMIT_EXCEEDED}
    assert len(found) <= 3


def test_span_names_its_ends_as_numbers() -> None:
    assert span_of(read("eth_getLogs", {}), 7) == (7, 7)
    assert span_of(read("eth_getLogs", {"fromBlock": "earliest", "toBlock": "0x3"}), 7) == (0, 3)
    assert span_of(read("eth_getLogs", {"blockHash": WORD}), 7) is None
