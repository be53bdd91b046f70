"""The configuration grows from the pages: what people wrote stays, what is written can be read."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import growing
from config.loader import load_text, nothing_yet
from config.places import parse
from model.errors import UsageError

JIRA = {"tool": "jira", "url": "https://a.example", "auth": {"type": "personal_access_token", "token": "stored:jira/token"}}
ASANA = {"tool": "asana", "workspace": "1", "auth": {"type": "token", "token": "env:X"}}
NOTED = "# ours\nconnections:\n  jira: {tool: jira, url: \"https://a.example\"}  # the old one\nread_only: false # never\n"
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=30)


def _project(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "id": f"p-{number}", "sources": [{"connection": "jira", "project": "CRM"}]}


def test_a_first_connection_makes_a_document_that_writes_nothing() -> None:
    text = growing.with_connection("", "jira", JIRA)
    configuration = load_text(text, None, environment={})
    assert configuration.read_only
    assert configuration.connections["jira"].options["auth"]["token"] == "stored:jira/token"
    assert growing.portfolios_of(text) == []


def test_comments_stay_where_a_connection_comes_and_goes() -> None:
    more = growing.with_connection(NOTED, "asana", ASANA)
    assert list(parse(more, "x")[0]["connections"]) == ["jira", "asana"]
    less = growing.without_connection(more, "asana")
    assert "asana" not in less
    assert growing.with_writing(NOTED) == NOTED
    for text in (more, less):
        assert text.startswith("# ours\n")
        assert "# the old one" in text
        assert "read_only: false # never" in text


@given(st.lists(NAMES, min_size=1, max_size=4), st.dates())
@settings(max_examples=40, deadline=None)
def test_every_tree_that_is_written_is_read_as_it_was_meant(names: list[str], day: Any) -> None:
    projects = [{**_project(name, number), "target_date": day.isoformat()} for number, name in enumerate(names)]
    tree = [{"name": names[0], "id": "top", "programs": [
        {"name": names[-1], "id": "mid", "projects": [*projects, {"ref": "p-0", "share": 0.5}]},
        {"from": {"connection": "asana", "portfolio": "12"}},
    ]}]  # fmt: skip
    text = growing.with_portfolios(growing.with_connection("", "jira", JIRA), tree)
    assert growing.portfolios_of(text) == growing.portfolios_of(growing.with_portfolios(text, growing.portfolios_of(text)))
    found = growing.portfolios_of(text)[0]
    assert found["name"] == names[0]
    assert [one["name"] for one in found["programs"][0]["projects"] if "name" in one] == names
    assert {one.get("target_date") for one in found["programs"][0]["projects"] if "name" in one} == {day.isoformat()}
    assert found["programs"][1] == {"from": {"connection": "asana", "portfolio": "12"}}


def test_a_tree_with_notes_of_people_is_not_written_over() -> None:
    text = growing.with_connection("", "jira", JIRA).replace(
        "portfolios: []", "portfolios:\n  - name: Growth  # Ada's\n    programs: []"
    )
    with pytest.raises(UsageError, match="holds comments"):
        growing.with_portfolios(text, [{"name": "Other", "programs": []}])
    assert growing.with_portfolios(text, growing.portfolios_of(text)).count("Growth") == 1


def test_a_file_that_was_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bellwether.yaml"
    growing.replace(path, "a: 1\n", seen=growing.NEVER_SEEN)
    seen = growing.digest(growing.text_of(path))
    path.write_text("a: 2\n")
    with pytest.raises(UsageError, match="changed the configuration meanwhile"):
        growing.replace(path, "a: 3\n", seen=seen)
    assert path.read_text() == "a: 2\n"


def test_without_a_file_there_is_nothing_and_nothing_is_written(tmp_path: Path) -> None:
    configuration = nothing_yet(tmp_path / "bellwether.yaml", environment={})
    assert configuration.connections == {}
    assert configuration.read_only
    assert configuration.database_url == f"sqlite:///{tmp_path}/bellwether.db"
