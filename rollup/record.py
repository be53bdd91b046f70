"""The organisation's own record of due dates kept: what the odds of a date are pulled towards."""

from datetime import datetime

from model.health import Calibration
from model.landscape import Landscape
from rollup.world import FactsAt, World


def on_time_record(landscape: Landscape, facts_at: FactsAt, as_of: datetime) -> Calibration:
    """Share of due-dated items, of all active projects, that were closed in time; still open past the date is late.

    Meant for ``Landscape.on_time_record``, counted once a day, so that one change does not re-score everything.
    """
    world = World(landscape, facts_at, as_of)
    kept = sum(world.facts(project).due_kept for project in world.active_projects)
    outcomes = sum(world.facts(project).due_outcomes for project in world.active_projects)
    return Calibration(value=kept / outcomes if outcomes else None, n=outcomes)
