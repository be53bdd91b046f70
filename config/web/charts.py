"""Charts of scores over time as inline SVG, made on the server; each comes with words for those who don't see it."""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup, escape

from model.base import day_ended
from model.health import Basis
from store.brief_scores import Weekly
from store.scores import TrendPoint

WIDTH, HEIGHT, PAD = 96, 22, 2
WIDE, TALL, LEFT, RIGHT, FOOT, TOP = 720, 210, 34, 76, 34, 12


def sparkline(points: Sequence[Weekly]) -> Markup:
    """Score by week on a fixed 0..100 scale; weeks without a score are gaps. Empty when there are under two points."""
    scored = [score for _, score in points if score is not None]
    if len(scored) < 2:
        return Markup("")
    words = f"score from {scored[0]:.0f} to {scored[-1]:.0f} over {len(points)} weeks"
    last, high, lines = max(1, len(points) - 1), HEIGHT - 2 * PAD, [""]
    for index, (_, score) in enumerate(points):
        if score is not None:
            lines[-1] += f"{PAD + index * (WIDTH - 2 * PAD) / last:.0f},{PAD + high * (1 - score / 100):.0f} "
        elif lines[-1]:
            lines.append("")
    body = "".join(f'<polyline points="{line}"/>' for line in lines if line)
    # Only numbers made here and the escaped words stand in the markup.
    return Markup(  # noqa: S704
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(words)}">{body}</svg>'
    )


def history(
    points: Sequence[TrendPoint], *, on_track: float, at_risk: float, ruled: Sequence[datetime] = ()
) -> Markup:
    """Score over time with the two thresholds; what is reconstructed is dashed, a change of the rules is marked."""
    scored = [point.score for point in points if point.score is not None]
    if len(scored) < 2:
        return Markup("")
    time = _Time(points[0].at, points[-1].at)
    body = "".join(
        f'<polyline{_kind(run[-1])} points="{" ".join(f"{time.x(p.at):.1f},{_y(p.score or 0.0):.1f}" for p in run)}"/>'
        for run in _runs(points)
    )
    words = f"score by week from {scored[0]:.1f} to {scored[-1]:.1f}, table below"
    return Markup(  # noqa: S704
        f'<svg class="chart history" viewBox="0 0 {WIDE} {TALL}" width="{WIDE}" height="{TALL}" role="img" '
        f'aria-label="{escape(words)}">{_frame(on_track, at_risk)}{time.months()}{body}'
        f"{''.join(_rule(time.x(at)) for at in ruled if points[0].at <= at <= points[-1].at)}</svg>"
    )


class _Time:
    """Moments on the axis."""

    def __init__(self, first: datetime, last: datetime) -> None:
        self.first, self.last = first, last

    def x(self, at: datetime) -> float:
        span = (self.last - self.first).total_seconds() or 1.0
        return LEFT + (WIDE - LEFT - RIGHT) * (at - self.first).total_seconds() / span

    def months(self) -> str:
        """Days along the axis, evenly."""
        step = (self.last - self.first) / 5
        moments = [self.first + step * number for number in range(6)]
        floor = TALL - FOOT
        return "".join(
            f'<line class="axis" x1="{self.x(at):.1f}" x2="{self.x(at):.1f}" y1="{floor}" y2="{floor + 4}"/>'
            f'<text x="{self.x(at):.1f}" y="{floor + 16}" text-anchor="middle">{day_ended(at):%d %b %y}</text>'
            for at in moments
        )


def _frame(on_track: float, at_risk: float) -> str:
    """Axes with their labels, and the thresholds."""
    floor, right = TALL - FOOT, WIDE - RIGHT
    marks = "".join(
        f'<text x="{LEFT - 6}" y="{_y(at) + 4:.1f}" text-anchor="end">{at}</text>' for at in (0, 50, 100)
    )
    lines = "".join(
        f'<line class="threshold" x1="{LEFT}" x2="{right}" y1="{_y(at):.1f}" y2="{_y(at):.1f}"/>'
        f'<text x="{right + 5}" y="{_y(at) + 4:.1f}">{word} {at:g}</text>'
        for at, word in ((on_track, "on track"), (at_risk, "at risk"))
    )
    return (
        f'<line class="axis" x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{floor}"/>'
        f'<line class="axis" x1="{LEFT}" x2="{right}" y1="{floor}" y2="{floor}"/>{marks}{lines}'
        f'<text x="{LEFT}" y="{TALL - 2}">score, 0 to 100, by the end of each week</text>'
    )


def _rule(x: float) -> str:
    floor = TALL - FOOT
    return (
        f'<line class="target" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{floor}"/>'
        f'<path class="mark" d="M{x - 5:.1f},{floor} L{x + 5:.1f},{floor} L{x:.1f},{floor - 9} Z"/>'
    )


def _kind(point: TrendPoint) -> str:
    return ' class="reconstructed"' if point.basis == Basis.RECONSTRUCTED else ""


def _runs(points: Sequence[TrendPoint]) -> list[list[TrendPoint]]:
    """Stretches of weeks that have a score and one basis; a change of basis shares its border point."""
    runs: list[list[TrendPoint]] = [[]]
    for point in points:
        if point.score is None:
            runs.append([])
            continue
        if runs[-1] and runs[-1][-1].basis != point.basis:
            runs.append([runs[-1][-1]])
        runs[-1].append(point)
    return [run for run in runs if run]


def _y(score: float) -> float:
    floor = TALL - FOOT
    return floor - score / 100 * (floor - TOP)
