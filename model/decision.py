"""A decision of people about candidates: who, when, why, under which budget, and what had been proposed to them."""

from pydantic import Field

from model.base import Instant, Record


class Weighed(Record):
    """A candidate as it was known when it was decided on. ``cost``: in the decision's unit."""

    id: str
    name: str
    value: float | None = None
    cost: float | None = None
    risk: float | None = None
    mandatory: bool = False


class Asked(Record):
    """What the proposal was made under. ``capacity``: changes of people as they were typed ("backend=+20%")."""

    budget: float | None = None
    unit: str | None = None
    capacity: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class Decision(Record):
    """What was decided for a node. ``number`` counts from 1 per node; a later decision takes the place of an earlier one.

    ``proposal``: what the service proposed, ``chosen``: what people took; ``broken``: sentences about limits that the choice
    does not keep. ``value`` and ``cost`` are those of ``chosen``. Nothing of it ever changes.
    """

    node: str
    number: int = Field(ge=1)
    at: Instant
    by: str
    reason: str
    asked: Asked
    candidates: tuple[Weighed, ...]
    proposal: tuple[str, ...]
    proposal_value: float
    proposal_gap: float
    chosen: tuple[str, ...]
    value: float
    cost: float
    broken: tuple[str, ...] = ()
