"""Retention: what is older than it has to be is taken away, a little at a time, and its space is given back."""

from datetime import timedelta

from model.base import Instant, Record
from service import losses, preparing
from service.workspace import Workspace
from store.hooks import SEEN_FOR
from store.retention import AT_ONCE, HISTORY, KINDS

READ_AT_ONCE = 100_000


class PruneReport(Record):
    """``rows``: how many went (or would go), by kind; ``bytes``: given back to the disk; ``whole``: also the rest could be.

    ``whole`` is False where the file was made by a version that could not give space back: ``db vacuum`` mends it.
    """

    rows: dict[str, int]
    bytes: int = 0
    whole: bool = True


def prune(workspace: Workspace, *, dry_run: bool = False) -> PruneReport:
    """Take away what the retention settings do not keep. Safe to stop and to run again, and beside everything else.

    Nobody waits for it: it writes a thousand rows at a time. Scores of today and of any past day stay what they are; where
    ``history_days`` is set, what was *known* before then is not known any more. Prepared documents live for a day.
    """
    now = workspace.clock()
    rows: dict[str, int] = {}
    for what in KINDS:
        before = _before(workspace, what, now)
        if before is not None:
            rows[what] = _count(workspace, what, before) if dry_run else _prune(workspace, what, before)
    if dry_run:
        return PruneReport(rows=rows)
    preparing.forget_old(workspace)
    space = workspace.db.give_back()
    return PruneReport(rows=rows, bytes=space.bytes, whole=space.whole)


def _before(workspace: Workspace, what: str, now: Instant) -> Instant | None:
    """Up to when a kind goes; None: it is kept for ever."""
    if what == "deliveries_seen":
        return now - 2 * SEEN_FOR  # no setting: nothing asks for it after one, and the second is for clocks that are set
    days = getattr(workspace.retention, _setting(what))
    if days is None:
        return None
    before: Instant = now - timedelta(days=days)
    needed = losses.needed_since(workspace) if what == "deliveries" else None
    return before if needed is None else min(before, needed)


def _setting(what: str) -> str:
    """The setting that a kind goes by."""
    return {"notices": "runs_days"}.get(what, "history_days" if what.startswith("history_") else f"{what}_days")


def _prune(workspace: Workspace, what: str, before: Instant) -> int:
    gone = 0
    if what.startswith("history_"):
        with workspace.db.begin() as uow:
            uow.retention.mark(HISTORY, before)
    while True:
        with workspace.db.read() as uow:
            keys = uow.retention.keys(what, before, READ_AT_ONCE)
        for begin in range(0, len(keys), AT_ONCE):
            with workspace.db.begin() as uow:
                gone += uow.retention.take_away(what, before, keys[begin : begin + AT_ONCE])
        if len(keys) < READ_AT_ONCE:
            return gone


def _count(workspace: Workspace, what: str, before: Instant) -> int:
    with workspace.db.read() as uow:
        return len(uow.retention.keys(what, before, READ_AT_ONCE))
