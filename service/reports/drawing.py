"""The trend as inline SVG: the score by week on a fixed scale of 0 to 100, with the two thresholds."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from model.base import day_ended
from model.health import Basis
from service.reports.content import Report
from store.scores import TrendPoint

WIDTH, HEIGHT, LEFT, RIGHT, FOOT = 900, 150, 8, 40, 20


def trend(report: Report) -> Markup:
    """The line with words for those who don't see it; a sentence where there is nothing to draw."""
    points = report.trend
    scored = [point.score for point in points if point.score is not None]
    if len(scored) < 2:
        return Markup("<p>{}</p>").format(report.page.say("no_trend"))
    first, last = (report.words.number(score) for score in (scored[0], scored[-1]))
    said = report.page.say("trend_words", first=first, last=last, weeks=len(points))
    rebuilt = any(point.basis is Basis.RECONSTRUCTED for point in points)
    caption = f"{said} {report.page.say('rebuilt')}" if rebuilt else said
    lines = "".join(_threshold(at) for at in report.thresholds)
    body = "".join(_line(run, len(points)) for run in _runs(points))
    # Only numbers made here and escaped words stand in the markup.
    return Markup(  # noqa: S704
        f'<figure><svg class="trend" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(said)}">{lines}{body}{_dates(report)}</svg>'
        f'<figcaption class="quiet">{escape(caption)}</figcaption>{_table(report)}</figure>'
    )


def _table(report: Report) -> Markup:
    """The same as a table, closed until somebody opens it."""
    say, said = report.page.say, report.words
    rows = Markup("").join(
        Markup('<tr><th scope="row">{}</th><td class="n">{}</td><td>{}</td></tr>').format(
            said.day(day_ended(point.at)), report.number(point.score), said.band(point.band)
        )
        for point in report.trend
    )
    heads = [Markup('<th scope="col">{}</th>').format(say(key)) for key in ("week_to", "score", "status")]
    return Markup(
        "<details><summary>{}</summary><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></details>"
    ).format(say("as_table"), Markup("").join(heads), rows)


def _x(index: int, of: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * index / max(1, of - 1)


def _y(score: float) -> float:
    return 6 + (HEIGHT - FOOT - 12) * (1 - score / 100)


def _threshold(at: float) -> str:
    return (
        f'<line class="edge" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(at):.1f}" y2="{_y(at):.1f}"/>'
        f'<text x="{WIDTH - RIGHT + 6}" y="{_y(at) + 4:.1f}">{at:g}</text>'
    )


def _runs(points: Sequence[TrendPoint]) -> list[list[tuple[int, TrendPoint]]]:
    """Stretches of weeks with a score and one basis; a change of basis shares its border point."""
    runs: list[list[tuple[int, TrendPoint]]] = [[]]
    for index, point in enumerate(points):
        if point.score is None:
            runs.append([])
            continue
        if runs[-1] and runs[-1][-1][1].basis is not point.basis:
            runs.append([runs[-1][-1]])
        runs[-1].append((index, point))
    return [run for run in runs if run]


def _line(run: Sequence[tuple[int, TrendPoint]], of: int) -> str:
    if len(run) == 1:
        index, point = run[0]
        return f'<circle cx="{_x(index, of):.1f}" cy="{_y(point.score or 0.0):.1f}" r="2.5" fill="#15527a"/>'
    where = " ".join(f"{_x(index, of):.1f},{_y(point.score or 0.0):.1f}" for index, point in run)
    kind = ' class="rebuilt"' if run[-1][1].basis is Basis.RECONSTRUCTED else ""
    return f'<polyline{kind} points="{where}"/>'


def _dates(report: Report) -> str:
    """The day of the first, the middle and the last point."""
    last = len(report.trend) - 1
    places = {0: "start", last // 2: "middle", last: "end"} if last > 1 else {0: "start", last: "end"}
    return "".join(
        f'<text x="{_x(index, last + 1):.1f}" y="{HEIGHT - 4}" text-anchor="{anchor}">'
        f"{escape(report.words.day(day_ended(report.trend[index].at)))}</text>"
        for index, anchor in places.items()
    )
