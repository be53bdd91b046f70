"""The report as rows: one a node and dimension, as CSV or as a workbook, and never a formula."""

import io
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from model.health import Forecast
from model.language.telling import plain
from model.tree import ProjectState
from rollup.told import Told
from service.csv_table import Cell, Separator, lines
from service.reports import sheets
from service.reports.content import Line, Report

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

ITEMS = 5
MOST_LETTERS = 1000
MOST_ROWS = 1_000_000
"""A sheet holds 1,048,576 rows."""

NODE_COLUMNS = (
    "node", "name", "kind", "parent", "band", "score", "score_before", "coverage", "trust", "declared_band",
    "target", "p50", "p85", "reason", "state",
)  # fmt: skip
COLUMNS = (
    "as_of", "node", "name", "kind", "parent", "band", "node_score", "coverage", "trust", "declared_band", "p50", "p85",
    "dimension", "outcome", "score", "weight", "points_lost", "reason", "reason_code", "evidence_total", "evidence", "state",
)  # fmt: skip


def csv_text(report: Report, separator: Separator = Separator.COMMA) -> str:
    """Every node with each of its dimensions."""
    return lines([COLUMNS, *([_plain(cell) for cell in row] for row in dimension_rows(report))], separator)


def _plain(cell: Cell) -> Cell:
    return plain(cell, MOST_LETTERS) if isinstance(cell, str) else cell


def dimension_rows(report: Report) -> Iterator[Sequence[Cell]]:
    """Every node of the report with each of its dimensions; numbers at full precision."""
    below = {line.score.id: line.score for line in report.lines}
    named = {one.entry.finding.dimension: one for one in report.dimensions}
    for number, line in enumerate(report.listed()):
        score, forecast = line.score, _forecast(line)
        told = Told(score, report.language, None, below)
        for entry in score.dimensions:
            finding = entry.finding
            counted = entry.effective_weight > 0 and finding.score is not None
            lost = entry.effective_weight * (100 - (finding.score or 0.0)) if counted else None
            items = named[finding.dimension].items if number == 0 and finding.dimension in named else ()
            yield (
                report.as_of.isoformat(), score.id, score.name, score.kind, score.parent, _band(line), score.score,
                score.coverage, score.trust, score.declared_band.value if score.declared_band else None,
                forecast.p50 if forecast else None, forecast.p85 if forecast else None, finding.dimension,
                finding.outcome.value, finding.score, entry.weight, lost, told.reason(entry), finding.reason_code,
                len(finding.evidence), " ".join(report.ref(item) for item in items[:ITEMS]), _state(line),
            )  # fmt: skip


def _band(line: Line) -> str | None:
    """Of a candidate none: no health is expected of what nobody has begun."""
    return None if line.proposed else line.score.band.value


def _forecast(line: Line) -> Forecast | None:
    """Of continuous work none, as it has no day of its end; nor of work of which nothing is open."""
    forecast = line.score.forecast
    return None if line.score.continuous or (forecast and forecast.finished) else forecast


def _state(line: Line) -> str | None:
    return ProjectState.CANDIDATE.value if line.proposed else None


def _node_row(line: Line) -> Sequence[Cell]:
    score, forecast = line.score, _forecast(line)
    return (
        score.id, score.name, score.kind, score.parent, _band(line), score.score,
        line.before.score if line.before else None, score.coverage, score.trust,
        score.declared_band.value if score.declared_band else None, line.target, forecast.p50 if forecast else None,
        forecast.p85 if forecast else None, line.reason, _state(line),
    )  # fmt: skip


def workbook(report: Report) -> bytes:
    """A workbook: summary, nodes, dimensions, and a sheet for each register. The same report gives the same bytes."""
    from xlsxwriter import Workbook  # Most commands write none.

    out = io.BytesIO()
    book = Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    book.set_properties({"title": plain(report.node.name), "created": report.as_of.replace(tzinfo=None)})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    _sheet(book, "Summary", head, ("", ""), _summary(report))
    _sheet(book, "Nodes", head, NODE_COLUMNS, (_node_row(line) for line in report.listed()))
    _sheet(book, "Dimensions", head, COLUMNS, dimension_rows(report))
    for name, columns, rows in sheets.sheets(report):
        _sheet(book, name, head, columns, rows)
    book.close()
    return out.getvalue()


def _summary(report: Report) -> Iterator[Sequence[Cell]]:
    node, said, say = report.node, report.words, report.page.say
    yield say("node"), node.name
    yield say("status"), said.band(node.band)
    yield say("score"), node.score
    yield say("coverage"), node.coverage
    yield say("trust"), node.trust
    yield "as_of", report.as_of.isoformat()
    yield said.phrase("why"), report.summary
    yield from report.outlook
    if report.no_forecast:
        yield said.phrase("outlook"), report.no_forecast
    yield from ((say("help"), one) for one in report.helps)


def _sheet(
    book: "Workbook", name: str, head: "Format", columns: Sequence[str], rows: Iterator[Sequence[Cell]]
) -> None:
    """One sheet with fixed headings and a filter; columns as wide as their words, within reason."""
    sheet: Worksheet = book.add_worksheet(name)
    widths = [len(column) for column in columns]
    titled = any(columns)
    if titled:
        sheet.write_row(0, 0, columns, head)
        sheet.freeze_panes(1, 0)
    last = 0
    for number, row in enumerate(rows, start=1 if titled else 0):
        if number > MOST_ROWS:
            break
        last = number
        for index, cell in enumerate(row):
            widths[index] = max(widths[index], len(cell) if isinstance(cell, str) else 10)
            _write(sheet, number, index, cell)
    if titled and last:
        sheet.autofilter(0, 0, last, len(columns) - 1)
    for index, width in enumerate(widths):
        sheet.set_column(index, index, min(60, width + 2))


def _write(sheet: "Worksheet", row: int, column: int, cell: Cell) -> None:
    """Text is always written as text."""
    if isinstance(cell, str):
        sheet.write_string(row, column, plain(cell, MOST_LETTERS))
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell)
    elif cell is not None:
        sheet.write_number(row, column, cell)
