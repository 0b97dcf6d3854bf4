# SPDX-License-Identifier: EUPL-1.2
"""The audit of a task board and its purse: true ones are signed off, and every lie is named."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from programmable_money.abi import Entry, interface
from programmable_money.audit.report import AuditReport, DifferenceKind
from programmable_money.audit.service import AuditRequest, audit
from programmable_money.messages import Refund, SignedRefund, parse_address
from programmable_money.model import from_unix
from programmable_money.node import open_chain
from programmable_money.settlement import BankAccount, BankOrder
from ssi.credential.types import CredentialType
from ssi.rulebook.model import ProgrammeKind, Rulebook
from tests.flows.audited import EmbeddedNode, Lying, data_changed, kinds, log_of, topic_changed
from tests.flows.earning import REASONS, RULEBOOK, TYPE, Town, at

BOARD = interface("TaskBoard")


@dataclass
class Audited:
    """A board on which something happened, and a node that anyone can ask."""

    town: Town
    node: EmbeddedNode

    def audit(self, change: Callable[[str, list[Any], Any], Any] | None = None, **changes: Any) -> AuditReport:
        request = AuditRequest(self.town.board.address, find_rulebook, ProgrammeKind.TASKS)
        node = self.node if change is None else Lying(self.node, change)
        return audit(node, replace(request, **changes))

    def log_of(self, name: str, number: int = 0) -> Any:
        return log_of(self.node, "TaskBoard", self.town.board.address, name, number)


def find_rulebook(rulebook_hash: bytes) -> tuple[Rulebook, tuple[CredentialType, ...]]:
    assert rulebook_hash == RULEBOOK.hash
    return RULEBOOK, (TYPE,)


def happen(town: Town) -> None:
    """Alone and together, in full, in part, refused and appealed; given up; paid, refunded, settled."""
    amira, bas = town.citizen("amira"), town.citizen("bas")
    first, second = town.employees
    alone, together, partly, refused = (town.publish(title) for title in ("Bank", "Plantsoen", "Stoep", "Speeltuin"))
    withdrawn = town.publish("Vergeten", tools=["gloves"])
    town.earn(alone, amira)
    town.earn(together, amira, bas, parts=(600, 400))
    accounts = town.do(partly, bas)
    town.board.verify(partly, 3, REASONS["partly_done"], accounts, employee=first)
    bas.earning.learn(town.view(), now=town.now)
    town.board.appeal(bas.earning.appeal(town.view(), partly, "Er lag ijs.", now=town.now).message)
    town.board.decide(partly, 5, REASONS["shorter_than_planned"], accounts, employee=second)
    accounts = town.do(refused, amira)
    town.board.verify(refused, 0, REASONS["not_done"], accounts, employee=second)
    town.choose(withdrawn, amira)
    town.board.equip(withdrawn, employee=first)
    town.board.give_up(amira.earning.give_up(town.view(), withdrawn, now=town.now))
    town.board.withdraw(withdrawn, employee=first)
    amira.earning.learn(town.view(), now=town.now)
    bas.earning.learn(town.view(), now=town.now)
    collected = [*town.collect(amira, alone), *town.collect(amira, together), *town.collect(bas, partly)]
    scope = town.view().coins.in_slot(collected[0][0].earned.scope.slot or 0)
    permit = amira.sign_permit(scope, 450, now=town.now)
    town.pay(permit, 450)
    refund = SignedRefund.sign(town.purse.domain, Refund(permit.permit.payment, 150), town.shop.key)
    town.purse.refund(permit.permit.account, permit.permit.nonce, refund)
    shop = parse_address(town.shop.address)
    banks = {shop: BankAccount.from_text("Bakker Bart", "NL91ABNA0417164300", field="shop")}
    debtor = BankAccount.from_text("Gemeente Heerlen", "NL68BNGH0000000100", field="debtor")
    order = BankOrder(debtor, banks, (town.now + timedelta(days=1)).date(), town.now)
    town.municipality.settle(town.purse, [shop], reference="HEITJE-1", bank=order)
    town.purse.dismiss_employee(parse_address(first.address), sponsor=town.municipality.officers.sponsor)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    with open_chain("embedded", starts_at=from_unix(at(2026, 3, 2))) as chain:
        town = Town.open(chain, Path(tmp_path_factory.mktemp("wallets")))
        happen(town)
        yield Audited(town, EmbeddedNode.of(chain))
        town.close()


def test_true_board_is_signed_off(audited: Audited) -> None:
    report = audited.audit()
    assert report.differences == ()
    counts = report.figures.counts
    assert (counts["tasks"], counts["collections"], counts["payments"], counts["refunds"]) == (5, 3, 1, 1)
    assert report.checked.proofs == 3
    assert counts["spent_cents"] == 300
    # six choices of accounts, five reports, an appeal, a giving up, three collections; a payment's two, a refund's one
    assert report.checked.signatures == 6 + 4 + 1 + 1 + 3 + 2 + 1
    assert report.kind is ProgrammeKind.TASKS
    assert report.to_json()["tasks"] == counts["tasks"]
    assert report.books.is_balanced


def arguments(entry: Entry, log: Any) -> dict[str, Any]:
    """An event's arguments, from its raw log."""
    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
    return entry.decode_log(topics, bytes.fromhex(log["data"][2:]))


@pytest.mark.parametrize(
    ("name", "word", "value", "kind"),
    [
        ("TaskVerified", 0, 9, DifferenceKind.TASK),  # more than the task is worth
        ("TaskVerified", 1, 77, DifferenceKind.TASK),  # a reason that the rulebook does not have
        ("TimeAwarded", 0, 7, DifferenceKind.TASK),  # another share
        ("TimeAwarded", 1, 1, DifferenceKind.TASK),  # another deadline
        ("Collected", 0, 2025 * 256, DifferenceKind.COLLECTION),  # a slot of another year
        ("Collected", 3, 1_800, DifferenceKind.COLLECTION),  # less time for the same money
        ("Collected", 4, 6_000, DifferenceKind.COLLECTION),  # more money than the rate, and than a slot holds
        ("Collected", 6, 1, DifferenceKind.CLAIM_RULE),  # another day
    ],
)
def test_step_that_the_rules_do_not_allow_is_named(
    audited: Audited, name: str, word: int, value: int, kind: DifferenceKind
) -> None:
    report = audited.audit(data_changed(audited.log_of(name), word, value))
    assert kind in kinds(report)
    named = [entry for entry in report.differences if entry.kind is kind]
    assert audited.log_of(name)["transactionHash"] in {entry.transaction for entry in named}


def test_employee_who_was_none_is_named(audited: Audited) -> None:
    stranger = "0x" + "00" * 12 + "42" * 20
    for name in ("TaskPublished", "TaskVerified", "TaskDecided", "TaskWithdrawn", "TaskEquipped"):
        report = audited.audit(topic_changed(audited.log_of(name), 2, stranger))
        assert any("was no employee" in entry.text for entry in report.differences), name


def test_appeal_that_is_decided_by_who_verified_is_named(audited: Audited) -> None:
    verified = audited.log_of("TaskVerified", 2)["topics"][2]
    report = audited.audit(topic_changed(audited.log_of("TaskDecided"), 2, verified))
    assert any("who verified it decided the appeal" in entry.text for entry in report.differences)


@pytest.mark.parametrize("name", ["TaskDone", "TaskAppealed"])
def test_word_that_no_task_account_signed_is_named(audited: Audited, name: str) -> None:
    stranger = "0x" + "00" * 12 + "42" * 20
    report = audited.audit(topic_changed(audited.log_of(name), 2, stranger))
    assert {DifferenceKind.TASK, DifferenceKind.TASK_SIGNATURE} <= kinds(report)


def test_collection_whose_proof_or_signature_is_anothers_is_named(audited: Audited) -> None:
    """The pseudonym of somebody else's slot, and somebody else's account."""
    first, second = audited.log_of("Collected", 0), audited.log_of("Collected", 2)
    pseudonym = audited.audit(topic_changed(first, 1, second["topics"][1]))
    assert DifferenceKind.CLAIM_PROOF in kinds(pseudonym)
    account = audited.audit(topic_changed(first, 3, second["topics"][3]))
    assert {DifferenceKind.TASK_SIGNATURE, DifferenceKind.CLAIM_PROOF, DifferenceKind.COLLECTION} <= kinds(account)


def test_choice_that_not_everybody_signed_is_named(audited: Audited) -> None:
    target = audited.log_of("TaskChosen", 1)
    chosen = arguments(next(event for event in BOARD.events.values() if event.name == "TaskChosen"), target)

    def change(method: str, parameters: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber":
            for transaction in result["transactions"]:
                if transaction["hash"] == target["transactionHash"]:
                    octets = transaction["input"]
                    transaction["input"] = octets[:-130] + "00" * 32 + octets[-66:]
        return result

    assert len(chosen["accounts"]) == 2
    report = audited.audit(change)
    assert [entry.transaction for entry in report.differences if entry.kind is DifferenceKind.TASK_SIGNATURE] == [
        target["transactionHash"]
    ]


def test_credit_without_a_collection_is_named(audited: Audited) -> None:
    """The purse credits what the board did not collect: an event of the board is hidden."""
    target = audited.log_of("Collected")

    def hide(method: str, parameters: list[Any], result: Any) -> Any:
        if method == "eth_getLogs":
            return [log for log in result if log["topics"][0] != target["topics"][0]]
        return result

    report = audited.audit(hide)
    assert {DifferenceKind.COLLECTION, DifferenceKind.HIDDEN, DifferenceKind.STORAGE} <= kinds(report)


def test_board_of_another_rulebook_is_named(audited: Audited) -> None:
    fewer = RULEBOOK.octets.replace(b'"collect_within_days": 90', b'"collect_within_days": 91')
    other = replace(Rulebook.from_json(fewer), hash=RULEBOOK.hash)
    report = audited.audit(find_rulebook=lambda _: (other, (TYPE,)))
    assert DifferenceKind.RULES in kinds(report)
