"""What people can do, for whoever wants to choose: as it was kept, or counted now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from model.errors import RetryableError
from model.landscape import Landscape
from rollup.portfolio.supply import Supply, promised, supply_of
from rollup.world import World
from service.people_ahead import NAME, kept_supply
from service.scoring import read
from service.workspace import Workspace, local_day

MOST_WAITED_FOR = 100
"""Projects of an organisation that is counted while somebody waits for a page."""
_AGAIN_S = 60.0


@dataclass(frozen=True, slots=True)
class AtHand:
    """``at``: when it was counted (None: now). ``uncounted``: why nothing can be selected yet."""

    supply: Supply
    at: datetime | None = None
    uncounted: RetryableError | None = None


def looked_up(
    workspace: Workspace, landscape: Landscape, quarters: Sequence[str], other_work: float, *, kept: bool
) -> AtHand:
    """What the people of the landscape can do in some quarters. ``kept``: for whoever waits for a page."""
    today, skilled = local_day(workspace), any(mate.skills for mate in landscape.teammates)
    with workspace.db.read() as uow:
        note = uow.notes.get(NAME) if kept and skilled else None
        found = kept_supply(note, landscape, quarters, other_work, today)
        if found is not None:
            return AtHand(found, note.at if note else None)
        if not skilled or not quarters:
            return AtHand(Supply(promised=promised(landscape.tree, today, quarters)))
        if kept and len(landscape.tree.projects()) > MOST_WAITED_FOR:
            return AtHand(Supply(), uncounted=_uncounted())
        world = World(*read(workspace, uow, known_at=None), workspace.clock())
        return AtHand(supply_of(world, quarters, other_work))


def _uncounted() -> RetryableError:
    what = "What people can do is not counted yet, and nothing can be selected before that."
    fix = "Ask again in some minutes: it is counted when everything is scored, at the latest after midnight."
    return RetryableError(what, where="Choose projects", fix=fix, reason="people_uncounted", retry_after_s=_AGAIN_S)
