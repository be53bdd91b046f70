"""Declared against computed: which way, how far, since when."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from model.health import Band, Basis, Finding, NodeScore, Outcome, ScoredDimension
from model.policy import Policy
from rollup.declared import Moment, apart, gap, shown_above
from tests.rollup.build import NOW, day

GREEN, AMBER, RED, NONE = Band.ON_TRACK, Band.AT_RISK, Band.OFF_TRACK, Band.NO_DATA
POLICY = Policy(name="default")


def finding(name: str, score: float, *items: str) -> Finding:
    return Finding(
        dimension=name, version=1, outcome=Outcome.MEASURED, score=score, reason=f"{name} stands so",
        reason_code=f"{name}_x", evidence=items,
    )  # fmt: skip


def score(declared: Band | None, computed: Band, points: float | None = 30.0, *, ago: float = 2) -> NodeScore:
    found = (finding("schedule", 20, "jira:item:1"), finding("quality", 90), finding("resources", 40, "jira:item:2"))
    return NodeScore(
        id="onb", kind="project", name="Onboarding", parent=None, score=points, band=computed, computed_band=computed,
        coverage=1, trust=1, basis=Basis.OBSERVED, declared_band=declared, declared_at=day(ago), policy="p",
        dimensions=tuple(
            ScoredDimension(finding=one, weight=1, effective_weight=1 / 3, measured_share=1) for one in found
        ),
    )  # fmt: skip


def past(*moments: tuple[float, Band | None, Band], said: float = 300) -> list[Moment]:
    return [Moment(day(ago), declared, day(said) if declared else None, computed) for ago, declared, computed in moments]


@pytest.mark.parametrize("declared", [GREEN, AMBER, RED])
@pytest.mark.parametrize("computed", [GREEN, AMBER, RED])
def test_a_gap_is_there_exactly_where_the_bands_differ(declared: Band, computed: Band) -> None:
    found = gap(score(declared, computed), POLICY, [], NOW)
    assert (found is not None) is (declared is not computed)
    if found:
        assert found.better is (apart(declared, computed) > 0)
        assert 1 <= found.bands <= 2


@pytest.mark.parametrize(("declared", "computed"), [(None, RED), (GREEN, NONE), (NONE, RED)])
def test_what_can_not_be_compared_is_no_gap(declared: Band | None, computed: Band) -> None:
    assert gap(score(declared, computed), POLICY, [], NOW) is None


@pytest.mark.parametrize(
    ("declared", "computed", "points", "size"),
    [
        (GREEN, RED, 30.0, (2, 40.0)),  # 70 is the least of On track
        (GREEN, AMBER, 55.5, (1, 14.5)),
        (GREEN, AMBER, 81.0, (1, 0.0)),  # a cap alone
        (AMBER, RED, 35.0, (1, 5.0)),
        (AMBER, GREEN, 82.0, (1, 12.0)),
        (RED, GREEN, 75.0, (2, 35.0)),
        (RED, AMBER, None, (1, 0.0)),
    ],
)
def test_a_gap_has_bands_and_points(
    declared: Band, computed: Band, points: float | None, size: tuple[int, float]
) -> None:
    found = gap(score(declared, computed, points), POLICY, [], NOW)
    assert found is not None
    assert (found.bands, found.points) == size


SINCE = {
    "the score turned first": (past((30, GREEN, GREEN), (20, GREEN, RED), (10, GREEN, AMBER)), 20, False),
    "it was declared between two scores": (
        [*past((30, RED, RED)), Moment(day(20), GREEN, day(25), RED)], 25, False
    ),
    "it was only said again": ([*past((30, GREEN, GREEN)), Moment(day(20), GREEN, day(25), RED)], 20, False),
    "it was said anew after it had been worse": (
        [*past((30, RED, RED)), Moment(day(20), GREEN, day(25), RED), *past((10, GREEN, RED))], 25, False
    ),
    "the other way round ends it": (past((30, GREEN, RED), (20, RED, GREEN), (10, GREEN, RED)), 10, False),
    "nothing else is known": (past((40, GREEN, RED), (20, GREEN, RED)), 40, True),
    "nothing is known at all": ([], 0, True),
    "an unknown band ends it": (past((30, GREEN, RED), (20, GREEN, NONE), (10, GREEN, RED)), 10, False),
    "nothing was declared before": (past((30, None, RED), (10, None, RED)), 2, False),
}  # fmt: skip


@pytest.mark.parametrize("case", SINCE)
def test_a_gap_is_as_old_as_the_two_have_been_apart(case: str) -> None:
    moments, ago, earlier = SINCE[case]
    found = gap(score(GREEN, RED), POLICY, moments[::-1], NOW)
    assert found is not None
    assert (found.since, found.earlier) == (day(ago), earlier)


def test_the_past_is_asked_for_no_further_back_than_it_decides() -> None:
    asked = []

    def newest_first() -> Iterator[Moment]:
        for moment in past((10, GREEN, RED), (20, GREEN, GREEN), (30, GREEN, RED)):
            asked.append(moment.at)
            yield moment

    assert gap(score(GREEN, RED), POLICY, newest_first(), NOW) is not None
    assert asked == [day(10), day(20)]
    asked.clear()
    assert gap(score(GREEN, GREEN), POLICY, newest_first(), NOW) is None
    assert asked == []


def test_what_comes_after_the_moment_plays_no_part() -> None:
    later: list[Moment] = [Moment(datetime.max.replace(tzinfo=NOW.tzinfo), GREEN, day(1), GREEN)]
    found = gap(score(GREEN, RED), POLICY, [*later, *past((9, GREEN, RED))], NOW)
    assert found is not None
    assert found.since == day(9)


def test_a_better_report_is_answered_by_what_costs_and_a_worse_one_by_what_is_well() -> None:
    better, worse = gap(score(GREEN, RED), POLICY, [], NOW), gap(score(RED, GREEN, 80.0), POLICY, [], NOW)
    assert better is not None
    assert worse is not None
    assert [one.dimension for one in better.reasons] == ["schedule", "resources", "quality"]
    assert [one.dimension for one in worse.reasons] == ["quality", "resources", "schedule"]


def test_the_items_of_a_person_s_load_are_not_named() -> None:
    found = gap(score(GREEN, RED), POLICY, [], NOW)
    assert found is not None
    assert {one.dimension: one.evidence for one in found.reasons} == {
        "schedule": ("jira:item:1",), "resources": (), "quality": (),
    }  # fmt: skip


@pytest.mark.parametrize(("days", "ago", "shown"), [(7, 6.9, False), (7, 7, True), (0, 0, True), (30, 8, False)])
def test_others_are_told_once_it_is_old_enough(days: int, ago: float, shown: bool) -> None:
    found = gap(score(GREEN, RED), POLICY, past((ago, GREEN, RED), (99, GREEN, GREEN)), NOW)
    assert found is not None
    assert shown_above(found.since, Policy(name="p", watermelon_days=days), NOW) is shown
