"""Everything known of one project node, and which nodes an item touches."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import Select, func, or_, select, true

from model.landscape import ItemHistory, ProjectRecords, SeenBudget
from model.work import Change, ChangeField, ContainerKind, DeclaredStatus, Membership, Milestone, Worklog
from store import tables
from store.baselines import BaselineRepository
from store.dialect import AT, among, among_listed, chunked, known, listed
from store.feeding import ITEM_CONTAINER, Feeding
from store.kinds import BUDGETS, CHANGES, DECLARED, ITEMS, ITERATIONS, MEMBERSHIPS, MILESTONES, PROJECTS, WORKLOGS
from store.project_news import Known, items_learned, tables_learned
from store.records_read import RecordReader
from store.retention import Retention
from store.skipped import SkippedItems
from store.untold import concerned, untold_of

_CHANGED, _BELONGED, _WORKED = attrgetter("at", "id"), attrgetter("from_at", "id"), attrgetter("worked_at", "id")
_T = TypeVar("_T")


def _ordered(found: list[_T], moment: Callable[[_T], Any]) -> tuple[_T, ...]:
    """In the order of time. Most items have one of a kind or none."""
    if len(found) > 1:
        found.sort(key=moment)
    return tuple(found)


# Statements that every run of a worker needs are built once: see ``among_listed``.
_FIELDS_SET = set(ItemHistory.model_fields)  # one for all: see ``store.kinds.share_fields_set``
_IN = tables.memberships.c.container_id
_MEMBERS = select(tables.memberships.c.item_id).where(among_listed(_IN), known(tables.memberships, None)).distinct()
_EVER_IN = select(_IN).where(among_listed(tables.memberships.c.item_id)).distinct()
_OTHER = tables.memberships.alias()
_BESIDE = select(_IN).where(among_listed(_OTHER.c.container_id), _OTHER.c.item_id == tables.memberships.c.item_id).distinct()
_FIRST_KNOWN = select(func.min(tables.items.c.known_from)).where(among_listed(tables.items.c.id))


@cache
def _in_several(*, past: bool) -> Select[str, str, str]:
    """Items ever in some containers that are or were in another one of those ``fed``, too, or in one of ``twice``."""
    one, other = tables.memberships, tables.memberships.alias()
    besides = or_(other.c.container_id != one.c.container_id, among_listed(other.c.container_id, "twice"))
    statement = select(one.c.item_id, one.c.container_id, other.c.container_id).where(
        among_listed(one.c.container_id), other.c.item_id == one.c.item_id, among_listed(other.c.container_id, "fed"), besides
    )
    return statement.where(one.c.known_from <= AT, other.c.known_from <= AT) if past else statement


@cache
def _budget_rows(*, past: bool) -> Select[str, datetime, datetime | None]:
    table = tables.budgets
    then = table.c.known_from <= AT if past else true()
    statement = select(table.c.body, table.c.known_from, table.c.known_to).where(among_listed(table.c.project_id), then)
    return statement.order_by(table.c.id, table.c.known_from)


@cache
def _complete_rows(*, past: bool) -> Select[str]:
    table = tables.known_histories
    then = table.c.known_from <= AT if past else true()
    return select(table.c.item_id).where(among_listed(table.c.item_id), then)


@cache
def _container_rows(*, past: bool) -> Select[str, str]:
    table = tables.memberships
    kinds = table.c.container_kind.in_([ContainerKind.MILESTONE.value, ContainerKind.ITERATION.value])
    here = among_listed(table.c.item_id), kinds, known(table, AT if past else None)
    return select(table.c.container_kind, table.c.container_id).where(*here).distinct()


class ProjectReader(RecordReader):
    """Reads by container, with whole histories."""

    def project_records(
        self, node: str, containers: Sequence[str], *, known_at: datetime | None = None, held: Known | None = None
    ) -> ProjectRecords:
        """All items that are or ever were in one of the containers, each with its full history, as known at a moment.

        A container is the id of a tool's project, section, milestone, iteration or query; ``item:<item id>`` stands for
        all descendants of that item, now or before, at any depth, without the item itself. ``held``: what was read of
        the node before; of the present only that is read again of which anything was learned since.
        """
        plain = [container for container in containers if not container.startswith(ITEM_CONTAINER)]
        roots = [one.removeprefix(ITEM_CONTAINER) for one in containers if one.startswith(ITEM_CONTAINER)]
        if held is not None and known_at is None and not roots:
            return self._read_again(plain, held)
        memberships = self._by(MEMBERSHIPS, tables.memberships.c.container_id, plain, known_at=known_at)
        ids = sorted({membership.item_id for membership in memberships} | self._descendants(roots, known_at))
        items = self._histories(ids, memberships, known_at)
        return ProjectRecords(
            node=node,
            items=items,
            **self._ahead(plain, ids, known_at),
            declared=self._declared(plain, ids, known_at),
            first_known_at=self._first_known(ids),
            **self._unseen(plain, items, ids, known_at),
            baselines=BaselineRepository(self._conn).of(node, known_at=known_at),
            budgets=self._budgets(plain, known_at),
            shown=self._shown(plain, known_at),
        )

    def _read_again(self, containers: Sequence[str], held: Known) -> ProjectRecords:
        """What was read of a node, with that of which anything was learned since in place of what it was."""
        before, (learned, moved) = held.records, items_learned(self._conn, containers, held.since)
        news = tables_learned(self._conn, containers, held.since)
        items = self._renewed(containers, before, learned, moved)
        ids = [history.item.id for history in items]
        differs: dict[str, Any] = {"items": items, **self._unseen(containers, items, ids, None)}
        differs["baselines"] = BaselineRepository(self._conn).of(before.node)
        if moved or news & {tables.milestones, tables.iterations}:
            differs |= self._ahead(containers, ids, None)
        if moved or tables.declared_statuses in news:
            differs["declared"] = self._declared(containers, ids, None)
        if moved:
            differs["first_known_at"] = self._first_known(ids)
        if tables.budgets in news:
            differs["budgets"] = self._budgets(containers, None)
        if tables.tool_projects in news:
            differs["shown"] = self._shown(containers, None)
        return before.model_copy(update=differs)

    def said_in(self, containers: Sequence[str]) -> tuple[DeclaredStatus, ...]:
        """What people declared of some containers and of the items that are or ever were in them, as known now."""
        plain = [container for container in containers if not container.startswith(ITEM_CONTAINER)]
        roots = [one.removeprefix(ITEM_CONTAINER) for one in containers if one.startswith(ITEM_CONTAINER)]
        items = {*self._members(plain), *self._descendants(roots, None)} if plain or roots else set()
        return self._declared(plain, sorted(items), None)

    def common_items(
        self, feeding: Feeding, only: Collection[str] | None = None, *, known_at: datetime | None = None
    ) -> dict[str, frozenset[str]]:
        """Per node (all, or ``only`` some) its items that are or ever were in containers of another node, too.

        A node is left out where that is not known: what lies below an item may be in any container of its connection.
        """
        wanted = [node for node in feeding.sure if only is None or node in only]
        found: dict[str, set[str]] = {node: set() for node in wanted}
        mine = feeding.nodes if only is None else {container for node in wanted for container in feeding.sure[node]}
        given = {**listed(sorted(mine), fed=feeding.fed, twice=feeding.twice), "at": known_at}
        for item, container, other in self._conn.execute(_in_several(past=known_at is not None), given):
            holders = {*feeding.nodes[container], *feeding.nodes[other]}
            for node in found.keys() & holders if len(holders) > 1 else ():
                found[node].add(item)
        return {node: frozenset(items) for node, items in found.items()}

    def nodes_touched(self, item_ids: Iterable[str], containers_by_node: Mapping[str, Sequence[str]]) -> set[str]:
        """The nodes that any of these items belongs to or ever belonged to, whatever was later taken back.

        A milestone stands for the items that belong or belonged to it.
        """
        nodes_by_container: dict[str, set[str]] = defaultdict(set)
        for node, containers in containers_by_node.items():
            for container in containers:
                nodes_by_container[container].add(node)
        ids = list(dict.fromkeys(item_ids))
        found: set[str] = set()
        milestones = [id_ for id_ in ids if id_.split(":", 2)[1:2] == ["milestone"]]
        for statement, wanted in ((_EVER_IN, ids), (_BESIDE, milestones)):
            for chunk in chunked(wanted):
                for container in self._conn.execute(statement, listed(chunk)).scalars():
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
                _FIELDS_SET,
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

    def _renewed(
        self, containers: Sequence[str], before: ProjectRecords, learned: Collection[str], moved: Collection[str]
    ) -> tuple[ItemHistory, ...]:
        """The histories of the items that belong to some containers now: the same objects where nothing was learned."""
        held = {history.item.id: history for history in before.items}
        ids = self._members(containers) if moved else list(held)
        differing = sorted(set(learned).intersection(ids))
        belongs = self._belonging(differing, containers, None)
        held.update((history.item.id, history) for history in self._histories(differing, belongs, None))
        return tuple(held[id_] for id_ in ids if id_ in held)

    def histories_before(
        self, containers: Sequence[str], moments: Mapping[str, datetime]
    ) -> dict[str, ItemHistory | None] | None:
        """The items ever in some containers of which anything was learned since: how each was known before, by its id.

        ``moments``: connection → the moment as of which. An item that was not in the containers then is None. None for
        all of them where it can't be told: what lies below an item, or what was taken away since by retention.
        """
        horizon, earliest = Retention(self._conn).horizon(), min(moments.values())
        if any(one.startswith(ITEM_CONTAINER) for one in containers) or (horizon is not None and earliest < horizon):
            return None
        learned = items_learned(self._conn, containers, earliest).learned
        found: dict[str, ItemHistory | None] = dict.fromkeys(sorted(learned))
        for connection, moment in moments.items():
            ids = [id_ for id_ in found if id_.startswith(f"{connection}:")]
            belongs = self._belonging(ids, containers, moment)
            inside = sorted({one.item_id for one in belongs})
            found.update((history.item.id, history) for history in self._histories(inside, belongs, moment))
        return found

    def _belonging(self, ids: Sequence[str], containers: Sequence[str], known_at: datetime | None) -> list[Membership]:
        """Where items belong or belonged among some containers."""
        places = set(containers)
        every = self._by(MEMBERSHIPS, tables.memberships.c.item_id, ids, known_at=known_at)
        return [one for one in every if one.container_id in places]

    def _members(self, containers: Sequence[str]) -> list[str]:
        """The items that belong or belonged to some containers, as believed now."""
        return sorted(self._conn.execute(_MEMBERS, listed(containers)).scalars())

    def _ahead(self, containers: Sequence[str], ids: Iterable[str], known_at: datetime | None) -> dict[str, Any]:
        """The milestones and iterations of some containers, and those that these items belong to."""
        named = self._containers_of(ids, known_at)
        iterations = sorted(named[ContainerKind.ITERATION].union(containers))
        return {
            "milestones": self._milestones(containers, named[ContainerKind.MILESTONE], known_at),
            "iterations": self._by(ITERATIONS, tables.iterations.c.id, iterations, known_at=known_at),
        }

    def _declared(
        self, containers: Sequence[str], ids: Sequence[str], known_at: datetime | None
    ) -> tuple[DeclaredStatus, ...]:
        """What people declared of containers and of items."""
        return self._by(DECLARED, tables.declared_statuses.c.subject_id, [*containers, *ids], known_at=known_at)

    def _unseen(
        self, containers: Sequence[str], items: Iterable[ItemHistory], ids: Sequence[str], known_at: datetime | None
    ) -> dict[str, Any]:
        """The items that can't be seen."""
        gone = [history.item.id for history in items if history.deleted_at is not None]
        unreadable, hidden = SkippedItems(self._conn).unseen(ids, containers, gone=gone, known_at=known_at)
        return {"skipped": len(unreadable) + len(hidden), "unreadable": unreadable, "hidden": hidden}

    def _budgets(self, containers: Sequence[str], known_at: datetime | None) -> tuple[SeenBudget, ...]:
        """Every version of the budgets of the containers that was seen up to a moment: tools tell no history of them."""
        found: list[SeenBudget] = []
        for chunk in chunked(containers):
            rows = self._conn.execute(_budget_rows(past=known_at is not None), {**listed(chunk), "at": known_at})
            for body, since, until in rows:
                found.append(SeenBudget(budget=BUDGETS.load([body])[0], from_at=since, to_at=until))
        return tuple(found)

    def _shown(self, containers: Sequence[str], known_at: datetime | None) -> dict[str, tuple[str, ...]]:
        """The statuses that the boards of the containers' projects show."""
        projects = self._by(PROJECTS, tables.tool_projects.c.id, containers, known_at=known_at)
        return {project.id: project.shown_statuses for project in projects if project.shown_statuses}

    def _complete(self, ids: Iterable[str], known_at: datetime | None) -> set[str]:
        """Items whose full history had been read by then."""
        found: set[str] = set()
        for chunk in chunked(ids):
            rows = self._conn.execute(_complete_rows(past=known_at is not None), {**listed(chunk), "at": known_at})
            found.update(rows.scalars().all())
        return found

    def _first_known(self, ids: Iterable[str]) -> datetime | None:
        moments = [self._conn.execute(_FIRST_KNOWN, listed(chunk)).scalar_one() for chunk in chunked(ids)]
        return min((moment for moment in moments if moment is not None), default=None)

    def _milestones(
        self, containers: Sequence[str], named: Collection[str], known_at: datetime | None
    ) -> tuple[Milestone, ...]:
        """Of the containers' projects, and those the items belong to or that are containers themselves."""
        table = tables.milestones
        found = {
            milestone.id: milestone
            for column, values in ((table.c.project_id, containers), (table.c.id, sorted({*named, *containers})))
            for milestone in self._by(MILESTONES, column, values, known_at=known_at)
        }
        return tuple(found[id_] for id_ in sorted(found))

    def _containers_of(self, ids: Iterable[str], known_at: datetime | None) -> dict[str, set[str]]:
        """The milestones and the iterations that items belong to, by kind."""
        found: dict[str, set[str]] = {ContainerKind.MILESTONE: set(), ContainerKind.ITERATION: set()}
        for chunk in chunked(ids):
            rows = self._conn.execute(_container_rows(past=known_at is not None), {**listed(chunk), "at": known_at})
            for kind, container in rows:
                found[kind].add(container)
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
