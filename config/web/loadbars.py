"""Loads against capacity, and bands over time, as inline SVG."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from markupsafe import Markup, escape

from model.base import day_ended
from model.health import Band

BAR_WIDE, BAR_TALL, MOST = 200, 14, 2.0
WIDE, TALL, LEFT, RIGHT, FOOT, TOP = 720, 190, 40, 84, 34, 10
_ORDER = (Band.OFF_TRACK, Band.AT_RISK, Band.NO_DATA, Band.ON_TRACK)


def load(ratio: float | None) -> Markup:
    """A load as a bar, with capacity as a line at half of its width; what is beyond twice of it is cut. Empty for None."""
    if ratio is None:
        return Markup("")
    width = BAR_WIDE * min(ratio, MOST) / MOST
    kind = "over" if ratio > 1 else "within"
    return Markup(  # noqa: S704 - numbers made here
        f'<svg class="span" viewBox="0 0 {BAR_WIDE} {BAR_TALL}" width="{BAR_WIDE}" height="{BAR_TALL}" aria-hidden="true">'
        f'<rect class="{kind}" x="0" y="3" width="{width:.1f}" height="8"/>'
        f'<line class="capacity" x1="{BAR_WIDE / MOST:.0f}" x2="{BAR_WIDE / MOST:.0f}" y1="0" y2="{BAR_TALL}"/></svg>'
    )


def bands(counts: Mapping[datetime, Mapping[Band, int]]) -> Markup:
    """How many projects were in which band by week, one above the other. Empty with fewer than two weeks."""
    if len(counts) < 2:
        return Markup("")
    weeks, most = list(counts.values()), max(1, *(sum(week.values()) for week in counts.values()))
    said = [f"{band.words}: from {weeks[0].get(band, 0)} to {weeks[-1].get(band, 0)}" for band in reversed(_ORDER)]
    words, wide = "; ".join(said), (WIDE - LEFT - RIGHT) / len(counts)
    days = "".join(
        f'<text x="{LEFT + place * wide:.1f}" y="{TALL - FOOT + 16}">{day_ended(at):%d %b %y}</text>'
        for place, at in enumerate(counts)
        if place % max(1, len(counts) // 6) == 0
    )
    bars = "".join(_stack(week, LEFT + place * wide, wide - 1, most) for place, week in enumerate(weeks))
    return Markup(  # noqa: S704 - numbers made here and escaped words
        f'<svg class="chart" viewBox="0 0 {WIDE} {TALL}" width="{WIDE}" height="{TALL}" role="img" '
        f'aria-label="projects by band and week. {escape(words)}. Table below.">{_axes(most)}{bars}{days}'
        f"{_legend(weeks[-1], most)}</svg>"
    )


def _axes(most: int) -> str:
    floor = TALL - FOOT
    return (
        f'<line class="axis" x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{floor}"/>'
        f'<line class="axis" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{floor}" y2="{floor}"/>'
        f'<text x="{LEFT - 6}" y="{floor}" text-anchor="end">0</text>'
        f'<text x="{LEFT - 6}" y="{TOP + 8}" text-anchor="end">{most}</text>'
        f'<text x="{LEFT}" y="{TALL - 2}">projects by the end of each week</text>'
    )


def _heights(week: Mapping[Band, int], most: int) -> Iterator[tuple[Band, float, float]]:
    """Band, upper edge and height of each part of a week that has any, from the floor up."""
    low = float(TALL - FOOT)
    for band in _ORDER:
        tall = (TALL - FOOT - TOP) * week.get(band, 0) / most
        low -= tall
        if tall:
            yield band, low, tall


def _stack(week: Mapping[Band, int], x: float, wide: float, most: int) -> str:
    return "".join(
        f'<rect class="s-{band.value.lower()}" x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{tall:.1f}"/>'
        for band, top, tall in _heights(week, most)
    )


def _legend(week: Mapping[Band, int], most: int) -> str:
    """Which part is which, beside the last week; words that would stand on each other are moved apart."""
    found, free = [], float(TALL)
    for band, top, tall in _heights(week, most):
        y = min(top + tall / 2 + 4, free)
        free = y - 12
        found.append(f'<text x="{WIDE - RIGHT + 5}" y="{y:.1f}">{escape(band.words)} {week[band]}</text>')
    return "".join(found)
