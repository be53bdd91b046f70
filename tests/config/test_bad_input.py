"""Every bad input: one clear message with its place and what to do. The table is bad_input.yaml."""

from pathlib import Path
from time import process_time
from typing import NamedTuple

import pytest

from config.faults import ConfigurationError
from config.loader import from_mapping, load
from config.places import parse
from model.errors import UsageError

TOOLS = ("jira", "asana")
HEAD = """\
connections:
  acme-jira: {tool: jira, url: "https://acme.example", auth: {token: "env:T"}}
  acme-asana: {tool: asana, auth: {token: "env:T"}}
"""


class Case(NamedTuple):
    """A bad document, the place its message must name, and words of the message and of the fix."""

    yaml: str
    line: int
    path: str
    what: str
    fix: str


CASES = {
    row.pop("name"): Case(**row)
    for row in parse(Path(__file__).with_name("bad_input.yaml").read_text(encoding="utf-8"), "bad_input.yaml")[0]
}


def error_of(text: str, folder: Path) -> UsageError:
    path = folder / "bellwether.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load(path, environment={}, tools=TOOLS)
    return caught.value


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_named_with_line_path_and_what_to_do(name: str, tmp_path: Path) -> None:
    text, line, path, what, fix = CASES[name]
    error = error_of(text, tmp_path)
    assert isinstance(error, ConfigurationError)
    assert len(error.faults) == 1, error.what
    place = f"{tmp_path / 'bellwether.yaml'}:{line}"
    assert error.where == (f"{place}, {path}" if path else place)
    assert what in error.what
    assert fix in error.fix


@pytest.mark.parametrize("name", CASES)
def test_no_message_shows_a_secret(name: str, tmp_path: Path) -> None:
    error = error_of(CASES[name][0], tmp_path)
    assert "hunter2" not in str(error)
    assert error.__suppress_context__ or error.__context__ is None or "hunter2" not in str(error.__context__)


def test_all_mistakes_are_reported_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "timezon: UTC\n" + HEAD + "people: [{name: Ada}]\nlenses: {x: {}}\n"
    error = error_of(text, tmp_path)
    assert isinstance(error, ConfigurationError)
    assert [fault.line for fault in error.faults] == [1, 5, 6]
    assert "3 mistakes" in error.what
    for line, path in ((1, "timezon"), (5, "people[0].ids"), (6, "lenses.x")):
        assert f"bellwether.yaml:{line}, {path}: " in error.what


def test_mistakes_of_tree_people_and_policy_come_together(tmp_path: Path) -> None:
    text = HEAD + "policy: nope\npeople: [{name: Ada, ids: [x]}]\nportfolios: [{name: A, id: a}, {name: B, id: a}]\n"
    error = error_of(text, tmp_path)
    assert isinstance(error, ConfigurationError)
    assert [fault.line for fault in error.faults] == [4, 5, 6]


def test_a_duplicate_secret_is_not_quoted(tmp_path: Path) -> None:
    error = error_of("connections:\n  a: {tool: jira, auth: {token: hunter2, token: hunter3}}\n", tmp_path)
    assert "'token' stands twice" in error.what
    assert "hunter" not in str(error)


def test_a_missing_file_names_init(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such configuration") as caught:
        load(tmp_path / "nope.yaml", environment={}, tools=TOOLS)
    assert "bellwether init" in caught.value.fix
    assert caught.value.reason == "missing"


def test_a_folder_is_told_from_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read") as caught:
        load(tmp_path, environment={}, tools=TOOLS)
    assert caught.value.where == str(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bellwether.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        load(path, environment={}, tools=TOOLS)


def test_control_characters_are_refused(tmp_path: Path) -> None:
    assert "does not allow" in error_of("a: \x01\n", tmp_path).what


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert "is empty" in error_of("# nothing yet\n", tmp_path).what


def test_a_document_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    assert "nested too deeply" in error_of("a: " + "[" * 50 + "]" * 50 + "\n", tmp_path).what


VAST = {
    "keys in keys": "? " * 200, "keys in keys, line by line": "".join(f"{' ' * n}?\n" for n in range(200)),
    "brackets in brackets": "[" * 100_000, "braces in braces": "{a: " * 20_000, "dashes": "- " * 100_000,
    "a number of digits": f"a: {'9' * 5000}", "a number of another kind": f"a: 0x{'f' * 5000}",
    "half a character": 'a: "\\ud800"', "nothing": 'a: "\\0"',
    "bytes": "a: !!binary aGVsbG8=", "a set": "a: !!set {x, y}", "itself": "a: &a {<<: *a}", "a word of keys": "? {a: b}\n: c",
}  # fmt: skip


@pytest.mark.parametrize("name", VAST)
def test_what_would_be_read_for_ever_or_held_by_nothing_is_refused_at_once(name: str, tmp_path: Path) -> None:
    """Measured in the time of the processor: each took from ten seconds to for ever, or was a fault of our own."""
    begin = process_time()
    assert error_of(f"{VAST[name]}\n", tmp_path).fix
    assert process_time() - begin < 2


def test_the_environments_database_is_named_when_it_is_wrong(tmp_path: Path) -> None:
    document = {"connections": {"a": {"tool": "jira"}}}
    with pytest.raises(UsageError) as caught:
        from_mapping(document, base=tmp_path, environment={"BELLWETHER_DATABASE_URL": "mysql://x"}, tools=TOOLS)
    assert caught.value.where == "BELLWETHER_DATABASE_URL"


def test_without_a_file_the_place_is_a_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        from_mapping({"connections": {"a": {"tool": "x"}}}, base=tmp_path, environment={}, tools=TOOLS)
    assert caught.value.where == "configuration, connections.a.tool"
