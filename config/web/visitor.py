"""Who is asking: put on each request by ``doors``, read by the views."""

from dataclasses import dataclass
from typing import Literal

from flask import g

from config.configuration import Configuration
from model.access import Account, Reader, Right, Role, reader_of
from service.logins import Expired
from service.workspace import Workspace

By = Literal["nobody", "machine", "session", "token"]


@dataclass(frozen=True)
class Visitor:
    """Whoever calls. ``by``: how we know; ``session``: the id of the login; ``expired``: whose login ran out meanwhile."""

    name: str
    by: By
    rights: tuple[Right, ...] = ()
    account: Account | None = None
    session: int | None = None
    expired: Expired | None = None

    @property
    def highest(self) -> Role:
        """The most that this visitor may do on any node."""
        return max((right.role for right in self.rights), default=Role.ANYBODY)


NOBODY = Visitor("nobody", "nobody")
MACHINE = Visitor("this machine", "machine", (Right(role=Role.ADMIN),))
"""Whoever sits at the machine of a deployment that nobody has to log in to."""


def visitor() -> Visitor:
    """Who is asking."""
    found = g.get("visitor", NOBODY)
    return found if isinstance(found, Visitor) else NOBODY


def reader(space: Workspace) -> Reader:
    """What the visitor sees of a workspace's tree."""
    held = g.get("reader")
    if held is None or held[0] is not space.tree:
        held = g.reader = (space.tree, reader_of(space.tree, visitor().rights))
    found: Reader = held[1]
    return found


def may_see_names(configuration: Configuration, space: Workspace, node: str) -> bool:
    """Whether people's names may be shown to the visitor on a node's page, where its policy shows any."""
    return reader(space).role_on(node) >= configuration.login.names_for
