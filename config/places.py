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
from ruamel.yaml.nodes import MappingNode, ScalarNode

from config.faults import DEEPEST, ConfigurationError, Fault, Path, Step, place
from config.nodes import Items, Node, Pairs, Scalar, TooDeepError, UnusualError, composed
from config.shape import fault_of

MOST_VALUES = 1_000_000
"""A document of 2,000 projects has about a tenth; anchors in anchors would make any number of a few lines."""
LARGEST = 2**63
_LONE = re.compile("[\ud800-\udfff]")
_QUOTED = re.compile(r"'[^']{2,}'|\"[^\"]{2,}\"")
_TEXT_FIRST = frozenset("abcdeghijklmopqrsuvwxyzABCDEGHIJKLMOPQRSUVWXYZ_/")
_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE"), True), **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}  # fmt: skip
_DECIMAL = re.compile(r"-?[1-9][0-9]{0,17}")
_NUMBER_LIKE = re.compile(r"[-+.0-9][-+.0-9_a-fA-FxoinIN]*")
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

    Raises ConfigurationError with the line where the text is no YAML. Its message never quotes a value: the file may
    hold a secret.
    """
    document, places = parsed(text, name)
    return copied(document), places


# What is saved is looked at as it was and as it becomes.
_composed = lru_cache(maxsize=2)(composed)


@lru_cache(maxsize=2)
def nodes_of(text: str) -> Node | None:
    """Where everything of a text stands. They are looked at, never changed. Raises YAMLError where it is no YAML."""
    try:
        return _composed(text)
    except (TooDeepError, UnusualError):
        found: dict[int, Node] = {}
        root = YAML().compose(text)
        return None if root is None else _same(root, found)


def _same(slow: Any, found: dict[int, Node]) -> Node:
    """A node of ruamel's as one of ours."""
    if id(slow) in found:
        return found[id(slow)]
    start = slow.start_mark
    spot = start.index, slow.end_mark.index, start.line, start.column
    if isinstance(slow, ScalarNode):
        return found.setdefault(id(slow), Scalar(*spot, slow.value.replace("\a", ""), not slow.style))
    if isinstance(slow, MappingNode):
        pairs = Pairs(*spot, bool(slow.flow_style))
        found[id(slow)] = pairs
        pairs.value.extend((_same(key, found), _same(inner, found)) for key, inner in slow.value)
        return pairs
    items = Items(*spot, bool(slow.flow_style))
    found[id(slow)] = items
    items.value.extend(_same(item, found) for item in slow.value)
    return items


def copied(value: Any) -> Any:
    """Plain values again, sharing nothing that can be changed."""
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [copied(inner) for inner in value]
    return value


@lru_cache(maxsize=4)
def parsed(text: str, name: str) -> tuple[Any, Places]:
    """As ``parse``, but shared with others: what is only looked at. The texts read last are remembered."""
    places = Places(name)
    try:
        return _Meaning(places).of(_composed(text), ()), places
    except TooDeepError as error:
        fault = Fault((), "This is nested too deeply.", "Take out what stands in itself.", error.line)
        raise ConfigurationError([fault], name=name) from None
    except UnusualError:
        return _carefully(text, name)


class _Meaning:
    """What nodes stand for, as ``_carefully`` reads them. Raises UnusualError for what only that can tell."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._lines = places.lines

    def of(self, node: Node | None, path: Path) -> Any:
        _bounded(path, self._places)
        if node is None:
            return None
        if isinstance(node, Scalar):
            return meaning(node.value) if node.plain else _sound(node.value)
        if isinstance(node, Pairs):
            return self._mapping(node, path)
        found = []
        for index, item in enumerate(node.value):
            here = (*path, index)
            self._lines[here] = item.line + 1
            found.append(self.of(item, here))
        return found

    def _mapping(self, node: Pairs, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, inner in node.value:
            if not isinstance(key, Scalar):
                raise UnusualError
            name = str(key_meant := meaning(key.value) if key.plain else _sound(key.value))
            if name in found or not isinstance(key_meant, str | int) or isinstance(key_meant, bool):
                raise UnusualError
            here = (*path, name)
            self._lines[here] = key.line + 1
            found[name] = self.of(inner, here)
        return found


def _bounded(path: Path, places: Places) -> None:
    """Refuse a document whose anchors would make it larger or deeper than any that people write."""
    places.count["values"] += 1
    if places.count["values"] > MOST_VALUES:
        raise places.error([Fault(path[:4], "This holds too much.", "Take out anchors that stand in other anchors.")])
    if len(path) > DEEPEST:
        raise places.error([Fault(path[:4], "This is nested too deeply.", "Take out anchors that contain themselves.")])


def _is_odd(text: str) -> bool:
    """Whether it holds what is no character; only what is quoted can."""
    return "\0" in text or (not text.isascii() and _LONE.search(text) is not None)


def _sound(text: str) -> str:
    if _is_odd(text):
        raise UnusualError
    return text


def meaning(word: str) -> str | int | float | bool | None:
    """What a word without quotes stands for. Raises UnusualError for one that stands for something else than a value."""
    if word[:1] in _TEXT_FIRST:
        return word
    if word in _WORDS:
        return _WORDS[word]
    if word in ("<<", "="):
        raise UnusualError
    return _number(word) if _NUMBER_LIKE.fullmatch(word) else word


@lru_cache(maxsize=10_000)
def _number(word: str) -> str | int | float:
    if _DECIMAL.fullmatch(word):
        return int(word)
    try:
        found: str | int | float = _carefully(f"[{word}]", "")[0][0]
    except ConfigurationError:
        raise UnusualError from None
    return found  # in the very type: a number that remembers zeros before it is no id


def _carefully(text: str, name: str) -> tuple[Any, Places]:
    """As ruamel reads it, slowly, and says what is wrong."""
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
    except (TypeError, ValueError, IndexError):  # of ruamel's constructor: a key that is a mapping, a number like +_
        raise ConfigurationError([_odd_word(text)], name=name) from None
    except YAMLError:
        fault = Fault((), "The file holds characters that YAML does not allow.", "Save it as plain UTF-8 text.", 1)
        raise ConfigurationError([fault], name=name) from None
    except (ArithmeticError, LookupError, AttributeError):  # the reader's own, e.g. of a vast number
        fault = Fault((), "This can't be read.", "Take out numbers of thousands of digits, tags, and anchors in themselves.")
        raise ConfigurationError([fault], name=name) from None
    if fault is not None:
        raise ConfigurationError([fault], name=name)
    places = Places(name)
    return _plain(loaded, (), places), places


def _odd_word(text: str) -> Fault:
    """What in a text of sound form means nothing: a key that is no word, or a word that only begins as a number does."""
    left, seen = [nodes_of(text)], set[int]()
    while left:
        node = left.pop()
        if isinstance(node, Scalar) and node.plain and _NUMBER_LIKE.fullmatch(node.value) and not _has_digits(node.value):
            fix = "Put it in quotes, or write the number out."
            return Fault((), "A word without quotes begins as a number does, and is none.", fix, node.line + 1)
        if isinstance(node, Scalar) or node is None or id(node) in seen:
            continue
        seen.add(id(node))
        inside = [one for pair in node.value for one in pair] if isinstance(node, Pairs) else node.value
        if isinstance(node, Pairs) and (odd := next((key for key, _ in node.value if not isinstance(key, Scalar)), None)):
            return Fault((), "A mapping or a list stands where a key belongs.", "Write a word before the colon.", odd.line + 1)
        left += reversed(inside)
    return Fault((), "The file holds a word that can't be read.", "Put numbers that mean text in quotes.", 1)


def _has_digits(word: str) -> bool:
    return any(one.isdigit() for one in word.lower().removeprefix("0b").removeprefix("0x").removeprefix("0o"))


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
    _bounded(path, places)
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
        what, fix = "This holds characters that are none.", "Take out \\0 and halves of characters."
        return Fault(path, what, fix) if _is_odd(value) else None
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
