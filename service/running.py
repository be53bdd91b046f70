"""How the deployment runs, connection by connection: for whoever keeps it running. No call to a tool is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from model.errors import AppError
from model.hooks import AuditReport, LossDay
from model.jobs import HEAR, POLL, Job, name_of
from model.sync import Skipped
from service import losses
from service.hook_state import DAYS
from service.reading_jobs import POLL_EVERY
from service.status import why_it_rests
from service.workspace import Workspace
from store.agenda import Hold, Trouble
from store.hooks import HookRegistration
from store.limits import LimitLeft
from store.unit_of_work import UnitOfWork

BEHIND = 3 * POLL_EVERY
"""A connection that was not read for so long is behind: polls come every few minutes."""


@dataclass(frozen=True)
class Hooks:
    """The webhooks of a connection: ``heard_at``: when anything last came; ``expires_at``: when the first of them ends by
    itself; ``audit``: what the last look after them found. ``registered``: how many there are.
    """

    registered: int
    heard_at: datetime | None
    expires_at: datetime | None
    audit: AuditReport | None


@dataclass(frozen=True)
class Login:
    """An OAuth login: when a person agreed to it, and when it last renewed itself."""

    granted_at: datetime | None
    renewed_at: datetime | None


@dataclass(frozen=True)
class ConnectionState:
    """``lag``: how far the newest thing we know may be behind the tool, None before the first sync. ``rests_until``: the
    tool asked for it, ``why``; ``paused``: by whom and since when, by hand. ``token_expires_on``: where it is known;
    ``login``: when one that renews itself was made and last renewed. ``lost``: changes of a week that no webhook told of.
    """

    name: str
    tool: str
    synced_at: datetime | None
    lag: timedelta | None
    rests_until: datetime | None
    why: str
    paused: tuple[str, datetime] | None
    failing: tuple[Job, ...]
    limits: tuple[LimitLeft, ...]
    token_expires_on: date | None
    login: Login | None
    hooks: Hooks
    waiting: int
    given_up: int
    lost: int

    @property
    def behind(self) -> bool:
        """Whether it was not read for longer than it ever takes."""
        return self.lag is None or self.lag > BEHIND


@dataclass(frozen=True)
class ConnectionDetail:
    """A connection with what can't be read of it, and what can't be written into it or was undone."""

    state: ConnectionState
    losses: tuple[LossDay, ...]
    skipped: tuple[Skipped, ...]
    troubles: tuple[Trouble, ...]
    holds: tuple[Hold, ...]
    jobs: tuple[Job, ...]


@dataclass(frozen=True)
class Credential:
    """What the configuration tells of a connection: its tool, and the last day of its credential where it is known."""

    tool: str
    expires_on: date | None = None


def day_of(told: object) -> date | None:
    """A day as a configuration tells it; None where it tells none, or something else."""
    if isinstance(told, date):
        return told
    try:
        return date.fromisoformat(str(told))
    except ValueError:
        return None


def states(workspace: Workspace, credentials: Mapping[str, Credential]) -> tuple[ConnectionState, ...]:
    """Every connection that is configured, in the configuration's order."""
    return tuple(_Reading(workspace).state(name, credentials[name]) for name in workspace.connections if name in credentials)


def detail(workspace: Workspace, name: str, credential: Credential) -> ConnectionDetail:
    """One connection. Raises UsageError where it is not configured (any more)."""
    workspace.known_connection(name)
    reading = _Reading(workspace)
    with workspace.db.read() as uow:
        skipped, troubles, holds = uow.skipped.all(name), uow.agenda.troubles(name), uow.agenda.holds(name)
    days = tuple(day for day in losses.days(workspace, back=30) if day.connection == name)
    mine = tuple(job for job in reading.jobs if job.lane == name)
    return ConnectionDetail(
        reading.state(name, credential), days[::-1], tuple(skipped), tuple(troubles.values()), tuple(holds.values()), mine
    )


class _Reading:
    """Everything that is asked for each connection, read once."""

    def __init__(self, workspace: Workspace) -> None:
        self.now = now = workspace.clock()
        with workspace.db.read() as uow:
            self.jobs = uow.jobs.all()
            self._paused = dict(uow.jobs.paused())
            self._waiting = uow.inbox.waiting()
            self._given_up = uow.inbox.given_up()
            self._signs = uow.status.signs(now)
            self._synced = {name: uow.sync.state(name).last_finished_at for name in workspace.connections}
            self._hooks = {name: _hooks(uow, name) for name in workspace.connections}
        self._limits = workspace.db.limits.left(now)
        self._logins = {name: _login(workspace, name) for name in workspace.connections}
        self._lost: dict[str, int] = {}
        for day in losses.days(workspace, back=DAYS):
            self._lost[day.connection] = self._lost.get(day.connection, 0) + day.lost

    def state(self, name: str, credential: Credential) -> ConnectionState:
        synced_at, hooks = self._synced[name], self._hooks[name]
        rests = [sign for sign in self._signs if sign.kind == "rest" and sign.subject == name and sign.at is not None]
        return ConnectionState(
            name=name,
            tool=credential.tool,
            synced_at=synced_at,
            lag=None if synced_at is None else max(timedelta(0), self.now - synced_at),
            rests_until=max((sign.at for sign in rests if sign.at), default=None),
            why=why_it_rests(rests) if rests else "",
            paused=self._paused.get(name),
            failing=tuple(job for job in self.jobs if job.name in (name_of(POLL, name), name_of(HEAR, name)) and job.reason),
            limits=tuple(limit for limit in self._limits if limit.connection == name),
            token_expires_on=credential.expires_on,
            login=self._logins[name],
            hooks=hooks,
            waiting=self._waiting.get(name, 0),
            given_up=sum(one.connection == name for one in self._given_up),
            lost=self._lost.get(name, 0),
        )


def _hooks(uow: UnitOfWork, name: str) -> Hooks:
    held: tuple[HookRegistration, ...] = uow.hooks.registrations(name)
    heard = max((row.heard_at for row in held if row.heard_at is not None), default=None)
    ends = min((row.expires_at for row in held if row.expires_at is not None), default=None)
    return Hooks(len(held), heard, ends, uow.hooks.audit(name))


def _login(workspace: Workspace, name: str) -> Login | None:
    """What is known of a login; None where there is none, or none that can be opened with this deployment's key."""
    try:
        token = workspace.db.tokens.load(name)
    except AppError:
        return None
    return None if token is None else Login(token.granted_at, token.renewed_at)
