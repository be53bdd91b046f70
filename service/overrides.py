"""Bands set by a person against the computed ones, with a reason, until the end of a day: which stand, setting, ending."""

from datetime import date, datetime

from model.errors import CHANGED_MEANWHILE, UsageError
from model.health import Band, Override
from service.workspace import Workspace, local_day
from store.unit_of_work import UnitOfWork

MOST_LETTERS = 2_000


def standing(workspace: Workspace, node: str | None = None) -> tuple[Override, ...]:
    """The overrides that were set and not ended, of a node or of all; the last day of one may be over."""
    with workspace.db.read() as uow:
        return tuple(one for one in uow.overrides.all() if node in (None, one.node))


def version(override: Override | None) -> str:
    """What tells the override that somebody saw from a later one; empty where none stood."""
    return override.at.isoformat() if override is not None else ""


def put(
    workspace: Workspace, node: str, band: Band, *, reason: str, until: date, by: str, seen: str | None = None
) -> Override:
    """Set a node's band by hand; an earlier one ends now, and is kept as history. ``seen``: the version it is to replace.

    Raises UsageError for a node that is not there; one whose ``where`` names the part (band, reason, until) that can't
    be right; and one (``changed_meanwhile``) where another override stands than was seen.
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
        _as_seen(uow, wanted.id, seen)
        uow.overrides.set(override)
        uow.dirty.mark([wanted.id], why="override", at=now)
    return override


def end(workspace: Workspace, node: str, *, by: str, seen: str | None = None) -> bool:
    """End a node's override; False when none stood. ``seen``: its version. Raises UsageError as ``put``."""
    wanted, now = workspace.node(node), workspace.clock()
    with workspace.db.begin() as uow:
        _as_seen(uow, wanted.id, seen)
        stood = uow.overrides.clear(wanted.id, by=by, at=now)
        if stood:
            uow.dirty.mark([wanted.id], why="override", at=now)
    return stood


def last_ended(workspace: Workspace, node: str) -> tuple[str, datetime] | None:
    """Who ended the last of a node's overrides that were ended, and when; None: nobody ever did."""
    with workspace.db.read() as uow:
        return uow.overrides.last_ended(node)


def _as_seen(uow: UnitOfWork, node: str, seen: str | None) -> None:
    uow.overrides.alone(node)
    if seen is not None and seen != version(uow.overrides.of(node)):
        what = "Somebody set or cleared this band meanwhile."
        raise UsageError(what, where="override", fix="Look at what stands now, and decide anew.", reason=CHANGED_MEANWHILE)
