"""Storing what a connector brings, page by page. Where to go on is kept with the last of a page, which can be repeated."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from connector.sdk.base import Connector
from model.errors import RetryableError
from model.ids import item_id
from model.sync import Departure, Page, RawPayload, Records, Skipped
from model.tree import NodeKind
from service.workspace import Workspace, containers_by_node, reference
from store.unit_of_work import UnitOfWork

ITEMS_AT_ONCE = 50
"""On SQLite everybody else who writes waits for a transaction, deliveries that come in too."""


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


def reading(connection: str) -> str:
    """The name that whoever reads a connection has alone."""
    return f"sync:{connection}"


@contextmanager
def exclusive(workspace: Workspace, connection: str) -> Iterator[None]:
    """Be the only one who writes what a connection brings: an older page must never be stored over a newer one.

    Raises RetryableError at once while somebody else does.
    """
    with workspace.db.alone(reading(connection)) as alone:
        if not alone:
            raise RetryableError(
                "Another process reads this connection right now; nothing was done here.", where=connection,
                fix="Wait until it is done. What was to be read is read by the next sync.", reason="busy",
            )
        yield


@dataclass(frozen=True)
class Read:
    """Payloads of a page with all that belongs to their items, and the records that they mean."""

    raw: tuple[RawPayload, ...] = ()
    records: Records = field(default_factory=Records)


class PageStore:
    """Stores the pages of one connector. ``at_once``: so many items in one transaction."""

    def __init__(self, workspace: Workspace, connector: Connector, *, at_once: int = ITEMS_AT_ONCE) -> None:
        self._workspace = workspace
        self._connector = connector
        self._at_once = at_once
        self.lists_came = False
        """Whether any page brought reference data: what the tool's own words mean may be another now."""

    def keep(
        self, page: Page, tally: Tally, *, held: Sequence[RawPayload] = (), unproven: frozenset[str] = frozenset()
    ) -> None:
        """One page: payloads, records, tombstones, dirty nodes, and, with the last of them, where to go on.

        To be called by one at a time for a connection (``exclusive``): pages are believed in the order they come.
        ``held``: kept payloads of the page's items that the caller has at hand already. ``unproven``: those of the ids
        in ``page.gone`` that may be hidden only.
        """
        for part in _parts(page, self._connector.item_kinds, self._at_once):
            mine = {payload.vendor_id for payload in part.raw}
            self._keep(part, tally, held=[one for one in held if one.vendor_id in mine], unproven=unproven)

    def _keep(self, page: Page, tally: Tally, *, held: Sequence[RawPayload], unproven: frozenset[str]) -> None:
        """What belongs together in one transaction."""
        connector, page_tally, read = self._connector, Tally(), None
        if any(payload.kind in connector.reference_kinds for payload in page.raw):
            self.lists_came = True
        else:  # Reading takes longer than writing, and meanwhile deliveries can be stored.
            with self._workspace.db.read() as uow:
                read = self._page_read(uow, page, held)
        with self._workspace.db.begin() as uow:
            now = uow.sync.learning(connector.name, self._workspace.clock())
            uow.raw.save(page.raw)
            if read is None:  # by the words that this page brings
                read = self._page_read(uow, page, held)
            touched = self.save(uow, read, page_tally, known_at=now)
            stamped = (page_tally.updated | page_tally.stamped) & _alone(connector, read.raw)
            uow.inventory.outdate_histories(stamped.union(page.unread))
            for why, ids in _departures(page.gone, unproven).items():
                page_tally.deleted.update(uow.records.mark_gone(ids, at=now, known_at=now, why=why))
            page_tally.skipped.update((skip.item, skip) for skip in page.skipped)
            seen_otherwise = self._note_skipped(uow, read.raw, page_tally, known_at=now)
            self.mark_dirty(uow, (*page_tally.changed(), *touched, *seen_otherwise), why="sync")
            if page.checkpoint is not None:
                uow.sync.save_checkpoint(connector.name, page.checkpoint, at=now)
            if page.cursor is not None:
                uow.sync.finish(connector.name, page.cursor, at=now)
        tally.add(page_tally)

    def read(self, uow: UnitOfWork, raw: Sequence[RawPayload]) -> Read:
        """What payloads mean by the tool's words as they are kept."""
        if not raw:
            return Read()
        return Read(tuple(raw), self._connector.normalise(raw, reference(self._workspace, uow, self._connector)))

    def save(
        self, uow: UnitOfWork, read: Read, tally: Tally, *, known_at: datetime, seen_now: bool = True
    ) -> tuple[str, ...]:
        """Records into the store. Returns the subjects beside items that changed (a status was declared, a version moved).

        ``known_at``: when they were learned. ``seen_now``: False for kept payloads, which are no sign that an item is
        still there.
        """
        if not read.raw:
            return ()
        records = read.records
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

    def mark_dirty(self, uow: UnitOfWork, ids: Sequence[str], *, why: str) -> None:
        """Mark the nodes that these items or containers feed."""
        if not ids:
            return
        by_node = containers_by_node(self._workspace, uow)
        touched = uow.records.nodes_touched(ids, by_node)
        named = set(ids)
        touched |= {node for node, containers in by_node.items() if not named.isdisjoint(containers)}
        fed = {container for containers in by_node.values() for container in containers}
        if any(_concerns_all(id_, fed) for id_ in ids):
            touched |= {node.id for node in self._workspace.tree.nodes if node.kind is not NodeKind.PROJECT}
        uow.dirty.mark(touched, why=why, at=self._workspace.clock())

    def _page_read(self, uow: UnitOfWork, page: Page, held: Sequence[RawPayload]) -> Read:
        return self.read(uow, with_companions(uow, self._connector, (*page.raw, *held)))

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


def _parts(page: Page, item_kinds: Collection[str], at_once: int) -> Iterator[Page]:
    """A page of many items as several: first what their words mean, last what is true only when all of them are kept."""
    items: dict[str, list[RawPayload]] = {}
    first: list[RawPayload] = []
    for payload in page.raw:
        (items.setdefault(payload.vendor_id, []) if payload.kind in item_kinds else first).append(payload)
    wholes = list(items.values())
    while len(wholes) > at_once:
        some, wholes = wholes[:at_once], wholes[at_once:]
        yield Page(stage=page.stage, raw=(*first, *chain.from_iterable(some)))
        first = []
    yield page.model_copy(update={"raw": (*first, *chain.from_iterable(wholes))})


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
