"""Schedule: will the project finish by its date?

Measured by four parts: the odds of finishing by the target date, from the exact forecast of weekly throughput and
arrivals, shrunk towards the record of dates kept (the organisation's, else the project's own); earned schedule SPI(t)
against the baseline; the share of open dated work that is overdue; and how far milestones have slipped.
The baseline is the approved one, else one reconstructed from history, and each says which. Of an approved baseline only
its own work earns (what was dropped is no longer awaited; a split item stands for its parts), along its due dates, work
without one evenly from start to target; its target date counts as a milestone, so a date moved without a new baseline
is a slip. Of a reconstructed one, which nobody agreed to, all work there is now is held against it. ES is the day by
which the plan expected what is done, AT the days spent (until the planned work was done), SPI(t) = ES / AT, IEAC(t) =
start + planned time / SPI(t); the planned time ends where ES does: at the last due date, without enough of them at the
target. Without a start, or with one on or after the target, there is no SPI(t). For a target later than the year that is
forecast the pace is carried on for up to ten years.
Needs a target date, and a history of finished work or a plan. Without a target date `flow` answers instead.
To improve: what gives most points for each item to be acted on: finish or re-plan the overdue items, take scope out, agree
a new date or baseline; the items to begin with stand first in the evidence. A milestone that was reached late stays so.
"""

from datetime import date, timedelta

from model.health import Finding, Value
from model.language import words as words_of
from rollup.baseline import baseline_values
from rollup.curves import Curves, Part, count, day_words, from_parts, not_applicable, not_enough, percent
from rollup.facts import ProjectFacts
from rollup.forecast import on_time_words
from rollup.forecast.published import NOT_HELD
from rollup.world import View

NAME = "schedule"
VERSION = 6
LEVEL = "project"
CURVES = {
    "schedule.odds.weight": 50.0,
    "schedule.progress.weight": 20.0,
    "schedule.overdue.weight": 20.0,
    "schedule.milestones.weight": 10.0,
    "schedule.shrink": 1 / 3,
    "schedule.progress.worst": 0.6,
    "schedule.progress.best": 1.0,
    "schedule.overdue.worst": 0.5,
    "schedule.overdue.best": 0.0,
    "schedule.milestones.worst": 28.0,
    "schedule.milestones.best": 0.0,
}
_ID = (NAME, VERSION)
_FARTHEST_DAYS = 3653
_ENGLISH = words_of("en")


def measure(view: View) -> Finding:
    """Score 0..100; NOT_APPLICABLE without a target date, NOT_ENOUGH_DATA without odds and earned schedule."""
    facts, curves = view.facts, Curves(CURVES, view.policy)
    target = facts.node.target_on
    if target is None:
        return not_applicable(_ID, "there is no target date, so flow answers instead", "schedule_continuous")
    if not facts.leaves:
        return not_enough(_ID, "there is no work item", "schedule_no_items")
    if not facts.history_known:
        return not_enough(_ID, "the history of its items is not read yet", "schedule_no_history")
    values: dict[str, Value] = {
        "open": Value(value=len(facts.open_leaves), unit="items"),
        "target": Value(value=target.isoformat(), unit="date"),
    }
    parts = (
        _odds(view, target, curves, values),
        _progress(facts, target, curves, values),
        _overdue(facts, curves, values),
        _milestones(facts, target, curves, values),
    )
    values |= baseline_values(facts)
    if parts[0].score is None and parts[1].score is None:
        odds = view.world.odds(facts.node.id)
        if odds.code == NOT_HELD:
            return not_enough(_ID, f"no forecast: {odds.refused}", "schedule_not_held", **values)
        why = odds.refused or "no plan to compare with"
        return not_enough(_ID, f"too little to forecast from: {why}", "schedule_no_forecast", **values)
    return from_parts(_ID, parts, values=values, improvement=_help(facts) if facts.open_leaves else "")


def _odds(view: View, target: date, curves: Curves, values: dict[str, Value]) -> Part:
    """The odds of the date, pulled towards the record of dates kept: the odds of a named scope have no skill alone."""
    facts = view.facts
    odds = view.world.odds(facts.node.id)
    weight = curves("schedule.odds.weight")
    if odds.refused is not None:
        values["forecast"] = Value(value=f"refused: {odds.refused}")
        return Part("odds", weight, None)
    if not facts.open_leaves:
        return Part("odds", weight, 100.0, "all work is done", "schedule_done")
    raw = odds.by(facts.today, target) if target >= facts.today else 0.0
    kept, outcomes = facts.due_kept, facts.due_outcomes
    record = view.world.record
    if record is not None and record.value is not None:
        kept, outcomes = round(record.value * record.n), record.n
    base = (kept + 2) / (outcomes + 4)
    pull = curves("schedule.shrink")
    shrunk = (1 - pull) * raw + pull * base if target >= facts.today else 0.0
    late = odds.quantile(0.85)
    by = f"85% sure by {day_words(facts.today + timedelta(weeks=late))}" if late else "85% sure only beyond a year"
    values["kept_dates"] = Value(value=kept, unit=f"of {outcomes} dates that came due")
    values["p85"] = Value(value=(facts.today + timedelta(weeks=late)).isoformat() if late else None, unit="date")
    if target < facts.today:
        open_, late_by = count(len(facts.open_leaves), "item"), count((facts.today - target).days, "day")
        words = f"{open_} open {late_by} after the target date"
        return Part("odds", weight, 0.0, words, "schedule_target_passed", _latest(facts))
    words = f"{on_time_words(raw)} to finish by {day_words(target)} ({by}, if all output goes here)"
    return Part("odds", weight, 100 * shrunk, words, "schedule_odds", _latest(facts))


def _progress(facts: ProjectFacts, target: date, curves: Curves, values: dict[str, Value]) -> Part:
    """Earned schedule: ES is when the plan expected the share that is done now; SPI(t) = ES / time spent."""
    weight, plan = curves("schedule.progress.weight"), facts.plan
    if plan is None or plan.work <= 0:
        return Part("progress", weight, None)
    agreed = plan.agreed
    start = (agreed and agreed.start_on) or facts.node.start_on
    start = start or (facts.day_of(facts.first_arrival_at) if facts.first_arrival_at else None)
    date_held = (agreed and agreed.target_on) or target
    end = plan.curve[-1][0] if plan.curve else date_held  # the scale that ES is read from
    done = _done_share(facts)
    if start is None or done is None or min(end, date_held) <= start or facts.today <= start:
        return Part("progress", weight, None)
    finished = _finished_on(facts)
    spent = ((finished if finished and finished > start else facts.today) - start).days
    earned = _earned_days(done, plan.curve, start, end)
    spi = earned / spent
    planned = (end - start).days
    values["spi_t"] = Value(value=round(spi, 3), unit="ratio")
    values["es"] = Value(value=round(earned, 1), unit="days")
    values["at"] = Value(value=spent, unit="days")
    values["ieac_t"] = Value(value=_independent_end(start, planned, spi), unit="date")
    values["done_share"] = Value(value=round(done, 4), unit=f"share of {facts.unit.value}")
    values["planned_share"] = Value(value=round(_planned(facts.today, plan.curve, start, end), 4), unit="share")
    words = f"{percent(done)} of the work is done after {spent} of {planned} planned days"
    words += f" (SPI(t) {spi:.2f}; {_against(facts)})"
    score = curves.ramp(spi, "schedule.progress")
    evidence = tuple(dict.fromkeys((*(agreed.later if agreed else ()), *_latest(facts))))
    return Part("progress", weight, score, words, "schedule_behind_plan", evidence)


def _against(facts: ProjectFacts) -> str:
    """What it is measured against, in words."""
    agreed = facts.plan.agreed if facts.plan else None
    return f"baseline {agreed.number} of {day_words(agreed.approved_on)}" if agreed else "baseline reconstructed"


def _done_share(facts: ProjectFacts) -> float | None:
    """Of an approved baseline its own work, earned when done; of a reconstructed one all work there is now."""
    if facts.plan is not None and facts.plan.agreed is not None:
        return facts.plan.agreed.earned
    return facts.done_work / facts.total_work if facts.total_work else 1.0


def _finished_on(facts: ProjectFacts) -> date | None:
    """When the planned work was all done: the clock of earned schedule stops there."""
    if facts.plan is not None and facts.plan.agreed is not None:
        return facts.plan.agreed.done_on
    if facts.open_leaves:
        return None
    return max((facts.day_of(leaf.done_at) for leaf in facts.leaves if leaf.done_at is not None), default=None)


def _independent_end(start: date, planned_days: int, spi: float) -> str | None:
    """IEAC(t): the planned time at the pace so far; None beyond ten years."""
    if spi <= 0 or planned_days / spi > _FARTHEST_DAYS:
        return None
    return (start + timedelta(days=round(planned_days / spi))).isoformat()


def _earned_days(done: float, curve: tuple[tuple[date, float], ...], start: date, end: date) -> float:
    """Days into the plan at which it expected ``done``; along due dates where there are enough, else a straight line."""
    if not curve:
        return done * (end - start).days
    before_day, before_share = start, 0.0
    for day, share in curve:
        if share >= done - 1e-12:
            part = (done - before_share) / (share - before_share) if share > before_share else 1.0
            return (before_day - start).days + part * (day - before_day).days
        before_day, before_share = day, share
    return float((before_day - start).days)


def _planned(today: date, curve: tuple[tuple[date, float], ...], start: date, end: date) -> float:
    """The share that the plan expected to be done by a day, along the same line."""
    before_day, before_share = start, 0.0
    for day, share in curve or ((end, 1.0),):
        if day > today:
            return before_share + (share - before_share) * (today - before_day).days / (day - before_day).days
        before_day, before_share = day, share
    return before_share


def _overdue(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> Part:
    weight = curves("schedule.overdue.weight")
    dated = [leaf for leaf in facts.open_leaves if leaf.due_on is not None]
    if not dated:
        closed_all = not facts.open_leaves
        return Part("overdue", weight, 100.0 if closed_all else None)
    late = facts.overdue()
    values["overdue"] = Value(value=len(late), unit="items")
    values["dated"] = Value(value=len(dated), unit="items")
    words = f"{len(late)} of {count(len(dated), 'open dated item')} overdue" if late else ""
    score = curves.ramp(len(late) / len(dated), "schedule.overdue")
    return Part("overdue", weight, score, words, "schedule_overdue", tuple(leaf.id for leaf in late))


def _milestones(facts: ProjectFacts, target: date, curves: Curves, values: dict[str, Value]) -> Part:
    """Mean slip: later of the date and today (while not reached) against the baseline's date, else the first it had.

    The project's own target date is one of them where a baseline agreed on it. One without a date has not slipped.
    """
    weight = curves("schedule.milestones.weight")
    agreed = facts.plan.agreed if facts.plan else None
    slips: list[tuple[int, str, bool]] = []
    reached: list[str] = []
    for entry in facts.milestones:
        ends = entry.reached_on or max(entry.due_on, facts.today)
        slips.append((max(0, (ends - entry.first_due_on).days), entry.id, entry.item))
        if entry.reached_on is not None:
            reached.append(entry.id)
    if agreed is not None and agreed.target_on is not None:
        ends = max(target, facts.today) if facts.open_leaves else _finished_on(facts) or target
        slips.append((max(0, (ends - agreed.target_on).days), "", False))
        values["target_slip"] = Value(value=slips[-1][0], unit="days")
        values["agreed_target"] = Value(value=agreed.target_on.isoformat(), unit="date")
    if not slips:
        return Part("milestones", weight, None)
    slips.sort(key=lambda slip: (-slip[0], slip[1]))
    number = len(slips) + facts.undated_milestones
    average = sum(slip for slip, _, _ in slips) / number
    values["milestone_slip"] = Value(value=round(average, 1), unit="days")
    late = sum(1 for slip, _, _ in slips if slip)
    mean = _ENGLISH.counted(average, "day", "days")
    words = f"{late} of {count(number, 'milestone')} slipped, {mean} on average" if late else ""
    if words and agreed is not None:
        words += f" ({_against(facts)})"
    ids = tuple(key for slip, key, is_item in slips if slip and is_item)
    score = curves.ramp(average, "schedule.milestones")
    past = sum(slip for slip, key, _ in slips if key in reached) / number  # what came late stays so
    return Part(
        "milestones", weight, score, words, "schedule_milestones_slip", ids,
        mended=curves.ramp(past, "schedule.milestones"), to_do=tuple(key for key in ids if key not in reached),
    )  # fmt: skip


def _latest(facts: ProjectFacts) -> tuple[str, ...]:
    """Overdue first, then open work by its due date."""
    dated = sorted(
        facts.open_leaves, key=lambda leaf: (leaf.due_on is None, leaf.due_on or facts.today, -leaf.work, leaf.id)
    )
    return tuple(leaf.id for leaf in dated)


def _help(facts: ProjectFacts) -> dict[str, str]:
    """By the code of each part."""
    late = len(facts.overdue())
    return {
        "schedule_odds": "finish open work, or take items out of the scope of this date",
        "schedule_target_passed": "agree a new target date, or finish what is open",
        "schedule_behind_plan": "finish what was planned by now, or agree a new baseline",
        "schedule_overdue": f"finish or re-plan the {'overdue item' if late == 1 else f'{late} overdue items'}",
        "schedule_milestones_slip": "reach the milestones that slipped, or agree their new dates in a baseline",
    }
