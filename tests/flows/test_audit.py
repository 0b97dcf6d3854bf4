# SPDX-License-Identifier: EUPL-1.2
"""The audit that anyone can make: a true chain is signed off, and every lie is named with its block and transaction."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from programmable_money.abi import interface
from programmable_money.audit.bank import BankMovement
from programmable_money.audit.published import PublishedFigures
from programmable_money.audit.report import DifferenceKind
from programmable_money.messages import recipient
from programmable_money.model import Amount
from programmable_money.settlement import reference_octets
from tests.flows.audited import FUND, Town, claim_input, kinds, logs_of, open_town
from tests.flows.money import RULEBOOK


@pytest.fixture(scope="module", params=["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def town(request: pytest.FixtureRequest) -> Iterator[Town]:
    with open_town(request.param) as opened:
        yield opened


# ---- a true chain ----


def test_true_chain_is_signed_off(town: Town) -> None:
    report = town.audit(published=PublishedFigures.from_json(town.published))
    assert report.differences == ()
    assert report.is_signed_off
    counts = report.figures.counts
    assert report.checked.proofs == counts["claims"] == 6
    assert report.checked.signatures == 2 * counts["payments"] + counts["refunds"]
    assert (counts["payments"], counts["refunds"]) == (8, 1)
    assert counts["spent_cents"] == 6 * 5_000 + 1_500 - 750 + 1_234
    assert report.books.is_balanced
    assert report.books.settled == Amount(30_000)
    assert report.checked.storage > 30
    assert report.checked.published > 60
    assert report.block == town.world.chain.block_number()


def test_report_names_no_small_group(town: Town) -> None:
    content = town.audit().to_json()
    assert content["spending"]["category"] == [
        {"keys": ["bicycles", "toys"], "spent_cents": 31_984, "payments": 8},
    ]
    assert content["spending"]["month"] == [{"keys": ["2026-03"], "spent_cents": 31_984, "payments": 8}]
    assert [kpi["kpi"] for kpi in content["kpis"]] == ["activated", "spent", "spent_within_three_months"]
    assert content["kpis"][2]["value"] is None, "nobody's three months are over"


def booked(reference: bytes, cents: int) -> dict[bytes, tuple[BankMovement, ...]]:
    """A bank that has this deposit."""
    return {reference: (BankMovement("entry 1", cents),)}


def test_bank_statement_is_the_reserve(town: Town) -> None:
    deposit = reference_octets(town.world.opening.deposit)
    assert town.audit(bank=booked(deposit, town.world.opening.budget.cents)).is_signed_off


# ---- lies of a sponsor ----


def test_figure_that_is_published_a_cent_off_is_named(town: Town) -> None:
    for path in (
        ("books", "supply"),
        ("spent_cents",),
        ("spending", "category", 0, "spent_cents"),
        ("kpis", 1, "value"),
    ):
        content = json.loads(town.published)
        place = content
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] += 1
        report = town.audit(published=PublishedFigures.from_json(json.dumps(content).encode()))
        assert kinds(report) == {DifferenceKind.PUBLISHED}
        assert ".".join(map(str, path)) in report.differences[0].text
        assert report.differences[0].block == content["source"]["block"]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ({"chain": 1}, DifferenceKind.WRONG_CHAIN),
        ({"fund": "0x" + "11" * 20}, DifferenceKind.PUBLISHED),
        ({"block": 10**6}, DifferenceKind.PUBLISHED),
    ],
)
def test_books_of_something_else_are_no_books(town: Town, source: dict[str, Any], kind: DifferenceKind) -> None:
    content = json.loads(town.published)
    content["source"] |= source
    assert kind in kinds(town.audit(published=PublishedFigures.from_json(json.dumps(content).encode())))


def test_deposit_that_the_bank_does_not_have_is_loud(town: Town) -> None:
    deposit = reference_octets(town.world.opening.deposit)
    for bank in ({}, booked(deposit, town.world.opening.budget.cents - 1)):
        report = town.audit(bank=bank)
        assert {DifferenceKind.DEPOSIT, DifferenceKind.SUPPLY_ABOVE_RESERVE} <= kinds(report)
        loud = [entry for entry in report.differences if entry.kind is DifferenceKind.SUPPLY_ABOVE_RESERVE]
        assert len(loud) > 1, "at every block in which euros move"


# ---- lies of a node ----


def test_wrong_chain_is_named(town: Town) -> None:
    assert kinds(town.audit(chain_id=1)) == {DifferenceKind.WRONG_CHAIN}

    def another(method: str, parameters: list[Any], result: Any) -> Any:
        return "0x1" if method == "eth_chainId" else result

    found = kinds(town.lying(another))
    assert {DifferenceKind.WRONG_CHAIN, DifferenceKind.CLAIM_PROOF, DifferenceKind.PAYMENT_SIGNATURE} <= found


def test_planted_deposit_is_found(town: Town) -> None:
    """A deposit that never was, with the token's mint: the books balance, and the token's storage does not."""
    euro = town.world.municipality.euro.contract.address
    selectors = {event.name: "0x" + event.selector.hex() for event in interface("MunicipalEuro").events.values()}

    def plant(method: str, parameters: list[Any], result: Any) -> Any:
        logs = result if method == "eth_getLogs" else result["logs"] if method == "eth_getTransactionReceipt" else []
        for log in list(logs):
            if log["address"].lower() == euro.lower() and log["topics"][0] == selectors["Deposited"]:
                extra = copy.deepcopy(log)
                extra["topics"][1] = "0x" + "42" * 32
                extra["logIndex"] = hex(int(log["logIndex"], 16) + 50)
                moved = copy.deepcopy(extra)
                moved["topics"] = [selectors["Transfer"], "0x" + "00" * 32, log["topics"][2]]
                moved["logIndex"] = hex(int(log["logIndex"], 16) + 51)
                logs += [extra, moved]
        return result

    report = town.lying(plant)
    assert kinds(report) == {DifferenceKind.STORAGE}
    texts = " ".join(entry.text for entry in report.differences)
    assert all(what in texts for what in ("total supply", "deposits", "deposit 0x4242"))


def test_mint_without_a_deposit_is_loud(town: Town) -> None:
    selectors = {event.name: "0x" + event.selector.hex() for event in interface("MunicipalEuro").events.values()}

    def without(method: str, parameters: list[Any], result: Any) -> Any:
        if method == "eth_getLogs":
            return [log for log in result if log["topics"][0] != selectors["Deposited"]]
        return result

    report = town.lying(without)
    assert {DifferenceKind.SUPPLY_ABOVE_RESERVE, DifferenceKind.HIDDEN, DifferenceKind.STORAGE} <= kinds(report)


@pytest.mark.parametrize("swapped", ["proof", "nullifier", "amount"])
def test_claim_whose_proof_is_anothers_is_named_with_its_place(town: Town, swapped: str) -> None:
    first, second = town.log_of("Claimed", 0), town.log_of("Claimed", 1)
    proofs = [bytes.fromhex(claim_input(town, log)[2:])[-704:] for log in (first, second)]

    def swap(method: str, parameters: list[Any], result: Any) -> Any:
        if swapped == "proof" and method == "eth_getBlockByNumber":
            for transaction in result["transactions"]:
                if transaction["hash"] == first["transactionHash"]:
                    octets = bytes.fromhex(transaction["input"][2:])
                    transaction["input"] = "0x" + octets.replace(proofs[0], proofs[1]).hex()
        for log in logs_of(method, result):
            if log["transactionHash"] == first["transactionHash"] and log["topics"][0] == first["topics"][0]:
                if swapped == "nullifier":
                    log["topics"][1] = second["topics"][1]
                elif swapped == "amount":
                    log["data"] = f"0x{30_001:064x}" + log["data"][66:]
        return result

    report = town.lying(swap)
    wrong = [entry for entry in report.differences if entry.kind is DifferenceKind.CLAIM_PROOF]
    assert [(entry.block, entry.transaction) for entry in wrong] == [
        (int(first["blockNumber"], 16), first["transactionHash"])
    ]
    if swapped == "nullifier":
        assert DifferenceKind.NULLIFIER_REUSED in kinds(report)
    if swapped == "amount":
        assert DifferenceKind.STORAGE in kinds(report)


@pytest.mark.parametrize("name", ["Paid", "Refunded"])
def test_payment_that_nobody_signed_is_named(town: Town, name: str) -> None:
    """Another amount than the one that account and shop signed."""
    target = town.log_of(name)

    def change(method: str, parameters: list[Any], result: Any) -> Any:
        for log in logs_of(method, result):
            if log["transactionHash"] == target["transactionHash"] and log["topics"][0] == target["topics"][0]:
                log["data"] = f"0x{int(log['data'], 16) - 1:064x}"
        return result

    report = town.lying(change)
    expected = {"Paid": DifferenceKind.PAYMENT_SIGNATURE, "Refunded": DifferenceKind.REFUND}[name]
    named = [entry for entry in report.differences if entry.kind is expected]
    assert [entry.transaction for entry in named] == [target["transactionHash"]]
    assert DifferenceKind.STORAGE in kinds(report)


@pytest.mark.parametrize("name", ["Claimed", "Paid", "Refunded", "MerchantSettled"])
def test_node_that_hides_logs_is_found_in_receipts_and_storage(town: Town, name: str) -> None:
    target = town.log_of(name)

    def hide(method: str, parameters: list[Any], result: Any) -> Any:
        if method == "eth_getLogs":
            return [log for log in result if log["transactionHash"] != target["transactionHash"]]
        return result

    report = town.lying(hide)
    hidden = [entry.transaction for entry in report.differences if entry.kind is DifferenceKind.HIDDEN]
    assert hidden == [target["transactionHash"]]
    assert DifferenceKind.STORAGE in kinds(report)


def test_node_that_hides_a_whole_transaction_is_found_by_nonces_and_storage(town: Town) -> None:
    target = town.log_of("Paid", 7)

    def hide(method: str, parameters: list[Any], result: Any) -> Any:
        if method == "eth_getLogs":
            return [log for log in result if log["transactionHash"] != target["transactionHash"]]
        if method == "eth_getBlockByNumber":
            result["transactions"] = [
                entry for entry in result["transactions"] if entry["hash"] != target["transactionHash"]
            ]
            result["logsBloom"] = "0x" + "00" * 256 if not result["transactions"] else result["logsBloom"]
        return result

    report = town.lying(hide)
    assert DifferenceKind.STORAGE in kinds(report)
    assert any("in no block, the first has nonce" in entry.text for entry in report.differences)


def test_key_that_was_revoked_before_is_found(town: Town) -> None:
    """A revocation that comes before the claims: each of them should have been refused."""
    registry = town.world.municipality.registry.contract.address
    events = {event.name: "0x" + event.selector.hex() for event in interface("TrustRegistry").events.values()}

    def revoke(method: str, parameters: list[Any], result: Any) -> Any:
        for log in logs_of(method, result):
            if log["address"].lower() == registry.lower() and log["topics"][0] == events["KeyAdded"]:
                revoked = copy.deepcopy(log)
                revoked["topics"] = [events["KeyRevoked"], log["topics"][1]]
                revoked["data"], revoked["logIndex"] = "0x", hex(int(log["logIndex"], 16) + 1)
                (result if method == "eth_getLogs" else result["logs"]).append(revoked)
        return result

    report = town.lying(revoke)
    wrong = [entry for entry in report.differences if entry.kind is DifferenceKind.CLAIM_KEY]
    assert len(wrong) == 6
    assert all("was revoked before" in entry.text for entry in wrong)
    assert DifferenceKind.STORAGE in kinds(report), "the registry itself does not say so"


def test_contract_that_is_not_ours_is_found(town: Town) -> None:
    fund = town.world.fund.address
    code = interface("Fund").bytecode.hex()

    def other(method: str, parameters: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber":
            for transaction in result["transactions"]:
                transaction["input"] = transaction["input"].replace(code, code[:-2] + "ff")
        return result

    report = town.lying(other)
    assert kinds(report) == {DifferenceKind.CODE}
    assert fund in report.differences[0].text


def test_statement_that_is_not_the_rulebooks_is_found(town: Town) -> None:
    statement = town.world.fund.statement(town.world.validator.key_id)
    assert statement is not None

    def other(method: str, parameters: list[Any], result: Any) -> Any:
        if method == "eth_getCode" and statement.hex() in result:
            return result[:-2] + "00" if not result.endswith("00") else result[:-2] + "01"
        return result

    assert kinds(town.lying(other)) == {DifferenceKind.STATEMENT}


def test_rules_that_are_not_the_rulebooks_are_found(town: Town) -> None:
    selector = "0x" + FUND.functions["rules"].selector.hex()

    def other(method: str, parameters: list[Any], result: Any) -> Any:
        if method == "eth_call" and parameters[0]["data"] == selector:
            cap = f"{RULEBOOK.claims_per_validator:064x}"
            assert cap in result
            return result.replace(cap, f"{RULEBOOK.claims_per_validator + 1:064x}", 1)
        return result

    assert kinds(town.lying(other)) == {DifferenceKind.RULES}


def test_recipient_of_a_claim_is_bound(town: Town) -> None:
    """An event that credits another account than the proof names."""
    target, other = town.log_of("Claimed"), recipient(town.world.toys.address).rjust(32, b"\0").hex()

    def redirect(method: str, parameters: list[Any], result: Any) -> Any:
        for log in logs_of(method, result):
            if log["transactionHash"] == target["transactionHash"] and log["topics"][0] == target["topics"][0]:
                log["topics"][3] = "0x" + other
        return result

    report = town.lying(redirect)
    assert {DifferenceKind.CLAIM_PROOF, DifferenceKind.LEDGER, DifferenceKind.STORAGE} <= kinds(report)


def test_settlement_of_another_amount_is_named(town: Town) -> None:
    target = town.log_of("MerchantSettled")

    def less(method: str, parameters: list[Any], result: Any) -> Any:
        for log in logs_of(method, result):
            if log["transactionHash"] == target["transactionHash"] and log["topics"][0] == target["topics"][0]:
                log["data"] = log["data"][:66] + f"{29_999:064x}"
        return result

    assert {DifferenceKind.SETTLEMENT, DifferenceKind.LEDGER} <= kinds(town.lying(less))


def test_times_outside_the_period_are_named(town: Town) -> None:
    def a_year_later(method: str, parameters: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber":
            result["timestamp"] = hex(int(result["timestamp"], 16) + 366 * 86_400)
        return result

    found = kinds(town.lying(a_year_later))
    assert {DifferenceKind.CLAIM_RULE, DifferenceKind.PAYMENT_RULE, DifferenceKind.REFUND} <= found
