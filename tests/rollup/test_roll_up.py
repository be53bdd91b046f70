"""How children add up: shares, weights, coverage, caps and overrides, and trees with nothing in them."""

from datetime import date, timedelta

import pytest

from model.health import Band, NodeScore, Outcome, Override
from model.landscape import Landscape, ProjectRecords
from model.policy import Policy
from model.tree import Budget, Node, NodeKind, Parent, Tree
from model.work import ItemType
from rollup.engine import roll_up
from rollup.recall import Recall
from rollup.weights import child_weights
from rollup.world import World
from tests.rollup.build import NOW, counter, item, landscape, project, records, steady

Known = dict[str, ProjectRecords]


def _scores(land: Landscape, known: Known) -> dict[str, NodeScore]:
    return {node.id: node for node in roll_up(land, counter(land, known), as_of=NOW, known_at=NOW).nodes}


def _weights(land: Landscape, known: Known, node: str) -> tuple[str, dict[str, float]]:
    found = child_weights(World(land, counter(land, known), NOW), node)
    return found.basis, {key: round(value, 6) for key, value in found.of.items()}


def _schedule(score: NodeScore) -> float | None:
    return next(one.finding.score for one in score.dimensions if one.finding.dimension == "schedule")


def _measured(score: NodeScore) -> dict[str, float]:
    findings = [one.finding for one in score.dimensions if one.finding.outcome is Outcome.MEASURED]
    return {one.dimension: round(one.score or 0.0, 6) for one in findings}


ENDED = project(state="closed")
GAIN = item("gain", type=ItemType.BENEFIT, due_on=date(2026, 10, 1), assignee_id="jira:user:a",
            benefit={"measure": "EUR", "baseline": 10, "target": 20, "actual": 16})  # fmt: skip


def _shared(key: str, **fields: object) -> Node:
    """A project of which 0.75 count under one program and 0.25 under the other."""
    parents = (Parent(id="one", share=0.75), Parent(id="two", share=0.25))
    return project(key, (), **fields).model_copy(update={"parents": parents})


def test_an_empty_tree_has_no_scores() -> None:
    land = Landscape(tree=Tree(nodes=()), policies={"default": Policy(name="default")})
    assert roll_up(land, counter(land, {}), as_of=NOW, known_at=NOW).nodes == ()


def test_a_portfolio_with_nothing_below_has_no_data() -> None:
    assert {node.band for node in _scores(landscape(), {}).values()} == {Band.NO_DATA}


def test_a_program_without_projects_hides_no_other() -> None:
    land = landscape(project(parents=("full",)), programs=("full", "empty"))
    found = _scores(land, {"alpha": records("alpha", *steady())})
    assert found["empty"].band is Band.NO_DATA
    assert _schedule(found["port"]) == _schedule(found["full"])
    assert found["port"].coverage < found["full"].coverage


def test_benefits_are_measured_after_the_last_project_is_closed_and_nothing_else_is() -> None:
    known = {"alpha": records("alpha", *steady(), GAIN), "beta": records("beta", *steady("b"))}
    land = landscape(ENDED, project("beta", ("other",)), programs=("prog", "other"))
    found = _scores(land, known)
    measured = {key: _measured(found[key]) for key in ("prog", "other", "port")}
    assert measured["prog"] == {"benefits": 70.0}
    assert "benefits" not in measured["other"]
    assert measured["port"]["benefits"] == 70.0
    assert found["prog"].score == 70.0
    assert found["prog"].band is Band.NO_DATA
    others = [one.finding for one in found["prog"].dimensions if one.finding.dimension != "benefits"]
    assert {one.reason_code for one in others} == {"no_active_project"}


def test_a_portfolio_of_closed_projects_alone_shows_their_benefits() -> None:
    found = _scores(landscape(ENDED), {"alpha": records("alpha", GAIN)})
    assert _measured(found["port"]) == {"benefits": 70.0}


def test_what_is_left_of_a_program_is_measured_alike_when_only_that_is_scored_anew() -> None:
    """Also where what was counted before is remembered."""
    land, known = landscape(ENDED), {"alpha": records("alpha", GAIN)}
    recall = Recall()
    first = roll_up(land, counter(land, known), as_of=NOW, known_at=NOW, recall=recall)
    previous = {one.id: one for one in first.nodes}
    again = roll_up(
        land, counter(land, known), as_of=NOW, known_at=NOW, previous=previous, only={"prog", "port"}, recall=recall
    )
    assert again.nodes == first.nodes


def test_a_shared_budget_weighs_by_its_shares_and_never_twice() -> None:
    land = landscape(
        _shared("alpha", budget=Budget(hours=100)),
        project("beta", ("two",), budget=Budget(hours=100)),
        programs=("one", "two"),
    )
    assert _weights(land, {}, "port") == ("budget", {"one": 0.375, "two": 0.625})


def test_shared_work_weighs_by_its_shares_and_never_twice() -> None:
    known = {
        "alpha": records("alpha", item("1", story_points=4.0)),
        "beta": records("beta", item("2", story_points=4.0)),
    }
    land = landscape(_shared("alpha"), project("beta", ("two",)), programs=("one", "two"))
    assert _weights(land, known, "port") == ("planned work", {"one": 0.375, "two": 0.625})


def test_a_share_that_counts_nowhere_else_weighs_as_little_as_it_is() -> None:
    half = project("alpha", ()).model_copy(update={"parents": (Parent(id="prog", share=0.5),)})
    known = {key: records(key, item(key, story_points=4.0)) for key in ("alpha", "beta")}
    assert _weights(landscape(half, project("beta")), known, "prog")[1] == {"alpha": 0.333333, "beta": 0.666667}


def test_coverage_is_the_share_of_the_weight_that_was_measured() -> None:
    land = landscape(project("alpha", weight=3.0), project("beta", weight=1.0))
    found = _scores(land, {"alpha": records("alpha", *steady())})
    schedule = next(one for one in found["prog"].dimensions if one.finding.dimension == "schedule")
    assert schedule.measured_share == pytest.approx(0.75)
    assert _schedule(found["prog"]) == _schedule(found["alpha"])


def _troubled() -> tuple[Landscape, Known]:
    late = [item(f"l{n}", created=120, due_on=NOW.date() - timedelta(days=40), story_points=3.0) for n in range(30)]
    policy = Policy(name="default", weights={"schedule": 1.0}, critical={}, margin=0.0)
    land = landscape(project("bad", weight=1.0), project("good", weight=3.0), policies={"default": policy})
    good = [item(f"g{n}", created=200, started=100 - n, done=98 - n, story_points=3.0) for n in range(97)]
    return land, {"bad": records("bad", *late, *steady("b", open_items=0)), "good": records("good", *good)}


def test_a_quarter_of_the_weight_off_track_caps_the_parent_whatever_its_mean() -> None:
    land, known = _troubled()
    found = _scores(land, known)
    assert (found["bad"].band, found["good"].band) == (Band.OFF_TRACK, Band.ON_TRACK)
    assert found["prog"].score is not None
    assert found["prog"].band is not Band.ON_TRACK


def test_an_override_of_a_child_does_not_lift_the_cap_of_its_parent() -> None:
    land, known = _troubled()
    said = Override(node="bad", band=Band.ON_TRACK, reason="trust me", by="ada", at=NOW, until=NOW.date())
    found = _scores(land.model_copy(update={"overrides": (said,)}), known)
    assert (found["bad"].band, found["bad"].computed_band) == (Band.ON_TRACK, Band.OFF_TRACK)
    assert found["prog"].band == _scores(land, known)["prog"].band


def test_a_deep_share_is_the_product_of_the_shares_on_its_way() -> None:
    nodes = (
        Node(id="port", kind=NodeKind.PORTFOLIO, name="Port"),
        Node(id="other", kind=NodeKind.PORTFOLIO, name="Other"),
        Node(
            id="one", kind=NodeKind.PROGRAM, name="One",
            parents=(Parent(id="port", share=0.5), Parent(id="other", share=0.5)),
        ),
        Node(id="two", kind=NodeKind.PROGRAM, name="Two", parents=(Parent(id="port"),)),
        project("alpha", ("one",), budget=Budget(hours=100)),
        project("beta", ("two",), budget=Budget(hours=100)),
    )  # fmt: skip
    land = Landscape(tree=Tree(nodes=nodes), policies={"default": Policy(name="default")})
    assert _weights(land, {}, "port") == ("budget", {"one": 0.333333, "two": 0.666667})
