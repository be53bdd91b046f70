"""Facts of a project, folded small: a portfolio of a million items is held at once, though not spread out.

What is long (the leaves, and lists of their ids) is kept as compressed bytes, the leaves field by field, so that
what is read above the project is found without the rest. What is short stays at hand. Unfolding gives back the same.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from operator import attrgetter
from typing import Any, NamedTuple, overload

from model.work import StatusCategory
from rollup.facts.records import Leaf, ProjectFacts
from rollup.packed import Packed


class Brief(NamedTuple):
    """Of each leaf what is read above its project, field by field, in the order of the leaves."""

    id: tuple[str, ...]
    status: tuple[StatusCategory, ...]
    work: tuple[float, ...]
    hours: tuple[float | None, ...]
    assignee_id: tuple[str | None, ...]
    due_on: tuple[date | None, ...]


_ORDER = (*Brief._fields, *(name for name in Leaf._fields if name not in Brief._fields))
_EMPTY = Brief((), (), (), (), (), ())


def brief(leaves: Sequence[Leaf]) -> Brief:
    """What is read of leaves above their project."""
    return leaves.brief() if isinstance(leaves, FoldedLeaves) else _brief(leaves)


def _brief(leaves: Sequence[Leaf]) -> Brief:
    return Brief(*_columns(leaves, Brief._fields)) if leaves else _EMPTY


def _columns(leaves: Iterable[Leaf], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*map(attrgetter(*names), leaves), strict=True)


def repeated(projects: Iterable[ProjectFacts]) -> frozenset[str]:
    """Ids of leaves that are there more than once: in several projects, or in a project that is named twice.

    Sought by number first, so that the ids of all leaves are never held at once.
    """
    listed = list(projects)
    numbers = array("q")
    for facts in listed:
        numbers.extend(map(hash, brief(facts.leaves).id))
    ordered = sorted(numbers)
    twice = {one for one, following in pairwise(ordered) if one == following}
    if not twice:
        return frozenset()
    times = Counter(key for facts in listed for key in brief(facts.leaves).id if hash(key) in twice)
    return frozenset(key for key, number in times.items() if number > 1)


class FoldedLeaves(Sequence[Leaf]):
    """Leaves that are made when they are asked for."""

    __slots__ = ()

    def brief(self) -> Brief:
        """Of each what is read above its project."""
        return _brief(tuple(self))

    @overload
    def __getitem__(self, place: int) -> Leaf: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Leaf]: ...
    def __getitem__(self, place: int | slice) -> Leaf | Sequence[Leaf]:
        return tuple(self)[place]


class _Columns(FoldedLeaves):
    """Leaves packed field by field."""

    __slots__ = ("_columns", "_number")

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self._number = len(leaves)
        values = zip(_ORDER, _columns(leaves, _ORDER), strict=True) if leaves else ()
        self._columns: dict[str, Packed] = {name: Packed(column) for name, column in values}

    def brief(self) -> Brief:
        return Brief(*(self._columns[name].open() for name in Brief._fields)) if self._number else _EMPTY

    def __len__(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[Leaf]:
        columns = self._columns
        return map(Leaf, *(columns[name].open() for name in Leaf._fields)) if columns else iter(())


class _Otherwise(FoldedLeaves):
    """The leaves of another moment, but for those that are gone and those that were others. Both are in the order of ids."""

    __slots__ = ("_gone", "_like", "_number", "_others")

    def __init__(self, leaves: Sequence[Leaf], like: _Columns, before: Sequence[Leaf]) -> None:
        known = {leaf.id: leaf for leaf in before}
        others = tuple([leaf for leaf in leaves if known.get(leaf.id) != leaf])
        self._number, self._like = len(leaves), like
        self._gone = frozenset(known.keys() - {leaf.id for leaf in leaves})
        self._others = Packed(others) if others else None

    def __len__(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[Leaf]:
        found = {leaf.id: leaf for leaf in self._like if leaf.id not in self._gone}
        if self._others is None:
            return iter(found.values())
        number = len(found)
        found.update((leaf[0], leaf) for leaf in self._others.open())
        return iter(found.values() if len(found) == number else [found[key] for key in sorted(found)])


def _folded(leaves: Sequence[Leaf], like: FoldedLeaves | None, before: Sequence[Leaf] | None) -> FoldedLeaves:
    if not isinstance(like, _Columns) or not leaves:
        return _Columns(leaves)
    return _Otherwise(leaves, like, tuple(like) if before is None else before)


class FoldedFacts(ProjectFacts):
    """The facts of a project with what is long folded; the rest is at hand as ever."""

    __slots__ = ("_long",)
    _long: Packed

    def whole(self) -> ProjectFacts:
        """All of it spread out again; an id stands for itself wherever it is named."""
        leaves = tuple(self.leaves)
        values = {name: getattr(self, name) for name in ProjectFacts.__slots__ if name not in _LONG}
        values |= dict(zip(_LONG, self._long.open(), strict=True)) | {"leaves": leaves}
        ids = {leaf.id: leaf.id for leaf in leaves}
        plan, cost = values["plan"], values["cost"]
        if plan is not None:
            values["plan"] = replace(
                plan, added_ids=_same(plan.added_ids, ids), churned_ids=_same(plan.churned_ids, ids)
            )
        if cost is not None:
            values["cost"] = replace(cost, over=_same(cost.over, ids), most=_same(cost.most, ids))
        return ProjectFacts(**values)


_SHARED = ("accounts", "ever_linked", "linked", "finished_by", "supporting", "benefits", "milestones")
"""What is mostly the same at several moments: it is then held once."""
_LONG = ("plan", "cost", "cycle_days", "reopened", "checks", "risks")


def _same(keys: Sequence[str], known: Mapping[str, str]) -> tuple[str, ...]:
    return tuple([known.get(key, key) for key in keys])


def _unfolding(name: str) -> property:
    """A field that is looked for in what is folded."""
    place = _LONG.index(name)
    return property(lambda facts: facts._long.open()[place])


for _name in _LONG:
    setattr(FoldedFacts, _name, _unfolding(_name))


def fold(facts: ProjectFacts, like: ProjectFacts | None = None, *, before: Sequence[Leaf] | None = None) -> FoldedFacts:
    """The same facts in little room.

    ``like``: those of the same project at another moment, folded on their own; ``before``: its leaves as they were.
    """
    beside = like if isinstance(like, FoldedFacts) else None
    leaves = beside.leaves if beside is not None and isinstance(beside.leaves, FoldedLeaves) else None
    folded = FoldedFacts.__new__(FoldedFacts)
    for name in ProjectFacts.__slots__:
        if name not in _LONG:
            value, known = getattr(facts, name), getattr(like, name, None)
            object.__setattr__(folded, name, known if name in _SHARED and value == known else value)
    object.__setattr__(folded, "leaves", _folded(facts.leaves, leaves, before))
    long = tuple(getattr(facts, name) for name in _LONG)
    object.__setattr__(folded, "_long", Packed(long, beside._long if beside is not None else None))
    return folded
