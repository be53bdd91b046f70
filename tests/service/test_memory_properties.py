"""Invariant 8 through a worker's memory: whatever happens, what it keeps is what scoring everything gives, to the byte."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from model.sync import Records
from model.work import ChangeField, ContainerKind, Declared, DeclaredStatus, ItemType, Milestone
from rollup.bands import HISTORY_DAYS, local_midnight
from rollup.score import Scorer
from rollup.world import World
from service import scoring
from service.memory import MOST_RECORDS, Memory
from tests.support.living import ACTS, OUTSIDE, Organisation, organised


def _check(organisation: Organisation) -> None:
    kept = {score.id: score for score in scoring.latest_scores(organisation.workspace)}
    for node in scoring.score(organisation.workspace, as_of=organisation.now).nodes:
        assert kept[node.id] == node
        assert kept[node.id].model_dump_json() == node.model_dump_json()


def _check_past(organisation: Organisation) -> None:
    """What the first worker remembers of past days is what would be scored anew: bands show little of it."""
    now, zone = organisation.now, organisation.workspace.timezone
    with organisation.db.read() as uow:
        landscape, facts = scoring.read(organisation.workspace, uow, known_at=None)
        for ago in range(1, HISTORY_DAYS + 1):
            midnight = local_midnight(now, ago, zone)
            fresh = Scorer(World(landscape, facts, midnight), bare=True)
            kept = {node: one.score for node, one in organisation.memory.recall.day(midnight).scored.items()}
            assert kept == {node: fresh.score(node).score for node in kept}


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**9), st.lists(st.sampled_from(ACTS), min_size=1, max_size=10))
@example(209, ["status", "status", "status", "link"])  # a link of some days ago to a project that had none
def test_what_a_worker_remembers_gives_what_scoring_everything_gives(
    database_url: str, seed: int, acts: list[str]
) -> None:
    """Changes by another process, two workers in turns, nights and other rules included."""
    forgetful = Memory(most_records=1 if seed % 2 else MOST_RECORDS)
    with organised(database_url, seed, memory=forgetful) as organisation:
        organisation.mark_all("begin")
        organisation.score()
        for act in acts:
            organisation.let(act)
        organisation.look_again()
        organisation.score()
        _check(organisation)
        _check_past(organisation)


def test_a_status_told_where_a_project_is_shown_counts_for_its_standards(database_url: str) -> None:
    """The place is none of those that feed the project."""
    with organised(database_url, 1) as organisation:
        organisation.score()
        said = DeclaredStatus(
            id=f"{organisation.tool}:declared:0", connection=organisation.tool, at=organisation.now, original_status="x",
            subject_id=f"{organisation.tool}:project:{OUTSIDE[0]}", status=Declared.ON_TRACK,
        )  # fmt: skip
        organisation.write(Records(declared=(said,)))
        organisation.score()
        _check(organisation)


@pytest.mark.parametrize("place", [1, OUTSIDE[0]], ids=["of the project", "of one that feeds nothing, with an item of it"])
def test_a_version_whose_date_moved_has_its_projects_scored(database_url: str, place: int) -> None:
    with organised(database_url, 1) as organisation:
        key = organisation.made()
        tool, version = organisation.tool, f"{organisation.tool}:milestone:1"
        home = replace(organisation.homes[key][0], container_id=f"{tool}:project:1")
        within = replace(home, id=f"{key}|v", container_id=version, container_kind=ContainerKind.MILESTONE)
        one = organisation.items[key].model_copy(update={"type": ItemType.STORY})
        organisation.write(Records(items=(one,), complete_history_of=(key,), memberships=(home, within)))
        organisation.score()
        made = Milestone(
            id=version, connection=tool, project_id=f"{tool}:project:{place}", name="1.0",
            due_on=organisation.now.date() - timedelta(days=9),
        )  # fmt: skip
        for one in (made, made.model_copy(update={"due_on": organisation.now.date()})):
            organisation.write(Records(milestones=(one,)))
            organisation.score()
            _check(organisation)


def test_a_project_that_shares_a_person_with_a_changed_one_is_scored_with_it(database_url: str) -> None:
    with organised(database_url, 1) as organisation:
        for place in (0, 2):
            key = organisation.made()
            alone = [replace(organisation.homes[key][0], container_id=f"{organisation.tool}:project:{place}")]
            organisation.homes[key] = alone
            values = {"assignee_id": f"{organisation.tool}:user:z", "estimate_hours": 10.0, "type": ItemType.STORY}
            one = organisation.items[key].model_copy(update=values)
            organisation.items[key] = one
            organisation.write(Records(items=(one,), complete_history_of=(key,), memberships=tuple(alone)))
        organisation.score()
        before = {score.id: score for score in scoring.latest_scores(organisation.workspace)}
        organisation.alter(key, ChangeField.ESTIMATE_HOURS, "estimate_hours", 2000.0)
        organisation.score()
        after = {score.id: score for score in scoring.latest_scores(organisation.workspace)}
        neighbour = organisation.node("p0")
        assert before[neighbour].dimensions != after[neighbour].dimensions
        _check(organisation)
