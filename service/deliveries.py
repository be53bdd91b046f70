"""Webhooks: a delivery is verified, kept once, and acknowledged; what it hints at is then fetched again, never trusted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.sdk.base import MalformedDeliveryError, UnknownSignatureError
from model.errors import AppError
from model.events import ChangeEvent, EventKind
from service.sync import refetch_items, sync_connection
from service.workspace import Workspace
from store.hooks import HookRegistration

DEFAULT_KEY = ""


@dataclass(frozen=True)
class Answer:
    """What to answer: an HTTP status, a slug, headers of a handshake."""

    status: int
    reason: str
    headers: dict[str, str] = field(default_factory=dict)


def receive(workspace: Workspace, connection: str, key: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
    """Verify and keep one delivery. 202 kept or seen before, 200 handshake, 400 malformed, 401 forged, 404 unknown."""
    if connection not in workspace.connections:
        return Answer(404, "unknown_connection")
    with workspace.db.read() as uow:
        registration = uow.hooks.registration(connection, key)
    if registration is None:
        return Answer(404, "unknown_hook")
    try:
        delivery = workspace.connector(connection).receive(
            headers, body, secret=registration.secret, pending=registration.pending
        )
    except UnknownSignatureError:
        return Answer(401, "bad_signature")
    except MalformedDeliveryError:
        return Answer(400, "malformed_delivery")
    now = workspace.clock()
    with workspace.db.begin() as uow:
        if delivery.new_secret is not None:
            uow.hooks.save(
                HookRegistration(
                    connection=connection, key=key, secret=delivery.new_secret, pending=False, created_at=now
                )
            )
            return Answer(200, "handshake", dict(delivery.answer_headers))
        new = uow.hooks.store_delivery(connection, delivery, at=now)
    return Answer(202, "accepted" if new else "seen_before")


@dataclass(frozen=True)
class Heard:
    """What working off the kept deliveries did: ids of items that changed, and the connections that failed."""

    deliveries: int
    changed: tuple[str, ...]
    failures: tuple[tuple[str, AppError], ...]


def work_off(workspace: Workspace) -> Heard:
    """Fetch again what kept deliveries hint at, through the same functions as a sync. A failing one stays for later."""
    with workspace.db.read() as uow:
        pending = uow.hooks.pending()
    changed: set[str] = set()
    failures: list[tuple[str, AppError]] = []
    for connection in dict.fromkeys(entry.connection for entry in pending):
        mine = [entry for entry in pending if entry.connection == connection]
        try:
            changed.update(_fetch(workspace, connection, [event for entry in mine for event in entry.events]))
        except AppError as error:
            failures.append((connection, error))
            continue
        with workspace.db.begin() as uow:
            for entry in mine:
                uow.hooks.done(entry.id, at=workspace.clock())
    return Heard(len(pending), tuple(sorted(changed)), tuple(failures))


def _fetch(workspace: Workspace, connection: str, events: list[ChangeEvent]) -> tuple[str, ...]:
    """Items by their ids; anything wider than an item by an incremental sync. Our own writes are left alone."""
    connector = workspace.connector(connection)
    foreign = [event for event in events if event.by != connector.own_account()]
    items = [e.vendor_id for e in foreign if e.kind in (EventKind.ITEM_CHANGED, EventKind.ITEM_DELETED)]
    changed: set[str] = set()
    if items:
        deleted = {e.vendor_id for e in foreign if e.kind is EventKind.ITEM_DELETED}
        changed.update(refetch_items(workspace, connector, tuple(dict.fromkeys(items)), deleted=deleted))
    if any(e.kind in (EventKind.PROJECT_CHANGED, EventKind.STATUS_DECLARED) for e in foreign):
        report = sync_connection(workspace, connector, full=False, progress=_quiet, lists_again=True)
        changed.update(report.changed_ids)
    return tuple(changed)


def _quiet(_name: str, _page: object) -> None:
    """A webhook's sync has nobody watching."""
