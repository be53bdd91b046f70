"""What is left of the shared limits, asked of the ledger as seldom as can be.

One of these serves a connection's requests in one process. Pauses and lessons of other processes are seen after about
a second; units are taken in blocks that grow as they are used up.
"""

import math
import threading
import uuid
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connector.sdk.base import Surroundings
from connector.sdk.http import Limit
from model.errors import AppError
from model.ports import Lesson

_LOOK_EVERY = timedelta(seconds=1)
_LEARN_EVERY = timedelta(seconds=5)
_LEASED_FOR = timedelta(seconds=60)
_RENEWED_AFTER = timedelta(seconds=20)
_PLAN_HOLDS = timedelta(hours=1)
_SLOWED_FOR = timedelta(seconds=60)
_RECOVERS_IN = timedelta(minutes=10)
_FEW_BETWEEN = 5
_SEEN_TWICE = 2
_LEAST_SHARE = 32
_SHARE_STEP = 10
_TOLD_FROM_S = 60.0
_GROWN_BLOCK = 4  # times the limit's own block


def window_start(now: datetime, window_s: float) -> datetime:
    """The start of the window of ``window_s`` seconds that ``now`` lies in, counted from the epoch."""
    return datetime.fromtimestamp(math.floor(now.timestamp() / window_s) * window_s, UTC)


class Share:
    """A part of what a deployment may have in use, leased as it is needed and let go of when it is not."""

    def __init__(self, around: Surroundings, scope: str, capacity: int) -> None:
        self._around, self._scope, self._capacity = around, scope, capacity
        # Names one object of one process to the others; nothing depends on what it is.
        self._holder = uuid.uuid4().hex
        self._held = self._peak = 0
        self._renew_at = self._ask_at = datetime.fromtimestamp(0, UTC)

    def upto(self, wanted: int) -> int:
        """How many may be used now, when ``wanted`` would be. Not for several threads at once."""
        now = self._around.now()
        self._peak = max(self._peak, wanted)
        due = now >= self._renew_at
        if due or (wanted > self._held and now >= self._ask_at):
            self._held = self._around.limits.lease(
                self._scope, self._holder, max(1, self._peak), capacity=self._capacity, now=now, until=now + _LEASED_FOR
            )
            self._renew_at = now + _RENEWED_AFTER
            self._ask_at = now + _LOOK_EVERY if self._held < wanted else now
            self._peak = wanted if due else self._peak
        return self._held

    def close(self) -> None:
        """Give it all back at once."""
        if self._held:
            now = self._around.now()
            self._held, self._renew_at = 0, now
            # A ledger that does not answer need not hold up the end: the lease ends by itself.
            with suppress(AppError):
                self._around.limits.lease(self._scope, self._holder, 0, capacity=self._capacity, now=now, until=now)


@dataclass
class _Block:
    """Units of a window that this process took and has not used. A debt is below zero."""

    started: datetime
    held: int = 0
    size: int = 0


class Budget:
    """Says whether a request may go now, or in how many seconds to ask again. Safe to share between threads."""

    def __init__(self, around: Surroundings, connection: str) -> None:
        self._around = around
        self._connection = connection
        self._announced: set[str] = set()
        self._lock = threading.Lock()
        self._blocks: dict[str, _Block] = {}
        self._shares: dict[str, Share] = {}
        self._pauses: dict[str, datetime] = {}
        self._lessons: dict[str, Lesson] = {}
        self._looked = self._learned = datetime.fromtimestamp(0, UTC)
        self._good = self._in_a_row = 0
        self._like_plan: Counter[tuple[str, int]] = Counter()

    def close(self) -> None:
        """Give back what is leased."""
        with self._lock:
            for share in self._shares.values():
                share.close()
            self._shares.clear()

    # -- pauses -------------------------------------------------------------------------------------------------------

    def paused_s(self, scopes: Iterable[str]) -> float:
        """Seconds until the last pause of these scopes is over; 0 when none holds."""
        now = self._around.now()
        with self._lock:
            if now - self._looked >= _LOOK_EVERY or now < self._looked:
                self._pauses = dict(self._around.limits.pauses(now))
                self._looked = now
            ends = [self._pauses[scope] for scope in scopes if scope in self._pauses]
        return max(0.0, *((end - now).total_seconds() for end in ends)) if ends else 0.0

    def pause(self, scope: str, until: datetime) -> bool:
        """Let everybody rest; whether this is news: nobody was resting in this scope already."""
        with self._lock:
            known = self._pauses.get(scope)
            news = known is None or known <= self._around.now()
            if known is None or until > known:
                self._pauses[scope] = until
                self._around.limits.pause(scope, until)
        return news

    # -- units --------------------------------------------------------------------------------------------------------

    def take(self, limits: tuple[Limit, ...]) -> float:
        """Take 1 of each limit and give 0; or take nothing and give the seconds until one of them has more."""
        with self._lock:
            for number, limit in enumerate(limits):
                wait_s = self._take_shared(limit) if limit.shared_by else self._take(limit)
                if wait_s > 0:
                    for taken in limits[:number]:
                        self._blocks[taken.scope].held += 1
                    return wait_s
        return 0.0

    def spend(self, limit: Limit, units: int) -> None:
        """Charge what turned out to be used up beside the 1 that was taken before; it may run into debt."""
        with self._lock:
            block = self._block(limit)
            block.held -= units
            if block.held < 0:
                block.held += self._from_ledger(limit, block, -block.held)

    def _take(self, limit: Limit) -> float:
        block = self._block(limit)
        if block.held < 1:
            first = max(1, min(limit.block, limit.capacity // 100))
            block.size = min(block.size * 2, limit.block * _GROWN_BLOCK) if block.size else first
            block.held += self._from_ledger(limit, block, block.size - min(0, block.held))
        if block.held < 1:
            return self._left_s(limit, block)
        block.held -= 1
        return 0.0

    def _take_shared(self, limit: Limit) -> float:
        """Like ``_take``, from the part of the capacity that this process holds. ``held`` is negative: what was used."""
        block = self._block(limit)
        group = limit.shared_by or limit.scope
        share = self._shares.setdefault(group, Share(self._around, group, limit.capacity))
        used = -block.held + 1
        if used > share.upto(min(limit.capacity, math.ceil(used / _SHARE_STEP) * _SHARE_STEP)):
            return self._left_s(limit, block)
        block.held -= 1
        return 0.0

    def _block(self, limit: Limit) -> _Block:
        started = window_start(self._around.now(), limit.window_s / limit.slices)
        block = self._blocks.get(limit.scope)
        if block is None or block.started != started:
            block = self._blocks[limit.scope] = _Block(started)
        return block

    def _from_ledger(self, limit: Limit, block: _Block, wanted: int) -> int:
        # One part more than the window has: a request reaches the vendor a little after it was counted here.
        span_s = limit.window_s * (1 + 1 / limit.slices)
        since = block.started - timedelta(seconds=span_s) if limit.slices > 1 else None
        capacity = self._capacity(limit)
        self._announce(limit)
        return self._around.limits.take(limit.scope, block.started, capacity, min(wanted, capacity), since=since)

    def _announce(self, limit: Limit) -> None:
        """Say once which limit there is; those of seconds are over before anybody could look."""
        if limit.scope not in self._announced and limit.window_s >= _TOLD_FROM_S:
            self._announced.add(limit.scope)
            self._around.limits.announce(
                limit.scope, self._connection, capacity=limit.capacity, window_s=limit.window_s
            )

    def _left_s(self, limit: Limit, block: _Block) -> float:
        ends = block.started + timedelta(seconds=limit.window_s / limit.slices)
        return max(0.001, (ends - self._around.now()).total_seconds())

    # -- lessons ------------------------------------------------------------------------------------------------------

    def _capacity(self, limit: Limit) -> int:
        """What the limit is held to be now."""
        if limit.plans is None:
            return limit.capacity
        now = self._around.now()
        if now - self._learned >= _LEARN_EVERY or now < self._learned:
            self._lessons, self._learned = dict(self._around.limits.lessons()), now
        lesson = self._lessons.get(limit.scope)
        if lesson is None or lesson.capacity >= limit.capacity:
            return limit.capacity
        recovered = min(1.0, max(0.0, (now - lesson.holds_until) / _RECOVERS_IN))
        return lesson.capacity + int((limit.capacity - lesson.capacity) * recovered)

    def went_well(self) -> None:
        """A request was answered: refusals before and after it are not in a row when there are a few of these."""
        self._good += 1

    def learn(self, limit: Limit) -> None:
        """A refusal came although the limit was not used up: it is smaller, or what was asked for cost too much.

        Twice at about what a smaller plan allows: that plan is taken for an hour. Refusals with next to nothing between
        them: half of it for a minute, then slowly more. Source: ``connector/asana/README.md``, limits.
        """
        if limit.plans is None:
            return
        with self._lock:
            now, capacity = self._around.now(), self._capacity(limit)
            self._in_a_row = self._in_a_row + 1 if self._good < _FEW_BETWEEN else 1
            self._good = 0
            used = self._around.limits.used(limit.scope, now - timedelta(seconds=limit.window_s))
            if used >= 0.9 * capacity:
                return
            plan = next((plan for plan in limit.plans if plan < capacity and 0.9 * plan <= used <= 1.4 * plan), None)
            if plan is not None:
                self._like_plan[limit.scope, plan] += 1
                if self._like_plan[limit.scope, plan] >= _SEEN_TWICE:
                    self._teach(Lesson(scope=limit.scope, capacity=plan, holds_until=now + _PLAN_HOLDS))
            elif self._in_a_row >= _SEEN_TWICE:
                least = max(1, limit.capacity // _LEAST_SHARE)
                half = Lesson(scope=limit.scope, capacity=max(least, capacity // 2), holds_until=now + _SLOWED_FOR)
                self._teach(half)

    def _teach(self, lesson: Lesson) -> None:
        self._lessons[lesson.scope] = lesson
        self._around.limits.teach(lesson)
