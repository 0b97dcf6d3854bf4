# SPDX-License-Identifier: EUPL-1.2
"""The auditor: reads one fund's open books from the events, and sets them beside what the contracts say.

Invariants:

- Sends nothing and signs nothing; anyone with a connection to the chain can do the same.
- The fund follows the published rulebook: its contract's rules are compared with the compiled ones, once, at the start,
  because they cannot change.
- The read model is rebuilt from the first event when the chain has a new block; balances come from the events' ledger.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from programmable_money.books import BooksError, Ledger, ledger_from
from programmable_money.fund import Fund
from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent, from_unix
from programmable_money.open_books import (
    CategorySpending,
    CategoryTotal,
    Check,
    EventKind,
    Figure,
    OpenBooks,
    PublicEvent,
    PublicShop,
    protect_small_cells,
)
from programmable_money.records import PaymentEntry
from programmable_money.rules import rules_of
from programmable_money.store import Store
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

__all__ = ["FundAuditor"]

_RECENT: Final = 15
_KINDS: Final[Mapping[tuple[str, str], EventKind]] = {
    ("MunicipalEuro", "Deposited"): EventKind.DEPOSITED,
    ("Fund", "Opened"): EventKind.OPENED,
    ("Fund", "Funded"): EventKind.FUNDED,
    ("Fund", "MerchantApproved"): EventKind.SHOP_APPROVED,
    ("Fund", "MerchantSuspended"): EventKind.SHOP_SUSPENDED,
    ("Fund", "Claimed"): EventKind.CLAIMED,
    ("Fund", "Paid"): EventKind.PAID,
    ("Fund", "Refunded"): EventKind.REFUNDED,
    ("MunicipalEuro", "Settled"): EventKind.SETTLED,
    ("Fund", "Paused"): EventKind.PAUSED,
    ("Fund", "Unpaused"): EventKind.UNPAUSED,
    ("Fund", "Closed"): EventKind.CLOSED,
}


class FundAuditor:
    """A ``BooksReader`` for one fund. Belongs to one thread where its chain does.

    Args:
        fund: on a chain.
        rulebook, credential_type: as published; the contract must follow them.
        sponsor: who pays, in words.
        shop_names: the sponsor's own list.
        store: a read model that may be thrown away.
        clock: aware UTC now.
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
    ) -> None:
        self._fund, self._rulebook, self._type = fund, rulebook, credential_type
        self._sponsor, self._names, self._store, self._clock = sponsor, dict(shop_names), store, clock
        self._registry, self._euro, self._rules = fund.registry(), fund.euro(), fund.rules()
        fund.check_rules(rules_of(rulebook, credential_type, self._rules.period, self._rules.validators))
        self._categories = {category.index: category for category in rulebook.categories}
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
        fund, store = self._fund, self._store
        contracts = (self._registry.contract, self._euro.contract, fund.contract)
        events = fund.chain.events(contracts)
        ledger = ledger_from(events)
        followed = ledger.funds[fund.address]
        store.rebuild(events)
        payments, claims = store.payments(fund.address), store.claims(fund.address)
        spent = sum((entry.amount - entry.refunded for entry in payments), Amount(0))
        allotted = sum((claim.amount for claim in claims), Amount(0))
        settled = sum((part.amount for part in store.settlements(fund.address)), Amount(0))
        _same("allotted", allotted, followed.allotted)
        _same("spent", spent, followed.spent)
        _same("settled by this fund", settled, followed.settled)
        return OpenBooks(
            sponsor=self._sponsor,
            rulebook=self._rulebook,
            credential_type=self._type,
            rules=self._rules,
            chain_id=fund.chain.chain_id,
            fund=fund.address,
            block=block,
            read_at=self._clock(),
            books=ledger.books,
            funded=Amount(followed.funded),
            claims=len(claims),
            claims_cap=self._rules.claims_per_validator * len(self._rules.validators),
            allotted=allotted,
            payments=len(payments),
            refunds=sum(event.name == "Refunded" for event in events),
            spent=spent,
            shops=self._shops(),
            categories=self._totals(payments),
            events=self._recent(events),
            checks=self._checks(ledger),
        )

    def _checks(self, ledger: Ledger) -> tuple[Check, ...]:
        """The events' figures beside the contracts'."""
        fund, euro, books = self._fund, self._euro, ledger.books
        ours, theirs = ledger.funds[fund.address].books, fund.books()
        return (
            Check(Figure.DEPOSITS, books.deposits, euro.deposited()),
            Check(Figure.SETTLED, books.settled, euro.settled()),
            Check(Figure.SUPPLY, books.supply, euro.supply()),
            Check(Figure.HELD_BY_FUND, ours.total, euro.balance_of(fund.address)),
            Check(Figure.UNALLOCATED, ours.unallocated, theirs.unallocated),
            Check(Figure.ACCOUNTS, ours.accounts, theirs.accounts),
            Check(Figure.MERCHANTS, ours.merchants, theirs.merchants),
        )

    def _shops(self) -> tuple[PublicShop, ...]:
        """Approved shops by category; one that the sponsor's list does not have goes by its account."""
        shops = [
            PublicShop(self._names.get(shop.merchant, shop.merchant), self._categories[shop.category])
            for shop in self._store.shops(self._fund.address)
            if shop.is_approved
        ]
        return tuple(sorted(shops, key=lambda shop: (shop.category.index, shop.name)))

    def _totals(self, payments: tuple[PaymentEntry, ...]) -> tuple[CategoryTotal, ...]:
        category_of = {shop.merchant: shop.category for shop in self._store.shops(self._fund.address)}
        spending = []
        for index, category in self._categories.items():
            within = [entry for entry in payments if category_of[entry.merchant] == index]
            spent = sum((entry.amount - entry.refunded for entry in within), Amount(0))
            accounts = frozenset(entry.account for entry in within)
            spending.append(CategorySpending(category, spent, len(within), accounts))
        return protect_small_cells(spending)

    def _recent(self, events: tuple[ChainEvent, ...]) -> tuple[PublicEvent, ...]:
        recent: list[PublicEvent] = []
        for event in reversed(events):
            kind = _KINDS.get((event.contract, event.name))
            if kind is not None:
                cents = event.arguments.get("amount", event.arguments.get("returned"))
                amount = None if cents is None else Amount(cents)
                recent.append(PublicEvent(kind, from_unix(event.emitted_at), event.block, amount))
            if len(recent) == _RECENT:
                break
        return tuple(recent)


def _same(what: str, read_model: Amount, ledger: int) -> None:
    if read_model.cents != ledger:
        raise BooksError(f"{what}, in the read model", read_model.cents, ledger)
