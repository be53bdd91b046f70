"""One manner toward every vendor: paced by shared limits, few at a time, repeated only where that does no harm.

A wait longer than ``longest_wait_s`` is never slept: it becomes a RetryableError, and the job is put off instead.
"""

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tenacity import RetryCallState, Retrying, retry_if_exception
from tenacity.stop import stop_base

from connector.sdk.base import Surroundings
from connector.sdk.http import Answer, Call, Limit, TransportError, error_of, error_of_failure
from model.errors import AmbiguousWriteError, AppError, ConnectionUnusableError, RetryableError
from model.sync import Traffic

PauseScope = Callable[[Call, Answer], str]
"""Names what a 429 pauses: one endpoint, one issue, or everything of the connection."""


@dataclass(frozen=True)
class Manner:
    """How patient and how busy. ``reads`` and ``writes`` are requests at the same time."""

    max_tries: int = 5
    unreachable_tries: int = 3
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    reads: int = 6
    writes: int = 4


class InProcessLedger:
    """The limits of one process: for a run without a database, and for tests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[datetime, int]] = {}
        self._pauses: dict[str, datetime] = {}

    def take(self, scope: str, window_start: datetime, capacity: int, wanted: int) -> int:
        """Up to ``wanted`` of what the window has left."""
        with self._lock:
            started, used = self._windows.get(scope, (window_start, 0))
            if started != window_start:
                used = 0
            given = max(0, min(wanted, capacity - used))
            self._windows[scope] = (window_start, used + given)
            return given

    def pause(self, scope: str, until: datetime) -> None:
        """Remember a vendor's "come back later"; a longer one wins."""
        with self._lock:
            self._pauses[scope] = max(until, self._pauses.get(scope, until))

    def paused_until(self, scope: str) -> datetime | None:
        """Until when a scope rests, if it ever did."""
        with self._lock:
            return self._pauses.get(scope)


class _GiveUp(stop_base):
    """Stop after the last try, sooner for a host that is not there, and at once before too long a wait."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner

    def __call__(self, retry_state: RetryCallState) -> bool:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        unreachable = isinstance(error, RetryableError) and error.reason == "unreachable"
        tries = min(self._manner.max_tries, self._manner.unreachable_tries) if unreachable else self._manner.max_tries
        return retry_state.attempt_number >= tries or retry_state.upcoming_sleep > self._manner.longest_wait_s


class Politeness:
    """Runs the requests of one connection. Safe to share between threads.

    ``pause_scope`` says what a 429 silences (default: the whole connection). All limits of a call are charged with 1.
    """

    def __init__(
        self, surroundings: Surroundings, *, connection: str, manner: Manner | None = None,
        pause_scope: PauseScope | None = None,
    ) -> None:
        self._around = surroundings
        self._connection = connection
        self._manner = manner or Manner()
        self._pause_scope = pause_scope or (lambda _call, _answer: connection)
        self._slots: Mapping[bool, threading.BoundedSemaphore] = {
            True: threading.BoundedSemaphore(self._manner.reads),
            False: threading.BoundedSemaphore(self._manner.writes),
        }
        self._lock = threading.Lock()
        self._blocks: dict[str, tuple[datetime, int]] = {}
        self._requests = 0
        self._bytes = 0

    def run(self, call: Call, send: Callable[[], Answer]) -> Answer:
        """The good answer to ``call``.

        ``send`` makes one request and raises TransportError when no answer came.
        Raises RetryableError (with ``retry_after_s``), AmbiguousWriteError, ConnectionUnusableError, RefusedError,
        NotFoundError, UnexpectedAnswerError.
        """
        retrying = Retrying(
            sleep=self._around.sleep,
            stop=_GiveUp(self._manner),
            wait=self._wait_s,
            retry=retry_if_exception(_worth_repeating),
            reraise=True,
        )
        try:
            return retrying(self._attempt, call, send)
        except RetryableError as exc:
            if exc.reason == "unreachable":
                raise _unreachable(exc) from exc
            raise

    def traffic(self) -> Traffic:
        """Requests made and bytes received so far."""
        with self._lock:
            return Traffic(requests=self._requests, bytes=self._bytes)

    def _attempt(self, call: Call, send: Callable[[], Answer]) -> Answer:
        self._await_pauses(call)
        for limit in call.limits:
            self._take(limit)
        reads = call.method.upper() == "GET" or call.repeatable is True
        with self._slots[reads]:
            try:
                answer = send()
            except TransportError as failure:
                self._count(0)
                raise error_of_failure(call, failure, where=self._connection) from failure
        self._count(len(answer.body))
        error = error_of(call, answer, where=self._connection, now=self._around.now())
        if error is None:
            return answer
        self._share_pause(call, answer, error)
        raise error

    def _count(self, received: int) -> None:
        with self._lock:
            self._requests += 1
            self._bytes += received

    def _wait_s(self, state: RetryCallState) -> float:
        """Retry-After as a minimum, doubling otherwise, both with jitter: never before the moment asked for."""
        error = state.outcome.exception() if state.outcome else None
        asked_s = (error.retry_after_s or 0.0) if isinstance(error, RetryableError) else 0.0
        doubled_s = self._manner.first_wait_s * float(2 ** (state.attempt_number - 1))
        return max(asked_s, min(doubled_s, self._manner.longest_wait_s / 2)) * (1 + 0.3 * self._around.jitter())

    def _share_pause(self, call: Call, answer: Answer, error: AppError) -> None:
        if answer.status == 429 and isinstance(error, RetryableError) and error.retry_after_s:
            until = self._around.now() + timedelta(seconds=error.retry_after_s)
            self._around.limits.pause(self._pause_scope(call, answer), until)

    def _await_pauses(self, call: Call) -> None:
        scopes = {self._connection, *(limit.scope for limit in call.limits)}
        until = [moment for scope in scopes if (moment := self._around.limits.paused_until(scope))]
        if until:
            self._rest((max(until) - self._around.now()).total_seconds(), "asked to come back later")

    def _take(self, limit: Limit) -> None:
        """Take 1 of a limit; when the window is spent, rest until the next one."""
        while True:
            now = self._around.now()
            started = window_start(now, limit.window_s)
            with self._lock:
                held_for, held = self._blocks.get(limit.scope, (started, 0))
                if held_for != started or held == 0:
                    wanted = max(1, min(limit.block, limit.capacity))
                    held = self._around.limits.take(limit.scope, started, limit.capacity, wanted)
                if held > 0:
                    self._blocks[limit.scope] = (started, held - 1)
                    return
            ends_in_s = (started + timedelta(seconds=limit.window_s) - now).total_seconds()
            self._rest(ends_in_s, "has no requests left in this window")

    def _rest(self, seconds: float, why: str) -> None:
        if seconds <= 0:
            return
        if seconds > self._manner.longest_wait_s:
            raise RetryableError(
                f"The tool {why}: {math.ceil(seconds)} s.", where=self._connection,
                reason="rate_limited", retry_after_s=seconds,
            )
        self._around.sleep(seconds + 0.001)


def window_start(now: datetime, window_s: float) -> datetime:
    """The start of the window of ``window_s`` seconds that ``now`` lies in, counted from the epoch."""
    return datetime.fromtimestamp(math.floor(now.timestamp() / window_s) * window_s, UTC)


def _worth_repeating(error: BaseException) -> bool:
    return isinstance(error, RetryableError) and not isinstance(error, AmbiguousWriteError)


def _unreachable(error: RetryableError) -> ConnectionUnusableError:
    return ConnectionUnusableError(
        error.what, where=error.where, reason="unreachable",
        fix="Check the connection's url, that the host is up, and that this machine may reach it.",
    )
