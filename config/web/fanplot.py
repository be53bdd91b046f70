"""What remains of a project: counted up to today, and the fan of what may remain after it, as inline SVG."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup, escape

WIDE, TALL, LEFT, RIGHT, FOOT, TOP = 720, 280, 44, 92, 38, 16
_LATEST = timedelta(weeks=78)

Json = Mapping[str, Any]
Point = tuple[date, float]


def chart(fan: Json, by: date | None, word: str = "target") -> Markup:
    """The fan of a forecast document, with the day ``by`` which all is to be done, and what that is called; empty where there
    is no fan."""
    if not fan["weeks"]:
        return Markup("")
    drawing = _Drawing(fan, by, word)
    # Only numbers made here and escaped words stand in the markup.
    return Markup(  # noqa: S704
        f'<svg class="chart" viewBox="0 0 {WIDE} {TALL}" width="{WIDE}" height="{TALL}" role="img" '
        f'aria-label="{escape(drawing.words())}">{drawing.frame()}{drawing.body()}{drawing.target()}</svg>'
    )


class _Drawing:
    """Places on the chart."""

    def __init__(self, fan: Json, by: date | None, word: str) -> None:
        self._word = word
        self._past = [(date.fromisoformat(one["day"]), float(one["remaining"])) for one in fan["history"]]
        today = self._past[-1]
        days = [date.fromisoformat(one["day"]) for one in fan["weeks"]]
        self._ahead = {
            key: [today, *((day, float(one[key])) for day, one in zip(days, fan["weeks"], strict=True))]
            for key in ("p15", "p50", "p85")
        }
        self._first, last = self._past[0][0], days[-1]
        self._by = by if by is not None and self._first <= by <= last + _LATEST else None
        self._last = max(last, self._by or last) + timedelta(days=7)
        self._most = max(1.0, *(left for _, left in self._past), *(left for _, left in self._ahead["p85"]))

    def words(self) -> str:
        """What the chart says, in a sentence."""
        half, sure = (_when(self._ahead[key]) for key in ("p50", "p85"))
        left = f"{self._past[-1][1]:g} items remain today"
        return f"{left}; half of the time all is done {half}, 85% of the time {sure}. Table below."

    def frame(self) -> str:
        """Axes with their labels."""
        floor, right = TALL - FOOT, WIDE - RIGHT
        days = [self._first + (self._last - self._first) * number / 5 for number in range(6)]
        months = "".join(
            f'<line class="axis" x1="{self._x(day):.1f}" x2="{self._x(day):.1f}" y1="{floor}" y2="{floor + 4}"/>'
            f'<text x="{self._x(day):.1f}" y="{floor + 16}" text-anchor="middle">{day:%d %b %y}</text>'
            for day in days
        )
        counts = "".join(
            f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{self._y(at):.1f}" y2="{self._y(at):.1f}"/>'
            f'<text x="{LEFT - 6}" y="{self._y(at) + 4:.1f}" text-anchor="end">{at:g}</text>'
            for at in sorted({0, round(self._most / 2), round(self._most)})
        )
        return (
            f'{counts}<line class="axis" x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{floor}"/>'
            f'<line class="axis" x1="{LEFT}" x2="{right}" y1="{floor}" y2="{floor}"/>{months}'
            f'<text x="{LEFT}" y="{TALL - 2}">work items that remain, by the end of each week</text>'
        )

    def body(self) -> str:
        """What remained, the fan, and its middle."""
        low, high = self._ahead["p15"], self._ahead["p85"]
        lines = "".join(
            f'<polyline class="fan-edge" points="{self._points(self._ahead[key])}"/>{self._name(key, word)}'
            for key, word in (("p50", "half"), ("p85", "85%"))
        )
        return (
            f'<polygon class="fan" points="{self._points(low)} {self._points(high[::-1])}"/>{lines}'
            f'<polyline class="done-line" points="{self._points(self._past)}"/>'
        )

    def target(self) -> str:
        """The day by which it is to be done."""
        if self._by is None:
            return ""
        x = self._x(self._by)
        return (
            f'<line class="target" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TALL - FOOT}"/>'
            f'<text class="target-word" x="{x + 4:.1f}" y="{TOP + 22}">{self._word}</text>'
        )

    def _name(self, key: str, word: str) -> str:
        """The word of a line, at its end."""
        day, left = next((one for one in self._ahead[key][1:] if one[1] <= 0), self._ahead[key][-1])
        return f'<text x="{self._x(day) + 4:.1f}" y="{self._y(left) - 5:.1f}">{word}</text>'

    def _points(self, points: Sequence[Point]) -> str:
        return " ".join(f"{self._x(day):.1f},{self._y(left):.1f}" for day, left in points)

    def _x(self, day: date) -> float:
        return LEFT + (WIDE - LEFT - RIGHT) * (day - self._first).days / ((self._last - self._first).days or 1)

    def _y(self, count: float) -> float:
        floor = TALL - FOOT
        return floor - (floor - TOP - 10) * count / self._most


def _when(points: Sequence[Point]) -> str:
    day = next((day for day, left in points[1:] if left <= 0), None)
    return f"by {day:%d %b %Y}" if day else "only beyond a year"
