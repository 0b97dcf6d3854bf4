# SPDX-License-Identifier: EUPL-1.2
"""Pages from open books: text in, HTML out, in the house's page shell.

Times are shown in the rulebook's time zone, amounts and numbers as the language writes them.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from edge.language import Language
from edge.web.shell import PageShell
from edge.web.writing import write_day, write_moment, write_month, write_number
from programmable_money.kpi import Kpi, KpiValue
from programmable_money.model import Amount, from_unix
from programmable_money.open_books import SMALL_CELL, SOURCES, FundDetails, OpenBooks, PassDetails
from ssi.rulebook.claim_rules import ClaimRules

__all__ = ["Page", "Pages"]

_MONEY: Final = frozenset({Kpi.SPENT, Kpi.SPENT_WITHIN_THREE_MONTHS})
_QUARTERS: Final = 4
_PER_CENT: Final = 10
_OFFER: Final[Mapping[Language, str]] = {Language.NL: "Aanbieding", Language.EN: "Offer"}
_AND: Final[Mapping[Language, str]] = {Language.NL: "en", Language.EN: "and"}


class Page(StrEnum):
    """The pages that a visitor can open; the value is the template's name."""

    BOOKS = "books"
    RULES = "rules"
    VISIBLE = "visible"

    @property
    def path(self) -> str:
        """Where it is."""
        return "/" if self is Page.BOOKS else f"/{self.value}"


class Pages:
    """All pages in all languages.

    Args:
        is_example: whether the programme is made up, which every page then says.
    Attributes:
        shell: the page shell that they stand in.
    """

    def __init__(self, *, is_example: bool = False) -> None:
        self.shell: Final = PageShell(__package__, pages=tuple(Page), page=None, is_example=is_example)

    def show(self, page: Page, books: OpenBooks, language: Language) -> str:
        """One page as HTML."""
        zone, rules = ZoneInfo(books.rulebook.period.time_zone), books.details.rules
        writer = _Writer(books, language)
        values: dict[str, Any] = {
            "page": page,
            "books": books,
            "kind": books.rulebook.kind.value,
            "counts": books.counts,
            "details": books.details,
            "rules": rules,
            "rulebook": books.rulebook,
            "small_cell": SMALL_CELL,
            "opens_on": write_day(from_unix(rules.opens_at).astimezone(zone), language),
            "ends_on": write_day(from_unix(rules.closes_at - 1).astimezone(zone), language),
            "day": lambda moment: write_day(moment.astimezone(zone), language),
            "last_day": lambda moment: write_day(from_unix(int(moment.timestamp()) - 1).astimezone(zone), language),
            "moment": lambda moment: write_moment(moment.astimezone(zone), language),
            "until": write_day(from_unix(_claims_until(books) - 1).astimezone(zone), language),
            "months": lambda numbers: writer.listed([write_month(number, language) for number in numbers]),
            "and_list": lambda items: writer.listed([language.of(item.title).lower() for item in items]),
            "source": SOURCES[books.rulebook.kind],
            "claim_title": writer.claim_title,
            "offer_title": writer.offer_title,
            "titles": writer.titles,
            "value_of": writer.value_of,
            "share_of": writer.share_of,
            "where": _where(books),
            "euro": writer.euro,
            "cents": Amount,
        }
        return self.shell.render(f"{page.value}.html", language, **values)


class _Writer:
    """Names and figures of one programme as a language writes them."""

    def __init__(self, books: OpenBooks, language: Language) -> None:
        self._language = language
        self._types = {(known.name, known.version): known for known in books.types}
        self._categories = {category.id: category.title for category in books.rulebook.spending.categories}
        details = books.details
        self._offers = {each.number: each for each in details.offers} if isinstance(details, PassDetails) else {}

    def euro(self, amount: Amount) -> str:
        """An amount that is not broken over two lines."""
        return amount.format(self._language).replace(" ", "\N{NO-BREAK SPACE}")

    def listed(self, words: Sequence[str]) -> str:
        """Words with commas between, and "and" before the last one."""
        *first, last = words
        return f"{', '.join(first)} {_AND[self._language]} {last}" if first else last

    def claim_title(self, rules: ClaimRules, name: str) -> str:
        """What a credential calls a claim of it."""
        known = self._types[rules.type_name, rules.type_version]
        return self._language.of(known.claims[known.position(name)].title)

    def offer_title(self, number: int) -> str:
        """An offer's title where its text is there, and otherwise its number."""
        offer = self._offers.get(number)
        if offer is None or offer.title is None:
            return f"{_OFFER[self._language]} {number}"
        return self._language.of(offer.title)

    def titles(self, by: str, keys: tuple[str, ...]) -> list[str]:
        """What the keys of a line of spending are called."""
        if by == "month":
            return [f"{write_month(int(key[5:]), self._language)} {key[:4]}" for key in keys]
        if by == "offer":
            return [self.offer_title(int(key)) for key in keys]
        return [self._language.of(self._categories[key]) if key in self._categories else key for key in keys]

    def value_of(self, kpi: KpiValue) -> str | None:
        """A key figure; None where it is held back."""
        if kpi.value is None:
            return None
        if kpi.kpi is Kpi.COST_PER_EURO:
            return None if kpi.per_mille is None else self.euro(Amount(kpi.per_mille // 10))
        if kpi.kpi in _MONEY:
            return self.euro(Amount(kpi.value))
        if kpi.kpi is Kpi.HOURS:
            hours, quarters = divmod(kpi.value, _QUARTERS)
            rest = f"{'.' if self._language is Language.EN else ','}{quarters * 25:02}" if quarters else ""
            return f"{write_number(hours, self._language)}{rest}"
        return write_number(kpi.value, self._language)

    def share_of(self, kpi: KpiValue) -> str:
        """What part of its whole it is, in percents; nothing where it is a part of nothing."""
        if kpi.per_mille is None or kpi.kpi is Kpi.COST_PER_EURO:
            return ""
        whole, rest = divmod(kpi.per_mille, _PER_CENT)
        return f"{whole}{'.' if self._language is Language.EN else ','}{rest}%"


def _claims_until(books: OpenBooks) -> int:
    """The first second without claims or activations; of tasks, the end."""
    details = books.details
    if isinstance(details, FundDetails):
        return details.rules.claims_until
    return details.rules.activate_until if isinstance(details, PassDetails) else details.rules.closes_at


def _where(books: OpenBooks) -> tuple[Mapping[str, Any], ...]:
    """Where the money that ever came in is now: name, amount, and x and width in thousandths for the drawing."""
    parts = {
        "settled": books.books.settled,
        "merchants": books.books.merchants,
        "accounts": books.books.accounts,
        "unallocated": books.books.unallocated,
        "outside": books.books.outside,
    }
    if isinstance(books.details, PassDetails):
        del parts["accounts"]  # a pass holds no money of anybody's
    if not books.books.outside:
        del parts["outside"]
    total, before, drawn = max(1, books.books.deposits.cents), 0, []
    for name, amount in parts.items():
        start, end = 1000 * before // total, 1000 * (before + amount.cents) // total
        drawn.append({"name": name, "amount": amount, "start": start, "width": end - start})
        before += amount.cents
    return tuple(drawn)
