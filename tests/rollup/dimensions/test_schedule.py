"""Schedule: odds, earned schedule, overdue share, milestones."""

from datetime import date, timedelta

import pytest

from model.health import Outcome
from model.work import ChangeField, ItemType
from rollup.dimensions.schedule import measure
from tests.rollup.build import NOW, blank, day, item, landscape, project, records, steady, view


def test_without_a_target_date_it_does_not_apply() -> None:
    land = landscape(project(target_on=None))
    assert measure(view(land, {"alpha": records("alpha", *steady())}, "alpha")).outcome is Outcome.NOT_APPLICABLE


def test_an_empty_project_is_not_enough_data() -> None:
    finding = measure(view(landscape(project()), {}, "alpha"))
    assert finding.outcome is Outcome.NOT_ENOUGH_DATA
    assert finding.reason_code == "schedule_no_items"


def test_all_done_scores_full_marks() -> None:
    land = landscape(project())
    finding = measure(view(land, {"alpha": records("alpha", *steady(open_items=0))}, "alpha"))
    assert finding.parts["odds"] == 100


def test_open_work_after_the_target_has_no_odds_left() -> None:
    land = landscape(project(target_on=date(2026, 11, 1)))
    finding = measure(view(land, {"alpha": records("alpha", *steady())}, "alpha"))
    assert finding.parts["odds"] == 0
    assert finding.reason_code == "schedule_target_passed"


def test_a_due_date_that_was_removed_is_still_overdue() -> None:
    late = item("late", due_on=date(2026, 10, 1))
    land = landscape(project())
    known = records("alpha", *steady(), late)
    emptied = records("alpha", *steady(), blank(late, ChangeField.DUE_ON))
    before, after = (measure(view(land, {"alpha": each}, "alpha")) for each in (known, emptied))
    assert before.score == after.score
    assert before.parts["overdue"] == 0


def test_the_longest_overdue_item_stands_first_in_the_evidence() -> None:
    items = [item(f"l{n}", due_on=date(2026, 10, n)) for n in (9, 3, 6)]
    land = landscape(project())
    finding = measure(view(land, {"alpha": records("alpha", *steady(), *items)}, "alpha"))
    assert finding.evidence[0] == "jira:item:l3"


def test_nothing_with_a_date_leaves_the_overdue_part_out() -> None:
    finding = measure(view(landscape(project()), {"alpha": records("alpha", *steady())}, "alpha"))
    assert finding.outcome is Outcome.MEASURED
    assert "overdue" not in finding.parts


def test_without_history_nothing_is_said() -> None:
    unknown = [one.model_copy(update={"history_known": False}) for one in steady()]
    finding = measure(view(landscape(project()), {"alpha": records("alpha", *unknown)}, "alpha"))
    assert finding.reason_code == "schedule_no_history"


@pytest.mark.parametrize("start", [date(2027, 1, 31), date(2027, 6, 1), date(2026, 11, 21)])
def test_a_start_on_or_after_the_target_or_today_has_no_earned_schedule(start: date) -> None:
    finding = measure(view(landscape(project(start_on=start)), {"alpha": records("alpha", *steady())}, "alpha"))
    assert finding.outcome is Outcome.MEASURED
    assert "progress" not in finding.parts


def test_everything_in_one_status_is_not_enough_data_without_a_plan() -> None:
    young = [item(f"n{n}", created=3) for n in range(5)]
    finding = measure(view(landscape(project(start_on=None)), {"alpha": records("alpha", *young)}, "alpha"))
    assert finding.reason_code == "schedule_no_forecast"


def test_an_undated_milestone_has_not_slipped() -> None:
    gate = item("gate", type=ItemType.MILESTONE, due_on=date(2026, 11, 7))
    open_ = item("open", type=ItemType.MILESTONE)
    finding = measure(view(landscape(project()), {"alpha": records("alpha", *steady(), gate, open_)}, "alpha"))
    assert finding.values["milestone_slip"].value == 7


def test_nobody_is_told_to_reach_a_milestone_that_was_reached_late() -> None:
    late = item("late", type=ItemType.MILESTONE, due_on=date(2026, 10, 1), started=40, done=20)
    alone = measure(view(landscape(project()), {"alpha": records("alpha", *steady(), late, item("rest"))}, "alpha"))
    assert "milestone" in alone.reason
    assert alone.improvement is None or alone.improvement.code != "schedule_milestones_slip"
    gate = item("gate", type=ItemType.MILESTONE, due_on=date(2026, 10, 24))
    both = measure(view(landscape(project()), {"alpha": records("alpha", *steady(), late, gate, item("rest"))}, "alpha"))
    assert both.improvement is not None
    assert both.improvement.code == "schedule_milestones_slip"
    assert both.improvement.items == (gate.item.id,)
    never = measure(view(landscape(project()), {"alpha": records("alpha", *steady(), gate, item("rest"))}, "alpha"))
    assert never.improvement is not None
    assert 0 < (both.improvement.points or 0) < (never.improvement.points or 0), "what was reached late can't be won back"


def test_a_target_years_away_has_the_odds_of_its_own_day() -> None:
    known = {"alpha": records("alpha", *steady(open_items=300, a_week=2, weeks=52))}
    odds = {}
    for target in (date(2027, 11, 1), date(2028, 11, 1), date(2031, 12, 31), date.max):
        finding = measure(view(landscape(project(target_on=target)), known, "alpha"))
        odds[target], words = finding.parts["odds"], finding.reason
        assert ("unlikely" in words) is (target < date(2030, 1, 1)), words
    assert list(odds.values()) == sorted(odds.values())
    assert odds[date(2031, 12, 31)] > 65


def test_the_end_at_this_pace_is_read_from_the_plan_that_earned_schedule_is_read_from() -> None:
    """Each item a week after it was due, and the target long after the last of them: all was done on the last one's day."""
    items = [
        item(f"x{n}", created=250, started=7 * n + 25, done=7 * n + 20, due_on=(NOW - timedelta(days=7 * n + 27)).date())
        for n in range(30)
    ]
    for target in (date(2026, 11, 30), date(2027, 1, 31)):
        land = landscape(project(start_on=day(250).date(), target_on=target))
        values = measure(view(land, {"alpha": records("alpha", *items)}, "alpha")).values
        assert values["ieac_t"].value == day(20).date().isoformat()
        assert values["spi_t"].value == pytest.approx(223 / 230, abs=1e-3)


@pytest.mark.parametrize(
    ("timezone", "kept"), [("America/Los_Angeles", 2), ("UTC", 1), ("Asia/Tokyo", 0)]
)
def test_a_date_is_kept_by_the_organisation_s_day(timezone: str, kept: int) -> None:
    """Done at 02:00 UTC, 18:00 on the day before in Los Angeles; and at 20:00 UTC, in Tokyo 5:00 on the next day."""
    noon = NOW.replace(hour=12) - timedelta(days=30)
    ago = [(NOW - at) / timedelta(days=1) for at in (noon.replace(hour=2), noon.replace(hour=20))]
    due = [noon.date() - timedelta(days=1), noon.date()]
    items = [item(f"d{n}", created=60, done=ago[n], due_on=due[n]) for n in (0, 1)]
    land = landscape(project(), timezone=timezone)
    finding = measure(view(land, {"alpha": records("alpha", *steady(), *items)}, "alpha"))
    assert (finding.values["kept_dates"].value, finding.values["kept_dates"].unit) == (kept, "of 2 dates that came due")


@pytest.mark.parametrize(("late", "told"), [((1,), "1 day"), ((0, 0, 1), "0.3 days"), ((3, 1), "2 days")])
def test_a_slip_of_milestones_is_told_as_it_is(late: tuple[int, ...], told: str) -> None:
    """Never as "1 days", and no slip as "0 days"."""
    goals = [
        item(f"m{n}", created=90, type=ItemType.MILESTONE, due_on=NOW.date() - timedelta(days=slip))
        for n, slip in enumerate(late)
    ]
    finding = measure(view(landscape(project()), {"alpha": records("alpha", *goals, *steady())}, "alpha"))
    assert f"slipped, {told} on average" in finding.reason
