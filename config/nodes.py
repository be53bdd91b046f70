"""YAML text as nodes that know where they stand, read by libyaml: a document of 2,000 projects in a blink.

libyaml knows YAML 1.1, this product means 1.2, and what it says of mistakes is its own. So it only cuts the text: what a
word means is decided here, and whatever the two could read otherwise is left to the careful reader (``config.places``).
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from config.faults import DEEPEST

_MOST_NODES = 2_000_000
# Tabs, breaks and marks that only one of the two takes for a blank or a line's end; what no text should hold.
_ODD_CHARACTER = re.compile(r"[^\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|\r(?!\n)")
_ODD_ESCAPE = re.compile(r"\\(?![\"\\/nrt0 xuU])")
_ANCHOR = re.compile(r"&[A-Za-z0-9_-]+\s+[^!\s]")
# A block of lines whose head says no more than it has to, and whose first line holds something.
_PLAIN_BLOCK = re.compile(r"[|>][-+]?(?: +#[^\n]*| *)\r?\n *[^\s#]")


class UnusualError(Exception):
    """The text is for the careful reader: it may be wrong, or only rare."""


class TooDeepError(Exception):
    """More levels than a document has. ``line``: where, 1-based."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass(slots=True, eq=False)
class _Spot:
    """Where a value stands: places in the text; ``line`` and ``column`` are 0-based."""

    start: int
    end: int
    line: int
    column: int


@dataclass(slots=True, eq=False)
class Scalar(_Spot):
    """A word. ``plain``: it stands without quotes, so it may mean a number, a truth or nothing."""

    value: str
    plain: bool


@dataclass(slots=True, eq=False)
class Pairs(_Spot):
    """A mapping. ``flow``: it stands in braces."""

    flow: bool
    value: list[tuple["Node", "Node"]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Items(_Spot):
    """A list. ``flow``: it stands in brackets."""

    flow: bool
    value: list["Node"] = field(default_factory=list)


Node = Scalar | Pairs | Items


def composed(text: str) -> Node | None:
    """The document in ``text``; None: it is empty. Raises UnusualError for what libyaml may read otherwise than we do,
    and TooDeepError."""
    if _CParser is None or _ODD_CHARACTER.search(text) or _ODD_ESCAPE.search(text):
        raise UnusualError
    try:
        return _Composing(text).document()
    except yaml.YAMLError:
        raise UnusualError from None


# A build of PyYAML without libyaml has none; everything is read carefully then.
_CParser: Any = getattr(getattr(yaml, "cyaml", None), "CParser", None)


class _Composing:
    """From events to nodes, without recursion: depth costs no stack."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events = _CParser(text)
        self._anchors: dict[str, Node] = {}
        self._open: list[Pairs | Items] = []
        self._keys: list[Node | None] = []
        self._root: Node | None = None

    def document(self) -> Node | None:
        take = self._events.get_event
        take()
        event = take()
        if isinstance(event, yaml.StreamEndEvent):
            return None
        if event.version is not None or event.tags is not None:
            raise UnusualError
        for _ in range(_MOST_NODES):
            event = take()
            if isinstance(event, yaml.DocumentEndEvent):
                if event.explicit:
                    raise UnusualError
                break
            self._take(event)
        if not isinstance(take(), yaml.StreamEndEvent):
            raise UnusualError
        return self._root

    def _take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            style = event.style
            start, end = event.start_mark, event.end_mark
            if not self._open or (style and style in "|>" and not _PLAIN_BLOCK.match(self._text, start.index)):
                raise UnusualError
            node: Node = Scalar(start.index, end.index, start.line, start.column, event.value, not style)
            self._named(event, node)
            self._put(node)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            start = event.start_mark
            made = Pairs if kind is yaml.MappingStartEvent else Items
            opened = made(start.index, start.index, start.line, start.column, bool(event.flow_style))
            if made is Pairs and opened.flow and self._text[start.index] not in "{&":  # one pair in a list: [a: b]
                raise UnusualError
            self._named(event, opened)
            self._put(opened)
            self._open.append(opened)
            self._keys.append(None)
            if len(self._open) > DEEPEST + 1:
                raise TooDeepError(start.line + 1)
        elif kind is yaml.AliasEvent:
            self._put(self._meant(event.anchor))
        else:
            self._open.pop().end = event.end_mark.index
            self._keys.pop()

    def _named(self, event: Any, node: Node) -> None:
        """Refuse a tag, and remember an anchor."""
        first = self._text[node.start : node.start + 1]
        if event.tag is not None or first == "!":
            raise UnusualError
        if event.anchor is not None:
            if event.anchor in self._anchors or not _ANCHOR.match(self._text, node.start) or isinstance(node, Scalar):
                raise UnusualError
            self._anchors[event.anchor] = node

    def _meant(self, anchor: str) -> Node:
        node = self._anchors.get(anchor)
        if node is None or any(node is one for one in self._open):
            raise UnusualError
        return node

    def _put(self, node: Node) -> None:
        if not self._open:
            self._root = node
            return
        holder = self._open[-1]
        if isinstance(holder, Items):
            holder.value.append(node)
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = node
        else:
            holder.value.append((key, node))
            self._keys[-1] = None
