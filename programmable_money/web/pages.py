# SPDX-License-Identifier: EUPL-1.2
"""Pages from open books: text in, HTML out. Everything that is put into a template is escaped.

Times are shown in the rulebook's time zone, amounts and numbers as the language writes them.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from importlib.resources import files
from types import SimpleNamespace
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from programmable_money.model import Amount, Language, from_unix
from programmable_money.open_books import SMALL_CELL, OpenBooks
from ssi.credential.document import Wording

__all__ = ["Page", "Pages", "style_sheet"]

_MONTHS: Final[Mapping[Language, str]] = {
    Language.NL: "januari februari maart april mei juni juli augustus september oktober november december",
    Language.EN: "January February March April May June July August September October November December",
}
_PROBLEMS: Final = {404: "not_found", 405: "not_allowed", 503: "unavailable"}
"""How the texts call an error; all others are ``failed``."""


class Page(StrEnum):
    """The pages that a visitor can open; the value is the template's name."""

    BOOKS = "books"
    RULES = "rules"
    VISIBLE = "visible"

    @property
    def path(self) -> str:
        """Where it is."""
        return "/" if self is Page.BOOKS else f"/{self.value}"


def style_sheet() -> bytes:
    """The one style sheet, UTF-8."""
    return files(__package__).joinpath("style.css").read_bytes()


class Pages:
    """All pages in all languages; templates and texts are read once."""

    def __init__(self) -> None:
        texts: dict[str, dict[str, str]] = json.loads(files(__package__).joinpath("texts.json").read_bytes())
        self._texts = {
            language: SimpleNamespace(**{key: wording[language.value] for key, wording in texts.items()})
            for language in Language
        }
        self._environment = Environment(
            loader=PackageLoader(__package__),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def show(self, page: Page, books: OpenBooks, language: Language) -> str:
        """One page as HTML."""
        texts = self._texts[language]
        zone = ZoneInfo(books.rulebook.period.time_zone)
        return self._render(
            f"{page.value}.html",
            language,
            page=page,
            books=books,
            rules=books.rules,
            rulebook=books.rulebook,
            small_cell=SMALL_CELL,
            opens_on=_day(from_unix(books.rules.opens_at).astimezone(zone), language),
            ends_on=_day(from_unix(books.rules.closes_at - 1).astimezone(zone), language),
            day=lambda moment: _day(moment.astimezone(zone), language),
            moment=lambda moment: _moment(moment.astimezone(zone), language),
            claim_title=lambda name: _claim_title(books, name, language),
            where=_where(books),
            each=getattr(texts, f"much_each_{books.rulebook.allotment.per}", texts.much_each),
        )

    def problem(self, status: int, language: Language) -> str:
        """A page that says in words what went wrong."""
        return self._render("problem.html", language, page=None, status=status, problem=_PROBLEMS.get(status, "failed"))

    def problem_title(self, status: int, language: Language) -> str:
        """What went wrong, in a line."""
        return str(getattr(self._texts[language], f"problem_{_PROBLEMS.get(status, 'failed')}"))

    def _render(self, template: str, language: Language, **values: Any) -> str:
        return self._environment.get_template(template).render(
            language=language.value,
            languages=tuple(other.value for other in Language),
            t=self._texts[language],
            pages=tuple(Page),
            euro=lambda amount: amount.format(language).replace(" ", "\N{NO-BREAK SPACE}"),
            number=lambda number: _number(number, language),
            say=lambda wording: _say(wording, language),
            text=lambda name: getattr(self._texts[language], name),
            cents=Amount,
            **values,
        )


def _say(wording: Wording, language: Language) -> str:
    return wording.nl if language is Language.NL else wording.en


def _number(number: int, language: Language) -> str:
    return f"{number:,}".replace(",", "." if language is Language.NL else ",")


def _day(moment: datetime, language: Language) -> str:
    return f"{moment.day} {_MONTHS[language].split()[moment.month - 1]} {moment.year}"


def _moment(moment: datetime, language: Language) -> str:
    return f"{_day(moment, language)}, {moment:%H:%M}"


def _claim_title(books: OpenBooks, name: str, language: Language) -> str:
    position = books.credential_type.position(name)
    return _say(books.credential_type.claims[position].title, language)


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
