"""The lessons register: what a project learned, for the ones that come after it."""

from enum import StrEnum

from pydantic import Field

from model.base import Instant, Record


class Cause(StrEnum):
    """What projects stumble over, again and again; the first six are also measured on finished projects."""

    SCOPE = "scope"
    ESTIMATES = "estimates"
    DATES = "dates"
    START = "start"
    QUALITY = "quality"
    PLANNING = "planning"
    PEOPLE = "people"
    DEPENDENCIES = "dependencies"
    SUPPLIERS = "suppliers"
    DECISIONS = "decisions"
    OTHER = "other"


class Lesson(Record):
    """``text``: what happened, ``advice``: what to do next time; ``worked``: to be done again, else to be done otherwise.

    ``number`` counts through the whole register; a lesson is never changed, and stays when its project is gone.
    """

    number: int = Field(ge=1)
    node: str
    project_class: str
    cause: Cause
    worked: bool
    text: str
    advice: str
    by: str
    at: Instant
