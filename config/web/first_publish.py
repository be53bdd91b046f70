"""Where health is published, as the first steps ask it: one place a node, and what is said there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.web.first_tree import Nodes, walk
from model.tree import Target
from service.publishing_places import Possible

CHANNELS = ("fields", "comment", "status_update")


@dataclass
class Line:
    """One node of the form: what can be chosen, what is chosen, what is wrong.

    ``many``: it has several places, or one that this page can't show; it is left as it is.
    """

    possible: Possible
    place: str = ""
    item: str = ""
    channels: dict[str, bool] = field(default_factory=dict)
    many: int = 0
    fault: str | None = None

    @property
    def target(self) -> dict[str, Any] | None:
        """The place as the document has it; None: nowhere."""
        if self.item and self.possible.item_at:
            connection, kind = self.possible.item_at
            value = self.item
        elif self.place:
            connection, kind, value = self.place.split(":", 2)
        else:
            return None
        entry: dict[str, Any] = {"connection": connection, kind: value}
        if not self.channels.get("fields", True):
            entry["fields"] = False
        entry |= {name: "on_band_change" for name in CHANNELS[1:] if self.channels.get(name)}
        return entry

    def bare(self) -> Target | None:
        """The place itself, to be looked at; None: nowhere."""
        entry = self.target
        if entry is None:
            return None
        kind = next(key for key in entry if key not in ("connection", *CHANNELS))
        return Target.of_label(f"{entry['connection']}:{kind}:{entry[kind]}")


def lines(possible: Sequence[Possible], portfolios: Nodes, *, first: bool) -> list[Line]:
    """The form as it stands in the document. ``first``: nothing was chosen yet, so what suits each node is chosen."""
    there = {str(one["id"]): one.get("publish") or [] for one in walk(portfolios) if "id" in one}
    return [_line(one, there.get(one.node.id, []), first=first) for one in possible if one.node.id in there]


def _line(one: Possible, publish: list[dict[str, Any]], *, first: bool) -> Line:
    if not publish:
        chosen = one.choices[0].label if first and one.choices and one.node.sources else ""
        return Line(one, place=chosen, channels={"fields": True})
    entry = publish[0]
    kinds = [key for key in entry if key in ("issue", "task", "project", "portfolio")]
    label = f"{entry['connection']}:{kinds[0]}:{entry[kinds[0]]}" if kinds else ""
    listed = label in {choice.label for choice in one.choices}
    typed = one.item_at is not None and bool(kinds) and (entry["connection"], kinds[0]) == one.item_at
    if len(publish) > 1 or not (listed or typed):
        return Line(one, many=len(publish))
    channels = {"fields": entry.get("fields", True) is not False}
    channels |= {name: entry.get(name) == "on_band_change" for name in CHANNELS[1:]}
    return Line(one, place=label if listed else "", item="" if listed else str(entry[kinds[0]]), channels=channels)


def read(shown: Sequence[Line], typed: Mapping[str, str], item_of: Callable[[str, str], str | None]) -> None:
    """Put what was typed into the lines: ``place.ID``, ``item.ID``, and a box for each channel.

    ``item_of``: the item of a connection that a text names; None for an address of none, which becomes the line's fault.
    """
    for line in shown:
        node = line.possible.node.id
        if line.many or f"shown.{node}" not in typed:
            continue
        line.place, line.item = typed.get(f"place.{node}", ""), typed.get(f"item.{node}", "").strip()
        line.channels = {name: f"{name}.{node}" in typed for name in CHANNELS}
        if line.item and line.possible.item_at:
            connection, kind = line.possible.item_at
            found = item_of(connection, line.item)
            line.item = found or line.item
            line.fault = None if found else f"This is the address of no {kind} in {connection}. Write its key."


def put(shown: Sequence[Line], portfolios: Nodes) -> Nodes:
    """The document's tree with the chosen places."""
    chosen = {line.possible.node.id: line for line in shown if not line.many}
    for one in walk(portfolios):
        line = chosen.get(str(one.get("id")))
        if line is None:
            continue
        rest: dict[str, Any] = {key: one.pop(key) for key in ("programs", "projects") if key in one}
        one.pop("publish", None)
        if line.target is not None:
            one["publish"] = [line.target]
        one.update(rest)
    return portfolios
