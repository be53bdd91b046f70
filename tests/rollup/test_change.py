"""What moved a score: the parts sum to the movement, whatever happened between two moments."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.health import Calibration, ForecastRecord
from model.landscape import ItemHistory, Landscape, PlannedTime, ProjectRecords, Teammate, Untold
from model.money import Money, Rate
from model.policy import Policy
from model.tree import Budget, Node, Parent, Tree
from model.work import Benefit, Change, ChangeField, ItemType, Risk, RiskResponse, StatusCategory, WorkItem
from rollup.change import Cause, Explained, Side, explain_change
from rollup.change.causes import OF_CHANGE, OF_ITEM, OF_LANDSCAPE, OF_RECORDS
from rollup.change.shapley import shapley
from rollup.engine import roll_up
from tests.rollup.build import NOW, blocks, counter, day, item, landscape, project, records, steady
from tests.rollup.worlds import MANY

SOME = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
Known = Mapping[str, ProjectRecords]


def side(ago: float, land: Landscape, known: Known, by_old_tree: Known | None = None) -> Side:
    """One moment; ``by_old_tree``: the records by the sources that the tree had then."""

    def of(key: str, old: bool) -> ProjectRecords:
        source = by_old_tree if old and by_old_tree is not None else known
        return source.get(key, ProjectRecords(node=key))

    return Side(day(ago), land, of)


def score_at(one: Side, node: str, *, old: bool) -> float | None:
    """The score by the roll-up itself: what the parts have to add up to."""
    keys = [each.id for each in one.landscape.tree.projects()]
    known = {key: one.records(key, old) for key in keys}
    result = roll_up(one.landscape, counter(one.landscape, known), as_of=one.at, known_at=one.at)
    return next((each.score for each in result.nodes if each.id == node), None)


KINDS = (
    "made", "work", "dates", "points", "people", "gone", "policy", "teammate", "tree", "late", "links", "untold", "money",
    "plans", "refuted",
)  # fmt: skip
_FEW = Calibration(value=0.2, n=64)
REFUTED = ForecastRecord(coverage_p50=_FEW, coverage_p85=_FEW, refuted=True)
LONG_AGO = 35
"""Days; further back than any first moment. What does not happen between the moments happened before this."""


def some_kinds(rnd: random.Random) -> frozenset[str]:
    """What happens between the moments: mostly one to four kinds of things, as each cause more doubles what is computed."""
    return frozenset(KINDS if rnd.random() < 0.02 else rnd.sample(KINDS, rnd.choice([1, 2, 2, 3, 3, 4])))


def some_items(rnd: random.Random, name: str, kinds: frozenset[str]) -> list[ItemHistory]:
    """Items of any kind and life; what happened to them in the last month is of these kinds."""
    return [some_item(rnd, name, number, kinds) for number in range(rnd.randint(1, 5))] + some_past(rnd, name, kinds)


def some_item(rnd: random.Random, name: str, number: int, kinds: frozenset[str]) -> ItemHistory:
    created = rnd.randint(1, 30) if "made" in kinds and rnd.random() < 0.4 else rnd.randint(40, 200)

    def when(kind: str, before: int = created) -> int:
        return rnd.randint(min(before, 0 if kind in kinds else LONG_AGO), before)

    started = rnd.choice([None, when("work")])
    done = rnd.choice([None, when("work", created if started is None else started)])
    due = rnd.choice([None, NOW.date() + timedelta(days=rnd.randint(-60, 90))])
    extra: list[tuple[ChangeField, str | None, str | None, float]] = []
    if due and rnd.random() < 0.5:
        extra.append((ChangeField.DUE_ON, date(2026, 10, 1).isoformat(), due.isoformat(), when("dates")))
    if rnd.random() < 0.4:
        extra.append((ChangeField.STORY_POINTS, "2.0", "5.0", when("points")))
    if rnd.random() < 0.4:
        extra.append((ChangeField.ASSIGNEE, "jira:user:b", "jira:user:a", when("people")))
    one = item(
        f"{name}-{number}",
        created=created,
        started=started,
        done=done,
        booked=rnd.choice([0, 0, 3, 20]),
        extra=extra,
        type=rnd.choice([ItemType.STORY, ItemType.STORY, ItemType.TASK, ItemType.DEFECT, ItemType.RISK]),
        assignee_id=rnd.choice([None, "jira:user:a", "jira:user:a", "jira:user:b"]),
        due_on=due,
        story_points=rnd.choice([None, 5.0, 5.0]),
        estimate_hours=rnd.choice([None, 4.0, 16.0]),
        parent_id=rnd.choice([None, None, f"jira:item:{name}-0"]) if number else None,
    )
    gone = day(when("gone", 40)) if rnd.random() < 0.1 else None
    return with_untold(rnd, one, kinds).model_copy(update={"deleted_at": gone})


def some_past(rnd: random.Random, name: str, kinds: frozenset[str]) -> list[ItemHistory]:
    """Now and then a steady quarter of a year, up to now where work went on."""
    since = 0 if "work" in kinds else LONG_AGO
    return [
        item(
            f"{name}-w{week}", created=7 * week + 30 + since, started=7 * week + 5 + since, done=7 * week + 1 + since,
            story_points=2.0,
        )
        for week in range(13 if rnd.random() < 0.5 else 0)
    ]  # fmt: skip


def with_untold(rnd: random.Random, one: ItemHistory, kinds: frozenset[str]) -> ItemHistory:
    """The item with what no tool tells the history of, and versions of it that were seen before."""
    if rnd.random() < 0.5:
        return one

    def version(ago: float) -> Untold:
        response = rnd.choice([None, RiskResponse.ACCEPT])
        benefit = Benefit(measure="m", baseline=0.0, target=10.0, actual=rnd.choice([1.0, 5.0]))
        return Untold(from_at=day(ago), spent_hours=rnd.choice([None, 5.0, 9.0]), response=response, benefit=benefit)

    last = version(rnd.choice([1, 10, 40]) if "untold" in kinds else 40)
    earlier = (60, 20 if "untold" in kinds else 50)
    versions = tuple(version(ago) for ago in earlier if rnd.random() < 0.5 and day(ago) < last.from_at)
    values = {
        "spent_hours": last.spent_hours, "benefit": last.benefit, "risk": Risk(response=last.response),
        "updated_at": max(last.from_at, one.item.updated_at),
    }  # fmt: skip
    return one.model_copy(update={"item": one.item.model_copy(update=values), "untold": versions})


def as_known_earlier(rnd: random.Random, known: Known, ago: float) -> dict[str, ProjectRecords]:
    """What a store that was read at an earlier moment could have held: nothing of what came later, some of it missing."""
    found = {}
    for key, entry in known.items():
        items = []
        for one in entry.items:
            if one.item.created_at > day(ago) or rnd.random() < 0.05:
                continue
            items.append(one if rnd.random() < 0.9 else one.model_copy(update={"changes": one.changes[1:]}))
        found[key] = entry.model_copy(update={"items": tuple(items)})
    return found


def two_sides(seed: int) -> tuple[Side, Side]:
    """Two moments of an organisation in which anything may have changed."""
    rnd = random.Random(seed)
    ago = rnd.choice([3, 14, 30])
    kinds = some_kinds(rnd)
    keys = [f"p{number}" for number in range(rnd.randint(1, 2))]
    known = {key: records(key, *some_items(rnd, key, kinds)) for key in keys}
    every = [one for entry in known.values() for one in entry.items]
    links = [
        blocks(*rnd.sample(every, 2)).model_copy(
            update={"from_at": rnd.choice([None, day(rnd.randint(0 if "links" in kinds else LONG_AGO, 60))]), "id": f"link{n}"}
        )
        for n in range(rnd.randint(0, 3) if len(every) > 1 else 0)
    ]
    budgets = (None, Budget(amount=4_000.0, currency="EUR"), Budget(amount=4_000.0, currency="USD"))
    nodes = [
        project(key, target_on=rnd.choice([None, date(2027, 1, 31), date(2027, 1, 31)]), budget=rnd.choice(budgets))
        for key in keys
    ]
    rates = Money(rates=(Rate(hourly=100.0, currency="EUR"),), exchange={"USD": 0.5})
    zone = rnd.choice(["UTC", "America/Los_Angeles", "Asia/Tokyo"])
    now = landscape(
        *nodes, links=tuple(links), policies={"default": Policy(name="default", margin=0.0)}, money=rates, timezone=zone,
        forecast_record=rnd.choice([None, REFUTED]), **some_reserved(rnd, keys),
    )  # fmt: skip
    then = now.model_copy(update={"money": Money()}) if "money" in kinds else now
    if "plans" in kinds:
        then = then.model_copy(update=some_reserved(rnd, keys))
    if "refuted" in kinds:
        then = then.model_copy(update={"forecast_record": rnd.choice([None, REFUTED])})
    if "policy" in kinds:
        weights = {"schedule": 1.0, "risk": 2.0, "scope": 1.0, "cost": 1.0, "benefits": 1.0}
        other = Policy(name="default", margin=0.0, weights=weights, curves={"risk.answers.weight": 10.0})
        then = then.model_copy(update={"policies": {"default": other}})
    if "teammate" in kinds:
        mate = Teammate(key="a", name="A", accounts=("jira:user:a",), hours_per_week=10)
        then = then.model_copy(update={"teammates": (mate,)})
    if "tree" in kinds:
        then = then.model_copy(update={"tree": other_tree(rnd, then.tree)})
    before = as_known_earlier(rnd, known, ago) if "late" in kinds else known
    return side(ago, then, before), side(0, now, known)


def some_reserved(rnd: random.Random, keys: list[str]) -> dict[str, Any]:
    """Time reserved in projects, also of people who hold nothing there."""
    plans = tuple(
        PlannedTime(
            id=f"plan{number}", account=rnd.choice(["jira:user:a", "jira:user:b"]), nodes=(rnd.choice(keys),),
            hours=rnd.choice([8, 60]), percent=None, start_on=None, end_on=rnd.choice([None, date(2027, 1, 31)]),
        )
        for number in range(rnd.choice([0, 0, 1, 2]))
    )  # fmt: skip
    return {"planned": plans, "planned_ever": {key: tuple(one.account for one in plans if key in one.nodes) for key in keys}}


def other_tree(rnd: random.Random, tree: Tree) -> Tree:
    """The tree as it may have been: another date, another share, a project less or more."""
    nodes: list[Node] = []
    for node in tree.nodes:
        if node.parents and node.id.startswith("p") and node.id != "prog":
            if rnd.random() < 0.3:
                continue
            node = node.model_copy(update={"target_on": rnd.choice([None, date(2026, 12, 24), node.target_on])})
            node = node.model_copy(update={"parents": (Parent(id="prog", share=rnd.choice([1.0, 0.5])),)})
        nodes.append(node)
    return Tree(nodes=tuple(nodes))


@MANY
@given(st.integers(0, 10**9), st.sampled_from(("p0", "prog", "port")))
def test_7_the_parts_sum_to_the_movement(seed: int, node: str) -> None:
    then, now = two_sides(seed)
    told = explain_change(then, now, node)
    assert told.score_then == pytest.approx(score_at(then, node, old=True), abs=1e-9)
    assert told.score_now == pytest.approx(score_at(now, node, old=False), abs=1e-9)
    if told.moved is None:
        assert told.refused
        assert not told.parts
    else:
        assert sum(part.points for part in told.parts) == pytest.approx(told.moved, abs=1e-9)
        assert sum(one.points for one in told.causes) == pytest.approx(told.moved, abs=1e-9)


@MANY
@given(st.lists(st.floats(-100, 100), min_size=8, max_size=8), st.lists(st.floats(-100, 100), min_size=8, max_size=8))
def test_7_shapley_values_are_efficient_linear_and_give_nothing_to_who_never_matters(
    one: list[float], other: list[float]
) -> None:
    assert sum(shapley(one)) == pytest.approx(one[7] - one[0], abs=1e-9)
    both = shapley([a + b for a, b in zip(one, other, strict=True)])
    assert both == pytest.approx([a + b for a, b in zip(shapley(one), shapley(other), strict=True)], abs=1e-9)
    without = [one[mask & 0b011] for mask in range(8)]
    assert shapley(without)[2] == 0.0
    assert shapley(without)[:2] == pytest.approx(shapley(one[:4]), abs=1e-9)


@MANY
@given(st.lists(st.floats(-100, 100), min_size=6, max_size=6))
def test_7_players_that_do_the_same_get_the_same(worth: list[float]) -> None:
    """The worth depends on how many of the first two are there, not on which."""
    value = [worth[(mask & 1) + (mask >> 1 & 1) + 3 * (mask >> 2)] for mask in range(8)]
    first, second, _ = shapley(value)
    assert first == pytest.approx(second, abs=1e-9)


@SOME
@given(st.integers(0, 10**9))
def test_7_a_cause_that_changed_nothing_is_not_named_and_nothing_moves_on_a_standing_clock(seed: int) -> None:
    _, now = two_sides(seed)
    told = explain_change(now, now, "port")
    assert all(one.points == 0 for one in told.causes)
    assert {one.cause for one in told.causes} <= {Cause.TIME}


def moved(told: Explained) -> dict[Cause, float]:
    return {one.cause: one.points for one in told.causes}


Edit = Callable[[ItemHistory], ItemHistory]


def _told(edit: Edit | None = None, *, then: Landscape | None = None, since: Known | None = None) -> Explained:
    """A steady project over one week, in which at most one thing happened."""
    land = landscape(project())
    items = steady(open_items=8, due_on=date(2026, 12, 20), estimate_hours=8.0)
    known = {"alpha": records("alpha", *([*items[:-1], edit(items[-1])] if edit else items))}
    return explain_change(side(7, then or land, since or known), side(0, land, known), "alpha")


def _due(one: ItemHistory) -> ItemHistory:
    return _changed(one, ChangeField.DUE_ON, "2026-12-20", "2026-11-01", {"due_on": date(2026, 11, 1)})


def _changed(
    one: ItemHistory, field: ChangeField, old: str | None, new: str | None, values: dict[str, object]
) -> ItemHistory:
    told = Change(
        id=f"{one.item.id}|told", connection="jira", item_id=one.item.id, field=field, old=old, new=new, at=day(3)
    )
    after = one.item.model_copy(update={**values, "updated_at": day(3)})
    return one.model_copy(update={"item": after, "changes": (*one.changes, told)})


EDITS: dict[Cause, Edit] = {
    Cause.DATES: _due,
    Cause.PEOPLE: lambda one: _changed(
        one, ChangeField.ASSIGNEE, "jira:user:b", "jira:user:a", {"assignee_id": "jira:user:a"}
    ),
    Cause.SCOPE: lambda one: _changed(one, ChangeField.STORY_POINTS, "3.0", "90.0", {"story_points": 90.0}),
    Cause.WORK: lambda one: _changed(
        one, ChangeField.STATUS, "todo", "done", {"status": StatusCategory.DONE, "done_at": day(3)}
    ),
}


@pytest.mark.parametrize("cause", EDITS)
def test_what_happened_is_named_as_its_cause_with_its_item(cause: Cause) -> None:
    quiet, told = _told(), _told(EDITS[cause])
    assert cause in moved(told)
    assert set(moved(told)) - set(moved(quiet)) <= {cause, Cause.DATA}
    parts = [part for part in told.parts if part.cause is cause]
    assert parts
    assert all("jira:item:s-o7" in part.items for part in parts)


def test_a_changed_weight_is_the_rule_and_nothing_else() -> None:
    old = landscape(project(), policies={"default": Policy(name="default", weights={"schedule": 1.0, "scope": 9.0})})
    told, quiet = _told(then=old), _told()
    assert set(moved(told)) - set(moved(quiet)) == {Cause.RULE}


def test_history_that_arrived_late_is_a_correction() -> None:
    land = landscape(project())
    items = steady(open_items=8, due_on=date(2026, 11, 30))
    late = items[0].model_copy(update={"changes": ()})
    before = {"alpha": records("alpha", late, *items[5:])}
    told = explain_change(side(7, land, before), side(0, land, {"alpha": records("alpha", *items)}), "alpha")
    assert moved(told)[Cause.CORRECTION] != 0


def test_a_project_that_joined_is_membership() -> None:
    items = {key: records(key, *steady(key, open_items=number)) for key, number in (("alpha", 4), ("beta", 60))}
    then, now = landscape(project()), landscape(project(), project("beta"))
    told = explain_change(side(1, then, items), side(0, now, items), "port")
    assert moved(told)[Cause.MEMBERSHIP] < 0
    assert any(part.node == "beta" for part in told.parts if part.cause is Cause.MEMBERSHIP)
    gone = explain_change(side(1, then, items), side(0, now, items), "beta")
    assert gone.refused
    assert gone.moved is None


@pytest.mark.parametrize("ago", [1, 7])
def test_a_program_whose_last_project_was_closed_moves_to_its_benefits(ago: float) -> None:
    promised = {"measure": "EUR", "baseline": 10, "target": 20}
    gain = item("gain", type=ItemType.BENEFIT, due_on=date(2026, 10, 1), benefit={**promised, "actual": 16})
    known = {"alpha": records("alpha", *steady(), gain)}
    then, now = side(ago, landscape(project()), known), side(0, landscape(project(state="closed")), known)
    told = explain_change(then, now, "prog")
    assert told.score_then == pytest.approx(score_at(then, "prog", old=True), abs=1e-9)
    assert told.score_now == pytest.approx(score_at(now, "prog", old=False), abs=1e-9)
    assert told.moved is not None
    assert sum(part.points for part in told.parts) == pytest.approx(told.moved, abs=1e-9)


def test_a_source_that_was_added_is_membership() -> None:
    source = {"connection": "jira", "kind": "project"}
    then = landscape(project(sources=({**source, "value": "A"},)))
    now = landscape(project(sources=({**source, "value": "A"}, {**source, "value": "B"})))
    first, more = steady(open_items=4), steady("more", open_items=50)
    old, new = ({"alpha": records("alpha", *items)} for items in (first, [*first, *more]))
    told = explain_change(side(1, then, new, old), side(0, now, new, old), "alpha")
    assert set(moved(told)) <= {Cause.MEMBERSHIP, Cause.TIME, Cause.DATA}
    assert moved(told)[Cause.MEMBERSHIP] != 0


def test_every_field_belongs_to_a_cause() -> None:
    """A field added to these records is to be given to the cause whose input it is, or to be named as of no account."""
    assert set(OF_LANDSCAPE) | {"tree", "links"} == set(Landscape.model_fields)
    assert set(OF_RECORDS) | {"node", "items"} == set(ProjectRecords.model_fields)
    assert set(OF_CHANGE) == set(ChangeField)
    no_account = {"id", "connection", "vendor_id", "key", "url", "title", "original_type", "original_status", "status_id",
                  "reporter_id", "created_at", "updated_at", "labels", "facets", "restricted", "origin"}  # fmt: skip
    assert set(OF_ITEM) | no_account == set(WorkItem.model_fields)


def test_shares_of_people_outside_are_looked_at_only_where_they_matter() -> None:
    """A project that shares nobody has no part in another's movement, and is not read for it."""
    land = landscape(project(), project("beta", ("prog",)))
    known = {
        "alpha": records("alpha", *steady(open_items=4)),
        "beta": records("beta", *steady("b", open_items=4, assignee_id="jira:user:z")),
    }
    then, now = side(7, land, known), side(0, land, known)
    told = explain_change(then, now, "alpha")
    assert {part.node for part in told.parts} <= {"alpha"}
    assert told == explain_change(then, replace(now), "alpha")


def test_who_has_time_reserved_for_a_project_brings_along_what_else_they_hold() -> None:
    """Over-booked in beta, without an item in alpha: their load is part of alpha's score, and of its movement."""
    mine = steady("a", open_items=6, assignee_id="jira:user:a", estimate_hours=1.0, due_on=date(2026, 12, 20))
    theirs = steady("b", open_items=40, assignee_id="jira:user:b", estimate_hours=20.0, due_on=date(2026, 12, 1))
    plan = PlannedTime(
        id="plan", account="jira:user:b", nodes=("alpha",), hours=8, percent=None, start_on=None, end_on=date(2027, 1, 31)
    )
    land = landscape(
        project(), project("beta"), planned=(plan,), planned_ever={"alpha": ("jira:user:b",), "beta": ()}
    )
    known = {"alpha": records("alpha", *mine), "beta": records("beta", *theirs)}
    then, now = side(7, land, known), side(0, land, known)
    told = explain_change(then, now, "alpha")
    assert told.score_then == pytest.approx(score_at(then, "alpha", old=True), abs=1e-9)
    assert told.score_now == pytest.approx(score_at(now, "alpha", old=False), abs=1e-9)
