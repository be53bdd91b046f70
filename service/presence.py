"""Whether background work is done anywhere: which process holds which worker's place."""

from store.database import Database

LOOKED_AT = 4
"""Places are taken from the first on, and one that is given up is taken next: a worker alone is in one of these."""


def place_name(worker: str) -> str:
    """The name that a worker holds for as long as it lives."""
    return f"worker:{worker}"


def is_worked(db: Database) -> bool:
    """Whether a worker is there. It is asked of the locks: no clock, and no worker that died, can mislead."""
    return not all(db.is_free(place_name(f"w{number}")) for number in range(1, LOOKED_AT + 1))
