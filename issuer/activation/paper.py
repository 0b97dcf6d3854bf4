# SPDX-License-Identifier: EUPL-1.2
"""A4 pages for letters: paragraphs, headings, an address in the window, a QR code, a PIN. All of it tagged.

The address stands in the window that DIN 5008 form B and Dutch envelopes with the window at the left have in common:
from 45 mm below the upper edge, 20 mm from the left.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

import segno
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.prefs import ViewerPreferences

from edge.language import Language

__all__ = ["LEFT", "QR_SIZE", "WIDTH", "Paper"]

# millimetres
LEFT: Final = 20.0
WIDTH: Final = 170.0
QR_SIZE: Final = 50.0
_WINDOW_TOP: Final = 45.0
_WINDOW_WIDTH: Final = 85.0
_ADDRESS_TOP: Final = 53.0
_ADDRESS_LINE: Final = 5.2
_ADDRESS_LINES: Final = 6
_BODY_TOP: Final = 97.0
_FOLDS: Final = (105.0, 210.0)
_PIN_TOP: Final = 266.0
_PIN_HEIGHT: Final = 20.0
_QR_QUIET: Final = 4
_LINE: Final = 4.8
_GAP: Final = 1.6
_SIZE: Final = 10.5
_FAMILY: Final = "letter"


class Paper:
    """A PDF that grows by one page for each letter.

    Args:
        cuts: font files by style, as ``fonts.cut`` makes them.
        language: of the document, for who has it read aloud.
        title: of the document.
        author: who sends it.
    """

    def __init__(self, cuts: Mapping[str, Path], language: Language, title: str, author: str) -> None:
        pdf = FPDF(format="A4", unit="mm")
        for style, path in cuts.items():
            pdf.add_font(_FAMILY, style, path)
        pdf.set_auto_page_break(False)
        pdf.set_margins(LEFT, 0, 210.0 - LEFT - WIDTH)
        pdf.set_lang(language.value)
        pdf.set_title(title)
        pdf.set_author(author)
        pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
        pdf.c_margin = 0
        self._pdf = pdf

    @property
    def y(self) -> float:
        """Where the next paragraph begins, millimetres from the upper edge."""
        return float(self._pdf.y)

    @y.setter
    def y(self, value: float) -> None:
        self._pdf.set_y(value)

    def page(self, sender: str, return_address: str, lines: Sequence[str]) -> None:
        """A fresh page with its head: the sender, the address in the window, the marks for folding.

        Args:
            lines: the name and the address. What does not fit in the window's six lines goes on the last one.
        """
        pdf = self._pdf
        pdf.add_page()
        with self._tagged("P"):
            self._text(LEFT, 20.0, sender, 15, "B")
        with self._tagged("P"):
            self._text(LEFT, _WINDOW_TOP + 1.5, return_address, 7)
        shown = list(lines[:_ADDRESS_LINES])
        if len(lines) > _ADDRESS_LINES:
            shown[-1] = ", ".join(lines[_ADDRESS_LINES - 1 :])
        with self._tagged("P"):
            for number, line in enumerate(shown):
                self._fitted(LEFT, _ADDRESS_TOP + number * _ADDRESS_LINE, line, _SIZE, _WINDOW_WIDTH)
        pdf.set_draw_color(150)
        for fold in _FOLDS:
            pdf.line(4, fold, 8, fold)
        pdf.set_y(_BODY_TOP)

    def heading(self, text: str, *, size: float = 11.5, level: int = 2) -> None:
        """A heading of the first or second level, in points."""
        self._pdf.set_y(self.y + _GAP / 2)
        self._flow(f"H{level}", text, size, "B", WIDTH, size * 0.46)

    def paragraph(self, text: str, *, width: float = WIDTH, style: str = "") -> None:
        """A paragraph below what was printed last."""
        self._flow("P", text, _SIZE, style, width, _LINE)

    def qr(self, content: str, *, top: float, label: str, alt: str) -> float:
        """A QR code at the right edge, with a label below it; can be clicked. Gives where it ends.

        Args:
            content: a link.
            top: where it begins.
            label: what to do with it.
            alt: what it is, for who does not see it.
        """
        matrix = segno.make(content, error="m", micro=False).matrix
        module = QR_SIZE / (len(matrix) + 2 * _QR_QUIET)
        left = LEFT + WIDTH - QR_SIZE
        pdf = self._pdf
        with self._tagged("Figure", alt):
            pdf.set_fill_color(0)
            for row, cells in enumerate(matrix):
                for start, length in _runs(cells):
                    pdf.rect(
                        left + (_QR_QUIET + start) * module,
                        top + (_QR_QUIET + row) * module,
                        length * module,
                        module,
                        style="F",
                    )
        pdf.link(left, top, QR_SIZE, QR_SIZE, content)
        with self._tagged("P"):
            self._fitted(left, top + QR_SIZE - 1, label, 8.5, QR_SIZE, centre=True)
        return top + QR_SIZE + _LINE

    def pin(self, label: str, pin: str) -> None:
        """The PIN in a box at the foot, below the second fold."""
        if self.y > _PIN_TOP:
            raise RuntimeError("the letter's text is longer than its page")
        pdf = self._pdf
        pdf.set_draw_color(0)
        pdf.rect(LEFT, _PIN_TOP, WIDTH, _PIN_HEIGHT)
        with self._tagged("P"):
            self._text(LEFT + 6, _PIN_TOP + 6.5, label, 13, "B")
            pdf.set_char_spacing(8)
            self._text(LEFT + 70, _PIN_TOP + 4.5, pin, 24, "B")
            pdf.set_char_spacing(0)

    def octets(self) -> bytes:
        """The file."""
        out = BytesIO()
        self._pdf.output(out)
        return out.getvalue()

    def _flow(self, kind: str, text: str, size: float, style: str, width: float, line: float) -> None:
        pdf = self._pdf
        pdf.set_font(_FAMILY, style, size)
        with self._tagged(kind):
            pdf.multi_cell(width, line, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        pdf.set_y(self.y + _GAP)

    def _text(self, left: float, top: float, text: str, size: float, style: str = "") -> None:
        self._pdf.set_font(_FAMILY, style, size)
        self._pdf.set_xy(left, top)
        self._pdf.cell(text=text, h=size * 0.46)

    def _fitted(self, left: float, top: float, text: str, size: float, width: float, *, centre: bool = False) -> None:
        """One line, in smaller type where it would be wider than its place."""
        pdf = self._pdf
        pdf.set_font(_FAMILY, "", size)
        wide = pdf.get_string_width(text)
        if wide > width:
            size, wide = size * width / wide, width
        self._text(left + (width - wide) / 2 if centre else left, top, text, size)

    @contextmanager
    def _tagged(self, kind: str, alt: str | None = None) -> Iterator[None]:
        """What is printed inside becomes one element of the document's structure."""
        with self._pdf._marked_sequence(alt_text=alt) as element:
            element.s = f"/{kind}"
            yield


def _runs(cells: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where dark modules begin in a row, and how many stand side by side."""
    start = None
    for column, dark in enumerate([*cells, 0]):
        if dark and start is None:
            start = column
        elif not dark and start is not None:
            yield start, column - start
            start = None
