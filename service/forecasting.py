"""What lies ahead of a node, read from the store."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from model.errors import UsageError
from model.landscape import ProjectRecords
from model.tree import Node, NodeKind, ProjectState
from model.work import CLOSED, Iteration, IterationState
from rollup.facts.state import distinct, state_at
from rollup.forecast.outlook import Outlook, WhatIf, outlook, program_outlook
from rollup.forecast.program import ProgramForecast
from rollup.forecast.sprints import MOST_CLOSED, MOST_OF_ALL, Closed, SprintOdds, sprint_odds
from rollup.world import World
from service.forecasts import outlook_document, program_document
from service.outlook import read_alone
from service.program_ahead import kept_program
from service.scoring import FactsReader, read
from service.workspace import Workspace
from store.unit_of_work import UnitOfWork

_SCOPE = re.compile(r"[+-]?\d{1,6}")
_SHARE = re.compile(r"([+-]?\d{1,4})\s?%")


MOST_TOGETHER = 100
"""Projects of a program that are counted while somebody waits for a page: a second of processor for forty."""


@dataclass(frozen=True)
class Ahead:
    """What lies ahead of one node: of a project its outlook, of a program its projects together."""

    name: str
    document: dict[str, Any]
    project: Outlook | None = None
    program: ProgramForecast | None = None
    sprints: tuple[tuple[str, SprintOdds], ...] = ()
    today: date | None = None


def ahead(
    workspace: Workspace,
    node: str,
    *,
    as_of: datetime | None = None,
    what_if: WhatIf | None = None,
    waits: bool = False,
) -> Ahead:
    """The forecast of a node (id or unique name) as of a moment (None: now). ``waits``: somebody waits for a page.

    Raises UsageError for a node that is not there, for a what-if of a program, and (``too_many_projects``) for one with more
    than ``MOST_TOGETHER`` projects while somebody waits.
    """
    wanted = workspace.node(node)
    if waits and wanted.kind is not NodeKind.PROJECT:
        _few_enough(workspace, wanted)
    at = as_of or workspace.clock()
    with workspace.db.read() as uow:
        if wanted.kind is NodeKind.PROJECT:
            alone, facts = read_alone(workspace, uow, wanted, past=as_of is not None)
            world = World(alone, facts, at)
            found = outlook(world, wanted.id, what_if)
            sprints = _sprints(uow, world, facts, wanted.id)
            document = outlook_document(wanted.id, found, what_if, sprints, coverage_of=coverage_of(uow))
            return Ahead(wanted.name, document, project=found, sprints=sprints, today=world.today)
        if what_if is not None:
            raise UsageError(
                f"{wanted.name} is a {wanted.kind.value}; what if is asked of a project.", where="NODE",
                fix="Name one of its projects.",
            )  # fmt: skip
        carried, today = _together(workspace, uow, wanted, None if waits and as_of is None else at)
        names = {one.id: one.name for one in workspace.tree.nodes}
        document = program_document(wanted.id, wanted.kind.value, carried, names, today=today)
        return Ahead(wanted.name, document, program=carried, today=today)


def _together(
    workspace: Workspace, uow: UnitOfWork, node: Node, at: datetime | None
) -> tuple[ProgramForecast, date]:
    """The projects of a program together at a moment; None: as the last roll-up kept them."""
    if at is None:
        return kept_program(workspace, uow, node.id)
    world = World(*read(workspace, uow, known_at=None), at)
    return program_outlook(world, node.id), world.today


def _few_enough(workspace: Workspace, node: Node) -> None:
    """Raises UsageError where so many projects stand below a node that nobody waits for all of them."""
    below = workspace.tree.below(node.id)
    count = sum(one.id in below and one.state is ProjectState.ACTIVE for one in workspace.tree.projects())
    if count > MOST_TOGETHER:
        what = f"{node.name} has {count} projects, and only {MOST_TOGETHER} are counted while a page waits."
        fix = f"`bellwether forecast {node.id}` takes its time; or look at a program below it."
        raise UsageError(what, where="NODE", fix=fix, reason="too_many_projects")


def coverage_of(uow: UnitOfWork) -> str | None:
    """Which dates the coverage beside a forecast is of: "published" ones, or "replayed" until there are enough; None before
    the first check."""
    standing = uow.forecasts.standing()
    found: str | None = json.loads(standing.report).get("beside_dates", {}).get("of") if standing else None
    return found


def what_if_of(scope: str | None, people: str | None, by: str | None) -> WhatIf | None:
    """A what-if as somebody types it; None where nothing is typed. Raises UsageError for what can't be read."""
    if scope is None and people is None and by is None:
        return None
    if scope is not None and not _SCOPE.fullmatch(scope.strip()):
        raise UsageError(f"{scope!r} is no number of items.", where="--scope", fix="Write it as +10 or -10.")
    share = _SHARE.fullmatch(people.strip()) if people is not None else None
    if people is not None and (share is None or int(share.group(1)) < -100):
        raise UsageError(f"{people!r} is no share of the pace.", where="--people", fix="Write it as -20% or +50%.")
    try:
        day = date.fromisoformat(by) if by is not None else None
    except ValueError as error:
        raise UsageError(f"{by!r} is no date.", where="--by", fix="Write it as 2026-11-20.") from error
    return WhatIf(int(scope or 0), 1 + int(share.group(1)) / 100 if share else 1.0, day)


def _sprints(uow: UnitOfWork, world: World, facts: FactsReader, node: str) -> tuple[tuple[str, SprintOdds], ...]:
    """The odds of the running sprints that items of a project are in. What is not known as of then is not asked for."""
    records = facts.records(node)
    running = [one for one in records.iterations if _runs(one, world.as_of)]
    if not running:
        return ()
    mine = _closed(records.iterations, world.as_of)[-MOST_CLOSED:]
    kept = [_seen(uow, one, 1.0) for one in _closed(uow.records.iterations(), world.as_of)[-MOST_OF_ALL:]]
    with_work = [one for one in kept if one.open_then or one.finished_after or not one.left]
    whole = (sum(one.left == 0 for one in with_work), len(with_work))
    found = []
    for one in running:
        point = _share_over(one, world.as_of)
        open_now = _seen_records(_records(uow, one), world.as_of, world.as_of).open_then
        found.append((one.name, sprint_odds(open_now, point, [_seen(uow, past, point) for past in mine], whole)))
    return tuple(found)


def _runs(one: Iteration, at: datetime) -> bool:
    started = one.start_at is not None and one.start_at <= at
    return started and one.end_at is not None and one.state is IterationState.ACTIVE


def _closed(iterations: Sequence[Iteration], at: datetime) -> list[Iteration]:
    """Those that were closed before a moment, by when they were."""
    found = [one for one in iterations if one.start_at and one.end_at and one.completed_at and one.completed_at <= at]
    return sorted(found, key=lambda one: (one.completed_at, one.id))


def _share_over(one: Iteration, at: datetime) -> float:
    assert one.start_at is not None and one.end_at is not None  # noqa: S101, PT018 - the caller looked
    whole = (one.end_at - one.start_at).total_seconds()
    return min(1.0, (at - one.start_at).total_seconds() / whole) if whole > 0 else 1.0


def _records(uow: UnitOfWork, one: Iteration) -> ProjectRecords:
    return uow.records.project_records(one.id, (one.id,))


def _seen(uow: UnitOfWork, one: Iteration, point: float) -> Closed:
    """A closed sprint from the same point of its time."""
    assert one.start_at is not None and one.end_at is not None and one.completed_at is not None  # noqa: S101, PT018
    at = one.start_at + (one.end_at - one.start_at) * point
    return _seen_records(_records(uow, one), min(at, one.completed_at), one.completed_at)


def _seen_records(records: ProjectRecords, at: datetime, end: datetime) -> Closed:
    """What was open in a sprint at a moment, what of everything in it was finished from then to its end, and what was left."""
    open_then = finished = left = 0
    for history in distinct(records.items):
        if history.item.created_at > end:
            continue
        then = state_at(history, at) if history.item.created_at <= at else None
        last = state_at(history, end)
        open_before = then is not None and then.present and then.status not in CLOSED
        open_then += open_before
        finished += last.status in CLOSED and (then is None or then.status not in CLOSED) and last.present
        left += last.present and last.status not in CLOSED
    return Closed(open_then, finished, left)
