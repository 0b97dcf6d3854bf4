# SPDX-License-Identifier: EUPL-1.2
"""Pages from open books: text in, HTML out, in the house's page shell.

Times are shown in the rulebook's time zone, amounts and numbers as the language writes them.
"""

from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from edge.language import Language
from edge.web.shell import PageShell
from edge.web.writing import write_day, write_moment
from programmable_money.model import Amount, from_unix
from programmable_money.open_books import SMALL_CELL, OpenBooks

__all__ = ["Page", "Pages"]


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

    Attributes:
        shell: the page shell that they stand in.
    """

    def __init__(self) -> None:
        self.shell: Final = PageShell(__package__, pages=tuple(Page), page=None)

    def show(self, page: Page, books: OpenBooks, language: Language) -> str:
        """One page as HTML."""
        zone = ZoneInfo(books.rulebook.period.time_zone)
        values: dict[str, Any] = {
            "page": page,
            "books": books,
            "rules": books.rules,
            "rulebook": books.rulebook,
            "small_cell": SMALL_CELL,
            "opens_on": write_day(from_unix(books.rules.opens_at).astimezone(zone), language),
            "ends_on": write_day(from_unix(books.rules.closes_at - 1).astimezone(zone), language),
            "day": lambda moment: write_day(moment.astimezone(zone), language),
            "moment": lambda moment: write_moment(moment.astimezone(zone), language),
            "claim_title": lambda name: _claim_title(books, name, language),
            "where": _where(books),
            "euro": lambda amount: amount.format(language).replace(" ", "\N{NO-BREAK SPACE}"),
            "cents": Amount,
        }
        return self.shell.render(f"{page.value}.html", language, **values)


def _claim_title(books: OpenBooks, name: str, language: Language) -> str:
    position = books.credential_type.position(name)
    return language.of(books.credential_type.claims[position].title)


def _where(books: OpenBooks) -> tuple[dict[str, Any], ...]:
    """Where the money that ever came in is now: name, amount, and x and width in thousandths for the drawing."""
    parts = {
        "settled": books.books.settled,
        "merchants": books.books.merchants,
        "accounts": books.books.accounts,
        "unallocated": books.budget,
    }
    total, before, drawn = max(1, books.books.deposits.cents), 0, []
    for name, amount in parts.items():
        start, end = 1000 * before // total, 1000 * (before + amount.cents) // total
        drawn.append({"name": name, "amount": amount, "start": start, "width": end - start})
        before += amount.cents
    return tuple(drawn)
