"""Everything that is told ahead of one node: dates, fan with the history behind it, base rates, what if; and of a program."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from model.health import Forecast
from model.work import ItemType, StatusCategory
from rollup.facts import ProjectFacts
from rollup.facts.plan import baseline_moment
from rollup.facts.series import weekly
from rollup.forecast.fan import FanWeek, fan
from rollup.forecast.odds import Odds, first_passage, weeks_until
from rollup.forecast.program import ProgramForecast, latest, program_forecast
from rollup.forecast.published import (
    ITEMS,
    MANY_ITEMS,
    MIN_WEEKS,
    WITHIN_WEEKS,
    bulk_weeks,
    odds_of_done,
    refusal,
    to_forecast,
)
from rollup.world import World

HISTORY_WEEKS = 26


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Something else than is: items more or fewer, another share of the pace (0.8: a fifth fewer people), another date."""

    scope: int = 0
    pace: float = 1.0
    by: date | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """A base rate: so many of ``n`` came true."""

    kept: int
    n: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """A project ahead.

    ``finished``, ``arrived``: items of the last twelve weeks; None where the history is not read.
    ``history``: what remained at the ends of past weeks, oldest first, today last. ``bulk``: weeks (by their last day) in
    which so much was closed at once that it may not tell a pace. ``due_dates``, ``milestones``: how many of those that came
    due were kept. ``items``: (any so many items, within so many weeks, odds), where the organisation's own history gives the
    right to a number of that kind. ``apart``: all done where defects and other work are not done for each other, each at its
    own pace; None without open work and history of both. ``changed``: the forecast with the what-if, for so many
    ``changed_remaining`` items.
    """

    today: date
    remaining: int
    forecast: Forecast
    fan: tuple[FanWeek, ...]
    history: tuple[tuple[date, int], ...]
    bulk: tuple[tuple[date, int], ...]
    due_dates: Counted
    milestones: Counted
    items: tuple[tuple[int, int, float], ...] = ()
    finished: int | None = None
    arrived: int | None = None
    apart: Odds | None = None
    changed: Forecast | None = None
    changed_remaining: int | None = None


def outlook(world: World, project: str, what_if: WhatIf | None = None) -> Outlook:
    """What can be said ahead of one project, and with ``what_if`` what would be then."""
    facts, odds, record = world.facts(project), world.odds(project), world.landscape.forecast_record
    if not facts.leaves:
        odds = Odds((), "there is no work item", "forecast_no_items")
    remaining = len(facts.open_leaves)
    shown = to_forecast(odds, start=world.today, target=facts.node.target_on, record=record)
    changed = changed_remaining = None
    if what_if is not None:
        changed_remaining = max(0, remaining + what_if.scope)
        target = what_if.by or facts.node.target_on
        changed = to_forecast(_changed(facts, odds, what_if), start=world.today, target=target, record=record)
    weeks = [(float(done), float(came)) for done, came in zip(facts.weekly_done, facts.weekly_arrivals, strict=True)]
    return Outlook(
        today=world.today,
        remaining=remaining,
        forecast=shown,
        fan=fan(weeks, remaining, odds) if odds.refused is None else (),
        history=_history(facts, world.landscape.timezone) if facts.history_known else (),
        bulk=tuple((world.today - timedelta(weeks=ago), count) for ago, count in bulk_weeks(facts.weekly_done)),
        due_dates=Counted(facts.due_kept, facts.due_outcomes),
        milestones=_milestones(facts),
        finished=sum(facts.weekly_done[-MIN_WEEKS:]) if facts.history_known else None,
        arrived=sum(facts.weekly_arrivals[-MIN_WEEKS:]) if facts.history_known else None,
        apart=_apart(facts) if odds.refused is None else None,
        items=_items(facts) if record is not None and ITEMS in record.earned and not record.refuted else (),
        changed=changed,
        changed_remaining=changed_remaining,
    )


def _changed(facts: ProjectFacts, odds: Odds, what_if: WhatIf) -> Odds:
    if not facts.history_known:
        return odds
    remaining = max(0, len(facts.open_leaves) + what_if.scope)
    ahead = weeks_until(facts.today, what_if.by or facts.node.target_on)
    return odds_of_done(facts.weekly_done, facts.weekly_arrivals, remaining, pace=what_if.pace, ahead=ahead)


def _apart(facts: ProjectFacts) -> Odds | None:
    """Defects and other work each at its own pace, as if their weeks were independent: on public histories the better odds
    for a set of both (docs/forecasts.md)."""
    if not facts.history_known or facts.first_arrival_at is None:
        return None
    settled, weeks, each = baseline_moment(facts.node, facts.first_arrival_at, facts.timezone), len(facts.weekly_done), []
    for wanted in (True, False):
        kind = [leaf for leaf in facts.leaves if (leaf.type is ItemType.DEFECT) is wanted]
        kind = [leaf for leaf in kind if leaf.status is not StatusCategory.DROPPED]
        done = weekly([leaf.done_at for leaf in kind if leaf.done_at and not leaf.open], facts.as_of, weeks)
        came = weekly([leaf.arrived_at for leaf in kind if leaf.arrived_at > settled], facts.as_of, weeks)
        left = sum(leaf.open for leaf in kind)
        odds = odds_of_done(done, came, left)
        if not left or odds.refused is not None:
            return None
        each.append(odds)
    return latest(each)


def _items(facts: ProjectFacts) -> tuple[tuple[int, int, float], ...]:
    """Odds that any so many items of those that are open, whichever they are, are finished within so many weeks."""
    if refusal(facts.weekly_done) is not None:
        return ()
    weeks = [(float(done), 0.0) for done in facts.weekly_done]
    each = {items: first_passage(weeks, items).weeks for items in MANY_ITEMS if items <= len(facts.open_leaves)}
    return tuple((items, ahead, round(odds[ahead - 1], 2)) for items, odds in each.items() for ahead in WITHIN_WEEKS)


def _history(facts: ProjectFacts, timezone: str) -> tuple[tuple[date, int], ...]:
    """What remained, counted of the items that are in the project now; a reopened one counts by when it was last closed."""
    counted = [leaf for leaf in facts.leaves if leaf.status is not StatusCategory.DROPPED]
    zone, found = ZoneInfo(timezone), []
    for ago in range(min(HISTORY_WEEKS, len(facts.weekly_done)), -1, -1):
        at = facts.as_of - timedelta(weeks=ago)
        left = sum(1 for leaf in counted if leaf.arrived_at <= at and (leaf.open or (leaf.done_at or at) > at))
        found.append((at.astimezone(zone).date(), left))
    return tuple(found)


def _milestones(facts: ProjectFacts) -> Counted:
    """Of the milestones that came due by the first date they had: those reached by it."""
    came = [one for one in facts.milestones if one.reached_on is not None or one.first_due_on < facts.today]
    kept = sum(1 for one in came if one.reached_on is not None and one.reached_on <= one.first_due_on)
    return Counted(kept, len(came))


def program_outlook(world: World, node: str) -> ProgramForecast:
    """The forecast of all projects at or below a node, carried along open links between projects."""
    members = world.leaves(node)
    edges = _waits(world)
    wanted = dict.fromkeys(members)
    for _ in world.active_projects:  # what members wait for, however far away
        more = {first for later, first in edges if later in wanted} - wanted.keys()
        if not more:
            break
        wanted.update(dict.fromkeys(sorted(more)))
    open_ = [key for key in wanted if world.outline(key).has_open]
    nodes = world.landscape.tree.by_id()
    own = {key: world.odds(key) for key in open_}
    return program_forecast(own, edges, members=members, dated=lambda key: nodes[key].target_on is not None)


def _waits(world: World) -> Sequence[tuple[str, str]]:
    """(project, the one it waits for) for every open link between two projects, each pair once."""
    chains = world.chains
    pairs = ((chains.project_of(link.target_id or ""), chains.project_of(link.source_id or "")) for link in chains.links)
    return sorted({pair for pair in pairs if pair[0] != pair[1]})
