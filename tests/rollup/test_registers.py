"""What must hold of registers: every one can be read, and nothing that leaves the roll-up names a person."""

from hypothesis import given

from rollup.registers import registers, view_of
from rollup.world import World
from tests.rollup.build import NOW, counter
from tests.rollup.worlds import MANY, organisation, roll, seeds


@MANY
@given(seeds)
def test_every_register_can_be_read_and_no_finding_names_a_person(seed: int) -> None:
    land, known = organisation(seed)
    named = {"default": land.policies["default"].model_copy(update={"people": "named"})}
    land = land.model_copy(update={"policies": named})
    world = World(land, counter(land, known), NOW)
    for node in land.tree.nodes:
        kept = registers(view_of(world, node.id), names=True)
        assert {risk.id for risk in kept.risks} <= {history.item.id for e in known.values() for history in e.items}
        hidden = registers(view_of(world, node.id))
        assert hidden.people == ()
        assert "Person " not in hidden.model_dump_json()
    assert "Person " not in roll((land, known)).model_dump_json()
