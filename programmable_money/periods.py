# SPDX-License-Identifier: EUPL-1.2
"""From one period to the next: a new fund beside the running one, with its shops and keys, and what is left over.

A period is a fund of its own, so a person's claims in two periods have different scopes, pseudonyms and accounts, and
nothing on the chain links them. What is unspent never moves from fund to fund: ``close`` returns it to the sponsor, who
may pay it into the next one.

Invariants:

- The next period is later than the fund's own. Its rules are its own rulebook's, which may be a new version or, after a
  merger, the successor's.
- A shop takes part again in the category of the same id; one whose category the new rulebook does not have is left out,
  and named.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from programmable_money.fund import Fund
from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent, MoneyError
from programmable_money.service import Municipality, Opening
from ssi.rulebook.model import Rulebook

__all__ = ["NextPeriod", "PeriodError", "approved_shops", "carry_over", "open_next_period"]


class PeriodError(MoneyError):
    """A fund is no next period of another one."""


@dataclass(frozen=True, slots=True)
class NextPeriod:
    """A fund that follows another one.

    Attributes:
        shops: how many shops take part again.
        left_out: shops whose category the new rulebook does not have.
        keys: validators' keys with which claims are possible.
    """

    fund: Fund
    shops: int
    left_out: tuple[Address, ...]
    keys: tuple[bytes, ...]


def open_next_period(
    municipality: Municipality,
    fund: Fund,
    opening: Opening,
    *,
    former: Rulebook,
    opened_at: Callable[[Address], None] = lambda _: None,
) -> NextPeriod:
    """Open the fund of a later period while this one goes on; its claims begin when its period does.

    Args:
        fund: the running one; nothing in it changes.
        opening: of the next one.
        former: the rulebook of the running one, for what its categories are called.
        opened_at: told of the new fund's address as soon as it is there. Should its shops not all be approved, because
            fees run out say, the rest is done by hand, and no second fund is needed.
    Raises:
        PeriodError: the period is not later, or ``former`` is not the fund's rulebook.
        MoneyError, SsiError: as ``Municipality.open_fund``.
    """
    rules = fund.rules()
    if former.hash != rules.rulebook_hash:
        raise PeriodError("the rulebook is not the one that the running fund was opened with")
    if opening.period <= rules.period:
        raise PeriodError(f"the next period must be later than {rules.period}")
    events = municipality.events([fund])
    opened = municipality.open_fund(opening)
    opened_at(opened.address)
    names = {category.index: category.id for category in former.spending.categories}
    known = {category.id: category.index for category in opening.rulebook.spending.categories}
    shops, left_out = dict[Address, int](), list[Address]()
    for shop, category in approved_shops(events, fund.address).items():
        if (name := names.get(category)) in known:
            shops[shop] = known[name]
        else:
            left_out.append(shop)
    municipality.approve_merchants(opened, shops)
    keys = tuple(_keys(municipality, events, fund, opening))
    for key in keys:
        opened.accept(key, sender=municipality.officers.sponsor)
    return NextPeriod(opened, len(shops), tuple(left_out), keys)


def carry_over(municipality: Municipality, fund: Fund, following: Fund) -> Amount:
    """Close a fund after its end and pay what came back into the one that follows; how much that was.

    In between, the euros are the sponsor's, outside funds. Shops of the old fund are still settled afterwards.

    Raises:
        PeriodError: the other fund is no later period of this municipality's, or it is closed.
        RefusedError: ``outside_period`` while the old one runs, ``closed`` when it is closed already.
    """
    ours, theirs = fund.rules(), following.rules()
    if theirs.period <= ours.period or following.euro().contract != municipality.euro.contract:
        raise PeriodError("what is left goes into a later period of the same municipality")
    if following.sponsor() != Address(municipality.officers.sponsor.address):
        raise PeriodError("the fund that follows is another sponsor's")
    if following.books().is_closed or municipality.chain.now() >= theirs.closes_at:
        raise PeriodError("the fund that follows is over")
    returned = municipality.close_fund(fund)
    if returned:
        municipality.top_up(following, returned)
    return returned


def approved_shops(events: Iterable[ChainEvent], fund: Address) -> dict[Address, int]:
    """The shops that take part in a fund now, with the index of their category, in the order they joined."""
    shops: dict[Address, int] = {}
    for event in events:
        if event.address == fund and event.name == "MerchantApproved":
            shops[event.arguments["merchant"]] = event.arguments["category"]
        elif event.address == fund and event.name == "MerchantSuspended":
            shops.pop(event.arguments["merchant"], None)
    return shops


def _keys(municipality: Municipality, events: Iterable[ChainEvent], fund: Fund, opening: Opening) -> Iterable[bytes]:
    """The running fund's keys that count now and for the next one."""
    for event in events:
        if event.address == fund.address and event.name == "Accepted":
            key = municipality.registry.key(event.arguments["keyId"])
            fits = key.type_id == opening.credential_type.type_id and key.validator in opening.validators
            if fits and municipality.registry.is_valid(key.key_id):
                yield key.key_id
