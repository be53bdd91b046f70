"""Background work, one job at a time: what each kind does, when it comes again, and what becomes of one that fails.

    a change + its mark + its job (one transaction) → begin → do → finish, or put off with patience

Every kind is plain and idempotent: a job that was cut off is begun again from the start. Which process runs which job
when is no matter of this module.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from model import jobs
from model.errors import AppError, RetryableError
from model.jobs import Job
from model.push import WriteResult
from service import (
    derived,
    errands,
    first_run,
    hooks,
    lenses,
    losses,
    notices,
    operation,
    policy_trial,
    preparing,
    push_back,
    questions,
    reading_jobs,
    retention,
    scoring,
    trends,
)
from service.backtest import check_if_due
from service.hearing import is_burst
from service.lens_at_hand import is_kept
from service.office import LONGEST_REST, Done, Office
from service.push_back import Wish
from service.pushing.reminders import holders
from service.reading_jobs import CENSUS_EVERY, POLL_EVERY
from service.workspace import Workspace
from store.unit_of_work import UnitOfWork

ANSWER_EVERY = timedelta(minutes=5)
NOTICE_EVERY = timedelta(minutes=1)
HOOKS_EVERY = timedelta(hours=1)
PASSED_ON_AFTER = timedelta(minutes=5)
LOSSES_EVERY = timedelta(minutes=5)
TIDY_EVERY = timedelta(days=1)
LENSES_EVERY = timedelta(hours=1)
TREND_EVERY = timedelta(days=1)

SHORTEST_REST = timedelta(seconds=5)
BUSY_REST = timedelta(seconds=1)
CRASHES = 5
"""A job that was cut off so often in a row rests before it is tried again, each time longer. It need not be its fault:
whatever takes the process down cuts off all that runs."""


@dataclass(frozen=True)
class Ended:
    """How a run of a job ended. ``error`` None: well. ``waited_s``: from being asked for to its begin."""

    name: str
    run: int
    waited_s: float
    told: Mapping[str, JsonValue] = field(default_factory=dict)
    error: AppError | None = None
    due_at: datetime | None = None
    was_failing: bool = False


Observer = Callable[[Job], AbstractContextManager[Callable[[Ended], None]]]
"""Entered around each run that begins; what it gives is told how the run ended, unless an error of our own ends it."""


@contextmanager
def unobserved(_: Job) -> Iterator[Callable[[Ended], None]]:
    """Nobody is told."""
    yield lambda _ended: None


def run(office: Office, name: str, number: int, *, observed: Observer = unobserved) -> Ended | None:
    """Run a job that was asked for. None when it is not its turn: it ended, waits, or its lane is taken or paused.

    An AppError puts it off; anything else is our own fault, puts it off too, and is raised.
    """
    workspace = office.workspace
    with workspace.db.alone(f"lane:{jobs.lane_of(name)}") as alone:
        with workspace.db.begin() as uow:
            now = office.now
            job = uow.jobs.begin(name, number, at=now)
            if job is not None and not alone:
                uow.jobs.put_off(name, number, at=now, due_at=now + BUSY_REST)
                return None
        if job is None:
            return None
        with observed(job) as tell:
            ended = _run(office, job)
            tell(ended)
        return ended


def _run(office: Office, job: Job) -> Ended:
    if job.tries >= CRASHES and job.reason is None:
        what = f"The process died while it was at this, which has not ended well {job.tries} times in a row."
        return _put_off(office, job, RetryableError(what, reason="crashed"), before=job.tries - CRASHES)
    try:
        done = _do(office, job.name)
    except AppError as error:
        return _put_off(office, job, error)
    except Exception:
        _put_off(office, job, AppError("An error of our own; the log has it.", where=job.name, reason="own_fault"))
        raise
    now = office.now
    with office.workspace.db.begin() as uow:
        uow.jobs.finish(job.name, job.run, at=now, again_at=done.again_at, told=done.told)
    return replace(_ended(job), told=done.told, was_failing=job.reason is not None)


def _put_off(office: Office, job: Job, error: AppError, *, before: int | None = None) -> Ended:
    """What failed is due again after a while that doubles, or when the tool says so. ``before``: failures that count."""
    now = office.now
    if error.reason == "busy":
        due_at, failed = now + BUSY_REST, None
    else:
        least = timedelta(seconds=getattr(error, "retry_after_s", None) or 0)
        due_at, failed = now + max(least, rest(job.tries if before is None else before)), (error.reason, str(error))
    with office.workspace.db.begin() as uow:
        uow.jobs.put_off(job.name, job.run, at=now, due_at=due_at, failed=failed)
    kind, _ = jobs.kind_and_subject(job.name)
    if failed is not None and kind != jobs.POLL:  # a sync counts its own failures
        operation.note_failure(office.workspace, kind, error)
    return replace(_ended(job), error=error, due_at=due_at, was_failing=job.reason is not None)


def rest(tries: int) -> timedelta:
    """How long a job that failed so often before is left alone."""
    return min(LONGEST_REST, SHORTEST_REST * (1 << min(tries, 10)))


def _ended(job: Job) -> Ended:
    waited = (job.started_at or job.wanted_at) - job.wanted_at
    return Ended(job.name, job.run, max(0.0, waited.total_seconds()))


def _do(office: Office, name: str) -> Done:
    """Do what a name says. A connection that is configured no more has nothing to do, and does not come again."""
    kind, subject = jobs.kind_and_subject(name)
    if kind in jobs.OF_A_CONNECTION and subject not in office.workspace.connections:
        with office.workspace.db.begin() as uow:
            return Done({"removed": True, "let_go": uow.inbox.let_go(subject, at=office.now)})
    mine = replace(office, workspace=replace(office.workspace))  # derived nodes grow: each job sees its own
    with mine.workspace.db.read() as uow:
        derived.load(mine.workspace, uow)
    return KINDS[kind](mine, subject)


# -- what each kind does --------------------------------------------------------------------------------------------------


def _rollup(office: Office, _: str) -> Done:
    """Score what was marked and has settled; what has not yet is looked at again."""
    workspace = office.workspace
    with workspace.db.read() as uow:
        burst = is_burst(uow, workspace.connections, office.now)
    quiet = jobs.QUIET_IN_A_BURST if burst else jobs.QUIET
    scored = scoring.score_dirty(workspace, office.memory, settled_at=office.now, quiet=quiet, together=burst)
    if scored:
        _lenses(workspace)
        office.ask(jobs.NOTICES)
    with workspace.db.read() as uow:
        left = [mark.marked_at + quiet for mark in uow.dirty.pending()]
    soon = office.now + jobs.LONGEST_WAIT  # the clock that marked may have been ahead
    return Done({"scored": len(scored)}, min(*left, soon) if left else None)


def _lenses(workspace: Workspace) -> None:
    """Scores of lenses that are shown in a tool: with all others; where that takes minutes, an hour later at the latest."""
    if is_kept(workspace):
        preparing.renew_lenses(workspace, [one for one in workspace.lenses if one.published], older_than=LENSES_EVERY)
    else:
        lenses.keep_published(workspace)


def _push(office: Office, _: str) -> Done:
    """The writes of every node whose time has come: scored just now, or put off until now."""
    workspace = office.workspace
    if workspace.read_only:
        return Done({"read_only": True})
    now = office.now
    publishing = workspace.writing_nodes()
    with workspace.db.read() as uow:
        due = set(uow.agenda.due(now))
    if due - publishing:  # gone from the tree, or published nowhere any more
        with workspace.db.begin() as uow:
            uow.agenda.pushed(due - publishing, began_at=now)
    wanted = due & publishing
    writes = push_back.push(workspace, Wish(only=wanted, by="worker", insist=False)) if wanted else ()
    with workspace.db.read() as uow:
        again = uow.agenda.next_due()
    counts: dict[str, JsonValue] = {str(result): sum(w.result is result for w in writes) for result in WriteResult}
    told = {what: count for what, count in counts.items() if count}
    return Done({"nodes": len(wanted), **told}, again and max(again, now + BUSY_REST))


def _answers(office: Office, _: str) -> Done:
    written = questions.answer(office.workspace)
    return Done({"answered": len(written)}, office.now + ANSWER_EVERY)


def _notices(office: Office, _: str) -> Done:
    told = notices.due(office.workspace)
    counts: dict[str, JsonValue] = {"sent": len(told.sent), "waiting": len(told.waiting), "lost": len(told.lost)}
    return Done(counts, office.now + NOTICE_EVERY if office.workspace.notifiers else None)


def _hooks(office: Office, _: str) -> Done:
    """Bring the tools' webhooks into order; in read-only mode each refusal is told.

    A process that knows no address leaves it to one that does, soon: webhooks of apps end unless they are refreshed.
    """
    if office.hooks_url is None:
        return Done({"no_address": True}, office.now + PASSED_ON_AFTER)
    reports = hooks.audit(office.workspace, office.hooks_url)
    return Done({"steps": sum(len(report.steps) for report in reports)}, office.now + HOOKS_EVERY)


def _losses(office: Office, _: str) -> Done:
    return Done({"lost": len(losses.settle(office.workspace))}, office.now + LOSSES_EVERY)


def _tidy(office: Office, _: str) -> Done:
    """Take away what is needed no more."""
    losses.tidy(office.workspace)
    pruned = retention.prune(office.workspace)
    return Done({"rows": sum(pruned.rows.values()), "bytes": pruned.bytes}, office.now + TIDY_EVERY)


def _midnight(office: Office, _: str) -> Done:
    """A new day in the deployment's zone is an event too: time alone makes work late. Every target is looked at."""
    workspace, now = office.workspace, office.now
    with workspace.db.begin() as uow:
        uow.dirty.mark((node.id for node in workspace.tree.nodes), why=scoring.MIDNIGHT, at=now)
        uow.agenda.note_due(_writing(workspace, uow), at=now, now=now)
    return Done({}, _next_midnight(workspace))


def _trend(office: Office, _: str) -> Done:
    """The past of every score, and once a week how good the forecasts were."""
    points, checked = trends.fill_trends(office.workspace), check_if_due(office.workspace)
    if is_kept(office.workspace):
        preparing.renew_lenses(office.workspace, office.workspace.lenses, older_than=LENSES_EVERY)
    return Done({"points": points, "forecasts_checked": checked is not None}, office.now + TREND_EVERY)


def _errands(office: Office, _: str) -> Done:
    return Done({"done": errands.work_off(office.workspace)})


def _documents(office: Office, which: str) -> Done:
    made = preparing.work_off(office.workspace, jobs.name_of(jobs.DOCUMENTS, which))
    return Done({"made": made}, preparing.forget_old(office.workspace))


def _review(office: Office, _: str) -> Done:
    return Done({"writes": first_run.review(office.workspace)})


def _launch(office: Office, _: str) -> Done:
    """Make our fields, then write: what somebody looked through and said go to."""
    return Done({"written": first_run.launch(office.workspace)})


def _policies(office: Office, _: str) -> Done:
    return Done({"looked_through": policy_trial.work_off(office.workspace)})


KINDS: Mapping[str, Callable[[Office, str], Done]] = {
    jobs.HEAR: reading_jobs.hear,
    jobs.POLL: reading_jobs.poll,
    jobs.HISTORIES: reading_jobs.histories,
    jobs.CENSUS: reading_jobs.census,
    jobs.ROLLUP: _rollup,
    jobs.PUSH: _push,
    jobs.ANSWERS: _answers,
    jobs.NOTICES: _notices,
    jobs.HOOKS: _hooks,
    jobs.LOSSES: _losses,
    jobs.TIDY: _tidy,
    jobs.MIDNIGHT: _midnight,
    jobs.TREND: _trend,
    jobs.ERRANDS: _errands,
    jobs.DOCUMENTS: _documents,
    jobs.DISCOVER: reading_jobs.discover,
    jobs.REVIEW: _review,
    jobs.LAUNCH: _launch,
    jobs.POLICIES: _policies,
}


LATEST: Mapping[str, timedelta] = {
    jobs.HEAR: LONGEST_REST,
    jobs.POLL: POLL_EVERY,
    jobs.CENSUS: CENSUS_EVERY,
    jobs.ROLLUP: jobs.LONGEST_WAIT,
    jobs.ANSWERS: ANSWER_EVERY,
    jobs.NOTICES: NOTICE_EVERY,
    jobs.HOOKS: HOOKS_EVERY,
    jobs.TREND: TREND_EVERY,
}
"""How far ahead a job may wait for its own time, by kind."""


# -- asking ---------------------------------------------------------------------------------------------------------------


def start_up(office: Office) -> None:
    """Ask for what has to go on by itself, once a process starts to work: nothing is asked for twice.

    Every target is looked at: one may be new, or somebody has changed what stands there.
    """
    workspace, now = office.workspace, office.now
    due = {jobs.MIDNIGHT: _next_midnight(workspace), jobs.TREND: now + timedelta(minutes=1), jobs.ANSWERS: now}
    due |= {jobs.name_of(jobs.POLL, name): now for name in workspace.connections}
    due |= {jobs.name_of(jobs.HEAR, name): now for name in workspace.connections}
    due |= {jobs.name_of(jobs.CENSUS, name): now + CENSUS_EVERY for name in workspace.connections}
    due |= {jobs.LOSSES: now, jobs.HOOKS: now, jobs.TIDY: now + timedelta(minutes=10)}
    due |= {jobs.NOTICES: now} if workspace.notifiers else {}
    with workspace.db.begin() as uow:
        known = uow.jobs.known(due)
        for name, moment in due.items():
            if name not in known or name.startswith((jobs.HEAR, jobs.HOOKS)):
                uow.jobs.want(name, at=now, due_at=moment)
        if any(mark for mark in uow.dirty.pending()):
            uow.jobs.want(jobs.ROLLUP, at=now)
        uow.agenda.note_due(_writing(workspace, uow), at=now, now=now)


def _writing(workspace: Workspace, uow: UnitOfWork) -> set[str]:
    """Every node that has targets, and every project that holds a benefit whose owner may have to be reminded."""
    return {*holders(workspace, uow), *(node.id for node in workspace.published_nodes())}


def keep_time(office: Office) -> None:
    """Have nothing wait longer than it ever waits: a clock that was ahead and was set back would hold it up.

    What failed keeps the moment that a tool asked for.
    """
    now = office.now
    with office.workspace.db.read() as uow:
        every = uow.jobs.all()
    late = {job.name: now + LATEST[kind] for job in every if (kind := jobs.kind_and_subject(job.name)[0]) in LATEST}
    late = {job.name: late[job.name] for job in every if job.name in late and _is_late(job, late[job.name])}
    if late:
        with office.workspace.db.begin() as uow:
            for name, moment in late.items():
                uow.jobs.no_later(name, moment)


def _is_late(job: Job, moment: datetime) -> bool:
    waits = job.waiting and not job.tries and job.due_at > moment
    return waits or (job.again_at is not None and job.again_at > moment)


def _next_midnight(workspace: Workspace) -> datetime:
    """The next local midnight, as a moment."""
    zone = ZoneInfo(workspace.timezone)
    tomorrow = workspace.clock().astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, datetime.min.time(), tzinfo=zone).astimezone(workspace.clock().tzinfo)
