# SPDX-License-Identifier: EUPL-1.2
"""A statement as PDF: A4, one table, tagged headings, the same typeface as the validator's letters."""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from edge import fonts
from programmable_money.model import Language
from programmable_money.statements.model import ShopStatement
from programmable_money.statements.wording import KINDS, TEXTS

__all__ = ["to_pdf"]

_FAMILY: Final = "statement"
_MARGIN: Final = 20.0
_SIZE: Final = 9.5
_WIDTHS: Final = (34, 26, 40, 40, 30)


def to_pdf(statement: ShopStatement, language: Language) -> bytes:
    """The file.

    Raises:
        ValueError: the name or the programme has a character that the typeface does not have.
    """
    texts = TEXTS[language]
    shown = (statement.name, statement.programme)
    if not all(fonts.is_printable(text) for text in shown):
        raise ValueError("the shop's name or the programme's has a character that cannot be printed")
    with tempfile.TemporaryDirectory() as folder:
        pdf = FPDF(format="A4", unit="mm")
        for style, path in fonts.cut((*shown, "€"), Path(folder)).items():
            pdf.add_font(_FAMILY, style, path)
        pdf.set_margins(_MARGIN, _MARGIN)
        pdf.set_lang(language.value)
        pdf.set_title(f"{texts['title']}: {statement.name}, {statement.period}")
        pdf.add_page()
        _head(pdf, statement, language)
        _table(pdf, statement, language)
        out = BytesIO()
        pdf.output(out)
    return out.getvalue()


def _head(pdf: FPDF, statement: ShopStatement, language: Language) -> None:
    texts = TEXTS[language]
    _line(pdf, texts["title"], size=15, style="B")
    _line(pdf, statement.name, size=12, style="B")
    _line(pdf, statement.programme)
    _line(pdf, f"{texts['period']}: {statement.period}")
    _line(pdf, f"{texts['account']}: {statement.shop}")
    pdf.ln(4)


def _table(pdf: FPDF, statement: ShopStatement, language: Language) -> None:
    texts, kinds = TEXTS[language], KINDS[language]
    pdf.set_font(_FAMILY, "", _SIZE)
    with pdf.table(
        col_widths=_WIDTHS,
        text_align=("LEFT", "LEFT", "LEFT", "LEFT", "RIGHT"),
        headings_style=FontFace(emphasis="BOLD"),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        line_height=6,
    ) as table:
        table.row([texts[name] for name in ("when", "what", "reference", "till", "amount")])
        table.row([f"{statement.period.first}", texts["opening"], "", "", statement.opening.format(language)])
        for line in statement.lines:
            at = f"{line.at:%Y-%m-%d %H:%M}"
            table.row([at, kinds[line.kind], line.reference, line.label, line.amount.format(language)])
        table.row([f"{statement.period.last}", texts["closing"], "", "", statement.closing.format(language)])
    pdf.ln(4)
    if not statement.lines:
        _line(pdf, texts["nothing"])
    _line(pdf, texts["note"])


def _line(pdf: FPDF, text: str, *, size: float = _SIZE, style: str = "") -> None:
    pdf.set_font(_FAMILY, style, size)
    pdf.multi_cell(0, size * 0.55, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
