"""The form of a YAML text, looked at before anything is made of it: what would take for ever to read is refused at once."""

import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from config.faults import Fault

_EXPLICIT = re.compile(r"(?:^|[\s\[{,])\?(?=\s|$)", re.MULTILINE)
_BRACKETS = re.compile(r"[\[\]{}]")


def fault_of(text: str, *, deepest: int) -> Fault | None:
    """What is wrong with the form of a text: nested deeper than ``deepest``, or a key that is no word; None: nothing.

    A key inside a key takes twice as long to read, a bracket inside a bracket the square: both are found in the words of
    the text alone. A text that has neither is not read twice. Raises YAMLError where it is no YAML.
    """
    if not _EXPLICIT.search(text) and _brackets_deep(text) <= deepest:
        return None
    holders: list[bool | None] = []  # a list is None, a mapping whether its next part is a key
    for event in YAML(typ="rt", pure=True).parse(text):
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            holders.pop()
            continue
        if not isinstance(event, MappingStartEvent | SequenceStartEvent | ScalarEvent | AliasEvent):
            continue
        is_key = bool(holders and holders[-1])
        if holders and holders[-1] is not None:
            holders[-1] = not holders[-1]
        if isinstance(event, ScalarEvent | AliasEvent):
            continue
        if is_key:
            what, fix = "A mapping or a list stands where a key belongs.", "Write a word before the colon."
            return Fault((), what, fix, _line(event.start_mark))
        holders.append(True if isinstance(event, MappingStartEvent) else None)
        if len(holders) > deepest:
            return Fault((), "This is nested too deeply.", "Take out what stands in itself.", _line(event.start_mark))
    return None


def _brackets_deep(text: str) -> int:
    """How deep brackets stand in each other at most, those in quoted words too."""
    deep = most = 0
    for found in _BRACKETS.finditer(text):
        deep = deep + 1 if found[0] in "[{" else max(0, deep - 1)
        most = max(most, deep)
    return most


def _line(mark: Any) -> int:
    return int(mark.line) + 1
