# SPDX-License-Identifier: EUPL-1.2
"""The auditor: reads one programme's open books from the events, and sets them beside what the contracts say.

Invariants:

- Sends nothing and signs nothing; anyone with a connection to the chain can do the same.
- The programme follows the published rulebook: its contracts' rules are compared with the compiled ones, once, at the
  start, because they cannot change.
- Everything comes from the events, from the first on; the books are made again when the chain has a new block. A block
  that was read and is another one now (a reorganisation) makes it read from the start.
- Both sides of the comparison are of one block: while the contracts were asked, nothing happened to them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from programmable_money.audit.figures import checks_of, public_books
from programmable_money.audit.subjects import BoardSubject, FundSubject, Names, PassSubject, Subject, Told
from programmable_money.books import BooksError, ledger_from
from programmable_money.budget_contract import BudgetContract
from programmable_money.chain import ChainError, Deployed
from programmable_money.fund import Fund
from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent
from programmable_money.open_books import OpenBooks
from programmable_money.passes.contract import Pass
from programmable_money.passes.rules import pass_rules_of
from programmable_money.registry import TrustRegistry
from programmable_money.rules import rules_of, spending_rules_of
from programmable_money.store import Store
from programmable_money.tasks.board import TaskBoard
from programmable_money.tasks.rules import board_rules_of, purse_rules_of
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

__all__ = ["BooksAuditor", "FundAuditor", "Publisher", "auditor_of"]

_NOTHING_TOLD: Final = Told()
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes the books, and what it adds to what the chain knows.

    Attributes:
        clock: aware UTC now.
    """

    names: Names
    clock: Callable[[], datetime]
    told: Told = _NOTHING_TOLD


class BooksAuditor:
    """A ``BooksReader`` for one programme. Belongs to one thread where its chain does.

    Build it with ``auditor_of``, which refuses contracts that do not follow the rulebook.

    Args:
        holder: the contract with the programme's money.
        others: the programme's other contracts.
    """

    def __init__(
        self,
        subject: Subject,
        holder: BudgetContract,
        registry: TrustRegistry,
        publisher: Publisher,
        *,
        others: Sequence[Deployed] = (),
    ) -> None:
        self._subject, self._holder, self._publisher = subject, holder, publisher
        self._euro = holder.euro()
        self._contracts = registry.contract, self._euro.contract, holder.contract, *others
        self._events: list[ChainEvent] = []
        self._read_until: tuple[int, bytes] = (-1, b"")
        self._last: OpenBooks | None = None

    def read(self) -> OpenBooks:
        """The books as of the newest block; read once for each block.

        Raises:
            MoneyError: the events contradict themselves or each other, or the chain does not answer.
        """
        for _ in range(_TRIES):
            block, mined_at = self._follow()
            if self._last is not None and self._last.block == block:
                return self._last
            books = self._read(block, mined_at)
            # an event that came meanwhile would be in one side of the comparison and not in the other
            if not self._holder.chain.events(self._contracts, from_block=block + 1):
                self._last = books
                return books
        raise ChainError("more happens than its books can be read beside")

    def _follow(self) -> tuple[int, int]:
        """Read what is new; the newest block and its time."""
        chain, (until, hash_) = self._holder.chain, self._read_until
        block = chain.block_number()
        if until > block or (until >= 0 and bytes(chain.block(until)["hash"]) != hash_):
            self._events, until, self._last = [], -1, None
        newest = chain.block(block)
        found = chain.events(self._contracts, from_block=until + 1) if block > until else ()
        self._events += [event for event in found if event.block <= block]
        self._read_until = block, bytes(newest["hash"])
        return block, int(newest["timestamp"])

    def _read(self, block: int, mined_at: int) -> OpenBooks:
        holder, euro, publisher, events = self._holder, self._euro, self._publisher, tuple(self._events)
        books = public_books(
            self._subject,
            events,
            block=block,
            mined_at=mined_at,
            names=publisher.names,
            read_at=publisher.clock(),
            told=publisher.told,
        )
        self._check(events)
        checks = checks_of(
            ledger_from(events),
            holder.address,
            deposits=euro.deposited(),
            settled=euro.settled(),
            supply=euro.supply(),
            held=euro.balance_of(holder.address),
            books=holder.books(),
        )
        return replace(books, checks=checks)

    def _check(self, events: Sequence[ChainEvent]) -> None:
        """Check what else there is beside the events; BooksError."""


def auditor_of(
    programme: Fund | Pass | TaskBoard, rulebook: Rulebook, types: tuple[CredentialType, ...], publisher: Publisher
) -> BooksAuditor:
    """Who reads the books of a programme.

    Args:
        rulebook, types: as published; the contracts must follow them.
    Raises:
        WrongRulesError: they do not.
    """
    if isinstance(programme, Fund):
        return BooksAuditor(_fund_subject(programme, rulebook, types), programme, programme.registry(), publisher)
    place, registry = (programme.chain.chain_id, programme.address), programme.registry()
    if isinstance(programme, Pass):
        given = programme.rules()
        programme.check_rules(pass_rules_of(rulebook, types, given.period, given.validators, given.desk))
        return BooksAuditor(PassSubject(*place, rulebook, types, given), programme, registry, publisher)
    rules, purse = programme.rules(), programme.purse()
    programme.check_rules(board_rules_of(rulebook, types[0], rules.period, rules.validators))
    purse.check_rules(purse_rules_of(rulebook, rules.period), spending_rules_of(rulebook))
    subject = BoardSubject(*place, purse.address, rulebook, types, rules)
    return BooksAuditor(subject, purse, registry, publisher, others=[programme.contract])


class FundAuditor(BooksAuditor):
    """The same for a fund that has a read model, which is rebuilt with each block and must agree.

    Args:
        fund: on a chain.
        rulebook, credential_type: as published; the contract must follow them.
        sponsor: who pays, in words.
        shop_names: the sponsor's own list.
        store: a read model that may be thrown away.
        clock: aware UTC now.
        entitled, cost: as ``Told`` has them, if the sponsor says.
    Raises:
        WrongRulesError: the fund does not follow the rulebook.
    """

    def __init__(
        self,
        fund: Fund,
        rulebook: Rulebook,
        credential_type: CredentialType,
        *,
        sponsor: str,
        shop_names: Mapping[Address, str],
        store: Store,
        clock: Callable[[], datetime],
        entitled: int | None = None,
        cost: Amount | None = None,
    ) -> None:
        publisher = Publisher(Names(sponsor, dict(shop_names)), clock, Told(entitled, cost))
        super().__init__(_fund_subject(fund, rulebook, (credential_type,)), fund, fund.registry(), publisher)
        self._store = store

    def _check(self, events: Sequence[ChainEvent]) -> None:
        """The read model's sums are the ledger's."""
        store, fund = self._store, self._holder.address
        store.rebuild(events)
        followed = ledger_from(events).funds[fund]
        spent = sum((entry.amount - entry.refunded for entry in store.payments(fund)), Amount(0))
        settled = sum((part.amount for part in store.settlements(fund)), Amount(0))
        _same("allotted", sum((claim.amount for claim in store.claims(fund)), Amount(0)), followed.allotted)
        _same("spent", spent, followed.spent)
        _same("settled by this fund", settled, followed.settled)


def _fund_subject(fund: Fund, rulebook: Rulebook, types: tuple[CredentialType, ...]) -> FundSubject:
    """A fund that follows its rulebook; WrongRulesError."""
    rules = fund.rules()
    fund.check_rules(rules_of(rulebook, types[0], rules.period, rules.validators), spending_rules_of(rulebook))
    return FundSubject(fund.chain.chain_id, fund.address, rulebook, types, rules)


def _same(what: str, read_model: Amount, ledger: int) -> None:
    if read_model.cents != ledger:
        raise BooksError(f"{what}, in the read model", read_model.cents, ledger)
