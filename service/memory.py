"""What a worker remembers between two runs, so that one change costs what it touches and not the whole organisation.

Held are the landscape, and what ``rollup.recall`` keeps: outlines and scores of all nodes, about 0.1 MB for a project of
500 items of which half are open. Every run compares it with the store before it uses any of it, and forgets what differs,
whoever wrote it: a project by when it was last marked, what projects share by when anything of its connection was last
learned. What cannot be told apart so (a new day, another configuration or tree) makes everything be read anew.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import blake2b
from sys import intern
from typing import Any
from zoneinfo import ZoneInfo

from model.landscape import ItemHistory, Landscape, ProjectRecords
from model.tree import NodeKind
from model.work import Change, Link, Membership, Worklog
from rollup.affected import affected, with_ancestors
from rollup.facts import ProjectFacts, count_facts
from rollup.facts.alike import Pair, all_alike, beside_items, standing
from rollup.facts.links import LinkEnds
from rollup.facts.state import States, state_at
from rollup.recall import Recall, Stands
from service.held import Held
from service.landscape import landscape_of, renewed
from service.workspace import Workspace
from store.feeding import feeding_of
from store.project_news import Known
from store.unit_of_work import UnitOfWork

_TEXTS = ("by", "old", "new", "original_old", "original_new")
MOST_RECORDS = 200_000  # items with their changes, bookings and memberships; about 115 MB
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
    stamps: Mapping[str, str]
    reference: Mapping[str, tuple[bytes, ...]]


@dataclass
class Memory:
    """The memory of one worker. Not to be used by two threads at once. ``most_records``: held at once."""

    most_records: int = MOST_RECORDS
    recall: Recall = field(default_factory=Recall)
    landscape: Landscape | None = None
    seen: Seen | None = None

    def __post_init__(self) -> None:
        self.records = _Records(self.most_records)

    def clear(self) -> None:
        """Forget everything: the next run reads it anew."""
        self.recall, self.landscape, self.seen, self.records = Recall(), None, None, _Records(self.most_records)

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
        same = old is not None and (old.settings, old.today, old.reference) == (
            seen.settings,
            seen.today,
            seen.reference,
        )
        if before is None or old is None or not same:
            return self._begin(workspace, uow, now)
        landscape = renewed(workspace, uow, before, _differing(uow, old.learned, seen.learned))
        if landscape.first_sync_at != before.first_sync_at:
            return self._begin(workspace, uow, now)
        self.landscape = landscape
        nodes = landscape.tree.by_id()
        touched = {node for node, at in seen.stamps.items() if old.stamps.get(node) != at}.union(marked)
        touched = (touched | _judged(before, landscape)) & nodes.keys()
        changed = {node for node in touched if nodes[node].kind is NodeKind.PROJECT}
        moved = _moved_items(before, landscape)
        beyond = uow.records.nodes_touched(moved, landscape.containers) if moved else set()
        changed |= beyond
        counted = _Counting(uow, landscape, seen.learned, self.records, self.recall.link_ends(landscape.links))
        beside = self._share_anew(uow, landscape, changed) or _beside(before) != _beside(landscape)
        self.recall.recount(changed, counted.standing(changed, beyond=beyond))
        only = affected(landscape, changed | self._of_planned(before, landscape), counted, now, recall=self.recall)
        only |= with_ancestors(nodes, touched)
        self.recall.forget(only, beside=beside)
        return landscape, counted, frozenset(only)

    def _begin(self, workspace: Workspace, uow: UnitOfWork, now: datetime) -> tuple[Landscape, Counted, frozenset[str]]:
        landscape = landscape_of(workspace, uow, known_at=None)
        self.landscape = landscape
        self.recall = Recall(uow.records.common_items(feeding_of(landscape.containers)), registering=True)
        assert self.seen is not None  # noqa: S101 - the caller looked
        counted = _Counting(uow, landscape, self.seen.learned, self.records, self.recall.link_ends(landscape.links))
        affected(landscape, (), counted, now, recall=self.recall)  # an outline of every project
        self.recall.complete = True
        return landscape, counted, frozenset(landscape.tree.by_id())

    def _share_anew(self, uow: UnitOfWork, landscape: Landscape, changed: Collection[str]) -> bool:
        """Look which items of changed projects others hold too; whether any are others than before."""
        if self.recall.common is None or not changed:
            return False
        containers = landscape.containers
        feeding = self.recall.made("feeding", (containers,), lambda: feeding_of(containers))
        found = uow.records.common_items(feeding, changed)
        differ = any(self.recall.common.get(project) != items for project, items in found.items())
        self.recall.common.update(found)
        return differ

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
            workspace.connections, uow.forecasts.checked_at(),
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


@dataclass(frozen=True)
class _Read:
    """The records of a project, what the connections that feed it had learned then, and its items' states.

    ``firm``: all that is remembered of past days of the project was counted from records like these.
    """

    records: ProjectRecords
    learned: Mapping[str, datetime | None]
    states: States
    firm: bool


@dataclass(frozen=True)
class _Trace:
    """What stays of a project whose records were let go: when they were read, and a digest of all but its items."""

    learned: Mapping[str, datetime]
    beside: bytes


class _Records:
    """Records of projects, as long as they fit; of every project a trace."""

    def __init__(self, most: int) -> None:
        self._held: Held[str, _Read] = Held(most)
        self._traces: dict[str, _Trace] = {}

    def held(self, node: str) -> _Read | None:
        return self._held.peek(node)

    def trace(self, node: str) -> _Trace | None:
        """Of a project of which all that is remembered of past days was counted from the records that were read last."""
        return self._traces.get(node)

    def put(self, node: str, read: _Read) -> None:
        self._held.put(node, read, sum(map(_size, read.records.items)))
        learned = {name: moment for name, moment in read.learned.items() if moment is not None}
        self._traces.pop(node, None)
        if read.firm and len(learned) == len(read.learned):
            self._traces[node] = _Trace(learned, _digest(read.records))


def _share_texts(read: Iterable[ItemHistory], held: Iterable[ItemHistory]) -> None:
    """Let what was read anew have one text for each item, connection, person and value that it names: a third less to hold."""
    known = set(map(id, held))
    for history in read:
        if id(history) not in known:
            named: list[Change | Worklog | Membership] = [*history.changes, *history.worklogs, *history.memberships]
            for record in named:
                object.__setattr__(record, "item_id", intern(record.item_id))
                object.__setattr__(record, "connection", intern(record.connection))
            for change in history.changes:
                for name in _TEXTS:
                    if (text := getattr(change, name)) is not None:
                        object.__setattr__(change, name, intern(text))


def _size(history: ItemHistory) -> int:
    """Of how many records it consists: a busy item's history grows for ever."""
    return 1 + len(history.changes) + len(history.worklogs) + len(history.memberships)


def _digest(records: ProjectRecords) -> bytes:
    return blake2b(beside_items(records).model_dump_json().encode(), digest_size=16).digest()


class _Counting:
    """Counts facts. Records are held as long as they fit, and what was learned since is read once a run; facts for the run."""

    def __init__(
        self, uow: UnitOfWork, landscape: Landscape, learned: Mapping[str, datetime], records: _Records, links: LinkEnds
    ) -> None:
        self._uow = uow
        self._landscape = landscape
        self._nodes = landscape.tree.by_id()
        self._learned = learned
        self._records = records
        self._links = links
        self._looked: set[str] = set()
        self._anew: Collection[str] = landscape.containers
        self._facts: Held[tuple[str, datetime], ProjectFacts] = Held(MOST_FACTS)

    def __call__(self, node: str, at: datetime) -> ProjectFacts:
        def count() -> tuple[ProjectFacts, int]:
            read = self._read(node)
            project, land = self._nodes[node], self._landscape
            facts = count_facts(read.records, project, land, at, states=read.states, links=self._links)
            return facts, len(facts.leaves)

        return self._facts.get((node, at), count)

    def standing(self, projects: Collection[str], *, beyond: Collection[str] = ()) -> Stands:
        """Tells of these projects at which moments what was counted of them stands.

        ``beyond``: those of which something else than their records differs (links, goals), so that nothing stands.
        """
        tells: dict[str, Callable[[datetime], bool]] = {}
        self._anew = projects
        for project in set(projects).difference(beyond):
            before, trace = self._records.held(project), self._records.trace(project)
            if before is not None and before.firm:
                tells[project] = standing(before.records, self._read(project).records, state_at)
            elif before is None and trace is not None and (pairs := self._differing(trace, self._read(project))) is not None:
                tells[project] = all_alike(pairs, state_at)
        return lambda project, moment: project in tells and tells[project](moment)

    def _read(self, node: str) -> _Read:
        held = self._records.held(node)
        if held is not None and node in self._looked:
            return held
        containers = self._landscape.containers[node]
        learned = {name: self._learned.get(name) for name in {place.split(":", 1)[0] for place in containers}}
        known, states = None, States()
        if held is not None and (since := _earliest(held.learned, learned)) is not None:
            known, states = Known(held.records, since), held.states
        records = self._uow.records.project_records(node, containers, held=known)
        _share_texts(records.items, held.records.items if held is not None else ())
        states.keep(records.items)
        read = _Read(records, learned, states, node in self._anew)
        if not read.firm:
            read = replace(read, firm=_still(held, records) if held is not None else self._is_unchanged(read))
        self._records.put(node, read)
        self._looked.add(node)
        return read

    def _is_unchanged(self, read: _Read) -> bool:
        """Whether records that were let go meanwhile are still like those from which the past was counted."""
        trace = self._records.trace(read.records.node)
        pairs = self._differing(trace, read) if trace is not None else None
        return pairs is not None and all(old == new for old, new in pairs)

    def _differing(self, trace: _Trace, read: _Read) -> list[Pair] | None:
        """The items that are not as they were when the trace was left, as they were and as they are.

        None where more than items differs, one is there no more, or it can't be told.
        """
        now, containers = read.records, self._landscape.containers[read.records.node]
        if trace.beside != _digest(now) or trace.learned.keys() != read.learned.keys():
            return None
        before = self._uow.records.histories_before(containers, trace.learned) if trace.learned else None
        if before is None:
            return None
        items = {history.item.id: history for history in now.items if history.item.id in before}
        if any(old is not None and id_ not in items for id_, old in before.items()):
            return None
        return [(old, items[id_]) for id_, old in before.items() if id_ in items]


def _still(held: _Read | None, records: ProjectRecords) -> bool:
    """Whether records are like those that were held, from which the past was counted."""
    return held is not None and held.firm and held.records == records


def _earliest(held: Mapping[str, datetime | None], now: Mapping[str, datetime | None]) -> datetime | None:
    """The moment from which on anything may have been learned of connections; None where it is not known of all."""
    moments = [moment for moment in held.values() if moment is not None]
    return min(moments) if moments and len(moments) == len(now) and held.keys() == now.keys() else None


def _beside(landscape: Landscape) -> tuple[Any, ...]:
    """What past scores are made of beside the projects' own records, as far as it can differ between two runs."""
    parts = landscape
    return parts.links, parts.goals, parts.goal_versions, parts.declared, parts.planned, parts.planned_ever


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
