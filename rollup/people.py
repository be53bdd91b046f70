"""The register of loads by name: nothing unless the policy of the node says ``people: named``.

It is made on demand for a page or a report of a role that may see names. It is in no finding, no score and no message, and
is not stored.
"""

from model.registers import PersonLoad, ProjectLoad
from rollup.curves import Curves
from rollup.dimensions.resources import CURVES, held_by, rules_of
from rollup.load import OUTSIDE, Load, load_of
from rollup.world import View


def person_loads(view: View) -> tuple[PersonLoad, ...]:
    """Everybody with open work or reserved time below the node, the fullest first; empty without the policy's consent."""
    if view.policy.people != "named":
        return ()
    rules = rules_of(Curves(CURVES, view.policy))
    loads = [load_of(view.world, person, rules) for person in held_by(view)]
    ordered = sorted(loads, key=lambda load: (-(load.ratio or 0.0), load.person))
    return tuple(_named(view, load) for load in ordered)


def _named(view: View, load: Load) -> PersonLoad:
    mate = view.world.mate(load.person)
    places = sorted({*load.by_project, *load.items_by_project})
    return PersonLoad(
        person=load.person,
        name=mate.name if mate else load.person,
        load=None if load.ratio is None else round(load.ratio, 3),
        unit=load.unit,
        planned=round(load.planned, 2),
        capacity=round(load.capacity, 2),
        over_booked=load.over,
        in_calendar=load.in_calendar,
        projects=tuple(
            ProjectLoad(
                project=None if place == OUTSIDE else place,
                hours=round(load.by_project.get(place, 0.0), 2),
                items=load.items_by_project.get(place, 0),
            )
            for place in places
        ),
        tools=load.tools,
    )
