"""Notices: who is to be told of a changed band or a due digest, and telling them, once each.

A notice is kept before it is sent. What became of it is kept after; what is not known to have failed is sent again only
where the receiver knows a notice again by its key.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from connector.notify.base import Outlet
from model.errors import AmbiguousWriteError, AppError, NotFoundError, RefusedError, RetryableError, SkippableError
from model.health import Band, NodeScore
from model.landscape import Landscape
from model.notices import Digest, Gone, Notice, Reported, Subscription
from model.push import HealthMessage
from model.tree import Node
from service.digest import digest, latest_moment, slot
from service.pushing.day import quiet_until
from service.pushing.job import message_of
from service.scoring import FactsReader, read
from service.watermelons import among
from service.workspace import Workspace
from store.notices import KeptNotice
from store.scores import StoredScore
from store.unit_of_work import UnitOfWork

CHECK_EVERY = timedelta(minutes=1)
SENDING_LASTS = timedelta(minutes=15)
"""Longer than any sending takes: who has not said by then how it went is dead."""

DELAYS = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 720))
"""Between the tries of a notice: seven of them within a day."""

STALE = timedelta(days=3)


@dataclass
class Watch:
    """When it was last looked whether somebody is to be told: the state of one worker between beats."""

    checked_at: datetime | None = None


@dataclass
class Outcome:
    """What was told, to some of several recipients only where it is in ``partly`` too.

    ``waiting``: failed, and is tried again; ``lost``: given up, or perhaps told and never sent twice.
    """

    sent: list[Notice] = field(default_factory=list)
    partly: list[tuple[Notice, AppError]] = field(default_factory=list)
    waiting: list[tuple[Notice, AppError]] = field(default_factory=list)
    lost: list[tuple[Notice, AppError]] = field(default_factory=list)

    @property
    def idle(self) -> bool:
        return not (self.sent or self.waiting or self.lost)


def due(workspace: Workspace, watch: Watch | None = None, *, touched: Collection[str] = ()) -> Outcome:
    """Tell everybody who is to be told now. Nothing in read-only mode.

    With a ``watch`` (a worker's beats) it looks once a minute, and at once when a node was ``touched``.
    """
    now = workspace.clock()
    if workspace.read_only or not workspace.notifiers:
        return Outcome()
    if watch is not None:
        if not touched and watch.checked_at is not None and now - watch.checked_at < CHECK_EVERY:
            return Outcome()
        watch.checked_at = now
    _keep(workspace, now)
    return _send(workspace, now)


def told_by_hand(workspace: Workspace) -> Outcome:
    """As ``due``, for a person who asks for it. Raises RefusedError in read-only mode."""
    if workspace.read_only:
        raise RefusedError(
            "Nothing is sent: this deployment is read-only.", where="read_only",
            fix="Set `read_only: false` to send; --dry-run shows what would be sent.",
        )
    return due(workspace)


def planned(workspace: Workspace) -> tuple[Notice, ...]:
    """What ``due`` would send: what is kept and waits, and what would be made now. Keeps and sends nothing."""
    now = workspace.clock()
    names = [outlet.subscription.name for outlet in workspace.notifiers]
    with workspace.db.read() as uow:
        desk = _Desk(workspace, uow, now)
        changes = [change for outlet in workspace.notifiers for change in desk.changes(outlet.subscription)]
        dropped = {change.drops for change in changes}
        waiting = [kept.notice for kept in uow.notices.pending(names) if kept.key not in dropped]
    fresh = [change.new.notice for change in changes if change.new is not None]
    return tuple(notice for notice in (*waiting, *fresh) if notice is not None)


# -- what is to be told ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Change:
    """What is to be kept, and the key of a notice that it makes pointless."""

    new: KeptNotice | None
    drops: str | None = None


def _keep(workspace: Workspace, now: datetime) -> None:
    """Make the notices that are due; another process that makes the same makes them with the same keys."""
    with workspace.db.read() as uow:
        desk = _Desk(workspace, uow, now)
        changes = [change for outlet in workspace.notifiers for change in desk.changes(outlet.subscription)]
    if not changes:
        return
    with workspace.db.begin() as uow:
        for change in changes:
            if change.drops is not None and not uow.notices.drop(change.drops, Gone.SUPERSEDED):
                continue  # Somebody is sending it right now: what follows from it is looked at again.
            if change.new is not None:
                uow.notices.add(change.new)


@dataclass
class _Desk:
    """Where notices are made, within one reading of the store."""

    workspace: Workspace
    uow: UnitOfWork
    now: datetime

    @cached_property
    def known(self) -> tuple[Landscape, FactsReader]:
        return read(self.workspace, self.uow, known_at=None)

    @property
    def landscape(self) -> Landscape:
        return self.known[0]

    @cached_property
    def scores(self) -> Mapping[str, NodeScore]:
        return {stored.score.id: stored.score for stored in self.uow.scores.latest()}

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        return self.workspace.tree.by_id()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.workspace.timezone)

    def changes(self, subscription: Subscription) -> Iterator[_Change]:
        """What is new for one subscription; nothing in its quiet hours, after which what is true then is told."""
        if quiet_until(subscription.quiet, self.now, self.zone) is not None:
            return
        # A band that was given up is not told again by itself; a digest is compared with what people have seen.
        told = self.uow.notices.newest_told(subscription.name, given_up=subscription.rhythm is None)
        newest = self.uow.notices.newest(subscription.name)
        waiting = {kept.node: kept for kept in self.uow.notices.pending([subscription.name])}
        for node_id in subscription.nodes:
            kept = self.uow.scores.latest_of(node_id) if node_id in self.nodes else None
            if kept is None:
                continue
            state = _State(subscription, kept, told.get(node_id), newest.get(node_id), waiting.get(node_id))
            change = self._of(state)
            if change is not None:
                yield change

    def _of(self, state: "_State") -> _Change | None:
        if state.subscription.about == "reported":
            return self._reported(state)
        return self._band(state) if state.subscription.rhythm is None else self._digest(state)

    def _reported(self, state: "_State") -> _Change | None:
        """What a person declares otherwise than we compute is told once for each such report and computed band."""
        landscape, facts = self.known
        score, as_of = state.kept.score, state.kept.as_of
        gap = next(iter(among(self.uow, landscape, facts, [score], own={score.id}, as_of=as_of, now=self.now).gaps), None)
        waiting = state.waiting.key if state.waiting else None
        if gap is None:
            return _Change(None, waiting) if waiting else None
        parts = ("reported", gap.declared_at.isoformat(), gap.declared.value, gap.computed.value)
        key = _key(state.subscription.name, state.node, *parts)
        drops = waiting if waiting != key else None
        if self.uow.notices.has(key):
            return _Change(None, drops) if drops else None
        node = self.nodes[state.node]
        days = timedelta(days=landscape.policy_for(node.project_class, node.policy).watermelon_days)
        seen_from = max(gap.since, self.uow.brief_scores.first_of([state.node])[state.node])
        told = Reported(
            declared=gap.declared, computed=gap.computed, better=gap.better, bands=gap.bands, points=round(gap.points, 1),
            since=gap.since, earlier=gap.earlier,
            above_from=(seen_from + days).astimezone(self.zone).date(),
        )  # fmt: skip
        return _Change(self._row(state, *parts, reported=told), drops)

    def _band(self, state: "_State") -> _Change | None:
        """A band is told when it differs from the one told last. The first one is no news, and No data never is."""
        band = state.band
        if band is Band.NO_DATA or (state.told is not None and state.told.gone is Gone.SENDING):
            return None
        if state.told is None:
            return _Change(self._row(state, "first", gone=Gone.FIRST))
        drops = state.waiting.key if state.waiting and state.waiting.band is not band else None
        if band is state.told.band:
            return _Change(None, drops) if drops else None
        if state.waiting is not None and drops is None:
            return None
        since = state.newest.key if state.newest else ""
        return _Change(self._row(state, band.value, since), drops)

    def _digest(self, state: "_State") -> _Change | None:
        """A digest is told once for each moment that it is due at. What was due before we knew of it is not."""
        rhythm, first = state.subscription.rhythm, state.newest
        if rhythm is None:
            raise RuntimeError("a digest has a rhythm")
        if first is None:
            return _Change(self._row(state, "first", gone=Gone.FIRST))
        at = slot(rhythm, self.now, self.zone)
        period = at.astimezone(self.zone).date()
        key = _key(state.subscription.name, state.node, period.isoformat())
        late = self.now > latest_moment(rhythm, at)
        if late or at <= self._known_since(state) or self.uow.notices.has(key):
            return None
        drops = state.waiting.key if state.waiting else None
        before = state.told if state.told and state.told.notice else None
        said = digest(self.workspace, self.uow, self.nodes[state.node], period, before)
        return _Change(self._row(state, period.isoformat(), digest_=said), drops)

    def _known_since(self, state: "_State") -> datetime:
        """When this subscription's story of the node began."""
        told = state.told
        return told.made_at if told is not None and told.gone is Gone.FIRST else datetime.min.replace(tzinfo=self.now.tzinfo)

    def _row(
        self,
        state: "_State",
        *parts: str,
        gone: Gone | None = None,
        digest_: Digest | None = None,
        reported: Reported | None = None,
    ) -> KeptNotice:
        key = _key(state.subscription.name, state.node, *parts)
        # What comes later is newer, whatever the clock says.
        least = state.newest.made_at + timedelta(microseconds=1) if state.newest else self.now
        made_at = max(self.now, least)
        notice = None
        if gone is None:
            notice = Notice(
                key=key,
                notifier=state.subscription.name,
                node=state.node,
                node_kind=self.nodes[state.node].kind,
                made_at=made_at,
                message=self._message(state),
                digest=digest_,
                reported=reported,
            )
        return KeptNotice(
            key=key, notifier=state.subscription.name, node=state.node, band=state.band, score=state.kept.score.score,
            notice=notice, made_at=made_at, gone=gone,
        )

    def _message(self, state: "_State") -> HealthMessage:
        """What the node has to say, compared with what was told last."""
        message = message_of(
            self.workspace, self.uow, self.landscape, state.kept,
            before=None, language=state.subscription.language, below=self.scores,
        )
        told = state.told
        before = {
            "previous_band": told.band if told else None,
            "previous_score": None if told is None or told.score is None else round(told.score, 1),
        }
        return message.model_copy(update={**before, "receipt": {}})


@dataclass(frozen=True)
class _State:
    """One node for one subscription: its score, what was told last, the newest row of any kind, what waits."""

    subscription: Subscription
    kept: StoredScore
    told: KeptNotice | None
    newest: KeptNotice | None
    waiting: KeptNotice | None

    @property
    def node(self) -> str:
        return self.kept.score.id

    @property
    def band(self) -> Band:
        return self.kept.score.band


def _key(*parts: str) -> str:
    """The same for the same notice, in every process."""
    return f"msg_{hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()}"


# -- telling --------------------------------------------------------------------------------------------------------------


def _send(workspace: Workspace, now: datetime) -> Outcome:
    """Send what is due, the oldest first; a receiver that fails once is left alone until its next time."""
    outlets = {outlet.subscription.name: outlet for outlet in workspace.notifiers}
    zone = ZoneInfo(workspace.timezone)
    done = Outcome()
    with workspace.db.read() as uow:
        abandoned = uow.notices.abandoned(now)
        waiting = uow.notices.pending(list(outlets))
    for kept in abandoned:
        _take_up(workspace, kept, outlets.get(kept.notifier), done)
    failing: set[str] = set()
    for kept in waiting:
        outlet = outlets[kept.notifier]
        if kept.notifier in failing or (kept.next_try_at is not None and kept.next_try_at > now):
            continue
        if quiet_until(outlet.subscription.quiet, now, zone) is None and not _one(workspace, outlet, kept, done):
            failing.add(kept.notifier)
    return done


def _take_up(workspace: Workspace, kept: KeptNotice, outlet: Outlet | None, done: Outcome) -> None:
    """Somebody died while sending: nobody knows whether it arrived."""
    again = outlet is not None and outlet.notifier.repeatable
    with workspace.db.begin() as uow:
        if again:
            uow.notices.again(kept.key, at=workspace.clock())
        else:
            uow.notices.end(kept.key, Gone.UNCLEAR)
    if kept.notice is not None and not again:
        where = outlet.subscription.where if outlet else kept.notifier
        what = "A process ended while it sent a message; it may have arrived, and is not sent again."
        done.lost.append((kept.notice, AmbiguousWriteError(what, where=where, fix="")))


def _one(workspace: Workspace, outlet: Outlet, kept: KeptNotice, done: Outcome) -> bool:
    """Send one notice; False when the receiver had better be left alone for now."""
    now, notice = workspace.clock(), kept.notice
    if notice is None or now - kept.made_at > STALE or kept.node not in outlet.subscription.nodes:
        with workspace.db.begin() as uow:
            uow.notices.drop(kept.key, Gone.GIVEN_UP if notice is None else Gone.SUPERSEDED)
        return True
    with workspace.db.begin() as uow:
        if not uow.notices.claim(kept.key, now=now, until=now + SENDING_LASTS):
            return True
    try:
        outlet.notifier.send(notice)
    except SkippableError as error:
        done.partly.append((notice, error))
    except AppError as error:
        return _failed(workspace, outlet, kept, error, done)
    with workspace.db.begin() as uow:
        uow.notices.sent(kept.key, at=workspace.clock())
    done.sent.append(notice)
    return True


def _failed(workspace: Workspace, outlet: Outlet, kept: KeptNotice, error: AppError, done: Outcome) -> bool:
    """Keep how it failed: tried again after a growing delay, or never. False: the receiver is left alone for now."""
    if kept.notice is None:
        raise RuntimeError("only a notice is sent")
    unclear = isinstance(error, AmbiguousWriteError) and not outlet.notifier.repeatable
    over = kept.tries >= len(DELAYS) or isinstance(error, NotFoundError)
    with workspace.db.begin() as uow:
        at = workspace.clock() + _delay(min(kept.tries, len(DELAYS) - 1), error)
        if unclear or over:
            uow.notices.end(kept.key, Gone.UNCLEAR if unclear else Gone.GIVEN_UP)
        else:
            uow.notices.again(kept.key, at=at)
        if not isinstance(error, NotFoundError):
            uow.notices.postpone(kept.notifier, until=at)
    (done.lost if unclear or over else done.waiting).append((kept.notice, error))
    return False


def _delay(tries: int, error: AppError) -> timedelta:
    asked_s = error.retry_after_s if isinstance(error, RetryableError) else None
    return max(DELAYS[tries], timedelta(seconds=asked_s or 0.0))
