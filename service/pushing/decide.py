"""The rules of push-back, without a tool and without a clock: what one job takes, least noisy first."""

from collections.abc import Callable
from datetime import datetime

from pydantic import JsonValue

from model.health import Band
from model.push import PROPERTY_KEY, Channel, HealthRole, Write, WriteResult
from model.reminder import REMINDER
from service.pushing.day import quiet_until
from service.pushing.job import COMMENT, STATUS, HealthJob, Job, said
from service.pushing.remind import ReminderJob, Step
from store.pushes import Written

NOT_SET_UP = "not_set_up"
FIELD_MISSING = "field_missing"
NOT_POSSIBLE = "not_possible_here"
INCOMPLETE = frozenset({NOT_SET_UP, FIELD_MISSING, NOT_POSSIBLE})
"""Reasons for which somebody has to do something before a target shows everything asked for."""


def decide(job: Job) -> list[Write]:
    """Every write of one target, with those that are not needed or have to wait, and why."""
    if job.hold is not None:
        why = f"Undone by {job.hold.run}; `bellwether push --only {job.node.id}` writes here again."
        return [_not_now(job.write(Channel.FIELD, None, None, why), "held")]
    resting = _resting(job)
    if resting is not None:
        return [resting]
    if job.present.missing:
        write = job.write(Channel.FIELD, None, None, job.present.missing)
        return [write.model_copy(update={"result": WriteResult.FAILED, "reason": job.present.missing_reason or "missing"})]
    writes = _health_writes(job) if isinstance(job, HealthJob) else []
    if isinstance(job, ReminderJob):
        writes.append(_reminder_write(job))
    return [*_moved_away(job), *(_patient(job, write) for write in writes)]


def _health_writes(job: HealthJob) -> list[Write]:
    writes = _property_writes(job)
    if job.target.fields:
        writes += _field_writes(job)
    if job.target.comment == "on_band_change":
        writes.append(_comment_write(job) if job.carries_comment else _nowhere(job, Channel.COMMENT, COMMENT))
    if job.target.status_update == "on_band_change":
        writes.append(_status_write(job) if job.carries_status else _nowhere(job, Channel.STATUS_UPDATE, STATUS))
    return writes


def _nowhere(job: Job, channel: Channel, field: str) -> Write:
    """Asked for, and nothing that the tool has there."""
    what = "comments" if channel is Channel.COMMENT else "status updates"
    why = f"There are no {what} at a {job.target.kind} in this tool; take {field if field == COMMENT else 'status_update'} out."
    return _not_now(job.write(channel, field, None, why), NOT_POSSIBLE)


def _moved_away(job: Job) -> list[Write]:
    """A target that is called otherwise now is written to all the same; whoever configures should know."""
    if job.present.moved_to is None:
        return []
    why = f"It is called {job.present.moved_to} now; name it so in the configuration."
    return [_not_now(job.write(Channel.FIELD, None, None, why), "moved")]


def _patient(job: Job, write: Write) -> Write:
    """A channel that failed here is left alone until its next try, and while an earlier write may still turn up."""
    until = job.unsettled.get(write.channel)
    if until is not None and write.result is WriteResult.PLANNED:
        why = "What became of an earlier write here is not known yet."
        return _not_now(_because(write, why), "unsettled", until)
    trouble = job.troubles.get(write.channel.value)
    if trouble is None or write.result is not WriteResult.PLANNED or job.insist or trouble.next_try_at <= job.day.now:
        return write
    return _not_now(_because(write, trouble.what), "trouble", trouble.next_try_at)


def _resting(job: Job) -> Write | None:
    """A target that failed as a whole is left alone until its next try."""
    trouble = job.troubles.get("")
    if trouble is None or job.insist or trouble.next_try_at <= job.day.now:
        return None
    return _not_now(job.write(Channel.FIELD, None, None, trouble.what), "trouble", trouble.next_try_at)


# -- the receipt ------------------------------------------------------------------------------------------------------


def _property_writes(job: HealthJob) -> list[Write]:
    """The quiet receipt, for targets that carry one."""
    if not job.carries_receipt:
        return []
    receipt: JsonValue = dict(job.message.receipt)
    last = job.last(Channel.PROPERTY, PROPERTY_KEY)
    stands = job.present.property is not None or not job.present.property_known
    if last and job.says_the_same(Channel.PROPERTY, PROPERTY_KEY) and stands:
        return [_same(job.write(Channel.PROPERTY, PROPERTY_KEY, last.value, "It says so already."))]
    return [job.write(Channel.PROPERTY, PROPERTY_KEY, receipt, "The receipt behind the fields has changed.")]


# -- fields -----------------------------------------------------------------------------------------------------------


def _field_writes(job: HealthJob) -> list[Write]:
    """Health, score, reason: unchanged when they mean what we wrote last and nobody has changed them since."""
    desired: dict[HealthRole, JsonValue] = {
        HealthRole.HEALTH: job.message.band.value,
        HealthRole.SCORE: job.message.score,
        HealthRole.REASON: job.message.reason,
    }
    if job.fields is None or set(job.fields.ids) != set(HealthRole):
        why = "Our fields are not set up in this connection: run `bellwether setup --apply`."
        return [_not_now(job.write(Channel.FIELD, role, new, why), NOT_SET_UP) for role, new in desired.items()]
    writes = []
    for role, new in desired.items():
        last = job.last(Channel.FIELD, role)
        # The words may differ where they mean the same: days pass, odds move.
        stays = role is HealthRole.REASON and last is not None and job.says_the_same(Channel.FIELD, role)
        writes.append(_field_write(job, role, last.value if stays and last else new, last))
    return _within_the_day(job, writes)


def _field_write(job: HealthJob, role: HealthRole, desired: JsonValue, last: Written | None) -> Write:
    if role not in job.present.fields:
        why = "The target does not have the field: run `bellwether setup` to see what is missing."
        return _not_now(job.write(Channel.FIELD, role, desired, why), FIELD_MISSING)
    present = job.present.fields[role]
    if present == desired:
        return _same(job.write(Channel.FIELD, role, desired, "It says so already."))
    if last is None:
        return job.write(Channel.FIELD, role, desired, "It was never written here.")
    if last.value == present:
        return job.write(Channel.FIELD, role, desired, f"{job.node.name}: {job.message.reason}")
    edited = f"Somebody changed it in the tool; last written: {_words(last.value)}."
    if job.target.courtesy.human_edits == "keep":
        return _not_now(job.write(Channel.FIELD, role, desired, f"{edited} It is kept, as the configuration says."), "kept")
    return job.write(Channel.FIELD, role, desired, edited)


def _words(value: JsonValue) -> JsonValue:
    """A value as people read it in the tool."""
    return next((band.words for band in Band if band.value == value), value)


def _within_the_day(job: HealthJob, writes: list[Write]) -> list[Write]:
    """Figures that move all day are written so many times only; a band that changed is shown all the same."""
    if job.day.made_at(job.target.label, Channel.FIELD) < job.target.courtesy.per_day:
        return writes
    if any(write.field == HealthRole.HEALTH and write.result is WriteResult.PLANNED for write in writes):
        return writes
    return [_tomorrow(job, write) if write.result is WriteResult.PLANNED else write for write in writes]


# -- comments and status updates --------------------------------------------------------------------------------------


def _comment_write(job: HealthJob) -> Write:
    """Our one comment: made when a band is there to be told, edited in place without telling anybody."""
    last = job.last(Channel.COMMENT, COMMENT)
    plan = _planner(job, Channel.COMMENT, COMMENT)
    if job.present.public:
        return _not_now(plan("People outside of the organisation could read a comment here; none is made."), "public")
    before, _ = said(last.value) if last else (None, None)
    if last is None or _gone(last):
        if job.message.band is Band.NO_DATA:
            return _same(plan("Nothing is said without data."))
        if last is not None and before is job.message.band:
            return _same(plan("Somebody deleted our comment; the next band makes a new one."))
        return _aloud(job, plan("The band was never said here." if last is None else _moved(before)))
    if before is job.message.band and job.says_the_same(Channel.COMMENT, COMMENT):
        return _same(plan("It says so already."))
    return _quietly(job, plan("The figures behind it have changed." if before is job.message.band else _moved(before)))


def _status_write(job: HealthJob) -> Write:
    """A status update goes to every follower: only when the band is not the one that was said last."""
    spoke = job.last(Channel.STATUS_UPDATE, STATUS) is not None or job.forgotten is not None
    plan = _planner(job, Channel.STATUS_UPDATE, STATUS)
    before, _ = job.said_last(Channel.STATUS_UPDATE, STATUS)
    if spoke and before is job.message.band:
        return _same(plan("The band is the one said last."))
    if job.message.band is Band.NO_DATA:
        return _same(plan("Nothing is said without data."))
    if spoke and job.present.human_status_at is not None:  # before our first one, a person's does not stop us
        why = "A person has posted a status since; theirs stands, ours shows in the fields."
        return _not_now(plan(why), "human_newer")
    return _aloud(job, plan(_moved(before) if spoke else "The band was never said here."))


def _reminder_write(job: ReminderJob) -> Write:
    """A word to the owner of a benefit: said aloud when it is asked for, else an edit that nobody is told of."""
    write = job.write(Channel.REMINDER, REMINDER, job.turn.kept.kept() if job.turn.kept else None, job.turn.why)
    if job.turn.step is not Step.DROP and job.present.public:
        return _not_now(_because(write, "People outside of the organisation could read it here; nothing is said."), "public")
    if job.turn.step is not Step.DROP and job.restricted:
        return _not_now(_because(write, "Few people may see the item; nothing is said."), "restricted")
    return _aloud(job, write) if job.turn.step is Step.ASK else _quietly(job, write)


def _planner(job: HealthJob, channel: Channel, field: str) -> Callable[[str], Write]:
    new: JsonValue = {"band": job.message.band.value, "score": job.message.score}
    return lambda why: job.write(channel, field, new, why)


def _moved(before: Band | None) -> str:
    return f"The band was {before.words}." if before else "The band was never said here."


def _gone(last: Written) -> bool:
    return isinstance(last.value, dict) and bool(last.value.get("gone"))


def _aloud(job: Job, write: Write) -> Write:
    """A write that people are told of: not in quiet hours, and so many a day only."""
    quiet = quiet_until(job.target.courtesy.quiet, job.day.now, job.day.zone)
    if quiet is not None:
        return _not_now(_because(write, f"Quiet until {quiet.astimezone(job.day.zone):%Y-%m-%d %H:%M}."), "quiet", quiet)
    if job.day.made_at(job.target.label, write.channel) >= job.target.courtesy.per_day:
        return _tomorrow(job, write)
    return write


def _quietly(job: Job, write: Write) -> Write:
    """An edit that nobody is told of: so many a day only."""
    spent = job.day.made_at(job.target.label, write.channel) >= job.target.courtesy.per_day
    return _tomorrow(job, write) if spent else write


def _tomorrow(job: Job, write: Write) -> Write:
    why = f"It was written {job.day.made_at(job.target.label, write.channel)} times today; the next time is tomorrow."
    return _not_now(_because(write, why), "per_day", job.day.next_midnight)


def _because(write: Write, why: str) -> Write:
    return write.model_copy(update={"why": f"{write.why} {why}"})


def _not_now(write: Write, reason: str, again_at: datetime | None = None) -> Write:
    return write.model_copy(update={"result": WriteResult.SKIPPED, "reason": reason, "again_at": again_at})


def _same(write: Write) -> Write:
    return write.model_copy(update={"result": WriteResult.UNCHANGED})
