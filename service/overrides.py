"""Bands set by hand: which stand, setting one, ending one."""

from datetime import date
from zoneinfo import ZoneInfo

from model.errors import UsageError
from model.health import Band, Override
from service.workspace import Workspace


def standing(workspace: Workspace, node: str | None = None) -> tuple[Override, ...]:
    """The overrides that were set and not ended, of a node or of all; the last day of one may be over."""
    with workspace.db.read() as uow:
        return tuple(one for one in uow.overrides.all() if node in (None, one.node))


def put(workspace: Workspace, node: str, band: Band, *, reason: str, until: date, by: str) -> Override:
    """Set a node's band by hand, in place of an earlier one. Raises UsageError for a node that is not there, and for a day
    that is over."""
    now = workspace.clock()
    if until < now.astimezone(ZoneInfo(workspace.timezone)).date():
        raise UsageError(f"{until} is over.", where="until", fix="Give the last day on which it holds.", reason="over")
    override = Override(node=workspace.node(node).id, band=band, reason=reason, by=by, at=now, until=until)
    with workspace.db.begin() as uow:
        uow.overrides.set(override)
        uow.dirty.mark([override.node], why="override", at=now)
    return override


def end(workspace: Workspace, node: str, *, by: str) -> bool:
    """End a node's override; False when none stood."""
    now = workspace.clock()
    with workspace.db.begin() as uow:
        stood = uow.overrides.clear(node, by=by, at=now)
        if stood:
            uow.dirty.mark([node], why="override", at=now)
    return stood
