"""A movement taken apart: points by cause, and by cause, node and dimension."""

from datetime import datetime

from model.base import Record
from rollup.change.causes import Cause


class Part(Record):
    """Points that one cause moved at one line of the receipt. ``items``: what it happened to, evidence of the line first."""

    cause: Cause
    points: float
    node: str
    dimension: str
    items: tuple[str, ...] = ()


class CausePoints(Record):
    """All points of one cause: the sum of its parts."""

    cause: Cause
    points: float


class Explained(Record):
    """What moved a node's score. The parts, and the points of all causes, each sum to ``moved``.

    ``causes`` holds every cause that changed anything the score may read, the largest first; the others moved nothing.
    ``refused``: there was no score to begin or to end with, as nothing that weighs was measured; then all else is empty.
    """

    node: str
    since: datetime
    until: datetime
    score_then: float | None
    score_now: float | None
    causes: tuple[CausePoints, ...] = ()
    parts: tuple[Part, ...] = ()
    refused: bool = False

    @property
    def moved(self) -> float | None:
        if self.score_then is None or self.score_now is None:
            return None
        return self.score_now - self.score_then
