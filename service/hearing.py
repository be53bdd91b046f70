"""Working off what the webhooks brought: fetch again what kept deliveries hint at, never trust what they say."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from model.errors import AppError, ConnectionUnusableError, RetryableError
from model.events import EventKind
from model.jobs import QUIET_IN_A_BURST
from service.sync import IsOver, refetch_items, sync_connection
from service.workspace import Workspace
from store.inbox import PendingDelivery
from store.unit_of_work import UnitOfWork

AT_ONCE = 2000
"""Deliveries worked off together: what they changed is kept before the next ones are begun."""

NOTED_AT_ONCE = 200
"""Deliveries noted as done in one transaction: new ones must not wait long for it to end."""

BUSY, GATHER_S = 10, 0.2
"""Where so many came together, more are on their way. Waited for, they are worked off together, each at a fraction of what
it costs alone, and whoever takes deliveries has the processors meanwhile."""

MANY = 50
"""So many deliveries at once are a burst: what they change comes in parts."""

MOST_TRIES = 5
"""A delivery that failed so often alone is given up: a person may read it, and have it tried again or dropped."""

_WIDER = frozenset({EventKind.PROJECT_CHANGED, EventKind.STATUS_DECLARED})
_THE_TOOL_IS_AWAY = (RetryableError, ConnectionUnusableError)


@dataclass(frozen=True)
class Heard:
    """What working off a connection's deliveries did: how many, and the ids of items that changed.

    ``more``: others want to read the connection, so some deliveries wait; ``histories_left``: to be read for what changed.
    """

    deliveries: int
    changed: tuple[str, ...]
    failed: int = 0
    histories_left: int = 0
    more: bool = False


def is_burst(uow: UnitOfWork, connections: Collection[str], now: datetime) -> bool:
    """Whether many deliveries wait, or came just now: some are worked off before the next ones are here."""
    came = uow.inbox.came(connections, since=now - QUIET_IN_A_BURST)
    return max(came, sum(uow.inbox.waiting().values())) >= MANY


def hear(workspace: Workspace, connection: str, *, is_over: IsOver) -> Heard:
    """Work off what waits of one connection, many at once; where that fails for good, one by one; until it is over.

    Raises RetryableError or ConnectionUnusableError while the tool is away or takes our credential no more: everything
    waits then.
    """
    done = Heard(0, ())
    while True:
        with workspace.db.read() as uow:
            pending = uow.inbox.pending(connection, limit=AT_ONCE)
        if not pending:
            return done
        try:
            part = _together(workspace, connection, pending, is_over)
        except _THE_TOOL_IS_AWAY:
            raise
        except AppError:
            part = _one_by_one(workspace, connection, pending, is_over)
        changed = tuple(sorted({*done.changed, *part.changed}))
        left = part.histories_left or done.histories_left
        done = Heard(done.deliveries + part.deliveries, changed, part.failed, left)
        if part.failed:
            return done  # what failed is tried again later
        if is_over():
            return replace(done, more=True)
        if len(pending) >= BUSY:
            time.sleep(GATHER_S)


def _together(workspace: Workspace, connection: str, pending: Sequence[PendingDelivery], is_over: IsOver) -> Heard:
    changed, left = _fetch(workspace, connection, pending, is_over)
    for begin in range(0, len(pending), NOTED_AT_ONCE):
        with workspace.db.begin() as uow:
            uow.inbox.done([entry.id for entry in pending[begin : begin + NOTED_AT_ONCE]], at=workspace.clock())
    return Heard(len(pending), changed, histories_left=left)


def _one_by_one(workspace: Workspace, connection: str, pending: Sequence[PendingDelivery], is_over: IsOver) -> Heard:
    """Find the deliveries that can't be worked off. Raises the first error when not a single one can be."""
    changed, left = set[str](), 0
    failed: list[tuple[PendingDelivery, AppError]] = []
    for entry in pending:
        try:
            heard = _together(workspace, connection, [entry], is_over)
            changed.update(heard.changed)
            left = heard.histories_left or left
        except _THE_TOOL_IS_AWAY:
            raise
        except AppError as error:
            failed.append((entry, error))
    with workspace.db.begin() as uow:
        for entry, why in failed:
            given_up_at = workspace.clock() if entry.tries + 1 >= MOST_TRIES else None
            uow.inbox.failed(entry.id, str(why), given_up_at=given_up_at)
    if len(failed) == len(pending) and failed[0][0].tries + 1 < MOST_TRIES:
        raise failed[0][1]
    return Heard(len(pending) - len(failed), tuple(sorted(changed)), len(failed), left)


def _fetch(
    workspace: Workspace, connection: str, pending: Sequence[PendingDelivery], is_over: IsOver
) -> tuple[tuple[str, ...], int]:
    """Items by their ids; anything wider than an item by an incremental sync. Our own writes are left alone.

    Returns the ids of those that changed, and how many histories are left to be read.
    """
    connector = workspace.connector(connection)
    foreign = [event for entry in pending for event in entry.events if event.by != connector.own_account()]
    items = [e.vendor_id for e in foreign if e.kind in (EventKind.ITEM_CHANGED, EventKind.ITEM_DELETED)]
    kinds = {event.kind for event in foreign}
    changed, left = set[str](), 0
    if items:
        deleted = {e.vendor_id for e in foreign if e.kind is EventKind.ITEM_DELETED}
        told_at = min(entry.received_at for entry in pending)
        changed.update(refetch_items(workspace, connector, tuple(dict.fromkeys(items)), deleted=deleted, told_at=told_at))
    if kinds & _WIDER or EventKind.UNKNOWN in kinds:
        # What nobody knows may be anything: then what changed is asked for, and the lists only when their time has come.
        again = bool(kinds & _WIDER)
        report = sync_connection(
            workspace, connector, full=False, progress=_quiet, lists_again=again, is_over=is_over
        )
        changed.update(report.changed_ids)
        left = report.histories_left
    return tuple(changed), left


def _quiet(_name: str, _page: object) -> None:
    """A webhook's sync has nobody watching."""
