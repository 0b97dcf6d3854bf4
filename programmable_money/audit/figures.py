# SPDX-License-Identifier: EUPL-1.2
"""The public figures of one fund as of one block, from its events and nothing else. Pure.

The municipality's pages and an auditor's comparison are made by the same definitions, so a difference is one of facts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from programmable_money.audit.cells import Cells, spenders
from programmable_money.books import Ledger, ledger_from
from programmable_money.budget import BudgetState
from programmable_money.kpi import KpiValue
from programmable_money.kpi.budget import Credit, Spending, budget_kpis
from programmable_money.kpi.cells import Shown
from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent, FundBooks, FundRules, from_unix
from programmable_money.open_books import (
    CategorySpending,
    Check,
    EventKind,
    Figure,
    OpenBooks,
    PublicEvent,
    PublicShop,
    protect_small_cells,
)
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

__all__ = ["Subject", "checks_of", "kpis_of", "public_books", "spending_of"]

_RECENT: Final = 15
_NO_CATEGORY: Final = -1
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
    ("Fund", "HandedOver"): EventKind.HANDED_OVER,
    ("Fund", "Closed"): EventKind.CLOSED,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Which fund, and what it is meant to follow."""

    chain_id: int
    fund: Address
    rulebook: Rulebook
    credential_type: CredentialType
    rules: FundRules

    @property
    def zone(self) -> ZoneInfo:
        """Whose calendar months are of."""
        return ZoneInfo(self.rulebook.period.time_zone)


@dataclass(slots=True)
class _Payment:
    account: Address
    merchant: Address
    cents: int
    at: datetime


class _Tally:
    """Claims, payments less refunds, and shops of one fund. Contradictions are the ledger's matter."""

    def __init__(self, fund: Address, events: Iterable[ChainEvent]) -> None:
        self.credits: list[Credit] = []
        self.payments: dict[bytes, _Payment] = {}
        self.shops: dict[Address, tuple[int, bool]] = {}
        self.refunds = 0
        for event in events:
            if event.address == fund:
                self._count(event)

    def _count(self, event: ChainEvent) -> None:
        given, at = event.arguments, from_unix(event.emitted_at)
        match event.name:
            case "Claimed":
                self.credits.append(Credit(given["account"], Amount(given["amount"]), at))
            case "Paid":
                self.payments[given["payment"]] = _Payment(given["account"], given["merchant"], given["amount"], at)
            case "Refunded":
                self.refunds += 1
                if made := self.payments.get(given["payment"]):
                    made.cents = max(0, made.cents - given["amount"])
            case "MerchantApproved":
                self.shops[given["merchant"]] = given["category"], True
            case "MerchantSuspended":
                self.shops[given["merchant"]] = self.category_of(given["merchant"]), False

    def category_of(self, merchant: Address) -> int:
        """Index of a shop's category; -1 for one that was never approved."""
        return self.shops.get(merchant, (_NO_CATEGORY, False))[0]

    @property
    def spending(self) -> list[Spending]:
        """What was spent, payment by payment."""
        return [Spending(made.account, Amount(made.cents), made.at) for made in self.payments.values()]


def public_books(
    subject: Subject,
    events: Sequence[ChainEvent],
    *,
    block: int,
    mined_at: int,
    sponsor: str,
    shop_names: Mapping[Address, str],
    read_at: datetime,
    entitled: int | None = None,
    cost: Amount | None = None,
) -> OpenBooks:
    """What the municipality may publish as of a block. Both sides of its checks are the events'.

    Args:
        events: all of registry, token and fund up to that block.
        mined_at: the block's time, unix seconds: the moment of the key figures.
        shop_names: the sponsor's list; a shop that it does not have goes by its account.
        entitled, cost: as ``budget_kpis`` takes them.
    Raises:
        BooksError: the events contradict themselves.
    """
    ledger, tally = ledger_from(events), _Tally(subject.fund, events)
    followed, rules = ledger.funds[subject.fund], subject.rules
    categories = {category.index: category for category in subject.rulebook.spending.categories}
    shops = [
        PublicShop(shop_names.get(shop, shop), categories[index])
        for shop, (index, is_approved) in tally.shops.items()
        if is_approved and index in categories
    ]
    spending = []
    for index, category in categories.items():
        within = [made for made in tally.payments.values() if tally.category_of(made.merchant) == index]
        total, accounts = sum(made.cents for made in within), spenders((made.account, made.cents) for made in within)
        spending.append(CategorySpending(category, Amount(total), len(within), accounts))
    return OpenBooks(
        sponsor=sponsor,
        rulebook=subject.rulebook,
        credential_type=subject.credential_type,
        rules=rules,
        chain_id=subject.chain_id,
        fund=subject.fund,
        block=block,
        read_at=read_at,
        books=ledger.books,
        funded=Amount(followed.funded),
        claims=len(tally.credits),
        claims_cap=rules.claims_per_validator * len(rules.validators),
        allotted=Amount(sum(credit.amount.cents for credit in tally.credits)),
        payments=len(tally.payments),
        refunds=tally.refunds,
        spent=Amount(sum(made.cents for made in tally.payments.values())),
        shops=tuple(sorted(shops, key=lambda shop: (shop.category.index, shop.name))),
        categories=protect_small_cells(spending),
        events=_recent(events),
        checks=checks_of(ledger, subject.fund),
        kpis=budget_kpis(
            tally.credits,
            tally.spending,
            as_of=from_unix(mined_at),
            entitled=entitled,
            cost=cost,
            zone=subject.zone,
        ),
        left=BudgetState.of(rules, followed.books),
    )


def checks_of(
    ledger: Ledger,
    fund: Address,
    *,
    deposits: Amount | None = None,
    settled: Amount | None = None,
    supply: Amount | None = None,
    held: Amount | None = None,
    books: FundBooks | None = None,
) -> tuple[Check, ...]:
    """The events' figures beside the contracts'; where a contract was not asked, beside themselves."""
    total, ours = ledger.books, ledger.funds[fund].books
    theirs = books or ours
    return (
        Check(Figure.DEPOSITS, total.deposits, total.deposits if deposits is None else deposits),
        Check(Figure.SETTLED, total.settled, total.settled if settled is None else settled),
        Check(Figure.SUPPLY, total.supply, total.supply if supply is None else supply),
        Check(Figure.HELD_BY_FUND, ours.total, ours.total if held is None else held),
        Check(Figure.UNALLOCATED, ours.unallocated, theirs.unallocated),
        Check(Figure.ACCOUNTS, ours.accounts, theirs.accounts),
        Check(Figure.MERCHANTS, ours.merchants, theirs.merchants),
    )


def kpis_of(
    fund: Address,
    events: Sequence[ChainEvent],
    as_of: datetime,
    *,
    entitled: int | None,
    cost: Amount | None,
    zone: tzinfo = UTC,
) -> tuple[KpiValue, ...]:
    """The fund's key figures; the arguments as ``budget_kpis`` takes them."""
    tally = _Tally(fund, events)
    return budget_kpis(tally.credits, tally.spending, as_of=as_of, entitled=entitled, cost=cost, zone=zone)


def spending_of(subject: Subject, events: Sequence[ChainEvent]) -> dict[str, tuple[Shown, ...]]:
    """Payments less refunds, by category, by shop and by month, with small cells put together."""
    tally = _Tally(subject.fund, events)
    categories = {category.index: category.id for category in subject.rulebook.spending.categories}

    cells = Cells.of((made, made.account, made.cents) for made in tally.payments.values())
    return {
        "category": cells.by(lambda made: categories.get(tally.category_of(made.merchant), "unknown")),
        "shop": cells.by(lambda made: made.merchant),
        "month": cells.by(lambda made: made.at.astimezone(subject.zone).strftime("%Y-%m")),
    }


def _recent(events: Sequence[ChainEvent]) -> tuple[PublicEvent, ...]:
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
