# SPDX-License-Identifier: EUPL-1.2
"""A town whose fund is audited: what happened in it, a node that anyone can ask, and nodes that lie."""

import copy
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from programmable_money.abi import interface
from programmable_money.api import create_app
from programmable_money.audit import FundAuditor
from programmable_money.audit.node import Node
from programmable_money.audit.report import AuditReport, DifferenceKind
from programmable_money.audit.service import AuditRequest, audit
from programmable_money.chain import Chain, ChainError
from programmable_money.messages import address_of
from programmable_money.node import open_chain, run_anvil
from programmable_money.rpc import Gateway
from programmable_money.rpc.api import add_rpc, limiter
from programmable_money.rpc.embedded import EmbeddedAnswers
from programmable_money.rpc.methods import Limits
from programmable_money.service import relay_claim, relay_payment, relay_refund
from programmable_money.settlement import BankAccount, BankOrder
from programmable_money.store import Store
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook
from tests.anvil import require_anvil
from tests.flows.money import ETHER, RULEBOOK, STARTS_AT, TYPE, Citizen, World
from tests.flows.serving import free_port, serve

__all__ = [
    "FUND",
    "EmbeddedNode",
    "Lying",
    "Town",
    "claim_input",
    "data_changed",
    "find_rulebook",
    "kinds",
    "log_of",
    "logs_of",
    "node_of",
    "open_town",
    "pay",
    "served",
    "topic_changed",
]

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
FUND = interface("Fund")


@dataclass
class Endpoint:
    """The read-only endpoint without a socket before it."""

    gateway: Gateway

    def request(self, method: str, parameters: list[Any]) -> Any:
        asked = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        answer = json.loads(self.gateway.answer(self.gateway.read(asked)))
        if "error" in answer:
            raise ChainError(answer["error"]["message"])
        return answer["result"]


def node_of(chain: Chain) -> Node:
    """What anyone can ask of a chain: its node, or the endpoint before an embedded chain."""
    if not chain.is_embedded:
        return chain
    limits = Limits()
    return Endpoint(Gateway(EmbeddedAnswers(chain, limits), limits))


@dataclass
class Lying:
    """A node that answers truthfully, and then changes its answers."""

    node: Node
    change: Callable[[str, list[Any], Any], Any]

    def request(self, method: str, parameters: list[Any]) -> Any:
        return self.change(method, parameters, copy.deepcopy(self.node.request(method, parameters)))


@dataclass
class EmbeddedNode:
    """The read-only endpoint's own answers for an embedded chain, without the network between."""

    gateway: Gateway

    @classmethod
    def of(cls, chain: Chain) -> "EmbeddedNode":
        return cls(Gateway(EmbeddedAnswers(chain, Limits())))

    def request(self, method: str, parameters: list[Any]) -> Any:
        asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        return json.loads(self.gateway.answer(self.gateway.read(json.dumps(asked).encode())))["result"]


def log_of(node: Node, contract: str, address: str, name: str, number: int = 0) -> Any:
    """The raw log of an event of a contract."""
    events = interface(contract).events.values()
    selector = next("0x" + event.selector.hex() for event in events if event.name == name)
    found = node.request("eth_getLogs", [{"address": address, "fromBlock": "0x0"}])
    return [log for log in found if log["topics"][0] == selector][number]


def data_changed(target: Any, word: int, value: int) -> Callable[[str, list[Any], Any], Any]:
    """A node that tells one event with another number in its data."""

    def change(method: str, parameters: list[Any], result: Any) -> Any:
        for log in logs_of(method, result):
            if (log["transactionHash"], log["logIndex"]) == (target["transactionHash"], target["logIndex"]):
                octets = bytearray.fromhex(log["data"][2:])
                octets[32 * word : 32 * word + 32] = value.to_bytes(32, "big")
                log["data"] = "0x" + octets.hex()
        return result

    return change


def topic_changed(target: Any, topic: int, value: str) -> Callable[[str, list[Any], Any], Any]:
    """A node that tells one event with another indexed value in it."""

    def change(method: str, parameters: list[Any], result: Any) -> Any:
        for log in logs_of(method, result):
            if (log["transactionHash"], log["logIndex"]) == (target["transactionHash"], target["logIndex"]):
                log["topics"][topic] = value
        return result

    return change


@dataclass
class Town:
    """A world in which something happened, a node that anyone can ask, and what the sponsor publishes."""

    world: World
    node: Node
    url: str
    published: bytes
    citizens: list[Citizen] = field(default_factory=list)

    def audit(self, node: Node | None = None, **changes: Any) -> AuditReport:
        request = AuditRequest(self.world.fund.address, self.find_rulebook)
        return audit(node or self.node, replace(request, **changes))

    def lying(self, change: Callable[[str, list[Any], Any], Any], **changes: Any) -> AuditReport:
        return self.audit(Lying(self.node, change), **changes)

    def find_rulebook(self, rulebook_hash: bytes) -> tuple[Rulebook, tuple[CredentialType, ...]]:
        return find_rulebook(rulebook_hash, self.world.opening.rulebook)

    def log_of(self, name: str, number: int = 0) -> Any:
        """The raw log of an event."""
        return log_of(self.node, "Fund", self.world.fund.address, name, number)


def find_rulebook(rulebook_hash: bytes, rulebook: Rulebook = RULEBOOK) -> tuple[Rulebook, tuple[CredentialType, ...]]:
    assert rulebook_hash == rulebook.hash
    return rulebook, (TYPE,)


def pay(world: World, citizen: Citizen, cents: int) -> None:
    permit = citizen.permit(world.fund, cents)
    relay_payment(world.fund, permit, world.toys.charge(world.fund, permit, cents))


def happen(world: World) -> list[Citizen]:
    """Six households claim and pay; a refund, a settlement, payments after it; a shop is suspended, the fund paused."""
    citizens = [Citizen.with_credential(world.validator, record=f"household {n}", children=2) for n in range(6)]
    for citizen in citizens:
        relay_claim(world.fund, citizen.prove(world.fund))
        pay(world, citizen, 5_000)
    bought = citizens[5].permit(world.fund, 2_000)
    relay_payment(world.fund, bought, world.bicycles.charge(world.fund, bought, 1_500))
    given_back = world.bicycles.refund(world.fund, bought, 750)
    relay_refund(world.fund, bought.permit.account, bought.permit.nonce, given_back)
    directory = {world.toys.address: BankAccount.from_text("De Tol", "NL51RABO0000000107", field="De Tol")}
    debtor = BankAccount.from_text("Gemeente", "NL68BNGH0000000100", field="debtor")
    order = BankOrder(debtor, directory, date(2026, 3, 3), NOW)
    world.municipality.settle(world.fund, [world.toys.address], reference="KP-2026-1", bank=order)
    pay(world, citizens[0], 1_234)
    sponsor = world.municipality.officers.sponsor
    world.fund.suspend_merchant(world.bicycles.address, sponsor=sponsor)
    world.fund.pause(sponsor=sponsor)
    world.fund.unpause(sponsor=sponsor)
    return citizens


def auditor_of(world: World) -> FundAuditor:
    return FundAuditor(
        world.fund,
        RULEBOOK,
        TYPE,
        sponsor="Gemeente Westland",
        shop_names={},
        store=Store("sqlite://"),
        clock=lambda: NOW,
        entitled=8,
    )


@contextmanager
def served(chain: Chain, world: World) -> Iterator[str]:
    """The read-only endpoint over an embedded chain, as ``stuiver up`` has it."""
    port = free_port()
    app = create_app(auditor_of(world), hosts=["127.0.0.1", "localhost"])
    limits = Limits()
    add_rpc(app, Gateway(EmbeddedAnswers(chain, limits), limits), rate=limiter())
    with serve(app, port):
        yield f"http://127.0.0.1:{port}/rpc"


@contextmanager
def open_town(target: str) -> Iterator[Town]:
    """A town on the embedded chain behind the read-only endpoint, or on anvil."""
    with ExitStack() as stack:
        if target == "embedded":
            chain, url = stack.enter_context(open_chain("embedded", starts_at=STARTS_AT)), ""
        else:
            require_anvil()
            url, relayer = stack.enter_context(run_anvil(STARTS_AT)), secrets.token_bytes(32)
            chain = Chain.rpc(url, relayer_keys=[relayer])
            chain.request("anvil_setBalance", [address_of(relayer), hex(10**6 * ETHER)])
        world = World.open(chain)
        citizens = happen(world)
        published = json.dumps(auditor_of(world).read().to_json()).encode()
        url = url or stack.enter_context(served(chain, world))
        yield Town(world, Chain.rpc(url), url, published, citizens)


def claim_input(town: Town, log: Any) -> str:
    transaction = town.node.request("eth_getTransactionByHash", [log["transactionHash"]])
    return str(transaction["input"])


def logs_of(method: str, result: Any) -> list[Any]:
    if method == "eth_getLogs":
        return list(result)
    return list(result["logs"]) if method == "eth_getTransactionReceipt" else []


def kinds(report: AuditReport) -> set[DifferenceKind]:
    return {difference.kind for difference in report.differences}
