"""Losses: changes that a sync found by asking and that no delivery told of. What counts stands in docs/webhooks.md.

``note`` keeps what a sync found; ``settle`` judges it once the time for a delivery is over. All moments are by our own
clock: the tool's moment of a change is moved by the difference of the clocks, so one that is wrong by an hour changes
nothing.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from connector.sdk.base import Connector
from model.events import EventKind
from model.hooks import Find, LossDay, Verdict
from model.ids import item_id
from service.workspace import Workspace
from store.dialect import digest
from store.hook_losses import Poll
from store.hooks import HookRegistration
from store.unit_of_work import UnitOfWork

AROUND = timedelta(minutes=10)
"""How long before or after a change a delivery may come that tells of it."""
GAP = timedelta(seconds=60)
"""A web process that did not say that it lives for so long is taken for having been away."""
KEPT_FOR = timedelta(days=90)
AT_ONCE = 500
"""Finds judged in one transaction: after a day without webhooks there are thousands."""
_ITEMS = (EventKind.ITEM_CHANGED, EventKind.ITEM_DELETED)


def note(workspace: Workspace, connector: Connector, changed_ids: Sequence[str], *, began_at: datetime) -> None:
    """Keep what an incremental sync found changed, to be judged later.

    Nothing is kept of the first sync, of one whose sources are not those of the one before (what it finds is new to us,
    not to the tool), and where no webhook is registered.
    """
    name = connector.name
    asked = repr(sorted(map(repr, workspace.sources(name)))).encode()
    with workspace.db.begin() as uow:
        before = uow.losses.poll(name)
        uow.losses.note_poll(name, Poll(began_at=began_at, sources=digest(asked)))
        hooks = [hook for hook in uow.hooks.registrations(name) if hook.active_since is not None and not hook.pending]
        if before is None or before.sources != digest(asked) or not hooks or not changed_ids:
            return
        for begin in range(0, len(changed_ids), AT_ONCE):
            some = changed_ids[begin : begin + AT_ONCE]
            finds = _found(workspace, uow, connector, some, hooks, since=before.began_at, began_at=began_at)
            uow.losses.note(finds, _day(workspace, began_at))


def _found(
    workspace: Workspace, uow: UnitOfWork, connector: Connector, ids: Sequence[str], hooks: list[HookRegistration], *,
    since: datetime, began_at: datetime,
) -> list[Find]:  # fmt: skip
    """The changes that an event could have told of."""
    now, skew = workspace.clock(), connector.skew()
    updated = {id_: at - skew for id_, at in uow.losses.updated_at(ids).items()}
    known = uow.losses.known_before(ids, began_at)
    unsent = _unsent(uow, connector, ids, began_at) & known
    containers = uow.losses.containers(ids)
    finds = []
    for id_ in ids:
        at = updated.get(id_)
        exact = at is not None and since - AROUND <= at <= now + AROUND
        if not exact and id_ not in known:
            continue  # it came into our view; in the tool it was long there
        start, end = (at, at) if exact and at is not None else (since, now)
        heard_from = _listening_since(hooks, containers.get(id_, set()), each=connector.chooses_hook_secret)
        if heard_from is None or start < heard_from:
            continue
        finds.append(Find(
            connection=connector.name, item_id=id_, changed_at=start, until_at=end, found_at=now,
            verdict=Verdict.UNSENT if id_ in unsent else None,
        ))  # fmt: skip
    return finds


def _listening_since(hooks: list[HookRegistration], containers: set[str], *, each: bool) -> datetime | None:
    """From when on a webhook told of an item; None where none does.

    ``each``: there is one webhook for each container, by whose id the subject is named; else one hears all.
    """
    if each and containers:
        ends = {container.rpartition(":")[2] for container in containers}
        hooks = [hook for hook in hooks if (hook.subject or hook.key) in ends]
    times = [hook.active_since for hook in hooks if hook.active_since is not None]
    return max(times, default=None) if not containers else min(times, default=None)


def _unsent(uow: UnitOfWork, connector: Connector, ids: Sequence[str], began_at: datetime) -> set[str]:
    """Items of which nothing was learned but what this connection's webhooks do not tell."""
    quiet = {id_ for kind in connector.unheard for id_ in uow.losses.changed_since(ids, began_at, kind=kind)}
    return quiet - uow.losses.changed_since(ids, began_at, kind="changes")


def settle(workspace: Workspace) -> tuple[Find, ...]:
    """Judge every find whose time for a delivery is over; returns those that are losses. Idempotent.

    A little later than that time: until then the web processes have said whether they were there all the while.
    """
    now = workspace.clock()
    lost: list[Find] = []
    while True:
        with workspace.db.begin() as uow:
            finds = uow.losses.open(until=now - AROUND - GAP, most=AT_ONCE)
            if not finds:
                return tuple(lost)
            judged = [one for name, some in _by_connection(finds).items() for one in _judged(uow, name, some)]
            uow.losses.judge([(find, verdict, _day(workspace, find.changed_at)) for find, verdict in judged])
            lost += [find for find, verdict in judged if verdict is Verdict.LOST]


def _judged(uow: UnitOfWork, connection: str, finds: Sequence[Find]) -> list[tuple[Find, Verdict]]:
    start = min(find.changed_at for find in finds) - AROUND
    end = max(find.until_at for find in finds) + AROUND
    heard = _heard(uow, connection, {find.item_id for find in finds}, start, end)
    spans = uow.losses.spans(start, end)
    return [(find, _verdict(find, heard.get(find.item_id, ()), spans)) for find in finds]


def _by_connection(finds: Sequence[Find]) -> dict[str, list[Find]]:
    found: dict[str, list[Find]] = {}
    for find in finds:
        found.setdefault(find.connection, []).append(find)
    return found


def _heard(
    uow: UnitOfWork, connection: str, ids: Collection[str], since: datetime, until: datetime
) -> dict[str, list[datetime]]:
    """When deliveries came that named one of these items, by its id."""
    named = [id_.removeprefix(item_id(connection, "")) for id_ in ids]
    found: dict[str, list[datetime]] = {}
    for vendor_id, at in uow.inbox.naming(connection, named, _ITEMS, since=since, until=until):
        found.setdefault(item_id(connection, vendor_id), []).append(at)
    return found


def _verdict(find: Find, times: Sequence[datetime], spans: Sequence[tuple[datetime, datetime]]) -> Verdict:
    if any(find.changed_at - AROUND <= at <= find.until_at + AROUND for at in times):
        return Verdict.HEARD
    reachable = any(start <= find.changed_at and find.until_at + AROUND <= end for start, end in spans)
    return Verdict.LOST if reachable else Verdict.DOWN


def days(workspace: Workspace, *, back: int = 7) -> tuple[LossDay, ...]:
    """What was found by asking, by connection and day of the deployment's zone, for so many days back."""
    with workspace.db.read() as uow:
        return uow.losses.days(since=_day(workspace, workspace.clock()) - timedelta(days=back - 1))


def downtime(workspace: Workspace, *, back: int = 7) -> timedelta:
    """For how long no web process could take deliveries, over so many days back, since one first did."""
    now = workspace.clock()
    with workspace.db.read() as uow:
        first = uow.losses.first_span()
        if first is None:
            return timedelta(0)
        since = max(first, now - timedelta(days=back))
        spans = uow.losses.spans(since, now)
    up = sum((end - start for start, end in spans), timedelta(0))
    away = now - since - up
    # Processes say that they live every few seconds, so the last one is always a little behind.
    return away if away > GAP else timedelta(0)


def alive(workspace: Workspace, process: str, span: tuple[datetime, datetime] | None) -> tuple[datetime, datetime]:
    """Note that a web process answers. ``span``: what the last call gave; after a gap a new one begins."""
    now = workspace.clock()
    goes_on = span is not None and timedelta(0) <= now - span[1] <= GAP
    start = span[0] if goes_on and span is not None else now
    with workspace.db.begin() as uow:
        uow.losses.extend_span(process, start, now)
    return start, now


def needed_since(workspace: Workspace) -> datetime | None:
    """From when on deliveries are needed to judge what is not judged yet; None: nothing waits for it."""
    with workspace.db.read() as uow:
        oldest = uow.losses.oldest_open()
    return None if oldest is None else oldest - AROUND


def tidy(workspace: Workspace) -> None:
    """Forget judged finds, counts and spans whose time is over; deliveries go by retention. Once a day is enough."""
    now = workspace.clock()
    with workspace.db.begin() as uow:
        uow.hooks.forget_counts(before=(now - KEPT_FOR).date())
        uow.losses.prune(before=now - KEPT_FOR)


def _day(workspace: Workspace, at: datetime) -> date:
    return at.astimezone(ZoneInfo(workspace.timezone)).date()
