"""The mapping's page on where story points and goals come from."""

import html
import re

from app.wsgi import create_app
from sandbox.jira.catalog import custom_field
from service.sync import sync
from tests.support.scene import Scene, no_progress
from tests.support.stage import OWN

MAPPING = "/connections/northlight-jira/mapping"


def sizes(text: str) -> list[list[str]]:
    """The lines of the table of boards."""
    found = re.search(r'id="boards">.*?id="goals">', text, re.DOTALL)
    assert found is not None
    rows = re.findall(r"<tr><th scope=\"row\".*?</tr>", found[0], re.DOTALL)
    return [[html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def test_each_board_has_its_line_with_the_fields_that_its_story_points_come_from(scene: Scene) -> None:
    """Two fields hold story points, and the board of WEB estimates with the one that the site does not count first."""
    own = "customfield_10899"
    scene.document["mapping"].pop("northlight-jira")
    scene.jira.add_custom_field(custom_field(own, "Story point estimate", "float"))
    board = next(iter(scene.jira.boards.values()))
    board.estimates_by = own
    with scene.workspace() as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        client = create_app(lambda: workspace, scene.configuration).test_client()
        asked = workspace.connector("northlight-jira").traffic().requests
        assert sizes(client.get(MAPPING).text) == [
            [board.name, "WEB", "Story point estimate", "Story point estimate, then Story Points"]
        ]
        chosen = client.post(MAPPING, data={"do": "preview", "story_points": "customfield_10016"}, headers=OWN).text
        assert sizes(chosen) == [[board.name, "WEB", "Story point estimate", "Story Points"]]
        assert "One field is chosen above: it counts on every board." in chosen
        assert workspace.connector("northlight-jira").traffic().requests == asked


def test_a_tool_without_boards_says_where_story_points_and_goals_come_from(scene: Scene) -> None:
    scene.document["mapping"].pop("northlight-asana", None)
    with scene.workspace() as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        client = create_app(lambda: workspace, scene.configuration).test_client()
        for name, held in (("northlight-asana", "1 is"), ("northlight-jira", "none are")):
            assert f"{held} held from this connection" in client.get(f"/connections/{name}/mapping").text
        text = client.get("/connections/northlight-asana/mapping").text
        assert sizes(text) == []
        assert "No board is known of this connection" in text
