"""What is remembered between two roll-ups holds once what is the same on many days."""

from datetime import timedelta

from model.policy import Policy
from rollup.bands import HISTORY_DAYS, local_midnight
from rollup.recall import Day, Recall
from rollup.world import World
from tests.rollup.build import NOW, blocks, counter, day, item, landscape, project, records, steady
from tests.rollup.worlds import roll


def test_leaves_that_are_the_same_on_many_days_are_held_once() -> None:
    """Bands ask for every past day; work that stayed as it was takes no more room than on one of them."""
    land = landscape(project("p0"), policies={"default": Policy(name="default", margin=100.0, dwell_days=HISTORY_DAYS)})
    recall = Recall()
    roll((land, {"p0": records("p0", *steady("p0"))}), recall=recall)
    days = [recall.day(local_midnight(NOW, ago, land.timezone)) for ago in range(1, HISTORY_DAYS + 1)]
    outlines = [outline for day in days if (outline := day.outline("p0")) is not None]
    assert len(outlines) > 5
    leaves = [leaf for outline in outlines for leaf in outline.open]
    assert len({id(leaf) for leaf in leaves}) == len(set(leaves)) < len(leaves)
    for one in outlines:
        assert {leaf for held in one.held.values() for leaf in held} == {leaf for leaf in one.open if leaf.assignee_id}


def test_a_chain_that_is_remembered_is_counted_again_once_its_time_is_over() -> None:
    """Links begin and end, and less is left of what was started, though nothing changes in the projects."""
    due = {"due_on": day(10).date()}
    ends = [item(f"end-{number}", started=2.8, **due) for number in range(3)]
    links = tuple(
        blocks(ends[source], ends[target]).model_copy(update={"from_at": day(-begun / 24), "to_at": day(-ended / 24)})
        for source, target, begun, ended in ((0, 1, -9, 8), (1, 2, 3, 99), (2, 0, 6, 7))
    )
    land = landscape(project("p0"), project("p1"), project("p2"), links=links)
    facts_at = counter(land, {f"p{number}": records(f"p{number}", *steady(f"s{number}"), ends[number]) for number in range(3)})
    kept, held, told = Day(), Recall().present, []
    for hour in range(12):
        beside, alone = (
            World(land, lambda key, _: facts_at(key, NOW), NOW + timedelta(hours=hour), one).chains.between({"p0", "p1", "p2"})
            for one in (kept, Day())
        )
        assert beside == alone == World(land, facts_at, NOW + timedelta(hours=hour), held).chains.below("port")
        told.append(tuple((state.link.id, state.kind, state.likely_on) for state in alone))
    assert len(set(told)) == 5
