"""Sync: bring what changed in a tool into the store. Every page is stored whole or not at all, and can be repeated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connector.sdk.base import Connector
from model.errors import AppError, UsageError
from model.sync import Page, RawPayload, Skipped, Stage, SyncReport
from service.workspace import Workspace, containers_by_node, reference
from store.unit_of_work import UnitOfWork

Progress = Callable[[str, Page], None]
"""Told the connection's name and each page after it was stored."""


@dataclass
class _Tally:
    """What one sync has done so far; an item counts once, as what happened to it first."""

    created: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    skipped: dict[str, Skipped] = field(default_factory=dict)

    def changed(self) -> tuple[str, ...]:
        return tuple(sorted(self.created | self.updated | self.deleted))


@dataclass(frozen=True)
class SyncOutcome:
    """Reports of the connections that worked, and what stopped the others."""

    reports: tuple[SyncReport, ...]
    failures: tuple[tuple[str, AppError], ...]


def sync(workspace: Workspace, names: Sequence[str], *, full: bool, progress: Progress) -> SyncOutcome:
    """Sync the named connections (none named: all). One that can't be used does not stop the others.

    Raises UsageError when the tree takes nothing from any tool.
    """
    chosen = tuple(workspace.known_connection(name) for name in names) or workspace.connections
    if not any(workspace.sources(name) for name in workspace.connections):
        raise UsageError(
            "The tree has no project with a source, so there is nothing to sync.",
            where="portfolios",
            fix="Run `bellwether discover` to see what can be added, then add projects with sources.",
        )
    reports, failures = [], []
    for name in chosen:
        try:
            reports.append(sync_connection(workspace, workspace.connector(name), full=full, progress=progress))
        except UsageError:
            raise
        except AppError as error:
            failures.append((name, error))
    return SyncOutcome(tuple(reports), tuple(failures))


def sync_connection(workspace: Workspace, connector: Connector, *, full: bool, progress: Progress) -> SyncReport:
    """Pull one connection into the store; resumes where an earlier pull was cut off.

    Returns: what happened to each work item. Raises what the connector raises; what was stored before stays.
    """
    started = workspace.clock()
    before = connector.traffic()
    rebuild_if_mapping_changed(workspace, connector)
    with workspace.db.read() as uow:
        state = uow.sync.state(connector.name)
    cursor = None if full else state.cursor
    tally = _Tally()
    checkpoint = None if full else state.checkpoint
    store = _PageStore(workspace, connector)
    with workspace.db.read() as uow:
        kept = reference(uow, connector)
    for page in connector.pull(
        workspace.sources(connector.name), cursor=cursor, checkpoint=checkpoint, reference=kept
    ):
        store.keep(page, tally)
        progress(connector.name, page)
    spent = connector.traffic()
    return SyncReport(
        name=connector.name,
        mode="incremental" if cursor else "full",
        created=len(tally.created),
        updated=len(tally.updated - tally.created),
        unchanged=len(tally.unchanged - tally.updated - tally.created),
        deleted=len(tally.deleted),
        skipped=tuple(tally.skipped.values()),
        requests=spent.requests - before.requests,
        bytes=spent.bytes - before.bytes,
        seconds=round((workspace.clock() - started).total_seconds(), 3),
        changed_ids=tally.changed(),
    )


def refetch_items(workspace: Workspace, connector: Connector, vendor_ids: Sequence[str]) -> tuple[str, ...]:
    """Fetch single items again and store them as a sync would. Returns the ids of those that changed."""
    tally = _Tally()
    with workspace.db.read() as uow:
        kept = reference(uow, connector)
    page = connector.refetch(vendor_ids, workspace.sources(connector.name), reference=kept)
    _PageStore(workspace, connector).keep(page, tally)
    return tally.changed()


def rebuild_if_mapping_changed(workspace: Workspace, connector: Connector) -> bool:
    """Make the records anew from kept payloads, without one call, when the mapping is not the one they were made with."""
    digest = workspace.mapping_digest(connector.name)
    with workspace.db.begin() as uow:
        state = uow.sync.state(connector.name)
        if state.mapping_digest == digest:
            return False
        store = _PageStore(workspace, connector)
        tally = _Tally()
        store.records(uow, store.reference(uow), tally, seen_now=False)
        for batch in uow.raw.batches(connector.name, connector.item_kinds[:1]):
            store.records(uow, _with_companions(uow, connector, batch), tally, seen_now=False)
        store.mark_dirty(uow, tally.changed(), why="mapping changed")
        uow.sync.save_mapping_digest(connector.name, digest)
    return True


class _PageStore:
    """Stores pages of one pull. What a tool's own words mean, and what feeds which node, is read once and again only
    when a page of reference data came in."""

    def __init__(self, workspace: Workspace, connector: Connector) -> None:
        self._workspace = workspace
        self._connector = connector
        self._reference: tuple[RawPayload, ...] | None = None
        self._containers: dict[str, tuple[str, ...]] | None = None

    def keep(self, page: Page, tally: _Tally) -> None:
        """One page in one transaction: payloads, records, tombstones, dirty nodes, and where to go on."""
        connector, now = self._connector, self._workspace.clock()
        page_tally = _Tally()
        with self._workspace.db.begin() as uow:
            uow.raw.save(page.raw)
            if any(payload.kind in connector.reference_kinds for payload in page.raw):
                self._reference = self._containers = None
            raw = page.raw if page.stage is not Stage.HISTORY else _with_companions(uow, connector, page.raw)
            touched = self.records(uow, raw, page_tally)
            page_tally.deleted.update(uow.records.mark_gone(page.gone, at=now, known_at=now))
            page_tally.skipped.update((skip.item, skip) for skip in page.skipped)
            self.mark_dirty(uow, (*page_tally.changed(), *touched), why="sync")
            if page.checkpoint is not None:
                uow.sync.save_checkpoint(connector.name, page.checkpoint, at=now)
            if page.cursor is not None:
                uow.sync.finish(connector.name, page.cursor, at=now)
        _add(tally, page_tally)

    def records(
        self, uow: UnitOfWork, raw: Sequence[RawPayload], tally: _Tally, *, seen_now: bool = True
    ) -> tuple[str, ...]:
        """Payloads as records. Returns the subjects beside items that changed (a status was declared, a version moved).

        ``seen_now``: False for kept payloads, which are no sign that an item is still there.
        """
        if not raw:
            return ()
        records = self._connector.normalise(raw, self.reference(uow))
        saved = uow.records.save(records, known_at=self._workspace.clock(), seen_now=seen_now)
        tally.created.update(saved.created)
        tally.updated.update(saved.updated)
        tally.unchanged.update(saved.unchanged)
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
        uow.dirty.mark(touched, why=why, at=self._workspace.clock())


def _with_companions(uow: UnitOfWork, connector: Connector, raw: Sequence[RawPayload]) -> tuple[RawPayload, ...]:
    """The payloads and every other kept payload of the same items, so that each item is seen whole."""
    have = {(payload.kind, payload.vendor_id) for payload in raw}
    items = [payload.vendor_id for payload in raw if payload.kind in connector.item_kinds]
    wanted = [
        (kind, vendor_id)
        for vendor_id in dict.fromkeys(items)
        for kind in connector.item_kinds
        if (kind, vendor_id) not in have
    ]
    return (*raw, *uow.raw.get_many(connector.name, wanted))


def _add(total: _Tally, page: _Tally) -> None:
    total.created |= page.created
    total.updated |= page.updated
    total.unchanged |= page.unchanged
    total.deleted |= page.deleted
    total.skipped.update(page.skipped)
