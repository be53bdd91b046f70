"""From ``from:`` entries of the document to what is to be derived."""

from collections.abc import Iterator

from config.document import DerivedEntry, Document, ProgramEntry
from config.faults import Path
from model.derived import Derivation
from model.tree import NodeKind, Tree, as_tags


def build_derivations(document: Document, tree: Tree) -> tuple[Derivation, ...]:
    """Every derivation in the document's order. ``tree``: made of the same document."""
    above = [node.id for node in tree.nodes if node.kind is not NodeKind.PROJECT]
    if not above:
        return ()
    ids = dict(zip(_paths(document), above, strict=True))
    return tuple(_derivations(document, ids))


def _paths(document: Document) -> list[Path]:
    """Where each portfolio and each program stands, in the tree's order."""
    portfolios: list[Path] = [("portfolios", number) for number in range(len(document.portfolios))]
    return [*portfolios, *(path for path, _ in document.programs())]


def _derivations(document: Document, ids: dict[Path, str]) -> Iterator[Derivation]:
    for number, portfolio in enumerate(document.portfolios):
        for index, program in enumerate(portfolio.programs):
            path: Path = ("portfolios", number, "programs", index)
            if isinstance(program, DerivedEntry):
                yield _derivation(program, NodeKind.PROGRAM, ids[path[:2]])
            else:
                yield from _of_program(program, ids[path])


def _of_program(program: ProgramEntry, id_: str) -> Iterator[Derivation]:
    if program.derived_from is not None:
        yield Derivation(origin=program.derived_from.record(), level=NodeKind.PROJECT, parent=id_)
    for entry in program.projects:
        if isinstance(entry, DerivedEntry):
            yield _derivation(entry, NodeKind.PROJECT, id_)


def _derivation(entry: DerivedEntry, level: NodeKind, parent: str) -> Derivation:
    return Derivation(
        origin=entry.derived_from.record(),
        level=level,
        parent=parent,
        share=entry.share,
        project_class=entry.project_class,
        sponsor=entry.sponsor,
        weight=entry.weight,
        goals=tuple(goal.record() for goal in entry.goals),
        tags=as_tags(entry.tags),
    )
