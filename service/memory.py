"""What a worker remembers between two runs, so that one change costs what it touches and not the whole organisation.

Held are the landscape, and what ``rollup.recall`` keeps: outlines and scores of all nodes, about 0.1 MB for a project of
500 items of which half are open. Every run compares it with the store before it uses any of it, and forgets what differs,
whoever wrote it: a project by when it was last marked, what projects share by when anything of its connection was last
learned. What cannot be told apart so (a new day, another configuration or tree) makes everything be read anew.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from model.landscape import Landscape, ProjectRecords
from model.tree import NodeKind
from model.work import Link
from rollup.affected import affected, with_ancestors
from rollup.facts import ProjectFacts, count_facts
from rollup.facts.state import States
from rollup.recall import Recall
from service.landscape import landscape_of, renewed
from service.workspace import Workspace
from store.unit_of_work import UnitOfWork

K = TypeVar("K")
V = TypeVar("V")
MOST_RECORDS = 10_000  # item histories
MOST_FACTS = 100_000  # leaves; about 45 MB
Counted = Callable[[str, datetime], ProjectFacts]
_SHARED = {
    "links": ("links",),
    "goals": ("goals", "goal_versions"),
    "declared_statuses": ("declared",),
    "allocations": ("planned", "planned_ever"),
}
"""Table → the fields of the landscape that are made of it."""


@dataclass(frozen=True)
class Seen:
    """How the store stood when it was last looked at."""

    settings: tuple[Any, ...]
    today: date
    learned: Mapping[str, datetime]
    stamps: Mapping[str, datetime]
    reference: Mapping[str, tuple[bytes, ...]]


@dataclass
class Memory:
    """The memory of one worker. Not to be used by two threads at once."""

    recall: Recall = field(default_factory=Recall)
    landscape: Landscape | None = None
    seen: Seen | None = None

    def clear(self) -> None:
        """Forget everything: the next run reads it anew."""
        self.recall, self.landscape, self.seen = Recall(), None, None

    def look(
        self,
        workspace: Workspace,
        uow: UnitOfWork,
        now: datetime,
        marked: Collection[str],
        *,
        changing: Collection[str] = (),
    ) -> tuple[Landscape, Counted, frozenset[str]]:
        """Compare with the store, forget what differs, and return what a roll-up reads and the nodes to be scored anew.

        ``marked``: nodes that wait to be scored, whoever marked them. ``changing``: nodes that are left for a later run,
        which sees that they differ.
        """
        seen = _seen(workspace, uow, now, self.seen)
        before, old = self.landscape, self.seen
        if old is not None and changing:
            later = {node: old.stamps[node] for node in changing if node in old.stamps}
            stamps = {node: at for node, at in seen.stamps.items() if node not in changing}
            seen = replace(seen, stamps=stamps | later)
        self.seen = seen
        same = old is not None and (old.settings, old.today, old.reference) == (seen.settings, seen.today, seen.reference)
        if before is None or old is None or not same:
            return self._begin(workspace, uow, now)
        landscape = renewed(workspace, uow, before, _differing(uow, old.learned, seen.learned))
        if landscape.first_sync_at != before.first_sync_at:
            return self._begin(workspace, uow, now)
        self.landscape = landscape
        nodes = landscape.tree.by_id()
        touched = {node for node, at in seen.stamps.items() if old.stamps.get(node) != at}.union(marked)
        changed = {node for node in touched if node in nodes and nodes[node].kind is NodeKind.PROJECT}
        if moved := _moved_items(before, landscape):
            changed |= uow.records.nodes_touched(moved, landscape.containers)
        if self.recall.common is not None and changed:
            self.recall.common.update(uow.records.common_items(landscape.containers, changed))
        counted = _Counting(uow, landscape)
        self.recall.recount(changed)
        only = affected(landscape, changed | self._of_planned(before, landscape), counted, now, recall=self.recall)
        only |= with_ancestors(nodes, (touched | _judged(before, landscape)) & nodes.keys())
        self.recall.forget(only)
        return landscape, counted, frozenset(only)

    def _begin(
        self, workspace: Workspace, uow: UnitOfWork, now: datetime
    ) -> tuple[Landscape, Counted, frozenset[str]]:
        landscape = landscape_of(workspace, uow, known_at=None)
        self.landscape = landscape
        self.recall = Recall(uow.records.common_items(landscape.containers))
        counted = _Counting(uow, landscape)
        affected(landscape, (), counted, now, recall=self.recall)  # an outline of every project
        self.recall.complete = True
        return landscape, counted, frozenset(landscape.tree.by_id())

    def _of_planned(self, before: Landscape, now: Landscape) -> set[str]:
        """The projects of the people of whose time something else is reserved than before."""
        return {
            project
            for entry in _differ(before.planned, now.planned)
            for project in (*self.recall.people.get(entry.account, ()), *entry.nodes)
        }


def _seen(workspace: Workspace, uow: UnitOfWork, now: datetime, old: Seen | None) -> Seen:
    learned = uow.sync.learned()
    return Seen(
        settings=(
            workspace.tree, workspace.policies, workspace.teammates, workspace.timezone, workspace.money,
            workspace.connections,
        ),
        today=now.astimezone(ZoneInfo(workspace.timezone)).date(),
        learned=learned,
        stamps=uow.dirty.stamps(),
        reference={
            name: old.reference[name]
            if old is not None and name in old.reference and old.learned.get(name) == learned.get(name)
            else uow.raw.hashes(name, tuple(workspace.connector(name).reference_kinds))
            for name in workspace.connections
        },
    )  # fmt: skip


def _differing(uow: UnitOfWork, old: Mapping[str, datetime], new: Mapping[str, datetime]) -> frozenset[str]:
    """The fields of the landscape in which anything was learned, and "" where anything at all was."""
    found: set[str] = set()
    for connection, at in new.items():
        since = old.get(connection)
        if since != at:
            tables = _SHARED if since is None else uow.records.learned_since(connection, since)
            found.update("", *(_SHARED[table] for table in tables))
    return frozenset(found)


class _Counting:
    """Counts facts. What fits is held for one run: the records of a few projects, and the facts of more."""

    def __init__(self, uow: UnitOfWork, landscape: Landscape) -> None:
        self._uow = uow
        self._landscape = landscape
        self._nodes = landscape.tree.by_id()
        self._records: Held[str, tuple[ProjectRecords, States]] = Held(MOST_RECORDS)
        self._facts: Held[tuple[str, datetime], ProjectFacts] = Held(MOST_FACTS)

    def __call__(self, node: str, at: datetime) -> ProjectFacts:
        def count() -> tuple[ProjectFacts, int]:
            records, states = self._records.get(node, lambda: self._read(node))
            facts = count_facts(records, self._nodes[node], self._landscape, at, states=states)
            return facts, len(facts.leaves)

        return self._facts.get((node, at), count)

    def _read(self, node: str) -> tuple[tuple[ProjectRecords, States], int]:
        records = self._uow.records.project_records(node, self._landscape.containers[node])
        return (records, States()), len(records.items)


class Held(Generic[K, V]):
    """What was made last, as long as its sizes together stay within ``most``; the newest always."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._size = 0

    def get(self, key: K, make: Callable[[], tuple[V, int]]) -> V:
        """What is held for a key, else what ``make`` gives, with its size."""
        if key not in self._entries:
            value, size = self._entries[key] = make()
            self._size += size
            while self._size > self._most and len(self._entries) > 1:
                self._size -= self._entries.popitem(last=False)[1][1]
            return value
        self._entries.move_to_end(key)
        return self._entries[key][0]


def _differ(before: Sequence[Any], now: Sequence[Any]) -> list[Any]:
    """The records that are in one of two lists alone, or are others under the same id."""
    if before is now:
        return []
    one, other = ({record.id: record for record in records} for records in (before, now))
    apart = [key for key in one.keys() | other.keys() if one.get(key) != other.get(key)]
    return [side[key] for key in apart for side in (one, other) if key in side]


def _moved_items(before: Landscape, now: Landscape) -> set[str]:
    """The items whose links differ, or which a goal that differs names: their projects are counted anew."""
    links: list[Link] = _differ(before.links, now.links)
    found = {end for link in links for end in (link.source_id, link.target_id) if end}
    if before.goals is not now.goals:
        found |= {support.subject_id for goal in _differ(before.goals, now.goals) for support in goal.supported_by}
    return found


def _judged(before: Landscape, now: Landscape) -> set[str]:
    """The nodes on which a person set another band, or another status, or that name goals that differ."""
    found = {one.node for one in set(before.overrides) ^ set(now.overrides)}
    subjects = {one.subject_id for one in _differ(before.declared, now.declared)}
    if before.goals is not now.goals:
        found |= {node.id for node in now.tree.nodes if node.kind is not NodeKind.PROJECT}
    for node in now.tree.nodes if subjects else ():
        places = {f"{source.connection}:{source.kind}:{source.value}" for source in node.sources}
        if not subjects.isdisjoint(places | {target.label for target in node.publish}):
            found.add(node.id)
    return found
