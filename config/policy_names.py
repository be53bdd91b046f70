"""What a policy names: dimensions that there are, and numbers of theirs that can be meant."""

from collections.abc import Iterator

from config.document import PolicyEntry
from config.faults import Fault, Path, did_you_mean
from service.dimensions import dimension_curves, limits


class Wrong(Exception):  # noqa: N818 - it carries a fault and never leaves the making of policies
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.what)
        self.fault = fault


def check_names(entry: PolicyEntry, path: Path) -> None:
    """Raises Wrong for the first dimension or number that there is none of, or that can't be meant."""
    for fault in _faults(entry, path):
        raise Wrong(fault)


def _faults(entry: PolicyEntry, path: Path) -> Iterator[Fault]:
    curves = dimension_curves()
    named = [((*path, key, name), name) for key in ("weights", "critical") for name in getattr(entry, key) or ()]
    named += [((*path, "required", place), name) for place, name in enumerate(entry.required or ())]
    for where, name in named:
        if name not in curves:
            what = f"There is no dimension {name!r}{did_you_mean(name, list(curves))}"
            yield Fault(where, what, f"Dimensions are: {', '.join(curves)}.")
    known = [name for numbers in curves.values() for name in numbers]
    for name, value in (entry.curves or {}).items():
        where = (*path, "curves", name)
        if name not in known:
            what = f"No dimension has a number {name!r}{did_you_mean(name, known)}"
            yield Fault(where, what, "The numbers of each dimension stand in docs/health-model.md.")
            continue
        least, most = limits(name)
        if not least <= value <= most:
            what = f"{name} can't be {value:g}."
            yield Fault(where, what, f"Give a number from {least:g} to {most:g}.")
