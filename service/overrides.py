"""Bands set by a person against the computed ones, with a reason, until the end of a day: which stand, setting, ending."""

from datetime import date

from model.errors import UsageError
from model.health import Band, Override
from service.workspace import Workspace, local_day

MOST_LETTERS = 2_000


def standing(workspace: Workspace, node: str | None = None) -> tuple[Override, ...]:
    """The overrides that were set and not ended, of a node or of all; the last day of one may be over."""
    with workspace.db.read() as uow:
        return tuple(one for one in uow.overrides.all() if node in (None, one.node))


def put(workspace: Workspace, node: str, band: Band, *, reason: str, until: date, by: str) -> Override:
    """Set a node's band by hand; an earlier one ends now, and is kept as history.

    Raises UsageError for a node that is not there; and one whose ``where`` names the part (band, reason, until) that can't
    be right.
    """
    wanted, now, said = workspace.node(node), workspace.clock(), reason.strip()
    if band is Band.NO_DATA:
        raise UsageError("No data is not a judgement.", where="band", fix="Choose on track, at risk or off track.")
    if not said:
        raise UsageError("An override needs a reason.", where="reason", fix="Say why the computed band is not right.")
    if len(said) > MOST_LETTERS:
        fix = f"Use at most {MOST_LETTERS} characters."
        raise UsageError(f"The reason has {len(said)} characters.", where="reason", fix=fix)
    if until < local_day(workspace):
        raise UsageError(f"{until} is over.", where="until", fix="Give the last day on which it holds.", reason="over")
    override = Override(node=wanted.id, band=band, reason=said, by=by, at=now, until=until)
    with workspace.db.begin() as uow:
        uow.overrides.set(override)
        uow.dirty.mark([wanted.id], why="override", at=now)
    return override


def end(workspace: Workspace, node: str, *, by: str) -> bool:
    """End a node's override; False when none stood."""
    wanted, now = workspace.node(node), workspace.clock()
    with workspace.db.begin() as uow:
        stood = uow.overrides.clear(wanted.id, by=by, at=now)
        if stood:
            uow.dirty.mark([wanted.id], why="override", at=now)
    return stood
