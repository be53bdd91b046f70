"""Who changed what: a line for each change, without secrets."""

from service.workspace import Workspace
from store.deeds import Deed
from store.unit_of_work import UnitOfWork

MOST = 20_000
"""So much of what was before and after is kept, in characters."""


def note(
    workspace: Workspace, uow: UnitOfWork, who: str, what: str, place: str, *,
    before: str | None = None, after: str | None = None,
) -> None:  # fmt: skip
    """Keep that ``who`` did ``what`` to ``place``, in the transaction of the change itself."""
    uow.deeds.note(
        Deed(at=workspace.clock(), who=who, what=what, place=place, before=_short(before), after=_short(after))
    )


def newest(workspace: Workspace, limit: int, *, skip: int = 0) -> tuple[Deed, ...]:
    """What was changed last, the newest first."""
    with workspace.db.read() as uow:
        return uow.deeds.newest(limit, skip=skip)


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= MOST else f"{text[:MOST]} … and {len(text) - MOST} characters more"
