"""What is remembered between two roll-ups holds once what is the same on many days."""

from model.policy import Policy
from rollup.bands import HISTORY_DAYS, local_midnight
from rollup.recall import Recall
from tests.rollup.build import NOW, landscape, project, records, steady
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
