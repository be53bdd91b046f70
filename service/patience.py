"""How much is counted while somebody waits for the answer: what is larger is prepared by a worker."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """In projects. ``around``: of the whole organisation, where all of it is read; in a larger one so many may stand at or
    below a node: ``split``, of which a movement is split; ``report``, of which a report is a file."""

    around: int = 200
    split: int = 40
    report: int = 50
