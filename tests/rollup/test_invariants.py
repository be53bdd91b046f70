"""What must always hold of a roll-up: health.md section 4, over generated projects."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.health import Band, Finding, Outcome, RollupResult
from model.landscape import ItemHistory, Landscape, ProjectRecords
from model.money import Money, Rate
from model.policy import Policy
from model.tree import Budget, Node, Parent
from model.work import Change, ChangeField, ItemType, Link, StatusCategory
from rollup.engine import affected, roll_up
from rollup.facts import count_facts
from tests.rollup.build import FIELDS, NOW, agreed, blank, blocks, counter, day, item, landscape, project, records

MANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
FEWER = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

World = tuple[Landscape, dict[str, ProjectRecords]]


def some_items(rnd: random.Random, name: str, most: int = 14) -> list[ItemHistory]:
    """Up to ``most`` items of any kind and life, and now and then a steady past."""
    found: list[ItemHistory] = []
    for number in range(rnd.randint(0, most)):
        created = rnd.randint(1, 250)
        started = rnd.choice([None, rnd.randint(0, created)])
        done = rnd.choice([None, rnd.randint(0, started if started is not None else created)])
        kind = rnd.choice(
            [ItemType.STORY, ItemType.TASK, ItemType.DEFECT, ItemType.DEFECT, ItemType.RISK, ItemType.MILESTONE]
        )
        found.append(
            item(
                f"{name}-{number}",
                created=created,
                started=started,
                done=done,
                booked=rnd.choice([0, 0, 3, 20]),
                type=kind,
                assignee_id=rnd.choice([None, "jira:user:a", "jira:user:b"]),
                due_on=rnd.choice([None, NOW.date() + timedelta(days=rnd.randint(-60, 90))]),
                story_points=rnd.choice([None, 1.0, 3.0, 8.0]),
                estimate_hours=rnd.choice([None, 4.0, 16.0]),
                parent_id=rnd.choice([None, None, f"jira:item:{name}-0"]) if number else None,
            )
        )
    if rnd.random() < 0.5:
        for week in range(16):
            found.append(
                item(
                    f"{name}-w{week}", created=7 * week + 30, started=7 * week + 5, done=7 * week + 1, story_points=2.0
                )
            )
    return found


def build_world(seed: int) -> World:
    rnd = random.Random(seed)
    programs = ("prog", "other")
    nodes: list[Node] = []
    known: dict[str, ProjectRecords] = {}
    links: list[Link] = []
    every: list[ItemHistory] = []
    for number in range(rnd.randint(1, 4)):
        key = f"p{number}"
        parents = rnd.choice([("prog",), ("other",), ("prog", "other")])
        shares = [Parent(id=one, share=1 / len(parents)) for one in parents]
        nodes.append(
            project(
                key,
                (),
                target_on=rnd.choice([None, date(2027, 1, 31), date(2026, 11, 1)]),
                budget=rnd.choice([None, Budget(hours=200), Budget(amount=9000, currency="EUR")]),
                weight=rnd.choice([None, 1.0, 3.0]),
            ).model_copy(update={"parents": tuple(shares)})
        )
        items = some_items(rnd, key)
        if every and rnd.random() < 0.3:
            items.append(rnd.choice(every))
        every.extend(items)
        known[key] = records(key, *items)
        for of in sorted(rnd.sample(range(5, 200), rnd.choice([0, 1, 1, 2])), reverse=True):
            known[key] = agreed(known[key], nodes[-1], of=of, approved=rnd.randint(0, 5))
    for _ in range(rnd.randint(0, 4) if len(every) > 1 else 0):
        links.append(blocks(*rnd.sample(every, 2)))
    # Replaying 28 days for each of hundreds of worlds takes minutes: most worlds have no margin, so no past is asked for.
    policy = Policy(name="default", margin=rnd.choice([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0]))
    money = Money(rates=rnd.choice([(), (Rate(hourly=60, currency="EUR"),), (Rate(hourly=60, currency="USD"),)]))
    return landscape(*nodes, programs=programs, links=tuple(links), policies={"default": policy}, money=money), known


worlds = st.integers(0, 10**9).map(build_world)


def roll(world: World, **options: object) -> RollupResult:
    land, known = world
    return roll_up(land, counter(land, known), as_of=NOW, known_at=NOW, **options)  # type: ignore[arg-type]


@MANY
@given(worlds)
def test_1_the_receipt_sums_to_the_points_lost(world: World) -> None:
    for node in roll(world).nodes:
        if node.score is not None:
            assert sum(lost.points for lost in node.lost) == pytest.approx(100 - node.score, abs=1e-9)
        else:
            assert node.band is Band.NO_DATA


@FEWER
@given(worlds)
def test_2_the_same_records_give_the_same_bytes(world: World) -> None:
    assert roll(world).model_dump_json() == roll(world).model_dump_json()


@FEWER
@given(worlds, st.integers(0, 200))
def test_2_a_past_day_is_scored_from_history_alone(world: World, ago: int) -> None:
    """Forgetting all that came later leaves a past moment as it was."""
    land, known = world
    then = day(ago)
    for key, entry in known.items():
        node = land.tree.by_id()[key]
        rolled_back = count_facts(entry, node, land, then)
        kept = {leaf.id for leaf in rolled_back.leaves}
        assert kept <= {history.item.id for history in entry.items if history.item.created_at <= then}
        for leaf in rolled_back.leaves:
            assert leaf.done_at is None or leaf.done_at <= then


@MANY
@given(worlds, st.randoms(use_true_random=False))
def test_3_order_and_duplicates_change_nothing(world: World, rnd: random.Random) -> None:
    land, known = world
    mixed: dict[str, ProjectRecords] = {}
    for key, entry in known.items():
        items = [
            history.model_copy(update={"changes": tuple(rnd.sample(twice, len(twice)))})
            for history in entry.items
            if (twice := [*history.changes, *history.changes[:1]]) is not None
        ]
        items += rnd.sample(items, len(items) // 2)
        rnd.shuffle(items)
        mixed[key] = entry.model_copy(update={"items": tuple(items)})
    links = list(land.links) + list(land.links[:1])
    rnd.shuffle(links)
    other = land.model_copy(update={"links": tuple(links)})
    assert roll((other, mixed)) == roll(world)


@MANY
@given(worlds)
def test_4_totals_are_those_of_the_distinct_leaves(world: World) -> None:
    land, known = world
    node = next(node for node in roll(world).nodes if node.id == "port")
    nodes = land.tree.by_id()
    facts = [count_facts(entry, nodes[key], land, NOW) for key, entry in known.items()]
    leaves = {leaf.id: leaf for each in facts for leaf in each.leaves}
    dropped = sum(1 for leaf in leaves.values() if leaf.status is StatusCategory.DROPPED)
    assert node.totals["items"].value == len(leaves) - dropped
    assert node.totals["done"].value == sum(1 for leaf in leaves.values() if leaf.status is StatusCategory.DONE)
    assert node.totals["projects"].value == len(known)


@FEWER
@given(worlds, st.randoms(use_true_random=False))
def test_5_finishing_an_overdue_item_never_lowers_schedule(world: World, rnd: random.Random) -> None:
    land, known = world
    late = [
        (key, history)
        for key, entry in known.items()
        for history in entry.items
        if history.item.due_on is not None
        and history.item.due_on < NOW.date()
        and history.item.status in (StatusCategory.TODO, StatusCategory.IN_PROGRESS)
        and history.item.type is not ItemType.RISK
    ]
    if not late:
        return
    key, history = rnd.choice(late)
    finished = item(
        history.item.vendor_id,
        created=(NOW - history.item.created_at).days,
        started=(NOW - history.changes[0].at).days if history.changes else None,
        done=0.01,
        **{
            name: getattr(history.item, name)
            for name in ("type", "due_on", "story_points", "estimate_hours", "parent_id")
        },
    )
    items = tuple(finished if one.item.id == history.item.id else one for one in known[key].items)
    before = _finding(world, key)
    after = _finding((land, {**known, key: known[key].model_copy(update={"items": items})}), key)
    if set(before.parts) == set(after.parts) and before.score is not None and after.score is not None:
        assert after.score >= before.score - 1e-6


@FEWER
@given(worlds, st.integers(1, 90), st.randoms(use_true_random=False))
def test_5_making_an_open_item_late_never_raises_schedule(world: World, late_days: int, rnd: random.Random) -> None:
    land, known = world
    open_ = [
        (key, history)
        for key, entry in known.items()
        for history in entry.items
        if history.item.status in (StatusCategory.TODO, StatusCategory.IN_PROGRESS)
        and (history.item.due_on is None or history.item.due_on >= NOW.date())
    ]
    if not open_:
        return
    key, history = rnd.choice(open_)
    due = NOW.date() - timedelta(days=late_days)
    moved = Change(
        id=f"{history.item.id}|late",
        connection="jira",
        item_id=history.item.id,
        field=ChangeField.DUE_ON,
        old=history.item.due_on.isoformat() if history.item.due_on else None,
        new=due.isoformat(),
        at=day(0.01),
    )
    late = history.model_copy(
        update={
            "item": history.item.model_copy(update={"due_on": due, "updated_at": day(0.01)}),
            "changes": (*history.changes, moved),
        }
    )
    items = tuple(late if one.item.id == history.item.id else one for one in known[key].items)
    before = _finding(world, key)
    after = _finding((land, {**known, key: known[key].model_copy(update={"items": items})}), key)
    if set(before.parts) == set(after.parts) and before.score is not None and after.score is not None:
        assert after.score <= before.score + 1e-6


def _finding(world: World, key: str) -> Finding:
    node = next(node for node in roll(world).nodes if node.id == key)
    return next(entry.finding for entry in node.dimensions if entry.finding.dimension == "schedule")


@MANY
@given(worlds, st.sampled_from(sorted(FIELDS)), st.randoms(use_true_random=False))
def test_6_blanking_a_field_leaves_every_band(world: World, field: ChangeField, rnd: random.Random) -> None:
    land, known = world
    blanked = {
        key: entry.model_copy(
            update={"items": tuple(blank(one, field) if rnd.random() < 0.5 else one for one in entry.items)}
        )
        for key, entry in known.items()
    }
    for before, after in zip(roll(world).nodes, roll((land, blanked)).nodes, strict=True):
        assert after.band in (before.band, Band.NO_DATA)
        assert after.trust <= before.trust + 1e-12


@FEWER
@given(worlds)
def test_6_losing_the_history_gives_no_band(world: World) -> None:
    land, known = world
    lost = {
        key: entry.model_copy(
            update={
                "items": tuple(one.model_copy(update={"changes": (), "history_known": False}) for one in entry.items)
            }
        )
        for key, entry in known.items()
    }
    for node in roll((land, lost)).nodes:
        assert node.band is Band.NO_DATA


@FEWER
@given(worlds, st.randoms(use_true_random=False))
def test_8_incremental_gives_what_a_full_roll_up_gives(world: World, rnd: random.Random) -> None:
    land, known = world
    before = roll(world)
    key = rnd.choice(sorted(known))
    changed = {**known, key: known[key].model_copy(update={"items": (*known[key].items, *some_items(rnd, "new", 5))})}
    facts_at = counter(land, changed)
    touched = affected(land, [key], facts_at, NOW)
    previous = {node.id: node for node in before.nodes}
    partial = roll_up(land, facts_at, as_of=NOW, known_at=NOW, only=touched, previous=previous)
    assert partial == roll((land, changed))


def test_an_unmeasured_dimension_never_carries_a_score() -> None:
    for node in roll(build_world(4)).nodes:
        for entry in node.dimensions:
            assert (entry.finding.score is not None) == (entry.finding.outcome is Outcome.MEASURED)
