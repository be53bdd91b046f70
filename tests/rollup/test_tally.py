"""What is put together of groups is what is put together of all their projects at once."""

from dataclasses import replace

from hypothesis import given

from rollup.outline import FAILED_FIRST
from rollup.recall import Recall
from rollup.tally import Tally, tally_of
from rollup.world import World
from tests.rollup.build import NOW, counter
from tests.rollup.worlds import MANY, organisation, seeds


def _told(below: Tally) -> Tally:
    """As far as anybody asks: the first failed records, and work but for the order in which it was added up."""
    failing = {code: replace(one, first=one.first[:FAILED_FIRST]) for code, one in below.failing.items()}
    return replace(below, failing=failing, sums=replace(below.sums, work=round(below.sums.work, 6)))


@given(seeds)
@MANY
def test_groups_tell_together_what_their_projects_tell(seed: int) -> None:
    land, known = organisation(seed)
    world = World(land, counter(land, known), NOW, Recall().present)
    for node in land.tree.nodes:
        assert _told(world.tally(node.id)) == _told(tally_of(map(world.outline, land.tree.leaves(node.id))))
        ever = set(land.tree.leaves(node.id)) & set(world.active_projects)
        assert world.chains.below(node.id) == world.chains.between(ever)


def test_a_project_under_two_programs_is_reached_by_two_ways() -> None:
    seen = {False: 0, True: 0}
    for seed in range(40):
        tree = organisation(seed)[0].tree
        for node in tree.nodes:
            several = any(len(below.parents) > 1 for below in tree.kept_below(node.id))
            seen[tree.forked(node.id)] += 1
            assert several or not tree.forked(node.id)
            assert (node.id in tree.single()) == all(
                len(one.parents) <= 1 for one in tree.nodes if node.id in tree.below(one.id)
            )
    assert min(seen.values()) > 5
