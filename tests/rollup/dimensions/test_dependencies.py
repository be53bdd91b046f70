"""Dependencies: links between projects and tools."""

from datetime import date

import pytest

from model.health import Outcome
from model.landscape import ItemHistory, Teammate
from model.policy import Policy
from model.registers import ConflictKind, ConflictState, Owner
from model.work import ChangeField
from rollup.conflicts import conflicts
from rollup.dimensions.dependencies import measure
from tests.rollup.build import NOW, blocks, day, item, landscape, project, records, view

NODES = (project("alpha"), project("beta"), project("gamma"))


def test_a_late_blocker_in_another_tool_is_named_with_the_days() -> None:
    blocker = item("b", connection="asana", due_on=date(2026, 12, 15))
    waits = item("w", due_on=date(2026, 12, 1))
    land = landscape(*NODES, links=(blocks(blocker, waits),))
    finding = measure(view(land, {"alpha": records("alpha", waits), "beta": records("beta", blocker)}, "prog"))
    assert finding.score == 50
    assert finding.values["worst_late"].value == 14
    assert finding.evidence == ("jira:item:w", "asana:item:b")


def test_a_slip_is_carried_along_the_chain() -> None:
    first = item("f", due_on=date(2027, 1, 12))
    middle = item("m", due_on=date(2026, 12, 1))
    last = item("l", due_on=date(2026, 12, 29))
    land = landscape(*NODES, links=(blocks(first, middle), blocks(middle, last)))
    known = {"alpha": records("alpha", last), "beta": records("beta", middle), "gamma": records("gamma", first)}
    finding = measure(view(land, known, "prog"))
    assert finding.values["late"].value == 2


def test_a_cycle_between_projects_scores_nothing() -> None:
    one, two = item("one", due_on=date(2027, 1, 1)), item("two", due_on=date(2027, 1, 1))
    land = landscape(*NODES, links=(blocks(one, two), blocks(two, one)))
    finding = measure(view(land, {"alpha": records("alpha", one), "beta": records("beta", two)}, "prog"))
    assert finding.score == 0
    assert finding.reason_code == "dependencies_cycle"


def test_a_finished_blocker_is_no_conflict() -> None:
    blocker, waits = item("b", done=3), item("w", due_on=date(2026, 12, 1))
    land = landscape(*NODES, links=(blocks(blocker, waits),))
    finding = measure(view(land, {"alpha": records("alpha", waits), "beta": records("beta", blocker)}, "prog"))
    assert finding.outcome is Outcome.NOT_APPLICABLE


def found(land, known, node="prog", at=NOW):  # type: ignore[no-untyped-def]
    return conflicts(view(land, known, node, at))


def pair(blocker: ItemHistory, waits: ItemHistory, **fields: object):  # type: ignore[no-untyped-def]
    link = blocks(blocker, waits).model_copy(update=fields)
    return landscape(*NODES, links=(link,)), {"alpha": records("alpha", waits), "beta": records("beta", blocker)}


def test_a_conflict_names_its_kind_owner_options_and_state() -> None:
    blocker, waits = item("b", due_on=date(2026, 12, 15)), item("w", due_on=date(2026, 12, 1))
    (conflict,) = found(*pair(blocker, waits))
    assert conflict.kind is ConflictKind.ORDER
    assert conflict.owner == Owner(kind="project", label="Beta")
    assert conflict.state is ConflictState.OPEN
    assert [(option.kind, option.subject, option.until) for option in conflict.options] == [
        ("speed_predecessor", "jira:item:b", date(2026, 12, 1)),
        ("move_successor", "jira:item:w", date(2026, 12, 15)),
        ("cut_link", "jira:item:b>jira:item:w", None),
    ]


def test_an_overdue_predecessor_is_late_and_what_comes_after_it_slips() -> None:
    first = item("f", due_on=date(2026, 11, 1))
    middle = item("m", start_on=date(2026, 11, 10), due_on=date(2026, 11, 30), created=20)
    last = item("l", due_on=date(2026, 12, 1))
    land = landscape(*NODES, links=(blocks(first, middle), blocks(middle, last)))
    known = {"alpha": records("alpha", last), "beta": records("beta", middle), "gamma": records("gamma", first)}
    kinds = {conflict.predecessor: conflict for conflict in found(land, known)}
    assert kinds["jira:item:f"].kind is ConflictKind.LATE
    assert kinds["jira:item:m"].kind is ConflictKind.SLIP
    # Not before 21 November when its predecessor is done, plus its own twenty days: ten days after its plan.
    assert kinds["jira:item:m"].likely_on == date(2026, 12, 11)
    assert kinds["jira:item:m"].carried_days == 11


def test_what_has_not_begun_still_takes_what_its_like_usually_takes() -> None:
    past = [item(f"d{n}", created=90, started=60, done=40) for n in range(6)]
    blocker, waits = item("b", due_on=date(2026, 11, 22)), item("w", due_on=date(2026, 11, 30))
    land, known = pair(blocker, waits)
    known["beta"] = records("beta", blocker, *past)
    (conflict,) = found(land, known)
    assert (conflict.kind, conflict.late_days) == (ConflictKind.LATE, 11)


def test_slack_is_the_room_of_the_whole_chain() -> None:
    first = item("f", due_on=date(2026, 12, 1))
    middle = item("m", due_on=date(2026, 12, 20))
    last = item("l", due_on=date(2026, 12, 5))
    land = landscape(*NODES, links=(blocks(first, middle), blocks(middle, last)))
    known = {"alpha": records("alpha", last), "beta": records("beta", middle), "gamma": records("gamma", first)}
    finding = measure(view(land, known, "prog"))
    assert finding.values["least_slack"].value == -15
    assert finding.values["tight"].value == 1


def test_a_begun_predecessor_or_a_moved_date_is_acknowledged() -> None:
    waits = item("w", due_on=date(2026, 12, 1))
    begun = item("b", started=3, due_on=date(2026, 12, 15))
    assert found(*pair(begun, waits))[0].state is ConflictState.ACKNOWLEDGED
    moved = item("b", due_on=date(2026, 12, 15), extra=[(ChangeField.DUE_ON, "2026-12-20", "2026-12-15", 5)])
    assert found(*pair(moved, waits, from_at=day(10)))[0].state is ConflictState.ACKNOWLEDGED
    assert found(*pair(moved, waits, from_at=day(2)))[0].state is ConflictState.OPEN


def test_a_cut_link_and_a_predecessor_that_came_too_late_are_resolved() -> None:
    waits = item("w", due_on=date(2026, 12, 1))
    open_ = item("b", due_on=date(2026, 12, 15))
    assert [one.state for one in found(*pair(open_, waits, to_at=day(3)))] == [ConflictState.RESOLVED]
    late = item("w", due_on=date(2026, 11, 1))
    assert [one.late_days for one in found(*pair(item("b", done=3), late))] == [17]
    assert found(*pair(item("b", done=40), late)) == ()


def test_the_owner_is_a_person_only_where_the_policy_allows_names() -> None:
    blocker = item("b", due_on=date(2026, 12, 15), assignee_id="jira:user:a")
    land, known = pair(blocker, item("w", due_on=date(2026, 12, 1)))
    ada = Teammate(key="ada", name="Ada", accounts=("jira:user:a",))
    land = land.model_copy(update={"teammates": (ada,)})
    for people, owner in (("off", "Beta"), ("aggregate", "Beta"), ("named", "Ada")):
        seen = land.model_copy(update={"policies": {"default": Policy(name="default", people=people)}})
        assert found(seen, known)[0].owner.label == owner
        assert "Ada" not in measure(view(seen, known, "prog")).model_dump_json()


def test_two_links_both_ways_are_one_cycle_and_the_help_is_to_cut_one() -> None:
    one, two = item("one", due_on=date(2027, 1, 1)), item("two", due_on=date(2027, 1, 1))
    land = landscape(*NODES, links=(blocks(one, two), blocks(two, one), blocks(one, one)))
    known = {"alpha": records("alpha", one), "beta": records("beta", two)}
    finding = measure(view(land, known, "prog"))
    assert finding.values["in_cycles"].value == 2
    assert finding.improvement is not None
    assert finding.improvement.code == "dependencies_cycle"
    assert {option.kind for conflict in found(land, known) for option in conflict.options} == {"cut_link"}


def test_the_same_link_told_by_both_tools_counts_once() -> None:
    blocker, waits = item("b", due_on=date(2026, 12, 15)), item("w", due_on=date(2026, 12, 1))
    link = blocks(blocker, waits)
    land = landscape(*NODES, links=(link, link.model_copy(update={"id": "asana:x", "connection": "asana"})))
    known = {"alpha": records("alpha", waits), "beta": records("beta", blocker)}
    assert measure(view(land, known, "prog")).values["links"].value == 1


def test_a_start_after_its_end_is_no_start_and_no_date_at_all_is_unknown() -> None:
    blocker = item("b", due_on=date(2026, 12, 15))
    absurd = item("w", start_on=date(2028, 1, 1), due_on=date(2026, 12, 1))
    assert found(*pair(blocker, absurd))[0].late_days == 14
    nodes = (project("alpha", target_on=None), project("beta", target_on=None))
    bare, other = item("b"), item("w")
    land = landscape(*nodes, links=(blocks(bare, other),))
    (conflict,) = found(land, {"alpha": records("alpha", other), "beta": records("beta", bare)})
    assert (conflict.kind, conflict.late_days) == (ConflictKind.UNDATED, None)
    assert conflict.options[0].kind == "set_dates"


def test_the_help_names_the_predecessor_whose_conflicts_cost_most() -> None:
    busy, idle = item("busy", due_on=date(2026, 12, 20)), item("idle", due_on=date(2026, 12, 20))
    waits = [item(f"w{n}", due_on=date(2026, 12, 1)) for n in range(3)]
    links = (blocks(busy, waits[0]), blocks(busy, waits[1]), blocks(idle, waits[2]))
    land = landscape(*NODES, links=links)
    finding = measure(view(land, {"alpha": records("alpha", *waits), "beta": records("beta", busy, idle)}, "prog"))
    assert finding.improvement is not None
    assert finding.improvement.items[0] == "jira:item:busy"
    assert finding.improvement.points == pytest.approx(2 / 3 * (100 - (finding.score or 0)))
