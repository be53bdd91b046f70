"""Words of people in Markdown, without a meaning in it."""

import re

from model.language.telling import address, plain
from service.reports.content import Report

_MARKS = re.compile(r"([\\`*_\[\]<>|#~!&])")
# A backslash before a digit would be read as one, so the sign behind a number is escaped, and only where a list would begin.
_LEADS = re.compile(r"^(\s*)(?=[-+](?:[-+\s]|$))|^(\s*\d+)(?=[.)](?:\s|$))")


def escaped(text: str, most: int = 400) -> str:
    """Words of people as they are, without a meaning in Markdown."""
    return _LEADS.sub(r"\g<0>\\", _MARKS.sub(r"\\\1", plain(text, most)))


def item_link(report: Report, item: str) -> str:
    """An item as a link with its title."""
    label = report.labels.get(item)
    if label is None:
        return "–"
    key, title = report.short(item), escaped(label.title, 90)
    titled = label.ref.rpartition(":")[2].isdigit()
    ref = title if titled else escaped(key)
    link = f"[{ref}](<{label.url}>)" if address(label.url) else ref
    return link if titled else f"{link} {title}"
