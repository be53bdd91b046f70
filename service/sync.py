"""Sync: bring what changed in a tool into the store: items as they are now first, then the histories still missing."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.sdk.base import Connector
from model.errors import AppError, UsageError
from model.ids import item_id
from model.sync import Page, RawPayload, Skipped, SyncReport
from service import derived, losses, operation, rebuild
from service.pages import PageStore, Tally, exclusive
from service.workspace import Workspace, reference

FETCHED_AT_ONCE = 500
DERIVED_ROUNDS = 4
"""How often one sync reads again because what it read made new nodes with sources of their own."""

Progress = Callable[[str, Page], None]
"""Told the connection's name and each page after it was stored."""

IsOver = Callable[[], bool]
"""Asked after each page of histories: whether the rest is to wait, because others want to read the connection."""


def _never() -> bool:
    return False


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
    if not workspace.derivations and not any(workspace.sources(name) for name in workspace.connections):
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


def sync_connection(
    workspace: Workspace, connector: Connector, *, full: bool, progress: Progress, lists_again: bool = False,
    is_over: IsOver = _never,
) -> SyncReport:
    """Pull one connection into the store; resumes where an earlier pull was cut off.

    ``lists_again``: read projects, versions, fields and the like now, not when their time has come.
    Returns: what happened to each work item. Raises what the connector raises; what was stored before stays.
    """
    try:
        with exclusive(workspace, connector.name):
            report = _sync_connection(
                workspace, connector, full=full, progress=progress, lists_again=lists_again, is_over=is_over
            )
    except AppError as error:
        operation.note_failure(workspace, "sync", error)
        raise
    operation.note_sync(workspace, report)
    return report


def _sync_connection(
    workspace: Workspace, connector: Connector, *, full: bool, progress: Progress, lists_again: bool, is_over: IsOver
) -> SyncReport:
    started = workspace.clock()
    before = connector.traffic()
    rebuild.if_mapping_changed(workspace, connector)
    with workspace.db.read() as uow:
        state = uow.sync.state(connector.name)
        derived.load(workspace, uow)
    cursor = None if full else state.cursor
    tally = Tally()
    checkpoint = None if full else state.checkpoint
    with workspace.db.read() as uow:
        kept = () if full or lists_again else reference(workspace, uow, connector)
    for _ in range(DERIVED_ROUNDS):
        sources, store = workspace.sources(connector.name), PageStore(workspace, connector)
        for page in connector.pull(sources, cursor=cursor, checkpoint=checkpoint, reference=kept):
            store.keep(page, tally)
            progress(connector.name, page)
        if store.lists_came:
            rebuild.if_read_otherwise(workspace, connector)
        derived.derive(workspace, connector)
        if set(workspace.sources(connector.name)) <= set(sources):
            break
        with workspace.db.read() as uow:
            cursor, checkpoint = uow.sync.state(connector.name).cursor, None
            kept = reference(workspace, uow, connector)
    histories = _histories(workspace, connector, progress=progress, counted=tally, is_over=is_over)
    changed = (*tally.changed(), *sorted(histories.changed))
    losses.note(workspace, connector, changed if state.cursor and not full else (), began_at=started)
    spent = connector.traffic()
    return SyncReport(
        name=connector.name,
        mode="incremental" if state.cursor and not full else "full",
        created=len(tally.created),
        updated=len(tally.updated - tally.created),
        unchanged=len(tally.unchanged - tally.updated - tally.created),
        deleted=len(tally.deleted),
        skipped=tuple({**tally.skipped, **histories.skipped}.values()),
        histories=histories.read,
        histories_left=histories.left,
        requests=spent.requests - before.requests,
        bytes=spent.bytes - before.bytes,
        seconds=round((workspace.clock() - started).total_seconds(), 3),
        changed_ids=changed,
    )


@dataclass(frozen=True)
class Histories:
    """What reading histories did: how many were read, how many are left for later, the items that only they changed."""

    read: int
    left: int
    changed: set[str]
    skipped: dict[str, Skipped]


def read_histories(workspace: Workspace, connector: Connector, *, progress: Progress, is_over: IsOver) -> Histories:
    """Go on with the histories that a sync left: those that are missing or out of date, the last touched items first."""
    with exclusive(workspace, connector.name):
        return _histories(workspace, connector, progress=progress, counted=Tally(), is_over=is_over)


def _histories(
    workspace: Workspace, connector: Connector, *, progress: Progress, counted: Tally, is_over: IsOver
) -> Histories:
    """Each page is stored at once. ``counted``: what the items themselves did; one that changed then is not named again.

    What is left when the connector's share for one sync is spent, or when it is over, waits for the next one.
    """
    with workspace.db.read() as uow:
        wanted = uow.inventory.without_history(connector.name)
        kept = reference(workspace, uow, connector)
    now = wanted if connector.histories_per_sync is None else wanted[: connector.histories_per_sync]
    store, done = PageStore(workspace, connector), 0
    changed: set[str] = set()
    skipped: dict[str, Skipped] = {}
    asked: dict[str, RawPayload] = {}
    for page in connector.histories(_batches(workspace, connector, now, asked), reference=kept) if now else ():
        items = [asked.pop(vendor_id) for vendor_id in {one.vendor_id for one in page.raw} if vendor_id in asked]
        done += len(items)
        told = page.model_copy(update={"done": done, "total": len(now)})
        tally = Tally()
        store.keep(told, tally, held=items)
        changed.update(id_ for id_ in tally.changed() if not counted.has_changed(id_))
        skipped.update(tally.skipped)
        progress(connector.name, told)
        if is_over():
            break
    return Histories(read=done, left=len(wanted) - done, changed=changed, skipped=skipped)


def _batches(
    workspace: Workspace, connector: Connector, wanted: Sequence[str], asked: dict[str, RawPayload]
) -> Iterator[tuple[RawPayload, ...]]:
    """The kept payloads of the wanted items in their order, a batch at a time; ``asked`` holds those not yet answered."""
    for start in range(0, len(wanted), connector.history_batch):
        part = wanted[start : start + connector.history_batch]
        with workspace.db.read() as uow:
            held = uow.raw.get_many(connector.name, [(connector.item_kinds[0], vendor_id) for vendor_id in part])
        batch = {payload.vendor_id: payload for payload in held}
        asked.update(batch)
        yield tuple(batch[vendor_id] for vendor_id in part if vendor_id in batch)


def refetch_items(
    workspace: Workspace,
    connector: Connector,
    vendor_ids: Sequence[str],
    *,
    deleted: Collection[str] = (),
    told_at: datetime | None = None,
    at_once: int = FETCHED_AT_ONCE,
) -> tuple[str, ...]:
    """Fetch single items again and store them as a sync would. Returns the ids of those that changed.

    ``deleted``: vendor ids that the tool itself said were deleted; any other that is not there may only be hidden.
    ``told_at``: when the tool first told of any of them (None: just now).
    ``at_once`` are fetched and kept before the next ones: of thousands the first are scored while the tool's limit lets
    the last ones wait, and the payloads of all of them are never held together.
    """
    tally = Tally()
    with workspace.db.read() as uow:
        kept = reference(workspace, uow, connector)
    told = {item_id(connector.name, vendor_id) for vendor_id in deleted}
    for begin in range(0, len(vendor_ids), at_once):
        with exclusive(workspace, connector.name):
            some = vendor_ids[begin : begin + at_once]
            page = connector.refetch(some, workspace.sources(connector.name), reference=kept, told_at=told_at)
            PageStore(workspace, connector).keep(page, tally, unproven=frozenset(set(page.gone) - told))
    return tally.changed()
