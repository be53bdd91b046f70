"""What moved a node's score since a moment: both moments counted from the store, and split into causes."""

from dataclasses import dataclass
from datetime import datetime

from model.errors import UsageError
from model.landscape import Landscape, ProjectRecords
from rollup.change import Explained, Side, explain_change
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


def moved_since(workspace: Workspace, node: str, *, since: datetime, until: datetime | None = None) -> Moved:
    """What moved a node between two moments (None: now), each as known and ruled then.

    Raises UsageError when the first is not before the second.
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
        explained = explain_change(_side(since, then, then, later), _side(end, later, then, later), node)
    return Moved(explained, remembered)


def _side(at: datetime, known: "_Past", then: "_Past", now: "_Past") -> Side:
    def records(key: str, by_then_tree: bool) -> ProjectRecords:
        return known.records(key, then if by_then_tree else now, old=by_then_tree)

    return Side(at, known.landscape, records)


class _Past:
    """What was known at a moment, and the settings of then (None: of now)."""

    def __init__(self, workspace: Workspace, uow: UnitOfWork, moment: datetime | None, now: datetime) -> None:
        self._uow = uow
        self.known_at = moment or now
        landscape, _ = read(workspace, uow, known_at=moment)
        kept = uow.settings.at(moment) if moment is not None else None
        self.landscape = landscape if kept is None else _ruled(landscape, kept)
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


def _ruled(landscape: Landscape, kept: ScoringSettings) -> Landscape:
    return landscape.model_copy(
        update={
            "tree": kept.tree, "policies": kept.policies, "teammates": kept.teammates, "timezone": kept.timezone,
            "money": kept.money or landscape.money,
        }
    )  # fmt: skip
