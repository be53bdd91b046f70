"""Storing what a connector brings, page by page. A page is kept whole or not at all, and can be repeated."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from connector.sdk.base import Connector
from model.errors import RetryableError
from model.ids import item_id
from model.sync import Departure, Page, RawPayload, Skipped
from model.tree import NodeKind
from service.workspace import Workspace, containers_by_node, reference
from store.unit_of_work import UnitOfWork


@dataclass
class Tally:
    """What the pages did so far; an item counts once, as what happened to it first.

    ``stamped``: those of the unchanged that the tool says it touched.
    """

    created: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)
    stamped: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    skipped: dict[str, Skipped] = field(default_factory=dict)

    def changed(self) -> tuple[str, ...]:
        return tuple(sorted(self.created | self.updated | self.deleted))

    def has_changed(self, id_: str) -> bool:
        """Whether an item is among the changed ones."""
        return id_ in self.created or id_ in self.updated or id_ in self.deleted

    def add(self, page: "Tally") -> None:
        """Count another tally in."""
        self.created |= page.created
        self.updated |= page.updated
        self.unchanged |= page.unchanged
        self.deleted |= page.deleted
        self.skipped.update(page.skipped)


@contextmanager
def exclusive(workspace: Workspace, connection: str) -> Iterator[None]:
    """Be the only one who writes what a connection brings: an older page must never be stored over a newer one.

    Raises RetryableError at once while somebody else does.
    """
    with workspace.db.alone(f"sync:{connection}") as alone:
        if not alone:
            raise RetryableError(
                "Another process reads this connection right now; nothing was done here.", where=connection,
                fix="Wait until it is done. What was to be read is read by the next sync.", reason="busy",
            )
        yield


class PageStore:
    """Stores the pages of one connector. What the tool's own words mean, and what feeds which node, is read once and
    again only when a page of reference data came in (``lists_came``)."""

    def __init__(
        self, workspace: Workspace, connector: Connector, reference: tuple[RawPayload, ...] | None = None
    ) -> None:
        """``reference``: what the tool's words mean, where the caller has just read it."""
        self._workspace = workspace
        self._connector = connector
        self._reference = reference
        self._containers: dict[str, tuple[str, ...]] | None = None
        self.lists_came = False

    def keep(
        self, page: Page, tally: Tally, *, held: Sequence[RawPayload] = (), unproven: frozenset[str] = frozenset()
    ) -> None:
        """One page in one transaction: payloads, records, tombstones, dirty nodes, and where to go on.

        To be called by one at a time for a connection (``exclusive``): pages are believed in the order they come.
        ``held``: kept payloads of the page's items that the caller has at hand already. ``unproven``: those of the ids
        in ``page.gone`` that may be hidden only.
        """
        connector, page_tally = self._connector, Tally()
        with self._workspace.db.begin() as uow:
            now = uow.sync.learning(connector.name, self._workspace.clock())
            uow.raw.save(page.raw)
            if any(payload.kind in connector.reference_kinds for payload in page.raw):
                self._reference = self._containers = None
                self.lists_came = True
            raw = with_companions(uow, connector, (*page.raw, *held))
            touched = self.records(uow, raw, page_tally, known_at=now)
            stamped = (page_tally.updated | page_tally.stamped) & _alone(connector, raw)
            uow.inventory.outdate_histories(stamped.union(page.unread))
            for why, ids in _departures(page.gone, unproven).items():
                page_tally.deleted.update(uow.records.mark_gone(ids, at=now, known_at=now, why=why))
            page_tally.skipped.update((skip.item, skip) for skip in page.skipped)
            seen_otherwise = self._note_skipped(uow, raw, page_tally, known_at=now)
            self.mark_dirty(uow, (*page_tally.changed(), *touched, *seen_otherwise), why="sync")
            if page.checkpoint is not None:
                uow.sync.save_checkpoint(connector.name, page.checkpoint, at=now)
            if page.cursor is not None:
                uow.sync.finish(connector.name, page.cursor, at=now)
        tally.add(page_tally)

    def records(
        self, uow: UnitOfWork, raw: Sequence[RawPayload], tally: Tally, *, known_at: datetime, seen_now: bool = True
    ) -> tuple[str, ...]:
        """Payloads as records. Returns the subjects beside items that changed (a status was declared, a version moved).

        ``known_at``: when they were learned. ``seen_now``: False for kept payloads, which are no sign that an item is
        still there.
        """
        if not raw:
            return ()
        records = self._connector.normalise(raw, self.reference(uow))
        saved = uow.records.save(records, known_at=known_at, seen_now=seen_now)
        if records.items:
            newest = max(item.updated_at for item in records.items)
            uow.sync.changed_at(self._connector.name, newest, now=self._workspace.clock())
        tally.created.update(saved.created)
        tally.updated.update(saved.updated)
        tally.unchanged.update(saved.unchanged)
        tally.stamped.update(saved.stamped)
        tally.skipped.update((skip.item, skip) for skip in records.skipped)
        return saved.subjects

    def reference(self, uow: UnitOfWork) -> tuple[RawPayload, ...]:
        if self._reference is None:
            self._reference = reference(uow, self._connector)
        return self._reference

    def mark_dirty(self, uow: UnitOfWork, ids: Sequence[str], *, why: str) -> None:
        """Mark the nodes that these items or containers feed."""
        if not ids:
            return
        if self._containers is None:
            self._containers = containers_by_node(self._workspace, uow)
        touched = uow.records.nodes_touched(ids, self._containers)
        named = set(ids)
        touched |= {node for node, containers in self._containers.items() if not named.isdisjoint(containers)}
        fed = {container for containers in self._containers.values() for container in containers}
        if any(_concerns_all(id_, fed) for id_ in ids):
            touched |= {node.id for node in self._workspace.tree.nodes if node.kind is not NodeKind.PROJECT}
        uow.dirty.mark(touched, why=why, at=self._workspace.clock())

    def _note_skipped(
        self, uow: UnitOfWork, raw: Sequence[RawPayload], tally: Tally, *, known_at: datetime
    ) -> tuple[str, ...]:
        """Keep what could not be read, until it can be. Returns the items and places of what differs."""
        connector = self._connector
        unreadable = {skip.item_id for skip in tally.skipped.values()}
        seen = {item_id(connector.name, one.vendor_id) for one in raw if one.kind in connector.item_kinds}
        return uow.skipped.save(connector.name, tally.skipped.values(), readable=seen - unreadable, known_at=known_at)


def _concerns_all(id_: str, fed: Collection[str]) -> bool:
    """Whether a subject is no matter of one project: a goal, or a project outside the tree, which may take people's time
    that is promised here."""
    kind = id_.split(":", 2)[1:2]
    return kind == ["goal"] or (kind == ["project"] and id_ not in fed)


def with_companions(uow: UnitOfWork, connector: Connector, raw: Sequence[RawPayload]) -> tuple[RawPayload, ...]:
    """The payloads, and every other kept payload of the items whose history is among them, so that each is seen whole.

    An item payload without any history beside it stays alone: it tells the present state and no more.
    """
    told = dict.fromkeys(payload.vendor_id for payload in raw if payload.kind in connector.item_kinds[1:])
    return _filled_up(uow, connector, raw, tuple(told))


def whole_items(uow: UnitOfWork, connector: Connector, items: Sequence[RawPayload]) -> tuple[RawPayload, ...]:
    """Kept item payloads with all that is kept of their histories."""
    return _filled_up(uow, connector, items, [payload.vendor_id for payload in items])


def _filled_up(
    uow: UnitOfWork, connector: Connector, raw: Sequence[RawPayload], vendor_ids: Sequence[str]
) -> tuple[RawPayload, ...]:
    have = {(payload.kind, payload.vendor_id) for payload in raw}
    wanted = [(kind, vendor_id) for vendor_id in vendor_ids for kind in connector.item_kinds]
    return (*raw, *uow.raw.get_many(connector.name, [one for one in wanted if one not in have]))


def _departures(gone: Sequence[str], unproven: frozenset[str]) -> dict[Departure, list[str]]:
    return {
        Departure.DELETED: [id_ for id_ in gone if id_ not in unproven],
        Departure.HIDDEN: [id_ for id_ in gone if id_ in unproven],
    }


def _alone(connector: Connector, raw: Sequence[RawPayload]) -> set[str]:
    """Ids of the items that came without a history."""
    item, *history = connector.item_kinds
    told = {payload.vendor_id for payload in raw if payload.kind in history}
    came = {payload.vendor_id for payload in raw if payload.kind == item}
    return {item_id(connector.name, vendor_id) for vendor_id in came - told}
