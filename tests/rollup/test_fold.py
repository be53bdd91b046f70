"""Facts folded small say what they said, at any moment, and all that is read of them says the same."""

from datetime import date, datetime, timedelta

from model.landscape import ItemHistory
from rollup.engine import roll_up
from rollup.facts import ProjectFacts, count_facts
from rollup.facts.fold import brief, fold
from rollup.outline import Outline, outline
from rollup.recall import Recall
from tests.rollup.build import NOW, blocks, counter, item, landscape, project, records, steady

THEN = NOW - timedelta(days=3)
WORK = (
    *steady(),
    item("late", due_on=date(2026, 11, 17), started=3, assignee_id="jira:user:a", estimate_hours=8.0),
    item("new", created=1, due_on=date(2026, 11, 30), assignee_id="jira:user:b"),
)


def facts_at(at: datetime, *items: ItemHistory) -> ProjectFacts:
    node = project()
    return count_facts(records("alpha", *items), node, landscape(node, links=(blocks(WORK[-2], WORK[-1]),)), at)


def test_unfolded_facts_are_those_that_were_folded() -> None:
    now, then, empty = facts_at(NOW, *WORK), facts_at(THEN, *WORK), facts_at(NOW)
    first = fold(now)
    assert first.whole() == now
    assert fold(then, like=first).whole() == then
    assert fold(empty).whole() == empty


def test_what_came_went_and_changed_between_two_moments_is_unfolded_at_both() -> None:
    work = (*WORK, item("gone").model_copy(update={"deleted_at": NOW - timedelta(days=1)}))
    now, then = facts_at(NOW, *work), facts_at(THEN, *work)
    assert {leaf.id for leaf in now.leaves} ^ {leaf.id for leaf in then.leaves} == {"jira:item:new", "jira:item:gone"}
    for one, other in ((now, then), (then, now)):
        first = fold(one)
        second = fold(other, like=first, before=one.leaves)
        assert tuple(second.leaves) == other.leaves
        assert (len(second.leaves), brief(second.leaves)) == (len(other.leaves), brief(other.leaves))
        assert second.whole() == other == fold(other, like=first).whole()
        assert fold(one, like=first).whole() == one


def test_what_is_long_is_found_one_by_one_too() -> None:
    now = facts_at(NOW, *WORK)
    folded = fold(now)
    assert tuple(folded.leaves) == now.leaves
    assert brief(folded.leaves) == brief(now.leaves)
    assert folded.leaves[0] == now.leaves[0]
    assert (folded.plan, folded.cost, folded.cycle_days) == (now.plan, now.cost, now.cycle_days)
    assert (folded.reopened, folded.checks, folded.risks) == (now.reopened, now.checks, now.risks)


def test_the_outline_of_folded_facts_is_that_of_the_facts() -> None:
    now = facts_at(NOW, *WORK)
    for common in (None, frozenset[str](), frozenset({now.leaves[0].id})):
        plain, folded = outline(now, common), outline(fold(now), common)
        assert all(getattr(plain, name) == getattr(folded, name) for name in Outline.__slots__)


def test_an_outline_of_another_moment_holds_what_is_the_same_once() -> None:
    now, then = facts_at(NOW, *WORK), facts_at(THEN, *WORK)
    here = outline(fold(now), None)
    there = outline(fold(then), None, here)
    plain = outline(then, None)
    assert all(getattr(there, name) == getattr(plain, name) for name in Outline.__slots__)
    same = {leaf.id: leaf for leaf in here.common}
    both = [leaf for leaf in there.common if same.get(leaf.id) == leaf]
    assert len(both) < len(there.common), "something differs"
    assert both
    assert all(leaf is same[leaf.id] for leaf in both)


def test_a_roll_up_of_folded_facts_is_that_of_the_facts() -> None:
    alpha, beta = project(), project("beta")
    land = landscape(alpha, beta)
    known = {"alpha": records("alpha", *WORK), "beta": records("beta", *WORK[:7])}
    count = counter(land, known)
    plain = roll_up(land, count, as_of=NOW, known_at=NOW)
    recall = Recall(passing=True)
    folded = roll_up(land, lambda key, at: fold(count(key, at)), as_of=NOW, known_at=NOW, recall=recall)
    assert folded.model_dump_json() == plain.model_dump_json()
