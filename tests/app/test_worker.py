"""Where a worker has the tools send their webhooks, and where what it writes links to."""

from dataclasses import replace

import pytest

from app.worker import office_of
from service.memory import Memory
from tests.support.scene import Scene

PAGE, OTHER = "https://bellwether.acme.example", "https://hooks.acme.example"


@pytest.mark.parametrize(
    ("configured", "told", "hooks_url", "shown"),
    [
        (None, None, None, None),
        (PAGE, None, PAGE, PAGE),
        (PAGE, OTHER, OTHER, PAGE),
        (None, OTHER, OTHER, OTHER),
        (PAGE, "", None, PAGE),
        (None, "", None, None),
    ],
)
def test_webhooks_go_where_the_option_says_else_to_the_page(
    scene: Scene, configured: str | None, told: str | None, hooks_url: str | None, shown: str | None
) -> None:
    with scene.workspace() as workspace:
        office = office_of(replace(workspace, public_url=configured), told, Memory())
    assert (office.hooks_url, office.workspace.public_url) == (hooks_url, shown)
