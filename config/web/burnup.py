"""The burn-up of a project with the fan of its forecast, and spans of finish dates, as inline SVG."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from markupsafe import Markup, escape

from model.health import Forecast
from service.outlook import BurnUp

WIDE, TALL, LEFT, RIGHT, FOOT, TOP = 720, 300, 44, 92, 38, 16
SPAN_WIDE, SPAN_TALL = 220, 18
_LONGEST = timedelta(weeks=52)


def chart(found: BurnUp) -> Markup:
    """Scope and closed work by week, from today on the wedge to the P50 and P85 dates, and the target as a line.

    Empty where there is nothing to draw.
    """
    if len(found.weeks) < 2:
        return Markup("")
    drawing = _BurnUpDrawing(found)
    words = drawing.words()
    # Only numbers made here and escaped words stand in the markup.
    return Markup(  # noqa: S704
        f'<svg class="chart" viewBox="0 0 {WIDE} {TALL}" width="{WIDE}" height="{TALL}" role="img" '
        f'aria-label="{escape(words)}">{drawing.frame()}{drawing.fan()}{drawing.lines()}{drawing.target()}</svg>'
    )


class _BurnUpDrawing:
    """Places on the chart."""

    def __init__(self, found: BurnUp) -> None:
        self._found = found
        self._now = found.weeks[-1]
        ends = [self._now.ends_on + timedelta(weeks=4)]
        if found.fan and not found.fan.beyond:
            ends += [found.fan.half or ends[0], found.fan.sure or found.fan.today + _LONGEST]
        if found.target_on:
            ends.append(min(found.target_on, self._now.ends_on + 2 * _LONGEST))
        self._first, self._last = found.weeks[0].ends_on, max(ends) + timedelta(days=7)
        self._most = max(1, *(week.scope for week in found.weeks))

    def words(self) -> str:
        """What the chart says, in a sentence."""
        said = f"{self._now.closed} of {self._now.scope} items closed"
        fan = self._found.fan
        if fan:
            said += f"; half of the time all done {_by(fan.half)}, 85% of the time {_by(fan.sure)}"
        if self._found.target_on:
            said += f"; target {self._found.target_on:%d %b %Y}"
        return f"{said}. Table below."

    def frame(self) -> str:
        """Axes with their labels."""
        floor, right = TALL - FOOT, WIDE - RIGHT
        months = []
        for number in range(6):
            day = self._first + (self._last - self._first) * number / 5
            x = self._x(day)
            months.append(
                f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{floor}" y2="{floor + 4}"/>'
                f'<text x="{x:.1f}" y="{floor + 16}" text-anchor="middle">{day:%d %b %y}</text>'
            )
        counts = "".join(
            f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{self._y(at):.1f}" y2="{self._y(at):.1f}"/>'
            f'<text x="{LEFT - 6}" y="{self._y(at) + 4:.1f}" text-anchor="end">{at:g}</text>'
            for at in sorted({0, round(self._most / 2), self._most})
        )
        return (
            f'{counts}<line class="axis" x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{floor}"/>'
            f'<line class="axis" x1="{LEFT}" x2="{right}" y1="{floor}" y2="{floor}"/>{"".join(months)}'
            f'<text x="{LEFT}" y="{TALL - 2}">work items by the end of each week</text>'
        )

    def lines(self) -> str:
        """Scope above, closed work below, with their words at the end."""
        weeks = self._found.weeks
        scope = " ".join(f"{self._x(week.ends_on):.1f},{self._y(week.scope):.1f}" for week in weeks)
        closed = " ".join(f"{self._x(week.ends_on):.1f},{self._y(week.closed):.1f}" for week in weeks)
        right, x, top = WIDE - RIGHT, self._x(self._now.ends_on), self._y(self._now.scope)
        return (
            f'<polyline class="scope" points="{scope}"/><polyline class="done-line" points="{closed}"/>'
            f'<line class="grid" x1="{x:.1f}" x2="{right}" y1="{top:.1f}" y2="{top:.1f}"/>'
            f'<text x="{right + 4}" y="{top + 4:.1f}">all: {self._now.scope}</text>'
            f'<text x="{x + 6:.1f}" y="{self._y(self._now.closed) + 14:.1f}">closed: {self._now.closed}</text>'
        )

    def fan(self) -> str:
        """The wedge from what is closed today to all of it, by the two dates; open to the right where one is beyond a year."""
        fan = self._found.fan
        if fan is None or fan.beyond:
            return ""
        begin = f"{self._x(fan.today):.1f},{self._y(self._now.closed):.1f}"
        top = self._y(self._now.scope)
        half, sure = (self._x(day or fan.today + _LONGEST) for day in (fan.half, fan.sure))
        marks = "".join(
            f'<line class="fan-edge" x1="{begin.split(",")[0]}" y1="{begin.split(",")[1]}" x2="{x:.1f}" y2="{top:.1f}"/>'
            f'<text x="{x:.1f}" y="{top - 4:.1f}" text-anchor="middle">{word}</text>'
            for x, day, word in ((half, fan.half, "50%"), (sure, fan.sure, "85%"))
            if day is not None
        )
        return f'<polygon class="fan" points="{begin} {half:.1f},{top:.1f} {sure:.1f},{top:.1f}"/>{marks}'

    def target(self) -> str:
        """The day by which it is to be done."""
        day = self._found.target_on
        if day is None or day > self._last:
            return ""
        x = max(LEFT, self._x(day))
        return (
            f'<line class="target" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TALL - FOOT}"/>'
            f'<text class="target-word" x="{x + 4:.1f}" y="{TALL - FOOT - 6}">target</text>'
        )

    def _x(self, day: date) -> float:
        span = (self._last - self._first).days or 1
        return LEFT + (WIDE - LEFT - RIGHT) * (day - self._first).days / span

    def _y(self, count: float) -> float:
        floor = TALL - FOOT
        return floor - (floor - TOP - 10) * count / self._most


def spans(rows: Sequence[tuple[Forecast | None, date | None]]) -> list[Markup]:
    """For each row a bar from its P50 to its P85 date, with its target as a mark, all on one axis; empty without dates."""
    days = [day for forecast, target in rows for day in (*_dates(forecast), target) if day is not None]
    if not days:
        return [Markup("")] * len(rows)
    first, last = min(days), max(days)
    span = (last - first).days or 1

    def x(day: date) -> float:
        return 6 + (SPAN_WIDE - 12) * (day - first).days / span

    return [_span(_dates(forecast), target, x) for forecast, target in rows]


def _span(dates: tuple[date, ...], target: date | None, x: Callable[[date], float]) -> Markup:
    if not dates and target is None:
        return Markup("")
    bar = ""
    if dates:
        width = max(3.0, x(dates[-1]) - x(dates[0]))
        late = target is not None and dates[-1] > target
        bar = f'<rect class="{"over" if late else "within"}" x="{x(dates[0]):.1f}" y="5" width="{width:.1f}" height="8"/>'
    mark = f'<line class="capacity" x1="{x(target):.1f}" x2="{x(target):.1f}" y1="1" y2="17"/>' if target else ""
    return Markup(  # noqa: S704 - numbers made here
        f'<svg class="span" viewBox="0 0 {SPAN_WIDE} {SPAN_TALL}" width="{SPAN_WIDE}" height="{SPAN_TALL}" '
        f'aria-hidden="true">{bar}{mark}</svg>'
    )


def _dates(forecast: Forecast | None) -> tuple[date, ...]:
    if forecast is None or forecast.refused or forecast.finished:
        return ()
    return tuple(day for day in (forecast.p50, forecast.p85) if day is not None)


def _by(day: date | None) -> str:
    return f"by {day:%d %b %Y}" if day else "only beyond a year"
