"""What a policy would change, told before it counts, is what it changes when it counts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bench.portfolio import made_workspace
from model.policy import Policy
from service import policy_preview, policy_trial, scoring
from service.policy_preview import preview
from service.workspace import Workspace
from store.database import Database

SCHEDULE_ONLY = dict.fromkeys(("scope", "cost", "quality", "risk"), 0.0) | {"schedule": 30.0}
CHANGES: dict[str, dict[str, Any]] = {
    "weights": {"weights": SCHEDULE_ONLY | {"flow": 90.0}},
    "thresholds": {"on_track": 95.0, "at_risk": 90.0},
    "curves": {"curves": {"flow.balance.weight": 0.0, "risk.aged.weight": 90.0}},
    "rules": {"rules": (), "weights": {"flow": 20.0, "governance": 40.0, "quality": 10.0}},
}


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Twelve projects in two programs, scored without a memory of past days."""
    db = Database(f"sqlite:///{tmp_path_factory.mktemp('policy') / 'b.db'}", secret_key=None)
    db.upgrade()
    steady = Policy(name="default", margin=0.0, dwell_days=0)
    workspace = replace(made_workspace(db, 12, 10), policies={"default": steady})
    scoring.score(workspace, as_of=None)
    yield workspace
    db.close()


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_told_is_what_happens(scored: Workspace, change: str) -> None:
    tried = {"default": scored.policies["default"].model_copy(update=CHANGES[change])}
    told = preview(scored, tried)
    now = {one.id: one for one in scoring.latest_scores(scored)}
    at = scored.clock()
    after = {one.id: one for one in scoring.score(replace(scored, policies=tried), as_of=at, known_at=at).nodes}
    moved = {key for key, one in after.items() if one.band is not now[key].band or one.score != pytest.approx(now[key].score)}
    assert {one.node.id for one in told.changes} == moved
    assert told.changed == len(moved)
    for one in told.changes:
        assert one.before == now[one.node.id]
        assert (one.after.score, one.after.band) == (pytest.approx(after[one.node.id].score), after[one.node.id].band)
    bands = [one.band_changes for one in told.changes]
    assert bands == sorted(bands, reverse=True)
    assert told.bands == sum(bands)


def test_of_a_large_tree_projects_are_measured_by_the_page(scored: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_preview, "AT_ONCE", 5)
    change = {"rules": (), "weights": {"flow": 20.0, "governance": 40.0, "quality": 10.0}}
    tried = {"default": scored.policies["default"].model_copy(update=change)}
    at = scored.clock()
    after = {one.id: one for one in scoring.score(replace(scored, policies=tried), as_of=at, known_at=at).nodes}
    seen = []
    for page in range(3):
        told = preview(scored, tried, page=page)
        assert (told.partly, told.pages, told.measured) == (True, 3, ("governance",))
        for one in told.changes:
            assert one.after.score == pytest.approx(after[one.node.id].score)
        seen += [one.node.id for one in told.changes]
    assert len(seen) == len(set(seen))
    assert set(seen) <= {node.id for node in scored.tree.projects()}


def test_what_would_flip_a_band_is_told_the_nearest_first(scored: Workspace) -> None:
    found = policy_preview.standing(scored, lambda _node: True, limit=5)
    near = [min(x for x in (one.firm.to_better, one.firm.to_worse) if x is not None) for one in found]
    assert len(found) == 5
    assert near == sorted(near)


def test_a_look_through_all_nodes_is_a_job_and_what_it_says_is_kept(scored: Workspace) -> None:
    tried = {"default": scored.policies["default"].model_copy(update=CHANGES["thresholds"])}
    waiting = policy_trial.what_if(scored, tried, page=0, anew=True)
    assert waiting.preview is None
    assert waiting.going is not None
    assert waiting.going.state == "waiting"
    asked = policy_trial.nearest(scored, scored.policies["default"], anew=False)
    assert asked.going is not None
    assert policy_trial.work_off(scored) == 2
    assert policy_trial.work_off(scored) == 0
    told, found = preview(scored, tried), policy_trial.what_if(scored, tried, page=0, anew=True).preview
    assert found is not None
    assert (found.nodes, found.changed, found.bands, found.pages) == (told.nodes, told.changed, told.bands, told.pages)
    assert [(one.node.id, one.before.band, one.after.band, one.after.score, one.firm.to_worse) for one in found.changes] == [
        (one.node.id, one.before.band, one.after.band, one.after.score, one.firm.to_worse) for one in told.changes
    ]
    beside = policy_trial.what_if(scored, tried, page=1, anew=False).preview
    assert beside is not None
    assert beside.changes == ()
    near = policy_trial.nearest(scored, scored.policies["default"], anew=False).nearest
    assert [one.node.id for one in near] == [
        one.node.id for one in policy_preview.standing(scored, lambda _node: True, limit=policy_trial.NEAREST)
    ]
    assert near[0].firm.smallest("weight") is not None


def test_only_the_newest_questions_are_kept(scored: Workspace) -> None:
    for number in range(policy_trial.MOST + 3):
        tried = {"default": scored.policies["default"].model_copy(update={"margin": float(number)})}
        policy_trial.what_if(scored, tried, page=0, anew=False)
    assert policy_trial.work_off(scored) == policy_trial.MOST
