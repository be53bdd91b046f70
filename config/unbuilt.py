"""Keys of the published schema whose feature is not built yet: refused by name, never ignored."""

from typing import Any

from config.faults import Fault, Path

_LEVELS = ("portfolios", "programs", "projects")


def take_out(document: Any) -> tuple[Any, list[Fault]]:
    """The document without the keys that are not built yet, and one fault for each of them."""
    faults: list[Fault] = []
    if not isinstance(document, dict):
        return document, faults
    kept = dict(document)
    return _without_from(kept, (), _LEVELS, faults), faults


def _without_from(node: Any, path: Path, levels: tuple[str, ...], faults: list[Fault]) -> Any:
    if not isinstance(node, dict):
        return node
    kept = dict(node)
    if path and "from" in kept:
        del kept["from"]
        faults.append(Fault((*path, "from"), "from: not built yet.", "Remove the key and list what it stands for."))
    if levels and isinstance(kept.get(levels[0]), list | tuple):
        level, rest = levels[0], levels[1:]
        kept[level] = [_without_from(child, (*path, level, i), rest, faults) for i, child in enumerate(kept[level])]
    return kept


def silence(faults: list[Fault], unbuilt: list[Fault]) -> list[Fault]:
    """``faults`` without those that only follow from a key that was taken out: what a derived node lacks."""
    derived = [fault.path[:-1] for fault in unbuilt if fault.path[-1] == "from"]
    return [fault for fault in faults if fault.path not in derived and fault.path[:-1] not in derived]
