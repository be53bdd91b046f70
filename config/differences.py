"""What differs between two versions of the configuration: line by line, and by the places of the document."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from config.faults import Path
from config.merging import ABSENT, identity
from config.yaml_text import flow


@dataclass(frozen=True)
class Difference:
    """A place that differs, with both values as YAML on one line; None: it isn't there."""

    path: Path
    before: str | None
    after: str | None


def by_path(before: Any, after: Any) -> tuple[Difference, ...]:
    """Every place that differs, as deep as both sides have it; items of lists by what tells them apart."""
    return tuple(_differences((), before, after))


def unified(before: str, after: str) -> tuple[str, ...]:
    """The lines of a unified diff, without its two headings; nothing where the texts are the same."""
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    return tuple(lines)[2:]


def words(value: Any) -> str | None:
    """A value on one line, as it would stand in the file; None: it isn't there."""
    if value is ABSENT:
        return None
    try:
        return flow(value)
    except TypeError:  # a key without a value, somewhere inside
        return json.dumps(value, ensure_ascii=False, default=str)


def place(path: Path) -> str:
    """A path for people: ``portfolios › Growth › programs``."""
    return " › ".join(step.split("=", 1)[-1] if isinstance(step, str) else str(step) for step in path)


def _differences(path: Path, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from _differences((*path, name), before.get(name, ABSENT), after.get(name, ABSENT))
        return
    if _mappings(before) and _mappings(after):
        one, other = ({identity(item): item for item in items} for items in (before, after))
        if len(one) == len(before) and len(other) == len(after):
            yield from _differences(path, one, other)
            if one == other:
                yield Difference((*path, "order"), flow(list(map(_name, one))), flow(list(map(_name, other))))
            return
    yield Difference(path, words(before), words(after))


def _name(step: str) -> str:
    return step.split("=", 1)[-1]


def _mappings(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
