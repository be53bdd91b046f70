"""What a lens showed when it was scored last: in an organisation of thousands of projects no page waits until it is.

A worker scores it (``service.prepared_kinds.LensOf``) once a day, and when somebody asks.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from pydantic import JsonValue

from model.health import NodeScore
from model.lens import Lens
from model.tree import Tree
from rollup.lens import top_id
from service.lenses import LensResult, metric_line
from service.patience import everything_at_once
from service.workspace import Workspace
from store.database import Database
from store.errands import ErrandState
from store.prepared import Document, DocumentKind
from store.unit_of_work import UnitOfWork

MOST_HELD = 3
"""Lenses whose scores a process holds at once."""


class KeptScores(Mapping[str, NodeScore]):
    """Scores by node, each read when it is asked for: a page shows a few of thousands."""

    def __init__(self, bodies: Mapping[str, str]) -> None:
        self._bodies = bodies

    def __getitem__(self, node: str) -> NodeScore:
        return NodeScore.model_validate_json(self._bodies[node])

    def __contains__(self, node: object) -> bool:
        return node in self._bodies

    def __iter__(self) -> Iterator[str]:
        return iter(self._bodies)

    def __len__(self) -> int:
        return len(self._bodies)


@dataclass(frozen=True)
class KeptLens:
    """A lens as it was scored at a moment. ``outcomes``: of each group that has one, in a line."""

    tree: Tree
    as_of: datetime
    scores: Mapping[str, NodeScore]
    outcomes: Mapping[str, str]


@dataclass(frozen=True)
class LensStanding:
    """How the scores of a lens stand. ``scored_at``: when they were begun that are shown; None: there are none yet.

    ``open``: they are being made anew, or wait for it. ``error``: why the last time failed, where it did.
    """

    scored_at: datetime | None = None
    open: bool = False
    error: str | None = None


_held: WeakKeyDictionary[Database, dict[int, KeptLens]] = WeakKeyDictionary()
"""What was read of it, by the number of the document: each page asks for it again."""


def is_kept(workspace: Workspace) -> bool:
    """Whether lenses are scored by a worker: there is more than is read while somebody waits."""
    return not everything_at_once(workspace)


def question(lens: Lens) -> dict[str, JsonValue]:
    """What is asked of a worker: a lens that is configured otherwise is another one."""
    return {"lens": lens.name, "like": lens.digest}


def packed(found: LensResult) -> bytes:
    """A scored lens as it is kept."""
    told = {
        "as_of": found.result.as_of.isoformat(),
        "tree": found.grouping.tree.model_dump(mode="json", exclude_defaults=True),
        "scores": {one.id: one.model_dump_json(exclude_defaults=True) for one in found.result.nodes},
        "outcomes": {node: metric_line(metric) for node, metric in found.metrics.items()},
    }
    return json.dumps(told, ensure_ascii=False).encode()


def at_hand(workspace: Workspace, lens: Lens) -> KeptLens | None:
    """What the lens showed last; None: it was not scored yet as it is configured now."""
    with workspace.db.read() as uow:
        done = next((one for one in _asked(uow, lens) if one.state is ErrandState.DONE), None)
        if done is None:
            return None
        held = _held.setdefault(workspace.db, {})
        kept = held.get(done.id)
        if kept is None:
            body = uow.prepared.packed(done.id)
            if body is None:
                return None  # another one took its place just now
            kept = held[done.id] = _unpacked(gzip.decompress(body))
            for number in sorted(held)[:-MOST_HELD]:
                held.pop(number, None)
        return kept


def lens_standing(workspace: Workspace, lens: Lens) -> LensStanding:
    """How its scores stand."""
    with workspace.db.read() as uow:
        asked = _asked(uow, lens)
    done = next((one for one in asked if one.state is ErrandState.DONE), None)
    newest = asked[0] if asked else None
    return LensStanding(
        scored_at=done.started_at if done else None,
        open=newest is not None and newest.is_open,
        error=newest.error if newest else None,
    )


def _asked(uow: UnitOfWork, lens: Lens) -> tuple[Document, ...]:
    return uow.prepared.same(DocumentKind.LENS, top_id(lens), question(lens))


def _unpacked(content: bytes) -> KeptLens:
    told = json.loads(content)
    return KeptLens(
        tree=Tree.model_validate(told["tree"]),
        as_of=datetime.fromisoformat(told["as_of"]),
        scores=KeptScores(told["scores"]),
        outcomes=told["outcomes"],
    )
