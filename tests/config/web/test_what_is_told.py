"""What is told of a fault, to whom: mistakes of the configuration to admins, nothing of the database's address to anybody."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.current import Current
from app.wsgi import create_app
from config.settings import read_settings
from model.access import Scope
from model.errors import RetryableError
from tests.support.databases import Databases
from tests.support.lodge import Lodge, lodge, post
from tests.support.scene import play
from tests.support.small_world import small_world

TOLD = "The configuration can&#39;t be read."
LONG = "a\x00b"


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


def test_a_character_that_no_database_keeps_is_refused_before_it_reaches_one(
    fresh_postgres: Databases, tmp_path: Path
) -> None:
    url = fresh_postgres(True)
    for scene in play(small_world(datetime.now(UTC)), tmp_path):
        scene.document["database"] = url
        with lodge(scene) as house:
            viewer, editor, admin = (house.enter(who) for who in ("viewer", "editor", "admin"))
            until = f"{house.space.clock():%Y-12-31}"
            answers = [
                viewer.get("/login", query_string={"kept": LONG}),
                viewer.get("/login/kept/a%00b"),
                editor.get("/nodes", query_string={LONG: "1"}),
                post(editor, "/nodes/web/override", {"band": "AT_RISK", "reason": LONG, "until": until}),
                post(admin, "/settings/file", {"text": LONG, "base": "", "do": "save"}),
                post(house.browser(), "/login", {"name": LONG, "password": LONG}),
            ]
            assert [answer.status_code for answer in answers] == [422] * len(answers)
            assert "postgresql" not in "".join(answer.text for answer in answers)
            token = {"Authorization": f"Bearer {house.token('admin', Scope.ADMIN)}"}
            body = {"band": "AT_RISK", "reason": LONG, "until": until}
            assert admin.put("/api/v1/nodes/web/override", json=body, headers=token).status_code == 422
            assert admin.get("/api/v1/nodes/a%00b", headers=token).status_code == 422
    fresh_postgres.drop(url)
