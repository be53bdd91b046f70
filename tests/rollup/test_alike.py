"""What was counted of a past moment stands only where counting again gives it again."""

import random
from datetime import datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.landscape import ItemHistory, Landscape, ProjectRecords
from model.policy import Policy
from model.tree import Tree
from model.work import Change, ChangeField, ItemType, StatusCategory
from rollup.facts import count_facts
from rollup.facts.alike import standing
from rollup.facts.records import ProjectFacts
from rollup.facts.state import state_at
from tests.rollup.build import NOW, day, item, project
from tests.rollup.worlds import some_items

OF_THE_PRESENT = {"checks", "records", "failed_records", "accounts"}
NODE = project("p", ())
LANDSCAPE = Landscape(tree=Tree(nodes=(NODE,)), policies={"default": Policy(name="default")})


def counted(records: ProjectRecords, at: datetime) -> dict[str, Any]:
    facts = count_facts(records, NODE, LANDSCAPE, at)
    return {name: getattr(facts, name) for name in ProjectFacts.__slots__ if name not in OF_THE_PRESENT}


def learned(rnd: random.Random, one: ItemHistory) -> ItemHistory:
    """The same item with something that was learned of it: with its moment, or without a word of when."""
    at = day(rnd.choice([0.0, 0.5, 3.0, 20.0, 60.0]))
    status = rnd.choice(list(StatusCategory))
    values: dict[str, Any] = rnd.choice(
        [
            {"status": status, "done_at": at if status is StatusCategory.DONE else one.item.done_at},
            {"done_at": rnd.choice([None, at])},
            {"estimate_hours": rnd.choice([None, 3.0, 50.0])},
            {"due_on": rnd.choice([None, at.date()])},
            {"assignee_id": rnd.choice([None, "jira:user:z"])},
            {"spent_hours": rnd.choice([None, 0.0, 7.0])},
            {"type": rnd.choice([ItemType.RISK, ItemType.BENEFIT, ItemType.STORY])},
            {"title": "another"},
            {"created_at": at},
        ]
    )
    fields = {"estimate_hours": ChangeField.ESTIMATE_HOURS, "due_on": ChangeField.DUE_ON, "status": ChangeField.STATUS,
              "assignee_id": ChangeField.ASSIGNEE, "type": ChangeField.TYPE}  # fmt: skip
    told = tuple(
        Change(
            id=f"{one.item.id}|late", connection="jira", item_id=one.item.id, field=fields[name], at=at,
            old=_text(getattr(one.item, name)), new=_text(value),
        )
        for name, value in values.items() if name in fields and rnd.random() < 0.7
    )  # fmt: skip
    changed = one.item.model_copy(update={**values, "updated_at": max(at, one.item.updated_at)})
    more = rnd.choice([{}, {}, {"deleted_at": at}, {"history_known": False}, {"worklogs": ()}])
    return one.model_copy(update={"item": changed, "changes": (*one.changes, *told), **more})


def _text(value: object) -> str | None:
    return None if value is None else str(value)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 10**9))
@example(1)
def test_where_the_past_is_said_to_stand_it_would_be_counted_again_as_it_was(seed: int) -> None:
    rnd = random.Random(seed)
    items = some_items(rnd, "w", 4)
    after = [learned(rnd, one) if rnd.random() < 0.5 else one for one in items if rnd.random() < 0.95]
    fresh = [one for one in some_items(rnd, "x", 2) if rnd.random() < 0.2]
    before = ProjectRecords(node="p", items=tuple(items), first_known_at=day(30))
    now = before.model_copy(update={"items": (*after, *fresh)})
    stands = standing(before, now, state_at)
    for ago in (0.2, 1.0, 5.0, 28.0, 90.0):
        if stands(day(ago)):
            assert counted(before, day(ago)) == counted(now, day(ago))


def test_a_change_that_is_told_with_its_moment_leaves_the_days_before_it_as_they_were() -> None:
    held = item("1", estimate_hours=8.0, created=100)
    told = Change(
        id="late",
        connection="jira",
        item_id=held.item.id,
        field=ChangeField.ESTIMATE_HOURS,
        at=day(3),
        old="8.0",
        new="9.0",
    )
    after = held.item.model_copy(update={"estimate_hours": 9.0, "updated_at": day(3)})
    before = ProjectRecords(node="p", items=(held,))
    now = ProjectRecords(node="p", items=(held.model_copy(update={"item": after, "changes": (*held.changes, told)}),))
    stands = standing(before, now, state_at)
    assert stands(day(3) - timedelta(seconds=1))
    assert not stands(day(3))
    untold = ProjectRecords(node="p", items=(held.model_copy(update={"item": after}),))
    assert not standing(before, untold, state_at)(day(50))
    assert not standing(before, now.model_copy(update={"skipped": 1}), state_at)(NOW)
