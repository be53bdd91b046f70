"""Resources: one person, two tools."""

from datetime import date

from model.landscape import Teammate
from rollup.dimensions.resources import measure
from tests.rollup.build import item, landscape, project, records, view

ADA = Teammate(key="ada", name="Ada Lovelace", accounts=("jira:user:a", "asana:user:1"), hours_per_week=25)


def test_a_person_is_over_booked_across_tools_and_not_named() -> None:
    """20 hours a week for work, 2 weeks until the date: 40 hours; each tool alone holds 35."""
    due = date(2026, 12, 5)
    one = item("j", assignee_id="jira:user:a", estimate_hours=35.0, due_on=due)
    two = item("a", connection="asana", assignee_id="asana:user:1", estimate_hours=35.0, due_on=due)
    land = landscape(project("alpha"), project("beta"), teammates=(ADA,))
    finding = measure(view(land, {"alpha": records("alpha", one), "beta": records("beta", two)}, "alpha"))
    assert finding.values["worst_load"].value == 1.75
    assert finding.values["overbooked_across_projects"].value == 1
    assert finding.parts["load"] == 0
    assert "Ada" not in finding.model_dump_json()


def test_each_tool_alone_is_no_over_booking() -> None:
    one = item("j", assignee_id="jira:user:a", estimate_hours=35.0, due_on=date(2026, 12, 5))
    land = landscape(project("alpha"), teammates=(ADA,))
    assert measure(view(land, {"alpha": records("alpha", one)}, "alpha")).parts["load"] == 100


def test_near_due_work_without_an_assignee_is_listed() -> None:
    nobody = item("n", due_on=date(2026, 11, 25))
    held = item("h", assignee_id="jira:user:a", due_on=date(2026, 11, 25))
    finding = measure(view(landscape(project()), {"alpha": records("alpha", nobody, held)}, "alpha"))
    assert finding.evidence == ("jira:item:n",)
