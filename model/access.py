"""Who may do what: roles, rights on nodes, and what somebody with rights sees of a tree."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from pydantic import Field

from model.base import Instant, Record
from model.tree import Node, Tree


class Role(IntEnum):
    """What somebody may do: everybody, look at health, set what belongs to nodes, run the deployment."""

    ANYBODY = 0
    VIEWER = 1
    EDITOR = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """As people write it, e.g. "viewer"."""
        return self.name.lower()


ROLES = {role.word: role for role in (Role.VIEWER, Role.EDITOR, Role.ADMIN)}
"""The roles that can be given to somebody, by their word."""


class Scope(StrEnum):
    """What a token of the API may be used for; never more than its owner may do."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    @property
    def role(self) -> Role:
        return {Scope.READ: Role.VIEWER, Scope.WRITE: Role.EDITOR, Scope.ADMIN: Role.ADMIN}[self]


class Right(Record):
    """A role on a node and everything below it; without a node on the whole deployment."""

    role: Role = Field(ge=Role.VIEWER)
    node: str | None = None

    @property
    def told(self) -> str:
        """As people write it, e.g. "editor on growth"."""
        return f"{self.role.word} on {self.node}" if self.node else self.role.word


class Account(Record):
    """Somebody who can log in: by a password, or by a login elsewhere (``issuer`` and ``subject`` say who it is there).

    ``entered_at``: when they last logged in elsewhere; None for whoever has a password.
    """

    id: int
    name: str
    issuer: str | None = None
    made_at: Instant
    disabled_at: Instant | None = None
    entered_at: Instant | None = None
    rights: tuple[Right, ...] = ()

    @property
    def runs_everything(self) -> bool:
        """Whether this is an admin of the whole deployment who can log in."""
        whole = Right(role=Role.ADMIN)
        return self.disabled_at is None and whole in self.rights


@dataclass(frozen=True)
class Reader:
    """Somebody who looks at a tree. ``everywhere``: the role on whatever is in no tree; ``roles``: by node id, where it is
    a higher one. ``own``: the nodes that the rights name themselves, whose people hear first what concerns them."""

    everywhere: Role
    roles: Mapping[str, Role] = field(default_factory=dict)
    own: frozenset[str] = frozenset()

    def role_on(self, node: str) -> Role:
        """What this reader may do with a node."""
        return max(self.everywhere, self.roles.get(node, Role.ANYBODY))

    def may_see(self, node: str) -> bool:
        return self.role_on(node) >= Role.VIEWER

    def part_of(self, tree: Tree) -> Tree:
        """The tree as this reader sees it: nothing of what they may not see, whose children stand at the top instead."""
        if self.everywhere >= Role.VIEWER:
            return tree
        return Tree(nodes=tuple(self._under_seen(node) for node in tree.nodes if self.may_see(node.id)))

    def _under_seen(self, node: Node) -> Node:
        return node.model_copy(update={"parents": tuple(one for one in node.parents if self.may_see(one.id))})

    @property
    def highest(self) -> Role:
        """The most that this reader may do anywhere."""
        return max((self.everywhere, *self.roles.values()))


EVERYTHING = Reader(Role.ADMIN)
"""Whoever works on the machine itself."""


def reader_of(tree: Tree, rights: Collection[Right]) -> Reader:
    """What rights mean on a tree: each holds for its node and for everything below, also by a second parent."""
    everywhere = max((right.role for right in rights if right.node is None), default=Role.ANYBODY)
    given: dict[str, Role] = {}
    for right in rights:
        if right.node is not None:
            given[right.node] = max(right.role, given.get(right.node, Role.ANYBODY))
    roles: dict[str, Role] = {}
    for node in tree.nodes if given else ():  # parents before children
        above = (roles.get(parent.id, Role.ANYBODY) for parent in node.parents)
        role = max(given.get(node.id, Role.ANYBODY), *above, Role.ANYBODY)
        if role > Role.ANYBODY:
            roles[node.id] = role
    return Reader(everywhere, roles, frozenset(given))


def narrowed(tree: Tree, rights: Collection[Right], *, scope: Scope, node: str | None) -> tuple[Right, ...]:
    """The rights of somebody as a token has them: at most ``scope``, and at and below ``node`` only where one is named."""
    if node is None:
        return tuple(Right(role=min(one.role, scope.role), node=one.node) for one in rights)
    role = min(reader_of(tree, rights).role_on(node), scope.role)
    return (Right(role=role, node=node),) if role >= Role.VIEWER else ()
