"""Sync: bring what changed in a tool into the store. Every page is stored whole or not at all, and can be repeated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

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
    for page in connector.pull(workspace.sources(connector.name), cursor=cursor, checkpoint=checkpoint):
        _store_page(workspace, connector, page, tally)
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
    page = connector.refetch(vendor_ids, workspace.sources(connector.name))
    _store_page(workspace, connector, page, tally)
    return tally.changed()


def rebuild_if_mapping_changed(workspace: Workspace, connector: Connector) -> bool:
    """Make the records anew from kept payloads, without one call, when the mapping is not the one they were made with."""
    digest = workspace.mapping_digest(connector.name)
    with workspace.db.begin() as uow:
        state = uow.sync.state(connector.name)
        if state.mapping_digest == digest:
            return False
        now = workspace.clock()
        known = reference(uow, connector)
        tally = _Tally()
        _store_records(workspace, uow, connector, _Batch(tuple(known), known, now), tally)
        for batch in uow.raw.batches(connector.name, connector.item_kinds[:1]):
            whole = _with_companions(uow, connector, batch)
            _store_records(workspace, uow, connector, _Batch(whole, known, now), tally)
        _mark_dirty(workspace, uow, tally.changed(), why="mapping changed", at=now)
        uow.sync.save_mapping_digest(connector.name, digest)
    return True


@dataclass(frozen=True)
class _Batch:
    raw: tuple[RawPayload, ...]
    known: Sequence[RawPayload]
    now: datetime


def _store_page(workspace: Workspace, connector: Connector, page: Page, tally: _Tally) -> None:
    """One page in one transaction: payloads, records, tombstones, dirty nodes, and where to go on."""
    now = workspace.clock()
    page_tally = _Tally()
    with workspace.db.begin() as uow:
        uow.raw.save(page.raw)
        known = reference(uow, connector)
        raw = page.raw if page.stage is not Stage.HISTORY else _with_companions(uow, connector, page.raw)
        _store_records(workspace, uow, connector, _Batch(raw, known, now), page_tally)
        gone = uow.records.mark_gone(page.gone, at=now, known_at=now)
        page_tally.deleted.update(gone)
        page_tally.skipped.update((skip.item, skip) for skip in page.skipped)
        _mark_dirty(workspace, uow, page_tally.changed(), why="sync", at=now)
        if page.checkpoint is not None:
            uow.sync.save_checkpoint(connector.name, page.checkpoint, at=now)
        if page.cursor is not None:
            uow.sync.finish(connector.name, page.cursor, at=now)
    _add(tally, page_tally)


def _store_records(
    workspace: Workspace, uow: UnitOfWork, connector: Connector, batch: _Batch, tally: _Tally
) -> None:
    if not batch.raw:
        return
    records = connector.normalise(batch.raw, batch.known)
    saved = uow.records.save(records, known_at=batch.now)
    tally.created.update(saved.created)
    tally.updated.update(saved.updated)
    tally.unchanged.update(saved.unchanged)
    tally.skipped.update((skip.item, skip) for skip in records.skipped)


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


def _mark_dirty(workspace: Workspace, uow: UnitOfWork, item_ids: Sequence[str], *, why: str, at: datetime) -> None:
    if item_ids:
        touched = uow.records.nodes_touched(item_ids, containers_by_node(workspace, uow))
        uow.dirty.mark(touched, why=why, at=at)


def _add(total: _Tally, page: _Tally) -> None:
    total.created |= page.created
    total.updated |= page.updated
    total.unchanged |= page.unchanged
    total.deleted |= page.deleted
    total.skipped.update(page.skipped)
