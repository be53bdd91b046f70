"""What moved a node's score since a moment: both moments counted from the store, and split into causes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from model.errors import UsageError
from model.landscape import Landscape, ProjectRecords
from model.lens import Lens
from rollup.change import Explained, Side, explain_change
from rollup.lens import grouping, part_of
from service.scoring import FactsReader, read
from service.workspace import Workspace, containers_by_node
from store.settings_kept import ScoringSettings
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Moved:
    """``remembered`` False: nothing was scored yet at the earlier moment. It is counted from history by what is known
    and by the rules, tree and people of now, so that only work can have moved it.
    """

    explained: Explained
    remembered: bool


def moved_since(
    workspace: Workspace, node: str, *, since: datetime, until: datetime | None = None, lens: Lens | None = None
) -> Moved:
    """What moved a node between two moments (None: now), each as known and ruled then.

    ``lens``: the node is one of this lens, as it is configured now. Raises UsageError when the first moment is not before
    the second.
    """
    now = workspace.clock()
    end = until or now
    if since >= end:
        raise UsageError(f"{since:%Y-%m-%d} is not before {end:%Y-%m-%d}.", where="--since", fix="Give an earlier day.")
    with workspace.db.read() as uow:
        first = uow.settings.first_at()
        remembered = first is not None and first <= since
        then = _Past(workspace, uow, since if remembered else None, now)
        later = _Past(workspace, uow, until, now) if remembered else then
        if lens is None:
            explained = _explained(node, since, end, then, later)
        else:
            seen = _Through(lens, then, old=True), _Through(lens, later, old=False)
            explained = _explained(node, since, end, *seen)
    return Moved(explained, remembered)


def _explained(node: str, since: datetime, until: datetime, then: "_Seen", now: "_Seen") -> Explained:
    return explain_change(_side(since, then, then, now), _side(until, now, then, now), node)


def _side(at: datetime, known: "_Seen", then: "_Seen", now: "_Seen") -> Side:
    def records(key: str, by_then_tree: bool) -> ProjectRecords:
        return known.records(key, then if by_then_tree else now, old=by_then_tree)

    return Side(at, known.landscape, records, known.parts)


class _Past:
    """What was known at a moment, and the settings of then (None: of now)."""

    def __init__(self, workspace: Workspace, uow: UnitOfWork, moment: datetime | None, now: datetime) -> None:
        self._uow = uow
        self.known_at = moment or now
        landscape, _ = read(workspace, uow, known_at=moment)
        kept = uow.settings.at(moment) if moment is not None else None
        self.landscape = landscape if kept is None else _ruled(landscape, kept)
        self.parts: Mapping[str, frozenset[str] | None] = {}
        tree = self.landscape.tree if kept is not None else None
        self.containers = containers_by_node(workspace, uow, tree)
        self._readers: dict[bool, FactsReader] = {}

    def records(self, key: str, containers_of: "_Past", *, old: bool) -> ProjectRecords:
        """The records of a project as known here, by the sources of one of the trees; none where that has no such project."""
        if old not in self._readers:
            known_at = self.known_at
            self._readers[old] = FactsReader(self._uow, self.landscape, containers_of.containers, known_at)
        if key not in containers_of.containers:
            return ProjectRecords(node=key)
        return self._readers[old].records(key)


class _Through:
    """The same through a lens: its own tree, and of each project the part that lies in one group."""

    def __init__(self, lens: Lens, past: _Past, *, old: bool) -> None:
        self._past = past
        self._found = grouping(lens, past.landscape, lambda key: past.records(key, past, old=old))
        self._nodes = self._found.tree.by_id()
        self.landscape = past.landscape.model_copy(update={"tree": self._found.tree})
        self.parts = {key: part.items for key, part in self._found.parts.items()}

    def records(self, key: str, grouped_by: "_Through", *, old: bool) -> ProjectRecords:
        """The records known here of what one of the groupings puts there; none where that one has no such project."""
        part = grouped_by._found.parts.get(key)
        if part is None:
            return ProjectRecords(node=key)
        return part_of(part, self._past.records(part.project, grouped_by._past, old=old), grouped_by._nodes[key])


_Seen = TypeVar("_Seen", _Past, _Through)


def _ruled(landscape: Landscape, kept: ScoringSettings) -> Landscape:
    return landscape.model_copy(
        update={
            "tree": kept.tree, "policies": kept.policies, "teammates": kept.teammates, "timezone": kept.timezone,
            "money": kept.money or landscape.money,
        }
    )  # fmt: skip
