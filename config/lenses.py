"""From the document's ``lenses`` to the lenses of the model."""

from collections import Counter
from collections.abc import Iterator

from config.courtesy import CourtesyEntry
from config.document import Document, LensEntry
from config.endpoints import TargetEntry
from config.faults import Fault, Path, did_you_mean
from model.lens import Lens, LensGroup, LensKind, Metric
from model.tree import Tree
from rollup.lens import group_id, top_id

_BY = {"goal": LensKind.GOAL, "class": LensKind.CLASS}


def build_lenses(document: Document, tree: Tree) -> tuple[tuple[Lens, ...], list[Fault]]:
    """Every lens in the document's order, and what is wrong with them."""
    lenses = tuple(lens_of(name, entry, document.publishing) for name, entry in document.lenses.items())
    faults = [fault for lens in lenses for fault in (*_named_nowhere(document, lens), *_clashes(lens, tree))]
    return lenses, faults + _published_twice(document)


def lens_of(name: str, entry: LensEntry, general: CourtesyEntry) -> Lens:
    """The lens that an entry describes. ``general``: how all targets are written to."""
    kind, key = _kind(entry)
    groups = tuple(
        LensGroup(
            value=value.strip().casefold(),
            name=told.name,
            weight=told.weight,
            metric=Metric.model_validate(told.metric.model_dump()) if told.metric else None,
            publish=tuple(target.record(general) for target in told.publish),
        )
        for value, told in entry.nodes.items()
    )
    publish = tuple(target.record(general) for target in entry.publish)
    return Lens(name=name, kind=kind, key=key, title=entry.title, groups=groups, publish=publish)


def _kind(entry: LensEntry) -> tuple[LensKind, str]:
    if entry.label_prefix is not None:
        return LensKind.LABEL, entry.label_prefix
    if entry.field is not None:
        return LensKind.FIELD, entry.field
    if entry.tag is not None:
        return LensKind.TAG, entry.tag
    return _BY[entry.by or "class"], ""


def _named_nowhere(document: Document, lens: Lens) -> Iterator[Fault]:
    """A field that no mapping names, or a tag that no project carries, is most likely misspelt."""
    if lens.kind is LensKind.FIELD:
        facets = sorted({name for mapping in document.mapping.values() for name in mapping.facets})
        if lens.key not in facets:
            what = f"No mapping has a facet {lens.key!r}{did_you_mean(lens.key, facets)}"
            yield Fault(("lenses", lens.name, "field"), what, "Name it under mapping.<connection>.facets.")


def _clashes(lens: Lens, tree: Tree) -> Iterator[Fault]:
    """A lens has ids of its own; a group named twice in other letters would be one node."""
    taken = tree.by_id()
    for id_ in (top_id(lens), *(node for node in taken if node.startswith(f"{lens.name}--"))):
        if id_ in taken:
            what = f"The id {id_!r} of a node belongs to the lens {lens.name!r}."
            yield Fault(("lenses", lens.name), what, "Give the node another id, or the lens another name.")
    counted = Counter(group_id(lens, group.value) for group in lens.groups)
    for group in lens.groups:
        if counted[group_id(lens, group.value)] > 1:
            what = f"The group {group.value!r} stands twice."
            yield Fault(("lenses", lens.name, "nodes"), what, "Keep one of the two.")
            return


def _published_twice(document: Document) -> list[Fault]:
    """Two nodes would overwrite each other for ever in one target."""
    seen = {target.label for _, target in _tree_targets(document)}
    faults = []
    for path, target in _lens_targets(document):
        label = target.label
        if label in seen:
            what = f"The target {label} is named twice; two nodes would overwrite each other there."
            faults.append(Fault(path, what, "Publish one node to one target."))
        seen.add(label)
    return faults


def _tree_targets(document: Document) -> Iterator[tuple[Path, TargetEntry]]:
    for portfolio in document.portfolios:
        yield from (((), target) for target in portfolio.publish)
    for _, program in document.programs():
        for node in (program, *program.projects):
            yield from (((), target) for target in getattr(node, "publish", ()))


def _lens_targets(document: Document) -> Iterator[tuple[Path, TargetEntry]]:
    for name, entry in document.lenses.items():
        yield from ((("lenses", name, "publish", at), target) for at, target in enumerate(entry.publish))
        for value, told in entry.nodes.items():
            place: Path = ("lenses", name, "nodes", value, "publish")
            yield from (((*place, at), target) for at, target in enumerate(told.publish))
