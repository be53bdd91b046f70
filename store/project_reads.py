"""Everything known of one project node, and which nodes an item touches."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import func, or_, select, true

from model.landscape import ItemHistory, ProjectRecords, SeenBudget
from model.work import Change, ChangeField, ContainerKind, Iteration, Membership, Milestone, Worklog
from store import tables
from store.baselines import BaselineRepository
from store.dialect import among, chunked, known
from store.kinds import BUDGETS, CHANGES, DECLARED, ITEMS, ITERATIONS, MEMBERSHIPS, MILESTONES, WORKLOGS
from store.records_read import RecordReader
from store.skipped import SkippedItems
from store.untold import concerned, untold_of

ITEM_CONTAINER = "item:"
"""Prefix of a container that stands for everything below an item."""


_CHANGED, _BELONGED, _WORKED = attrgetter("at", "id"), attrgetter("from_at", "id"), attrgetter("worked_at", "id")
_T = TypeVar("_T")


def _ordered(found: list[_T], moment: Callable[[_T], Any]) -> tuple[_T, ...]:
    """In the order of time. Most items have one of a kind or none."""
    if len(found) > 1:
        found.sort(key=moment)
    return tuple(found)


class Known(NamedTuple):
    """What was read of a node, and the moment from which on anything may have been learned that is not in it."""

    records: ProjectRecords
    since: datetime


class ProjectReader(RecordReader):
    """Reads by container, with whole histories."""

    def project_records(
        self, node: str, containers: Sequence[str], *, known_at: datetime | None = None, held: Known | None = None
    ) -> ProjectRecords:
        """All items that are or ever were in one of the containers, each with its full history, as known at a moment.

        A container is the id of a tool's project, section, milestone, iteration or query; ``item:<item id>`` stands for
        all descendants of that item, now or before, at any depth, without the item itself. ``held``: what was read of
        the node before; of the present only the items of which anything was learned since are read again.
        """
        plain = [container for container in containers if not container.startswith(ITEM_CONTAINER)]
        roots = [container.removeprefix(ITEM_CONTAINER) for container in containers if container not in set(plain)]
        if held is not None and known_at is None and not roots:
            ids, items = self._renewed(plain, held)
        else:
            memberships = self._by(MEMBERSHIPS, tables.memberships.c.container_id, plain, known_at=known_at)
            ids = sorted({membership.item_id for membership in memberships} | self._descendants(roots, known_at))
            items = self._histories(ids, memberships, known_at)
        unseen = SkippedItems(self._conn).unseen(ids, plain, known_at=known_at)
        return ProjectRecords(
            node=node,
            items=items,
            milestones=self._milestones(plain, ids, known_at),
            iterations=self._iterations(plain, ids, known_at),
            declared=self._by(DECLARED, tables.declared_statuses.c.subject_id, [*plain, *ids], known_at=known_at),
            first_known_at=self._first_known(ids),
            skipped=len(unseen.unreadable) + len(unseen.hidden),
            unreadable=unseen.unreadable,
            hidden=unseen.hidden,
            baselines=BaselineRepository(self._conn).of(node, known_at=known_at),
            budgets=self._budgets(plain, known_at),
        )

    def common_items(
        self, containers_by_node: Mapping[str, Sequence[str]], only: Collection[str] | None = None,
        *, known_at: datetime | None = None,
    ) -> dict[str, frozenset[str]]:
        """Per node (all, or ``only`` some) its items that are or ever were in containers of another node, too.

        A node is left out where that is not known: what lies below an item may be in any container of its connection.
        """  # fmt: skip
        fed = {container for containers in containers_by_node.values() for container in containers}
        below = {container.split(":", 2)[1] for container in fed if container.startswith(ITEM_CONTAINER)}
        unsure = {
            node for node, ids in containers_by_node.items()
            if any(id_.startswith(ITEM_CONTAINER) or id_.split(":", 1)[0] in below for id_ in ids)
        }  # fmt: skip
        wanted = [node for node in containers_by_node if node not in unsure and (only is None or node in only)]
        nodes: dict[str, list[str]] = defaultdict(list)
        for node, ids in containers_by_node.items():
            for container in ids:
                nodes[container].append(node)
        found: dict[str, set[str]] = {node: set() for node in wanted}
        mine = None if only is None else {container for node in wanted for container in containers_by_node[node]}
        twice = {container for container, fed_by_it in nodes.items() if len(fed_by_it) > 1}
        held_by: dict[str, set[str]] = defaultdict(set)
        for item, container in self._in_several(sorted(fed), sorted(twice), mine, known_at):
            held_by[item].update(nodes[container])
        for item, holders in held_by.items():
            for node in holders & found.keys() if len(holders) > 1 else ():
                found[node].add(item)
        return {node: frozenset(items) for node, items in found.items()}

    def nodes_touched(self, item_ids: Iterable[str], containers_by_node: Mapping[str, Sequence[str]]) -> set[str]:
        """The nodes that any of these items belongs to or ever belonged to, whatever was later taken back."""
        nodes_by_container: dict[str, set[str]] = defaultdict(set)
        for node, containers in containers_by_node.items():
            for container in containers:
                nodes_by_container[container].add(node)
        ids = list(dict.fromkeys(item_ids))
        found: set[str] = set()
        for chunk in chunked(ids):
            memberships = tables.memberships
            condition = among(memberships.c.item_id, chunk)
            for container in self._column(memberships.c.container_id, memberships, condition):
                found |= nodes_by_container.get(container, set())
        if any(container.startswith(ITEM_CONTAINER) for container in nodes_by_container):
            for ancestor in self._ancestors(ids):
                found |= nodes_by_container.get(f"{ITEM_CONTAINER}{ancestor}", set())
        return found

    def places_of(self, item_ids: Iterable[str], containers_by_node: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """Item → the first of the nodes, in their order, that it is or was in; items that are in none are left out."""
        order: dict[str, tuple[int, str]] = {}
        for number, (node, containers) in enumerate(containers_by_node.items()):
            for container in containers:
                order.setdefault(container, (number, node))
        ids, table = list(dict.fromkeys(item_ids)), tables.memberships
        found: dict[str, tuple[int, str]] = {}
        for chunk in chunked(ids):
            statement = select(table.c.item_id, table.c.container_id).where(among(table.c.item_id, chunk)).distinct()
            for item, container in self._conn.execute(statement):
                if container in order:
                    found[item] = min(found.get(item, order[container]), order[container])
        places = {item: node for item, (_, node) in found.items()}
        for item in ids:  # below an item that feeds a node
            if item not in places and (nodes := self.nodes_touched((item,), containers_by_node)):
                places[item] = next(node for node in containers_by_node if node in nodes)
        return places

    def _in_several(
        self, fed: Sequence[str], twice: Sequence[str], mine: Collection[str] | None, known_at: datetime | None
    ) -> list[tuple[str, str]]:
        """Items that are or were in several of the containers ``fed``, or in any of ``twice``, with these containers.

        ``mine``: of the items in these containers alone.
        """
        table = tables.memberships
        believed = table.c.known_from <= known_at if known_at is not None else true()
        inside = among(table.c.container_id, fed) & believed
        several = func.min(table.c.container_id) != func.max(table.c.container_id)
        many = select(table.c.item_id).where(inside).group_by(table.c.item_id).having(several)
        there = or_(table.c.item_id.in_(many), among(table.c.container_id, twice))
        if mine is not None:
            here = select(table.c.item_id).where(among(table.c.container_id, sorted(mine)))
            there = or_(
                table.c.item_id.in_(many.where(table.c.item_id.in_(here))),
                among(table.c.container_id, twice) & table.c.item_id.in_(here),
            )
        rows = select(table.c.item_id, table.c.container_id).where(inside, there)
        return [(row.item_id, row.container_id) for row in self._conn.execute(rows)]

    def _histories(
        self, ids: Sequence[str], memberships: Iterable[Membership], known_at: datetime | None
    ) -> tuple[ItemHistory, ...]:
        changes: dict[str, list[Change]] = {id_: [] for id_ in ids}
        for change in self._by(CHANGES, tables.changes.c.item_id, ids, known_at=known_at):
            changes[change.item_id].append(change)
        worklogs: dict[str, list[Worklog]] = {id_: [] for id_ in ids}
        for worklog in self._by(WORKLOGS, tables.worklogs.c.item_id, ids, known_at=known_at):
            worklogs[worklog.item_id].append(worklog)
        belongs: dict[str, list[Membership]] = {id_: [] for id_ in ids}
        for membership in memberships:
            belongs[membership.item_id].append(membership)
        gone, complete = self._gone_at(ids, known_at), self._complete(ids, known_at)
        items = self._by(ITEMS, tables.items.c.id, ids, known_at=known_at)
        booked = [id_ for id_, logs in worklogs.items() if logs]
        untold = untold_of(self._conn, concerned(items, booked), known_at)
        return tuple(
            ItemHistory.model_construct(
                item=item,
                changes=_ordered(changes[item.id], _CHANGED),
                memberships=_ordered(belongs[item.id], _BELONGED),
                worklogs=_ordered(worklogs[item.id], _WORKED),
                untold=untold.get(item.id, ()),
                deleted_at=gone.get(item.id),
                history_known=item.id in complete,
            )
            for item in sorted(items, key=attrgetter("id"))
        )

    def _renewed(self, containers: Sequence[str], held: Known) -> tuple[list[str], tuple[ItemHistory, ...]]:
        """The ids that belong to some containers now, and their histories: the same objects where nothing was learned."""
        table = tables.memberships
        ids = sorted(self._column(table.c.item_id, table, among(table.c.container_id, containers) & known(table, None)))
        before = {history.item.id: history for history in held.records.items}
        learned = self._learned_of(containers, held.since)
        differing = [id_ for id_ in ids if id_ in learned or id_ not in before]
        places = set(containers)
        belongs = [one for one in self._by(MEMBERSHIPS, table.c.item_id, differing) if one.container_id in places]
        before.update((history.item.id, history) for history in self._histories(differing, belongs, None))
        gone, complete = self._gone_at(ids, None), self._complete(ids, None)
        found: list[ItemHistory] = []
        for id_ in ids:
            history = before.get(id_)
            if history is None:
                continue
            told = {"deleted_at": gone.get(id_), "history_known": id_ in complete}
            same = (history.deleted_at, history.history_known) == (told["deleted_at"], told["history_known"])
            found.append(history if same else history.model_copy(update=told))
        return ids, tuple(found)

    def _learned_of(self, containers: Sequence[str], since: datetime) -> set[str]:
        """The items ever in some containers of which any row was learned, or no longer believed, from a moment on."""
        memberships = tables.memberships
        inside = select(memberships.c.item_id).where(among(memberships.c.container_id, containers))
        found: set[str] = set()
        for table, column in (
            (tables.items, tables.items.c.id),
            (tables.changes, tables.changes.c.item_id),
            (tables.worklogs, tables.worklogs.c.item_id),
            (memberships, memberships.c.item_id),
        ):
            since_then = or_(table.c.known_from >= since, table.c.known_to >= since)
            found.update(self._column(column, table, column.in_(inside) & since_then))
        return found

    def _budgets(self, containers: Sequence[str], known_at: datetime | None) -> tuple[SeenBudget, ...]:
        """Every version of the budgets of the containers that was seen up to a moment: tools tell no history of them."""
        table = tables.budgets
        found: list[SeenBudget] = []
        for chunk in chunked(containers):
            statement = select(table.c.body, table.c.known_from, table.c.known_to).where(
                among(table.c.project_id, chunk)
            )
            if known_at is not None:
                statement = statement.where(table.c.known_from <= known_at)
            for body, since, until in self._conn.execute(statement.order_by(table.c.id, table.c.known_from)):
                found.append(SeenBudget(budget=BUDGETS.load([body])[0], from_at=since, to_at=until))
        return tuple(found)

    def _complete(self, ids: Iterable[str], known_at: datetime | None) -> set[str]:
        """Items whose full history had been read by then."""
        table = tables.known_histories
        found: set[str] = set()
        for chunk in chunked(ids):
            statement = select(table.c.item_id).where(among(table.c.item_id, chunk))
            if known_at is not None:
                statement = statement.where(table.c.known_from <= known_at)
            found.update(self._conn.execute(statement).scalars())
        return found

    def _first_known(self, ids: Iterable[str]) -> datetime | None:
        table, moments = tables.items, []
        for chunk in chunked(ids):
            moments.append(
                self._conn.execute(select(func.min(table.c.known_from)).where(among(table.c.id, chunk))).scalar_one()
            )
        return min((moment for moment in moments if moment is not None), default=None)

    def _milestones(
        self, containers: Sequence[str], ids: Iterable[str], known_at: datetime | None
    ) -> tuple[Milestone, ...]:
        """Of the containers' projects, and those the items belong to or that are containers themselves."""
        table = tables.milestones
        named = set(containers) | self._containers_of(ids, ContainerKind.MILESTONE, known_at)
        found = {
            milestone.id: milestone
            for column, values in ((table.c.project_id, containers), (table.c.id, sorted(named)))
            for milestone in self._by(MILESTONES, column, values, known_at=known_at)
        }
        return tuple(found[id_] for id_ in sorted(found))

    def _iterations(
        self, containers: Sequence[str], ids: Iterable[str], known_at: datetime | None
    ) -> tuple[Iteration, ...]:
        named = set(containers) | self._containers_of(ids, ContainerKind.ITERATION, known_at)
        return self._by(ITERATIONS, tables.iterations.c.id, sorted(named), known_at=known_at)

    def _containers_of(self, ids: Iterable[str], kind: ContainerKind, known_at: datetime | None) -> set[str]:
        table, found = tables.memberships, set()
        for chunk in chunked(ids):
            condition = among(table.c.item_id, chunk) & (table.c.container_kind == kind.value) & known(table, known_at)
            found.update(self._column(table.c.container_id, table, condition))
        return found

    def _descendants(self, roots: Sequence[str], known_at: datetime | None) -> set[str]:
        """Everything that stands or once stood below one of the roots."""
        return {below for root in roots for below in self._below(root, known_at)}

    def _below(self, root: str, known_at: datetime | None) -> set[str]:
        """A root's descendants without itself. A parent chain that closes on itself ends here too."""
        items, changes = tables.items, tables.changes
        found: set[str] = set()
        level = {root}
        while level:
            below: set[str] = set()
            for chunk in chunked(sorted(level)):
                below.update(self._column(items.c.id, items, among(items.c.parent_id, chunk) & known(items, known_at)))
                once = among(changes.c.former, chunk) & (changes.c.field == ChangeField.PARENT.value)
                below.update(self._column(changes.c.item_id, changes, once & known(changes, known_at)))
            level = below - found - {root}
            found |= level
        return found

    def _ancestors(self, ids: Sequence[str]) -> set[str]:
        """Everything the items stand or ever stood under, whatever was later taken back."""
        items, changes = tables.items, tables.changes
        found: set[str] = set()
        level = set(ids)
        while level:
            above: set[str] = set()
            for chunk in chunked(sorted(level)):
                has_parent = among(items.c.id, chunk) & items.c.parent_id.is_not(None)
                above.update(self._column(items.c.parent_id, items, has_parent))
                once = among(changes.c.item_id, chunk) & (changes.c.field == ChangeField.PARENT.value)
                above.update(self._column(changes.c.former, changes, once & changes.c.former.is_not(None)))
            level = above - found
            found |= level
        return found
