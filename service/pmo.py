"""What a PMO looks at: key figures and their trend, standards, how projects ended and why, what can be closed, lessons."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean
from zoneinfo import ZoneInfo

from model.access import EVERYTHING, Reader
from model.errors import UsageError
from model.health import Band, Calibration, NodeScore
from model.lesson import Cause, Lesson
from model.registers import RuleState
from model.tree import Node, NodeKind, ProjectState
from rollup.compliance import compliance
from rollup.pmo.accuracy import Accuracy, Course, Published, accuracy, by_class
from rollup.pmo.closure import Check, checklist, ready
from rollup.pmo.outcome import Outcome, Recurring, causes_of, outcome_of, recurring
from rollup.registers import view_of
from rollup.world import World
from service.backtest import replayed_alone
from service.scoring import read
from service.watermelons import under
from service.workspace import Workspace
from store.unit_of_work import UnitOfWork

WEEKS = 12


@dataclass(frozen=True, slots=True)
class Standard:
    """One rule over all active projects that it is asked of; ``broken``: ids of those that don't keep it."""

    rule: str
    words: str
    kept: int
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """The active projects at the end of a week: how many in each band, and their mean score."""

    at: datetime
    bands: Mapping[str, int]
    score: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Key figures of everything at and below a node (None: of the organisation). ``scored``: the newest kept scores of active
    projects. ``dates_kept``: due dates kept in them. ``compliance``: rules kept of those that apply, by class of project.
    """

    node: Node | None
    at: datetime
    states: Mapping[str, int]
    scored: tuple[NodeScore, ...]
    dates_kept: Calibration
    standards: tuple[Standard, ...]
    compliance: Mapping[str, tuple[int, int]]
    weeks: tuple[Week, ...]
    outcomes: tuple[Outcome, ...]
    causes: tuple[Recurring, ...]
    accuracy: tuple[Accuracy, ...]
    lessons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Closure:
    """Whether a project can be closed, how it ended (None: it has not), and what it learned."""

    node: Node
    checks: tuple[Check, ...]
    ready: bool
    outcome: Outcome | None
    causes: tuple[Cause, ...]
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A lesson as somebody tells it."""

    cause: Cause
    worked: bool
    text: str
    advice: str
    by: str


def overview(workspace: Workspace, name: str | None, *, weeks: int = WEEKS, seen: Reader = EVERYTHING) -> Overview:
    """The key figures now, of what a reader may see. Raises UsageError for a node that is not there."""
    node = workspace.node(name) if name else None
    now = workspace.clock()
    inside = under(workspace.tree, node.id) if node else {one.id for one in workspace.tree.nodes}
    inside = {key for key in inside if seen.may_see(key)}
    projects = [one for one in workspace.tree.projects() if one.id in inside]
    active = [one.id for one in projects if one.state is ProjectState.ACTIVE]
    with workspace.db.read() as uow:
        landscape, facts_at = read(workspace, uow, known_at=None)
        world = World(landscape, facts_at, now)
        outcomes = _outcomes(world, [one.id for one in projects])
        standards, by_class = _standards(world, active)
        kept = [(world.facts(key).due_kept, world.facts(key).due_outcomes) for key in active]
        total = sum(number for _, number in kept)
        latest = {one.score.id: one.score for one in uow.scores.latest()}
        return Overview(
            node=node,
            at=now,
            states=Counter(one.state.value for one in projects),
            scored=tuple(latest[key] for key in active if key in latest),
            dates_kept=Calibration(value=sum(done for done, _ in kept) / total if total else None, n=total),
            standards=standards,
            compliance=by_class,
            weeks=_weeks(uow, active, since=now - timedelta(weeks=weeks)),
            outcomes=outcomes,
            causes=recurring(outcomes),
            accuracy=_accuracy(uow, outcomes, {one.id: one.project_class for one in projects}, workspace.timezone),
            lessons=Counter(one.cause.value for one in uow.lessons.all(nodes=inside)),
        )


def closure(workspace: Workspace, name: str) -> Closure:
    """Whether a project can be closed. Raises UsageError for what is no project, or one that has not begun."""
    node = _project(workspace, name)
    if node.state is ProjectState.CANDIDATE:
        what = f"{node.name} is a candidate: there is nothing to close."
        raise UsageError(what, where="NODE", fix="Name a project that has begun.")
    with workspace.db.read() as uow:
        landscape, facts_at = read(workspace, uow, known_at=None)
        world = World(landscape, facts_at, workspace.clock())
        learned = uow.lessons.all(nodes=[node.id])
        checks = checklist(world, node.id, lessons=len(learned))
        outcome = outcome_of(world.facts(node.id), workspace.timezone)
    return Closure(node, checks, ready(checks), outcome, causes_of(outcome) if outcome else (), learned)


def learn(workspace: Workspace, name: str, told: Told) -> Lesson:
    """Keep a lesson of a node. Raises UsageError where it says nothing, or nobody says it."""
    node = workspace.node(name)
    for option, text in (("--text", told.text), ("--advice", told.advice), ("--by", told.by)):
        if not text.strip():
            what = "A lesson says what happened, what to do next time, and who says so."
            raise UsageError(what, where=option, fix=f'Add {option} "…".')
    lesson = Lesson(
        number=1,
        node=node.id,
        project_class=node.project_class,
        cause=told.cause,
        worked=told.worked,
        text=told.text.strip(),
        advice=told.advice.strip(),
        by=told.by.strip(),
        at=workspace.clock(),
    )
    with workspace.db.begin() as uow:
        return uow.lessons.add(lesson)


def lessons(
    workspace: Workspace, *, name: str | None = None, cause: Cause | None = None, project_class: str | None = None
) -> tuple[Lesson, ...]:
    """The register, or what of it is of a node and everything below, of a cause, of a class of project."""
    inside = under(workspace.tree, workspace.node(name).id) if name else None
    with workspace.db.read() as uow:
        found = uow.lessons.all(nodes=inside)
    fits = (one for one in found if cause is None or one.cause is cause)
    return tuple(one for one in fits if project_class is None or one.project_class == project_class)


def _project(workspace: Workspace, name: str) -> Node:
    node = workspace.node(name)
    if node.kind is not NodeKind.PROJECT:
        what = f"{node.name} is a {node.kind.value}: what is closed is a project."
        raise UsageError(what, where="NODE", fix="Name one of its projects.")
    return node


def _outcomes(world: World, projects: Sequence[str]) -> tuple[Outcome, ...]:
    """How the finished ones ended, the last first."""
    found = [one for key in projects if (one := outcome_of(world.facts(key), world.landscape.timezone)) is not None]
    return tuple(sorted(found, key=lambda one: (-one.ended_on.toordinal(), one.node)))


def _standards(world: World, projects: Sequence[str]) -> tuple[tuple[Standard, ...], dict[str, tuple[int, int]]]:
    """Each rule over the projects, the one that most break first; and rules kept of those that apply, by class."""
    kept: Counter[str] = Counter()
    broken: dict[str, list[str]] = {}
    words: dict[str, str] = {}
    by_class: dict[str, tuple[int, int]] = {}
    for key in projects:
        name = world.nodes[key].project_class
        for result in compliance(view_of(world, key)):
            if result.state is RuleState.NOT_APPLICABLE:
                continue
            words[result.rule] = result.words
            held, asked = by_class.get(name, (0, 0))
            good = result.state is RuleState.KEPT
            by_class[name] = (held + good, asked + 1)
            kept[result.rule] += good
            if not good:
                broken.setdefault(result.rule, []).append(key)
    found = [Standard(rule, words[rule], kept[rule], tuple(broken.get(rule, ()))) for rule in words]
    return tuple(sorted(found, key=lambda one: (-len(one.broken), one.rule))), dict(sorted(by_class.items()))


def _weeks(uow: UnitOfWork, projects: Sequence[str], *, since: datetime) -> tuple[Week, ...]:
    """The kept weekly points of the projects, week by week."""
    points: dict[datetime, list[tuple[Band, float | None]]] = {}
    for key in projects:
        for point in uow.scores.trend(key, since=since):
            points.setdefault(point.at, []).append((point.band, point.score))
    found = []
    for at in sorted(points):
        scores = [score for _, score in points[at] if score is not None]
        found.append(Week(at, Counter(band.value for band, _ in points[at]), fmean(scores) if scores else None))
    return tuple(found)


def _accuracy(
    uow: UnitOfWork, outcomes: Sequence[Outcome], classes: Mapping[str, str], timezone: str
) -> tuple[Accuracy, ...]:
    """By class of what was published; of a class of which nothing was decided yet, of its history replayed."""
    published = accuracy(_courses(uow, outcomes, timezone))
    decided = {one.project_class for one in published}
    stand_in = [one for one in by_class(replayed_alone(uow), classes) if one.project_class not in decided]
    return tuple(sorted((*published, *stand_in), key=lambda one: one.project_class))


def _courses(uow: UnitOfWork, outcomes: Sequence[Outcome], timezone: str) -> list[Course]:
    """What was forecast for projects that have finished since."""
    zone = ZoneInfo(timezone)
    return [
        Course(
            node=one.node,
            project_class=one.project_class,
            ended_on=one.ended_on,
            published=tuple(
                Published(stored.as_of.astimezone(zone).date(), stored.score.forecast.p50, stored.score.forecast.p85)
                for stored in uow.scores.history(one.node)
                if stored.score.forecast is not None and stored.score.forecast.refused is None
            ),
        )
        for one in outcomes
    ]
