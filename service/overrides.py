"""A band set by a person against the computed one: with a reason, until the end of a day, and taken back again."""

from datetime import date

from model.errors import UsageError
from model.health import Band, Override
from service.workspace import Workspace, local_day

MOST_LETTERS = 2_000


def set_band(workspace: Workspace, node: str, band: Band, *, reason: str, until: date, by: str) -> Override:
    """Set the band of a node (its id or unique name) by hand; an earlier one ends now, and is kept as history.

    Raises UsageError naming the field (BAND, --reason, --until) that can't be right.
    """
    wanted, now = workspace.node(node), workspace.clock()
    said = reason.strip()
    if band is Band.NO_DATA:
        raise UsageError("No data is not a judgement.", where="BAND", fix="Choose on track, at risk or off track.")
    if not said:
        raise UsageError("An override needs a reason.", where="--reason", fix="Say why the computed band is not right.")
    if len(said) > MOST_LETTERS:
        fix = f"Use at most {MOST_LETTERS} characters."
        raise UsageError(f"The reason has {len(said)} characters.", where="--reason", fix=fix)
    if until < local_day(workspace):
        raise UsageError(f"{until} is over.", where="--until", fix="Give the last day on which it holds.")
    override = Override(node=wanted.id, band=band, reason=said, by=by, at=now, until=until)
    with workspace.db.begin() as uow:
        uow.overrides.set(override)
        uow.dirty.mark([wanted.id], why="override", at=now)
    return override


def clear_band(workspace: Workspace, node: str, *, by: str) -> bool:
    """Take the override of a node away; False when none stood."""
    wanted, now = workspace.node(node), workspace.clock()
    with workspace.db.begin() as uow:
        stood = uow.overrides.clear(wanted.id, by=by, at=now)
        uow.dirty.mark([wanted.id], why="override", at=now)
    return stood
