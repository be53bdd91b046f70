"""What a PMO looks at: key figures and their trend, standards, how projects ended and why, what can be closed, lessons."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from model.access import EVERYTHING, Reader
from model.errors import CHANGED_MEANWHILE, UsageError
from model.health import Calibration
from model.ids import ref
from model.landscape import Landscape
from model.lesson import Cause, Lesson
from model.outcome import Counted, Outcome, ProjectFigures
from model.tree import Node, NodeKind, ProjectState
from model.work import Milestone
from rollup.facts import ProjectFacts, count_facts
from rollup.pmo.accuracy import Accuracy, Course, Published, accuracy, by_class
from rollup.pmo.closure import Check, checklist, ready
from rollup.pmo.outcome import Recurring, causes_of, outcome_of, recurring
from rollup.pmo.steadiness import Steadiness, steadiness
from service.backtest import replayed_alone
from service.landscape import landscape_of_one
from service.said_twice import READ_AGAIN, SENT_TWICE
from service.workspace import Workspace, containers_by_node
from store.project_figures import Week
from store.records_read import ItemLabel
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
class Overview:
    """Key figures of everything at and below a node (None: of the organisation), as of the newest roll-up.

    ``scored``: active projects; ``unscored``: how many of them never were. ``uncounted``: projects that an older version
    scored last, to be counted when they are scored again. ``dates_kept``: due dates kept in active projects.
    ``compliance``: rules kept of those that apply, by class of project. ``steadiness``: of the bands of active projects, since
    as long ago as the trend begins.
    """

    node: Node | None
    at: datetime
    states: Mapping[str, int]
    scored: tuple[ProjectFigures, ...]
    unscored: int
    uncounted: int
    dates_kept: Calibration
    standards: tuple[Standard, ...]
    compliance: Mapping[str, tuple[int, int]]
    weeks: tuple[Week, ...]
    steadiness: tuple[Steadiness, ...]
    outcomes: tuple[Outcome, ...]
    causes: tuple[Recurring, ...]
    accuracy: tuple[Accuracy, ...]
    lessons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Closure:
    """Whether a project can be closed, how it ended (None: it has not), and what it learned.

    ``labels``: how the items and the versions that stand in the way are shown, by id.
    """

    node: Node
    checks: tuple[Check, ...]
    ready: bool
    outcome: Outcome | None
    causes: tuple[Cause, ...]
    lessons: tuple[Lesson, ...]
    labels: Mapping[str, ItemLabel]


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
    inside = workspace.tree.below(node.id) if node else {one.id for one in workspace.tree.nodes}
    inside = {key for key in inside if seen.may_see(key)}
    projects = [one for one in workspace.tree.projects() if one.id in inside]
    active = {one.id: one for one in projects if one.state is ProjectState.ACTIVE}
    classes = {key: one.project_class for key, one in active.items()}
    now = workspace.clock()
    since = now - timedelta(weeks=weeks)
    with workspace.db.read() as uow:
        figures = uow.project_figures.of([one.id for one in projects])
        counted = {key: one.counted for key, one in figures.items() if one.counted is not None}
        have = figures.keys() | uow.scores.having([one.id for one in projects if one.id not in figures])
        outcomes = _outcomes(counted.values())
        standards, by_class = _standards({key: (active[key], counted[key]) for key in active if key in counted})
        total = sum(counted[key].due_outcomes for key in active if key in counted)
        done = sum(counted[key].due_kept for key in active if key in counted)
        return Overview(
            node=node,
            at=uow.scores.newest_as_of() or now,
            states=Counter(one.state.value for one in projects),
            scored=tuple(figures[key] for key in active if key in figures),
            unscored=len(active.keys() - have),
            uncounted=len([one for one in projects if one.id in have and one.id not in counted]),
            dates_kept=Calibration(value=done / total if total else None, n=total),
            standards=standards,
            compliance=by_class,
            weeks=uow.project_figures.weeks(active, since=since),
            steadiness=steadiness(uow.scores.turns(active, since=since), classes),
            outcomes=outcomes,
            causes=recurring(outcomes),
            accuracy=_accuracy(uow, outcomes, {one.id: one.project_class for one in projects}),
            lessons=Counter(one.cause.value for one in uow.lessons.all(nodes=inside)),
        )


def closure(workspace: Workspace, name: str) -> Closure:
    """Whether a project can be closed. Raises UsageError for what is no project, or one that has not begun."""
    node = _project(workspace, name)
    if node.state is ProjectState.CANDIDATE:
        what = f"{node.name} is a candidate: there is nothing to close."
        raise UsageError(what, where="NODE", fix="Name a project that has begun.")
    with workspace.db.read() as uow:
        containers = containers_by_node(workspace, uow)
        records = uow.records.project_records(node.id, containers[node.id])
        landscape = landscape_of_one(workspace, uow, records)
        facts = count_facts(records, node, landscape, workspace.clock())
        learned = uow.lessons.all(nodes=[node.id])
        elsewhere = _open_elsewhere(uow, facts, landscape, containers)
        checks = checklist(facts, landscape.links, open_elsewhere=elsewhere, lessons=len(learned))
        labels = _labels(uow, checks, records.milestones)
    outcome = outcome_of(facts, workspace.timezone)
    return Closure(node, checks, ready(checks), outcome, causes_of(outcome) if outcome else (), learned, labels)


def _labels(uow: UnitOfWork, checks: Iterable[Check], versions: Iterable[Milestone]) -> dict[str, ItemLabel]:
    """What stands in the way, as people know it: items by key and title, versions by the tool's number and their name."""
    ids = {item for check in checks for item in check.items}
    told = {one.id: ItemLabel(one.id, ref(one.connection, one.id.rpartition(":")[2]), one.name, None) for one in versions}
    return {key: label for key, label in told.items() if key in ids} | uow.records.labels(ids)


def _open_elsewhere(
    uow: UnitOfWork, facts: ProjectFacts, landscape: Landscape, containers: Mapping[str, Sequence[str]]
) -> frozenset[str]:
    """What is open, in another running project, of the items that those of this one are linked with."""
    running = {node.id for node in landscape.tree.projects() if node.state is ProjectState.ACTIVE and node.id != facts.node.id}
    ends = {end for link in landscape.links for end in (link.source_id, link.target_id) if end}
    others = sorted(ends - facts.ever_linked)
    places = uow.records.places_of(others, {node: ids for node, ids in containers.items() if node in running})
    return uow.records.open_among(places)


def learn(workspace: Workspace, name: str, told: Told, *, seen: Collection[int] | None = None) -> Lesson:
    """Keep a lesson of a node; the one there is where it was sent twice. ``seen``: the numbers of all there were at and below
    it.

    Raises UsageError where it says nothing, or nobody says it, and (``changed_meanwhile``) where there are others than seen.
    """
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
        uow.lessons.alone()
        known = uow.lessons.all(nodes=workspace.tree.below(node.id))
        if seen is not None and {one.number for one in known} != set(seen):
            raise UsageError("Somebody kept a lesson meanwhile.", where="lessons", fix=READ_AGAIN, reason=CHANGED_MEANWHILE)
        same = (one for one in known if one.model_copy(update={"number": 1, "at": lesson.at}) == lesson)
        return next((one for one in same if lesson.at - one.at < SENT_TWICE), None) or uow.lessons.add(lesson)


def lessons(
    workspace: Workspace, *, name: str | None = None, cause: Cause | None = None, project_class: str | None = None
) -> tuple[Lesson, ...]:
    """The register, or what of it is of a node and everything below, of a cause, of a class of project."""
    inside = workspace.tree.below(workspace.node(name).id) if name else None
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


def _outcomes(counted: Iterable[Counted]) -> tuple[Outcome, ...]:
    """How the finished ones ended, the last first."""
    found = [one.outcome for one in counted if one.outcome is not None]
    return tuple(sorted(found, key=lambda one: (-one.ended_on.toordinal(), one.node)))


def _standards(
    projects: Mapping[str, tuple[Node, Counted]],
) -> tuple[tuple[Standard, ...], dict[str, tuple[int, int]]]:
    """Each rule over the projects, the one that most break first; and rules kept of those that apply, by class."""
    alike: Counter[tuple[tuple[str, str], ...]] = Counter()  # most projects are asked the same
    broken: dict[str, list[str]] = {}
    by_class: dict[str, tuple[int, int]] = {}
    for key, (node, counted) in projects.items():
        alike[counted.asked] += 1
        held, asked = by_class.get(node.project_class, (0, 0))
        by_class[node.project_class] = held + len(counted.asked) - len(counted.broken), asked + len(counted.asked)
        for rule in counted.broken:
            broken.setdefault(rule, []).append(key)
    of: Counter[str] = Counter()
    words: dict[str, str] = {}
    for rules, many in alike.items():
        for rule, said in rules:
            words[rule] = said
            of[rule] += many
    found = [
        Standard(rule, words[rule], of[rule] - len(broken.get(rule, ())), tuple(broken.get(rule, ()))) for rule in words
    ]
    by_class = {key: told for key, told in sorted(by_class.items()) if told[1]}
    return tuple(sorted(found, key=lambda one: (-len(one.broken), one.rule))), by_class


def _accuracy(uow: UnitOfWork, outcomes: Sequence[Outcome], classes: Mapping[str, str]) -> tuple[Accuracy, ...]:
    """By class of what was published; of a class of which nothing was decided yet, of its history replayed."""
    published = accuracy(_courses(uow, outcomes))
    decided = {one.project_class for one in published}
    stand_in = [one for one in by_class(replayed_alone(uow), classes) if one.project_class not in decided]
    return tuple(sorted((*published, *stand_in), key=lambda one: one.project_class))


def _courses(uow: UnitOfWork, outcomes: Sequence[Outcome]) -> list[Course]:
    """What was forecast for projects that have finished since."""
    published: dict[str, list[Published]] = {}
    for one in uow.forecasts.of([outcome.node for outcome in outcomes]) if outcomes else ():
        published.setdefault(one.node, []).append(Published(one.made_on, one.p50, one.p85))
    return [
        Course(
            node=one.node,
            project_class=one.project_class,
            ended_on=one.ended_on,
            published=tuple(published.get(one.node, ())),
        )
        for one in outcomes
    ]
