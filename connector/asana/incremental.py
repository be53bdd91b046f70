"""What the events of a project say has changed. An event is a hint: what it names is read again, never trusted."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import ValidationError

from connector.asana.payloads import Event


@dataclass
class Changes:
    """Ids of tasks. ``streamed``: the events are all there; False where there is no event stream to rely on."""

    touched: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    sections: bool = False
    streamed: bool = True

    @property
    def any(self) -> bool:
        return bool(self.touched or self.deleted or self.sections)


def event_changes(events: Iterable[dict[str, object]]) -> Changes:
    """Read events in any order and any number of times; one of a shape we don't know is passed over."""
    changes = Changes()
    known: list[Event] = []
    for each in events:
        try:
            known.append(Event.model_validate(each))
        except ValidationError:
            continue
    for event in sorted(known, key=lambda event: event.created_at.isoformat() if event.created_at else ""):
        _take(event, changes)
    changes.touched -= changes.deleted
    return changes


def _take(event: Event, changes: Changes) -> None:
    gid, kind = event.resource.gid, event.resource.resource_type
    if kind == "task" and event.action == "deleted":
        changes.deleted.add(gid)
    elif kind == "task":
        if event.action == "undeleted":
            changes.deleted.discard(gid)
        changes.touched.add(gid)
        if event.action in ("added", "removed", "undeleted"):
            changes.moved.add(gid)
    elif kind == "story" and event.parent and event.parent.resource_type == "task":
        changes.touched.add(event.parent.gid)
    elif kind == "section":
        changes.sections = True
