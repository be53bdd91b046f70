"""Working off what deliveries hint at: it is fetched again, never trusted, so neither order nor repetition matters."""

from collections.abc import Mapping
from dataclasses import dataclass

from model.errors import AppError
from model.events import ChangeEvent, EventKind
from service.reception import DEFAULT_KEY as DEFAULT_KEY
from service.reception import Answer, Reception
from service.sync import refetch_items, sync_connection
from service.workspace import Workspace

AT_ONCE = 5000
"""Deliveries taken up in one round: many hints at one item become one request."""
_WIDER = frozenset({EventKind.PROJECT_CHANGED, EventKind.STATUS_DECLARED})


def receive(workspace: Workspace, connection: str, key: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
    """Take one delivery by itself, with nothing remembered of others; a server has a ``Reception`` for all of them."""
    return Reception().receive(workspace, connection, key, headers=headers, body=body)


@dataclass(frozen=True)
class Heard:
    """What working off the kept deliveries did: ids of items that changed, and the connections that failed."""

    deliveries: int
    changed: tuple[str, ...]
    failures: tuple[tuple[str, AppError], ...]


def work_off(workspace: Workspace, connection: str | None = None) -> Heard:
    """Fetch again what kept deliveries hint at, through the same functions as a sync. A failing one stays for later.

    ``connection``: those of this one only. What waits for a connection that is configured no more is let go.
    """
    with workspace.db.read() as uow:
        pending = uow.hooks.pending(connection, limit=AT_ONCE)
    changed: set[str] = set()
    failures: list[tuple[str, AppError]] = []
    for name in dict.fromkeys(entry.connection for entry in pending):
        mine = [entry for entry in pending if entry.connection == name]
        try:
            if name in workspace.connections:
                changed.update(_fetch(workspace, name, [event for entry in mine for event in entry.events]))
        except AppError as error:
            failures.append((name, error))
            continue
        with workspace.db.begin() as uow:
            uow.hooks.done([entry.id for entry in mine], at=workspace.clock())
    return Heard(len(pending), tuple(sorted(changed)), tuple(failures))


def _fetch(workspace: Workspace, connection: str, events: list[ChangeEvent]) -> tuple[str, ...]:
    """Items by their ids; anything wider than an item by an incremental sync. Our own writes are left alone."""
    connector = workspace.connector(connection)
    foreign = [event for event in events if event.by != connector.own_account()]
    items = [e.vendor_id for e in foreign if e.kind in (EventKind.ITEM_CHANGED, EventKind.ITEM_DELETED)]
    kinds = {event.kind for event in foreign}
    changed: set[str] = set()
    if items:
        deleted = {e.vendor_id for e in foreign if e.kind is EventKind.ITEM_DELETED}
        changed.update(refetch_items(workspace, connector, tuple(dict.fromkeys(items)), deleted=deleted))
    if kinds & _WIDER or EventKind.UNKNOWN in kinds:
        # What nobody knows may be anything: then what changed is asked for, and the lists only when their time has come.
        again = bool(kinds & _WIDER)
        report = sync_connection(workspace, connector, full=False, progress=_quiet, lists_again=again)
        changed.update(report.changed_ids)
    return tuple(changed)


def _quiet(_name: str, _page: object) -> None:
    """A webhook's sync has nobody watching."""
