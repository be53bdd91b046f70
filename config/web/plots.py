"""Plots with two axes as inline SVG, made on the server; a table beside each says the same to those who don't see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from math import floor, log10

from markupsafe import Markup, escape

WIDTH, HEIGHT = 440, 280
LEFT, RIGHT, TOP, BOTTOM = 52, 34, 22, 40
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Dot:
    """One mark. ``label`` stands beside it, ``title`` is told by the mouse; ``full`` False: hollow and square."""

    x: float
    y: float
    label: str = ""
    title: str = ""
    full: bool = True


@dataclass(frozen=True, slots=True)
class Axis:
    """``most``: the end of the scale, which begins at 0. ``percent``: shares are told in percent. ``ends``: what stands at its
    two ends instead of numbers."""

    name: str
    most: float
    percent: bool = False
    ends: tuple[str, str] | None = None

    def told(self, value: float) -> str:
        return f"{value:.0%}" if self.percent else f"{value:,.6g}"


def scatter(dots: Sequence[Dot], across: Axis, up: Axis) -> Markup:
    """Marks alone."""
    return _plot(across, up, _marks(dots, across, up), f"{up.name} against {across.name}, table below")


def stairs(dots: Sequence[Dot], across: Axis, up: Axis) -> Markup:
    """What holds from one mark on until the next."""
    ends = [*dots, Dot(across.most, dots[-1].y)] if dots else []
    corners = [(one.x, one.y) for one in ends[:1]]
    for before, after in pairwise(ends):
        corners += [(after.x, before.y), (after.x, after.y)]
    body = _line(corners, across, up) + _marks(dots, across, up)
    return _plot(across, up, body, f"{up.name} by {across.name}, table below")


def curve(dots: Sequence[Dot], across: Axis, up: Axis, *, diagonal: bool = False) -> Markup:
    """Marks joined by a line. ``diagonal``: with the line on which both are the same."""
    ideal = _line([(0, 0), (across.most, up.most)], across, up, "ideal") if diagonal else ""
    body = ideal + _line([(one.x, one.y) for one in dots], across, up) + _marks(dots, across, up)
    return _plot(across, up, body, f"{up.name} by {across.name}, table below")


def _plot(across: Axis, up: Axis, body: str, words: str) -> Markup:
    grid = ""
    for value in _ticks(up.most):
        y = _y(value, up)
        grid += f'<line class="threshold" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        grid += f'<text class="end" x="{LEFT - 5}" y="{y + 4:.1f}">{escape(up.told(value))}</text>'
    low = HEIGHT - BOTTOM + 15
    if across.ends:
        first, last = across.ends
        grid += f'<text x="{LEFT}" y="{low}">{escape(first)}</text>'
        grid += f'<text class="end" x="{WIDTH - RIGHT}" y="{low}">{escape(last)}</text>'
    for value in _ticks(across.most) if across.ends is None else ():
        grid += f'<text class="middle" x="{_x(value, across):.1f}" y="{low}">{escape(across.told(value))}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    names = (
        f'<text class="middle" x="{middle:.0f}" y="{HEIGHT - 6}">{escape(across.name)}</text>'
        f'<text class="middle" transform="translate(10 {(TOP + HEIGHT - BOTTOM) / 2:.0f}) rotate(-90)">{escape(up.name)}</text>'
    )
    # Only numbers made here and escaped words stand in the markup.
    return Markup(  # noqa: S704
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">{grid}{names}{body}</svg>'
    )


def _marks(dots: Sequence[Dot], across: Axis, up: Axis) -> str:
    return "".join(_mark(one, _x(one.x, across), _y(one.y, up)) for one in dots)


def _mark(one: Dot, x: float, y: float) -> str:
    title = f"<title>{escape(one.title)}</title>"
    shape = (
        f'<circle class="full" cx="{x:.1f}" cy="{y:.1f}" r="5">{title}</circle>'
        if one.full
        else f'<rect class="hollow" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8">{title}</rect>'
    )
    return shape + (f'<text x="{x + 7:.1f}" y="{y - 5:.1f}">{escape(one.label)}</text>' if one.label else "")


def _line(points: Sequence[tuple[float, float]], across: Axis, up: Axis, kind: str = "") -> str:
    return f'<polyline class="{kind}" points="{" ".join(f"{_x(x, across):.1f},{_y(y, up):.1f}" for x, y in points)}"/>'


def _x(value: float, axis: Axis) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * value / (axis.most or 1)


def _y(value: float, axis: Axis) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / (axis.most or 1)


def _ticks(most: float) -> list[float]:
    """At most six round numbers from 0 on."""
    if most <= 0:
        return [0.0]
    rough = most / _TICKS
    size = 10.0 ** floor(log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough * (1 - 1e-9))
    found: list[float] = []
    for number in count():
        if number * step > most * (1 + 1e-9):
            return found
        found.append(round(number * step, 10))
    return found
