"""Hours and money of one project at one moment: planned, earned, booked, and the budgets that tools keep."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from model.landscape import Landscape, ProjectRecords, Teammate
from model.work import BudgetKind, StatusCategory, Worklog
from rollup.facts.records import Cost, Leaf, ToolBudget
from rollup.facts.state import ItemAt
from rollup.facts.untold import untold_at
from rollup.facts.work import believable

MOST_NAMED = 50


def count_cost(
    records: ProjectRecords, items: Sequence[ItemAt], leaves: Sequence[Leaf], *, landscape: Landscape, as_of: datetime
) -> Cost:
    """What was planned, earned and booked, in hours; in money where the landscape has rates.

    Bookings come from worklogs by the day of work; else from the tool's own sum, which has neither day nor person. A
    booking that can't be meant (below 0, absurdly large) is left out.
    """
    till = _Till(landscape)
    booked: dict[str, float] = {}
    unknown = False
    for item in items:
        if item.history.worklogs:
            logs = _told(item.history.worklogs, as_of)
            if not logs:
                continue  # that somebody will book here was not known yet
            sound = [log for log in logs if believable(log.hours, "hours")]
            booked[item.id] = sum([log.hours for log in sound])
            for log in sound if till.rated else ():
                till.add(log.hours, log.person_id, log.worked_at)
            continue
        if not item.item.spent_hours and not item.history.untold:
            continue
        told = untold_at(item.history, as_of)
        if told is None:
            unknown = unknown or bool(item.item.spent_hours)
        elif told.spent_hours and believable(told.spent_hours, "hours"):
            booked[item.id] = told.spent_hours
            till.add(told.spent_hours, None, as_of)
    counted = [leaf for leaf in leaves if leaf.status is not StatusCategory.DROPPED]
    over = {
        leaf.id: booked[leaf.id] - leaf.hours
        for leaf in counted
        if leaf.hours is not None and booked.get(leaf.id, 0.0) > leaf.hours
    }
    sizes = [leaf.hours for leaf in counted if leaf.hours is not None]
    usual = sum(sizes) / len(sizes) if sizes else 0.0
    done = [leaf for leaf in counted if leaf.status is StatusCategory.DONE]
    return Cost(
        planned_hours=sum(leaf.hours or 0.0 for leaf in counted),
        earned_hours=sum(leaf.hours or 0.0 for leaf in done),
        booked_hours=None if unknown or not booked else sum(booked[key] for key in sorted(booked)),
        estimated=sum(leaf.hours is not None for leaf in counted) / len(counted) if counted else 0.0,
        over=_largest(over),
        most=_largest(booked)[:MOST_NAMED],
        money=till.money,
        unrated_hours=till.unrated_hours,
        unknown_currencies=tuple(sorted(till.unknown)),
        budgets=_tool_budgets(records, as_of),
        all_hours=usual * len(counted),
        all_earned=sum(usual if leaf.hours is None else leaf.hours for leaf in done),
    )


def _told(worklogs: Sequence[Worklog], as_of: datetime) -> list[Worklog]:
    """What had been booked by then, each booking once, by id. Most items have one or none."""
    logs = [log for log in worklogs if log.worked_at <= as_of and log.logged_at <= as_of]
    if len(logs) > 1:
        once = {log.id: log for log in logs}
        logs = [once[key] for key in sorted(once)]
    return logs


def _largest(amounts: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted((key for key, amount in amounts.items() if amount > 0), key=lambda key: (-amounts[key], key)))


@dataclass
class _Till:
    """Adds up what booked hours cost. Nothing is counted where there is no rate at all."""

    landscape: Landscape
    money: float = 0.0
    unrated_hours: float = 0.0
    unknown: set[str] = field(default_factory=set)
    _people: dict[str, Teammate] = field(init=False)
    _zone: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        mates = self.landscape.teammates if self.landscape.money.rates else ()
        self._people = {account: person for person in mates for account in person.accounts}
        self._zone = ZoneInfo(self.landscape.timezone)

    @property
    def rated(self) -> bool:
        """Whether there is any rate."""
        return bool(self.landscape.money.rates)

    def add(self, hours: float, account: str | None, worked_at: datetime) -> None:
        money = self.landscape.money
        if not self.rated:
            return
        who = self._people.get(account) if account else None
        day: date = worked_at.astimezone(self._zone).date()
        rate = money.rate(who.key if who else None, who.role if who else None, day)
        if rate is None:
            self.unrated_hours += hours
            return
        cost = money.own(hours * rate.hourly, rate.currency)
        if cost is None:
            self.unknown.add(rate.currency)
        else:
            self.money += cost


def _tool_budgets(records: ProjectRecords, as_of: datetime) -> tuple[ToolBudget, ...]:
    """The budgets seen at a moment, those of one kind and currency together. Before we saw any, there are none."""
    seen = {
        entry.budget.id: entry.budget
        for entry in sorted(records.budgets, key=lambda entry: (entry.from_at, entry.budget.id))
        if entry.from_at <= as_of and (entry.to_at is None or entry.to_at > as_of)
    }
    groups: dict[tuple[BudgetKind, str | None], list[str]] = {}
    for key in sorted(seen):
        groups.setdefault((seen[key].kind, seen[key].currency), []).append(key)
    return tuple(
        ToolBudget(
            kind=kind,
            planned=_sum(seen[key].planned for key in keys),
            actual=_sum(seen[key].actual for key in keys),
            currency=currency,
        )
        for (kind, currency), keys in sorted(groups.items(), key=lambda pair: (pair[0][0].value, pair[0][1] or ""))
    )


def _sum(amounts: Iterable[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
