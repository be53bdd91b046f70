"""What a process remembers of the tools' own words, and of which containers feed which nodes, while the store holds the same.

Every page that a tool sends is read with them, and marks nodes by them: read anew each time, they would cost more than it.
"""

from collections.abc import Callable, Mapping

from connector.sdk.base import Connector
from model.sync import RawPayload
from model.tree import Tree
from store.unit_of_work import UnitOfWork

_Digests = tuple[bytes, ...]
Fed = Mapping[str, tuple[str, ...]]
"""For each project node the ids of the containers that feed it."""


class Remembered:
    """Shared by the threads of a process: each of them compares with the store before it believes any of it."""

    def __init__(self) -> None:
        self._words: dict[str, tuple[_Digests, tuple[RawPayload, ...]]] = {}
        self._fed: tuple[Tree, Mapping[str, _Digests], Fed] | None = None

    def words(self, uow: UnitOfWork, connector: Connector) -> tuple[RawPayload, ...]:
        """The kept payloads a connector needs to read any other payload; one object for as long as they are equal."""
        digests, held = _digests(uow, connector), self._words.get(connector.name)
        if held is None or held[0] != digests:
            held = digests, uow.raw.of_kinds(connector.name, connector.reference_kinds)
            self._words[connector.name] = held
        return held[1]

    def fed(self, uow: UnitOfWork, tree: Tree, connector: Callable[[str], Connector]) -> Fed:
        """The containers that feed the nodes of the tree as it is now, all of whose connections there are."""
        names = sorted({source.connection for node in tree.projects() for source in node.sources})
        digests, held = {name: _digests(uow, connector(name)) for name in names}, self._fed
        if held is None or held[0] is not tree or held[1] != digests:
            words = {name: self.words(uow, connector(name)) for name in names}
            held = self._fed = tree, digests, containers(tree, connector, words)
        return held[2]


def containers(
    tree: Tree, connector: Callable[[str], Connector], words: Mapping[str, tuple[RawPayload, ...]]
) -> dict[str, tuple[str, ...]]:
    """For each project node the ids of the containers (``item:<id>``: everything below it) that feed it.

    ``words``: the reference payloads of each connection; sources of another one are left out.
    """
    return {
        node.id: tuple(dict.fromkeys(
            container for source in node.sources if source.connection in words
            for container in connector(source.connection).container_ids(source, words[source.connection])
        ))
        for node in tree.projects()
    }  # fmt: skip


def _digests(uow: UnitOfWork, connector: Connector) -> _Digests:
    return uow.raw.hashes(connector.name, tuple(connector.reference_kinds))
