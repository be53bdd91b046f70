"""Writes in words for a page: by place, each with what stands there and what is to stand there."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from model.health import Band
from model.push import FIELD_NAMES, Channel, HealthRole, Write, WriteResult
from model.reminder import Reminded
from service.places import places_of
from service.pushing.decide import NOT_SET_UP
from service.workspace import Workspace

_BANDS = {band.value: band.words for band in Band}
_LONGEST = 300
_CHANNELS = {
    Channel.PROPERTY: "The receipt behind the fields", Channel.COMMENT: "Comment", Channel.REMINDER: "Reminder",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One write: what is written, what stood there, what is to stand there. ``state``: why it is not, if it is not."""

    what: str
    old: str | None
    new: str | None
    result: str
    state: str = ""


@dataclass
class Place:
    """A place in a tool with its writes. ``url``: where it opens, where that is known."""

    connection: str
    name: str
    url: str | None
    node: str
    lines: list[Line] = field(default_factory=list)


def told(workspace: Workspace, writes: Sequence[Write]) -> tuple[Place, ...]:
    """The writes by place, in their order."""
    known = places_of(workspace, [write.target for write in writes])
    names = {node.id: node.name for node in workspace.tree.nodes}
    found: dict[str, Place] = {}
    for write in writes:
        place = known.get(write.target)
        here = found.setdefault(write.target, Place(
            write.connection, place.name if place else write.target.partition(":")[2], place.url if place else None,
            names.get(write.node, write.node),
        ))  # fmt: skip
        here.lines.append(_line(write))
    return tuple(found.values())


def _line(write: Write) -> Line:
    waits = write.result in (WriteResult.SKIPPED, WriteResult.REFUSED, WriteResult.FAILED)
    state = "after set-up" if write.reason == NOT_SET_UP else write.why if waits else ""
    return Line(_what(write), _shown(write.old), _shown(write.new), write.result.value, state)


def _what(write: Write) -> str:
    if write.channel is Channel.FIELD:
        role = next((role for role in HealthRole if role.value == write.field), None)
        return FIELD_NAMES[role] if role is not None else "This place"
    return _CHANNELS.get(write.channel, "Status update")


def _shown(value: JsonValue) -> str | None:
    if reminded := Reminded.of(value):
        return reminded.words
    if isinstance(value, dict):
        band, score = _BANDS.get(str(value.get("band")), "–"), value.get("score")
        return band if score is None else f"{band} {score}"
    if value is None:
        return None
    text = f"{value:g}" if isinstance(value, float) else _BANDS.get(str(value), str(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
