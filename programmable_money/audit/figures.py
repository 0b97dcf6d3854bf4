# SPDX-License-Identifier: EUPL-1.2
"""The public figures of one programme as of one block, from its events and nothing else. Pure.

The municipality's pages and an auditor's comparison are made by the same definitions, so a difference is one of facts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from programmable_money.audit.subjects import Names, Subject, Told
from programmable_money.books import Ledger, ledger_from
from programmable_money.kpi.figures import Figures
from programmable_money.kpi.payments import Shops
from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent, FundBooks, MoneyError, from_unix
from programmable_money.open_books import Check, EventKind, Figure, OpenBooks, PublicEvent, PublicShop

__all__ = ["FiguresError", "checks_of", "public_books"]

_RECENT: Final = 15
_BY_SHOP: Final = "shop"
"""Is not published: a shop is named by its account, and its turnover is its own to tell."""
_OPENED: Final = frozenset({("Fund", "Opened"), ("Pass", "PassOpened"), ("TaskBoard", "BoardOpened")})
_BUDGETS: Final = frozenset({"Fund", "Pass", "Purse"})
_OF_BUDGETS: Final[Mapping[str, EventKind]] = {
    "Funded": EventKind.FUNDED,
    "MerchantApproved": EventKind.SHOP_APPROVED,
    "MerchantSuspended": EventKind.SHOP_SUSPENDED,
    "Paid": EventKind.PAID,
    "Refunded": EventKind.REFUNDED,
    "Paused": EventKind.PAUSED,
    "Unpaused": EventKind.UNPAUSED,
    "HandedOver": EventKind.HANDED_OVER,
    "Closed": EventKind.CLOSED,
}
_KINDS: Final[Mapping[tuple[str, str], EventKind]] = {
    **dict.fromkeys(_OPENED, EventKind.OPENED),
    **{(contract, name): kind for contract in _BUDGETS for name, kind in _OF_BUDGETS.items()},
    ("MunicipalEuro", "Deposited"): EventKind.DEPOSITED,
    ("MunicipalEuro", "Settled"): EventKind.SETTLED,
    ("Fund", "Claimed"): EventKind.CLAIMED,
    ("Pass", "Activated"): EventKind.ACTIVATED,
    ("Pass", "OfferPublished"): EventKind.OFFER_PUBLISHED,
    ("Pass", "OfferWithdrawn"): EventKind.OFFER_WITHDRAWN,
    ("Pass", "OfferUsed"): EventKind.OFFER_USED,
    ("TaskBoard", "TaskPublished"): EventKind.TASK_PUBLISHED,
    ("TaskBoard", "TaskWithdrawn"): EventKind.TASK_WITHDRAWN,
    ("TaskBoard", "TaskChosen"): EventKind.TASK_CHOSEN,
    ("TaskBoard", "TaskReleased"): EventKind.TASK_RELEASED,
    ("TaskBoard", "TaskDone"): EventKind.TASK_DONE,
    ("TaskBoard", "TaskVerified"): EventKind.TASK_VERIFIED,
    ("TaskBoard", "TaskAppealed"): EventKind.TASK_APPEALED,
    ("TaskBoard", "TaskDecided"): EventKind.TASK_DECIDED,
    ("TaskBoard", "Collected"): EventKind.COLLECTED,
}
_MONEY: Final = ("amount", "returned", "sponsorPart")
"""Arguments of events that are what moved, in cents."""


class FiguresError(MoneyError):
    """There are no figures, because the events cannot be."""


def public_books(
    subject: Subject,
    events: Sequence[ChainEvent],
    *,
    block: int,
    mined_at: int,
    read_at: datetime,
    told: Told,
    names: Names,
) -> OpenBooks:
    """What the municipality may publish as of a block. Both sides of its checks are the events'.

    Args:
        events: all of registry, token and the programme's contracts up to that block, in the chain's order.
        mined_at: the block's time, unix seconds: the moment of the key figures.
    Raises:
        MoneyError: there is no event of the programme, or the events contradict themselves, each other or the rulebook.
    """
    try:
        return _books(subject, events, block, from_unix(mined_at), read_at, told, names)
    except (LookupError, ValueError) as error:
        raise FiguresError(f"the events of {subject.address} contradict themselves or its rulebook") from error


def _books(
    subject: Subject,
    events: Sequence[ChainEvent],
    block: int,
    mined_at: datetime,
    read_at: datetime,
    told: Told,
    names: Names,
) -> OpenBooks:
    ledger = ledger_from(events)
    followed = ledger.funds[subject.holder]
    figures = subject.figures(events, mined_at, told)
    categories = {category.index: category for category in subject.rulebook.spending.categories}
    found = Shops.of(events, subject.holder)
    shops = [PublicShop(names.shops.get(shop, shop), categories[found.category_of(shop)]) for shop in found.approved]
    public = {by: lines for by, lines in figures.spending.items() if by != _BY_SHOP}
    return OpenBooks(
        sponsor=names.sponsor,
        rulebook=subject.rulebook,
        types=subject.types,
        period=subject.rules.period,
        chain_id=subject.chain_id,
        address=subject.address,
        holder=subject.holder,
        block=block,
        read_at=read_at,
        books=ledger.books,
        funded=Amount(followed.funded),
        figures=Figures(figures.counts, public, figures.kpis),
        details=subject.details(events, followed, figures, names),
        shops=tuple(sorted(shops, key=lambda shop: (shop.category.index, shop.name))),
        events=_recent(events),
        checks=checks_of(ledger, subject.holder),
    )


def checks_of(
    ledger: Ledger,
    holder: Address,
    *,
    deposits: Amount | None = None,
    settled: Amount | None = None,
    supply: Amount | None = None,
    held: Amount | None = None,
    books: FundBooks | None = None,
) -> tuple[Check, ...]:
    """The events' figures beside the contracts'; where a contract was not asked, beside themselves."""
    total, ours = ledger.books, ledger.funds[holder].books
    theirs = books or ours
    return (
        Check(Figure.DEPOSITS, total.deposits, total.deposits if deposits is None else deposits),
        Check(Figure.SETTLED, total.settled, total.settled if settled is None else settled),
        Check(Figure.SUPPLY, total.supply, total.supply if supply is None else supply),
        Check(Figure.HELD_BY_PROGRAMME, ours.total, ours.total if held is None else held),
        Check(Figure.UNALLOCATED, ours.unallocated, theirs.unallocated),
        Check(Figure.ACCOUNTS, ours.accounts, theirs.accounts),
        Check(Figure.MERCHANTS, ours.merchants, theirs.merchants),
    )


def _recent(events: Sequence[ChainEvent]) -> tuple[PublicEvent, ...]:
    recent: list[PublicEvent] = []
    for event in reversed(events):
        kind = _KINDS.get((event.contract, event.name))
        if kind is not None:
            cents = next((event.arguments[name] for name in _MONEY if name in event.arguments), None)
            amount = None if cents is None else Amount(cents)
            recent.append(PublicEvent(kind, from_unix(event.emitted_at), event.block, amount))
        if len(recent) == _RECENT:
            break
    return tuple(recent)
