"""What is told of a fault, to whom: mistakes of the configuration to admins, nothing of the database's address to anybody."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.current import Current
from app.wsgi import create_app
from config.settings import read_settings
from model.access import Scope
from model.errors import RetryableError
from tests.support.lodge import Lodge

TOLD = "The configuration can&#39;t be read."


@pytest.fixture
def broken(house: Lodge) -> Iterator[Lodge]:
    """The house while a mistake stands in its file, whose words are nobody's business."""
    before = house.scene.path.read_text()
    current = Current(house.scene.path, read_settings({}))
    app = create_app(current.workspace, current.configuration, hooks_workspace=current.last_good)
    anew = replace(house, app=app)
    assert anew.enter("viewer").get("/nodes/web").status_code == 200
    house.scene.path.write_text(f"{before}\nacquire_northwind: secretly\n")
    yield anew
    house.scene.path.write_text(before)
    current.close()


def test_a_mistake_in_the_configuration_is_told_to_admins_alone(broken: Lodge) -> None:
    said = {who: broken.enter(who).get("/nodes/web") for who in ("viewer", "editor of web", "admin")}
    assert {who: answer.status_code for who, answer in said.items()} == dict.fromkeys(said, 500)
    assert {who for who, answer in said.items() if "acquire_northwind" in answer.text} == {"admin"}
    assert {who for who, answer in said.items() if str(broken.scene.folder) in answer.text} == {"admin"}
    assert TOLD in said["viewer"].text
    token = {"Authorization": f"Bearer {broken.token('admin', Scope.READ)}"}
    problem = broken.browser().get("/api/v1/nodes", headers=token)
    assert (problem.status_code, problem.json["reason"]) == (500, "bad_configuration")  # type: ignore[index]
    assert "northwind" not in problem.text


def test_who_asks_whether_the_service_is_ready_is_told_nothing_of_the_configuration(broken: Lodge) -> None:
    for path in ("/readyz", "/metrics"):
        answer = broken.browser().get(path)
        assert (answer.status_code, answer.text) == (503, "The configuration can't be read.\n"), path
    assert "acquire_northwind" in broken.enter("admin").get("/metrics", environ_overrides={"REMOTE_ADDR": "192.0.2.1"}).text


def test_an_address_of_the_api_that_is_none_is_a_problem_also_while_nothing_can_be_read(house: Lodge) -> None:
    def away() -> None:
        raise RetryableError("The database is busy or out of reach.", where="sqlite:////srv/bellwether.db")

    app = create_app(lambda: house.space, house.scene.configuration, hooks_workspace=away)  # type: ignore[arg-type]
    answer = app.test_client().get("/api/v1/nothing")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    page = app.test_client().get("/nothing")
    assert page.status_code == 503
    assert "busy or out of reach" in page.text
    assert "/srv/" not in page.text
