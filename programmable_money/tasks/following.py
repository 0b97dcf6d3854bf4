# SPDX-License-Identifier: EUPL-1.2
"""A board that is followed: its ledger kept up with the chain, and the description that wallets take."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from programmable_money.description import terms_to_json
from programmable_money.messages import Address
from programmable_money.tasks.board import TaskBoard
from programmable_money.tasks.ledger import TaskEntry, TaskLedger
from ssi.keccak import keccak256

__all__ = ["FollowedBoard"]

_VALIDATORS, _ADULT, _YOUNG = 11, 12, 13
"""Where the rules have them."""
_SPENT: Final = {"Paid": 1, "Refunded": -1}


class FollowedBoard:
    """One board, its ledger, and the documents of its tasks.

    Args:
        documents: the published texts of tasks; more may come with ``keep``.
    """

    def __init__(self, board: TaskBoard, documents: Iterable[bytes] = ()) -> None:
        self.board = board
        self._rules = board.raw_rules()
        self._registry = board.registry()
        self._purse = board.purse()
        self._spent: Counter[Address] = Counter()
        self._slot = self._rules[1] * 256
        self._context_id = board.scope_of(self._slot).context_id
        self._next_block = 0
        self._events = 0
        self._ledger = TaskLedger(board.rules().appeal_within)
        self._keys: dict[bytes, bytes] = {}
        self._s: dict[Address, bytes] = {}
        self._documents = {keccak256(document): document for document in documents}

    def keep(self, document: bytes) -> None:
        """Have one more document."""
        self._documents[keccak256(document)] = document

    @property
    def ledger(self) -> TaskLedger:
        """The ledger as of the last block."""
        self.follow()
        return self._ledger

    def follow(self) -> None:
        """Follow the chain up to its last block."""
        last = self.board.chain.block_number()
        if last >= self._next_block:
            contracts = [self.board.contract, self._registry.contract, self._purse.contract]
            events = self.board.chain.events(contracts, from_block=self._next_block)
            self._ledger.follow(events)
            self._events += len(events)
            for event in events:
                if event.name in _SPENT:
                    self._spent[event.arguments["account"]] += _SPENT[event.name] * event.arguments["amount"]
            added = [event.arguments for event in events if event.name == "KeyAdded"]
            validators = set(self._rules[_VALIDATORS])
            accepted = [given["keyId"] for given in added if given["validator"] in validators]
            self._keys |= {key: self._registry.key(key).public_key for key in accepted}
            self._next_block = last + 1

    @property
    def revision(self) -> int:
        """How many events there were until the last block: the description is another one only after another event."""
        self.follow()
        return self._events

    def describe(self) -> str:
        """The description ``board/1``: scope, both rates' terms, keys that are valid now, statements, tasks, work,
        and what was collected, so that a wallet that was restored finds its earnings book again.

        It is the same for everybody, so that asking for it tells nothing. A wallet can take it from anybody, because it
        checks it. Octets are ``0x`` and lower-case hexadecimal digits; of a statement only S is given.
        """
        ledger, rules, domain = self.ledger, self._rules, self.board.domain
        content: dict[str, Any] = {
            "stuiver": "board/1",
            "chain": domain.chain_id,
            "board": domain.fund,
            "purse": self._purse.address,
            "rulebook": _hex(rules[0]),
            "period": rules[1],
            "slot": self._slot,
            "scope": _hex(self._context_id),
            "adult": terms_to_json(rules[_ADULT]),
            "young": terms_to_json(rules[_YOUNG]),
            "keys": [
                {"key": _hex(key), "public_key": _hex(public_key)}
                for key, public_key in self._keys.items()
                if self._registry.is_valid(key)
            ],
            "statements": [
                {"key": _hex(key), "slot": slot, "terms": terms, "s": _hex(self._statement(address))}
                for (key, slot, terms), address in ledger.statements.items()
            ],
            "tasks": [self._task(entry) for entry in ledger.tasks.values()],
            "work": [
                {
                    "account": account,
                    "task": work.task,
                    "round": work.round,
                    "part": work.part,
                    "chosen": ledger.chosen_at[account],
                    "seconds": work.seconds,
                    "collected": work.collected,
                    "until": work.until,
                }
                for account, work in ledger.work.items()
            ],
            "collected": [
                {
                    "task_account": one.task_account,
                    "account": one.account,
                    "slot": one.slot,
                    "terms": one.terms,
                    "seconds": one.seconds,
                    "total": one.total,
                    "cents": one.amount.cents,
                    "at": one.collected_at,
                }
                for one in ledger.collected
            ],
            "spent": [{"account": account, "cents": cents} for account, cents in self._spent.items() if cents],
        }
        return json.dumps(content, separators=(",", ":"))

    def _statement(self, address: Address) -> bytes:
        """S of a statement, which its data contract has first, after a leading STOP."""
        if address not in self._s:
            self._s[address] = self.board.chain.code(address)[1:33]
        return self._s[address]

    def _task(self, entry: TaskEntry) -> dict[str, Any]:
        record = entry.record
        description, tags, insurance, tools, places, quarters, until = entry.offer
        document = self._documents.get(bytes(description))
        return {
            "task": record.number,
            "state": record.state.name.lower(),
            "round": record.round,
            "awarded": record.awarded,
            "description": _hex(bytes(description)),
            "tags": _hex(bytes(tags)),
            "insurance": _hex(bytes(insurance)),
            "tools": tools,
            "places": places,
            "quarters": quarters,
            "until": until,
            "ends": record.until,
            "document": None if document is None else document.decode(),
        }


def _hex(octets: bytes) -> str:
    return "0x" + octets.hex()
