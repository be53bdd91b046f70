"""Nodes that are made from what a tool holds: where they come from, what was found there, what became of it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from model.base import Record
from model.tree import GoalRef, Node, NodeKind, Source, Tags, as_tags

OriginKind = Literal["portfolio", "jql", "label", "category"]


class Origin(Record):
    """A place of a tool whose content makes nodes: ``kind`` and the tool's own ``value``."""

    connection: str
    kind: OriginKind
    value: str


class Offspring(Record):
    """Something found at an origin. ``key`` names it in its connection for ever, e.g. ``project:1201``.

    ``source``: what feeds a project made of it. ``pull``: what has to be pulled beside the origin to fill it.
    ``members``: what is right within it, where it can be a program.
    """

    key: str
    name: str
    source: Source | None = None
    pull: tuple[Source, ...] = ()
    start_on: date | None = None
    target_on: date | None = None
    closed: bool = False
    members: tuple["Offspring", ...] = ()


class Derivation(Record):
    """What the configuration asks for: nodes of a level under a parent, and what they have in common.

    ``share``: how much of each counts under this parent, where it lies under several; None: an equal part.
    """

    origin: Origin
    level: NodeKind
    parent: str
    share: float | None = Field(default=None, gt=0, le=1)
    project_class: str = "standard"
    sponsor: str | None = None
    weight: float | None = None
    goals: tuple[GoalRef, ...] = ()
    tags: Annotated[Tags, BeforeValidator(as_tags)] = ()

    @model_validator(mode="after")
    def _level(self) -> "Derivation":
        if self.level is NodeKind.PORTFOLIO:
            raise ValueError("programs and projects are derived, portfolios are not")
        return self


class DerivedNode(Record):
    """A node that was made. ``key``: connection, level and the offspring's key; ``pull``: as in ``Offspring``."""

    key: str
    node: Node
    pull: tuple[Source, ...] = ()
