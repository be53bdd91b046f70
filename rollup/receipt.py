"""What each project costs a node: the points it loses, by project and dimension, the largest first.

A node holds the leaves of its children as they were made there, each child with its share, so that of thousands only those
are looked at which cost most.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from model.health import Lost

TOLD = 50
"""Projects of which a receipt tells one by one what each dimension costs."""
_NEARLY = 1 - 1e-9
"""What is multiplied in another order differs by less."""


class Leaf(NamedTuple):
    """What one node scored in one dimension and why."""

    node: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Leaves:
    """The leaves that a dimension rests on at a node: its own, or those of its children, each with its share.

    ``losing``: how many lose anything; ``lost``: points that they lose together of a hundred, ``most`` the costliest of them.
    """

    own: Leaf | None = None
    parts: Sequence[tuple[float, "Leaves"]] = ()
    losing: int = 0
    lost: float = 0.0
    most: float = 0.0

    @classmethod
    def of(cls, leaf: Leaf) -> "Leaves":
        lost = 100 - leaf.score
        return cls(own=leaf, losing=int(lost > 0), lost=lost, most=lost)

    @classmethod
    def together(cls, parts: Sequence[tuple[float, "Leaves"]]) -> "Leaves":
        return cls(
            parts=parts,
            losing=sum([part.losing for share, part in parts if share]),
            lost=sum([share * part.lost for share, part in parts]),
            most=max([share * part.most for share, part in parts], default=0.0),
        )

    def every(self, share: float = 1.0) -> Iterator[tuple[float, Leaf]]:
        """All leaves, each with its share of the dimension here; one that is reached by several ways stands several times."""
        if self.own is not None:
            yield share, self.own
        for inner, part in self.parts:
            yield from part.every(share * inner)

    def costliest(self, number: int) -> tuple[list[tuple[float, Leaf]], "Leaves"]:
        """So many leaves that lose most, and as many more as may lose as much; and what all others lose together."""
        found: list[tuple[float, Leaf]] = []
        level: list[tuple[float, Leaves]] = [(1.0, self)]
        losing, lost = 0, 0.0
        while level:
            costs = [share * part.most for share, part in level]
            least = sorted(costs, reverse=True)[number - 1] * _NEARLY if len(costs) > number else 0.0
            near = [one for cost, one in zip(costs, level, strict=True) if cost >= least]
            if len(near) < len(level):
                far = [one for cost, one in zip(costs, level, strict=True) if cost < least]
                losing += sum([part.losing for _, part in far])
                lost += sum([share * part.lost for share, part in far])
            found += [(share, part.own) for share, part in near if part.own is not None]
            level = [(share * inner, below) for share, part in near for inner, below in part.parts]
        return found, Leaves(losing=losing, lost=lost)


NO_LEAVES = Leaves()


def _opened(share: float, part: Leaves) -> Iterable[tuple[float, Leaves]]:
    return ((share, part),) if part.own is not None else ((share * inner, below) for inner, below in part.parts)


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
        ordered = sorted([(-lost, key) for key, lost in points.items()])
        first = {key: -lost for lost, key in ordered[:TOLD]}
        reasons = {leaf.node: leaf.reason for _, leaf in near if leaf.node in first}
        told += (Lost(points=lost, node=key, dimension=name, reason=reasons[key]) for key, lost in first.items())
        rest = [-lost for lost, _ in ordered[TOLD:] if lost]
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
