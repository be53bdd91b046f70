"""YAML text as plain values, with the line of every key and item."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from config.faults import ConfigurationError, Fault, Path, Step, place
from config.shape import fault_of

DEEPEST = 40
MOST_VALUES = 1_000_000
"""A document of 2,000 projects has about a tenth; anchors in anchors would make any number of a few lines."""
LARGEST = 2**63
_LONE = re.compile("[\ud800-\udfff]")
_QUOTED = re.compile(r"'[^']{2,}'|\"[^\"]{2,}\"")
_DUPLICATE = re.compile(r'found duplicate key "(.*?)"')


class _TextDates(RoundTripConstructor):
    """Leaves dates as text, so that a bad one is refused with its line and a version named 2026-01-01 stays a name."""


_TextDates.add_constructor("tag:yaml.org,2002:timestamp", lambda self, node: node.value)


@dataclass(frozen=True)
class Places:
    """Where everything of one document stands. ``lines`` are 1-based, by path; empty for a document from no file."""

    name: str
    lines: dict[Path, int] = field(default_factory=dict)
    count: Counter[str] = field(default_factory=Counter, repr=False, compare=False)

    def line(self, path: Path) -> int | None:
        """The line of a path, or of the nearest thing above it that is there."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 1 if self.lines else None

    def where(self, path: Path) -> str:
        """File, line and path for people."""
        return place(self.name, self.line(path), path)

    def locate(self, fault: Fault) -> Fault:
        """The fault with its line."""
        return Fault(fault.path, fault.what, fault.fix, self.line(fault.path))

    def error(self, faults: list[Fault]) -> ConfigurationError:
        """All faults in one error, in the order of the file."""
        located = sorted((self.locate(fault) for fault in faults), key=lambda fault: fault.line or 0)
        return ConfigurationError(located, name=self.name)


def parse(text: str, name: str) -> tuple[Any, Places]:
    """The document in ``text`` as dicts, lists and scalars (keys and dates are text), and its places.

    The texts read last are remembered: reading one of 2,000 projects takes seconds, and a change reads it several times.
    Raises ConfigurationError with the line where the text is no YAML. Its message never quotes a value: the file may
    hold a secret.
    """
    document, places = _parsed(text, name)
    return copied(document), places


def copied(value: Any) -> Any:
    """Plain values again, sharing nothing that can be changed."""
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [copied(inner) for inner in value]
    return value


@lru_cache(maxsize=4)
def _parsed(text: str, name: str) -> tuple[Any, Places]:
    loader = YAML(typ="rt")
    loader.Constructor = _TextDates
    try:
        fault = fault_of(text, deepest=DEEPEST)
        loaded = loader.load(text) if fault is None else None
    except MarkedYAMLError as error:
        raise ConfigurationError([_syntax_fault(error)], name=name) from None
    except RecursionError:
        fault = Fault((), "This is nested too deeply.", "Take out what stands in itself.", 1)
        raise ConfigurationError([fault], name=name) from None
    except YAMLError:
        fault = Fault((), "The file holds characters that YAML does not allow.", "Save it as plain UTF-8 text.", 1)
        raise ConfigurationError([fault], name=name) from None
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError):  # the reader's own, e.g. of a vast number
        fault = Fault((), "This can't be read.", "Take out numbers of thousands of digits, tags, and anchors in themselves.")
        raise ConfigurationError([fault], name=name) from None
    if fault is not None:
        raise ConfigurationError([fault], name=name)
    places = Places(name)
    return _plain(loaded, (), places), places


def _syntax_fault(error: MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    if isinstance(error, DuplicateKeyError):
        found = _DUPLICATE.search(error.problem or "")
        key = found.group(1) if found else "?"
        return Fault((), f"The key {key!r} stands twice in one mapping.", "Keep one of the two.", line)
    problem = _QUOTED.sub("…", error.problem or "it can't be read")
    return Fault((), f"This is not YAML: {problem}.", "Mind indentation, colons and quotes.", line)


def _plain(value: object, path: Path, places: Places) -> Any:
    places.count["values"] += 1
    if places.count["values"] > MOST_VALUES:
        raise places.error([Fault(path[:4], "This holds too much.", "Take out anchors that stand in other anchors.")])
    if len(path) > DEEPEST:
        raise places.error([Fault(path[:4], "This is nested too deeply.", "Take out anchors that contain themselves.")])
    if isinstance(value, CommentedMap):
        return {str(key): _at(value, key, str(key), path, places, _key_line) for key in value}
    if isinstance(value, CommentedSeq):
        return [_at(value, index, index, path, places, _item_line) for index in range(len(value))]
    fault = _odd(value, path)
    if fault is not None:
        raise places.error([fault])
    return str(value) if isinstance(value, str) else value


def _odd(value: object, path: Path) -> Fault | None:
    """What is wrong with a single value that YAML allows and nothing after us can hold."""
    if isinstance(value, str):
        odd = "\0" in value or (not value.isascii() and _LONE.search(value))
        return Fault(path, "This holds characters that are none.", "Take out \\0 and halves of characters.") if odd else None
    if isinstance(value, int | float):  # one without an end is refused where it stands for something
        large = isinstance(value, int) and abs(value) >= LARGEST
        return Fault(path, "This number is too large to be counted with.", "Write a smaller one.") if large else None
    what = "Tags (words that begin with '!') mean nothing here."  # of one come e.g. bytes or a set
    return None if value is None else Fault(path, what, "Take the tag out.")


def _at(
    holder: Any, key: Any, step: Step, path: Path, places: Places, line_of: Callable[[Any, Any], int | None]
) -> Any:
    here = (*path, step)
    line = line_of(holder, key)
    if line is not None:
        places.lines[here] = line + 1
    return _plain(holder[key], here, places)


def _key_line(holder: CommentedMap, key: Any) -> int | None:
    marks = (holder.lc.data or {}).get(key)  # a merged key (<<) has no mark of its own
    return marks[0] if marks else None


def _item_line(holder: CommentedSeq, index: int) -> int | None:
    marks = (holder.lc.data or {}).get(index)
    return marks[0] if marks else None
