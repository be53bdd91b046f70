"""What the cases of a document say of each other: the projects they name are there, needs end somewhere, parts are weighed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from config.cases import CaseEntry
from config.document import Document, ProjectEntry
from config.faults import Fault, Path, did_you_mean


@dataclass(frozen=True)
class _Told:
    """A project with a case; ``path`` is the project's."""

    id: str
    path: Path
    case: CaseEntry


def case_faults(document: Document, ids: Mapping[Path, str]) -> list[Fault]:
    """What is wrong with the cases. ``ids``: of every node by its path."""
    projects = [
        (ids[path], path, entry)
        for above, program in document.programs()
        for index, entry in enumerate(program.projects)
        if isinstance(entry, ProjectEntry) and (path := (*above, "projects", index))
    ]
    told = [_Told(id_, path, entry.case) for id_, path, entry in projects if entry.case is not None]
    known = [id_ for id_, _, _ in projects]
    faults = [fault for one in told for fault in (*_named(one, known), *_unweighed(document, one))]
    return faults or list(_circles(told))


def _named(one: _Told, known: Sequence[str]) -> Iterator[Fault]:
    """Projects that a case names and that are not there, or are the project itself, or both needed and excluded."""
    for key in ("needs", "excludes"):
        for index, other in enumerate(getattr(one.case, key)):
            path: Path = (*one.path, "case", key, index)
            if other == one.id:
                yield Fault(path, f"Project {other!r} names itself.", "Remove it.")
            elif other not in known:
                guess = did_you_mean(other, known)
                yield Fault(path, f"There is no project with the id {other!r}{guess}", "Name the id of a project of this tree.")
            elif key == "excludes" and other in one.case.needs:
                yield Fault(path, f"Project {one.id!r} both needs and excludes {other!r}.", "Keep one of the two.")


def _unweighed(document: Document, one: _Told) -> Iterator[Fault]:
    """Parts of a value that the portfolio's value model does not weigh."""
    if not isinstance(one.case.value, dict):
        return
    number = one.path[1]
    model = document.portfolios[number].value_model if isinstance(number, int) else {}
    for part in one.case.value:
        if part not in model:
            what = f"The value model of this portfolio has no part {part!r}{did_you_mean(part, list(model))}"
            fix = f"Its parts are: {', '.join(model)}." if model else "Give the portfolio a value_model: {part: weight}."
            yield Fault((*one.path, "case", "value", part), what, fix)


def _circles(told: Sequence[_Told]) -> Iterator[Fault]:
    """Projects that need each other in a circle: none of them could ever begin."""
    try:
        TopologicalSorter({one.id: one.case.needs for one in told}).prepare()
    except CycleError as error:
        way: list[str] = error.args[1][::-1]  # it is told from what is needed to what needs it
        first = next(one for one in told if one.id in way)
        start = way.index(first.id)
        around = [*way[start:-1], *way[:start], first.id]
        path: Path = (*first.path, "case", "needs", first.case.needs.index(around[1]))
        yield Fault(path, f"These projects need each other in a circle: {' → '.join(around)}.", "Remove one of these needs.")
