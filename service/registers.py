"""What is kept about a node, for a page or a report: risks, conflicts, benefits, rules, and loads by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from model.registers import PersonLoad, Registers
from rollup import registers as rolled
from rollup.people import person_loads
from rollup.world import World
from service.kept_registers import Kept, kept_of
from service.scoring import read
from service.workspace import Workspace
from store.unit_of_work import UnitOfWork

T = TypeVar("T")


@dataclass(frozen=True)
class RegistersPage:
    """Some entries of each register of a node, from the same place on; ``totals``: how many each has; ``more``: in any."""

    kept: Registers
    totals: Mapping[str, int]
    more: bool


def registers(workspace: Workspace, node: str, *, as_of: datetime | None = None, names: bool = False) -> Registers:
    """The registers of a node (its id or unique name) at a moment (None: now).

    ``names``: whoever asks may see people's names; they are shown only if the policy of the node says ``people: named``,
    too. Nothing of it is stored or written anywhere. Raises UsageError for a node that is not there.
    """
    found = workspace.node(node)
    with workspace.db.read() as uow:
        landscape, facts_at = read(workspace, uow, known_at=None)
        world = World(landscape, facts_at, as_of or workspace.clock())
        return rolled.registers(rolled.view_of(world, found.id), names=names)


def registers_page(workspace: Workspace, node: str, *, names: bool, first: int, many: int) -> RegistersPage:
    """``many`` entries of each register from the ``first`` on, from what was kept at the last roll-up where all of it was.

    Raises UsageError for a node that is not there.
    """
    found = workspace.node(node)
    with workspace.db.read() as uow:
        kept = kept_of(workspace, uow, found, names=names)
        if kept is not None:
            return _page(workspace, uow, kept, first, many)
    whole = registers(workspace, node, names=names)
    lists = {name: getattr(whole, name) for name in _LISTS}
    part = {name: each[first : first + many] for name, each in lists.items()}
    return _told(Registers(node=found.id, **part), {name: len(each) for name, each in lists.items()}, first + many)


_LISTS = ("risks", "conflicts", "benefits", "rules", "people")


def _page(workspace: Workspace, uow: UnitOfWork, kept: Kept, first: int, many: int) -> RegistersPage:
    def cut(each: Sequence[T]) -> tuple[T, ...]:
        return tuple(each[first : first + many])

    rules, conflicts, benefits = kept.rules(), kept.conflicts(), kept.benefits()
    people: tuple[PersonLoad, ...] = ()
    if kept.shown.policy.people == "named":
        landscape, facts_at = read(workspace, uow, known_at=None)
        world = World(landscape, facts_at, workspace.clock())
        people = person_loads(rolled.view_of(world, kept.view.node.id))
    part = Registers(
        node=kept.view.node.id, risks=kept.risks(first, many), conflicts=cut(conflicts), benefits=cut(benefits),
        rules=rules.some(first, many), people=cut(people),
    )  # fmt: skip
    totals = {
        "risks": kept.risk_sum().risks, "conflicts": len(conflicts), "benefits": len(benefits), "rules": len(rules),
        "people": len(people),
    }  # fmt: skip
    return _told(part, totals, first + many)


def _told(part: Registers, totals: Mapping[str, int], end: int) -> RegistersPage:
    return RegistersPage(part, totals, any(count > end for count in totals.values()))
