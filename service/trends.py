"""A year of weekly points for every node: of the tree, and of every lens from the same counted facts."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from model.landscape import Landscape
from model.lens import Lens
from rollup.facts import ProjectFacts, count_facts
from rollup.facts.state import States
from rollup.lens import Grouping, grouping, part_of, top_id
from rollup.trend import Point, trend
from service.lenses import of_lens
from service.scoring import TREND_WEEKS, FactsReader, fill_trend
from service.workspace import Workspace
from store.unit_of_work import UnitOfWork


def fill_trends(workspace: Workspace, *, weeks: int = TREND_WEEKS) -> int:
    """Count the weekly points of the past that are not kept yet, also those of lenses; the number of points added."""
    return fill_trend(workspace, weeks=weeks, beside=_Lenses(workspace.lenses) if workspace.lenses else None)


class _Lenses:
    """The trends of lenses. Which items lie in which group is what is known now: the tools tell no history of it."""

    def __init__(self, lenses: Sequence[Lens]) -> None:
        self._lenses = lenses
        self._found: dict[str, Grouping] = {}

    def missing(self, uow: UnitOfWork, moments: Sequence[datetime]) -> set[datetime]:
        """The moments at which the top of a lens has no point. A group that came since gets its points with the next."""
        wanted: set[datetime] = set()
        for lens in self._lenses:
            wanted |= set(moments) - {point.at for point in uow.scores.trend(top_id(lens), since=min(moments))}
        return wanted

    def points(
        self, uow: UnitOfWork, landscape: Landscape, facts: FactsReader, *, moments: Sequence[datetime], known_at: datetime
    ) -> list[Point]:
        """The points of the groups at moments whose facts are counted already. Whole projects have those of the tree."""
        points: list[Point] = []
        for lens in self._lenses:
            if lens.name not in self._found:
                self._found[lens.name] = grouping(lens, landscape, facts.records)
            found = self._found[lens.name]
            under = landscape.model_copy(update={"tree": found.tree})
            counted = trend(under, _Counted(found, facts, under, moments), moments=moments, known_at=known_at)
            points += [point for point in counted if of_lens(lens, point.node)]
        return points


class _Counted:
    """Facts of the projects of a lens: those of whole projects as they are, those of parts counted project by project."""

    def __init__(
        self, found: Grouping, facts: FactsReader, under: Landscape, moments: Collection[datetime]
    ) -> None:
        self._found, self._facts, self._nodes = found, facts, under.tree.by_id()
        self._parts: dict[tuple[str, datetime], ProjectFacts] = {}
        for node_id, part in sorted(found.parts.items(), key=lambda one: (one[1].project, one[0])):
            if part.items is not None:
                node, states = self._nodes[node_id], States()
                records = part_of(part, facts.records(part.project), node)
                for at in moments:
                    self._parts[node_id, at] = count_facts(records, node, under, at, states=states)

    def __call__(self, node_id: str, at: datetime) -> ProjectFacts:
        part = self._found.parts[node_id]
        if part.items is None:
            return replace(self._facts(part.project, at), node=self._nodes[node_id])
        return self._parts[node_id, at]
