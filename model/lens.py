"""Lenses: other trees over the same projects, by what projects or their items say of themselves."""

import hashlib
from enum import StrEnum

from pydantic import Field, model_validator

from model.base import Record
from model.tree import Target


class LensKind(StrEnum):
    """``LABEL`` and ``FIELD`` group items, so that a project may be split; the others group whole projects."""

    LABEL = "label"
    FIELD = "field"
    TAG = "tag"
    GOAL = "goal"
    CLASS = "class"

    @property
    def of_items(self) -> bool:
        return self in (LensKind.LABEL, LensKind.FIELD)


class Metric(Record):
    """The outcome shown beside a group's delivery health: the metric of a goal (its id in the tool), or a benefit item
    (its key).
    """

    connection: str
    goal: str | None = None
    item: str | None = None

    @model_validator(mode="after")
    def _one_of(self) -> "Metric":
        if (self.goal is None) == (self.item is None):
            raise ValueError("a metric is either {connection: …, goal: …} or {connection: …, item: …}")
        return self


class LensGroup(Record):
    """What the configuration says of one group. ``value``: what its items or projects carry, whatever the case."""

    value: str
    name: str | None = None
    weight: float | None = Field(default=None, gt=0)
    metric: Metric | None = None
    publish: tuple[Target, ...] = ()


class Lens(Record):
    """One lens. ``key``: the prefix of the labels, the facet of the mapping, or the tag; empty for the other kinds.

    ``publish``: where its top is shown. Nothing of a lens is published but what says so.
    """

    name: str = Field(pattern=r"^[a-z0-9-]{1,24}$")
    kind: LensKind
    key: str = ""
    title: str | None = None
    groups: tuple[LensGroup, ...] = ()
    publish: tuple[Target, ...] = ()

    @property
    def published(self) -> bool:
        """Whether anything of it is shown in a tool."""
        return bool(self.publish) or any(group.publish for group in self.groups)

    @property
    def digest(self) -> str:
        """Another one for each other configuration of it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]
