"""The event log: what changed, to what it bubbles, and the sync tokens that read it.

An event on a task reaches whoever listens to the task, its parents or their projects; one on a project reaches its
portfolios and the workspace. Events can be read for 24 hours, 100 per token. A token is good until the token that was
given with its answer is used; asking again with the same token gives the same answer.
"""

import hashlib
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.asana.entities import Portfolio, Project, Section, Story, Task, resource_type
from sandbox.asana.errors import RefusedError
from sandbox.asana.render import timestamp

PER_TOKEN = 100
KEPT_FOR = timedelta(hours=24)
INVALID = (
    "Sync token invalid or too old. If you are attempting to keep resources in sync, you must fetch the full dataset "
    "for this query now and use the new sync token for the next sync."
)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a field: ``action`` changed, added or removed; ``value`` the object it is about, if one is."""

    field: str
    action: str = "changed"
    value: Any = None


@dataclass(frozen=True, slots=True)
class Event:
    seq: int
    at: datetime
    user: Any
    action: str
    resource: Any
    parent: Any
    change: Change | None
    roots: frozenset[str]


@dataclass(slots=True)
class Token:
    """A place in the log for one resource; ``answer`` is what it gave, once used."""

    resource: str
    seq: int
    given_at: datetime
    answer: tuple[list[Event], str, bool] | None = None
    before: str | None = None


class EventLog:
    """Appends events and reads them by sync token. The space's lock guards it."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._seq = 0
        self._given = 0
        self._events: deque[Event] = deque()
        self._tokens: dict[str, Token] = {}

    def append(self, event: Event) -> None:
        """Add an event and forget those nobody may read any more."""
        self._events.append(event)
        while self._events[0].at < event.at - KEPT_FOR:
            self._events.popleft()

    def next_seq(self) -> int:
        """The number of the next event."""
        self._seq += 1
        return self._seq

    def fresh_token(self, resource: str, now: datetime) -> str:
        """A token that reads what happens to ``resource`` from now on."""
        return self._give(Token(resource, self._seq, now))

    def expire_tokens(self) -> None:
        """Make every token given so far invalid."""
        self._tokens.clear()

    def read(self, resource: str, token: str | None, now: datetime) -> tuple[list[Event], str, bool]:
        """Events since the token, the next token, whether there are more; 412 with a fresh token otherwise."""
        known = self._tokens.get(token) if token else None
        if token is None or known is None or known.resource != resource or known.given_at < now - KEPT_FOR:
            raise RefusedError(412, INVALID, extra={"sync": self.fresh_token(resource, now)})
        if known.answer is None:
            # The token before this one is used up: the vendor does not promise a way back.
            self._tokens.pop(known.before or "", None)
            known.answer = self._since(known, token, now)
        return known.answer

    def _since(self, known: Token, name: str, now: datetime) -> tuple[list[Event], str, bool]:
        events = list(self._events)
        start = bisect_right(events, known.seq, key=lambda event: event.seq)
        found = [event for event in events[start:] if resource_in(event, known.resource)]
        page, more = found[:PER_TOKEN], len(found) > PER_TOKEN
        seq = page[-1].seq if more else self._seq
        return page, self._give(Token(known.resource, seq, now, before=name)), more

    def _give(self, token: Token) -> str:
        self._given += 1
        text = f"{self._seed}:{self._given}:{token.resource}"
        name = f"{hashlib.sha256(text.encode()).hexdigest()[:32]}:0"
        self._tokens[name] = token
        return name


def resource_in(event: Event, gid: str) -> bool:
    """Whether an event reaches somebody who listens to the object ``gid``."""
    return gid in event.roots


def roots_of(space: Any, thing: Any) -> frozenset[str]:
    """The gids an event on ``thing`` bubbles to, its own included."""
    gids = {thing.gid}
    if isinstance(thing, Story):
        gids |= roots_of(space, thing.target)
    elif isinstance(thing, Task):
        gids |= set(thing.homes)
        if thing.parent is not None:
            gids |= roots_of(space, thing.parent)
    elif isinstance(thing, Section):
        gids.add(thing.project.gid)
    elif isinstance(thing, (Project, Portfolio)):
        gids |= {space.workspace.gid} | {portfolio.gid for portfolio in space.portfolios_with(thing)}
    return frozenset(gids)


def reference(thing: Any, *, named: bool) -> dict[str, Any] | None:
    """An object as events point at it; webhooks leave the name out."""
    if thing is None:
        return None
    out: dict[str, Any] = {"gid": thing.gid, "resource_type": resource_type(thing)}
    if hasattr(thing, "subtype"):
        out["resource_subtype"] = thing.subtype
    if named and hasattr(thing, "name"):
        out["name"] = thing.name
    return out


def shown(event: Event, *, named: bool) -> dict[str, Any]:
    """An event as the vendor sends it: ``parent`` only when added or removed, ``change`` only when changed."""
    out: dict[str, Any] = {
        "user": reference(event.user, named=named),
        "created_at": timestamp(event.at),
        "action": event.action,
        "resource": reference(event.resource, named=named),
        "parent": reference(event.parent, named=named),
    }
    if named:
        out["type"] = resource_type(event.resource)
    if event.change is not None:
        change: dict[str, Any] = {"field": event.change.field, "action": event.change.action}
        if event.change.value is not None:
            key = "new_value" if event.change.action == "changed" else f"{event.change.action}_value"
            change[key] = reference(event.change.value, named=named)
        out["change"] = change
    return out
