"""Which nodes of the tree the containers of the tools feed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ITEM_CONTAINER = "item:"
"""Prefix of a container that stands for everything below an item."""


@dataclass(frozen=True)
class Feeding:
    """Which nodes containers feed, by container; ``twice``: those that feed several; both sorted.

    ``sure``: node → its containers, where what it holds is in no others: what lies below an item may be in any container of
    its connection.
    """

    nodes: Mapping[str, Sequence[str]]
    fed: Sequence[str]
    twice: Sequence[str]
    sure: Mapping[str, Sequence[str]]


def feeding_of(containers_by_node: Mapping[str, Sequence[str]]) -> Feeding:
    """The same the other way round."""
    nodes: dict[str, list[str]] = {}
    for node, containers in containers_by_node.items():
        for container in containers:
            nodes.setdefault(container, []).append(node)
    below = {container.split(":", 2)[1] for container in nodes if container.startswith(ITEM_CONTAINER)}
    sure = {
        node: containers for node, containers in containers_by_node.items()
        if not any(id_.startswith(ITEM_CONTAINER) or id_.split(":", 1)[0] in below for id_ in containers)
    }  # fmt: skip
    return Feeding(nodes, sorted(nodes), sorted(key for key, fed in nodes.items() if len(fed) > 1), sure)
