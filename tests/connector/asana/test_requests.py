"""How many requests a workspace costs, counted exactly: the bars of the project, at a small scale."""

from datetime import timedelta

import pytest

from connector.asana.client import AT_ONCE
from model.tree import Source
from sandbox.asana.entities import Setting, Task

PROJECTS, TASKS = 4, 120


@pytest.fixture
def sources(bench):
    """Projects of 120 tasks each, every tenth with three subtasks, some with dependencies and a filled field."""
    space = bench.space
    field = next(iter(space.custom_fields.values()))
    for number in range(PROJECTS):
        project = space.add_project(f"P{number}", space.bot, sections=("To do", "Doing", "Done"))
        project.settings = [Setting(space.new_gid("setting"), field, project)]
        space.keys[f"P{number}"] = project.gid
        before = None
        for index in range(TASKS):
            task = _task(bench, f"T{index}", field)
            task.homes[project.gid] = project.sections[index % 3]
            project.tasks[task.gid] = task
            for each in range(3 if index % 10 == 0 else 0):
                below = _task(bench, f"S{index}.{each}", field)
                below.parent = task
                task.subtasks.append(below)
            if before is not None and index % 7 == 0:
                task.dependencies.append(before)
            before = task
    return [Source(connection="acme-asana", kind="project", value=bench.gid(f"P{n}")) for n in range(PROJECTS)]


def _task(bench, name, field):
    at = bench.clock() - timedelta(days=60)
    task = Task(bench.space.new_gid("task"), name, at, at, bench.space.bot, values={field.gid: 3.0})
    bench.space.tasks[task.gid] = task
    return task


def test_a_first_pull_costs_a_request_a_hundred_tasks_one_a_parent_and_two_a_project(bench, sources):
    kept = bench.empty().take(bench.connector.pull(sources, cursor=None, checkpoint=None))
    lists, parents, of_projects = PROJECTS * 2, PROJECTS * TASKS // 10, PROJECTS * 2  # events token, budget
    handful = 8  # me, workspace, users, fields, projects, allocations, goals, one goal's relationships
    assert bench.requests() == lists + parents + of_projects + handful
    assert len(kept.came("task")) == PROJECTS * (TASKS + 36)


def test_a_project_with_statuses_costs_one_request_more(bench, sources):
    bench.space.post_status_update("P0", "on_track", author="ada", text="Fine")
    before = bench.requests()
    bench.empty().take(bench.connector.pull(sources, cursor=None, checkpoint=None))
    assert bench.space.stats["GET /status_updates"] == 1
    assert bench.requests() - before == PROJECTS * 2 + PROJECTS * TASKS // 10 + PROJECTS * 3 + 8 - (PROJECTS - 1)


def test_an_idle_pull_costs_one_request_a_project(bench, sources):
    kept = bench.empty().take(bench.connector.pull(sources, cursor=None, checkpoint=None))
    bench.clock.move(minutes=10)
    assert bench.pull_only(sources, kept) == PROJECTS


def test_no_more_requests_run_at_once_than_are_meant_to(bench, sources):
    most = 0
    entered = bench.space.limiter.enter

    def enter(token, *, write):
        nonlocal most
        entered(token, write=write)
        most = max(most, *bench.space.limiter._running.values())

    bench.space.limiter.enter = enter
    bench.space.faults.set("slow", "/tasks*", times=None, seconds=0.02)
    bench.empty().take(bench.connector.pull(sources, cursor=None, checkpoint=None))
    assert 1 < most <= AT_ONCE


def test_a_page_holds_no_more_than_one_wave_of_lists(bench, sources):
    kept = bench.empty().take(bench.connector.pull(sources, cursor=None, checkpoint=None))
    assert max(len(page.raw) for page in kept.pages) <= AT_ONCE // 2 * (100 + 3)
