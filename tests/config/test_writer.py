"""Writing configuration files: a first one, and one mapping in the middle of an old one."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.loader import load
from config.places import parse
from config.splice import set_in
from config.writer import NewConnection, NewProject, first_document, mapping_values, write_new
from config.yaml_text import block, flow
from model.errors import UsageError
from model.mapping import DependsOn, Mapping, RiskFields
from model.work import ItemType, StatusCategory

TOOLS = ("jira", "asana")
HEAD = """\
# top
connections:   # all of them
  a:    {tool: jira}
  b: {tool:   asana}
"""
TAIL = """
# the tree
portfolios:
- {name:   "P"}   # odd, and staying so
"""
FULL = """\
mapping:  # how: words are read
  a:      # the first
    # points
    story_points:   customfield_1   # the field
    statuses:
      Open: todo      # waits
      "In QA": in_progress
      Gone: dropped
    depends_on:
      link_types:
        - Blocks
        - Gates
    severity: priority
  # about b
  b: {severity: x}
"""
WANTED = Mapping(
    story_points="customfield_2",
    statuses={"Open": StatusCategory.TODO, "In QA": StatusCategory.DONE, "New: one": StatusCategory.TODO},
    types={"Bug": ItemType.DEFECT},
    depends_on=DependsOn(link_types=("Stops", "Blocks")),
)


def replaced(text: str, folder: Path, mapping: Mapping, connection: str = "a") -> str:
    path = folder / "bellwether.yaml"
    path.write_bytes(text.encode())
    values = mapping_values(mapping)
    path.write_bytes(set_in(text, ("mapping", connection), values).encode())
    loaded = load(path, environment={}, tools=TOOLS)
    assert loaded.connections[connection].mapping == mapping
    return path.read_bytes().decode()


def test_only_what_differs_is_edited(tmp_path: Path) -> None:
    text = replaced(HEAD + FULL + TAIL, tmp_path, WANTED)
    assert (
        text
        == HEAD
        + (
            "mapping:  # how: words are read\n"
            "  a:      # the first\n"
            "    # points\n"
            "    story_points:   customfield_2   # the field\n"
            "    statuses:\n"
            "      Open: todo      # waits\n"
            '      "In QA": done\n'
            '      "New: one": todo\n'
            "    depends_on:\n"
            "      link_types: [Stops, Blocks]\n"
            "    types:\n"
            "      Bug: defect\n"
            "  # about b\n"
            "  b: {severity: x}\n"
        )
        + TAIL
    )


def test_the_same_mapping_again_changes_nothing(tmp_path: Path) -> None:
    once = replaced(HEAD + FULL + TAIL, tmp_path, WANTED)
    assert replaced(once, tmp_path, WANTED) == once


@pytest.mark.parametrize(
    "middle",
    [
        "",
        "mapping: {}\n",
        "mapping:\n",
        "mapping:   # none yet\n",
        "mapping:\n  a:\n",
        "mapping:\n  a: {}\n",
        "mapping:\n  b: {severity: x}\n",
        "mapping: {b: {severity: x}}\n",
        "mapping: {b: {severity: x}, a: {severity: y,},}\n",
        "mapping: {\n  b: {severity: x},  # b\n}\n",
        "mapping:\n    a:\n        story_points: x\n    b:\n        severity: x\n",
        "mapping:\n  a:\n    statuses: {Open: todo}\n    types: {}\n",
        "mapping:\n  a: {statuses: {Open: todo}}  # c\n",
        "mapping:\n  a: {severity: 12}\n  b: {severity: 13}\n",
        "mapping:\n  a:\n    statuses: {1001: todo}\n    story_points: 12\n",
        '"mapping":\n  "a":\n    "severity": "x: y"\n',
    ],
)
@pytest.mark.parametrize("end", [TAIL, "", "\r\n"])
def test_every_shape_of_the_mapping_can_be_edited(middle: str, end: str, tmp_path: Path) -> None:
    before = HEAD + middle + end if end != "\r\n" else (HEAD + middle).replace("\n", "\r\n").removesuffix("\r\n")
    after = replaced(before, tmp_path, WANTED)
    assert after.startswith(before[: len(HEAD) - 1])
    assert TAIL.strip("\n") in after or end != TAIL
    assert end != "\r\n" or "\n" not in after.replace("\r\n", "")


@pytest.mark.parametrize("middle", ["", FULL, "mapping: {a: {severity: x}}\n", "mapping:\n  a:\n    severity: x\n"])
def test_a_mapping_can_be_emptied(middle: str, tmp_path: Path) -> None:
    assert TAIL in replaced(HEAD + middle + TAIL, tmp_path, Mapping())


def test_ids_written_as_numbers_stay_as_they_are(tmp_path: Path) -> None:
    text = HEAD + "mapping:\n  a:\n    story_points: 12  # a gid\n"
    after = replaced(text, tmp_path, Mapping(story_points="12", severity="x"))
    assert after == text + "    severity: x\n"


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
MAPPINGS = st.dictionaries(
    TEXTS, TEXTS | st.dictionaries(TEXTS, TEXTS, max_size=3) | st.lists(TEXTS, max_size=3), max_size=4
)


@given(MAPPINGS)
@settings(max_examples=60, deadline=None)
def test_any_text_survives_being_written(value: dict[str, Any]) -> None:
    for text in ("\n".join(block({"top": value}, 0)), flow({"top": value})):
        assert parse(text, "x")[0] == {"top": value}


@given(MAPPINGS, MAPPINGS)
@settings(max_examples=60, deadline=None)
def test_any_mapping_can_take_the_place_of_any_other(old: dict[str, Any], new: dict[str, Any]) -> None:
    before = "\n".join(["# top", *block({"mapping": {"a": old, "b": {"x": "1"}}, "z": "2"}, 0), "# end", ""])
    after = set_in(before, ("mapping", "a"), new)
    assert parse(after, "x")[0] == {"mapping": {"a": new, "b": {"x": "1"}}, "z": "2"}
    assert after.startswith("# top\n")
    assert after.endswith("# end\n")


def test_a_first_document_loads(tmp_path: Path) -> None:
    connection = NewConnection(
        name="acme-jira",
        tool="jira",
        options={
            "url": "https://acme.example",
            "auth": {"type": "api_token", "token": "env:T", "email": "a@b.example"},
        },
        mapping=Mapping(story_points="customfield_1", risk=RiskFields(impact="7")),
    )
    projects = [
        NewProject(name='New "CRM": 1', connection="acme-jira", selector={"project": "CRM"}),
        NewProject(name="Shop", connection="acme-jira", selector={"project": "SHOP", "version": "1.10"}),
    ]
    path = tmp_path / "bellwether.yaml"
    write_new(path, first_document([connection], projects, portfolio="Acme", timezone="Europe/Berlin"))
    loaded = load(path, environment={}, tools=TOOLS)
    assert [node.name for node in loaded.tree.nodes] == ["Acme", "Program", 'New "CRM": 1', "Shop"]
    assert loaded.tree.projects()[1].sources[0].value == "1.10"
    assert loaded.connections["acme-jira"].mapping == connection.mapping
    assert loaded.connections["acme-jira"].options["auth"] == connection.options["auth"]
    assert path.read_text().startswith("# Bellwether's configuration")


def test_a_first_document_without_projects_loads(tmp_path: Path) -> None:
    path = tmp_path / "bellwether.yaml"
    write_new(path, first_document([NewConnection(name="a", tool="asana", options={"workspace": "11"})], []))
    assert load(path, environment={}, tools=TOOLS).tree.projects() == ()


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("mine")
    with pytest.raises(UsageError, match="already"):
        write_new(path, "yours")
    assert path.read_text() == "mine"
    write_new(path, "yours", overwrite=True)
    assert path.read_text() == "yours"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be written"):
        write_new(tmp_path / "none" / "c.yaml", "x")


def test_only_what_differs_from_the_defaults_is_written() -> None:
    assert mapping_values(Mapping()) == {}
    assert mapping_values(Mapping(types={"Bug": ItemType.DEFECT})) == {"types": {"Bug": "defect"}}
