"""Where a pull starts and where it goes on: what is remembered between two pulls, and between two pages of one.

All moments are the site's own time. ``updated`` stamps are kept as milliseconds since the epoch, so that an account
which moves to another time zone changes nothing.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from connector.jira.site import Json
from model.errors import UsageError

OVERLAP = timedelta(minutes=15)
"""Search lags behind writes by seconds to minutes: what was asked for is asked for again until it has settled."""
MARGIN = timedelta(minutes=20)  # how much longer than needed a window may be: whole minutes, an unknown clock
GRAIN_MS = 2000
"""Some sites write ``updated`` in whole seconds: an issue that was read so soon after it may change again unnoticed."""
ONE_PAGE = 100  # issues with their ``updated`` that come in one request
M = TypeVar("M", bound=BaseModel)


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Schedule(_Kept):
    """When the slower lists were last read. ``booked_ms``: where the feed of bookings goes on."""

    words_at: datetime
    lists_at: datetime
    feeds_at: datetime
    booked_ms: int
    refused_at: datetime


class Cursor(_Kept):
    """What an incremental pull starts from.

    ``watermark``: the highest ``updated`` seen. ``asked_at``: when the site was last asked, by its own clock.
    ``skew_s``: the site's clock minus ours;
    None where the site tells no time. ``seen``: ``updated`` by issue id of what the next pull will see again;
    ``fresh``: those of them that were read within ``GRAIN_MS`` of it, and so must be read once more.
    ``account``: who saw it. ``fields``: what was asked for of every issue. ``sources``: what was read (texts);
    ``refused``: those of them that Jira did not accept. ``below``: ids found below the sources' epics.
    """

    version: int = 2
    watermark: datetime | None
    asked_at: datetime
    skew_s: float | None = None
    seen: dict[int, int] = {}
    fresh: tuple[int, ...] = ()
    account: str
    fields: tuple[str, ...]
    sources: tuple[str, ...]
    refused: tuple[str, ...] = ()
    below: tuple[int, ...] = ()
    schedule: Schedule

    def window_start(self) -> datetime:
        """The moment from which the next pull must see everything.

        Whatever was written ``OVERLAP`` before the site was last asked has been seen. The window also reaches back to
        the newest issue seen, whose return proves the search; not where that would bring more than a page each time.
        """
        settled = self.asked_at - OVERLAP
        if self.watermark is None or settled <= self.watermark:
            return settled
        newest = moment_ms(self.watermark)
        return settled if sum(1 for at in self.seen.values() if at >= newest) > ONE_PAGE else self.watermark


class Checkpoint(_Kept):
    """Where a pull goes on that was cut off.

    A full one: issues up to and including ``after`` are stored. An incremental one: ``after`` is None, and ``cursor``
    knows what was stored since. ``started`` is when it began. ``lists``: so many of the site's lists are stored, and
    more are to come; then ``cursor`` does not know the fields yet.
    """

    version: int = 2
    after: int | None
    lists: int | None = None
    started: datetime
    cursor: Cursor


class SeenStamps:
    """Gathers ``updated`` stamps of a pull; keeps those that a later pull may see again."""

    def __init__(self, watermark: datetime | None, seen: dict[int, int], *, started: datetime) -> None:
        self.watermark = watermark
        self._seen = dict(seen)
        self._started = started

    def add(self, stamps: Iterable[tuple[int, int]]) -> None:
        """Issue ids with their ``updated``. The watermark never passes the start: later changes may lie unseen."""
        for number, at in stamps:
            self._seen[number] = at
            moment = datetime.fromtimestamp(at / 1000, UTC)
            if moment <= self._started and (self.watermark is None or moment > self.watermark):
                self.watermark = moment

    def forget(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._seen.pop(number, None)

    def fresh(self) -> tuple[int, ...]:
        """Those that may have changed after they were read, in the very second of their ``updated``."""
        edge_ms = moment_ms(self._started) - GRAIN_MS
        return tuple(sorted(number for number, at in self._seen.items() if at >= edge_ms))

    def kept(self) -> dict[int, int]:
        """What lies in the next window, or may."""
        edge = self._started - OVERLAP
        if self.watermark is not None:
            edge = min(edge, self.watermark)
        edge_ms = moment_ms(edge - MARGIN)
        self._seen = {number: at for number, at in self._seen.items() if at >= edge_ms}
        return dict(self._seen)


def moment_ms(moment: datetime) -> int:
    """Milliseconds since the epoch."""
    return int(moment.timestamp() * 1000)


def updated_ms(issue: Json) -> int | None:
    """An issue's ``updated`` as milliseconds; None where it has none that can be read."""
    try:
        return moment_ms(datetime.fromisoformat(str((issue.get("fields") or {})["updated"])))
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def read_cursor(text: str | None, connection: str) -> Cursor | None:
    """A cursor of ours; None for none, and for one of an earlier version: then everything is read again.

    Raises UsageError for a text that is no cursor.
    """
    return _read(Cursor, text, connection, "cursor")


def read_checkpoint(text: str | None, connection: str) -> Checkpoint | None:
    """A checkpoint of ours; None for none, and for one of an earlier version. Raises UsageError."""
    return _read(Checkpoint, text, connection, "checkpoint")


def _read(shape: type[M], text: str | None, connection: str, what: str) -> M | None:
    if text is None:
        return None
    try:
        document = json.loads(text)
        if isinstance(document, dict) and document.get("version") != 2 and ("since" in document or "stage" in document):
            return None
        return shape.model_validate(document, strict=False)
    except (ValueError, ValidationError) as exc:
        raise UsageError(
            f"The stored {what} of this connection can't be read.", where=connection, fix="Run sync --full.",
            reason=f"bad_{what}",
        ) from exc
