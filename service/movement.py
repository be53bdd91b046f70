"""What moved a node between any two days: the exact split, and where it is too large for one, what moved below it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from model.base import day_ended
from model.errors import UsageError
from model.language import words
from model.tree import Node, NodeKind, ProjectState
from rollup.change import Part
from service import change
from service.change import moved_since
from service.documents import Labels, readable
from service.outline_tree import MOST_CHILDREN, Levels
from service.patience import everything_at_once
from service.workspace import Workspace, local_day

LEAST = 0.05
EARLIEST = date(1970, 1, 1)
"""No tool has a history from before."""
MOST_PARTS, MOST_ITEMS = 6, 5
_UNNAMED = frozenset({"resources"})
"""Its items lead to single people."""


@dataclass(frozen=True)
class Span:
    """Two days, each meant with its end; ``until`` may be today, which means now."""

    since: date
    until: date


@dataclass(frozen=True)
class CauseTold:
    """A cause with its points and where it acted most; ``more``: in how many places beside these."""

    words: str
    points: float
    parts: tuple[Part, ...]
    more: int


@dataclass(frozen=True)
class Split:
    """The movement, split exactly. ``small``: causes that changed something and moved less than can be shown."""

    moved: change.Moved
    causes: tuple[CauseTold, ...]
    small: int
    labels: Labels


_KEPT = TypeAdapter(Split)


@dataclass(frozen=True)
class Step:
    """A child with its weekly scores nearest before the two days; None: none is kept."""

    node: Node
    before: float | None
    after: float | None

    @property
    def moved(self) -> float | None:
        """Points."""
        return None if self.before is None or self.after is None else self.after - self.before


def span(workspace: Workspace, since: str, until: str) -> Span:
    """Two days as they were typed; empty: a week ago, today. Raises UsageError naming the field (since, until)."""
    today = local_day(workspace)
    last = _day(until, "until") if until else today
    first = _day(since, "since") if since else last - timedelta(days=7)
    if last > today:
        raise UsageError("That day has not come yet.", where="until", fix="Give a day up to today.")
    if first >= last:
        raise UsageError("The first day is not before the second.", where="since", fix="Give an earlier day.")
    return Span(first, last)


def projects_below(levels: Levels, node_id: str) -> int:
    """How many projects that count stand at or below a node: an exact split reads each of them twice."""
    nodes = (levels.nodes[key] for key in levels.under(node_id))
    return sum(one.kind is NodeKind.PROJECT and one.state is ProjectState.ACTIVE for one in nodes)


def can_be_split(workspace: Workspace, levels: Levels, node_id: str, lens: str | None = None) -> bool:
    """Whether a movement of the node is split while somebody waits for it: what all share is read for it, too.

    Through a lens everything is read: what lies in a group is known only after a look into each project.
    """
    read = len(workspace.tree.projects()) if lens else projects_below(levels, node_id)
    return read <= workspace.patience.split and everything_at_once(workspace)


def split(workspace: Workspace, node_id: str, asked: Span, lens: str | None = None) -> Split:
    """The exact split of a movement; of a node of a lens by its name. Raises UsageError for a lens that is not there."""
    since, until = _end(workspace, asked.since), _end(workspace, asked.until)
    seen = workspace.lens(lens) if lens else None
    moved = moved_since(workspace, node_id, since=since, until=until if until < workspace.clock() else None, lens=seen)
    told, said = moved.explained, words("en")
    causes = tuple(
        _cause(said.cause(one.cause), one.points, [part for part in told.parts if part.cause is one.cause])
        for one in told.causes
        if abs(one.points) >= LEAST
    )
    return _labelled(workspace, Split(moved, causes, len(told.causes) - len(causes), {}))


def packed(found: Split) -> bytes:
    """A split as it is kept to be shown later: without the parts that are not shown, and without names."""
    bare = replace(found.moved, explained=found.moved.explained.model_copy(update={"parts": ()}))
    return _KEPT.dump_json(replace(found, moved=bare, labels={}))


def unpacked(workspace: Workspace, kept: bytes) -> Split:
    """A split that was kept. Its items are called as they are now, as far as they may be shown now."""
    return _labelled(workspace, _KEPT.validate_json(kept))


def _labelled(workspace: Workspace, found: Split) -> Split:
    items = {item for one in found.causes for part in one.parts for item in part.items}
    with workspace.db.read() as uow:
        return replace(found, labels=readable(uow, items))


def steps(workspace: Workspace, levels: Levels, node_id: str, asked: Span) -> tuple[Step, ...]:
    """The children by their weekly scores, what moved most first; at most as many as a list shows."""
    children = levels.below(node_id)
    begin = _end(workspace, asked.since) - timedelta(days=8)
    with workspace.db.read() as uow:
        trends = uow.brief_scores.trends([one.id for one in children], since=begin)
    found = []
    for child in children:
        points = trends.get(child.id, ())
        before = [score for at, score in points if day_ended(at) <= asked.since]
        after = [score for at, score in points if day_ended(at) <= asked.until]
        found.append(Step(child, before[-1] if before else None, after[-1] if after else None))
    found.sort(key=lambda one: (one.moved is None, -abs(one.moved or 0.0), one.node.id))
    return tuple(found[:MOST_CHILDREN])


def _cause(said: str, points: float, parts: list[Part]) -> CauseTold:
    told = [part for part in parts if abs(part.points) >= LEAST]
    shown = tuple(
        part.model_copy(update={"items": () if part.dimension in _UNNAMED else part.items[:MOST_ITEMS]})
        for part in told[:MOST_PARTS]
    )
    return CauseTold(said, points, shown, max(0, len(told) - MOST_PARTS))


def _day(text: str, field: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("That is no date.", where=field, fix="Write it as 2026-11-20.") from error
    if found < EARLIEST:
        raise UsageError("Nothing is known of that day.", where=field, fix=f"Give a day from {EARLIEST} on.")
    return found


def _end(workspace: Workspace, day: date) -> datetime:
    """The end of a local day; of today: now."""
    zone, now = ZoneInfo(workspace.timezone), workspace.clock()
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone) - timedelta(microseconds=1)
    return min(end.astimezone(now.tzinfo), now)
