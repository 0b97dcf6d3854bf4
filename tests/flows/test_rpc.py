# SPDX-License-Identifier: EUPL-1.2
"""The read-only endpoint over HTTP: ordinary tools read the embedded chain through it, and can change nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractCustomError, Web3Exception

from edge.fetch import GuardedFetch
from edge.limits import RateLimiter
from edge.service import guard_service
from programmable_money.chain import Chain
from programmable_money.node import open_chain, run_anvil
from programmable_money.rpc import METHODS, Gateway
from programmable_money.rpc.api import PATH, add_rpc, limiter
from programmable_money.rpc.embedded import EmbeddedAnswers
from programmable_money.rpc.forwarding import ForwardedAnswers
from programmable_money.rpc.methods import Limits
from programmable_money.rpc.protocol import Code
from tests.anvil import require_anvil
from tests.flows.money import STARTS_AT, World
from tests.flows.serving import free_port, serve

LIMITS = Limits(blocks=30)
_TOTAL_SUPPLY_SLOT = 2
"""After balances and allowances, in OpenZeppelin's ERC-20."""


@dataclass
class Served:
    """A world on the embedded chain, and where it is read."""

    world: World
    url: str

    def post(self, content: Any, **changes: Any) -> httpx.Response:
        octets = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"content-type": "application/json"} | changes
        return httpx.post(self.url, content=octets, headers=headers, timeout=30)


def application(gateway: Gateway, rate: RateLimiter | None = None) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    guard_service(app, hosts=["127.0.0.1"])
    add_rpc(app, gateway, rate=rate or limiter())
    return app


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world, port = World.open(chain), free_port()
        with serve(application(Gateway(EmbeddedAnswers(chain, LIMITS), LIMITS)), port):
            yield Served(world, f"http://127.0.0.1:{port}{PATH}")


def call(method: str, *parameters: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}


def test_an_ordinary_library_reads_the_chain(served: Served) -> None:
    w3, world = Web3(HTTPProvider(served.url)), served.world
    fund, head = Web3.to_checksum_address(world.fund.address), w3.eth.block_number
    assert w3.is_connected()
    assert w3.eth.chain_id == world.chain.chain_id
    assert w3.client_version.endswith("/embedded")
    assert w3.eth.syncing is False
    block = w3.eth.get_block(head, full_transactions=True)
    assert w3.eth.get_block(block["hash"])["number"] == head
    transaction = block["transactions"][0]
    assert not isinstance(transaction, bytes)
    receipt = w3.eth.get_transaction_receipt(transaction["hash"])
    assert receipt["status"] == 1
    assert receipt["blockHash"] == block["hash"]
    assert w3.eth.get_transaction(transaction["hash"])["input"] == transaction["input"]
    assert w3.eth.get_code(fund) == world.chain.code(world.fund.address)
    logs = w3.eth.get_logs({"address": fund, "fromBlock": 0, "toBlock": head})
    assert [log["topics"] for log in logs[-1:]] == [log["topics"] for log in receipt["logs"]]
    assert w3.eth.get_logs({"address": fund, "blockHash": block["hash"]})[-1] == receipt["logs"][-1]
    assert w3.eth.get_logs({"fromBlock": 0, "toBlock": head, "topics": [receipt["logs"][0]["topics"][0]]})
    relayer = world.chain.relayers[0].address
    assert w3.eth.get_transaction_count(relayer) > w3.eth.get_transaction_count(relayer, 1)
    assert w3.eth.get_balance(relayer) < w3.eth.get_balance(relayer, 0)
    euro = world.municipality.euro
    kept = w3.eth.get_storage_at(Web3.to_checksum_address(euro.contract.address), _TOTAL_SUPPLY_SLOT)
    assert int.from_bytes(kept, "big") == euro.supply().cents > 0


def test_views_are_answered_as_of_the_block_that_is_named(served: Served) -> None:
    node = Chain.rpc(served.url)
    world, contract = served.world, served.world.fund.contract
    node.at("Fund", contract.address)
    assert node.call(contract, "books") == world.chain.call(contract, "books")
    data = "0x" + contract.interface.functions["books"].selector.hex()
    before = node.request("eth_call", [{"to": contract.address, "data": data}, "0x1"])
    assert before == "0x", "there was no contract yet"


def test_refusal_of_a_contract_comes_with_its_data(served: Served) -> None:
    w3, contract = Web3(HTTPProvider(served.url)), served.world.fund.contract
    data = contract.interface.functions["close"].encode([])
    with pytest.raises(ContractCustomError) as refused:
        w3.eth.call({"to": contract.address, "data": "0x" + data.hex()})  # type: ignore[typeddict-item]
    selectors = {"0x" + selector.hex() for selector in contract.interface.errors}
    assert str(refused.value.data)[:10] in selectors


def test_what_is_not_there_is_null(served: Served) -> None:
    nothing = "0x" + "42" * 32
    for asked in (
        call("eth_getBlockByNumber", "0xffffff", False),
        call("eth_getBlockByHash", nothing, False),
        call("eth_getTransactionByHash", nothing),
        call("eth_getTransactionReceipt", nothing),
    ):
        assert served.post(asked).json() == {"jsonrpc": "2.0", "id": 1, "result": None}
    for asked in (
        call("eth_getBalance", "0x" + "42" * 20, "0xffffff"),
        call("eth_call", {"to": "0x" + "42" * 20}, "0xffffff"),
        call("eth_getLogs", {"blockHash": nothing}),
    ):
        assert served.post(asked).json()["error"]["code"] == Code.NODE_ERROR


def test_every_method_of_the_list_is_answered(served: Served) -> None:
    fund, word = served.world.fund.address, "0x" + "00" * 32
    parameters: dict[str, list[Any]] = {
        "eth_call": [{"to": fund}],
        "eth_getBalance": [fund],
        "eth_getBlockByHash": [word, True],
        "eth_getBlockByNumber": ["safe", True],
        "eth_getCode": [fund],
        "eth_getLogs": [{}],
        "eth_getStorageAt": [fund, "0x0"],
        "eth_getTransactionByHash": [word],
        "eth_getTransactionCount": [fund],
        "eth_getTransactionReceipt": [word],
    }
    for method in METHODS:
        answered = served.post(call(method, *parameters.get(method, []))).json()
        refused = answered.get("error", {}).get("code")
        assert refused is None or (method, refused) == ("eth_call", Code.REVERTED), method


def test_cato_cannot_write(served: Served) -> None:
    before = served.world.chain.block_number()
    w3 = Web3(HTTPProvider(served.url))
    with pytest.raises(Web3Exception):
        w3.eth.send_raw_transaction(b"\x02")
    for method in ("eth_sendTransaction", "evm_mine", "eth_accounts", "debug_traceTransaction"):
        assert served.post(call(method, {})).json()["error"]["code"] == Code.METHOD_NOT_FOUND
    assert served.world.chain.block_number() == before


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", {}, 400, Code.PARSE_ERROR),
        (b"[]", {}, 400, Code.INVALID_REQUEST),
        (b" " * 65_537, {}, 413, Code.LIMIT_EXCEEDED),
        ([call("eth_chainId")] * 51, {}, 413, Code.LIMIT_EXCEEDED),
        (call("eth_chainId"), {"content-type": "text/plain"}, 415, Code.INVALID_REQUEST),
        (call("eth_getLogs", {"fromBlock": "0x0", "toBlock": "0xff"}), {}, 200, None),
    ],
)
def test_errors_are_json_rpc_with_a_fitting_status(
    served: Served, content: Any, headers: dict[str, str], status: int, code: Code | None
) -> None:
    answered = served.post(content, **headers)
    assert answered.status_code == status
    assert answered.headers["content-type"] == "application/json"
    assert answered.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answered.headers
    found = answered.json()
    assert found["jsonrpc"] == "2.0"
    assert found.get("error", {}).get("code") == code


def test_another_host_and_another_verb_are_refused_by_the_edge(served: Served) -> None:
    assert served.post(call("eth_chainId"), host="rebound.example").status_code == 421
    refused = httpx.get(served.url)
    assert refused.status_code == 405
    assert refused.headers["content-type"] == "application/problem+json"


def test_who_asks_too_fast_is_told_when_to_come_back() -> None:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        port, slow = free_port(), RateLimiter(per_second=0.01, burst=3)
        with serve(application(Gateway(EmbeddedAnswers(chain, LIMITS), LIMITS), slow), port):
            place = Served(None, f"http://127.0.0.1:{port}{PATH}")  # type: ignore[arg-type]
            assert place.post([call("eth_chainId")] * 2).status_code == 200
            refused = place.post([call("eth_chainId")] * 2)
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) > 50
            assert refused.json()["error"]["code"] == Code.LIMIT_EXCEEDED


@pytest.mark.anvil
def test_filter_in_front_of_a_node_lets_reading_through_and_nothing_else() -> None:
    require_anvil()
    fetch = GuardedFetch.for_this_machine()
    with run_anvil(STARTS_AT) as url:
        behind = ForwardedAnswers(url, lambda to, document: fetch.post_json(to, document).octets, LIMITS)
        port = free_port()
        with serve(application(Gateway(behind)), port):
            place = Served(None, f"http://127.0.0.1:{port}{PATH}")  # type: ignore[arg-type]
            w3 = Web3(HTTPProvider(place.url))
            assert w3.eth.chain_id == 31337
            assert w3.eth.get_block("latest")["number"] == 0
            assert place.post(call("evm_mine")).json()["error"]["code"] == Code.METHOD_NOT_FOUND
            assert place.post(call("anvil_dumpState")).json()["error"]["code"] == Code.METHOD_NOT_FOUND
            assert w3.eth.block_number == 0
