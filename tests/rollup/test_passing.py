"""A roll-up after which none comes holds little of what it counted, and tells what any other tells."""

from datetime import datetime

from hypothesis import given

from rollup.engine import roll_up
from rollup.facts import ProjectFacts
from rollup.facts.fold import fold
from rollup.recall import Recall
from tests.rollup.build import NOW, counter
from tests.rollup.worlds import MANY, organisation, roll, seeds


@MANY
@given(seeds)
def test_a_passing_roll_up_tells_and_keeps_the_same(seed: int) -> None:
    land, known = organisation(seed)
    count = counter(land, known)

    def folded(project: str, at: datetime) -> ProjectFacts:
        return fold(count(project, at))

    remembering, passing = Recall(registering=True), Recall(passing=True, registering=True)
    plain = roll((land, known), recall=remembering)
    packed = roll_up(land, folded, as_of=NOW, known_at=NOW, recall=passing)
    assert packed.model_dump_json() == plain.model_dump_json()
    (figures, registers, conflicts), others = passing.taken(), remembering.taken()
    assert (figures, conflicts) == (others[0], others[2])
    assert {one.node: one for one in registers} == {one.node: one for one in others[1]}


def test_scores_that_are_made_when_they_are_asked_for_are_a_sequence() -> None:
    world = organisation(7)
    plain, packed = roll(world).nodes, roll(world, recall=Recall(passing=True)).nodes
    assert len(packed) == len(plain) > 3
    assert (packed[0], packed[-1], packed[1:3], list(packed)) == (plain[0], plain[-1], plain[1:3], list(plain))
    assert packed == plain
    assert packed != plain[1:]
