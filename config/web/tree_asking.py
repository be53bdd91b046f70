"""What the tools say of the sources and the origin of an entry of the tree, asked before it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config.document import FromEntry
from config.endpoints import SourceEntry
from config.faults import Fault
from config.web.tree_forms import OWN
from service import tree_sources
from service.tree_sources import Told
from service.workspace import Workspace

UNASKED = "It can be kept unasked: do the same once more."


@dataclass
class Answers:
    """What the tools said. ``counted``: by field (``sources.0``, ``from``); ``refused``: something new is refused."""

    faults: tuple[Fault, ...] = ()
    counted: dict[str, str] = field(default_factory=dict)
    refused: bool = False

    def take(self, place: tuple[str | int, ...], told: Told, *, new: bool) -> None:
        if told.said:
            self.faults += (Fault((OWN, *place), told.said, "" if told.refused else UNASKED),)
            self.refused |= told.refused and new
        elif told.items is not None:
            self.counted[".".join(map(str, place))] = f"{told.items} items, says the tool"


def ask(space: Workspace, entry: Mapping[str, Any], was: Mapping[str, Any]) -> Answers:
    """Ask the tools about an entry that the document could hold; ``was``: the entry before, whose sources are kept anyway."""
    found, context = Answers(), {"connections": list(space.connections)}
    known = was.get("sources") or ()
    for index, one in enumerate(entry.get("sources") or ()):
        source = SourceEntry.model_validate(one, context=context).record()
        found.take(("sources", index), tree_sources.count(space, source), new=one not in known)
    if entry.get("from"):
        origin = FromEntry.model_validate(entry["from"], context=context).record()
        found.take(("from",), tree_sources.count_origin(space, origin), new=entry["from"] != was.get("from"))
    return found
