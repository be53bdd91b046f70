"""Writes as a page shows them: by connection and place, old against new, with why."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pydantic import JsonValue

from model.health import Band
from model.push import Channel, Write, WriteResult
from model.reminder import Reminded
from service.places import Place

_BANDS = {band.value: band.words for band in Band}
_NAMES = {
    Channel.COMMENT: "comment", Channel.PROPERTY: "receipt", Channel.STATUS_UPDATE: "status update", Channel.SETUP: "set-up",
    Channel.REMINDER: "reminder",
}  # fmt: skip
_LONGEST = 3_000
SIGNS = {
    WriteResult.PLANNED: ("~", "to be written"), WriteResult.WRITTEN: ("✓", "written"),
    WriteResult.UNCHANGED: ("=", "unchanged"), WriteResult.SKIPPED: ("·", "left alone"),
    WriteResult.REFUSED: ("!", "refused"), WriteResult.FAILED: ("!", "failed"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One write. ``old`` and ``new``: as people read them, None: nothing. ``long``: too long for a line; ``folded``: too long
    to be seen at once, to be opened.
    """

    sign: str
    fate: str
    result: WriteResult
    what: str
    old: str | None
    new: str | None
    why: str
    long: bool = False
    folded: bool = False


@dataclass(frozen=True)
class Spot:
    """A place in a tool with what is written there."""

    connection: str
    label: str
    name: str | None
    url: str | None
    node: str
    lines: tuple[Line, ...]


def spots(writes: Sequence[Write], places: Mapping[str, Place]) -> tuple[Spot, ...]:
    """Writes in their order, those that follow each other at one place together."""
    found = []
    for (connection, target, node), some in groupby(writes, key=lambda write: (write.connection, write.target, write.node)):
        place = places.get(target)
        label = target.removeprefix(f"{connection}:")
        kind, _, value = label.partition(":")
        label = kind if value.isdigit() and place else label  # a number tells nobody anything, a key does
        lines = tuple(line(write) for write in some)
        found.append(Spot(connection, label, place and place.name, place and place.url, node, lines))
    return tuple(found)


def line(write: Write) -> Line:
    """One write for a line of a page."""
    sign, fate = SIGNS[write.result]
    old, new = _told(write.old), _told(write.new)
    folded = any(text is not None and ("\n" in text or len(text) > 1_000) for text in (old, new))
    long = folded or any(text is not None and len(text) > 60 for text in (old, new))
    return Line(sign, fate, write.result, _what(write), old, new, write.why, long, folded)


def _what(write: Write) -> str:
    if write.channel is Channel.FIELD:
        return write.field or "all of it"
    if write.channel is Channel.SETUP:
        return "made by set-up" if write.old is None else "taken away by set-up"
    return _NAMES[write.channel]


def _told(value: JsonValue) -> str | None:
    """A value as people say it: a band in words, what a message said as band and score, anything else as its JSON."""
    if value is None:
        return None
    if reminded := Reminded.of(value):
        return reminded.words
    if isinstance(value, dict) and set(value) <= {"band", "score", "gone"}:
        band, score = _BANDS.get(str(value.get("band")), "–"), value.get("score")
        return band if score is None else f"{band} {score:g}" if isinstance(score, int | float) else band
    if isinstance(value, dict | list):
        text = json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True)
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    if isinstance(value, str):
        return _BANDS.get(value, value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…")
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
