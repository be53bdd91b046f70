"""Every project in a line: what was counted stays until something newer was, and weeks are put together in one question."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from model.health import Band, Basis
from model.outcome import Counted, ProjectFigures, RuleKept
from store.database import Database
from store.scores import TrendPoint

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
COUNTED = Counted(due_kept=3, due_outcomes=4, rules=(RuleKept(rule="has_goal", words="it serves a goal", kept=False),))


def _line(node: str, score: float | None, counted: Counted | None = None, *, hours: int = 0) -> ProjectFigures:
    at = NOW + timedelta(hours=hours)
    return ProjectFigures(
        node=node, at=at, score=score, band=Band.AT_RISK, coverage=0.5, trust=1.0, counted=counted
    )


def test_a_newer_score_replaces_the_line_and_leaves_what_was_counted(database: Database) -> None:
    with database.begin() as uow:
        uow.project_figures.save([_line("a", 70.0, COUNTED), _line("b", None)])
        uow.project_figures.save([_line("a", 60.0, hours=1)])
    with database.read() as uow:
        found = uow.project_figures.of(["a", "b", "never"])
    assert found == {"a": _line("a", 60.0, COUNTED, hours=1), "b": _line("b", None)}
    newer = replace(COUNTED, due_kept=4)
    with database.begin() as uow:
        uow.project_figures.save([_line("a", 60.0, newer)])
    with database.read() as uow:
        assert uow.project_figures.of(["a"])["a"].counted == newer


def test_weeks_are_counted_by_band_with_the_mean_of_those_that_have_a_score(database: Database) -> None:
    def point(weeks: int, score: float | None, band: Band) -> TrendPoint:
        return TrendPoint(at=NOW - timedelta(weeks=weeks), score=score, band=band, basis=Basis.OBSERVED)

    with database.begin() as uow:
        uow.scores.save_trend([
            ("a", point(1, 80.0, Band.ON_TRACK)), ("b", point(1, 40.0, Band.AT_RISK)), ("c", point(1, None, Band.NO_DATA)),
            ("a", point(0, None, Band.NO_DATA)), ("other", point(0, 10.0, Band.OFF_TRACK)),
            ("a", point(9, 1.0, Band.OFF_TRACK)),
        ])  # fmt: skip
    with database.read() as uow:
        before, last = uow.project_figures.weeks(["a", "b", "c"], since=NOW - timedelta(weeks=2))
    assert before.bands == {Band.ON_TRACK: 1, Band.AT_RISK: 1, Band.NO_DATA: 1}
    assert before.score == pytest.approx(60.0)
    assert (last.at, last.bands, last.score) == (NOW, {Band.NO_DATA: 1}, None)
