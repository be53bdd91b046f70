"""Taking deliveries: verified, kept once, acknowledged. Nothing else happens while a tool waits for its answer.

What is on the way here, and may be repeated hundreds of times a second: one look for the registration (remembered for
some seconds), the connector's check of the signature, and one write for all deliveries that wait at that moment.
"""

import hashlib
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from connector.sdk.base import MalformedDeliveryError, UnknownSignatureError
from model.errors import AppError
from model.events import Delivery
from service.intake import ACCEPTED, SEEN_BEFORE, keep
from service.workspace import Workspace
from store.database import Database
from store.hooks import Arrival, Came, HookRegistration
from store.spool import Spool

DEFAULT_KEY = ""
HANDSHAKE_WITHIN = timedelta(minutes=10)
"""For how long after we asked for a webhook its handshake is taken."""
REMEMBERED_FOR = timedelta(seconds=10)
"""How old what is remembered of a registration may be. A signature that does not fit it is tried against the store."""
COUNTED_EVERY = timedelta(seconds=5)
HEARD_EVERY = timedelta(minutes=1)
MOST_AT_ONCE = 200
COMPANY_S = 0.01
"""How long a delivery may wait for those that this process has begun to take meanwhile, to be stored with them."""
RETRY_AFTER_S = 60
_KEY = re.compile(r"[A-Za-z0-9_-]{0,128}", re.ASCII)
_ODD = re.compile(r"[^A-Za-z0-9:_.-]")
_LONGEST_NAME = 80
SPOOLED = "spooled"
"""Stored beside the database: whether it is a repetition is found out, and counted, when it comes into it."""
# Of these a tool can't be told apart from a stranger who guesses addresses: they are counted without a connection.
NOBODY = ""

log = structlog.get_logger()


@dataclass(frozen=True)
class Answer:
    """What to answer: an HTTP status, a slug, headers of a handshake."""

    status: int
    reason: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Slot:
    """A delivery on its way into the store. ``taken``: how it was, None until it is there; ``error``: why it is not."""

    came: Came
    taken: str | None = None
    error: AppError | None = None

    @property
    def settled(self) -> bool:
        return self.taken is not None or self.error is not None


@dataclass(frozen=True)
class _Remembered:
    registration: HookRegistration
    at: datetime


class Reception:
    """One process's reception, shared by its threads. It remembers registrations and counts what came.

    ``spooling``: on SQLite deliveries go into the spool, from where ``service.intake`` takes them; it sets ``spooled``.
    """

    def __init__(self, *, spooling: bool = False) -> None:
        self.spooled = threading.Event()
        self._spooling = spooling
        self._known: dict[tuple[int, str, str], _Remembered] = {}
        self._heard: dict[tuple[str, str], datetime] = {}
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._counted_at: datetime | None = None
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: list[_Slot] = []
        self._coming = 0
        self._nobody_coming = threading.Condition(self._guard)

    def receive(
        self, workspace: Workspace, connection: str, key: str, *, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """Verify and keep one delivery; header names are lower case.

        202 kept, spooled, seen before or left alone by its name; 200 handshake; 400 malformed; 401 forged; 404 unknown;
        503 when it can't be kept now, so that the tool tries again.
        """
        with self._coming_more(1):
            try:
                answer = self._answer(workspace, connection, key, headers, body)
            except AppError as error:
                log.warning("delivery_not_kept", connection=connection, reason=error.reason)
                answer = Answer(503, error.reason, {"Retry-After": str(RETRY_AFTER_S)})
        if answer.reason != SPOOLED:
            self.note(workspace, connection, answer.reason)
        return answer

    def note(self, workspace: Workspace, connection: str, outcome: str, name: str = "") -> None:
        """Count one delivery's outcome; stored together with others a little later."""
        known = connection if connection in workspace.connections else NOBODY
        with self._guard:
            self._counts[known, outcome, _ODD.sub("?", name)[:_LONGEST_NAME]] += 1
            self._counted_at = self._counted_at or workspace.clock()
        if not self._spooling:  # a tool waits: where whoever writes has to wait, too, the intake stores them
            self.flush_due(workspace)

    def flush_due(self, workspace: Workspace) -> None:
        """Store what was counted, where that was not done for some seconds."""
        with self._guard:
            due = self._counted_at is not None and abs(workspace.clock() - self._counted_at) >= COUNTED_EVERY
        if due:
            self.flush(workspace)

    def flush(self, workspace: Workspace) -> None:
        """Store what was counted, and say it in one line. What can't be stored now is kept for the next time."""
        now = workspace.clock()
        with self._guard:
            counts, self._counts, self._counted_at = self._counts, Counter(), now
        if not counts:
            return
        try:
            with workspace.db.begin() as uow:
                uow.hooks.count(counts, day=now.date())
        except AppError as error:
            log.warning("deliveries_not_counted", reason=error.reason)
            with self._guard:
                self._counts.update(counts)
            return
        by_outcome: Counter[str] = Counter()
        for (_connection, outcome, _name), number in counts.items():
            by_outcome[outcome] += number
        log.info("deliveries", **by_outcome)

    # -- one delivery -------------------------------------------------------------------------------------------------

    def _answer(
        self, workspace: Workspace, connection: str, key: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        if connection not in workspace.connections:
            return Answer(404, "unknown_connection")
        found, remembered = self._registration(workspace, connection, key)
        if found is None:
            return Answer(404, "unknown_hook")
        try:
            try:
                delivery = _verified(workspace, found, headers, body)
            except UnknownSignatureError:
                # Another process may have registered anew since this one looked.
                fresh = self._read(workspace, connection, key) if remembered else found
                if fresh is None or fresh == found:
                    raise
                delivery = _verified(workspace, fresh, headers, body)
        except UnknownSignatureError:
            return Answer(401, "bad_signature")
        except MalformedDeliveryError:
            return Answer(400, "malformed_delivery")
        if delivery.new_secret is not None:
            return self._handshake(workspace, connection, key, delivery)
        return self._kept(workspace, connection, key, delivery, body)

    def _registration(
        self, workspace: Workspace, connection: str, key: str
    ) -> tuple[HookRegistration | None, bool]:
        """The registration of an address, and whether it was remembered only."""
        known = self._known.get((id(workspace.db), connection, key))
        if known is not None and abs(workspace.clock() - known.at) < REMEMBERED_FOR:
            return known.registration, True
        return self._read(workspace, connection, key), False

    def _read(self, workspace: Workspace, connection: str, key: str) -> HookRegistration | None:
        if not _KEY.fullmatch(key):
            return None
        place = (id(workspace.db), connection, key)
        with workspace.db.read() as uow:
            found = uow.hooks.registration(connection, key)
        if found is None or found.pending:
            self._known.pop(place, None)
        else:
            self._known[place] = _Remembered(found, workspace.clock())
        return found

    def _handshake(self, workspace: Workspace, connection: str, key: str, delivery: Delivery) -> Answer:
        now, secret = workspace.clock(), delivery.new_secret or ""
        with workspace.db.begin() as uow:
            taken = uow.hooks.shake(connection, key, secret, since=now - HANDSHAKE_WITHIN, at=now)
        return Answer(200, "handshake", delivery.answer_headers) if taken else Answer(401, "bad_signature")

    def _kept(self, workspace: Workspace, connection: str, key: str, delivery: Delivery, body: bytes) -> Answer:
        now = workspace.clock()
        for name in delivery.unknown:
            self.note(workspace, connection, "unknown_event", name)
        for name in delivery.ignored:
            self.note(workspace, connection, "ignored_event", name)
        arrival = None
        if delivery.events:
            keys = (hashlib.sha256(body).hexdigest(), delivery.dedupe_key)
            arrival = Arrival.of(connection, keys, delivery.events, now)
        last = self._heard.get((connection, key))
        is_due = last is None or abs(now - last) >= HEARD_EVERY
        if arrival is None and not is_due:
            return Answer(202, "ignored" if delivery.ignored else "heartbeat")
        slot = self._store(workspace.db, _Slot(Came(connection, now, arrival, key if is_due else None)))
        if slot.error is not None:
            raise slot.error
        if is_due:
            self._heard[connection, key] = now
        if arrival is None or slot.taken is None:
            return Answer(202, "ignored" if delivery.ignored else "heartbeat")
        return Answer(202, slot.taken)

    # -- one transaction for all that wait ----------------------------------------------------------------------------

    def _store(self, db: Database, slot: _Slot) -> _Slot:
        """Have a delivery stored. Whoever comes first writes for everybody who came meanwhile."""
        with self._guard:
            self._waiting.append(slot)
        with self._coming_more(-1), self._writing:
            while not slot.settled:
                with self._guard:
                    self._nobody_coming.wait_for(lambda: self._coming == 0, COMPANY_S)
                    batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                _write(db, db.spool if self._spooling else None, batch)
                if self._spooling:
                    self.spooled.set()
        return slot

    @contextmanager
    def _coming_more(self, number: int) -> Iterator[None]:
        """So many more, or fewer, deliveries have been begun and do not wait for the store yet; until the end of it."""
        self._count_coming(number)
        try:
            yield
        finally:
            self._count_coming(-number)

    def _count_coming(self, number: int) -> None:
        with self._guard:
            self._coming += number
            if self._coming == 0:
                self._nobody_coming.notify()


def _verified(workspace: Workspace, registration: HookRegistration, headers: Mapping[str, str], body: bytes) -> Delivery:
    connector = workspace.connector(registration.connection)
    return connector.receive(headers, body, secret=registration.secret, pending=registration.pending)


def _write(db: Database, spool: Spool | None, batch: list[_Slot]) -> None:
    """All of them at once, or none. Every slot is settled afterwards."""
    came = [slot.came for slot in batch]
    try:
        if spool is not None:
            spool.put(came)
            taken = [SPOOLED] * len(came)
        else:
            with db.begin() as uow:
                taken = [ACCEPTED if is_new else SEEN_BEFORE for is_new in keep(uow, came)]
    except AppError as error:
        for slot in batch:
            slot.error = error
    except BaseException as exc:
        for slot in batch:
            slot.error = _unexpected(exc)
        raise
    else:
        for slot, how in zip(batch, taken, strict=True):
            slot.taken = how


def _unexpected(exc: BaseException) -> AppError:
    return AppError(f"The delivery could not be stored ({type(exc).__name__}).", reason="store_failed")
