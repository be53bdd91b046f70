"""What a digest says beside the message of its node: the nodes below, what moved, decisions that are overdue."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from model.landscape import ItemHistory
from model.notices import ChildState, Decision, Digest, Rhythm
from model.tree import Node, NodeKind, ProjectState, Tree
from model.work import CLOSED, ItemType
from service.workspace import Workspace, containers_by_node
from store.notices import KeptNotice
from store.unit_of_work import UnitOfWork

MOST_DECISIONS = 5
LATE_DAILY = timedelta(hours=12)
LATE_WEEKLY = timedelta(days=1)


def slot(rhythm: Rhythm, now: datetime, zone: ZoneInfo) -> datetime:
    """The last moment at or before ``now`` at which a digest was due, in UTC."""
    today = now.astimezone(zone).date()
    for back in range(8 + 1):
        day = today - timedelta(days=back)
        moment = datetime.combine(day, rhythm.at, tzinfo=zone).astimezone(now.tzinfo)
        if moment <= now and rhythm.weekday in (None, day.weekday()):
            return moment
    raise RuntimeError("every weekday comes within a week")


def latest_moment(rhythm: Rhythm, due_at: datetime) -> datetime:
    """Until when a digest that was due is still worth sending: a late one must not meet the next."""
    return due_at + (LATE_DAILY if rhythm.weekday is None else LATE_WEEKLY)


def digest(workspace: Workspace, uow: UnitOfWork, node: Node, period: date, before: KeptNotice | None) -> Digest:
    """The digest of a node. ``before``: its last one that was sent."""
    last = before.notice.digest if before and before.notice else None
    known = {child.node: child for child in last.children} if last else {}
    children = [_child(workspace, uow, child, known.get(child.id)) for child, _ in workspace.tree.children(node.id)]
    overdue = sorted(_overdue(workspace, uow, node), key=lambda one: (one.due_on, one.title))
    return Digest(
        period=period,
        since=before.made_at if before and last else None,
        children=tuple(child for child in children if child is not None),
        decisions=tuple(overdue[:MOST_DECISIONS]),
        decisions_total=len(overdue),
    )


def _child(workspace: Workspace, uow: UnitOfWork, node: Node, before: ChildState | None) -> ChildState | None:
    kept = uow.scores.latest_of(node.id)
    if kept is None or node.state is not ProjectState.ACTIVE:
        return None
    score = kept.score
    return ChildState(
        node=node.id,
        name=node.name,
        band=score.band,
        score=None if score.score is None else round(score.score, 1),
        previous_band=before.band if before else None,
        previous_score=before.score if before else None,
        url=f"{workspace.public_url}/nodes/{node.id}" if workspace.public_url else None,
    )


def _overdue(workspace: Workspace, uow: UnitOfWork, node: Node) -> Iterator[Decision]:
    """Approvals in the projects at or below a node that are open after their day. Those shown to few stay unnamed."""
    projects = _projects(workspace.tree, node)
    containers = containers_by_node(workspace, uow) if projects else {}
    today = workspace.clock().astimezone(ZoneInfo(workspace.timezone)).date()
    seen: set[str] = set()
    for project in projects:
        for history in uow.records.project_records(project.id, containers[project.id]).items:
            item = history.item
            if item.id in seen or not _waits(history) or item.due_on is None or item.due_on >= today:
                continue
            seen.add(item.id)
            yield Decision(title=item.title, due_on=item.due_on, url=item.url)


def _waits(history: ItemHistory) -> bool:
    item = history.item
    here = not history.memberships or any(membership.to_at is None for membership in history.memberships)
    is_open = item.status not in CLOSED and history.deleted_at is None
    return item.type is ItemType.APPROVAL and is_open and here and not item.restricted


def _projects(tree: Tree, node: Node) -> list[Node]:
    """The projects at or below a node, each once."""
    found: dict[str, Node] = {}
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if one.kind is NodeKind.PROJECT:
            found[one.id] = one
        waiting.extend(child for child, _ in tree.children(one.id))
    return list(found.values())
