"""The invariants with what projects share beside links: calendars, allocations, goals, closed projects, risks, benefits."""

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.health import Outcome, RollupResult
from model.landscape import Absence, Landscape, PlannedTime, ProjectRecords, Teammate
from model.tree import GoalRef, ProjectState, Tree
from model.work import Goal, GoalSupport, ItemType
from rollup.engine import affected, roll_up
from rollup.registers import registers, view_of
from rollup.world import World
from tests.rollup.build import NOW, counter, item
from tests.rollup.test_invariants import build_world, some_items

SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
Made = tuple[Landscape, dict[str, ProjectRecords]]
PEOPLE = ("jira:user:a", "jira:user:b", "jira:user:c")


def enriched(seed: int) -> Made:
    """A generated world with people, plans and goals of every kind of oddity."""
    land, known = build_world(seed)
    rnd = random.Random(seed)
    projects = [node.id for node in land.tree.projects()]
    mates = tuple(
        Teammate(
            key=f"m{number}",
            name=f"Person {number}",
            accounts=(account,),
            country=rnd.choice([None, "DE", "DE-BY", "US"]),
            hours_per_week=rnd.choice([8, 40]),
            absences=rnd.choice([(), (Absence(start_on=NOW.date(), end_on=NOW.date() + timedelta(days=60)),)]),
        )
        for number, account in enumerate(PEOPLE[:2])
    )
    planned = tuple(
        PlannedTime(
            id=f"p{number}",
            account=rnd.choice(PEOPLE),
            nodes=tuple(rnd.sample(projects, rnd.randint(0, 1))),
            hours=rnd.choice([None, 0, -5, 30]),
            percent=rnd.choice([None, 0, 80, 400]),
            start_on=rnd.choice([None, NOW.date() + timedelta(days=30)]),
            end_on=rnd.choice([None, NOW.date() + timedelta(days=10)]),
        )
        for number in range(rnd.randint(0, 4))
    )
    ids = [history.item.id for entry in known.values() for history in entry.items] or ["jira:item:none"]
    goals = tuple(
        Goal(
            id=f"asana:goal:{number}",
            connection="asana",
            name=f"Goal {number}",
            initial=rnd.choice([None, 0]),
            current=rnd.choice([None, -4, 5, 1e9]),
            target=rnd.choice([None, 0, 10]),
            due_on=rnd.choice([None, NOW.date()]),
            supported_by=tuple(
                GoalSupport(subject_id=rnd.choice([*ids, f"asana:goal:{rnd.randint(0, 3)}"]), weight=rnd.choice([0, 1]))
                for _ in range(rnd.randint(0, 3))
            ),
        )
        for number in range(4)
    )
    states = [ProjectState.ACTIVE, ProjectState.ACTIVE, ProjectState.CLOSED]
    nodes = tuple(
        node.model_copy(
            update={
                "goals": rnd.choice([(), (GoalRef(connection="asana", goal=str(rnd.randint(0, 4))),)]),
                "state": rnd.choice(states) if node.id in projects else node.state,
            }
        )
        for node in land.tree.nodes
    )
    ever = {node: tuple(sorted({p.account for p in planned if node in p.nodes})) for node in projects}
    shared = {"teammates": mates, "planned": planned, "planned_ever": ever, "goals": goals}
    for key, entry in known.items():
        extra = [
            item(f"{key}-risk", type=ItemType.RISK, risk={"probability": 1.0, "impact": rnd.choice([0, 3, 900])}),
            item(f"{key}-gain", type=ItemType.BENEFIT, benefit={"baseline": 1, "target": 1, "actual": 7}),
        ]
        known[key] = entry.model_copy(update={"items": (*entry.items, *extra)})
    tree = Tree(nodes=nodes)
    return land.model_copy(update={"tree": tree, **shared}), known


worlds = st.integers(0, 10**9).map(enriched)


def roll(made: Made, **options: object) -> RollupResult:
    land, known = made
    return roll_up(land, counter(land, known), as_of=NOW, known_at=NOW, **options)  # type: ignore[arg-type]


@SOME
@given(worlds)
def test_nothing_fails_and_the_receipt_sums_to_the_points_lost(made: Made) -> None:
    for node in roll(made).nodes:
        assert all(entry.finding.outcome is not Outcome.FAILED for entry in node.dimensions)
        if node.score is not None:
            assert sum(lost.points for lost in node.lost) == pytest.approx(100 - node.score, abs=1e-9)


@SOME
@given(worlds, st.randoms(use_true_random=False))
def test_the_order_of_what_is_shared_changes_nothing(made: Made, rnd: random.Random) -> None:
    land, known = made
    mixed = {name: list(getattr(land, name)) for name in ("teammates", "planned", "goals")}
    for entries in mixed.values():
        rnd.shuffle(entries)
    other = land.model_copy(update={name: tuple(entries) for name, entries in mixed.items()})
    assert roll((other, known)) == roll(made)


@SOME
@given(worlds, st.randoms(use_true_random=False))
def test_incremental_gives_what_a_full_roll_up_gives(made: Made, rnd: random.Random) -> None:
    """Also where only reserved time joins two projects, and where the changed project is closed."""
    land, known = made
    key = rnd.choice(sorted(known))
    changed = {**known, key: known[key].model_copy(update={"items": (*known[key].items, *some_items(rnd, "new", 5))})}
    facts_at = counter(land, changed)
    previous = {node.id: node for node in roll(made).nodes}
    touched = affected(land, [key], facts_at, NOW)
    partial = roll_up(land, facts_at, as_of=NOW, known_at=NOW, only=touched, previous=previous)
    assert partial == roll((land, changed))


@SOME
@given(worlds)
def test_every_register_can_be_read_and_no_finding_names_a_person(made: Made) -> None:
    land, known = made
    named = {"default": land.policies["default"].model_copy(update={"people": "named"})}
    land = land.model_copy(update={"policies": named})
    world = World(land, counter(land, known), NOW)
    for node in land.tree.nodes:
        kept = registers(view_of(world, node.id), names=True)
        assert {risk.id for risk in kept.risks} <= {history.item.id for e in known.values() for history in e.items}
        hidden = registers(view_of(world, node.id))
        assert hidden.people == ()
        assert "Person " not in hidden.model_dump_json()
    assert "Person " not in roll((land, known)).model_dump_json()
