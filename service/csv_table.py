"""Tables as CSV for spreadsheets: how cells are parted and numbers written, and never a formula.

A spreadsheet reads a file as its country writes numbers: where the decimal sign is a comma (Germany, France, Spain and
most of Europe) it parts cells at semicolons, and takes 58.2 for text or a day.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

Cell = str | float | date | None
"""What stands in a cell; None: empty."""
BYTE_ORDER_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


class Separator(StrEnum):
    """What stands between two cells; with a semicolon the decimal sign is a comma."""

    COMMA = "comma"
    SEMICOLON = "semicolon"


def line(cells: Sequence[Cell], separator: Separator = Separator.COMMA, *, end: str = "\n") -> str:
    """One line of a table; text that would be a formula begins with an apostrophe."""
    out = io.StringIO()
    sign = ";" if separator is Separator.SEMICOLON else ","
    csv.writer(out, delimiter=sign, lineterminator=end).writerow([_text(cell, separator) for cell in cells])
    return out.getvalue()


def lines(rows: Iterable[Sequence[Cell]], separator: Separator = Separator.COMMA) -> str:
    """A whole table for a spreadsheet: with the mark by which it knows that this is UTF-8."""
    return BYTE_ORDER_MARK + "".join(line(row, separator, end="\r\n") for row in rows)


def _text(cell: Cell, separator: Separator) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip().startswith(_FORMULA) else cell
    if isinstance(cell, date):
        return cell.isoformat()
    number = f"{cell:.10g}"
    return number.replace(".", ",") if separator is Separator.SEMICOLON else number
