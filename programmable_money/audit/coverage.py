# SPDX-License-Identifier: EUPL-1.2
"""What a node leaves out: logs counted against receipts and bloom filters, transactions against nonces.

A node that answers ``eth_getLogs`` with less than there is must also leave the logs out of the receipts, the addresses
out of the blocks' bloom filters and the transactions out of the blocks, and then their senders' nonces have gaps.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from programmable_money.audit.node import Block, Log, NodeReader, Transaction
from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.messages import Address, parse_address
from ssi.keccak import keccak256

__all__ = ["Walked", "walk"]


@dataclass(slots=True)
class Walked:
    """What the blocks hold.

    Attributes:
        mined_at: each block's time, unix seconds.
        transactions: those that touched our contracts, by hash.
        deployments: what deployed each contract, by the contract's address.
        head_hash: the last block's.
        receipts: how many were read.
    """

    mined_at: dict[int, int] = field(default_factory=dict)
    transactions: dict[str, Transaction] = field(default_factory=dict)
    deployments: dict[Address, Transaction] = field(default_factory=dict)
    head_hash: str = ""
    receipts: int = 0


def walk(
    reader: NodeReader,
    contracts: Collection[Address],
    logs: Sequence[Log],
    from_block: int,
    findings: Findings,
    advance: Callable[[int], None],
) -> Walked:
    """Read every block and compare what is in it with the logs that the node gave.

    Args:
        contracts: whose logs were asked for.
        advance: told of every block.
    """
    walked, nonces = Walked(), dict[Address, list[int]]()
    given: dict[str, list[Log]] = {}
    for log in logs:
        given.setdefault(log.transaction, []).append(log)
    previous = None
    for number in range(from_block, reader.head + 1):
        block = reader.block(number)
        if previous is not None and block.parent_hash != previous:
            findings.add(DifferenceKind.HIDDEN, "the block does not follow the one before it", block=number)
        previous = walked.head_hash = block.hash
        walked.mined_at[number] = block.mined_at
        for transaction in block.transactions:
            nonces.setdefault(transaction.sender, []).append(transaction.nonce)
            if transaction.to is None:
                walked.deployments[_created(transaction)] = transaction
        _compare(reader, block, contracts, given, walked, findings)
        advance(1)
    for name, listed in given.items():
        if name not in walked.transactions:
            text = "there are events of a transaction that is in no block"
            findings.add(DifferenceKind.HIDDEN, text, block=listed[0].block, transaction=name)
    senders = {transaction.sender for transaction in walked.transactions.values()}
    for sender in sorted(senders):
        _count(reader, sender, nonces[sender], from_block, findings)
    return walked


def _compare(
    reader: NodeReader,
    block: Block,
    contracts: Collection[Address],
    given: dict[str, list[Log]],
    walked: Walked,
    findings: Findings,
) -> None:
    """The logs of one block's transactions, by their receipts and by ``eth_getLogs``."""
    may_have = any(block.may_have_logs_of(contract) for contract in contracts)
    for transaction in block.transactions:
        ours = transaction.to in contracts or transaction.hash in given
        if not (ours or may_have):
            continue
        receipt = reader.receipt(transaction.hash)
        walked.receipts += 1
        logs = [log for log in receipt.logs if log.address in contracts]
        if ours or logs:
            walked.transactions[transaction.hash] = transaction
        if sorted(logs, key=_order) != sorted(given.get(transaction.hash, []), key=_order):
            text = f"its receipt has {len(logs)} events of ours, the node listed {len(given.get(transaction.hash, []))}"
            if len(logs) == len(given.get(transaction.hash, [])):
                text = "its receipt has other events of ours than the node listed"
            findings.add(DifferenceKind.HIDDEN, text, block=block.number, transaction=transaction.hash)
        if receipt.logs and not all(block.may_have_logs_of(log.address) for log in receipt.logs):
            text = "the block's bloom filter does not know its logs"
            findings.add(DifferenceKind.HIDDEN, text, block=block.number, transaction=transaction.hash)


def _count(reader: NodeReader, sender: Address, seen: list[int], from_block: int, findings: Findings) -> None:
    """An account's transactions, by their numbers and by the account's counter."""
    first = reader.nonce(sender, from_block - 1) if from_block else 0
    missing = sorted(set(range(first, reader.nonce(sender))) - set(seen))
    if missing:
        text = f"{len(missing)} transactions of {sender} are in no block, the first has nonce {missing[0]}"
        findings.add(DifferenceKind.HIDDEN, text)
    if len(set(seen)) != len(seen):
        findings.add(DifferenceKind.HIDDEN, f"a transaction of {sender} is in two blocks")


def _created(transaction: Transaction) -> Address:
    """The contract that a transaction deploys: the hash of sender and nonce in RLP."""
    number = transaction.nonce.to_bytes((transaction.nonce.bit_length() + 7) // 8, "big")
    if len(number) != 1 or number[0] >= 0x80:
        number = bytes([0x80 + len(number)]) + number
    content = b"\x94" + bytes.fromhex(transaction.sender[2:]) + number
    return parse_address("0x" + keccak256(bytes([0xC0 + len(content)]) + content)[12:].hex())


def _order(log: Log) -> tuple[int, int]:
    return log.block, log.index
