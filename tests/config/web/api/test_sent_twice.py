"""What is sent twice at the same moment is done once: lessons, decisions, and the push of a plan, on both databases."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from model.access import Scope
from service import scoring
from service.sync import sync
from tests.support.lodge import Lodge, lodge, post
from tests.support.scene import no_progress, play
from tests.support.small_world import small_world

ROOT = "/api/v1"
MANY = 4
LESSON = {"cause": "scope", "text": "Two teams asked late.", "advice": "Ask them sooner."}


@pytest.fixture
def house(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lodge]:
    postgres = request.getfixturevalue("fresh_postgres") if database_kind == "postgresql" else None
    if postgres is None:
        request.getfixturevalue("migrated_sqlite")(tmp_path / "bellwether.db")
    url = postgres(True) if postgres else None
    for scene in play(small_world(datetime.now(UTC)), tmp_path):
        scene.document |= {"database": url} if url else {}
        with lodge(scene) as opened:
            sync(opened.space, (), full=False, progress=no_progress)
            scoring.score(opened.space, as_of=None)
            yield opened
    if postgres:
        postgres.drop(url)


def _at_once(house: Lodge, path: str, body: Any, guard: str = "") -> list[int]:
    """The statuses of one request that is sent many times at one moment. ``guard``: whose ETag goes with it."""
    headers = {"Authorization": f"Bearer {house.token('admin', Scope.ADMIN)}"}
    if guard:
        headers["If-Match"] = house.browser().get(f"{ROOT}{guard}", headers=headers).headers["ETag"]
    together = threading.Barrier(MANY)

    def send(_number: int) -> int:
        client = house.browser()
        together.wait()
        return client.post(f"{ROOT}{path}", json=body, headers=headers).status_code

    with ThreadPoolExecutor(MANY) as pool:
        return sorted(pool.map(send, range(MANY)))


def test_what_was_seen_is_answered_once(house: Lodge) -> None:
    one_of_many = [201, *[412] * (MANY - 1)]
    assert _at_once(house, "/nodes/web/lessons", LESSON, "/nodes/web/lessons") == one_of_many
    decided = _at_once(house, "/nodes/growth/decisions", {"reason": "The board."}, "/nodes/growth/decisions")
    assert decided.count(201) == 1, "of the others some may have been told that one search is at a time (503)"
    with house.space.db.read() as uow:
        assert len(uow.lessons.all()) == 1
        assert len(uow.decisions.of("growth")) == 1


def test_a_second_click_keeps_no_second_lesson_nor_decision(house: Lodge) -> None:
    assert _at_once(house, "/nodes/web/lessons", LESSON) == [201] * MANY
    editor = house.enter("editor")
    form = {**LESSON, "node": "web"}
    added = [post(editor, "/lessons", form).headers["Location"] for _ in range(2)]
    assert added == ["/lessons?added=2"] * 2, "of another person"
    decided = [post(editor, "/portfolios/growth/decisions", {"reason": "The board."}).headers["Location"] for _ in range(2)]
    assert len(set(decided)) == 1
    house.later = timedelta(minutes=2)
    assert post(editor, "/lessons", form).headers["Location"] == "/lessons?added=3", "it happened again"
    assert post(editor, "/portfolios/growth/decisions", {"reason": "The board."}).headers["Location"] not in decided


def test_a_plan_is_pushed_once(house: Lodge) -> None:
    headers = {"Authorization": f"Bearer {house.token('admin', Scope.ADMIN)}"}
    for _ in range(3):
        plan = house.browser().post(f"{ROOT}/plans", json={}, headers=headers).json["id"]  # type: ignore[index]
        assert _at_once(house, f"/plans/{plan}/push", None) == [202, *[409] * (MANY - 1)]
