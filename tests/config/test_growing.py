"""The configuration grows from the pages: what people wrote stays, what is written can be read."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from config import growing
from config.loader import load_text, nothing_yet
from config.places import parse
from config.splice import become

JIRA = {"tool": "jira", "url": "https://a.example", "auth": {"type": "personal_access_token", "token": "stored:jira/token"}}
ASANA = {"tool": "asana", "workspace": "1", "auth": {"type": "token", "token": "env:X"}}
NOTED = "# ours\nconnections:\n  jira: {tool: jira, url: \"https://a.example\"}  # the old one\nread_only: false # never\n"
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=30)


def _read(text: str) -> Any:
    return parse(text, "x")[0]


def _project(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "id": f"p-{number}", "sources": [{"connection": "jira", "project": "CRM"}]}


def test_a_first_connection_makes_a_document_that_writes_nothing() -> None:
    text = growing.first_text("jira", JIRA)
    configuration = load_text(text, None, environment={})
    assert configuration.read_only
    assert configuration.connections["jira"].options["auth"]["token"] == "stored:jira/token"
    assert growing.portfolios_of(_read(text)) == []


def test_comments_stay_where_a_connection_comes_and_goes() -> None:
    more = become(NOTED, growing.with_connection(_read(NOTED), "asana", ASANA))
    assert list(_read(more)["connections"]) == ["jira", "asana"]
    less = become(more, growing.without_connection(_read(more), "asana"))
    assert "asana" not in less
    assert become(NOTED, growing.with_writing(_read(NOTED))) == NOTED
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
    first = growing.first_text("jira", JIRA)
    wanted = growing.with_portfolios(_read(first), tree)
    text = become(first, wanted)
    assert _read(text) == wanted
    assert text.startswith(first.partition("portfolios:")[0])


def test_without_a_file_there_is_nothing_and_nothing_is_written(tmp_path: Path) -> None:
    configuration = nothing_yet(tmp_path / "bellwether.yaml", environment={})
    assert configuration.connections == {}
    assert configuration.read_only
    assert configuration.database_url == f"sqlite:///{tmp_path}/bellwether.db"
