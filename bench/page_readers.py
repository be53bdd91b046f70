"""Who asks for the pages that are measured: somebody who may do everything, and somebody who sees one portfolio."""

from dataclasses import dataclass

from model.access import Right, Role
from service import logins
from service.workspace import Workspace
from store.accounts import folded

PART = "f0"
"""The portfolio of whoever sees but one."""


@dataclass(frozen=True)
class Reader:
    """Somebody who is logged in. ``node``: what they see, as a viewer; None: they see everything, and may do everything."""

    name: str
    node: str | None
    cookie: str


def readers(workspace: Workspace) -> tuple[Reader, ...]:
    """Both, each with an account, which may be there already, and a login of their own."""
    return (
        _reader(workspace, "admin", None, Right(role=Role.ADMIN)),
        _reader(workspace, f"viewer of {PART}", PART, Right(role=Role.VIEWER, node=PART)),
    )


def _reader(workspace: Workspace, name: str, node: str | None, right: Right) -> Reader:
    with workspace.db.begin() as uow:
        there = uow.accounts.named(folded(name))
        account = there.account.id if there else uow.accounts.add(name, at=workspace.clock())
        uow.accounts.grant(account, (right,))
    return Reader(name, node, logins.begin(workspace, account, agent="a benchmark"))
