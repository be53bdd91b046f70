"""What a moment allows: quiet hours, the count of the day, and when what waits is looked at again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from model.push import Channel
from model.tree import Quiet


@dataclass(frozen=True)
class Day:
    """A moment in the deployment's zone. ``made``: writes since midnight, by target and channel."""

    now: datetime
    zone: ZoneInfo
    made: Mapping[tuple[str, Channel], int]

    def made_at(self, target: str, channel: Channel) -> int:
        """How many times a channel of a target was written today."""
        return self.made.get((target, channel), 0)

    @property
    def next_midnight(self) -> datetime:
        """When the next day begins."""
        return midnight(self.now, self.zone, days=1)


def midnight(now: datetime, zone: ZoneInfo, *, days: int = 0) -> datetime:
    """The begin of the local day of ``now``, or of one ``days`` later; in UTC, right when clocks change."""
    day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(now.tzinfo)


def quiet_until(quiet: Quiet, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When people may be told again; None: now. Quiet days and hours that touch are one quiet time."""
    at, until = now, None
    for _ in range(2 * 8):  # every day and every night of a week at most
        end = _end(quiet, at, zone)
        if end is None:
            return until
        at = until = end
    return until


def _end(quiet: Quiet, at: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of the quiet day or of the quiet hours that ``at`` lies in."""
    local = at.astimezone(zone)
    if local.weekday() in quiet.days:
        return midnight(at, zone, days=1)
    if quiet.start is None or quiet.end is None:
        return None
    clock = local.time()
    over_night = quiet.end < quiet.start
    within = (clock >= quiet.start or clock < quiet.end) if over_night else quiet.start <= clock < quiet.end
    if not within:
        return None
    day = local.date() + timedelta(days=1 if over_night and clock >= quiet.start else 0)
    ends = datetime.combine(day, quiet.end, tzinfo=zone).astimezone(at.tzinfo)
    # In the hour that comes twice in autumn the end is the one that lies ahead.
    return ends if ends > at else datetime.combine(day, quiet.end, tzinfo=zone).replace(fold=1).astimezone(at.tzinfo)
