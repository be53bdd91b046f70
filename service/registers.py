"""What is kept about a node, for a page or a report: risks, conflicts, benefits, rules, and loads by name."""

from datetime import datetime

from model.registers import Registers
from rollup import registers as rolled
from rollup.world import World
from service.scoring import read
from service.workspace import Workspace


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
