# SPDX-License-Identifier: EUPL-1.2
"""The letters: one page for each person, with a QR code and a PIN, in simple Dutch or English.

The QR code stands beside the steps, the PIN in a box at the foot, below the second fold, so that one photograph or one
glance seldom has both. Or the PIN comes by a letter of its own.

Invariants:
    * Everything in a letter can be selected, searched and read aloud; headings, paragraphs and the QR code are tagged.
    * Names print right, or the letters are refused (``UnprintableError``).
    * Only what is in ``Letter`` and ``Sender`` is printed.
"""

import json
import tempfile
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from edge import fonts
from edge.language import Language
from issuer.activation.errors import UnprintableError
from issuer.activation.paper import QR_SIZE, WIDTH, Paper
from issuer.activation.posting import Letter, Letters
from issuer.activation.service import ActivationService
from issuer.activation.settings import Sender
from ssi.credential.document import Wording

__all__ = ["LetterPress"]

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = json.loads(
    (files("issuer.activation") / "letter_texts.json").read_text("utf-8")
)
_ZONE: Final = ZoneInfo("Europe/Amsterdam")
_MONTHS: Final = {
    Language.NL: (
        *("januari", "februari", "maart", "april", "mei", "juni"),
        *("juli", "augustus", "september", "oktober", "november", "december"),
    ),
    Language.EN: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_COLUMN: Final = WIDTH - QR_SIZE - 6.0
"""Width of the text beside the QR code, millimetres."""


_LONGEST_GREETED: Final = 60
"""A longer name stands in the address only, so that the letter stays one page."""


@dataclass(frozen=True, slots=True)
class LetterPress:
    """Prints letters.

    Args:
        service: makes the link for the QR code.
        sender: whose letter it is, and whom to call.
        titles: what the credential types are called, by name.
        is_pin_apart: whether the PIN goes by a letter of its own.
        is_by_value: whether the QR code holds the whole offer, for wallets that cannot fetch one.
    """

    service: ActivationService
    sender: Sender
    titles: Mapping[str, Wording]
    is_pin_apart: bool = False
    is_by_value: bool = False

    def print(self, letters: Sequence[Letter]) -> Letters:
        """One PDF with all letters, and one with all PINs that go apart; in the order of ``letters``.

        Raises:
            UnprintableError: a name or an address has a character that the font does not have.
        """
        for index, letter in enumerate(letters):
            if not (fonts.is_printable(letter.name) and fonts.is_printable(letter.address)):
                raise UnprintableError(index)
        whole = [letter for letter in letters if letter.reference is not None]
        pins = letters if self.is_pin_apart else [letter for letter in letters if letter.reference is None]
        return Letters(
            self._file("subject", whole, self._letter) if whole else None,
            self._file("pin_subject", pins, self._pin_letter) if pins else None,
        )

    def _file(self, title: str, letters: Sequence[Letter], draw: Callable[[Paper, Letter], None]) -> bytes:
        language = letters[0].language
        with tempfile.TemporaryDirectory(prefix="stuiver-fonts-") as folder:
            cuts = fonts.cut(self._printed(letters), Path(folder))
            paper = Paper(cuts, language, _TEXTS[title][language], self.sender.name)
            for letter in letters:
                lines = [_normal(letter.name), *(part.strip() for part in _normal(letter.address).split(","))]
                paper.page(self.sender.name, self.sender.return_address, [line for line in lines if line])
                draw(paper, letter)
            return paper.octets()

    def _letter(self, paper: Paper, letter: Letter) -> None:
        say = _Say(letter.language, self._values(letter))
        paper.heading(say("subject"), size=15, level=1)
        for text in (_greeting(letter), "intro", "credentials"):
            paper.paragraph(say(text))
        paper.heading(say("what_to_do"))
        top = paper.y
        for text in ("step_wallet", "step_scan", "step_pin_apart" if self.is_pin_apart else "step_pin", "step_accept"):
            paper.paragraph(say(text), width=_COLUMN)
        paper.paragraph(say("until"), width=_COLUMN, style="B")
        below = paper.qr(self._link(letter), top=top, label=say("qr_label"), alt=say("qr_alt"))
        paper.y = max(paper.y, below)
        self._foot(paper, say, ("wrong_pin", "lost", "nobody", "paper"))
        if not self.is_pin_apart:
            paper.pin(say("pin_label"), letter.pin)

    def _pin_letter(self, paper: Paper, letter: Letter) -> None:
        say = _Say(letter.language, self._values(letter))
        paper.heading(say("pin_subject"), size=15, level=1)
        for text in (_greeting(letter), "pin_intro"):
            paper.paragraph(say(text))
        self._foot(paper, say, ("wrong_pin", "lost", "nobody"))
        paper.pin(say("pin_label"), letter.pin)

    def _foot(self, paper: Paper, say: "_Say", texts: Sequence[str]) -> None:
        paper.heading(say("trouble"))
        for text in texts:
            paper.paragraph(say(text))
        paper.heading(say("questions"))
        paper.paragraph(say("call"))

    def _link(self, letter: Letter) -> str:
        reference = letter.reference
        if reference is None:
            raise ValueError("a letter with a QR code has a reference")
        if self.is_by_value:
            return self.service.offer_link_by_value(reference, letter.language, letter.credentials)
        return self.service.offer_link(reference)

    def _values(self, letter: Letter) -> dict[str, str]:
        language = letter.language
        day = (letter.expires_at.astimezone(_ZONE) - timedelta(days=1)).date()  # the last day that is whole
        return {
            "name": _normal(letter.name),
            "credentials": ", ".join(language.of(self.titles[name]) for name in letter.credentials),
            "day": f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}",
            "phone": self.sender.phone,
            "hours": language.of(self.sender.hours),
            "website": self.sender.website,
        }

    def _printed(self, letters: Sequence[Letter]) -> list[str]:
        """Every text that the letters may have."""
        sender = self.sender
        texts = [text for wording in _TEXTS.values() for text in wording.values()]
        texts += [month for months in _MONTHS.values() for month in months]
        texts += [sender.name, sender.return_address, sender.phone, sender.website, sender.hours.nl, sender.hours.en]
        texts += [language.of(title) for title in self.titles.values() for language in Language]
        texts += [_normal(text) for letter in letters for text in (letter.name, letter.address)]
        return [*texts, "0123456789"]


@dataclass(frozen=True, slots=True)
class _Say:
    """The texts in one language, with the values of one letter."""

    language: Language
    values: Mapping[str, str]

    def __call__(self, key: str) -> str:
        return _TEXTS[key][self.language].format_map(self.values)


def _greeting(letter: Letter) -> str:
    return "greeting" if len(letter.name) <= _LONGEST_GREETED else "greeting_without_name"


def _normal(text: str) -> str:
    """With one character for each letter with its accents, where there is one."""
    return unicodedata.normalize("NFC", text)
