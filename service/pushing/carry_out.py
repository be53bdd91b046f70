"""Carrying a plan out: what is about to be written is kept first, each result with what stood there before."""

import json
import secrets
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

from connector.sdk.base import Connector
from connector.sdk.spending import carried
from model.errors import AppError, ConnectionUnusableError, NotFoundError, OwnFaultError, RetryableError
from model.push import Channel, FieldValue, HealthRole, Receipt, Write, WriteResult
from service.pushing.faults import own_fault, write_receipts
from service.pushing.job import COMMENT, STATUS, HealthJob, Job
from service.pushing.remind import ReminderJob, Step
from service.workspace import Workspace
from store.agenda import Trouble
from store.pushes import Intent, Made

AT_ONCE = 4
MANY = 10  # from so many equal ones on, a job of the tool that sets them all is worth waiting for
FIRST_REST = timedelta(minutes=15)
LONGEST_REST = timedelta(days=1)


@dataclass(frozen=True)
class Run:
    """One push: its id, and who had it made."""

    id: str
    by: str


@dataclass
class _Outcome:
    """What became of one channel: refused writes by field, the tool's id of what was made, or the failure of all."""

    refused: dict[str, str] = field(default_factory=dict)
    vendor_id: str | None = None
    failure: AppError | None = None
    gone: bool = False


@dataclass
class Pusher:
    """Makes the writes of one connection, a few targets at a time."""

    workspace: Workspace
    connector: Connector
    run: Run
    _stopped: AppError | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def carry_out(self, planned: Sequence[tuple[Job, list[Write]]]) -> list[Write]:
        """Every write with its result, in the order of the plan."""
        intents = {id(job): self._intents(job, writes) for job, writes in planned}
        with self.workspace.db.begin() as uow:
            uow.pushes.intend(one for kept in intents.values() for one in kept.values())
        receipts = self._receipts(planned, intents)
        in_bulk = self._equal_fields(planned, intents)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            others = pool.map(carried(lambda one: self._target(one[0], one[1], intents[id(one[0])], in_bulk)), planned)
            return [write for mine, (job, _) in zip(others, planned, strict=True) for write in _joined(receipts, job, mine)]

    def _intents(self, job: Job, writes: Iterable[Write]) -> dict[Channel, Intent]:
        planned = [write for write in writes if write.result is WriteResult.PLANNED]
        return {
            channel: Intent(
                connection=job.target.connection,
                target=job.target.label,
                channel=channel,
                node=job.node.id,
                run=self.run.id,
                by=self.run.by,
                mark=secrets.token_hex(4),
                signature=job.signature_of(channel),
                field_ids={role.value: number for role, number in job.fields.ids.items()} if job.fields else {},
                writes=tuple(write for write in planned if write.channel is channel),
                at=job.day.now,
            )
            for channel in dict.fromkeys(write.channel for write in planned)
        }

    # -- receipts, in bulk ----------------------------------------------------------------------------------------------

    def _receipts(
        self, planned: Sequence[tuple[Job, list[Write]]], intents: dict[int, dict[Channel, Intent]]
    ) -> dict[str, Write]:
        """The receipts of every target, by its label."""
        wanted = [
            (job, intent) for job, _ in planned
            if isinstance(job, HealthJob) and (intent := intents[id(job)].get(Channel.PROPERTY))
        ]  # fmt: skip
        if not wanted:
            return {}
        receipts = [
            Receipt(target=job.target, vendor_id=job.present.vendor_id or job.target.value, value=job.message.receipt)
            for job, _ in wanted
        ]
        refused: Mapping[str, str | AppError] = {}
        failure: AppError | None = None
        try:
            refused = write_receipts(self.connector, receipts)
        except AppError as error:
            failure = self._failed(error)
        done: dict[str, Write] = {}
        for job, intent in wanted:
            why = failure or refused.get(job.target.label)
            outcome = (
                _Outcome(refused={write.field or "": why for write in intent.writes})
                if isinstance(why, str) else _Outcome(failure=why)
            )  # fmt: skip
            (done[job.target.label],) = self._record(job, intent, outcome)
        return done

    # -- equal fields, in bulk --------------------------------------------------------------------------------------------

    def _equal_fields(
        self, planned: Sequence[tuple[Job, list[Write]]], intents: dict[int, dict[Channel, Intent]]
    ) -> dict[str, list[Write]]:
        """The fields of targets that many are to hold alike, by target, as far as the tool sets many at once."""
        alike: dict[str, list[tuple[Job, Intent]]] = {}
        for job, _ in planned:
            intent = intents[id(job)].get(Channel.FIELD)
            if intent and job.fields and job.present.vendor_id:
                key = json.dumps([(write.field, write.new) for write in intent.writes])
                alike.setdefault(key, []).append((job, intent))
        done: dict[str, list[Write]] = {}
        for group in alike.values():
            if len(group) >= MANY and self._stopped is None:
                done |= self._write_alike(group)
        return done

    def _write_alike(self, group: Sequence[tuple[Job, Intent]]) -> dict[str, list[Write]]:
        (first, intent), failure = group[0], None
        fields, places = first.fields, [(job.target, job.present.vendor_id or "") for job, _ in group]
        if fields is None:
            raise RuntimeError("fields are only written when they are set up")
        try:
            refused = self.connector.write_fields_of_many(places, _values(intent), fields=fields)
        except AppError as error:
            refused, failure = {}, self._failed(error)
        except Exception:  # a fault of ours at one of them: each is written alone, and that one is found
            return {}
        if refused is None:
            return {}
        done: dict[str, list[Write]] = {}
        for job, one in group:
            here = {role.value: why for role, why in refused.get(job.target.label, {}).items()}
            done[job.target.label] = self._record(job, one, _Outcome(refused=here, failure=failure))
        return done

    # -- the rest, target by target -------------------------------------------------------------------------------------

    def _target(
        self, job: Job, writes: list[Write], intents: dict[Channel, Intent], in_bulk: dict[str, list[Write]]
    ) -> list[Write]:
        """The writes of one target but its receipt, channel by channel, least noisy first."""
        done: list[Write] = [write for write in writes if write.result is not WriteResult.PLANNED]
        if bulk := in_bulk.get(job.target.label):
            done += bulk
            intents = {channel: one for channel, one in intents.items() if channel is not Channel.FIELD}
        for channel in (Channel.FIELD, Channel.COMMENT, Channel.STATUS_UPDATE, Channel.REMINDER):
            if intent := intents.get(channel):
                done += self._record(job, intent, self._send(job, intent))
        return done

    def _send(self, job: Job, intent: Intent) -> _Outcome:
        if self._stopped is not None:
            return _Outcome(failure=self._stopped)
        try:
            if intent.channel is Channel.FIELD:
                return self._fields(job, intent)
            if isinstance(job, ReminderJob):
                return self._reminder(job)
            if isinstance(job, HealthJob):
                return self._comment(job) if intent.channel is Channel.COMMENT else self._status_update(job, intent)
            raise RuntimeError(f"nothing is known to be said in {intent.channel}")
        except AppError as error:
            return _Outcome(failure=self._failed(error))
        except Exception as error:
            return _Outcome(failure=own_fault(error, job.target.label))

    def _fields(self, job: Job, intent: Intent) -> _Outcome:
        if job.fields is None:
            raise RuntimeError("fields are only written when they are set up")
        refused = self.connector.write_fields(job.target, _values(intent), fields=job.fields)
        return _Outcome(refused={role.value: why for role, why in refused.items()})

    def _status_update(self, job: HealthJob, intent: Intent) -> _Outcome:
        message = job.said_before(Channel.STATUS_UPDATE, STATUS)
        return _Outcome(vendor_id=self.connector.write_status_update(job.target, message, mark=intent.mark))

    def _reminder(self, job: ReminderJob) -> _Outcome:
        """Ask, say or be silent: only a new comment tells people, so the one before it goes first. There is never a second."""
        edited = job.comment_id if job.turn.step is Step.EDIT else None
        if job.comment_id and edited is None and self.connector.comment_is_ours(job.target, job.comment_id):
            self.connector.delete_comment(job.target, job.comment_id)
        if job.message is None:
            return _Outcome()
        try:
            return _Outcome(vendor_id=self.connector.write_comment(job.target, job.message, comment_id=edited))
        except NotFoundError:
            if edited is None:
                raise
        return _Outcome(gone=True)

    def _comment(self, job: HealthJob) -> _Outcome:
        """Edit ours; where somebody deleted it, a new one is made only when there is a new band to be told."""
        last = job.last(Channel.COMMENT, COMMENT)
        known = last.vendor_id if last and not (isinstance(last.value, dict) and last.value.get("gone")) else None
        message = job.said_before(Channel.COMMENT, COMMENT)
        try:
            return _Outcome(vendor_id=self.connector.write_comment(job.target, message, comment_id=known))
        except NotFoundError:
            if known is None:
                raise
        if message.previous_band is message.band:
            return _Outcome(gone=True)
        return _Outcome(vendor_id=self.connector.write_comment(job.target, message, comment_id=None))

    def _failed(self, error: AppError) -> AppError:
        """A failure of the whole connection stops what has not begun."""
        if isinstance(error, ConnectionUnusableError) or error.reason == "rate_limited":
            with self._lock:
                self._stopped = self._stopped or error
        return error

    # -- results --------------------------------------------------------------------------------------------------------

    def _record(self, job: Job, intent: Intent, outcome: _Outcome) -> list[Write]:
        """Keep the results of one channel, and what is to be known of it next time."""
        now = self.workspace.clock()
        finished = [_finished(write, outcome) for write in intent.writes]
        unknown = isinstance(outcome.failure, RetryableError | ConnectionUnusableError | OwnFaultError)
        with self.workspace.db.begin() as uow:
            for write in finished:
                uow.pushes.record(write, _made(intent, write, outcome.vendor_id), at=now)
            if outcome.gone:
                channel, signature = intent.channel, job.signature_of(intent.channel)
                uow.pushes.comment_is_gone(intent.connection, intent.target, channel=channel, signature=signature)
            if unknown:  # what may have been written is looked for before it is written again
                uow.pushes.intend([intent.model_copy(update={"unanswered_at": now})])
            elif not (intent.channel is Channel.PROPERTY and outcome.refused):
                uow.pushes.settle(intent.connection, intent.target, intent.channel)
            place = (intent.connection, intent.target, intent.channel.value)
            if trouble := _trouble(job, intent, outcome, finished):
                uow.agenda.note_trouble(trouble)
                finished = [
                    write.model_copy(update={"again_at": trouble.next_try_at}) if write.result is WriteResult.FAILED else write
                    for write in finished
                ]
            elif intent.channel.value in job.troubles:
                uow.agenda.no_trouble(*place)
        return finished


def _values(intent: Intent) -> dict[HealthRole, FieldValue]:
    """What the fields are to hold, by role."""
    return {
        HealthRole(write.field or ""): write.new
        for write in intent.writes
        if isinstance(write.new, str | int | float) or write.new is None
    }


def _finished(write: Write, outcome: _Outcome) -> Write:
    if outcome.failure is not None:
        failed = {"result": WriteResult.FAILED, "why": str(outcome.failure), "reason": outcome.failure.reason}
        return write.model_copy(update=failed)
    if (write.field or "") in outcome.refused:
        why = outcome.refused[write.field or ""]
        return write.model_copy(update={"result": WriteResult.FAILED, "why": why, "reason": "refused_by_tool"})
    if outcome.gone:
        next_ = "next band makes" if write.channel is Channel.COMMENT else "next time it is asked for makes"
        why = f"Somebody deleted our comment; the {next_} a new one."
        return write.model_copy(update={"result": WriteResult.SKIPPED, "why": why, "reason": "comment_gone"})
    return write.model_copy(update={"result": WriteResult.WRITTEN})


def _made(intent: Intent, write: Write, vendor_id: str | None) -> Made:
    return Made(
        run=intent.run, by=intent.by, previous=write.old, vendor_id=vendor_id, signature=intent.signature,
        field_id=intent.field_ids.get(write.field or ""),
    )  # fmt: skip


def _trouble(job: Job, intent: Intent, outcome: _Outcome, finished: Sequence[Write]) -> Trouble | None:
    """What to remember of a place that could not be written; a failure of the whole connection is no fault of it."""
    failed = [write for write in finished if write.result is WriteResult.FAILED]
    if not failed:
        return None
    before = job.troubles.get(intent.channel.value)
    tries = before.tries + 1 if before else 1
    return Trouble(
        connection=intent.connection,
        target=intent.target,
        channel=intent.channel.value,
        reason=failed[0].reason or "failed",
        what=failed[0].why,
        since=before.since if before else job.day.now,
        tries=tries,
        next_try_at=job.day.now + rest(tries, outcome.failure),
    )


def rest(tries: int, failure: AppError | None) -> timedelta:
    """How long a place is left alone: what the tool asks for, else longer with each try, a day at most."""
    asked_s = failure.retry_after_s if isinstance(failure, RetryableError) else None
    if isinstance(failure, RetryableError):
        return timedelta(seconds=min(max(asked_s or 0.0, 60.0), LONGEST_REST.total_seconds()))
    return min(FIRST_REST * (1 << min(tries - 1, 10)), LONGEST_REST)


def _joined(receipts: dict[str, Write], job: Job, others: list[Write]) -> list[Write]:
    """One target's writes with its receipt first."""
    mine = receipts.get(job.target.label)
    return ([mine] if mine else []) + others
