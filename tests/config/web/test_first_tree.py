"""The first tree: what is picked and typed is what is in it, and what the steps do not show stays."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from config.web import first_tree
from model.sync import SourceFound

KEYS = ("A", "B", "C", "D")
SHOWN = {("jira", key): SourceFound(kind="project", label=key, name=f"Name {key}", selector={"project": key}) for key in KEYS}


def _labels(portfolios: first_tree.Nodes) -> set[str]:
    return {value for _connection, _kind, value in first_tree.picked(portfolios)}


@given(st.lists(st.sets(st.sampled_from(KEYS)), max_size=5))
@settings(max_examples=40, deadline=None)
def test_after_any_picking_exactly_what_was_ticked_last_is_in_the_tree(rounds: list[set[str]]) -> None:
    portfolios: first_tree.Nodes = []
    for wanted in rounds:
        portfolios = first_tree.pick(portfolios, SHOWN, {("jira", key) for key in wanted})
        assert _labels(portfolios) == wanted
    ids = [one["id"] for one in first_tree.walk(portfolios)]
    assert len(ids) == len(set(ids))


def test_what_another_tool_gives_and_what_is_said_of_a_project_stays() -> None:
    kept: dict[str, Any] = {
        "name": "Shop", "id": "shop", "budget": {"hours": 5}, "sources": [{"connection": "asana", "project": "1"}]
    }  # fmt: skip
    sources = [{"connection": "jira", "project": "A"}, {"connection": "asana", "project": "2"}]
    two, again = {"name": "Both", "id": "both", "sources": sources}, {"ref": "shop", "share": 0.2}
    portfolios = [{"name": "P", "id": "p", "programs": [{"name": "Q", "id": "q", "projects": [kept, two, again]}]}]
    picked = first_tree.pick(portfolios, SHOWN, {("jira", "B")})
    projects = picked[0]["programs"][0]["projects"]
    assert projects[:3] == [kept, two, {"ref": "shop", "share": 0.2}]
    assert projects[3] == {"name": "Name B", "id": "name-b", "sources": [{"connection": "jira", "project": "B"}]}
    typed = {"portfolio": "P", "name.shop": "Store", "program.shop": "New", "target.shop": "2027-01-01"}
    shaped = first_tree.shape(picked, typed)
    programs = shaped[0]["programs"]
    assert [one["name"] for one in programs] == ["Q", "New"]
    moved = next(one for one in programs if one["name"] == "New")["projects"][0]
    assert moved["id"] == "shop"
    assert moved["budget"] == {"hours": 5}
    assert list(moved)[-2:] == ["target_date", "sources"]


def test_a_tree_may_be_nothing_but_what_a_tool_holds() -> None:
    typed = {"portfolio": "All", "query.jira": " issuetype = Initiative ", "from.asana": "12", "query.x": ""}
    shaped = first_tree.shape([], typed)
    assert shaped[0]["name"] == "All"
    assert shaped[0]["programs"] == [
        {"from": {"connection": "jira", "jql": "issuetype = Initiative"}}, {"from": {"connection": "asana", "portfolio": "12"}}
    ]  # fmt: skip
    rows = first_tree.rows(shaped)
    assert [row.derived for row in rows] == ["jira: jql issuetype = Initiative", "asana: portfolio 12"]
    assert len(first_tree.shape(shaped, {"drop.derived-0": "on"})[0]["programs"]) == 1
