"""What lies ahead of a program, for whoever waits for a page: from the forecasts that the last roll-up kept.

Counted anew are only projects that were never scored. Of the links those are read that lead to what the projects wait for.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from model.health import NodeScore
from model.landscape import Landscape
from model.tree import Node, ProjectState
from model.work import Link, LinkKind, StatusCategory
from rollup.forecast import Odds
from rollup.forecast.program import ProgramForecast, program_forecast
from rollup.world import World
from service.landscape import item_behind
from service.outlook import read_alone
from service.scoring import FactsReader
from service.workspace import Workspace, containers_by_node
from store.feeding import ITEM_CONTAINER
from store.unit_of_work import UnitOfWork

_OPEN = (StatusCategory.TODO, StatusCategory.IN_PROGRESS)
_DONE = 1.0
Wait = tuple[str, str]
"""A project, and one that it waits for."""


def kept_program(workspace: Workspace, uow: UnitOfWork, node: str) -> tuple[ProgramForecast, date]:
    """The forecast of all projects at or below a node, and the day that its weeks are counted from."""
    plain = Landscape(tree=workspace.tree, policies=dict(workspace.policies))
    members = World(plain, FactsReader(uow, plain, {}, None), workspace.clock()).leaves(node)
    wanted, edges = _Waits(workspace, uow).reached(members)
    nodes, kept = plain.tree.by_id(), uow.brief_scores.whole(wanted)
    each = {key: _kept(kept[key].score) if key in kept else _counted(workspace, uow, nodes[key]) for key in wanted}
    open_ = {key: odds for key, odds in each.items() if odds is not None}
    at = uow.scores.newest_as_of() or workspace.clock()
    found = program_forecast(open_, edges, members=members, dated=lambda key: nodes[key].target_on is not None)
    return found, at.astimezone(ZoneInfo(workspace.timezone)).date()


def _kept(score: NodeScore) -> Odds | None:
    """The forecast of a project as it was scored; None where nothing is left to do."""
    told, left = score.forecast, score.totals.get("open")
    if told is None or (left is not None and not left.value) or (told.weeks and told.weeks[0] >= _DONE):
        return None
    return Odds(told.weeks, told.refused, told.refused_code, tuple(told.refused_values.items()))


def _counted(workspace: Workspace, uow: UnitOfWork, node: Node) -> Odds | None:
    """The forecast of a project that was never scored; None where nothing is left to do."""
    world = World(*read_alone(workspace, uow, node), workspace.clock())
    return world.odds(node.id) if world.outline(node.id).has_open else None


class _Waits:
    """Which projects wait for which, by the open links between their items."""

    def __init__(self, workspace: Workspace, uow: UnitOfWork) -> None:
        self._workspace, self._uow = workspace, uow
        fed = containers_by_node(workspace, uow)
        active = (node.id for node in workspace.tree.projects() if node.state is ProjectState.ACTIVE)
        self._fed = {key: fed[key] for key in active}
        self._first: dict[str, str] = {}
        for key, containers in self._fed.items():
            for container in containers:
                self._first.setdefault(container, key)
        self._below = {
            key: ids for key, ids in self._fed.items() if any(one.startswith(ITEM_CONTAINER) for one in ids)
        }
        self._by_address = uow.records.any_link_by_address()

    def reached(self, projects: Sequence[str]) -> tuple[tuple[str, ...], list[Wait]]:
        """Projects with all that they wait for, however far away; and who waits for whom among them."""
        wanted, edges, fresh = dict.fromkeys(projects), set[Wait](), set(projects)
        while fresh:
            edges |= self._into(fresh)
            fresh = {first for later, first in edges if later in wanted} - wanted.keys()
            wanted.update(dict.fromkeys(sorted(fresh)))
        return tuple(wanted), sorted(edges)

    def _into(self, projects: Iterable[str]) -> set[Wait]:
        """Who waits for whom, by the links into items of these projects."""
        held = self._uow.members.of([container for key in sorted(projects) for container in self._fed[key]])
        pairs = {pair for link in self._links(held) if (pair := self._ends(link)) is not None and pair[1] in held}
        ends = sorted({end for pair in pairs for end in pair})
        here = self._uow.members.still_there(ends)
        open_ = [one.id for one in self._uow.records.items(sorted(here)) if one.status in _OPEN]
        at = self._places(open_)
        told = {(at[target], at[source]) for source, target in pairs if {source, target} <= at.keys()}
        return {pair for pair in told if pair[0] != pair[1]}

    def _links(self, held: set[str]) -> Sequence[Link]:
        return self._uow.records.links() if self._by_address else self._uow.records.links_at(held)

    def _ends(self, link: Link) -> tuple[str, str] | None:
        """The two items of a link that blocks now."""
        now = self._workspace.clock()
        ended = link.to_at is not None and link.to_at <= now
        if link.kind is not LinkKind.BLOCKS or ended or (link.from_at is not None and link.from_at > now):
            return None
        source = link.source_id or item_behind(self._workspace, self._uow, link.source_url)
        target = link.target_id or item_behind(self._workspace, self._uow, link.target_url)
        return (source, target) if source and target and source != target else None

    def _places(self, items: Sequence[str]) -> dict[str, str]:
        """Item → the first project that it is in."""
        order = {key: place for place, key in enumerate(self._fed)}
        found: dict[str, str] = {}
        for item, containers in self._uow.members.places(items).items():
            mine = {self._first[one] for one in containers if one in self._first}
            if mine:
                found[item] = min(mine, key=lambda key: order[key])
        for item in items if self._below else ():
            mine = self._uow.records.nodes_touched((item,), self._below)
            if mine:
                found[item] = min({*mine, *({found[item]} if item in found else ())}, key=lambda key: order[key])
        return found
