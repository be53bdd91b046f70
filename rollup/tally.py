"""What is told of all projects below a node put together: their records and checks, their items by state, their work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from model.health import Basis
from rollup.facts import Leaf, Unit
from rollup.outline import FAILED_FIRST, Outline, Sums


@dataclass(frozen=True, slots=True)
class Failing:
    """A check that records failed: how many that one project alone has, and the others, which count once wherever they are.

    ``first``: some of them, in the order of the projects; at least ``FAILED_FIRST`` that one project alone has, if so many.
    """

    alone: int
    common: frozenset[str]
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """Distinct projects together. Items that several of them may hold stand one by one (``common``, ``overdue``)."""

    projects: int
    records: int
    failed_records: int
    rebuilt: bool
    units: frozenset[Unit]
    sums: Sums
    common: Mapping[str, Leaf]
    overdue: frozenset[str]
    failing: Mapping[str, Failing]


def tally_of(projects: Iterable[Outline]) -> Tally:
    """Of projects by their outlines; one that is given twice counts once."""
    distinct = tuple({project.node.id: project for project in projects}.values())
    checks: dict[str, list[Failing]] = {}
    for project in distinct:
        for one in project.failed:
            checks.setdefault(one.code, []).append(Failing(one.alone, frozenset(one.common), one.first))
    return Tally(
        projects=len(distinct),
        records=sum([one.records for one in distinct]),
        failed_records=sum([one.failed_records for one in distinct]),
        rebuilt=any(one.basis is Basis.RECONSTRUCTED for one in distinct),
        units=frozenset([one.unit for one in distinct]),
        sums=_summed([one.sums for one in distinct]),
        common={leaf.id: leaf for one in distinct for leaf in one.common},
        overdue=frozenset().union(*(one.overdue for one in distinct)),
        failing={code: _joined(found) for code, found in checks.items()},
    )


def together(parts: Sequence[Tally]) -> Tally:
    """Of groups that have no project in common."""
    checks: dict[str, list[Failing]] = {}
    common: dict[str, Leaf] = {}
    for part in parts:
        common.update(part.common)
        for code, found in part.failing.items():
            checks.setdefault(code, []).append(found)
    return Tally(
        projects=sum([part.projects for part in parts]),
        records=sum([part.records for part in parts]),
        failed_records=sum([part.failed_records for part in parts]),
        rebuilt=any(part.rebuilt for part in parts),
        units=frozenset().union(*(part.units for part in parts)),
        sums=_summed([part.sums for part in parts]),
        common=common,
        overdue=frozenset().union(*(part.overdue for part in parts)),
        failing={code: _joined(found) for code, found in checks.items()},
    )


def _summed(sums: Sequence[Sums]) -> Sums:
    return Sums(
        open=sum([one.open for one in sums]),
        overdue=sum([one.overdue for one in sums]),
        done=sum([one.done for one in sums]),
        dropped=sum([one.dropped for one in sums]),
        work=sum([one.work for one in sums]),
    )


def _joined(found: Sequence[Failing]) -> Failing:
    first: dict[str, None] = {}
    alone = 0
    for one in found:
        if alone >= FAILED_FIRST:
            break
        first.update(dict.fromkeys(one.first))
        alone += len(one.first) - len(one.common.intersection(one.first))
    return Failing(sum([one.alone for one in found]), frozenset().union(*(one.common for one in found)), tuple(first))
