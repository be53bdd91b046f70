"""What libyaml cuts means what ruamel takes it for, at the same lines and places, or is left to ruamel altogether."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bench.saving import document_text
from config import places
from config.faults import ConfigurationError
from config.nodes import Node, Pairs, Scalar, UnusualError, composed
from config.places import parse

ROOT = Path(__file__).parents[2]
WORDS = (
    "a", "b c", "yes", "on", "N", "y", "true", "True", "~", "null", "", "0", "007", "0o17", "0x1F", "0b11", "1_000", "-3",
    "+12", "1201", "1e3", ".5", "-.inf", ".nan", "1:30", "1:30:00", "2026-01-02", "2026-01-02T03:04:05Z", "<<", "=", "-x",
    "?x", ":x", "x:y", "a#b", "http://x.y/z?a=b", "'it''s'", '"a\\tb \\x41"', '"\\/"', "é 😀", "!t x", "&x y", "*base",
    "{a: 1}", "[b, c]", "[a: b]", "|\n   one\n   two\n", ">-\n   one\n    two\n\n   three\n", "{", "- x", "x: y", "# c",
    "long\n      word",
)  # fmt: skip
KEYS = ("a", "b", "k1", "1", "0x1", "'1'", "true", "key with blank", "<<", "é")


def _block(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    below = inner.map(lambda text: text.replace("\n", "\n  ").rstrip(" "))
    pairs = st.lists(st.tuples(st.sampled_from(KEYS), below), min_size=1, max_size=3)
    items = st.lists(below, min_size=1, max_size=3)
    return st.one_of(
        pairs.map(lambda found: "\n" + "".join(f"{key}:{value}" for key, value in found)),
        items.map(lambda found: "\n" + "".join(f"-{value}" for value in found)),
    )


_VALUES = st.recursive(
    st.tuples(st.sampled_from(WORDS), st.sampled_from(("", "  # said"))).map(lambda two: f" {two[0]}{two[1]}\n"),
    _block,
    max_leaves=6,
)
TEXTS = st.lists(_VALUES, min_size=1, max_size=3).map(
    lambda found: "base: &base {a: 1}\n" + "".join(f"k{n}:{value}" for n, value in enumerate(found))
)


def _typed(value: Any) -> Any:
    """A value with its very types: a number that remembers its zeros is another one than a plain one."""
    if isinstance(value, dict):
        return {key: _typed(inner) for key, inner in value.items()}
    return [_typed(one) for one in value] if isinstance(value, list) else (type(value), repr(value))


def _spots(node: Node | None) -> Iterator[tuple[object, ...]]:
    """Where everything stands, as far as it can be told: what is empty stands nowhere."""
    if node is None or (isinstance(node, Scalar) and node.start == node.end):
        return
    yield (type(node), node.start, node.line, node.column)
    if isinstance(node, Scalar):
        yield (node.end, node.value, node.plain)
        return
    yield (node.flow, node.end if node.flow else None)
    inside = [one for pair in node.value for one in pair] if isinstance(node, Pairs) else node.value
    for inner in inside:
        yield from _spots(inner)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
@example("a: 1\r\nb:\r\n  - c: [x, {y: z}]\r\n")
@example("a: &x !t 1\nb: *x\n")
@example("a: >#  b\n\nc: 1\n")
@example("---\na: 1\n...\n")
def test_a_text_that_is_read_fast_means_what_it_means_when_read_with_care(text: str) -> None:
    try:
        node = composed(text)
        found = places.Places("a.yaml")
        fast = places._Meaning(found).of(node, ())
    except UnusualError:
        return
    slow, where = places._carefully(text, "a.yaml")
    assert _typed(fast) == _typed(slow)
    assert found.lines == where.lines
    careful = YAML().compose(text)
    assert list(_spots(node)) == list(_spots(places._same(careful, {})))


def test_what_people_write_is_read_fast() -> None:
    """A file that fell back to the careful reader would take seconds at every save."""
    said = '# Ours: "quoted", it\'s.\nnotes: |\n  one\n  two\nname: Ünïcode 😀\nbase: &b {a: 1}\nagain: *b\nn: [1201, 1.5]\n'
    for text in ((ROOT / "config/example.yaml").read_text(), document_text(20), said):
        assert composed(text) is not None


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: -_\n", 2, "begins as a number does"), ("a: 0x_\n", 1, "begins as a number does"),
        ("a: 1\n? {b: [c]}\n: d\n", 2, "where a key belongs"), ("a: 1\nb:\n  c: 1\n  c: 2\n", 4, "'c' stands twice"),
        ("a: 1\nb: !t 2\n", 2, "Tags"), ("a: [1\n", 2, "not YAML"), ("a: 1\n---\nb: 2\n", 2, "not YAML"),
        ("a: *b\n", 1, "not YAML"), ("a: 'x\n", 2, "not YAML"), ("[" * 5000, 1, "nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "a.yaml")
    (fault,) = caught.value.faults
    assert says in fault.what
    assert fault.line == line
