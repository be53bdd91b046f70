"""Forecasts kept, settled and checked from the store; a number of odds only by right; programs along their links."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bench.portfolio import NOW, TOOL, made_workspace
from model.errors import UsageError
from model.foresight import KeptForecast, Standing
from model.health import Calibration, ForecastRecord, NodeScore
from model.language import words
from model.sync import Records
from model.tree import Tree
from model.work import (
    Change,
    ChangeField,
    ContainerKind,
    ItemType,
    Iteration,
    IterationState,
    Link,
    LinkKind,
    Membership,
    StatusCategory,
    WorkItem,
)
from rollup.forecast.outlook import WhatIf
from service import scoring
from service.backtest import backtest, check_if_due, last_check
from service.documents import node_document
from service.forecasting import MOST_TOGETHER, ahead
from service.memory import Memory
from service.outlook import burn_up
from service.workspace import Workspace
from store.database import Database


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Workspace]:
    db = Database(f"sqlite:///{tmp_path}/a.db")
    db.upgrade()
    yield made_workspace(db, 3, 160)
    db.close()


def _note(workspace: Workspace, *earned: str) -> None:
    record = ForecastRecord(
        coverage_p50=Calibration(value=0.5, n=60), coverage_p85=Calibration(value=0.86, n=60), earned=earned
    )
    with workspace.db.begin() as uow:
        uow.forecasts.note(Standing(at=workspace.clock(), record=record, report="{}"))


def test_published_forecasts_are_kept_and_settled_once_their_day_is_over(made: Workspace) -> None:
    scoring.score(made, as_of=None)
    with made.db.begin() as uow:
        kept = uow.forecasts.all()
        old = KeptForecast(
            node="p0", made_on=date(2026, 9, 1), p50=date(2026, 9, 9), p85=date(2026, 10, 1), odds=0.7,
            target_on=date(2026, 10, 5),
        )  # fmt: skip
        uow.forecasts.keep([old])
    assert {one.made_on for one in kept} == {NOW.date()}
    assert all(one.odds is not None and one.target_on == date(2027, 3, 31) for one in kept)
    found = backtest(made, every=3)
    assert found.projects == 3
    assert found.items.n > 50
    assert found.finish.p85.n == 1
    assert found.finish.p85.value == 0.0
    assert found.record.coverage_p85 == found.items.p85.calibration
    with made.db.read() as uow:
        settled = next(one for one in uow.forecasts.all() if one.made_on == old.made_on)
        standing = uow.forecasts.standing()
    assert (settled.p50_held, settled.p85_held, settled.on_time) == (False, False, False)
    assert standing is not None
    assert standing.record == found.record
    assert last_check(made) == json.loads(json.dumps(found.document()))


def test_a_check_that_is_only_looked_at_writes_nothing_and_its_seed_moves_bounds_alone(made: Workspace) -> None:
    one, other = (backtest(made, seed=seed, every=8, keep=False) for seed in (1, 2))
    assert one.items.brier == other.items.brier
    assert one.items.rolling.value == other.items.rolling.value
    assert backtest(made, seed=1, every=8, keep=False) == one
    with made.db.read() as uow:
        assert uow.forecasts.checked_at() is None


def _on_time(score: NodeScore) -> tuple[float | None, bool]:
    document = node_document(score, {})["forecast"]
    return document["on_time"], "weeks" in document


def test_odds_of_a_date_are_a_number_only_once_they_have_been_earned_and_a_worker_sees_it(made: Workspace) -> None:
    memory = Memory()

    def scored() -> NodeScore:
        with made.db.begin() as uow:
            uow.dirty.mark(["p0"], why="test", at=NOW)
        scoring.score_dirty(made, memory)
        return next(score for score in scoring.latest_scores(made) if score.id == "p0")

    assert _on_time(scored()) == (None, False)
    _note(made, "items")
    assert _on_time(scored()) == (None, False)
    told = ahead(made, "p0").document
    assert told["forecast"]["on_time"] is None
    assert {(one["items"], one["weeks"]) for one in told["items_within_weeks"]} >= {(10, 4), (50, 13)}
    later = replace(made, clock=lambda: NOW + timedelta(minutes=1))
    _note(later, "finish")
    number, weeks = _on_time(scored())
    assert number is not None
    assert weeks
    told = ahead(made, "p0").document
    assert told["forecast"]["on_time"] == number
    assert told["forecast"]["coverage_p85"] == {"value": 0.86, "n": 60}
    assert told["items_within_weeks"] == []


def test_an_organisation_whose_dates_did_not_hold_is_told_none_and_they_are_still_kept_to_be_judged(made: Workspace) -> None:
    """Of 770 replayed P85 dates 40 % held: nobody reads a date any more; once they hold again, they are back."""
    held = Calibration(value=0.4, n=770)
    refuted = ForecastRecord(coverage_p50=Calibration(value=0.15, n=770), coverage_p85=held, earned=("items",), refuted=True)
    with made.db.begin() as uow:
        uow.forecasts.note(Standing(at=made.clock(), record=refuted, report="{}"))
    result = scoring.score(made, as_of=None)
    why = "of 770 such dates here only 40% held, 85% should have"
    shown = next(one for one in result.nodes if one.id == "p0")
    assert shown.forecast is not None
    assert (shown.forecast.refused, shown.forecast.p50, shown.forecast.p85) == (why, None, None)
    document = node_document(shown, {})
    assert document["forecast"] is None
    schedule = next(one for one in document["dimensions"] if one["name"] == "schedule")
    assert schedule["values"]["forecast"]["value"] == f"refused: {why}"
    assert "p85" not in schedule["values"]
    told = ahead(made, "p0", what_if=WhatIf(scope=-2)).document
    assert (told["refused"], told["forecast"], told["apart"], told["items_within_weeks"]) == (why, None, None, [])
    assert told["fan"]["weeks"] == []
    assert (told["what_if"]["refused"], told["what_if"]["forecast"]) == (why, None)
    program = ahead(made, "g0").document
    assert (program["forecast"], program["projects"]) == (None, [])
    assert {one["refused"] for one in program["without"]} == {why}
    seen = burn_up(made, made.node("p0"))
    assert (seen.fan, seen.why) == (None, why)
    for language, words_ in (("de", "nur 40"), ("es", "solo se cumplió"), ("fr", "seulement ont tenu")):
        code, values = shown.forecast.refused_code, shown.forecast.refused_values
        assert words_ in (words(language).refusal(code, values) or "")  # type: ignore[arg-type]
    with made.db.read() as uow:
        kept = {one.node: one for one in uow.forecasts.all()}
    assert kept["p0"].odds is not None
    _note(replace(made, clock=lambda: NOW + timedelta(minutes=1)))
    again = next(one for one in scoring.score(made, as_of=None).nodes if one.id == "p0")
    assert again.forecast is not None
    assert (again.forecast.refused, again.forecast.weeks) == (None, shown.forecast.weeks)


def test_a_running_sprint_has_odds_by_the_sprints_before_it(made: Workspace) -> None:
    """Three sprints of a fortnight are over, each with two items that were finished in time and, in the last, one that was
    not; the running one has one open item and begun a week ago."""
    with made.db.begin() as uow:
        learned = uow.sync.learning(TOOL, NOW)
        uow.records.save(_sprints(), known_at=learned)
    (told,) = ahead(made, "p0").document["sprints"]
    shared = (2 + 2) / (3 + 4)
    assert told["counts"] == {"delivered_as_much": 3, "delivered_all": 2, "n": 3}
    assert told["odds"] == pytest.approx(0.5 * (3 + 2 * shared) / 5 + 0.5 * (2 + 2 * shared) / 5, abs=0.01)
    late = replace(made, clock=lambda: NOW + timedelta(days=6))
    (told,) = ahead(late, "p0").document["sprints"]
    assert (told["odds"], "no skill" in told["refused"]) == (None, True)


def _sprints() -> Records:
    span = {"connection": TOOL}
    items, members, changes, iterations = [], [], [], []
    place = {"container_id": f"{TOOL}:project:0", "container_kind": ContainerKind.PROJECT}
    for number in range(4):
        start = NOW - timedelta(days=7 + 14 * (3 - number))
        running = number == 3
        sprint = f"{TOOL}:sprint:{number}"
        iterations.append(
            Iteration(
                id=sprint, name=f"Sprint {number}", start_at=start, end_at=start + timedelta(days=14), **span,
                completed_at=None if running else start + timedelta(days=14),
                state=IterationState.ACTIVE if running else IterationState.CLOSED,
            )
        )  # fmt: skip
        for part in range(1 if running else 3 if number == 2 else 2):
            key, done_at = f"{TOOL}:item:0-s{number}-{part}", start + timedelta(days=10)
            done = part < 2 and not running
            status = StatusCategory.DONE if done else StatusCategory.TODO
            items.append(
                WorkItem(
                    id=key, vendor_id=key, key=key, title=key, type=ItemType.STORY, original_type="Story", status=status,
                    original_status=status.value, created_at=start - timedelta(days=1), updated_at=done_at if done else start,
                    done_at=done_at if done else None, origin="issue:1", **span,
                )
            )  # fmt: skip
            if done:
                change = {"id": f"{key}|1", "field": ChangeField.STATUS, "old": "todo", "new": "done", "at": done_at}
                changes.append(Change(item_id=key, **span, **change))
            begun = start - timedelta(hours=1)
            for name, into in (("p", place), ("s", {"container_id": sprint, "container_kind": ContainerKind.ITERATION})):
                members.append(Membership(id=f"{key}|{name}|1", item_id=key, from_at=begun, **span, **into))
    return Records(
        items=tuple(items), memberships=tuple(members), changes=tuple(changes), iterations=tuple(iterations),
        complete_history_of=tuple(one.id for one in items),
    )  # fmt: skip


def test_what_if_moves_the_date_the_right_way_and_is_asked_of_a_project(made: Workspace) -> None:
    less = ahead(made, "p0", what_if=WhatIf(scope=-20)).document["what_if"]
    assert less["remaining"]["value"] < ahead(made, "p0").document["remaining"]["value"]
    gone = ahead(made, "p0", what_if=WhatIf(scope=-900, by=date(2026, 1, 1))).document["what_if"]
    assert gone["forecast"]["on_time_words"] == "done"
    past = ahead(made, "p0", what_if=WhatIf(by=date(2026, 1, 1))).document["what_if"]
    assert past["forecast"]["on_time_words"] == "passed"
    nobody = ahead(made, "p0", what_if=WhatIf(pace=0.0)).document["what_if"]
    assert nobody["refused"] == "nobody is left to work on it"
    with pytest.raises(UsageError):
        ahead(made, "g0", what_if=WhatIf(scope=1))


def test_of_more_projects_than_a_page_waits_for_the_command_is_named(made: Workspace) -> None:
    many = [one.model_copy(update={"id": f"x{number}"}) for number in range(MOST_TOGETHER) for one in [made.node("p1")]]
    large = replace(made, tree=Tree(nodes=(*made.tree.nodes, *many)))
    with pytest.raises(UsageError, match="103 projects, and only 100") as refused:
        ahead(large, "port", waits=True)
    assert (refused.value.reason, "bellwether forecast port" in refused.value.fix) == ("too_many_projects", True)
    assert ahead(made, "port", waits=True).program is not None


def test_a_program_is_carried_along_the_links_of_its_projects_and_a_ring_is_named(made: Workspace) -> None:
    with made.db.read() as uow:
        open_ = {
            project: next(
                item.item.id
                for item in uow.records.project_records(f"p{project}", (f"{TOOL}:project:{project}",)).items
                if item.item.status == "todo"
            )
            for project in range(3)
        }

    def blocks(*pairs: tuple[int, int]) -> None:
        links = tuple(
            Link(
                id=f"{one}>{other}", connection=TOOL, kind=LinkKind.BLOCKS, original_kind="blocks", from_at=NOW,
                source_id=open_[one], target_id=open_[other],
            )
            for one, other in pairs
        )  # fmt: skip
        with made.db.begin() as uow:
            uow.records.save(Records(links=links), known_at=uow.sync.learning(TOOL, NOW))

    alone = ahead(made, "g0").program
    blocks((0, 1))
    carried = ahead(made, "g0").program
    blocks((0, 1), (1, 2), (2, 1))
    ring = ahead(made, "g0")
    assert alone is not None
    assert carried is not None
    assert ring.program is not None
    assert carried.odds == alone.odds
    before, after = (next(one for one in found.projects if one.project == "p1") for found in (alone, carried))
    assert after.odds.weeks[40] < before.odds.weeks[40]
    assert [[one["name"] for one in found] for found in ring.document["rings"]] == [["Project 1", "Project 2"]]
    assert all(one.keys() == {"node", "name"} for one in ring.document["drivers"])  # in order, without a number
    assert ring.document["forecast"]["on_time"] is None


def test_an_organisation_without_history_is_told_what_is_missing_and_is_checked_once_a_week(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/a.db")
    db.upgrade()
    empty = made_workspace(db, 1, 0)
    found = check_if_due(empty)
    assert found is not None
    assert last_check(made_workspace(db, 1, 0)) == found.document()
    assert check_if_due(empty) is None
    assert check_if_due(replace(empty, clock=lambda: NOW + timedelta(days=8))) is not None
    assert (found.projects, found.of, found.items.brier, found.record.coverage_p85.n) == (0, 1, None, 0)
    assert ahead(empty, "p0").document["refused"] == "there is no work item"
    db.close()
