# SPDX-License-Identifier: EUPL-1.2
"""The yearly statement as text and as PDF: A4, one table, tagged headings, the typeface of the validator's letters."""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from edge import fonts
from holder.earning.book import StatementLine, YearlyStatement
from holder.earning.wording import TEXTS, hours
from holder.wording import Language, euros

__all__ = ["to_pdf", "to_text"]

_FAMILY: Final = "statement"
_MARGIN: Final = 20.0
_SIZE: Final = 9.5
_WIDTHS: Final = (28, 72, 20, 22, 28)
_COLUMNS: Final = ("day", "task", "hours", "rate", "amount")


def to_text(statement: YearlyStatement, language: Language) -> str:
    """The statement for a terminal or a mail."""
    texts = TEXTS[language]
    rows = [[texts[name] for name in _COLUMNS], *(_cells(line, language) for line in statement.lines)]
    for rate, seconds, cents in statement.by_rate():
        rows.append([texts["total"], "", hours(seconds, language), euros(rate, language), euros(cents, language)])
    widths = [max(len(row[at]) for row in rows) for at in range(len(_COLUMNS))]
    table = [_padded(row, widths) for row in rows] if statement.lines else [texts["nothing"]]
    return "\n".join(
        [
            f"{texts['title']} {statement.year}: {language.of(statement.programme)}",
            texts["made"],
            "",
            *table,
            "",
            *(f"{label}: {amount}" for label, amount in _sums(statement, language)),
            "",
            f"{texts['benefits']}: {language.of(statement.effect_on_benefits)}",
            "",
        ]
    )


def to_pdf(statement: YearlyStatement, language: Language) -> bytes:
    """The statement on paper.

    Raises:
        ValueError: a text has a character that the typeface does not have.
    """
    texts = TEXTS[language]
    shown = [language.of(statement.programme), language.of(statement.effect_on_benefits)]
    shown += [language.of(line.title) for line in statement.lines]
    if not all(fonts.is_printable(text) for text in shown):
        raise ValueError("a text of the statement has a character that cannot be printed")
    with tempfile.TemporaryDirectory() as folder:
        pdf = FPDF(format="A4", unit="mm")
        for style, path in fonts.cut((*shown, *texts.values(), "€"), Path(folder)).items():
            pdf.add_font(_FAMILY, style, path)
        pdf.set_margins(_MARGIN, _MARGIN)
        pdf.set_lang(language.value)
        pdf.set_title(f"{texts['title']} {statement.year}")
        pdf.add_page()
        _line(pdf, f"{texts['title']} {statement.year}", size=15, style="B")
        _line(pdf, language.of(statement.programme), size=12, style="B")
        _line(pdf, texts["made"])
        pdf.ln(4)
        _table(pdf, statement, language)
        for label, amount in _sums(statement, language):
            _line(pdf, f"{label}: {amount}")
        pdf.ln(4)
        _line(pdf, texts["benefits"], style="B")
        _line(pdf, language.of(statement.effect_on_benefits))
        out = BytesIO()
        pdf.output(out)
    return out.getvalue()


def _table(pdf: FPDF, statement: YearlyStatement, language: Language) -> None:
    texts = TEXTS[language]
    if not statement.lines:
        _line(pdf, texts["nothing"])
        return
    pdf.set_font(_FAMILY, "", _SIZE)
    with pdf.table(
        col_widths=_WIDTHS,
        text_align=("LEFT", "LEFT", "RIGHT", "RIGHT", "RIGHT"),
        headings_style=FontFace(emphasis="BOLD"),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        line_height=6,
    ) as table:
        table.row([texts[name] for name in _COLUMNS])
        for line in statement.lines:
            table.row(_cells(line, language))
        for rate, seconds, cents in statement.by_rate():
            amounts = hours(seconds, language), euros(rate, language), euros(cents, language)
            table.row([texts["total"], "", *amounts])
    pdf.ln(4)


def _sums(statement: YearlyStatement, language: Language) -> list[tuple[str, str]]:
    texts = TEXTS[language]
    return [
        (texts["total"], euros(statement.cents, language)),
        (texts["cap"], euros(statement.cap_cents, language)),
        (texts["left"], euros(statement.left_cents, language)),
    ]


def _cells(line: StatementLine, language: Language) -> list[str]:
    rate, amount = euros(line.cents_per_hour, language), euros(line.cents, language)
    return [f"{line.at:%Y-%m-%d}", language.of(line.title), hours(line.seconds, language), rate, amount]


def _padded(row: list[str], widths: list[int]) -> str:
    left = [f"{cell:<{width}}" for cell, width in zip(row[:2], widths[:2], strict=True)]
    right = [f"{cell:>{width}}" for cell, width in zip(row[2:], widths[2:], strict=True)]
    return "  ".join([*left, *right]).rstrip()


def _line(pdf: FPDF, text: str, *, size: float = _SIZE, style: str = "") -> None:
    pdf.set_font(_FAMILY, style, size)
    pdf.multi_cell(0, size * 0.55, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
