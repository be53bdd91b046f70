"""Items while they are being written: changes may be planned in any order, and are applied in the order of time.

This is the one place where a field of an item changes after its creation, so that an item and its events always agree.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sandbox.world import Booking, Comment, Event, EventField, Item, Stage

SECTIONS: dict[Stage, str] = {
    "todo": "To do",
    "in_progress": "In progress",
    "review": "In review",
    "blocked": "Blocked",
    "done": "Done",
    "dropped": "Done",
}


@dataclass(frozen=True)
class Change:
    at: datetime
    by: str
    field: EventField
    new: "str | float | date | Draft | None"


@dataclass(eq=False)
class Draft:
    """An item, its parent if any, and what will happen to it; ``started``/``finished`` are the last such moments."""

    item: Item
    parent: "Draft | None" = None
    changes: list[Change] = field(default_factory=list)
    started: datetime | None = None
    finished: datetime | None = None
    dropped: bool = False
    has_parts: bool = False
    epic: int = 0

    def plan(self, at: datetime, by: str, what: EventField, new: "str | float | date | Draft | None") -> None:
        """Note a change for later; one before the item's creation happens a minute after it."""
        self.changes.append(Change(max(at, self.item.created_at + timedelta(minutes=1)), by, what, new))

    def move(self, at: datetime, by: str, stage: Stage) -> None:
        """Note a change of stage, and of the board column where the project has columns."""
        self.plan(at, by, "stage", stage)
        if self.item.section is not None:
            self.plan(at, by, "section", SECTIONS[stage])

    def book(self, at: datetime, by: str, hours: float) -> None:
        self.item.bookings.append(Booking(at=at, by=by, hours=hours, day=at.date()))

    def say(self, at: datetime, by: str, text: str) -> None:
        self.item.comments.append(Comment(at=at, by=by, text=text))

    @property
    def is_open(self) -> bool:
        return self.finished is None and not self.dropped

    def settle(self, now: datetime) -> None:
        """Apply what was planned up to ``now``, oldest first; a change to what is there already leaves no event."""
        for change in sorted(self.changes, key=lambda one: one.at):
            if change.at <= now:
                self._apply(change)
        item = self.item
        item.bookings = sorted((one for one in item.bookings if one.at <= now), key=lambda one: one.at)
        item.comments = sorted((one for one in item.comments if one.at <= now), key=lambda one: one.at)
        self.changes.clear()

    def _apply(self, change: Change) -> None:
        new: Any = change.new.item.key if isinstance(change.new, Draft) else change.new
        before, after = as_text(getattr(self.item, change.field)), as_text(new)
        if before == after:
            return
        setattr(self.item, change.field, new)
        if change.field == "stage":
            self.item.done_at = change.at if new == "done" else None
        self.item.events.append(Event(at=change.at, by=change.by, field=change.field, old=before, new=after))


def as_text(value: str | float | date | None) -> str | None:
    """The text form of a value in an event: ISO dates, plain decimals."""
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else f"{value:g}" if isinstance(value, float) else value
