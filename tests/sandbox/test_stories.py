"""Each story of the made company is in its data: computed here from items and links, never from the story's record."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.company import make_company
from sandbox.world import Item, Project, World

SEEDS = (7, 1, 23)
LEAVES = ("story", "task", "bug", "subtask", "request", "approval")


@pytest.fixture(scope="module", params=SEEDS)
def world(request: pytest.FixtureRequest) -> World:
    return make_company(seed=request.param, now=datetime(2026, 11, 21, 5, 0, tzinfo=UTC))


def told(world: World, slug: str) -> Project:
    return world.projects[next(story.project for story in world.stories if story.slug == slug)]


def work(world: World, project: Project) -> list[Item]:
    return [item for item in world.items.values() if item.project == project.key and item.kind in LEAVES]


def open_work(world: World, project: Project) -> list[Item]:
    return [item for item in work(world, project) if item.stage not in ("done", "dropped")]


def weekly(world: World, project: Project, *, since: int, until: int = 0) -> float:
    """Items finished a week between two numbers of weeks ago."""
    first, last = world.now - timedelta(weeks=since), world.now - timedelta(weeks=until)
    done = [item for item in work(world, project) if item.done_at and first < item.done_at <= last]
    return len(done) / (since - until)


def weeks_left(world: World, project: Project) -> float:
    assert project.target is not None
    return (project.target - world.now.date()).days / 7


def weeks_needed(world: World, project: Project, *, since: int = 12) -> float:
    return len(open_work(world, project)) / max(weekly(world, project, since=since), 0.1)


def growth(world: World, project: Project, *, weeks: int) -> float:
    """How much was added lately, over what was there before."""
    cut = world.now - timedelta(weeks=weeks)
    before = sum(item.created_at <= cut for item in work(world, project))
    return (len(work(world, project)) - before) / before


def test_the_project_declared_green_is_far_behind(world: World) -> None:
    project = told(world, "watermelon")
    declared = max((one for one in world.statuses if one.project == project.key), key=lambda one: one.at)
    dated = [item for item in open_work(world, project) if item.due]
    overdue = [item for item in dated if item.due and item.due < world.now.date()]
    assert declared.colour == "on_track"
    assert weeks_needed(world, project) > 2 * weeks_left(world, project)
    assert len(overdue) > 0.3 * len(dated)


def test_an_open_asana_task_is_late_for_the_jira_item_it_blocks(world: World) -> None:
    project = told(world, "late-dependency")
    late = []
    for link in world.links:
        source, target = world.items[link.source], world.items[link.target]
        tools = (world.projects[source.project].tool, world.projects[target.project].tool)
        if tools == ("asana", "jira") and source.stage not in ("done", "dropped") and source.due and target.due:
            late.append((target.project, source.due < world.now.date(), source.due > target.due))
    assert {key for key, _, _ in late} == {project.key}
    assert any(overdue for _, overdue, _ in late)
    assert any(too_late for _, _, too_late in late)


def test_exactly_one_person_has_far_more_work_than_hours_and_has_it_in_both_tools(world: World) -> None:
    until = world.now.date() + timedelta(weeks=4)
    hours: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for item in world.items.values():
        if item.assignee and item.stage not in ("done", "dropped") and item.due and item.due <= until:
            left = item.remaining_hours if item.remaining_hours is not None else item.estimate_hours
            hours[item.assignee][world.projects[item.project].tool] += left or 0.0
    over = {key for key, by_tool in hours.items() if sum(by_tool.values()) > 4 * world.people[key].hours_per_week}
    assert len(over) == 1
    booked = hours[over.pop()]
    assert sum(booked.values()) > 4 * 60
    assert all(booked[tool] < 4 * 40 for tool in ("jira", "asana"))
    assert min(booked["jira"], booked["asana"]) > 100


def test_the_scope_of_one_project_grew_by_more_than_half_in_eight_weeks(world: World) -> None:
    project = told(world, "scope-explosion")
    grown = {key for key, one in world.projects.items() if one.target and work(world, one) and _exploded(world, one)}
    assert grown == {project.key}


def _exploded(world: World, project: Project) -> bool:
    old_enough = project.created_at < world.now - timedelta(weeks=12)
    return old_enough and growth(world, project, weeks=8) > 0.5


def test_the_recovering_project_was_lost_six_weeks_ago_and_is_on_course_now(world: World) -> None:
    project = told(world, "recovery")
    slow, fast = weekly(world, project, since=26, until=6), weekly(world, project, since=6)
    then_open = len(open_work(world, project)) + 6 * fast
    assert fast > 1.9 * slow
    assert then_open / slow > weeks_left(world, project) + 6 + 4
    assert weeks_needed(world, project, since=6) < 0.7 * weeks_left(world, project)


def test_the_support_queue_flows_all_year_and_has_no_end_date(world: World) -> None:
    project = told(world, "support-queue")
    assert project.target is None
    assert project.kind == "support"
    for quarter in range(4):
        assert weekly(world, project, since=13 * quarter + 13, until=13 * quarter) > 4
    assert len(open_work(world, project)) < 60


def test_the_new_project_has_too_little_to_judge(world: World) -> None:
    project = told(world, "nearly-empty")
    assert 3 <= len(work(world, project)) <= 10
    assert not any(item.done_at for item in work(world, project))


def test_one_project_has_no_dates_at_all(world: World) -> None:
    project = told(world, "no-dates")
    assert (project.start, project.target) == (None, None)
    assert not any(item.due for item in work(world, project))


def test_the_finished_project_is_finished_before_its_target(world: World) -> None:
    project = told(world, "finished")
    assert open_work(world, project) == []
    assert project.target is not None
    assert project.target < world.now.date()
    assert max(item.done_at for item in work(world, project) if item.done_at).date() <= project.target


def test_at_least_half_of_the_projects_look_fine(world: World) -> None:
    fine = 0
    for project in world.projects.values():
        dated = [item for item in open_work(world, project) if item.due]
        overdue = sum(item.due < world.now.date() for item in dated if item.due)
        if not project.target or len(work(world, project)) < 20:
            continue
        on_time = weeks_needed(world, project) * 1.2 < weeks_left(world, project) or not open_work(world, project)
        fine += on_time and overdue <= 0.12 * max(len(dated), 1) and growth(world, project, weeks=8) < 0.15
    assert fine >= 12
