"""Deliveries come into the database: with the jobs that work them off, each once; on SQLite by way of the spool."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from model.jobs import HEAR, name_of
from service.workspace import Workspace
from store.hooks import Came
from store.unit_of_work import UnitOfWork

ACCEPTED, SEEN_BEFORE = "accepted", "seen_before"
MOST_AT_ONCE = 500


def keep(uow: UnitOfWork, came: Sequence[Came]) -> list[bool]:
    """Keep what came and want the jobs that work it off; for each whether it is a delivery that was not seen before."""
    arrivals = [one.arrival for one in came if one.arrival is not None]
    fresh = iter(uow.hooks.store_deliveries(arrivals))
    is_new = [one.arrival is not None and next(fresh) for one in came]
    for name, at in sorted(_wanted(came, is_new).items()):
        uow.jobs.want(name, at=at)
    heard = {(one.connection, one.hook): one.at for one in came if one.hook is not None}
    for (connection, hook), at in sorted(heard.items()):
        uow.hooks.heard(connection, hook, at=at)
    return is_new


@dataclass(frozen=True)
class Taken:
    """``lay``: how much of what lay in the spool was taken in; ``outcomes``: connection and outcome of each delivery of it."""

    lay: int
    outcomes: tuple[tuple[str, str], ...] = ()


def take_in(workspace: Workspace) -> Taken | None:
    """Take in what came first of what lies in the spool. None: another process is at it.

    What a process that died had taken in, and not yet removed, has been seen before.
    """
    spool = workspace.db.spool
    if spool is None:
        return Taken(0)
    with workspace.db.alone("spool") as alone:
        if not alone:
            return None
        lying = spool.look(MOST_AT_ONCE)
        if not lying:
            return Taken(0)
        came = tuple(lying.values())
        with workspace.db.begin() as uow:
            is_new = keep(uow, came)
        spool.remove(lying)
    told = ((one.connection, new) for one, new in zip(came, is_new, strict=True) if one.arrival is not None)
    return Taken(len(lying), tuple((connection, ACCEPTED if new else SEEN_BEFORE) for connection, new in told))


def _wanted(came: Sequence[Came], is_new: Sequence[bool]) -> dict[str, datetime]:
    """The jobs for what is new, each since its oldest delivery."""
    wanted: dict[str, datetime] = {}
    for one, new in zip(came, is_new, strict=True):
        if new:
            wanted.setdefault(name_of(HEAR, one.connection), one.at)
    return wanted
