"""Sources and origins that are typed into the tree: the tool is asked before they are saved."""

import re
from collections.abc import Iterator

import pytest

from app.current import Current
from app.wsgi import create_app
from config.settings import read_settings
from config.web.tree_asking import UNASKED
from tests.support.scene import Scene
from tests.support.tree_desk import Desk, fields

REFUSED = "nonsense == (("
COUNT = "/rest/api/3/search/approximate-count"


@pytest.fixture
def desk(synced: Scene) -> Iterator[Desk]:
    """A company of a test's own: the tool allows so many questions, and no more."""
    synced.write()
    current = Current(synced.path, read_settings({}))
    yield Desk(create_app(current.workspace, current.configuration).test_client(), synced)
    current.close()


def test_a_query_that_the_tool_refuses_is_never_saved(desk: Desk) -> None:
    before = desk.scene.path.read_text()
    source = {"sources.1.connection": "northlight-jira", "sources.1.kind": "jql", "sources.1.value": REFUSED}
    origin = {"from.connection": "northlight-jira", "from.kind": "jql", "from.value": REFUSED}
    for entry, field, typed in (("web", "sources.1", source), ("reach", "from", origin)):
        filled = desk.form(f"/tree/{entry}", f"/tree/{entry}") | typed
        page = desk.post(f"/tree/{entry}", filled | {"do": "look"}, 200).text
        for _ in range(2):
            looked = re.search(r'name="looked" value="(.*?)"', page)
            assert looked
            page = desk.post(f"/tree/{entry}", filled | {"do": "save", "looked": looked[1]}, 422).text
            assert re.search(rf'id="said-{field}">[^<]*JQL', page), entry
            assert f'value="{REFUSED}"' in page
    new = {"name": "Typed", "connection": "northlight-jira", "kind": "jql", "value": REFUSED}
    for _ in range(2):
        page = desk.post("/tree-add", desk.form("/tree?in=reach", "/tree-add") | new, 422).text
        assert re.search(r'id="said-value" class="fault">[^<]*JQL', page)
        assert f'value="{REFUSED}"' in page
        assert 'value="Typed"' in page
    elsewhere = new | {"connection": "northlight-asana", "value": "labels = x"}
    page = desk.post("/tree-add", desk.form("/tree?in=reach", "/tree-add") | elsewhere, 422).text
    assert "This tool has no jql as a source" in page
    assert desk.scene.path.read_text() == before


def test_a_query_that_was_refused_before_holds_up_nothing_else(desk: Desk) -> None:
    desk.scene.document["portfolios"][0]["programs"][0]["projects"][0]["sources"].append(
        {"connection": "northlight-jira", "jql": REFUSED}
    )
    desk.scene.write()
    desk.change("web", sources__2__connection="northlight-jira", sources__2__kind="jql", sources__2__value="labels = x")
    assert [one.get("jql") for one in desk.projects[0]["sources"]] == [None, REFUSED, "labels = x"]


@pytest.mark.parametrize("refusal", ["403", "413"])
def test_a_query_that_is_refused_otherwise_than_as_wrong_is_never_saved_either(desk: Desk, refusal: str) -> None:
    """No right to what it names, or longer than the tool reads: the sync would be told the same."""
    before = desk.scene.path.read_text()
    desk.scene.jira.faults.set(refusal, path=COUNT, times=1_000)
    new = {"name": "Refused", "connection": "northlight-jira", "kind": "jql", "value": "labels = x"}
    form = desk.form("/tree?in=reach", "/tree-add") | new
    for _ in range(2):
        page = desk.post("/tree-add", form, 422).text
        assert re.search(rf'id="said-value" class="fault">[^<]*{refusal}', page)
        assert UNASKED not in page
        form = fields(page[page.index('action="/tree-add"'):])
    origin = {"from.connection": "northlight-jira", "from.kind": "jql", "from.value": "labels = z", "do": "save"}
    filled = desk.form("/tree/reach", "/tree/reach") | origin
    page = desk.post("/tree/reach", filled, 422).text
    looked = re.search(r'name="looked" value="(.*?)"', page)
    assert looked
    page = desk.post("/tree/reach", filled | {"looked": looked[1]}, 422).text
    assert re.search(rf'id="said-from">[^<]*{refusal}', page)
    assert desk.scene.path.read_text() == before


@pytest.mark.parametrize("away", ["503", "html", "401"])
def test_a_query_is_saved_unasked_once_the_page_has_said_that_the_tool_does_not_answer(desk: Desk, away: str) -> None:
    desk.scene.jira.faults.set(away, path=COUNT, times=1_000, retry_after_s=3600)  # longer than anybody waits
    new = {"name": "Unasked", "connection": "northlight-jira", "kind": "jql", "value": "labels = x"}
    page = desk.post("/tree-add", desk.form("/tree?in=reach", "/tree-add") | new, 422).text
    assert UNASKED in page
    again = fields(page[page.index('action="/tree-add"'):])
    assert UNASKED in desk.post("/tree-add", again | {"value": "labels = y"}, 422).text
    desk.post("/tree-add", again)
    origin = {"from.connection": "northlight-jira", "from.kind": "jql", "from.value": "labels = z"}
    filled = desk.form("/tree/reach", "/tree/reach") | origin | {"do": "save"}
    assert UNASKED in desk.post("/tree/reach", filled, 200).text
    desk.change("reach", **{key.replace(".", "__"): value for key, value in origin.items()})
    program = desk.portfolios[0]["programs"][0]
    assert [one["name"] for one in program["projects"]] == ["Website", "Launch", "Unasked"]
    assert program["from"] == {"connection": "northlight-jira", "jql": "labels = z"}
