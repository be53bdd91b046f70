"""Schedule: odds, earned schedule, overdue share, milestones."""

from datetime import date

import pytest

from model.health import Outcome
from model.work import ChangeField, ItemType
from rollup.dimensions.schedule import measure
from tests.rollup.build import blank, item, landscape, project, records, steady, view


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
