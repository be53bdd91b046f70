"""One level of the tree as the editor lists it: what stands in the document beside the newest score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from model.baseline import Baseline, held_at
from model.health import NodeScore
from service.workspace import Workspace


@dataclass(frozen=True)
class Row:
    """An entry. ``sort``: portfolio, program, project, ref, derived; ``below``: how many entries stand right below it."""

    id: str
    sort: str
    name: str
    below: int
    parent: str | None
    entry: Mapping[str, Any]
    score: NodeScore | None = None


@dataclass(frozen=True)
class Plans:
    """The baselines of a project: the one that holds, the one that waits, how many there ever were."""

    held: Baseline | None
    proposed: Baseline | None
    ever: int


def rows_of(workspace: Workspace, rows: Sequence[Row]) -> list[Row]:
    """The rows with the newest score of each."""
    with workspace.db.read() as uow:
        known = {one.score.id: one.score for one in uow.scores.latest_of_many([row.id for row in rows])}
    return [replace(row, score=known.get(row.id)) for row in rows]


def plans(workspace: Workspace, node: str) -> Plans:
    """What baselines a project has, without counting what has changed since."""
    with workspace.db.read() as uow:
        history = uow.baselines.of(node)
    waiting = next((one for one in history if one.proposed), None)
    return Plans(held_at(history, workspace.clock()), waiting, len(history))
