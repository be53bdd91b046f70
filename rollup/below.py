"""The facts of all projects below a node, without holding them all."""

from collections.abc import Sequence
from typing import overload

from rollup.facts import ProjectFacts
from rollup.world import World


class Below(Sequence[ProjectFacts]):
    """The facts of the distinct projects below a node, each counted when it is looked at."""

    def __init__(self, world: World, node_id: str) -> None:
        self._world = world
        self._keys = world.leaves(node_id)

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, place: int) -> ProjectFacts: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[ProjectFacts]: ...

    def __getitem__(self, place: int | slice) -> ProjectFacts | Sequence[ProjectFacts]:
        if isinstance(place, slice):
            return [self._world.facts(key) for key in self._keys[place]]
        return self._world.facts(self._keys[place])
