"""Sensitivity: the told change really moves the band, and a smaller one does not."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.health import Band, Basis, Finding, NodeScore, Outcome, ScoredDimension
from model.policy import Policy
from rollup.bands import band_of
from rollup.sensitivity import Flip, sensitivity
from tests.rollup.worlds import organisation, roll, seeds

MANY = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
NAMES = ("schedule", "scope", "cost", "quality", "risk", "governance")
FLIP_ROOM = 1e-5  # relative: a change this much smaller than the told one must not be enough


def made(scores: dict[str, float], policy: Policy) -> NodeScore:
    weights = {name: policy.weights.get(name, 0.0) for name in scores}
    total = sum(weights.values())
    mean = sum(weights[name] / total * points for name, points in scores.items()) if total else None
    dimensions = tuple(
        ScoredDimension(
            finding=Finding(
                dimension=name, version=1, outcome=Outcome.MEASURED, score=points, reason="r", reason_code="c"
            ),
            weight=weights[name],
            effective_weight=weights[name] / total if total else 0.0,
            measured_share=1.0,
        )
        for name, points in scores.items()
    )
    band = Band.NO_DATA if mean is None else band_of(mean, policy)
    return NodeScore(
        id="alpha", kind="project", name="Alpha", parent=None, score=mean, band=band, computed_band=band, coverage=1.0,
        trust=1.0, basis=Basis.OBSERVED, dimensions=dimensions, policy=policy.digest,
    )  # fmt: skip


@st.composite
def nodes(draw: st.DrawFn) -> tuple[dict[str, float], Policy]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    scores = {name: draw(st.floats(0, 100)) for name in names}
    weights = {name: draw(st.sampled_from((0.0, 1.0, 10.0, 15.0, 30.0))) for name in names}
    weights[names[0]] = 30.0
    on_track = draw(st.floats(50, 90))
    return scores, Policy(name="p", weights=weights, on_track=on_track, at_risk=draw(st.floats(5, 49)))


def after(scores: dict[str, float], policy: Policy, flip: Flip, size: float) -> Band:
    """The band by score when so much of a told change is made."""
    new = flip.old + size * (flip.new - flip.old)
    if flip.kind == "score":
        return made({**scores, flip.dimension: min(100.0, max(0.0, new))}, policy).band
    return made(scores, policy.model_copy(update={"weights": {**policy.weights, flip.dimension: new}})).band


@MANY
@given(nodes())
def test_the_told_change_flips_the_band_and_a_smaller_one_does_not(case: tuple[dict[str, float], Policy]) -> None:
    scores, policy = case
    node = made(scores, policy)
    told = sensitivity(node, policy)
    assert told.by_score is node.band
    for flip in (*told.better, *told.worse):
        moved = abs(flip.new - flip.old)
        if moved < 1e-3 or moved > 1e6:
            continue  # at rounding's edge: a node on its threshold, or a weight so large that nothing else counts
        assert after(scores, policy, flip, 1 + FLIP_ROOM) in (flip.band, *([Band.NO_DATA] if moved == 0 else []))
        assert after(scores, policy, flip, 1 - FLIP_ROOM) is node.band


@MANY
@given(nodes())
def test_the_distances_are_those_to_the_nearest_thresholds(case: tuple[dict[str, float], Policy]) -> None:
    scores, policy = case
    node = made(scores, policy)
    told = sensitivity(node, policy)
    assert node.score is not None
    if told.to_better is not None:
        assert band_of(node.score + told.to_better + 1e-6, policy) is not node.band
    if told.to_worse is not None:
        assert band_of(node.score - told.to_worse - 1e-6, policy) is not node.band
    assert (told.to_better is None) == (node.band is Band.ON_TRACK)
    assert (told.to_worse is None) == (node.band is Band.OFF_TRACK)


@MANY
@given(nodes())
def test_the_smallest_weight_change_is_told_first(case: tuple[dict[str, float], Policy]) -> None:
    scores, policy = case
    told = sensitivity(made(scores, policy), policy)
    for flips in (told.better, told.worse):
        sizes = [abs(flip.relative) for flip in flips if flip.relative is not None]
        assert sizes == sorted(sizes)


def test_a_weight_that_cannot_flip_the_band_is_not_told() -> None:
    policy = Policy(name="p", weights={"schedule": 1.0, "scope": 1.0})
    told = sensitivity(made({"schedule": 60.0, "scope": 50.0}, policy), policy)
    assert told.smallest("weight") == (None, None)
    assert told.smallest("score")[0] == Flip("score", "schedule", 60.0, pytest.approx(90.0), Band.ON_TRACK)  # type: ignore[arg-type]


def test_a_weight_beside_which_nothing_else_would_count_is_not_told() -> None:
    policy = Policy(name="p", weights={"schedule": 1.0, "scope": 99.0})
    told = sensitivity(made({"schedule": policy.at_risk + 0.01, "scope": 0.0}, policy), policy)
    assert told.to_better is not None
    assert [flip.dimension for flip in told.better if flip.kind == "weight"] == ["scope"]


def test_a_node_without_a_score_has_no_sensitivity() -> None:
    policy = Policy(name="p")
    node = made({"schedule": 50.0}, policy).model_copy(update={"score": None})
    assert sensitivity(node, policy).by_score is Band.NO_DATA


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seeds)
def test_a_told_weight_flips_the_band_when_everything_is_scored_with_it(seed: int) -> None:
    """At projects, programs and the portfolio, where schedule and flow share one place."""
    land, known = organisation(seed)
    scores = roll((land, known)).nodes
    nodes = land.tree.by_id()
    for score in scores:
        node = nodes[score.id]
        name = node.project_class if node.project_class in land.policies else "default"
        policy = land.policies[name]
        told = sensitivity(score, policy)
        flip = next((one for one in (*told.better, *told.worse) if one.kind == "weight" and _tried(one)), None)
        for size, band in ((1 + FLIP_ROOM, flip.band), (1 - FLIP_ROOM, told.by_score)) if flip else ():
            weight = flip.old + size * (flip.new - flip.old)
            other = policy.model_copy(update={"weights": {**policy.weights, flip.dimension: weight}})
            again = roll((land.model_copy(update={"policies": {**land.policies, name: other}}), known))
            now = next(one for one in again.nodes if one.id == score.id)
            assert now.score is not None
            assert band_of(now.score, other) is band


def _tried(flip: Flip) -> bool:
    """Not at rounding's edge, and no weight so large that nothing else counts."""
    return 1e-3 < abs(flip.new - flip.old) < 1e6
