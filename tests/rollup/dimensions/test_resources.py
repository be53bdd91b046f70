"""Resources: calendars, one person in two tools, allocations, and who may see what."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from model.health import Finding, Outcome
from model.landscape import Absence, ItemHistory, Landscape, PlannedTime, Teammate
from model.policy import Policy
from rollup.capacity import Calendar, holidays_of
from rollup.dimensions.resources import measure
from rollup.people import person_loads
from tests.rollup.build import NOW, day, item, landscape, project, records, view

TODAY = NOW.date()
ADA = Teammate(key="ada", name="Ada Lovelace", accounts=("jira:user:a", "asana:user:1"), hours_per_week=25)
DUE = date(2026, 12, 5)
NODES = (project("alpha"), project("beta"))


def two_tools(**fields: object) -> tuple[Landscape, dict]:  # type: ignore[type-arg]
    """20 hours a week for work, 2 weeks until the date: 40 hours; each tool alone holds 35. Two others have little."""
    one = item("j", assignee_id="jira:user:a", estimate_hours=35.0, due_on=DUE)
    two = item("a", connection="asana", assignee_id="asana:user:1", estimate_hours=35.0, due_on=DUE)
    others = [item(n, assignee_id=f"jira:user:{n}", estimate_hours=1.0, due_on=DUE) for n in "bc"]
    land = landscape(*NODES, **{"teammates": (ADA,), **fields})
    return land, {"alpha": records("alpha", one, *others), "beta": records("beta", two)}


def policy(**fields: object) -> dict[str, Policy]:
    return {"default": Policy.model_validate({"name": "default", **fields})}


def loaded(mate: Teammate, hours: float, due: date = DUE, planned: Sequence[PlannedTime] = ()) -> Finding:
    held = item("j", assignee_id=mate.accounts[0], estimate_hours=hours, due_on=due)
    others = [item(n, assignee_id=f"jira:user:{n}", estimate_hours=0.1, due_on=DUE) for n in "bc"]
    land = landscape(*NODES, teammates=(mate,), planned=tuple(planned))
    return measure(view(land, {"alpha": records("alpha", held, *others)}, "alpha"))


def test_a_person_is_over_booked_across_tools_and_not_named() -> None:
    land, known = two_tools()
    finding = measure(view(land, known, "alpha"))
    assert finding.values["worst_load"].value == 1.75
    assert finding.values["overbooked_across_projects"].value == 1
    assert finding.values["overbooked_across_tools"].value == 1
    assert "ada" not in finding.model_dump_json().lower()


def test_each_tool_alone_is_no_over_booking() -> None:
    one = item("j", assignee_id="jira:user:a", estimate_hours=35.0, due_on=DUE)
    land = landscape(project("alpha"), teammates=(ADA,))
    assert measure(view(land, {"alpha": records("alpha", one)}, "alpha")).parts["load"] == 100


def test_no_list_of_items_points_at_who_is_over_booked() -> None:
    """The evidence is everybody's dated work, the next first; the worst load is told of three people or more."""
    land, known = two_tools()
    finding = measure(view(land, known, "alpha"))
    assert set(finding.evidence) == {"jira:item:j", "jira:item:b", "jira:item:c"}
    one = {"alpha": records("alpha", *known["alpha"].items[:1]), "beta": known["beta"]}
    assert "worst_load" not in measure(view(land, one, "alpha")).values


@pytest.mark.parametrize("people", ["off", "aggregate", "named"])
def test_names_are_in_the_register_alone_and_only_where_the_policy_allows_them(people: str) -> None:
    land, known = two_tools(policies=policy(people=people))
    seen = view(land, known, "alpha")
    finding = measure(seen)
    assert "ada" not in finding.model_dump_json().lower()
    assert ("load" in finding.parts) == (people != "off")
    loads = person_loads(seen)
    assert [load.name for load in loads][:1] == (["Ada Lovelace"] if people == "named" else [])
    if people == "named":
        assert (loads[0].load, loads[0].unit, loads[0].tools) == (1.75, "hours", ("asana", "jira"))
        assert [(place.project, place.hours) for place in loads[0].projects] == [("alpha", 35), ("beta", 35)]
        aggregate, same = two_tools(policies=policy(people="aggregate"))
        assert measure(view(aggregate, same, "alpha")) == finding


def test_holidays_and_absences_take_working_days_away() -> None:
    munich = ADA.model_copy(update={"country": "DE-BY"})
    away = ADA.model_copy(update={"absences": (Absence(start_on=date(2026, 11, 23), end_on=date(2026, 11, 27)),)})
    until = date(2027, 1, 8)
    assert Calendar(ADA, TODAY).days(until) == 35
    assert Calendar(munich, TODAY).days(until) == 35 - 3  # 25 December, New Year, Epiphany (Bavaria only)
    assert Calendar(ADA.model_copy(update={"country": "DE-BE"}), TODAY).days(until) == 35 - 2
    assert Calendar(away, TODAY).days(until) == 30
    assert loaded(away, 40.0).values["overbooked"].value == 1


def test_hours_for_projects_are_what_other_work_leaves() -> None:
    assert loaded(ADA, 40.0).values["worst_load"].value == 1.0
    lead = ADA.model_copy(update={"other_work": 0.6})
    assert loaded(lead, 40.0).values["worst_load"].value == 2.0


def test_a_person_in_no_calendar_has_forty_hours_and_no_holidays_and_is_counted() -> None:
    stranger = Teammate(key="x", name="X", accounts=("jira:user:nobody",), country="US")
    finding = loaded(stranger, 10.0)
    assert finding.values["no_calendar"].value == 2
    assert Calendar(None, TODAY).hours(DUE, 0.2) == 64


def test_somebody_away_until_the_date_is_loaded_tenfold() -> None:
    gone = ADA.model_copy(update={"absences": (Absence(start_on=TODAY, end_on=date(2027, 3, 1)),)})
    assert loaded(gone, 1.0).values["worst_load"].value == 10


def test_of_reserved_time_and_the_work_under_it_the_larger_counts() -> None:
    reserved = PlannedTime(id="p", account="asana:user:1", nodes=("alpha",), end_on=DUE, hours=10)
    assert loaded(ADA, 40.0, planned=[reserved]).values["worst_load"].value == 1.0
    more = reserved.model_copy(update={"hours": 15})
    elsewhere = more.model_copy(update={"id": "q", "nodes": ("beta",)})
    assert loaded(ADA, 40.0, planned=[more, elsewhere]).values["worst_load"].value == pytest.approx(1.75)


def test_percent_are_of_the_time_for_projects_and_one_full_week_is_not_spread_over_others() -> None:
    start = TODAY + timedelta(weeks=4)
    full = PlannedTime(id="p", account="jira:user:a", nodes=("alpha",), start_on=start, percent=100)
    assert loaded(ADA, 1.0, planned=[full]).values["overbooked"].value == 0
    twice = full.model_copy(update={"id": "q", "nodes": (), "percent": 50})
    finding = loaded(ADA, 1.0, planned=[full, twice])
    assert finding.values["worst_load"].value == pytest.approx(1.5)
    assert finding.values["overbooked_across_projects"].value == 1


def test_time_to_work_is_counted_as_far_ahead_as_the_policy_looks() -> None:
    """A year of 52 weeks of 20 hours for 1,000 of work, and for a reservation of every one of them."""
    held = item("j", assignee_id="jira:user:a", estimate_hours=1000.0, due_on=TODAY + timedelta(weeks=52))
    full = PlannedTime(id="p", account="jira:user:a", nodes=("beta",), start_on=TODAY + timedelta(weeks=40), percent=100)
    far = policy(curves={"resources.horizon_weeks": 52.0}, people="named")
    for planned in ((), (full,)):
        land = landscape(*NODES, teammates=(ADA,), policies=far, planned=planned)
        seen = view(land, {"alpha": records("alpha", held)}, "alpha")
        loads = [load.load for load in person_loads(seen)]
        assert loads == [round((1000 + 12 * 20 * len(planned)) / 1040, 3)]


def test_allocations_before_the_first_sync_are_not_known() -> None:
    full = PlannedTime(id="p", account="jira:user:a", nodes=("alpha",), percent=300)
    land = landscape(*NODES, teammates=(ADA,), planned=(full,), first_sync_at=day(5))
    known = {"alpha": records("alpha", item("j", estimate_hours=1.0, due_on=DUE))}
    assert measure(view(land, known, "alpha")).values["overbooked"].value == 1
    assert measure(view(land, known, "alpha", at=day(6))).outcome is Outcome.NOT_ENOUGH_DATA


def test_near_due_work_without_an_assignee_is_listed_and_is_the_help() -> None:
    nobody = item("n", due_on=date(2026, 11, 25))
    held = item("h", assignee_id="jira:user:a", due_on=date(2026, 11, 25))
    finding = measure(view(landscape(project()), {"alpha": records("alpha", nobody, held)}, "alpha"))
    assert finding.evidence == ("jira:item:n",)
    assert finding.improvement is not None
    assert finding.improvement.items == ("jira:item:n",)


@pytest.mark.parametrize("hours", [0.0, 9e3])
def test_absurd_estimates_are_loads_like_others(hours: float) -> None:
    finding = loaded(ADA, hours)
    assert finding.outcome is Outcome.MEASURED
    assert 0 <= (finding.values["worst_load"].value or 0) <= 10  # type: ignore[operator]


def test_weights_of_zero_and_all_items_done_have_an_outcome() -> None:
    land, known = two_tools(
        policies=policy(curves={f"resources.{part}.weight": 0.0 for part in ("load", "concentration", "unassigned")})
    )
    assert measure(view(land, known, "alpha")).reason_code == "resources_no_weight"
    done: list[ItemHistory] = [item(f"d{n}", done=3) for n in range(3)]
    assert measure(view(land, {"alpha": records("alpha", *done)}, "alpha")).outcome is Outcome.NOT_APPLICABLE


def test_a_country_without_known_holidays_is_refused_by_the_calendar() -> None:
    with pytest.raises(NotImplementedError):
        holidays_of("XX", 2026)


@pytest.mark.parametrize(("holders", "told"), [(2, False), (3, True)])
def test_the_share_of_one_person_is_told_only_of_three_people_or_more(holders: int, told: bool) -> None:
    items = [item(f"c{n}", assignee_id=f"jira:user:{n if n < holders else 0}") for n in range(12)]
    land = landscape(project())
    finding = measure(view(land, {"alpha": records("alpha", *items)}, "alpha"))
    assert finding.parts["concentration"] < 100
    assert ("concentration" in finding.values) is told
    assert ("%" in finding.reason) is told
