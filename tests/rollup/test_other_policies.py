"""Other policies over kept scores: the same numbers that counting everything anew would give."""

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings

from model.health import Band
from model.landscape import Landscape
from model.policy import Policy
from model.tree import Node, NodeKind
from rollup.bands import active_override
from rollup.other_policies import judged
from tests.rollup.build import NOW
from tests.rollup.worlds import organisation, roll, seeds

SOME = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def steady(policy: Policy) -> Policy:
    """Without a memory of past days."""
    return policy.model_copy(update={"margin": 0.0, "dwell_days": 0})


def other(rnd: random.Random, policy: Policy) -> Policy:
    """The same with other weights and thresholds; a weight may come, or go."""
    weights = {name: rnd.choice([weight, 0.0, weight * 2, 25.0]) for name, weight in policy.weights.items()}
    weights[rnd.choice(["schedule", "flow", "quality"])] = rnd.choice([10.0, 40.0])
    changed = {
        "weights": weights, "on_track": rnd.choice([60.0, 70.0, 85.0]), "at_risk": rnd.choice([30.0, 50.0]),
        "min_coverage": rnd.choice([0.0, 0.3, 0.6]), "critical": {"schedule": rnd.choice([0.0, 50.0])},
        "required": rnd.choice([(), ("schedule",), ("cost",)]), "cap_share": rnd.choice([0.0, 0.2, 1.0]),
    }  # fmt: skip
    return policy.model_copy(update=changed)


def rules(land: Landscape) -> Callable[[Node], Policy]:
    return lambda node: land.policy_for(node.project_class, node.policy)


@SOME
@given(seeds)
def test_weights_thresholds_and_caps_give_what_counting_anew_gives(seed: int) -> None:
    land, known = organisation(seed)
    rnd = random.Random(seed)
    old = land.model_copy(update={"policies": {name: steady(one) for name, one in land.policies.items()}})
    new = old.model_copy(update={"policies": {name: other(rnd, one) for name, one in old.policies.items()}})
    today = NOW.date()
    kept = {score.id: score for score in roll((old, known)).nodes}
    tried = judged(
        land.tree, kept, before=rules(old), after=rules(new), money=land.money, daily=lambda _node: lambda _ago: None,
        override=lambda node: active_override(land.overrides, node.id, NOW, today),
    )  # fmt: skip
    for expected in roll((new, known)).nodes:
        found = tried[expected.id]
        assert found.coverage == pytest.approx(expected.coverage, abs=1e-9)
        assert (found.score is None) == (expected.score is None)
        if expected.score is not None:
            assert found.score == pytest.approx(expected.score, abs=1e-9)
        if expected.kind == NodeKind.PROJECT or not [one for one in expected.band_reasons if "worst_child" in one]:
            caps = [one for one in found.band_reasons if "worst_child" in one]
            assert caps or found.band is expected.band
        assert found.policy == expected.policy


@SOME
@given(seeds)
def test_the_same_policies_change_nothing(seed: int) -> None:
    land, known = organisation(seed)
    old = land.model_copy(update={"policies": {name: steady(one) for name, one in land.policies.items()}})
    kept = {score.id: score for score in roll((old, known)).nodes}
    same = judged(
        land.tree, kept, before=rules(old), after=rules(old), money=land.money, daily=lambda _node: lambda _ago: None,
        override=lambda node: active_override(land.overrides, node.id, NOW, NOW.date()),
    )  # fmt: skip
    for key, score in kept.items():
        if not [one for one in score.band_reasons if "worst_child" in one] and same[key].band is not Band.AT_RISK:
            assert same[key].band is score.band
        assert [entry.weight for entry in same[key].dimensions] == pytest.approx([one.weight for one in score.dimensions])
