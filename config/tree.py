"""From the document's portfolios, programs and projects to the tree of the model."""

from collections.abc import Iterator
from dataclasses import dataclass

from config.case_rules import case_faults
from config.courtesy import CourtesyEntry
from config.document import Document, NodeEntry, PortfolioEntry, ProjectEntry, RefEntry
from config.faults import Fault, Path, did_you_mean
from model.ids import slug as plain_slug
from model.tree import Node, NodeKind, Parent, Tree, as_tags

LONGEST_ID = 64


@dataclass(frozen=True)
class _Placed:
    """A node as it stands in the document; ``parent`` is the path of the node above it."""

    path: Path
    kind: NodeKind
    entry: NodeEntry
    parent: Path | None


@dataclass(frozen=True)
class _Reference:
    path: Path
    entry: RefEntry
    parent: Path


def build_tree(document: Document) -> tuple[Tree, list[Fault]]:
    """The tree (portfolios, then programs, then projects, each in the document's order) and what is wrong with it.

    With faults, the tree is empty.
    """
    placed, references = list(_nodes(document)), list(_references(document))
    ids, faults = _ids(placed)
    shares, share_faults = _shares(references, placed, ids)
    faults += share_faults + _published_twice(placed) + case_faults(document, ids)
    if faults:
        return Tree(nodes=()), faults
    return Tree(nodes=tuple(_node(one, ids, shares.get(one.path, []), document.publishing) for one in placed)), []


def slug(name: str, *, otherwise: str) -> str:
    """A name as an id: small letters, digits and single dashes; ``otherwise`` where nothing is left of it."""
    return plain_slug(name)[:LONGEST_ID].strip("-") or otherwise


def free_slug(name: str, *, otherwise: str, taken: set[str]) -> str:
    """The slug of a name, with -2, -3 … when it is taken."""
    first = slug(name, otherwise=otherwise)
    candidate, number = first, 1
    while candidate in taken:
        number += 1
        ending = f"-{number}"
        candidate = first[: LONGEST_ID - len(ending)].rstrip("-") + ending
    return candidate


def _nodes(document: Document) -> Iterator[_Placed]:
    for number, portfolio in enumerate(document.portfolios):
        yield _Placed(("portfolios", number), NodeKind.PORTFOLIO, portfolio, None)
    for path, program in document.programs():
        yield _Placed(path, NodeKind.PROGRAM, program, path[:2])
    for path, program in document.programs():
        for index, entry in enumerate(program.projects):
            if isinstance(entry, ProjectEntry):
                yield _Placed((*path, "projects", index), NodeKind.PROJECT, entry, path)


def _references(document: Document) -> Iterator[_Reference]:
    for path, program in document.programs():
        for index, entry in enumerate(program.projects):
            if isinstance(entry, RefEntry):
                yield _Reference((*path, "projects", index), entry, path)


def _ids(placed: list[_Placed]) -> tuple[dict[Path, str], list[Fault]]:
    """Every node's id by its path. Ids that people chose come first, so that adding a node renames no other."""
    ids: dict[Path, str] = {}
    taken: set[str] = set()
    faults: list[Fault] = []
    for one in placed:
        if one.entry.id is None:
            continue
        if one.entry.id in taken:
            faults.append(Fault((*one.path, "id"), f"The id {one.entry.id!r} stands twice.", "Give each node its own."))
        ids[one.path] = one.entry.id
        taken.add(one.entry.id)
    for one in placed:
        if one.path not in ids:
            ids[one.path] = free_slug(one.entry.name, otherwise=one.kind.value, taken=taken)
            taken.add(ids[one.path])
    return ids, faults


def _shares(
    references: list[_Reference], placed: list[_Placed], ids: dict[Path, str]
) -> tuple[dict[Path, list[Parent]], list[Fault]]:
    """The second parents of each project by the project's path."""
    projects = {ids[one.path]: one for one in placed if one.kind is NodeKind.PROJECT}
    shares: dict[Path, list[Parent]] = {}
    faults: list[Fault] = []
    for reference in references:
        project = projects.get(reference.entry.ref)
        if project is None:
            faults.append(_unknown_project(reference, list(projects)))
            continue
        parents = shares.setdefault(project.path, [])
        parent = ids[reference.parent]
        if reference.parent == project.parent or any(known.id == parent for known in parents):
            what = f"Project {reference.entry.ref!r} stands twice under {parent!r}."
            faults.append(Fault((*reference.path, "ref"), what, "Remove this entry."))
            continue
        parents.append(Parent(id=parent, share=reference.entry.share))
        if sum(known.share for known in parents) >= 1:
            faults.append(_nothing_left(reference))
    return shares, faults


def _unknown_project(reference: _Reference, known: list[str]) -> Fault:
    guess = did_you_mean(reference.entry.ref, known)
    what = f"There is no project with the id {reference.entry.ref!r}{guess}"
    return Fault((*reference.path, "ref"), what, "Name the id of a project of this tree.")


def _nothing_left(reference: _Reference) -> Fault:
    what = f"The shares of {reference.entry.ref!r} elsewhere sum to 1 or more: nothing is left for its own program."
    return Fault((*reference.path, "share"), what, "Make them sum to less than 1.")


def _published_twice(placed: list[_Placed]) -> list[Fault]:
    """Two nodes would overwrite each other for ever in one target."""
    faults: list[Fault] = []
    seen: set[str] = set()
    for one in placed:
        for index, entry in enumerate(one.entry.publish):
            label = entry.label
            if label.casefold() in seen:
                what = f"The target {label} is named twice; two nodes would overwrite each other there."
                faults.append(Fault((*one.path, "publish", index), what, "Publish one node to one target."))
            seen.add(label.casefold())  # keys of issues mean the same in any case
    return faults


def _node(one: _Placed, ids: dict[Path, str], others: list[Parent], general: CourtesyEntry) -> Node:
    parents: tuple[Parent, ...] = ()
    if one.parent is not None:
        own = round(1 - sum(other.share for other in others), 12)
        parents = (Parent(id=ids[one.parent], share=own), *others)
    entry = one.entry
    node = Node(
        id=ids[one.path],
        kind=one.kind,
        name=entry.name,
        parents=parents,
        budget=entry.budget,
        weight=entry.weight,
        sponsor=entry.sponsor,
        goals=tuple(goal.record() for goal in entry.goals),
        publish=tuple(target.record(general) for target in entry.publish),
    )
    if isinstance(entry, PortfolioEntry):
        return node.model_copy(update={"value_model": tuple(sorted(entry.value_model.items()))})
    if not isinstance(entry, ProjectEntry):
        return node
    return node.model_copy(
        update={
            "project_class": entry.project_class,
            "state": entry.state,
            "start_on": entry.start_date,
            "target_on": entry.target_date,
            "tags": as_tags(entry.tags),
            "sources": tuple(source.record() for source in entry.sources),
            "case": entry.case.record() if entry.case else None,
        }
    )
