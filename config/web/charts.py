"""Charts as inline SVG, made on the server; each comes with words for those who don't see it."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from model.health import Basis
from store.scores import TrendPoint

WIDTH, HEIGHT, PAD = 96, 22, 2
WIDE, TALL = 720, 200


def sparkline(points: Sequence[TrendPoint]) -> Markup:
    """Score by week on a fixed 0..100 scale; weeks without a score are gaps. Empty when there are under two points."""
    scored = [point for point in points if point.score is not None]
    if len(scored) < 2:
        return Markup("")
    first, last = scored[0], scored[-1]
    words = f"score from {first.score:.0f} to {last.score:.0f} over {len(points)} weeks"
    body = "".join(_polyline(run, len(points), WIDTH, HEIGHT, "") for run in _runs(points))
    # Only numbers made here and the escaped words stand in the markup.
    return Markup(  # noqa: S704
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(words)}">{body}</svg>'
    )


def history(points: Sequence[TrendPoint], *, on_track: float, at_risk: float) -> Markup:
    """Score over time with the two thresholds; the part reconstructed from history is dashed."""
    if len([point for point in points if point.score is not None]) < 2:
        return Markup("")
    lines = "".join(
        f'<line class="threshold" x1="{PAD}" x2="{WIDE - 44}" y1="{_y(at, TALL):.1f}" y2="{_y(at, TALL):.1f}"/>'
        f'<text x="{WIDE - 40}" y="{_y(at, TALL) + 4:.1f}">{at:g} {word}</text>'
        for at, word in ((on_track, "on"), (at_risk, "off"))
    )
    body = "".join(
        _polyline(run, len(points), WIDE - 44, TALL, "reconstructed" if run[0][1].basis is Basis.RECONSTRUCTED else "")
        for run in _runs(points)
    )
    months = "".join(
        f'<text x="{_x(index, len(points), WIDE - 44):.1f}" y="{TALL - 2}">{point.at:%d %b}</text>'
        for index, point in enumerate(points)
        if index % max(1, len(points) // 6) == 0
    )
    return Markup(  # noqa: S704
        f'<svg class="history" viewBox="0 0 {WIDE} {TALL}" role="img" aria-label="score by week, table below">'
        f"{lines}{body}{months}</svg>"
    )


def _runs(points: Sequence[TrendPoint]) -> list[list[tuple[int, TrendPoint]]]:
    """Stretches of weeks that have a score and one basis; a change of basis shares its border point."""
    runs: list[list[tuple[int, TrendPoint]]] = []
    for index, point in enumerate(points):
        if point.score is None:
            runs.append([])
            continue
        if not runs or not runs[-1]:
            runs.append([])
        elif runs[-1][-1][1].basis is not point.basis:
            runs.append([runs[-1][-1]])
        runs[-1].append((index, point))
    return [run for run in runs if run]


def _polyline(run: Sequence[tuple[int, TrendPoint]], count: int, width: int, height: int, kind: str) -> str:
    dots = " ".join(f"{_x(i, count, width):.1f},{_y(p.score or 0, height):.1f}" for i, p in run)
    return f'<polyline class="{kind}" points="{dots}"/>'


def _x(index: int, count: int, width: int) -> float:
    return PAD + index * (width - 2 * PAD) / max(1, count - 1)


def _y(score: float, height: int) -> float:
    floor = height - PAD - (14 if height == TALL else 0)
    return floor - score / 100 * (floor - PAD)
