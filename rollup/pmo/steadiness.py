"""How steady bands are, by class of project: how often they changed, and how often they soon went back.

A band that comes and goes says nothing to anybody. Where many go back, the margin or the dwelling time of the class's policy
is too small for how much its scores move. Counted are computed bands, before overrides; a time without data between two
bands is no change of its own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby, pairwise

from model.health import Band
from model.outcome import BandTurn

SOON = timedelta(days=14)
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Steadiness:
    """``projects``: of the class; ``changes`` of their bands, and how many of these ``went_back`` to the band that had been
    left no longer ago than ``SOON``. ``least``: the projects that did so most often, by id, with how often.
    """

    project_class: str
    projects: int
    changes: int
    went_back: int
    least: tuple[tuple[str, int], ...] = ()


def steadiness(turns: Iterable[BandTurn], classes: Mapping[str, str]) -> tuple[Steadiness, ...]:
    """How steady the bands of some projects were, class by class. ``classes``: of each project, by its id."""
    changes, back = Counter[str](), Counter[str]()
    ordered = sorted((one for one in turns if one.node in classes), key=lambda one: (one.node, one.at))
    for node, of_node in groupby(ordered, key=lambda one: one.node):
        told = list(_changes(of_node))
        changes[node] = len(told)
        back[node] = sum(second.after is first.before and second.at - first.at <= SOON for first, second in pairwise(told))
    return tuple(_of_class(name, classes, changes, back) for name in sorted(set(classes.values())))


def _of_class(name: str, classes: Mapping[str, str], changes: Counter[str], back: Counter[str]) -> Steadiness:
    mine = [node for node, of in classes.items() if of == name]
    least = sorted(((node, back[node]) for node in mine if back[node]), key=lambda one: (-one[1], one[0]))
    return Steadiness(
        project_class=name,
        projects=len(mine),
        changes=sum(changes[node] for node in mine),
        went_back=sum(back[node] for node in mine),
        least=tuple(least[:MOST_NAMED]),
    )


def _changes(turns: Iterable[BandTurn]) -> Iterator[BandTurn]:
    """From one band to another: what lost its data and has it again changed only if it came back as something else."""
    left: Band | None = None
    for turn in turns:
        if turn.after is Band.NO_DATA:
            left = turn.before
            continue
        before = left if turn.before is Band.NO_DATA else turn.before
        left = None
        if before is not None and before is not turn.after:
            yield turn.model_copy(update={"before": before})
