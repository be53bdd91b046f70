"""Odds that a sprint delivers what is open in it, by the formula that had skill on five public trackers, and no other.

p = ½·(a + 2g)/(k + 2) + ½·(s + 2g)/(k + 2): of the team's last k closed sprints, at most eight, a finished at least as much
after the same point as is open now, and s finished everything; g is the share of the organisation's last sixty sprints that
finished everything, shrunk towards a half. Not after 80 % of the sprint, where it has no skill: then counts alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_CLOSED = 8
MOST_OF_ALL = 60
LATEST_POINT = 0.8


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed sprint, seen from the same point: what was open then, what of it was finished after, what never was."""

    open_then: int
    finished_after: int
    left: int


@dataclass(frozen=True, slots=True)
class SprintOdds:
    """``odds`` None: ``refused`` says why, and the counts stand alone. ``enough``, ``all``: of so many ``closed`` sprints."""

    open: int
    enough: int
    all: int
    closed: int
    odds: float | None
    refused: str | None = None


def sprint_odds(open_now: int, point: float, closed: Sequence[Closed], whole: tuple[int, int]) -> SprintOdds:
    """The odds for a running sprint.

    ``point``: the share of its time that is over. ``closed``: the team's sprints, the latest last. ``whole``: of the
    organisation's last sixty sprints how many finished everything, and how many there were.
    """
    last = [one for one in closed if one.open_then or one.finished_after][-MOST_CLOSED:]
    enough = sum(one.finished_after >= open_now for one in last)
    finished = sum(one.left == 0 for one in last)
    refused = None
    if not open_now:
        refused = "nothing is open in it"
    elif not last:
        refused = "no sprint of this team has closed yet"
    elif point >= LATEST_POINT:
        refused = "80 % of it is over: this late the odds have shown no skill"
    if refused is not None:
        return SprintOdds(open_now, enough, finished, len(last), None, refused)
    kept, number = whole
    shared = (kept + 2) / (number + 4)
    odds = sum((count + 2 * shared) / (len(last) + 2) for count in (enough, finished)) / 2
    return SprintOdds(open_now, enough, finished, len(last), round(odds, 2))
