"""When it will be done: the burn-up of a project with the fan of its forecast, and the forecasts of what is below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from model.landscape import Landscape
from model.tree import Node, Tree
from model.work import CLOSED, StatusCategory
from rollup.facts import ProjectFacts
from rollup.forecast import by_record, odds_of_done
from service.scoring import FactsReader
from service.workspace import Workspace, containers_of
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Week:
    """Work items by the end of a day: how many there were in all, how many of them were closed."""

    ends_on: date
    scope: int
    closed: int


@dataclass(frozen=True)
class Fan:
    """The days by which all is done in half of the cases, and in 85 of 100; None: only beyond a year."""

    today: date
    half: date | None
    sure: date | None

    @property
    def beyond(self) -> bool:
        """Whether neither day lies within a year."""
        return self.half is None and self.sure is None


@dataclass(frozen=True)
class BurnUp:
    """A project's weeks, oldest first. ``why``: what is missing where there are none, or no fan. ``ended``: nothing is open."""

    weeks: tuple[Week, ...]
    fan: Fan | None
    target_on: date | None
    why: str | None
    ended: bool = False


def burn_up(workspace: Workspace, node: Node) -> BurnUp:
    """The burn-up of a project as it is known now. Reads the records of this project alone."""
    with workspace.db.read() as uow:
        land, read = read_alone(workspace, uow, node)
        facts = read(node.id, workspace.clock())
    if not facts.history_known:
        return BurnUp((), None, node.target_on, "the history of its items is not read yet")
    if not facts.leaves:
        return BurnUp((), None, node.target_on, "there is no work item")
    left = float(sum(leaf.status not in CLOSED for leaf in facts.leaves))
    odds = by_record(odds_of_done(facts.weekly_done, facts.weekly_arrivals, left), land.forecast_record)
    shown = fan(odds.weeks, facts.today) if left and odds.refused is None and node.target_on else None
    return BurnUp(weeks(facts), shown, node.target_on, odds.refused, ended=not left)


def weeks(facts: ProjectFacts) -> tuple[Week, ...]:
    """Counted back from today by what was closed and what arrived in each week; dropped work is in neither line."""
    kept = [leaf for leaf in facts.leaves if leaf.status is not StatusCategory.DROPPED]
    scope, closed = len(kept), sum(leaf.status in CLOSED for leaf in kept)
    found = [Week(facts.today, scope, closed)]
    for back, (done, arrived) in enumerate(zip(reversed(facts.weekly_done), reversed(facts.weekly_arrivals), strict=True), 1):
        closed, scope = max(0, closed - done), max(0, scope - arrived)
        found.append(Week(facts.today - timedelta(weeks=back), max(scope, closed), closed))
        if scope == 0:
            break
    return tuple(reversed(found))


def fan(odds: Sequence[float], today: date) -> Fan | None:
    """The fan of a distribution: ``odds[i]`` of being done after i+1 weeks. None where there is no distribution."""
    if not odds:
        return None
    half, sure = (next((index + 1 for index, one in enumerate(odds) if one >= share), None) for share in (0.5, 0.85))
    return Fan(today, _after(today, half), _after(today, sure))


def read_alone(
    workspace: Workspace, uow: UnitOfWork, node: Node, *, past: bool = False
) -> tuple[Landscape, FactsReader]:
    """What is read of one project alone, as known now: the links of its items, goals and other projects stay unknown.

    ``past``: also what only tells at moments before our first sync.
    """
    alone = node.model_copy(update={"parents": ()})
    standing = uow.forecasts.standing()
    land = Landscape(
        tree=Tree(nodes=(alone,)), policies=dict(workspace.policies), teammates=workspace.teammates,
        timezone=workspace.timezone, money=workspace.money, containers={node.id: containers_of(workspace, uow, node.sources)},
        forecast_record=standing.record if standing else None,
        first_sync_at=uow.records.first_known_at() if past else None,
    )  # fmt: skip
    return land, FactsReader(uow, land, land.containers, None)


def _after(today: date, count: int | None) -> date | None:
    return None if count is None else today + timedelta(weeks=count)
