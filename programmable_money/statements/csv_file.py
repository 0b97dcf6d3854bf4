# SPDX-License-Identifier: EUPL-1.2
"""A statement as CSV, for a shop's bookkeeping: one line for each thing that happened, and the balance after it.

Invariant: no value can be read as a formula by a spreadsheet: times, fixed words, amounts, and texts whose first
character is a letter or a digit.
"""

import csv
import io
from typing import Final

from programmable_money.statements.model import ShopStatement

__all__ = ["COLUMNS", "to_csv"]

COLUMNS: Final = ("at", "kind", "amount", "reference", "till", "owed_after")


def to_csv(statement: ShopStatement) -> str:
    """The file's text: the columns in English, amounts as 12.50, times with their offset."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    owed = statement.opening
    writer.writerow([statement.period.starts_at.isoformat(), "opening", "0.00", "", "", owed.decimal])
    for line in statement.lines:
        owed += line.amount
        at = line.at.isoformat(timespec="seconds")
        writer.writerow([at, line.kind.value, line.amount.decimal, _plain(line.reference), line.label, owed.decimal])
    return out.getvalue()


def _plain(text: str) -> str:
    return text if text[:1].isalnum() else f"'{text}"
