"""The receipt of a node for people: points lost, each dimension with its numbers, its items and what would help."""

from collections.abc import Iterator, Mapping
from datetime import date

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from app.cli.tables import MOST_SAMPLES, band, called, number
from model.health import Calibration, Forecast, NodeScore, ScoredDimension
from model.language.pages import page_words
from model.language.values import told_links, told_values
from rollup.forecast.published import PASSED
from service.documents import Labels

MOST_LOST = 12
MOST_ITEMS = 5
Names = Mapping[str, str]


def receipt(console: Console, score: NodeScore, labels: Labels, names: Names) -> None:
    """One node's receipt. ``names``: node id → name, of the tree that the node is of."""
    _head(console, score)
    if score.score is not None:
        console.print(f"\n[bold]Why −{100 - score.score:.1f}[/]")
    _lost(console, score, names)
    for scored in sorted(score.dimensions, key=lambda scored: -scored.effective_weight):
        _dimension(console, scored, labels)
    _untrusted(console, score, labels)


def hanging(console: Console, indent: int, text: str) -> None:
    """A line whose wrapped part keeps its indent."""
    console.print(Padding(Text.from_markup(text), (0, 0, 0, indent), expand=False))


def _head(console: Console, score: NodeScore) -> None:
    console.print(
        f"[bold]{escape(score.name)}[/] [dim]({score.kind} {escape(score.id)})[/]  {band(score.band)}  {number(score.score)}"
        f"   coverage {score.coverage:.2f}  trust {score.trust:.2f}  ({score.basis})"
    )
    if score.declared_band:
        on = f" on {score.declared_at:%Y-%m-%d}" if score.declared_at else ""
        hanging(console, 2, f"declared by hand: {score.declared_band.words}{on}")
    for reason in score.band_reasons:
        hanging(console, 2, f"band: {escape(reason)}")
    if score.forecast:
        hanging(console, 2, escape(forecast_line(score.forecast, continuous=score.continuous)))


NO_END = "no date: continuous work, without a date to be done by"
ALL_DONE_SAID = "all of it is done: nothing is open"


def forecast_line(forecast: Forecast, *, continuous: bool = False, by: date | None = None) -> str:
    """The forecast with its label, or why there is none.

    ``continuous``: of work without a date to be done by. ``by``: another day than the target date, of which the odds are.
    """
    if forecast.refused:
        return f"no forecast: {forecast.refused}"
    if continuous:
        return NO_END
    if forecast.finished:
        return ALL_DONE_SAID
    days = [f"done by {day}" if day else "done only beyond a year" for day in (forecast.p50, forecast.p85)]
    odds = f"; by {by or 'its target date'}: {odds_said(forecast)}" if forecast.on_time_words else ""
    checked = f" ({held_line(forecast.coverage_p85)})" if forecast.coverage_p85 and forecast.coverage_p85.n else ""
    return (
        f"forecast, if all output goes to this scope: half of the time {days[0]}, 85% of the time {days[1]}{checked}{odds}"
    )


def odds_said(forecast: Forecast) -> str:
    """The odds of the target date in words, and as a number where this organisation's own forecasts have earned one."""
    if forecast.on_time_words == PASSED:
        return "it has passed"
    number = f" ({forecast.on_time:.0%})" if forecast.on_time is not None else ""
    return f"{forecast.on_time_words}{number}"


def held_line(coverage: Calibration) -> str:
    """How the organisation's own P85 dates did."""
    if coverage.value is None:
        return "no such date has been checked here yet"
    return f"of {coverage.n} such dates here {coverage.value:.0%} held"


def _lost(console: Console, score: NodeScore, names: Names) -> None:
    """The leaves of the receipt, the largest first."""
    losses = [lost for lost in score.lost if lost.points >= 0.05]
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True, min_width=7)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for lost in losses[:MOST_LOST]:
        place = "" if lost.node == score.id else f"{escape(names.get(lost.node, lost.node))}: "
        table.add_row(f"−{lost.points:.1f}", lost.dimension, f"{place}{escape(lost.reason)}")
    console.print(table)
    rest = losses[MOST_LOST:]
    if rest:
        console.print(f"  −{sum(lost.points for lost in rest):4.1f}  in {len(rest)} more places (--json has all)")


def _dimension(console: Console, scored: ScoredDimension, labels: Labels) -> None:
    finding = scored.finding

    def name_of(item: str) -> str | None:
        return called(labels, item, quoted=True) if item in labels else None

    console.print(f"\n[bold]{finding.dimension}[/]  {number(finding.score)}  weight {scored.weight:g}  ", end="")
    console.print(finding.outcome.replace("_", " ").lower())
    hanging(console, 4, escape(finding.reason))
    values = [f"[dim]{escape(name)}[/] {escape(text)}" for name, text in told_values(finding, name_of)]
    if values:
        hanging(console, 4, " · ".join(values))
    for link in told_links(finding, name_of):
        hanging(console, 4, f"conflict: {escape(link)}")
    for item in finding.evidence[:MOST_ITEMS]:
        if label := labels.get(item):
            hanging(console, 6, f"{escape(called(labels, item))}  [dim]{escape(label.url or label.ref)}[/]")
    if len(finding.evidence) > MOST_ITEMS:
        least = "at least " if scored.cut else ""
        console.print(f"      … and {least}{len(finding.evidence) - MOST_ITEMS} more")
    if finding.improvement:
        points = scored.effective_weight * (finding.improvement.points or 0.0)
        gives = f" (up to +{points:.1f} here)" if points >= 0.05 else ""
        hanging(console, 4, f"would help: {escape(finding.improvement.text)}{gives}")


def _untrusted(console: Console, score: NodeScore, labels: Labels) -> None:
    """What the trust suffers from, check by check."""
    if score.untrusted:
        console.print(f"\n[bold]trust[/]  {score.trust:.2f}  of {score.records} records:")
    for total, what, mend in _checks(score, labels):
        hanging(console, 2, f"{total:4}  {escape(what)}")
        hanging(console, 8, f"mend: {escape(mend)}")


def _checks(score: NodeScore, labels: Labels) -> Iterator[tuple[int, str, str]]:
    for entry in score.untrusted:
        what, mend = page_words("en").check(entry.check)
        named = [called(labels, item) if item in labels else item for item in entry.items[:MOST_SAMPLES]]
        more = entry.total - len(named)
        shown = ", ".join(named) + (f" and {more} more" if more and named else "")
        yield entry.total, f"{what}{': ' if shown else ''}{shown}", mend
