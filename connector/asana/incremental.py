"""What the events of a project say has changed. An event is a hint: what it names is read again, never trusted."""

from collections.abc import Iterable

from pydantic import ValidationError

from connector.asana.cursor import Pending
from connector.asana.payloads import Event


def event_changes(events: Iterable[dict[str, object]]) -> Pending:
    """Read events in any order and any number of times; one of a shape we don't know is passed over."""
    changes = Pending()
    known: list[Event] = []
    for each in events:
        try:
            known.append(Event.model_validate(each))
        except ValidationError:
            continue
    for event in sorted(known, key=lambda event: event.created_at.isoformat() if event.created_at else ""):
        _take(event, changes)
    changes.touched -= changes.deleted
    changes.moved -= changes.deleted
    return changes


def _take(event: Event, changes: Pending) -> None:
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
        changes.sections.add(gid)
    elif kind == "project":
        changes.project = True
