"""What each project costs a node: the points it loses, by project and dimension, the largest first.

A node holds the leaves of its children as they were made there, each child with its share, so that of thousands only those
are looked at which cost most.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from model.health import Lost

TOLD = 50
"""Projects of which a receipt tells one by one what each dimension costs."""
_FINE = 1e9
"""Parts of a point, below which two losses are as large: what is multiplied in another order differs by less."""


class Leaf(NamedTuple):
    """What one node scored in one dimension and why."""

    node: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Leaves:
    """The leaves that a dimension rests on at a node: its own, or those of its children, each with its share.

    ``losing``: how many lose anything; ``lost``: points that they lose together of a hundred, ``most`` the costliest of them,
    and ``first`` the first by id of those that lose as much.
    """

    own: Leaf | None = None
    parts: Sequence["Part"] = ()
    losing: int = 0
    lost: float = 0.0
    most: float = 0.0
    first: str = ""

    @classmethod
    def of(cls, leaf: Leaf) -> "Leaves":
        lost = 100 - leaf.score
        return cls(own=leaf, losing=int(lost > 0), lost=lost, most=lost, first=leaf.node)

    @classmethod
    def together(cls, parts: Sequence["Part"]) -> "Leaves":
        first = min(map(_costliest_first, parts), default=(0, ""))[1]
        return cls(
            parts=parts,
            losing=sum([part.losing for share, part in parts if share]),
            lost=sum([share * part.lost for share, part in parts]),
            most=max([share * part.most for share, part in parts], default=0.0),
            first=first,
        )

    def every(self, share: float = 1.0) -> Iterator[tuple[float, Leaf]]:
        """All leaves, each with its share of the dimension here; one that is reached by several ways stands several times."""
        if self.own is not None:
            yield share, self.own
        for inner, part in self.parts:
            yield from part.every(share * inner)

    def costliest(self, number: int) -> tuple[list[tuple[float, Leaf]], "Leaves"]:
        """So many leaves that lose most, of equal ones the first by id; and what all others lose together.

        Each of so many parts that stand before another holds a leaf that stands before all of the other's.
        """
        level: list[Part] = [(1.0, self)]
        losing, lost = 0, 0.0
        while any(part.own is None for _, part in level):
            level = [one for part in level for one in _opened(part)]
            if len(level) > number:
                level.sort(key=_costliest_first)
                losing += sum([part.losing for share, part in level[number:] if share])
                lost += sum([share * part.lost for share, part in level[number:]])
                del level[number:]
        return [(share, part.own) for share, part in level if part.own is not None], Leaves(losing=losing, lost=lost)


Part = tuple[float, Leaves]
"""Leaves with the share that they have."""


def _costliest_first(part: Part) -> tuple[int, str]:
    return -int(part[0] * part[1].most * _FINE + 0.5), part[1].first


def _opened(part: Part) -> Sequence[Part]:
    share, leaves = part
    return (part,) if leaves.own is not None else [(share * inner, below) for inner, below in leaves.parts]


NO_LEAVES = Leaves()


def receipt(node: str, dimensions: Mapping[str, tuple[float, Leaves]], *, forked: bool) -> tuple[Lost, ...]:
    """Points lost per project and dimension, the largest first. A project reached by several ways (``forked``) stands once.

    ``dimensions``: the share of the score that each makes up here, and its leaves. Beyond the ``TOLD`` costliest projects
    of a dimension what is lost is put together, and stands last: of thousands each takes next to nothing, and says why in
    its own receipt.
    """
    told: list[Lost] = []
    more: list[Lost] = []
    for name, (here, leaves) in dimensions.items():
        near, others = (list(leaves.every()), Leaves()) if forked else leaves.costliest(TOLD + 1)
        points = _points(near, here)
        ordered = sorted(points, key=lambda key: (-int(points[key] * _FINE + 0.5), key))
        first = set(ordered[:TOLD])
        reasons = {leaf.node: leaf.reason for _, leaf in near if leaf.node in first}
        told += (Lost(points=points[key], node=key, dimension=name, reason=reasons[key]) for key in first)
        rest = [points[key] for key in ordered[TOLD:] if points[key]]
        if rest:
            said = f"{len(rest) + others.losing} more projects, at most {rest[0]:.2g} points each"
            more.append(Lost(points=sum(rest) + here * others.lost, node=node, dimension=name, reason=said))
    told.sort(key=lambda one: (-one.points, one.node, one.dimension))
    more.sort(key=lambda one: (-one.points, one.dimension))
    return (*told, *more)


def _points(leaves: Sequence[tuple[float, Leaf]], here: float) -> dict[str, float]:
    """Points lost by project, of a dimension that makes up so much of the score here."""
    points: dict[str, float] = {}
    for share, leaf in leaves:
        points[leaf.node] = points.get(leaf.node, 0.0) + here * share * (100 - leaf.score)
    return points
