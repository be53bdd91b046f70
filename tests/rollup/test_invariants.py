"""What must always hold of a roll-up: health.md section 4, over generated organisations. The seventh is in test_change.py."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from model.health import Band, Finding, Outcome
from model.landscape import ProjectRecords
from model.tree import ProjectState
from model.work import Change, ChangeField, ItemType, StatusCategory
from rollup.dimensions import schedule
from rollup.engine import roll_up
from rollup.facts import count_facts
from tests.rollup.build import FIELDS, NOW, blank, counter, day, item, view
from tests.rollup.edits import EDITS, Incremental
from tests.rollup.worlds import MANY, World, forgetful, organisation, roll, seeds, with_more

T = TypeVar("T")


@MANY
@given(seeds)
def test_1_the_receipt_sums_to_the_points_lost(seed: int) -> None:
    world = organisation(seed)
    for node in roll(world).nodes:
        assert all(entry.finding.outcome is not Outcome.FAILED for entry in node.dimensions)
        if node.score is not None:
            assert sum(lost.points for lost in node.lost) == pytest.approx(100 - node.score, abs=1e-9)
        else:
            assert node.computed_band is Band.NO_DATA


@MANY
@given(seeds)
def test_2_the_same_records_give_the_same_bytes(seed: int) -> None:
    world = organisation(seed)
    assert roll(world).model_dump_json() == roll(world).model_dump_json()


@MANY
@given(seeds, st.integers(0, 200))
def test_2_a_past_day_is_scored_from_history_alone(seed: int, ago: int) -> None:
    """Forgetting all that came later leaves a past moment as it was."""
    land, known = organisation(seed)
    forgotten = {key: forgetful(entry, day(ago)) for key, entry in known.items()}
    then, alone = (
        roll_up(land, counter(land, entries), as_of=day(ago), known_at=NOW).nodes for entries in (known, forgotten)
    )
    assert then == alone


SHARED = ("teammates", "planned", "goals", "overrides")


@MANY
@given(seeds)
def test_3_order_and_duplicates_change_nothing(seed: int) -> None:
    rnd = random.Random(seed)
    land, plain = organisation(seed)
    known = {key: with_more(entry, rnd) for key, entry in plain.items()}
    mixed: dict[str, ProjectRecords] = {}
    for key, entry in known.items():
        items = [
            one.model_copy(update={name: _mixed(getattr(one, name), rnd) for name in ("changes", "worklogs", "memberships")})
            for one in entry.items
        ]
        items += rnd.sample(items, len(items) // 2)
        lists = {name: _mixed(getattr(entry, name), rnd) for name in ("milestones", "declared", "baselines")}
        mixed[key] = entry.model_copy(update={"items": _mixed(items, rnd), **lists})
    links = list(land.links) + list(land.links[:1])
    rnd.shuffle(links)
    shared = {name: tuple(rnd.sample(got, len(got))) for name in SHARED if (got := getattr(land, name)) is not None}
    other = land.model_copy(update={"links": tuple(links), **shared})
    assert roll((other, mixed)) == roll((land, known))


def _mixed(records: Sequence[T], rnd: random.Random) -> tuple[T, ...]:
    """In any order, one of them twice."""
    twice = [*records, *records[:1]]
    return tuple(rnd.sample(twice, len(twice)))


@MANY
@given(seeds)
def test_4_totals_are_those_of_the_distinct_leaves(seed: int) -> None:
    world = organisation(seed)
    land, known = world
    node = next(node for node in roll(world).nodes if node.id == "port")
    nodes = land.tree.by_id()
    counted = {key: entry for key, entry in known.items() if nodes[key].state is ProjectState.ACTIVE}
    facts = [count_facts(entry, nodes[key], land, NOW) for key, entry in counted.items()]
    leaves = {leaf.id: leaf for each in facts for leaf in each.leaves}
    dropped = sum(1 for leaf in leaves.values() if leaf.status is StatusCategory.DROPPED)
    assert node.totals["items"].value == len(leaves) - dropped
    assert node.totals["done"].value == sum(1 for leaf in leaves.values() if leaf.status is StatusCategory.DONE)
    assert node.totals["projects"].value == len(counted)


@MANY
@given(seeds)
def test_5_finishing_an_overdue_item_never_lowers_schedule(seed: int) -> None:
    world, rnd = organisation(seed), random.Random(seed)
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
    assume(late)
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
    assume(set(before.parts) == set(after.parts) and before.score is not None and after.score is not None)
    assert (after.score or 0.0) >= (before.score or 0.0) - 1e-6


@MANY
@given(seeds, st.integers(1, 90))
def test_5_making_an_open_item_late_never_raises_schedule(seed: int, late_days: int) -> None:
    world, rnd = organisation(seed), random.Random(seed)
    land, known = world
    open_ = [
        (key, history)
        for key, entry in known.items()
        for history in entry.items
        if history.item.status in (StatusCategory.TODO, StatusCategory.IN_PROGRESS)
        and (history.item.due_on is None or history.item.due_on >= NOW.date())
    ]
    assume(open_)
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
    assume(set(before.parts) == set(after.parts) and before.score is not None and after.score is not None)
    assert (after.score or 0.0) <= (before.score or 0.0) + 1e-6


def _finding(world: World, key: str) -> Finding:
    return schedule.measure(view(*world, key))


@MANY
@given(seeds, st.sampled_from(sorted(FIELDS)))
def test_6_blanking_a_field_leaves_every_band(seed: int, field: ChangeField) -> None:
    rnd = random.Random(seed)
    land, plain = organisation(seed)
    known = {key: with_more(entry, rnd) for key, entry in plain.items()}
    blanked = {
        key: entry.model_copy(
            update={"items": tuple(blank(one, field) if rnd.random() < 0.5 else one for one in entry.items)}
        )
        for key, entry in known.items()
    }
    for before, after in zip(roll((land, known)).nodes, roll((land, blanked)).nodes, strict=True):
        assert after.band in (before.band, Band.NO_DATA)
        assert after.trust <= before.trust + 1e-12


@MANY
@given(seeds)
def test_6_losing_the_history_gives_no_band(seed: int) -> None:
    world = organisation(seed)
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
        assert node.computed_band is Band.NO_DATA


@MANY
@given(seeds)
def test_8_incremental_gives_what_a_full_roll_up_gives(seed: int) -> None:
    """One thing after another happens, each scored by what it touched: items and links of every kind, people, plans."""
    rnd = random.Random(seed)
    rolling = Incremental(rnd.choice(EDITS)(organisation(seed), rnd))
    for _ in range(rnd.choice((1, 1, 2, 3))):
        rolling.now(rnd.choice(EDITS)(rolling.world, rnd))
        rolling.check()


def test_an_unmeasured_dimension_never_carries_a_score() -> None:
    for node in roll(organisation(4)).nodes:
        for entry in node.dimensions:
            assert (entry.finding.score is not None) == (entry.finding.outcome is Outcome.MEASURED)
