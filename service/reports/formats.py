"""A report in the format that was asked for, and into a file."""

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from model.errors import UsageError
from service.csv_table import Separator
from service.reports.content import Report
from service.reports.document import document
from service.reports.mail import markdown
from service.reports.page import html
from service.reports.rows import csv_text, workbook


def _json(report: Report) -> str:
    """Indented; what Python brings along indents in Python, in five times as long as the rest of the report takes."""
    return f"{msgspec.json.format(msgspec.json.encode(document(report)), indent=2).decode()}\n"


_TEXTS: Mapping[str, Callable[[Report], str]] = {"html": html, "md": markdown, "csv": csv_text, "json": _json}
FORMATS = (*_TEXTS, "xlsx")
MEDIA_TYPES: Mapping[str, str] = {
    "html": "text/html", "md": "text/markdown", "csv": "text/csv", "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
CUT = ("html", "md", "csv")
"""Formats that list the first entries of registers only, or none."""
SHORT = ("html", "md")
"""Formats that are read, and tell of the first nodes only."""


def made(report: Report, kind: str, separator: Separator = Separator.COMMA) -> bytes:
    """The report in a format of ``FORMATS``; ``separator``: of a table in CSV."""
    if kind == "csv":
        return csv_text(report, separator).encode()
    return workbook(report) if kind == "xlsx" else _TEXTS[kind](report).encode()


def save(path: Path, content: bytes) -> None:
    """Put a report into a file, whole or not at all. Raises UsageError where it can't be written."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o640)
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> UsageError:
    why = error.strerror or type(error).__name__
    return UsageError("The report can't be written.", where=str(path), fix=f"{why}: name another --out FILE.")
