"""One manner toward every vendor: paced by shared limits, few at a time, repeated only where that does no harm.

A wait longer than ``longest_wait_s`` is never slept: it becomes a RetryableError, and the job is put off instead.
"""

import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenacity import RetryCallState, Retrying, retry_if_exception
from tenacity.stop import stop_base

from connector.sdk import spending
from connector.sdk.base import Surroundings
from connector.sdk.budget import Budget, Share
from connector.sdk.credentials import Credential
from connector.sdk.http import Answer, Call, Limit, TransportError, error_of, error_of_failure, missing_scopes
from connector.sdk.slots import Slots
from model.errors import AmbiguousWriteError, AppError, ConnectionUnusableError, RefusedError, RetryableError
from model.ports import Lesson
from model.sync import Traffic

_WORD = re.compile(r"[a-z]+(?:[A-Z][a-z]+)*|[a-z]+(?:_[a-z]+)+")

PauseScope = Callable[[Call, Answer], tuple[str, ...]]
"""Names what a 429 pauses: one endpoint, one issue, or everything of the connection (its name)."""


@dataclass(frozen=True)
class Manner:
    """How patient and how busy. ``reads`` and ``writes`` are requests at the same time.

    ``shared_by`` and ``all_reads``, ``all_writes``: what the vendor allows at the same time to everybody who shares
    that name, over all processes.
    """

    max_tries: int = 5
    unreachable_tries: int = 3
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    reads: int = 6
    writes: int = 4
    shared_by: str | None = None
    all_reads: int = 0
    all_writes: int = 0


class InProcessLedger:
    """The limits of one process: for a run without a database, and for tests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, dict[datetime, int]] = {}
        self._leases: dict[str, dict[str, tuple[int, datetime]]] = {}
        self._pauses: dict[str, datetime] = {}
        self._lessons: dict[str, Lesson] = {}

    def take(
        self, scope: str, window_start: datetime, capacity: int, wanted: int, *, since: datetime | None = None
    ) -> int:
        """Up to ``wanted`` of what the window has left; with ``since``, all windows from then on share it."""
        with self._lock:
            windows = self._windows.setdefault(scope, {})
            first = since or window_start
            for old in [start for start in windows if start < first]:
                del windows[old]
            used = sum(windows.values()) if since else windows.get(window_start, 0)
            given = max(0, min(wanted, capacity - used))
            windows[window_start] = windows.get(window_start, 0) + given
            return given

    def used(self, scope: str, since: datetime) -> int:
        """What was taken in the windows since a moment."""
        with self._lock:
            return sum(taken for start, taken in self._windows.get(scope, {}).items() if start >= since)

    def lease(
        self, scope: str, holder: str, wanted: int, *, capacity: int, now: datetime, until: datetime
    ) -> int:
        """How many of ``capacity`` things ``holder`` may use until ``until``, in place of what it had."""
        with self._lock:
            held = {who: had for who, had in self._leases.get(scope, {}).items() if had[1] > now and who != holder}
            given = max(0, min(wanted, capacity - sum(slots for slots, _ in held.values())))
            self._leases[scope] = {**held, holder: (given, until)} if given else held
            return given

    def pause(self, scope: str, until: datetime) -> None:
        """Remember a vendor's "come back later"; a longer one wins."""
        with self._lock:
            self._pauses[scope] = max(until, self._pauses.get(scope, until))

    def pauses(self, after: datetime) -> Mapping[str, datetime]:
        """Every scope that rests beyond a moment, and until when."""
        with self._lock:
            return {scope: until for scope, until in self._pauses.items() if until > after}

    def teach(self, lesson: Lesson) -> None:
        """Remember what a limit really is."""
        with self._lock:
            self._lessons[lesson.scope] = lesson

    def lessons(self) -> Mapping[str, Lesson]:
        """What was learned of each scope."""
        with self._lock:
            return dict(self._lessons)

    def announce(self, scope: str, connection: str, *, capacity: int, window_s: float) -> None:
        """Nobody looks into a single process from outside."""


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
    ``credential`` is told of a 401, and the request repeated once with what it has then.
    """

    def __init__(
        self, surroundings: Surroundings, *, connection: str, manner: Manner | None = None,
        pause_scope: PauseScope | None = None, credential: Credential | None = None,
    ) -> None:
        self._around = surroundings
        self._connection = connection
        self._manner = manner or Manner()
        self._pause_scope = pause_scope or (lambda _call, _answer: (connection,))
        self._credential = credential
        self._budget = Budget(surroundings, connection)
        self._slots: Mapping[bool, Slots] = {
            True: self._slots_of("reads", self._manner.reads, self._manner.all_reads),
            False: self._slots_of("writes", self._manner.writes, self._manner.all_writes),
        }
        self._lock = threading.Lock()
        self._requests = 0
        self._bytes = 0
        self._waited_s = 0.0

    def run(self, call: Call, send: Callable[[], Answer]) -> Answer:
        """The good answer to ``call``.

        ``send`` makes one request and raises TransportError when no answer came.
        Raises RetryableError (with ``retry_after_s``), AmbiguousWriteError, ConnectionUnusableError, RefusedError,
        NotFoundError, UnexpectedAnswerError. In read-only mode a request that writes is refused before it is sent.
        """
        if self._around.read_only and not call.reads:
            raise RefusedError(
                "Nothing is written: this deployment is read-only.", where=self._connection,
                fix="Set `read_only: false` to let it write.", reason="read_only",
            )
        retrying = Retrying(
            sleep=self._around.sleep,
            stop=_GiveUp(self._manner),
            wait=self._wait_s,
            before_sleep=self._before_repeating,
            retry=retry_if_exception(_worth_repeating),
            reraise=True,
        )
        try:
            return retrying(self._attempt, call, send)
        except RetryableError as exc:
            if exc.reason == "unreachable":
                raise _unreachable(exc) from exc
            raise

    def spend(self, limit: Limit, units: int) -> None:
        """Charge what an answer turned out to cost beside the 1 taken before it."""
        self._budget.spend(limit, units)

    def pause(self, scope: str, seconds: float) -> None:
        """Let everybody who shares a scope rest, because an answer said that little is left."""
        self._budget.pause(scope, self._around.now() + timedelta(seconds=seconds))

    def traffic(self) -> Traffic:
        """Requests made and bytes received so far."""
        with self._lock:
            return Traffic(requests=self._requests, bytes=self._bytes, waited_s=self._waited_s)

    def close(self) -> None:
        """Give other processes what this one has leased."""
        self._budget.close()
        for slots in self._slots.values():
            slots.close()

    def _slots_of(self, kind: str, at_once: int, in_all: int) -> Slots:
        shared = self._manner.shared_by
        share = Share(self._around, f"{shared}:{kind}", in_all) if shared else None
        return Slots(at_once, share, self._rest_for_a_slot)

    def _attempt(self, call: Call, send: Callable[[], Answer]) -> Answer:
        header = self._credential.header() if self._credential else ""
        answer = self._sent(call, send)
        # A 401 was refused before anything was done, so even a write can be repeated.
        expired = answer.status == 401 and missing_scopes(answer) is None
        if expired and self._credential is not None and self._credential.refused(header):
            answer = self._sent(call, send)
        error = error_of(call, answer, where=self._connection, now=self._around.now())
        if error is None:
            self._budget.went_well()
            return answer
        self._share_pause(call, answer, error)
        raise error

    def _sent(self, call: Call, send: Callable[[], Answer]) -> Answer:
        """The answer to one request, made when it is its turn."""
        slots = self._slots[call.reads]
        self._await_turn(call, slots)
        received = 0
        try:
            with self._around.trace("request", connection=self._connection, method=call.method, path=shape_of(call.path)):
                answer = send()
            received = len(answer.body)
        except TransportError as failure:
            raise error_of_failure(call, failure, where=self._connection) from failure
        finally:
            slots.leave()
            self._count(received)
        return answer

    def _await_turn(self, call: Call, slots: Slots) -> None:
        """Wait for a slot, for the end of pauses and for units of every limit; then the slot is held."""
        scopes = {self._connection, *(limit.scope for limit in call.limits)}
        while True:
            slots.enter()
            try:
                paused_s = self._budget.paused_s(scopes)
                spent_s = 0.0 if paused_s else self._budget.take(call.limits)
            except BaseException:
                slots.leave()
                raise
            if not paused_s and not spent_s:
                return
            # The slot is somebody else's while this request waits: another endpoint may not have to.
            slots.leave()
            self._rest(paused_s, "asked to come back later")
            if spent_s > self._manner.longest_wait_s:
                # Everybody can see until when, and nobody asks in vain.
                self.pause(self._connection, spent_s)
            self._rest(spent_s, "has no requests left in this window")

    def _count(self, received: int) -> None:
        with self._lock:
            self._requests += 1
            self._bytes += received
        spending.note(requests=1, received=received)

    def _count_wait(self, seconds: float) -> None:
        with self._lock:
            self._waited_s += seconds
        spending.note(waited_s=seconds)

    def _before_repeating(self, state: RetryCallState) -> None:
        """The wait that a refusal asked for is a limit's, too; one for a host that stumbled is not."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, RetryableError) and error.reason == "rate_limited":
            self._count_wait(state.upcoming_sleep)

    def _wait_s(self, state: RetryCallState) -> float:
        """Retry-After as a minimum, doubling otherwise, both with jitter: never before the moment asked for."""
        error = state.outcome.exception() if state.outcome else None
        asked_s = (error.retry_after_s or 0.0) if isinstance(error, RetryableError) else 0.0
        doubled_s = self._manner.first_wait_s * float(2 ** (state.attempt_number - 1))
        return max(asked_s, min(doubled_s, self._manner.longest_wait_s / 2)) * (1 + 0.3 * self._around.jitter())

    def _share_pause(self, call: Call, answer: Answer, error: AppError) -> None:
        if answer.status != 429 or not isinstance(error, RetryableError):
            return
        # Some gateways refuse without saying for how long, or say 0.
        asked_s = error.retry_after_s or self._manner.first_wait_s
        until = self._around.now() + timedelta(seconds=asked_s)
        # Requests that were under way when the first was refused teach nothing new.
        news = [self._budget.pause(scope, until) for scope in self._pause_scope(call, answer)]
        if any(news):
            for limit in dict.fromkeys(call.limits):  # A batch names one limit many times over, and teaches once.
                self._budget.learn(limit)

    def _rest_for_a_slot(self, seconds: float, waited_s: float) -> None:
        if waited_s >= self._manner.longest_wait_s:
            raise RetryableError(
                "Other processes hold every request that the tool allows at once.", where=self._connection,
                reason="rate_limited", retry_after_s=self._manner.longest_wait_s,
            )
        rest_s = seconds * (1 + 0.3 * self._around.jitter())
        self._around.sleep(rest_s)
        self._count_wait(rest_s)

    def _rest(self, seconds: float, why: str) -> None:
        if seconds <= 0:
            return
        if seconds > self._manner.longest_wait_s:
            raise RetryableError(
                f"The tool {why}: {math.ceil(seconds)} s.", where=self._connection,
                reason="rate_limited", retry_after_s=seconds,
            )
        # A little apart from the others who wait for the same moment.
        rest_s = seconds + 0.001 + min(1.0, 0.1 * seconds) * self._around.jitter()
        self._around.sleep(rest_s)
        self._count_wait(rest_s)


def shape_of(path: str) -> str:
    """A path whose parts that name one thing are ``{}``: keys, ids and names are nobody else's business."""
    return "/".join(part if _WORD.fullmatch(part) else "{}" for part in path.split("?", 1)[0].strip("/").split("/"))


def _worth_repeating(error: BaseException) -> bool:
    return isinstance(error, RetryableError) and not isinstance(error, AmbiguousWriteError)


def _unreachable(error: RetryableError) -> ConnectionUnusableError:
    return ConnectionUnusableError(
        error.what, where=error.where, reason="unreachable",
        fix="Check the connection's url, that the host is up, and that this machine may reach it.",
    )
