# SPDX-License-Identifier: EUPL-1.2
"""The auditor: reads one fund's open books from the events, and sets them beside what the contracts say.

Invariants:

- Sends nothing and signs nothing; anyone with a connection to the chain can do the same.
- The fund follows the published rulebook: its contract's rules are compared with the compiled ones, once, at the start,
  because they cannot change.
- The read model is rebuilt from the first event when the chain has a new block; balances come from the events' ledger.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from programmable_money.audit.figures import Subject, checks_of, public_books
from programmable_money.books import BooksError, ledger_from
from programmable_money.fund import Fund
from programmable_money.messages import Address
from programmable_money.model import Amount
from programmable_money.open_books import OpenBooks
from programmable_money.rules import rules_of, spending_rules_of
from programmable_money.store import Store
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

__all__ = ["FundAuditor"]


class FundAuditor:
    """A ``BooksReader`` for one fund. Belongs to one thread where its chain does.

    Args:
        fund: on a chain.
        rulebook, credential_type: as published; the contract must follow them.
        sponsor: who pays, in words.
        shop_names: the sponsor's own list.
        store: a read model that may be thrown away.
        clock: aware UTC now.
        entitled: households that were told of the programme, if the sponsor says; what activated is a part of.
        cost: what the programme cost beside the money, if the sponsor says.
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
        self._fund, self._entitled, self._cost = fund, entitled, cost
        self._sponsor, self._names, self._store, self._clock = sponsor, dict(shop_names), store, clock
        self._registry, self._euro, rules = fund.registry(), fund.euro(), fund.rules()
        expected = rules_of(rulebook, credential_type, rules.period, rules.validators)
        fund.check_rules(expected, spending_rules_of(rulebook))
        self._subject = Subject(fund.chain.chain_id, fund.address, rulebook, credential_type, rules)
        self._last: OpenBooks | None = None

    def read(self) -> OpenBooks:
        """The books as of the newest block; read once for each block.

        Raises:
            BooksError: the events contradict themselves, or the read model contradicts the ledger.
            ChainError: the chain does not answer.
        """
        block = self._fund.chain.block_number()
        if self._last is None or self._last.block != block:
            self._last = self._read(block)
        return self._last

    def _read(self, block: int) -> OpenBooks:
        fund, store, euro = self._fund, self._store, self._euro
        events = fund.chain.events((self._registry.contract, euro.contract, fund.contract))
        ledger = ledger_from(events)
        books = public_books(
            self._subject,
            events,
            block=block,
            mined_at=int(fund.chain.block(block)["timestamp"]),
            sponsor=self._sponsor,
            shop_names=self._names,
            read_at=self._clock(),
            entitled=self._entitled,
            cost=self._cost,
        )
        store.rebuild(events)
        spent = sum((entry.amount - entry.refunded for entry in store.payments(fund.address)), Amount(0))
        settled = sum((part.amount for part in store.settlements(fund.address)), Amount(0))
        followed = ledger.funds[fund.address]
        _same("allotted", sum((claim.amount for claim in store.claims(fund.address)), Amount(0)), followed.allotted)
        _same("spent", spent, followed.spent)
        _same("settled by this fund", settled, followed.settled)
        checks = checks_of(
            ledger,
            fund.address,
            deposits=euro.deposited(),
            settled=euro.settled(),
            supply=euro.supply(),
            held=euro.balance_of(fund.address),
            books=fund.books(),
        )
        return replace(books, checks=checks)


def _same(what: str, read_model: Amount, ledger: int) -> None:
    if read_model.cents != ledger:
        raise BooksError(f"{what}, in the read model", read_model.cents, ledger)
