"""The report as one HTML page that stands alone: no script, nothing loaded from anywhere, fit for a printer."""

from functools import cache, partial
from types import ModuleType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from model.language.telling import address, plain
from service.reports import kept, movement, telling
from service.reports.content import MOST_LINES, Report
from service.reports.drawing import trend

MOST_GAPS = 25
MOST_ENTRIES = 12
"""Lines of a register on the page: it is to be read; the other formats have all of them."""


class _Told:
    """The functions of a module with the report as their first argument."""

    def __init__(self, module: ModuleType, report: Report) -> None:
        self._module, self._report = module, report

    def __getattr__(self, name: str) -> partial[Any]:
        return partial(getattr(self._module, name), self._report)


@cache
def _template(name: str) -> Template:
    """Everything is escaped; a name that is not there is an error."""
    environment = Environment(
        loader=PackageLoader("service.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template(name)


def html(report: Report) -> str:
    """The page. Nodes beyond the first 50 in the order of attention are counted on it, not named."""
    return f"{_template('report.html').render(_context(report)).strip()}\n"


def registers(report: Report) -> Markup:
    """The registers alone, as a part of another page."""
    return Markup(_template("registers.html").render(_context(report)))  # noqa: S704 - escaped by the template


def _context(report: Report) -> dict[str, Any]:
    helpers = {
        name: partial(getattr(telling, name), report)
        for name in ("standing", "since", "since_day", "moved_since", "size", "reasons", "end", "refs", "more")
    }
    told: dict[str, Any] = {
        "r": report,
        "words": report.words,
        "say": report.page.say,
        "signs": telling.SIGNS,
        "plain": plain,
        "address": address,
        "trend": trend(report),
        "ranked": report.ranked(MOST_LINES),
        "gaps": report.gaps[:MOST_GAPS],
        "most": MOST_ENTRIES,
        "kept": _Told(kept, report),
        "move": _Told(movement, report),
    }
    return told | helpers
