"""Lenses of an organisation that is too large for anybody to wait for: scored by a worker, shown as they were then."""

from datetime import timedelta

import pytest

from model.access import Right, Role, Scope
from rollup.lens import top_id
from service import browse, lens_at_hand, preparing, scoring
from service.lens_at_hand import at_hand, lens_standing
from service.patience import Patience
from service.workspace import Workspace
from store.errands import ErrandState
from store.prepared import DocumentKind
from tests.support.jobs import work_through
from tests.support.lodge import Lodge, post

LENS, NODE, TOP = "kind", "kind--standard", "lens--kind"
DAY = timedelta(days=1)


@pytest.fixture
def large(seen: Lodge) -> Lodge:
    seen.space.patience = Patience(around=0, split=0, report=0)
    return seen


def _shown(space: Workspace, lens: str) -> list[tuple[str, float | None]]:
    view = browse.view(space, lens)
    with space.db.read() as uow:
        scores = view.brief(space, uow, list(view.levels.nodes))
    return sorted((node, scores[node].score if node in scores else None) for node in view.levels.nodes)


@pytest.mark.parametrize("lens", [LENS, "product"])
def test_what_a_worker_kept_is_what_a_small_organisation_sees_at_once(seen: Lodge, lens: str) -> None:
    at_once = _shown(seen.space, lens)
    seen.space.patience = Patience(around=0, split=0, report=0)
    assert {score for _, score in _shown(seen.space, lens)} == {None}
    preparing.ask_lens(seen.space, seen.space.lens(lens))
    work_through(seen.space)
    assert _shown(seen.space, lens) == at_once
    assert any(score is not None for _, score in at_once)


def test_somebody_has_it_scored_and_everybody_sees_it(large: Lodge) -> None:
    viewer = large.enter("viewer")
    first = viewer.get(f"/?lens={LENS}").text
    assert "This lens is not scored yet." in first
    assert "not scored yet" in viewer.get(f"/nodes/{TOP}?lens={LENS}").text
    answer = post(viewer, f"/lenses/{LENS}/scores", {})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/?lens={LENS}")
    waiting = viewer.get(f"/?lens={LENS}").text
    assert "It is being scored" in waiting
    assert "Have it scored" not in waiting
    post(large.enter("editor"), f"/lenses/{LENS}/scores", {})
    with large.space.db.read() as uow:
        assert len(uow.prepared.open()) == 1  # who asks for the same waits for the same
    work_through(large.space)
    home = large.enter("editor").get(f"/?lens={LENS}").text
    assert "Score it again" in home
    assert NODE in home
    node = viewer.get(f"/nodes/{NODE}?lens={LENS}")
    assert node.status_code == 200
    assert "points lost" in node.text.casefold() or 'class="score"' in node.text
    registers = viewer.get(f"/nodes/{NODE}/registers?lens={LENS}").text
    assert "are in the workbook" in registers
    assert f"/nodes/web/registers?lens={LENS}" in registers
    assert viewer.get(f"/nodes/{NODE}/report?lens={LENS}").headers["Location"].startswith(f"/nodes/{NODE}/exports")
    assert viewer.get(f"/search?q=web&lens={LENS}").status_code == 200


def test_a_lens_that_is_configured_otherwise_has_to_be_scored_anew(large: Lodge) -> None:
    lens = large.space.lens("product")
    preparing.ask_lens(large.space, lens)
    work_through(large.space)
    assert at_hand(large.space, lens) is not None
    assert at_hand(large.space, lens.model_copy(update={"key": "team:"})) is None


def test_scores_of_a_lens_stay_until_there_are_newer_ones_also_when_making_these_fails(large: Lodge) -> None:
    space, lens = large.space, large.space.lens(LENS)
    preparing.ask_lens(space, lens)
    work_through(space)
    large.later += 3 * DAY
    preparing.forget_old(space)
    kept = at_hand(space, lens)
    assert kept is not None
    for _ in range(3):
        scoring.score(space, as_of=None)
        number = preparing.ask_lens(space, lens)
        with space.db.begin() as uow:
            uow.prepared.refuse(number, ErrandState.FAILED, "The disk is <full>.", at=space.clock())
    assert at_hand(space, lens) == kept
    page = large.enter("viewer").get(f"/?lens={LENS}").text
    assert "The disk is &lt;full&gt;." in page
    assert "Score it again" in page
    preparing.ask_lens(space, lens)
    work_through(space)
    newer = at_hand(space, lens)
    assert newer is not None
    assert newer.as_of > kept.as_of


def test_lenses_are_renewed_by_age_and_not_while_they_are_made(large: Lodge) -> None:
    space = large.space

    def open_ones() -> list[str]:
        with space.db.read() as uow:
            return sorted(one.node for one in uow.prepared.open())

    every = [top_id(lens) for lens in space.lenses]
    for _ in range(2):
        preparing.renew_lenses(space, space.lenses, older_than=DAY)
        assert open_ones() == sorted(every)
    work_through(space)
    scoring.score(space, as_of=None)
    preparing.renew_lenses(space, space.lenses, older_than=DAY)
    assert open_ones() == []
    large.later += 2 * DAY
    preparing.renew_lenses(space, space.lenses, older_than=DAY)
    assert open_ones() == []  # nothing was scored since: they say what is true
    scoring.score(space, as_of=None)
    preparing.renew_lenses(space, space.lenses, older_than=DAY)
    assert open_ones() == sorted(every)
    assert lens_standing(space, space.lenses[0]).open


def test_who_may_see_a_part_sees_that_part(large: Lodge) -> None:
    preparing.ask_lens(large.space, large.space.lens(LENS))
    work_through(large.space)
    large.add("viewer of launch", (Right(role=Role.VIEWER, node="launch"),))
    home = large.enter("viewer of launch").get(f"/?lens={LENS}&open={TOP},{NODE}").text
    assert "/nodes/launch?" in home
    assert "/nodes/web?" not in home
    assert large.enter("viewer of launch").get(f"/nodes/{NODE}?lens={LENS}").status_code == 404


def test_programs_get_it_once_it_is_there_and_no_document_of_it(large: Lodge) -> None:
    viewer = large.token("viewer", Scope.READ)
    client = large.browser()
    headers = {"Authorization": f"Bearer {viewer}"}
    refused = client.get(f"/api/v1/lenses/{LENS}/nodes", headers=headers)
    assert (refused.status_code, (refused.json or {})["reason"]) == (409, "not_scored")
    number = preparing.ask_lens(large.space, large.space.lens(LENS))
    work_through(large.space)
    nodes = client.get(f"/api/v1/lenses/{LENS}/nodes", headers=headers).json
    below = client.get(f"/api/v1/lenses/{LENS}/nodes?parent={TOP}", headers=headers).json
    assert nodes is not None
    assert below is not None
    assert [one["id"] for one in nodes["nodes"]] == [TOP]
    assert [one["id"] for one in below["nodes"]] == [NODE]
    assert below["nodes"][0]["score"] is not None
    for who in ("viewer", "admin"):
        token = {"Authorization": f"Bearer {large.token(who, Scope.READ)}"}
        assert client.get(f"/api/v1/documents/{number}", headers=token).status_code == 404


def test_a_process_holds_a_few_lenses_and_reads_each_once(large: Lodge) -> None:
    lens = large.space.lens(LENS)
    for _ in range(lens_at_hand.MOST_HELD + 2):
        large.later += DAY
        scoring.score(large.space, as_of=None)
        preparing.ask_lens(large.space, lens)
        work_through(large.space)
        kept = at_hand(large.space, lens)
        assert kept is at_hand(large.space, lens)
    with large.space.db.read() as uow:
        documents = uow.prepared.same(DocumentKind.LENS, TOP, lens_at_hand.question(lens))
    assert len(documents) == 2  # what is shown, and what was shown before


def test_a_lens_that_is_not_there_is_not_scored(large: Lodge) -> None:
    assert post(large.enter("viewer"), "/lenses/nothing/scores", {}).status_code == 404
    assert post(large.enter("nobody"), f"/lenses/{LENS}/scores", {}).status_code in (302, 303, 401, 403)
    with large.space.db.read() as uow:
        assert uow.prepared.open() == ()
