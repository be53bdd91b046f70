"""What moved a score: the parts sum to the movement, whatever happened between two moments."""

import random
from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.landscape import ItemHistory, Landscape, ProjectRecords, Teammate
from model.policy import Policy
from model.tree import Node, Parent, Tree
from model.work import ChangeField, ItemType
from rollup.change import Side, explain_change
from rollup.engine import roll_up
from tests.rollup.build import NOW, blocks, counter, day, item, landscape, project, records

MANY = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
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


def some_items(rnd: random.Random, name: str) -> list[ItemHistory]:
    """Items of any kind and life, some of it in the last month, with dates moved and people changed on the way."""
    found: list[ItemHistory] = []
    for number in range(rnd.randint(1, 9)):
        created = rnd.choice([rnd.randint(31, 200), rnd.randint(31, 200), rnd.randint(1, 30)])
        started = rnd.choice([None, rnd.randint(0, created)])
        done = rnd.choice([None, rnd.randint(0, started if started is not None else created)])
        due = rnd.choice([None, NOW.date() + timedelta(days=rnd.randint(-60, 90))])
        extra: list[tuple[ChangeField, str | None, str | None, float]] = []
        if due and rnd.random() < 0.4:
            extra.append((ChangeField.DUE_ON, date(2026, 10, 1).isoformat(), due.isoformat(), rnd.uniform(0, created)))
        if rnd.random() < 0.3:
            extra.append((ChangeField.STORY_POINTS, "2.0", "5.0", rnd.uniform(0, created)))
        if rnd.random() < 0.3:
            extra.append((ChangeField.ASSIGNEE, "jira:user:b", "jira:user:a", rnd.uniform(0, created)))
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
        gone = day(rnd.randint(0, 40)) if rnd.random() < 0.1 else None
        found.append(one.model_copy(update={"deleted_at": gone}))
    if rnd.random() < 0.7:
        found += [
            item(f"{name}-w{week}", created=7 * week + 30, started=7 * week + 5, done=7 * week + 1, story_points=2.0)
            for week in range(16)
        ]
    return found


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
    keys = [f"p{number}" for number in range(rnd.randint(1, 3))]
    known = {key: records(key, *some_items(rnd, key)) for key in keys}
    every = [one for entry in known.values() for one in entry.items]
    links = [
        blocks(*rnd.sample(every, 2)).model_copy(
            update={"from_at": rnd.choice([None, day(rnd.randint(0, 60))]), "id": f"link{n}"}
        )
        for n in range(rnd.randint(0, 3) if len(every) > 1 else 0)
    ]
    nodes = [project(key, target_on=rnd.choice([None, date(2027, 1, 31), date(2027, 1, 31)])) for key in keys]
    now = landscape(*nodes, links=tuple(links), policies={"default": Policy(name="default", margin=0.0)})
    then = now
    if rnd.random() < 0.3:
        then = then.model_copy(update={"policies": {"default": Policy(name="default", margin=0.0, weights={"schedule": 1.0, "risk": 2.0, "scope": 1.0})}})  # fmt: skip
    if rnd.random() < 0.2:
        then = then.model_copy(update={"teammates": (Teammate(key="a", name="A", accounts=("jira:user:a",), hours_per_week=10),)})  # fmt: skip
    if rnd.random() < 0.3:
        then = then.model_copy(update={"tree": other_tree(rnd, then.tree)})
    before = as_known_earlier(rnd, known, ago) if rnd.random() < 0.4 else known
    return side(ago, then, before), side(0, now, known)


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
