"""Changes values inside YAML text and leaves every other character as people wrote it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from ruamel.yaml import YAML
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from config.merging import identity
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
    root = YAML().compose(text)
    if not isinstance(root, MappingNode):
        raise ValueError("the document is no mapping")
    key: Node = root
    node: Node = root
    left = list(path)
    while left and isinstance(node, MappingNode) and left[0] in _pairs(node):
        key, node = _pairs(node)[left.pop(0)]
    wanted: Value = value
    for name in reversed(left):
        wanted = {name: wanted}
    if left and isinstance(node, MappingNode) and isinstance(wanted, dict):
        edits = [_insert(text, node, wanted)]
    else:
        edits = list(_edits(text, key, node, wanted))
    return _with(text, edits)


def become(text: str, wanted: dict[str, Value]) -> str:
    """``text`` as the document ``wanted``: what is the same stays as it was written, comments too.

    Items of lists that only stand elsewhere take their own comments along. Raises ValueError when it is no mapping.
    """
    return _in_order(set_in(text, (), wanted), wanted)


def _in_order(text: str, wanted: Value) -> str:
    """Put the items of every block list into the order that is wanted; the text holds the right items already."""
    while (edits := next(_moves(text, YAML().compose(text), wanted), None)) is not None:
        text = _with(text, edits)
    return text


def _moves(text: str, node: Node, wanted: Value) -> Iterator[list[_Edit]]:
    if isinstance(node, MappingNode) and isinstance(wanted, dict):
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


def _pairs(node: MappingNode) -> dict[str, tuple[Node, Node]]:
    return {key.value: (key, value) for key, value in node.value}


def _edits(text: str, key: Node, node: Node, wanted: Value) -> Iterator[_Edit]:
    """What turns the value ``node`` of ``key`` into ``wanted``, key by key and item by item where both are blocks."""
    if _is_block_of_mappings(node) and isinstance(wanted, list) and wanted:
        yield from _item_edits(text, node, wanted)
        return
    if not (isinstance(node, MappingNode) and isinstance(wanted, dict) and wanted and not node.flow_style):
        yield _replace(text, key, node, wanted)
        return
    present = _pairs(node)
    for name, (key_node, value_node) in present.items():
        if name not in wanted:
            yield _Edit(_line_start(text, key_node.start_mark.index), _next_line(text, _end(value_node, key_node)), "")
        elif _plain(value_node) != _texts(wanted[name]):
            yield from _edits(text, key_node, value_node, wanted[name])
    new = {name: value for name, value in wanted.items() if name not in present}
    if new:
        yield _insert(text, node, new)


def _is_block_of_mappings(node: Node) -> TypeGuard[SequenceNode]:
    """Whether a value is a list whose items have lines, and comments, of their own."""
    if not isinstance(node, SequenceNode) or node.flow_style:
        return False
    return bool(node.value) and all(isinstance(item, MappingNode) for item in node.value)


def _item_edits(text: str, node: SequenceNode, wanted: list[Value]) -> Iterator[_Edit]:
    """What gives a block list the items that are wanted, in whatever order."""
    left = {identity(_texts(item)): item for item in wanted}
    for item in node.value:
        same = left.pop(identity(_plain(item)), None)
        if same is None:
            yield _Edit(*_lines(text, item), "")
        elif isinstance(item, MappingNode) and not _keeps_first_key(item, same):  # it stands on the line of the dash
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


def _keeps_first_key(item: MappingNode, wanted: Value) -> bool:
    return item.flow_style or (isinstance(wanted, dict) and bool(item.value) and item.value[0][0].value in wanted)


def _lines(text: str, item: Node) -> tuple[int, int]:
    """The lines of an item of a block list, from its dash on."""
    return _line_start(text, item.start_mark.index), _next_line(text, _end(item))


def _replace(text: str, key: Node, node: Node, wanted: Value) -> _Edit:
    if key is node:  # a whole item of a list
        return _Edit(node.start_mark.index, _end(node), flow(wanted))
    colon = text.index(":", key.end_mark.index) + 1
    if is_long(wanted) and wanted:
        lines = block({key.value: wanted}, key.start_mark.column)[1:]
        return _Edit(colon, max(colon, _end(node)), "".join(_line_end(text) + line for line in lines))
    if isinstance(node, ScalarNode) and node.start_mark.index == node.end_mark.index:
        if isinstance(wanted, dict) and wanted:
            lines = block(wanted, key.start_mark.column + STEP)
            return _Edit(colon, colon, "".join(_line_end(text) + line for line in lines))
        return _Edit(colon, colon, " " + flow(wanted))
    if isinstance(node, ScalarNode) or (isinstance(node, CollectionNode) and node.flow_style):
        return _Edit(node.start_mark.index, _end(node), flow(wanted))
    return _Edit(colon, _end(node), " " + flow(wanted))


def _insert(text: str, node: MappingNode, new: dict[str, Value]) -> _Edit:
    if node.flow_style:
        first = node.start_mark.index + 1  # in front, where no comment and no trailing comma can be in the way
        return _Edit(first, first, flow(new)[1:-1] + (", " if node.value else ""))
    at = _next_line(text, _end(node))
    line_end = _line_end(text)
    lines = line_end.join(block(new, node.start_mark.column)) + line_end
    return _Edit(at, at, lines if at == 0 or text[at - 1] == "\n" else line_end + lines)


def _end(node: Node, key: Node | None = None) -> int:
    """Where the last character of a value stands, comments after it left out (an empty value ends at its key)."""
    if isinstance(node, ScalarNode):
        if key is not None and node.start_mark.index == node.end_mark.index:
            return int(key.end_mark.index) + 1
        return int(node.end_mark.index)
    if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    if isinstance(node, MappingNode):
        last_key, last = node.value[-1]
        return _end(last, last_key)
    return _end(node.value[-1])


def _plain(node: Node) -> object:
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, MappingNode):
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
