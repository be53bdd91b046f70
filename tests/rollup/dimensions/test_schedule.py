"""Schedule: odds, earned schedule, overdue share, milestones."""

from datetime import date

from model.health import Outcome
from model.work import ChangeField
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
