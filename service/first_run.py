"""The first steps: what a tool offers, how far the first sync is, what would be written, and doing it.

What takes long is a job, so that leaving the page is safe and another admin can go on; what a job finds out stands in
``uow.notes``.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from connector.sdk.base import Connector
from model import jobs
from model.errors import AppError
from model.jobs import Job
from model.push import SetupResult, Write, WriteResult
from model.sync import CheckReport, Discovery, Page, SourceFound, Stage
from model.tree import Source
from service import derived, push_back
from service import setup as set_up
from service.push_back import Wish
from service.pushing.decide import NOT_SET_UP
from service.workspace import Workspace

WATCH_EVERY = timedelta(milliseconds=500)
UNANSWERED = timedelta(seconds=15)
"""A job that was asked for so long ago and has not begun: nobody works."""

MOST_COUNTED = 100
"""Each number costs a request."""

OPEN_STEP = "first_steps"
"""The note of the step that somebody left without having finished it."""

STAGES = {Stage.REFERENCE: "projects and fields", Stage.ITEMS: "items", Stage.HISTORY: "histories"}


@dataclass(frozen=True)
class Standing:
    """How a job stands: ``unasked``, ``waiting``, ``running``, ``failing`` or ``done``.

    ``error``: the last failure, in a sentence. ``unattended``: no worker has taken it up.
    """

    state: str
    error: str | None = None
    unattended: bool = False


@dataclass(frozen=True)
class Reading:
    """How far the sync of a connection is. ``per_s`` and ``left_s``: the rate and the time left of the present stage;
    ``items``: how many were read, once all were.
    """

    connection: str
    standing: Standing
    stage: str | None = None
    done: int = 0
    total: int | None = None
    per_s: float | None = None
    left_s: float | None = None
    items: int = 0


@dataclass(frozen=True)
class Prepared:
    """What set-up and push would do, or did."""

    setup: tuple[SetupResult, ...]
    writes: tuple[Write, ...]
    at: datetime

    @property
    def count(self) -> int:
        """Writes that change something; those that only wait for set-up count, too."""
        changes = (WriteResult.PLANNED, WriteResult.WRITTEN)
        return sum(one.result in changes or one.reason == NOT_SET_UP for one in self.writes)


# -- what jobs do ---------------------------------------------------------------------------------------------------------


class Watch:
    """Keeps for the pages how far a sync is, at most twice a second. An idle sync leaves nothing."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stage: Stage | None = None
        self._began_at = self._kept_at = workspace.clock()

    def __call__(self, name: str, page: Page) -> None:
        now = self._workspace.clock()
        new = page.stage is not self._stage
        if new:
            self._stage, self._began_at = page.stage, now
        ends = page.total is not None and page.done >= page.total
        if not page.raw or (not new and not ends and now - self._kept_at < WATCH_EVERY):
            return
        self._kept_at = now
        body: JsonValue = {
            "stage": page.stage.value, "done": page.done, "total": page.total, "began_at": self._began_at.isoformat()
        }  # fmt: skip
        with self._workspace.db.begin() as uow:
            uow.notes.put(f"progress:{name}", body, at=now)


def discover(workspace: Workspace, connection: str) -> int:
    """Look what a tool offers, and keep it; how many projects and the like. Raises what the connector raises."""
    connector = workspace.connector(connection)
    found = connector.discover()
    counted = tuple(_counted(connector, one) if place < MOST_COUNTED else one for place, one in enumerate(found.sources))
    found = found.model_copy(update={"sources": counted})
    _keep(workspace, f"found:{connection}", found.model_dump(mode="json"))
    return len(found.sources)


def _counted(connector: Connector, one: SourceFound) -> SourceFound:
    """A project with how many items the tool says it holds; as it is where the tool has no such number or does not tell."""
    if one.kind != "project" or "project" not in connector.source_kinds:
        return one
    try:
        held = connector.matching(Source(connection=connector.name, kind="project", value=one.selector["project"]))
    except AppError:
        return one
    return one.model_copy(update={"items": held})


def review(workspace: Workspace) -> int:
    """Work out what set-up and push would do, and keep it; how many writes. Writes nothing."""
    return _prepared(workspace, "review", set_up.setup(workspace, apply=False), push_back.plan(workspace))


def launch(workspace: Workspace) -> int:
    """Make our fields, then write, and keep what came of it; how many writes. Raises RefusedError in read-only mode."""
    made = set_up.setup(workspace, apply=True, by="web")
    return _prepared(workspace, "launch", made, push_back.push(workspace, Wish(by="web")))


def _prepared(workspace: Workspace, name: str, setup: tuple[SetupResult, ...], writes: tuple[Write, ...]) -> int:
    told: JsonValue = {
        "setup": [one.model_dump(mode="json") for one in setup], "writes": [one.model_dump(mode="json") for one in writes]
    }  # fmt: skip
    _keep(workspace, name, told)
    return sum(one.result in (WriteResult.PLANNED, WriteResult.WRITTEN) for one in writes)


def _keep(workspace: Workspace, name: str, body: JsonValue) -> None:
    with workspace.db.begin() as uow:
        uow.notes.put(name, body, at=workspace.clock())


# -- what pages ask -------------------------------------------------------------------------------------------------------


def ask(workspace: Workspace, *names: str, anew: bool = False) -> None:
    """Ask for jobs by their names, to be run at once. ``anew``: what they found out before counts no more."""
    now = workspace.clock()
    with workspace.db.begin() as uow:
        for name in names:
            kind, subject = jobs.kind_and_subject(name)
            if anew:
                uow.notes.drop(f"found:{subject}" if kind == jobs.DISCOVER else kind)
            uow.jobs.want(name, at=now)
            uow.jobs.retry(name, at=now)


def begin(workspace: Workspace) -> None:
    """Read every connection and score every node: the tree has just been made or changed, or somebody waits for no step."""
    now = workspace.clock()
    with workspace.db.begin() as uow:
        uow.notes.drop(OPEN_STEP)
        for name in workspace.connections:
            uow.jobs.want(jobs.name_of(jobs.POLL, name), at=now)
            uow.jobs.retry(jobs.name_of(jobs.POLL, name), at=now)
            uow.jobs.want(jobs.name_of(jobs.HEAR, name), at=now)
            uow.jobs.want(jobs.name_of(jobs.CENSUS, name), at=now, due_at=now + timedelta(days=1))
        uow.dirty.mark((node.id for node in workspace.tree.nodes), why="the tree has changed", at=now)
        uow.jobs.want(jobs.ROLLUP, at=now)


def go_on_at(workspace: Workspace, path: str) -> None:
    """Keep which step comes next for whoever comes back."""
    _keep(workspace, OPEN_STEP, path)


def open_step(workspace: Workspace) -> str | None:
    """The step that comes next; None: the steps were never begun, or their tree is finished."""
    with workspace.db.read() as uow:
        note = uow.notes.get(OPEN_STEP)
    return None if note is None else str(note.body)


def standing(workspace: Workspace, name: str) -> Standing | None:
    """How a job stands; None: it was never asked for."""
    with workspace.db.read() as uow:
        job = uow.jobs.one(name)
    return None if job is None else _standing(job, workspace.clock())


def _standing(job: Job, now: datetime) -> Standing:
    if job.running:
        return Standing("running", job.error if job.tries else None)
    if job.tries:
        return Standing("failing", job.error)
    if job.waiting:
        return Standing("waiting", unattended=now - max(job.wanted_at, job.due_at) > UNANSWERED)
    return Standing("done")


def note_report(workspace: Workspace, report: CheckReport) -> None:
    """Keep what a test said, for the page that comes next."""
    _keep(workspace, f"report:{report.name}", report.model_dump(mode="json"))


def reports(workspace: Workspace) -> tuple[CheckReport, ...]:
    """What the last test of each connection said, as far as one was made on a page."""
    with workspace.db.read() as uow:
        kept = [uow.notes.get(f"report:{name}") for name in workspace.connections]
    return tuple(CheckReport.model_validate(note.body) for note in kept if note is not None)


def scoring_goes_on(workspace: Workspace) -> bool:
    """Whether scores are about to change: something was marked, or is being scored."""
    with workspace.db.read() as uow:
        job = uow.jobs.one(jobs.ROLLUP)
        return bool(uow.dirty.pending()) or (job is not None and job.running)


def found(workspace: Workspace, connection: str) -> Discovery | None:
    """What a tool offers, as it was last looked up; None: it was not yet."""
    with workspace.db.read() as uow:
        note = uow.notes.get(f"found:{connection}")
    return None if note is None else Discovery.model_validate(note.body)


def prepared(workspace: Workspace, name: str) -> Prepared | None:
    """What ``review`` or ``launch`` found out; None: it is not done yet."""
    with workspace.db.read() as uow:
        note = uow.notes.get(name)
    if note is None or not isinstance(note.body, dict):
        return None
    setup, writes = note.body["setup"], note.body["writes"]
    if not isinstance(setup, list) or not isinstance(writes, list):
        return None
    return Prepared(
        tuple(SetupResult.model_validate(one) for one in setup), tuple(Write.model_validate(one) for one in writes), note.at
    )


def readings(workspace: Workspace) -> tuple[Reading, ...]:
    """How far each connection that the tree takes something from is read."""
    now = workspace.clock()
    result = []
    origins = {one.origin.connection for one in workspace.derivations}
    with workspace.db.read() as uow:
        derived.load(workspace, uow)
        for name in workspace.connections:
            if not workspace.sources(name) and name not in origins:
                continue
            job, note = uow.jobs.one(jobs.name_of(jobs.POLL, name)), uow.notes.get(f"progress:{name}")
            finished = uow.sync.state(name).last_finished_at
            stands = _standing(job, now) if job is not None else Standing("unasked")
            if stands.state == "done" and finished is None:
                stands = Standing("waiting")
            fresh = note is not None and (job is None or job.started_at is None or note.at >= job.started_at)
            told = _reading(name, stands, note.body if note is not None and fresh else None, note.at if note else now)
            result.append(replace(told, items=uow.records.item_count(name)) if stands.state == "done" else told)
    return tuple(result)


def _reading(name: str, stands: Standing, body: JsonValue, at: datetime) -> Reading:
    if not isinstance(body, dict):
        return Reading(name, stands)
    done, total = int(str(body["done"])), body["total"]
    spent = (at - datetime.fromisoformat(str(body["began_at"]))).total_seconds()
    per_s = done / spent if spent > 0 and done else None
    left = (total - done) / per_s if isinstance(total, int) and per_s else None
    stage = STAGES[Stage(str(body["stage"]))]
    return Reading(name, stands, stage, done, total if isinstance(total, int) else None, per_s, left)
