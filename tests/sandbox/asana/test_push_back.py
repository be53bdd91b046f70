"""What writing health meets in a real Asana: refusals, people who are told, answers that get lost, whole batches."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.asana.entities import Setting
from sandbox.asana.faults import Faults
from sandbox.asana.limits import CONCURRENT_READS, CONCURRENT_WRITES
from sandbox.asana.space import AsanaSpace

Gid = Callable[[str], str]


@pytest.fixture
def score(space: AsanaSpace, gid: Gid) -> str:
    """A number field on the program's portfolio, and so on its projects; its gid."""
    holder = space.portfolios[gid("growth-p")]
    made = space.add_custom_field("Score", "number", precision=1)
    holder.settings.append(Setting(space.new_gid("setting"), made, holder))
    return made.gid


def test_a_locked_field_is_changed_by_nobody_else(api: Any, space: AsanaSpace, gid: Gid, score: str) -> None:
    space.custom_fields[score].locked_by = space.user("ada")
    refused = api.put(f"/projects/{gid('LAUNCH')}", custom_fields={score: 5})
    assert refused.status_code == 403
    assert score in refused.get_json()["errors"][0]["message"]
    space.custom_fields[score].locked_by = space.bot
    assert api.put(f"/projects/{gid('LAUNCH')}", custom_fields={score: 5}).status_code == 200


def test_a_plan_may_lack_custom_fields_alone(api: Any, space: AsanaSpace, gid: Gid, score: str) -> None:
    space.lacking.add("custom fields")
    assert api.put(f"/projects/{gid('LAUNCH')}", custom_fields={score: 5}).status_code == 402
    assert api.data(f"/projects/{gid('LAUNCH')}")["custom_fields"] == []
    assert api.get(f"/portfolios/{gid('growth-p')}").status_code == 200


def test_a_refused_value_changes_none_of_the_others(api: Any, space: AsanaSpace, gid: Gid, score: str) -> None:
    answer = api.put(f"/projects/{gid('LAUNCH')}", custom_fields={score: 5, "999": "x"})
    assert answer.status_code == 400
    assert "999" in answer.get_json()["errors"][0]["message"]
    assert space.project("LAUNCH").values.get(score) is None


def test_a_new_comment_tells_the_followers_and_an_edit_tells_nobody(api: Any, space: AsanaSpace, gid: Gid) -> None:
    followers = [each for each in space.task("LAUNCH-1").followers if each is not space.bot]
    made = api.post(f"/tasks/{gid('LAUNCH-1')}/stories", text="Health").get_json()["data"]
    assert space.notifications == len(followers) > 0
    api.put(f"/stories/{made['gid']}", text="Health again")
    assert space.notifications == len(followers)


@pytest.mark.parametrize(
    "body",
    [
        {"html_text": '<body><a data-asana-gid="{ada}"/></body>'},
        {"text": "see https://app.asana.com/0/profile/{ada}"},
        {"html_text": "<body>see https://app.asana.com/0/{ada}/list</body>"},
    ],
)
def test_who_is_mentioned_is_told(api: Any, space: AsanaSpace, gid: Gid, body: dict[str, str]) -> None:
    ada = space.user("ada").gid
    data = {name: text.replace("{ada}", ada) for name, text in body.items()}
    assert api.post(f"/tasks/{gid('LAUNCH-3')}/stories", **data).status_code == 201
    assert space.mentions == [ada]


def test_anothers_status_update_cannot_be_deleted(api: Any, space: AsanaSpace) -> None:
    theirs = space.post_status_update("LAUNCH", "at_risk", author="ada", text="Hm")
    assert api.delete(f"/status_updates/{theirs.gid}").status_code == 403
    assert theirs.gid in space.status_updates


def test_a_nested_status_may_show_only_what_is_documented_of_it(api: Any, space: AsanaSpace, gid: Gid) -> None:
    path = f"/workspaces/{space.workspace.gid}/projects"
    query = {"opt_fields": "current_status_update.title,current_status_update.status_type"}
    space.bare_statuses = True
    shown = next(each for each in api.data(path, **query) if each["gid"] == gid("LAUNCH"))["current_status_update"]
    assert set(shown) == {"gid", "title"}


def test_a_batch_takes_a_place_for_each_action_or_none(api: Any, space: AsanaSpace, gid: Gid) -> None:
    token = api.headers["Authorization"].split()[1]
    get = {"method": "get", "relative_path": f"/tasks/{gid('LAUNCH-1')}"}
    space.limiter.enter(token, write=False, places=CONCURRENT_READS - 5)
    assert api.post("/batch", actions=[get] * 6).status_code == 429
    assert api.post("/batch", actions=[get] * 5).status_code == 200
    space.limiter.leave(token, write=False, places=CONCURRENT_READS - 5)
    assert api.post("/batch", actions=[get] * 10).status_code == 200


def test_a_batch_gives_back_every_place_it_took(api: Any, gid: Gid) -> None:
    get = {"method": "get", "relative_path": f"/tasks/{gid('LAUNCH-1')}"}
    answers = [api.post("/batch", actions=[get]).status_code for _ in range(CONCURRENT_READS + 1)]
    assert set(answers) == {200}


def test_writes_in_a_batch_take_the_places_of_writes(api: Any, space: AsanaSpace, gid: Gid) -> None:
    token = api.headers["Authorization"].split()[1]
    put = {"method": "put", "relative_path": f"/tasks/{gid('LAUNCH-1')}", "data": {"name": "x"}}
    space.limiter.enter(token, write=True, places=CONCURRENT_WRITES - 3)
    assert api.post("/batch", actions=[put] * 3).status_code == 429
    assert api.post("/batch", actions=[put] * 2).status_code == 200


def test_a_share_of_the_writes_loses_its_answer_and_the_same_ones_for_the_same_seed() -> None:
    def struck(seed: int) -> list[bool]:
        faults = Faults()
        faults.set("reset", "/projects/*", times=None, method="WRITE", share=0.3, seed=seed)
        return [faults.take("reset", "PUT", "/projects/1") is not None for _ in range(500)]

    assert struck(1) == struck(1) != struck(2)
    assert 100 < sum(struck(1)) < 200


def test_a_fault_for_writes_leaves_reads_and_other_paths_alone() -> None:
    faults = Faults()
    faults.set("reset", "/projects/*", times=None, method="WRITE")
    assert faults.take("reset", "GET", "/projects/1") is None
    assert faults.take("reset", "PUT", "/tasks/1") is None
    assert faults.take("reset", "PUT", "/projects/1") is not None
    assert faults.struck == 1


def test_what_lost_its_answer_was_done(api: Any, space: AsanaSpace, gid: Gid) -> None:
    space.sleep = lambda _seconds: None
    for kind in ("drop_after_write", "reset", "timeout"):
        space.faults.set(kind, "*/stories", method="POST")  # type: ignore[arg-type]
        before = len(space.task("LAUNCH-1").stories)
        assert api.post(f"/tasks/{gid('LAUNCH-1')}/stories", text=kind).status_code == 504
        assert len(space.task("LAUNCH-1").stories) == before + 1
