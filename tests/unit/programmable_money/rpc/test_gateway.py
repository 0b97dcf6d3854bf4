# SPDX-License-Identifier: EUPL-1.2
"""From octets to octets: JSON-RPC as the specification has it, within limits, and nothing of a fault leaks."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmable_money.rpc import Gateway, Limits, RpcError
from programmable_money.rpc.forwarding import ForwardedAnswers
from programmable_money.rpc.protocol import Code

HEAD = 5_000


@dataclass
class Remembering:
    """Answers its own questions, and remembers them."""

    asked: list[tuple[str, list[Any]]] = field(default_factory=list)

    def answer(self, method: str, parameters: list[Any]) -> Any:
        self.asked.append((method, parameters))
        if method == "eth_getCode":
            raise RuntimeError("a secret of ours")
        return hex(HEAD) if method == "eth_blockNumber" else "an answer"


def ask(content: Any, limits: Limits = Limits()) -> Any:  # noqa: B008  # frozen
    octets = content if isinstance(content, bytes) else json.dumps(content).encode()
    gateway = Gateway(Remembering(), limits)
    answered = gateway.answer(gateway.read(octets))
    return json.loads(answered) if answered else None


def call(method: str, *parameters: Any, **changes: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 7, "method": method, "params": list(parameters)} | changes


def test_call_is_answered_under_its_id() -> None:
    assert ask(call("eth_chainId")) == {"jsonrpc": "2.0", "id": 7, "result": "an answer"}
    assert ask(call("eth_chainId", id="x"))["id"] == "x"
    assert ask({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"})["result"] == "an answer"


def test_batch_is_answered_in_order_and_notifications_are_not() -> None:
    quiet = call("eth_chainId")
    del quiet["id"]
    answers = ask([call("eth_chainId", id=1), quiet, call("eth_sign", id=2), 5])
    assert [answer["id"] for answer in answers] == [1, 2, None]
    assert [answer.get("error", {}).get("code") for answer in answers] == [
        None,
        Code.METHOD_NOT_FOUND,
        Code.INVALID_REQUEST,
    ]
    assert ask(quiet) is None
    assert ask([quiet]) is None


@pytest.mark.parametrize(
    "method",
    [
        "eth_sendRawTransaction",
        "eth_sendTransaction",
        "eth_sign",
        "eth_signTypedData_v4",
        "eth_accounts",
        "eth_estimateGas",
        "eth_newFilter",
        "eth_mining",
        "evm_mine",
        "evm_setNextBlockTimestamp",
        "anvil_setBalance",
        "anvil_dumpState",
        "debug_traceTransaction",
        "personal_unlockAccount",
        "admin_peers",
        "txpool_content",
        "ETH_CHAINID",
        "",
    ],
)
def test_cato_reaches_nothing_that_is_not_on_the_list(method: str) -> None:
    behind = Remembering()
    gateway = Gateway(behind)
    answered = json.loads(gateway.answer(gateway.read(json.dumps(call(method, "0x00")).encode())))
    assert answered["error"]["code"] == Code.METHOD_NOT_FOUND
    assert behind.asked == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", Code.PARSE_ERROR),
        (b"\xff", Code.PARSE_ERROR),
        (b"[" * 50_000, Code.PARSE_ERROR),
        (b"[]", Code.INVALID_REQUEST),
        (json.dumps([call("eth_chainId")] * 51).encode(), Code.LIMIT_EXCEEDED),
        (b" " * 65_537, Code.LIMIT_EXCEEDED),
    ],
)
def test_request_that_is_none_is_refused_whole(content: bytes, code: Code) -> None:
    with pytest.raises(RpcError) as refused:
        ask(content)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "content",
    [
        5,
        "eth_chainId",
        {},
        call("eth_chainId", jsonrpc="1.0"),
        call("eth_chainId", id=True),
        call("eth_chainId", id={}),
        call("eth_chainId", id="x" * 101),
        call("eth_chainId", params={"a": 1}),
        {"jsonrpc": "2.0", "id": 1, "method": 5},
    ],
)
def test_call_that_is_none_is_an_invalid_request(content: Any) -> None:
    assert ask(content)["error"]["code"] == Code.INVALID_REQUEST


@given(st.binary(max_size=300))
def test_any_octets_are_answered_or_refused(octets: bytes) -> None:
    code = None
    try:
        answered = ask(octets)
    except RpcError as refused:
        code, answered = refused.code, None
    assert code in {None, Code.PARSE_ERROR, Code.INVALID_REQUEST}
    assert answered is None or "jsonrpc" in json.dumps(answered)


def test_logs_are_given_for_a_limited_range() -> None:
    assert ask(call("eth_getLogs", {"fromBlock": "0x0", "toBlock": hex(1_999)}))["result"] == "an answer"
    assert ask(call("eth_getLogs", {"fromBlock": hex(HEAD - 1_999)}))["result"] == "an answer"
    too_long = ask(call("eth_getLogs", {"fromBlock": "0x0", "toBlock": hex(2_000)}))
    assert too_long["error"]["code"] == Code.LIMIT_EXCEEDED
    assert ask(call("eth_getLogs", {"fromBlock": "earliest"}))["error"]["code"] == Code.LIMIT_EXCEEDED
    backwards = ask(call("eth_getLogs", {"fromBlock": "0x2", "toBlock": "0x1"}))
    assert backwards["error"]["code"] == Code.INVALID_PARAMETERS


def test_our_own_fault_is_said_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    answered = ask(call("eth_getCode", "0x" + "00" * 20))
    assert answered["error"] == {"code": Code.INTERNAL_ERROR, "message": "this could not be answered"}
    assert "a read-only call failed" in caplog.text


# ---- the filter in front of a node ----


def forwarded(octets: bytes) -> Any:
    sent: list[dict[str, Any]] = []

    def post(url: str, document: dict[str, Any]) -> bytes:
        sent.append(document)
        return octets

    gateway = Gateway(ForwardedAnswers("http://node.example", post, Limits()))
    answered = json.loads(gateway.answer(gateway.read(json.dumps(call("eth_chainId", extra=1)).encode())))
    assert sent == [{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}]
    return answered


def test_nodes_result_is_passed_on_and_its_envelope_is_not() -> None:
    assert forwarded(b'{"jsonrpc":"2.0","id":1,"result":"0x1","node":"name"}') == {
        "jsonrpc": "2.0",
        "id": 7,
        "result": "0x1",
    }


def test_nodes_error_is_passed_on_with_its_data() -> None:
    for data in ('"0xabcd"', '{"data":"0xabcd"}'):
        answered = forwarded(b'{"error":{"code":3,"message":"execution reverted","data":%s}}' % data.encode())
        assert answered["error"] == {"code": Code.REVERTED, "message": "execution reverted", "data": "0xabcd"}
    assert forwarded(b'{"error":{"code":"x","message":5}}')["error"] == {
        "code": Code.NODE_ERROR,
        "message": "the node refused",
    }


@pytest.mark.parametrize("octets", [b"", b"<html>", b"[]", b"{}"])
def test_node_that_does_not_speak_json_rpc_is_an_error(octets: bytes) -> None:
    assert forwarded(octets)["error"]["code"] == Code.NODE_ERROR


def test_node_that_is_not_there_is_an_error() -> None:
    def post(url: str, document: dict[str, Any]) -> bytes:
        raise ConnectionRefusedError("10.0.0.7")

    gateway = Gateway(ForwardedAnswers("http://node.example", post, Limits()))
    answered = gateway.answer(gateway.read(json.dumps(call("eth_chainId")).encode()))
    assert json.loads(answered)["error"]["code"] == Code.NODE_ERROR
    assert b"10.0.0.7" not in answered
