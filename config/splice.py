"""Changes values inside YAML text and leaves every other character as people wrote it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from config.merging import identity
from config.nodes import Items, Node, Pairs, Scalar
from config.places import nodes_of, parsed
from config.yaml_text import STEP, Value, block, block_item, flow, is_long


@dataclass(frozen=True)
class _Edit:
    """Replace the characters from ``start`` to ``end`` by ``text``."""

    start: int
    end: int
    text: str


def set_in(text: str, path: tuple[str, ...], value: dict[str, Value]) -> str:
    """``text`` with the mapping at ``path`` being ``value``; mappings on the way are made where they are missing.

    Comments stay, except those on lines whose key goes. Raises ValueError when the document is no mapping.
    """
    root = nodes_of(text)
    if not isinstance(root, Pairs):
        raise ValueError("the document is no mapping")
    key: Node = root
    node: Node = root
    left = list(path)
    while left and isinstance(node, Pairs) and left[0] in _pairs(node):
        key, node = _pairs(node)[left.pop(0)]
    wanted: Value = value
    for name in reversed(left):
        wanted = {name: wanted}
    if left and isinstance(node, Pairs) and isinstance(wanted, dict):
        edits = [_insert(text, node, wanted)]
    else:
        edits = list(_edits(text, key, node, wanted))
    return _with(text, edits)


def become(text: str, wanted: dict[str, Value], *, name: str = "the changed text") -> str:
    """``text`` as the document ``wanted``: what is the same stays as it was written, comments too.

    Items of lists that only stand elsewhere take their own comments along. ``name``: of the text, for what is remembered
    of it. Raises ValueError when it is no mapping.
    """
    made = set_in(text, (), wanted)
    # What is read here is what the caller reads next, and it is remembered: a large text takes seconds.
    while parsed(made, name)[0] != wanted and (edits := next(_moves(made, nodes_of(made), wanted), None)) is not None:
        made = _with(made, edits)
    return made


def _moves(text: str, node: Node | None, wanted: Value) -> Iterator[list[_Edit]]:
    if isinstance(node, Pairs) and isinstance(wanted, dict):
        for name, (_, inner) in _pairs(node).items():
            if name in wanted:
                yield from _moves(text, inner, wanted[name])
    if not _is_block_of_mappings(node) or not isinstance(wanted, list):
        return
    present = {identity(_plain(item)): item for item in node.value}
    order = [present[identity(_texts(item))] for item in wanted if identity(_texts(item)) in present]
    if len(order) == len(node.value) and order != node.value:
        places = [_lines(text, item) for item in node.value]
        moved = [_whole(text, *_lines(text, item)) for item in order]
        yield [_Edit(start, end, new) for (start, end), new in zip(places, moved, strict=True)]
    for item, inner_wanted in zip(order, wanted, strict=False):
        yield from _moves(text, item, inner_wanted)


def _whole(text: str, start: int, end: int) -> str:
    """Lines with an end, which the last one of a file may lack."""
    return text[start:end] if text[start:end].endswith("\n") else text[start:end] + _line_end(text)


def _with(text: str, edits: list[_Edit]) -> str:
    """The text with all edits. Of two that add at one place the first, which is the deeper one, comes first."""
    in_order = sorted(edits, key=lambda edit: (edit.start, edit.end))
    for edit in in_order[::-1]:
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def section(text: str, key: str) -> str:
    """A key of the document with its value, as it stands in the text; empty where it is not there."""
    start, end = _span(text, key)
    return text[start:end]


def set_section(text: str, key: str, lines: list[str]) -> str:
    """``text`` with ``lines`` in place of a key of the document and its value, or at the end where it is not there."""
    start, end = _span(text, key)
    line_end = _line_end(text)
    new = line_end.join(lines)
    if start == end:
        return f"{text}{'' if text.endswith(chr(10)) or not text else line_end}{new}{line_end}"
    return text[:start] + new + text[end:]


def _span(text: str, key: str) -> tuple[int, int]:
    """Where a key of the document begins and its value ends."""
    root = nodes_of(text)
    if not isinstance(root, Pairs):
        raise ValueError("the document is no mapping")
    if key not in _pairs(root):
        return len(text), len(text)
    at, value = _pairs(root)[key]
    return at.start, _end(value, at)


def _pairs(node: Pairs) -> dict[str, tuple[Node, Node]]:
    return {str(key.value): (key, value) for key, value in node.value}


def _edits(text: str, key: Node, node: Node, wanted: Value) -> Iterator[_Edit]:
    """What turns the value ``node`` of ``key`` into ``wanted``, key by key and item by item where both are blocks."""
    if _is_block_of_mappings(node) and isinstance(wanted, list) and wanted and _apart(wanted):
        yield from _item_edits(text, node, wanted)
        return
    if not (isinstance(node, Pairs) and isinstance(wanted, dict) and wanted and not node.flow):
        yield _replace(text, key, node, wanted)
        return
    present = _pairs(node)
    for name, (key_node, value_node) in present.items():
        if name not in wanted:
            yield _Edit(_line_start(text, key_node.start), _next_line(text, _end(value_node, key_node)), "")
        elif _plain(value_node) != _texts(wanted[name]):
            yield from _edits(text, key_node, value_node, wanted[name])
    new = {name: value for name, value in wanted.items() if name not in present}
    if new:
        yield _insert(text, node, new)


def _apart(wanted: list[Value]) -> bool:
    """Whether no two items would be taken for one another, as two people of one name are."""
    return len({identity(_texts(item)) for item in wanted}) == len(wanted)


def _is_block_of_mappings(node: Node | None) -> TypeGuard[Items]:
    """Whether a value is a list whose items have lines, and comments, of their own."""
    if not isinstance(node, Items) or node.flow:
        return False
    return bool(node.value) and all(isinstance(item, Pairs) for item in node.value)


def _item_edits(text: str, node: Items, wanted: list[Value]) -> Iterator[_Edit]:
    """What gives a block list the items that are wanted, in whatever order."""
    left = {identity(_texts(item)): item for item in wanted}
    for item in node.value:
        same = left.pop(identity(_plain(item)), None)
        if same is None:
            yield _Edit(*_lines(text, item), "")
        elif isinstance(item, Pairs) and not _keeps_first_key(item, same):  # it stands on the line of the dash
            start, end = _lines(text, item)
            dash = text.index("-", start) - start
            yield _Edit(start, end, "".join(line + _line_end(text) for line in block_item(same, dash)))
        elif _plain(item) != _texts(same):
            yield from _edits(text, item, item, same)
    if left:
        start, end = _lines(text, node.value[-1])
        dash = text.index("-", start) - start
        lines = [line + _line_end(text) for item in left.values() for line in block_item(item, dash)]
        yield _Edit(end, end, ("" if text[:end].endswith("\n") else _line_end(text)) + "".join(lines))


def _keeps_first_key(item: Pairs, wanted: Value) -> bool:
    return item.flow or (isinstance(wanted, dict) and bool(item.value) and item.value[0][0].value in wanted)


def _lines(text: str, item: Node) -> tuple[int, int]:
    """The lines of an item of a block list, from its dash on."""
    return _line_start(text, item.start), _next_line(text, _end(item))


def _replace(text: str, key: Node, node: Node, wanted: Value) -> _Edit:
    if key is node:  # a whole item of a list
        return _Edit(node.start, _end(node), flow(wanted))
    colon = text.index(":", key.end) + 1
    if is_long(wanted) and wanted:
        lines = block({str(key.value): wanted}, key.column)[1:]
        return _Edit(colon, max(colon, _end(node)), "".join(_line_end(text) + line for line in lines))
    if isinstance(node, Scalar) and node.start == node.end:
        if isinstance(wanted, dict) and wanted:
            lines = block(wanted, key.column + STEP)
            return _Edit(colon, colon, "".join(_line_end(text) + line for line in lines))
        return _Edit(colon, colon, " " + flow(wanted))
    if isinstance(node, Scalar) or (isinstance(node, Pairs | Items) and node.flow):
        return _Edit(node.start, _end(node), flow(wanted))
    return _Edit(colon, _end(node), " " + flow(wanted))


def _insert(text: str, node: Pairs, new: dict[str, Value]) -> _Edit:
    if node.flow:
        first = node.start + 1  # in front, where no comment and no trailing comma can be in the way
        return _Edit(first, first, flow(new)[1:-1] + (", " if node.value else ""))
    at = _next_line(text, _end(node))
    line_end = _line_end(text)
    lines = line_end.join(block(new, node.column)) + line_end
    return _Edit(at, at, lines if at == 0 or text[at - 1] == "\n" else line_end + lines)


def _end(node: Node, key: Node | None = None) -> int:
    """Where the last character of a value stands, comments after it left out (an empty value ends at its key)."""
    if isinstance(node, Scalar):
        if key is not None and node.start == node.end:
            return key.end + 1
        return node.end
    if not isinstance(node, Pairs | Items) or node.flow or not node.value:
        return node.end
    if isinstance(node, Pairs):
        last_key, last = node.value[-1]
        return _end(last, last_key)
    return _end(node.value[-1])


def _plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Pairs):
        return {key: _plain(value) for key, (_, value) in _pairs(node).items()}
    return [_plain(item) for item in node.value]


def _texts(value: Value | None) -> object:
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(item) for item in value]
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _next_line(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
