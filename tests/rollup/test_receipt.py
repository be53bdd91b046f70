"""Of thousands of projects only the costliest are looked at, which tells the same as looking at all of them."""

import random

import pytest
from hypothesis import given

from rollup.receipt import TOLD, Leaf, Leaves, receipt
from tests.rollup.worlds import MANY, seeds


def _some_leaves(rnd: random.Random, depth: int, names: list[str]) -> Leaves:
    """A node of so many levels; many of its projects lose just as much, and some nothing."""
    if depth == 0:
        names.append(f"p{len(names)}")
        return Leaves.of(Leaf(names[-1], rnd.choice([100.0, 100.0, 90.0, 40.0, 0.0, rnd.uniform(0, 100)]), names[-1]))
    parts = [_some_leaves(rnd, rnd.randrange(depth), names) for _ in range(rnd.choice([1, 3, 12, 60]))]
    weights = [rnd.choice([1.0, 1.0, 2.0, rnd.uniform(0.1, 9)]) for _ in parts]
    return Leaves.together([(weight / sum(weights), part) for weight, part in zip(weights, parts, strict=True)])


@given(seeds)
@MANY
def test_the_costliest_are_found_without_looking_at_all(seed: int) -> None:
    rnd = random.Random(seed)
    dimensions = {"cost": (0.7, _some_leaves(rnd, rnd.choice([1, 2, 2, 3]), [])), "risk": (0.3, _some_leaves(rnd, 1, []))}
    quick, whole = (receipt("port", dimensions, forked=forked) for forked in (False, True))
    assert [(one.node, one.dimension, one.reason) for one in quick] == [(one.node, one.dimension, one.reason) for one in whole]
    assert [one.points for one in quick] == pytest.approx([one.points for one in whole], rel=1e-9)
    for name, (here, leaves) in dimensions.items():
        assert sum(one.points for one in quick if one.dimension == name) == pytest.approx(here * leaves.lost, abs=1e-9)
        assert sum(one.dimension == name and one.node != "port" for one in quick) <= TOLD
        assert leaves.losing == sum(leaf.score < 100 for _, leaf in leaves.every())
