"""Changes one mapping inside YAML text and leaves every other character as people wrote it."""

from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from config.yaml_text import STEP, Value, block, flow


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
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
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
    root = YAML().compose(text)
    if not isinstance(root, MappingNode):
        raise ValueError("the document is no mapping")
    if key not in _pairs(root):
        return len(text), len(text)
    at, value = _pairs(root)[key]
    return int(at.start_mark.index), _end(value, at)


def _pairs(node: MappingNode) -> dict[str, tuple[Node, Node]]:
    return {key.value: (key, value) for key, value in node.value}


def _edits(text: str, key: Node, node: Node, wanted: Value) -> Iterator[_Edit]:
    """What turns the value ``node`` of ``key`` into ``wanted``, key by key where both are blocks."""
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


def _replace(text: str, key: Node, node: Node, wanted: Value) -> _Edit:
    colon = text.index(":", key.end_mark.index) + 1
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


def _texts(value: Value) -> object:
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    if isinstance(value, str):
        return value
    return [_texts(item) for item in value] if isinstance(value, list | tuple) else str(value)


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _next_line(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
