"""How writes are shown: like a diff, by connection and target, with why."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue
from rich.console import Console
from rich.markup import escape

from model.health import Band
from model.push import Channel, HealthRole, Write, WriteResult
from model.reminder import Reminded
from service.places import Place

SIGNS = {WriteResult.SKIPPED: "·", WriteResult.FAILED: "!", WriteResult.REFUSED: "!"}
_SPOKEN = (Channel.COMMENT, Channel.STATUS_UPDATE, Channel.REMINDER)
_BANDS = {band.value: band.words for band in Band}
_EDITED = "Somebody changed it"
_LONGEST = 60


def writes_table(console: Console, writes: Sequence[Write], places: Mapping[str, Place]) -> None:
    """What is (to be) written where, what is left alone and why, and how many of each in the end."""
    for connection in dict.fromkeys(write.connection for write in writes):
        mine = [w for w in writes if w.connection == connection and w.result is not WriteResult.UNCHANGED]
        if mine:
            console.print(f"[bold]{escape(connection)}[/]")
        if len(mine) > 1 and len({(write.result, write.why) for write in mine}) == 1 and mine[0].result in SIGNS:
            console.print(f"  {SIGNS[mine[0].result]} {mine[0].result} everywhere: {escape(mine[0].why)}", soft_wrap=True)
            continue
        for target in dict.fromkeys(write.target for write in mine):
            _target(console, [write for write in mine if write.target == target], places.get(target))
    counts = {result: sum(write.result is result for write in writes) for result in WriteResult}
    console.print(", ".join(f"{count} {result}" for result, count in counts.items() if count) or "nothing to write")


def _target(console: Console, writes: Sequence[Write], place: Place | None) -> None:
    """One target: its fields together, then a line a place; what is not plain from the change with its reason."""
    first = writes[0]
    label = first.target.removeprefix(f"{first.connection}:")
    named = ""
    if place is not None:
        kind, _, value = label.partition(":")
        label = kind if value.isdigit() else label  # a number tells nobody anything, a key does
        named = f" “{escape(place.name)}”"
    beside = "  ".join(filter(None, [first.node, place.url if place else None]))
    console.print(f"  [bold]{escape(label)}{named}[/]  [dim]{escape(beside)}[/]", soft_wrap=True)
    fields = [write for write in writes if write.channel is Channel.FIELD and write.field]
    for result in dict.fromkeys(write.result for write in fields):
        _fields(console, [write for write in fields if write.result is result])
    for write in writes:
        if write not in fields:
            _line(console, write, change(write))
            if write.result in SIGNS or write.channel in _SPOKEN or (write.field is None and write.channel is Channel.FIELD):
                console.print(f"        [dim]{escape(write.why)}[/]", soft_wrap=True)


def _fields(console: Console, writes: Sequence[Write]) -> None:
    """Our fields at a target that fare alike, in one line; beside it what people read, or why it is not so."""
    told = [write for write in writes if write.field != HealthRole.REASON] or list(writes)
    _line(console, told[0], ", ".join(change(write) for write in told))
    reason = next((write for write in writes if write.field == HealthRole.REASON), None)
    whys = dict.fromkeys(write.why for write in writes if write.result in SIGNS or _EDITED in write.why)
    if reason is not None and reason.result not in SIGNS and reason is not told[0]:
        if reason.old is not None:
            console.print(f"        [red]-[/] {escape(str(reason.old))}", soft_wrap=True)
        console.print(f"        [green]+[/] {escape(str(reason.new))}", soft_wrap=True)
    for why in whys:
        console.print(f"        [dim]{escape(why)}[/]", soft_wrap=True)


def _line(console: Console, write: Write, what: str) -> None:
    state = "" if write.result is WriteResult.PLANNED else f"{write.result:<8} "
    console.print(f"    {_sign(write)} {state}{escape(what)}", soft_wrap=True)


def _sign(write: Write) -> str:
    if write.result in SIGNS:
        return SIGNS[write.result]
    if write.old is None:
        return "[green]+[/]"
    return "[red]-[/]" if write.new is None else "[yellow]~[/]"


def change(write: Write) -> str:
    """A write in a few words; the receipt is too long to show."""
    if write.channel is Channel.SETUP:
        return "made by setup" if write.old is None else "taken away by setup"
    what = write.field if write.channel is Channel.FIELD and write.field else write.channel.value.replace("_", " ")
    if write.channel is Channel.FIELD and write.field is None:
        return "note" if write.reason == "moved" else "all of it"
    if write.channel is Channel.PROPERTY:
        return "receipt" if write.new is not None else "receipt taken away"
    if write.field == HealthRole.REASON:
        return f"{what} {_short(write.new)}"
    old = "" if write.old is None else f"{_short(write.old)} → "
    return f"{what} {old}{_short(write.new)}"


def _short(value: JsonValue) -> str:
    """A value as people say it: a band in words, what a message said as band and score, what a reminder does."""
    if reminded := Reminded.of(value):
        return reminded.words
    if isinstance(value, dict):
        band, score = _BANDS.get(str(value.get("band")), "–"), value.get("score")
        return band if score is None else f"{band} {score:g}"
    text = "–" if value is None else _BANDS.get(str(value), str(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
