"""What is read of a project beyond itself: by the nodes above it, and by the projects it shares people and items with.

Leaves that no other project holds are put together; those that another may hold too (``common``) stand one by one, so
that nothing is counted twice. An outline of 500 items, half of them open, takes about 0.1 MB, nearly all for the open
leaves; those of a past day without their open leaves take about 5 kB.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from model.health import Basis
from model.tree import Node
from model.work import Declared, StatusCategory
from rollup.facts import BenefitFact, Leaf, LinkedItem, ProjectFacts, RiskFact, Unit
from rollup.facts.fold import FoldedFacts

FIRST = 200
"""How many of a project's open leaves are named where the largest are asked for."""
FAILED_FIRST = 20


@dataclass(frozen=True, slots=True)
class Sums:
    """Leaves put together. ``work`` is in the project's unit, without dropped ones; ``open`` includes ``overdue``."""

    open: int
    overdue: int
    done: int
    dropped: int
    work: float


@dataclass(frozen=True, slots=True)
class Effort:
    """Open leaves put together, by whether they have hours; of each kind the largest, then the first by id, are named."""

    timed: int
    hours: float
    untimed: int
    largest: tuple[tuple[str, float], ...]
    first_untimed: tuple[str, ...]
    first: tuple[str, ...]

    @property
    def items(self) -> int:
        return self.timed + self.untimed


@dataclass(frozen=True, slots=True)
class Failed:
    """A check that records failed: how many that only this project has, and the first of all that failed, in order.

    ``first`` goes on until it names ``FAILED_FIRST`` that only this project has; ``common``: those that others may have.
    """

    code: str
    alone: int
    first: tuple[str, ...]
    common: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """One project at one moment, as far as others read it. What is in neither ``sums`` nor ``effort`` stands one by one.

    ``open``: its open leaves. ``usual_days``: from start to finish of the middle one of its
    finished items, 0 where too few tell; ``slow_days`` as of its facts. ``named``: the open leaves that a goal names
    themselves or by what is above them.
    """

    node: Node
    as_of: datetime
    today: date
    basis: Basis
    unit: Unit
    sums: Sums
    effort: Effort
    common: tuple[Leaf, ...]
    overdue: frozenset[str]  # of the common ones
    open: tuple[Leaf, ...]
    held: Mapping[str, tuple[Leaf, ...]]  # account → the open leaves it holds
    named: tuple[Leaf, ...]
    supporting: Mapping[str, frozenset[str]]
    failed: tuple[Failed, ...]
    records: int
    failed_records: int
    declared: tuple[Declared, datetime] | None
    benefits: tuple[BenefitFact, ...]
    linked: Mapping[str, LinkedItem]
    ever_linked: frozenset[str]
    usual_days: float
    slow_days: float | None
    risks: tuple[RiskFact, ...]
    history_known: bool
    finished_by: Mapping[str, int]
    accounts: frozenset[str]

    @property
    def has_open(self) -> bool:
        return self.sums.open > 0 or any(leaf.open for leaf in self.common)

    def slim(self, as_of: datetime) -> ProjectFacts:
        """Facts with open leaves alone: enough, where there are any, for what dimensions look at across projects."""
        return _OpenFacts(
            node=self.node, as_of=as_of, today=self.today, basis=self.basis, history_known=self.history_known,
            first_arrival_at=None, unit=self.unit, leaves=self.open, total_work=0.0, done_work=0.0, estimated_share=1.0,
            risks=self.risks, linked=self.linked, slow=self.slow_days,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _OpenFacts(ProjectFacts):
    """Facts of which every leaf is open. ``slow``: what all of them told."""

    slow: float | None = None

    @property
    def open_leaves(self) -> tuple[Leaf, ...]:
        return tuple(self.leaves)

    @property
    def slow_days(self) -> float | None:
        return self.slow


class FoldedOutline(Outline):
    """The outline of folded facts: its open leaves are taken out of them when they are asked for."""

    __slots__ = ("leaves",)
    leaves: Sequence[Leaf]

    @property
    def open(self) -> tuple[Leaf, ...]:
        return tuple(leaf for leaf in self.leaves if leaf.open)

    @property
    def held(self) -> Mapping[str, tuple[Leaf, ...]]:
        return _held(self.open)

    @property
    def effort(self) -> Effort:
        apart = {leaf.id for leaf in self.common} | self.supporting.keys()
        return _effort([leaf for leaf in self.leaves if leaf.open and leaf.id not in apart])


def outline(facts: ProjectFacts, common: Collection[str] | None, like: Outline | None = None) -> Outline:
    """The outline of one project. ``common``: ids of items that another project holds or held too; None: any may be.

    ``like``: its outline at another moment; what is the same in both is then held once.
    """
    whole = facts.whole()
    made = _short(whole, common)
    if like is not None:
        made |= {name: _once(made[name], getattr(like, name)) for name in _SHARED}
    if isinstance(facts, FoldedFacts):
        folded = FoldedOutline.__new__(FoldedOutline)
        for name, value in made.items():
            object.__setattr__(folded, name, value)
        object.__setattr__(folded, "leaves", facts.leaves)
        return folded
    open_ = whole.open_leaves
    effort = _effort([leaf for leaf in open_ if not _apart(leaf, common) and leaf.id not in whole.supporting])
    if like is None or isinstance(like, FoldedOutline):
        return Outline(**made, open=open_, held=_held(open_), effort=effort)
    open_ = _once(open_, like.open)
    held = like.held if open_ is like.open else _held(open_)
    return Outline(**made, open=open_, held=held, effort=_once(effort, like.effort))


_SHARED = (
    "common", "overdue", "named", "supporting", "failed", "benefits", "linked", "ever_linked", "risks", "finished_by",
    "accounts",
)  # fmt: skip


def _once(value: Any, known: Any) -> Any:
    """The value, or what of it is known already."""
    if value == known:
        return known
    if not isinstance(value, tuple):
        return value
    held = {one: one for one in known}
    return tuple([held.get(one, one) for one in value])


def _apart(leaf: Leaf, common: Collection[str] | None) -> bool:
    """Whether a leaf stands by itself, since another project may hold it."""
    return common is None or leaf.id in common


def _short(facts: ProjectFacts, common: Collection[str] | None) -> dict[str, Any]:
    """The fields of an outline but for those that hold all open leaves."""
    alone = [leaf for leaf in facts.leaves if not _apart(leaf, common)]
    shared = tuple(leaf for leaf in facts.leaves if _apart(leaf, common))
    late = {leaf.id for leaf in facts.overdue()}
    return {
        "node": facts.node,
        "as_of": facts.as_of,
        "today": facts.today,
        "basis": facts.basis,
        "unit": facts.unit,
        "sums": _sums(alone, late),
        "common": shared,
        "overdue": frozenset(leaf.id for leaf in shared if leaf.id in late),
        "named": tuple(leaf for leaf in alone if leaf.open and leaf.id in facts.supporting),
        "supporting": facts.supporting,
        "failed": tuple(_failed(check.code, check.failed, check.unnamed, common) for check in facts.checks),
        "records": facts.records,
        "failed_records": facts.failed_records,
        "declared": facts.declared,
        "benefits": facts.benefits,
        "linked": facts.linked,
        "ever_linked": facts.ever_linked,
        "usual_days": facts.cycle_time(0.5) or 0.0,
        "slow_days": facts.slow_days,
        "risks": facts.risks,
        "history_known": facts.history_known,
        "finished_by": facts.finished_by,
        "accounts": facts.accounts,
    }


def _held(leaves: Collection[Leaf]) -> dict[str, tuple[Leaf, ...]]:
    found: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        if leaf.assignee_id:
            found.setdefault(leaf.assignee_id, []).append(leaf)
    return {account: tuple(mine) for account, mine in found.items()}


def _sums(leaves: Collection[Leaf], late: Collection[str]) -> Sums:
    dropped = sum(1 for leaf in leaves if leaf.status is StatusCategory.DROPPED)
    done = sum(1 for leaf in leaves if leaf.status is StatusCategory.DONE)
    return Sums(
        open=len(leaves) - dropped - done,
        overdue=sum(1 for leaf in leaves if leaf.id in late),
        done=done,
        dropped=dropped,
        work=sum(leaf.work for leaf in leaves if leaf.status is not StatusCategory.DROPPED),
    )


def _effort(leaves: Collection[Leaf]) -> Effort:
    timed = sorted(((leaf.id, leaf.hours) for leaf in leaves if leaf.hours is not None), key=lambda one: (-one[1], one[0]))
    untimed = sorted(leaf.id for leaf in leaves if leaf.hours is None)
    return Effort(
        timed=len(timed),
        hours=sum(hours for _, hours in timed),
        untimed=len(untimed),
        largest=tuple(timed[:FIRST]),
        first_untimed=tuple(untimed[:FIRST]),
        first=tuple(sorted(leaf.id for leaf in leaves)[:FIRST]),
    )


def _failed(code: str, ids: Collection[str], unnamed: int, common: Collection[str] | None) -> Failed:
    """One check; where any item may be common, every one is."""
    first: list[str] = []
    alone = 0
    for key in ids:
        if alone < FAILED_FIRST:
            first.append(key)
        alone += common is not None and key not in common
    shared = tuple(key for key in ids if common is None or key in common)
    return Failed(code, alone + unnamed, tuple(first), shared)
