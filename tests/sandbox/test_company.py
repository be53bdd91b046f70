"""The made company: the same every time, of the promised size, and in agreement with its own history."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.company import make_company
from sandbox.world import Item, World

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return make_company(seed=7, now=NOW)


def text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)


def contradictions(item: Item, now: datetime) -> list[str]:
    """Replay the events of an item; everything in which they disagree with each other or with its fields."""
    found: list[str] = []
    last: dict[str, str | None] = {}
    moment, done_at = item.created_at, None
    for event in item.events:
        if event.at < moment or event.at > now:
            found.append(f"{item.key}: {event.field} at {event.at} is out of order")
        if event.old == event.new or (event.field in last and last[event.field] != event.old):
            found.append(f"{item.key}: {event.field} was {last.get(event.field)}, the event says {event.old}")
        if event.field == "stage":
            done_at = event.at if event.new == "done" else None
        moment, last[event.field] = event.at, event.new
    found += [
        f"{item.key}: {name} ends as {value}" for name, value in last.items() if text(getattr(item, name)) != value
    ]
    if item.done_at != done_at or (item.stage == "done") != (done_at is not None):
        found.append(f"{item.key}: done_at {item.done_at}, replayed {done_at}")
    talk = [*(one.at for one in item.bookings), *(one.at for one in item.comments)]
    found += [f"{item.key}: talk or booking at {at}" for at in talk if not item.created_at <= at <= now]
    if item.start and (item.due is None or item.start >= item.due):
        found.append(f"{item.key}: starts {item.start}, due {item.due}")
    return found


def test_the_same_seed_and_moment_give_the_same_company(world: World) -> None:
    again = make_company(seed=7, now=NOW)
    assert again == world


def test_another_seed_gives_another_company(world: World) -> None:
    assert make_company(seed=8, now=NOW).items != world.items


def test_the_company_has_the_promised_size(world: World) -> None:
    delivered = [key for program in world.programs.values() for key in program.projects]
    tools = Counter(world.projects[key].tool for key in delivered)
    assert (len(world.portfolios), len(world.programs), len(delivered)) == (2, 6, 24)
    assert tools == {"jira": 12, "asana": 12}
    assert len(world.people) == 60
    assert 3600 <= len(world.items) <= 4500


def test_history_reaches_back_twelve_months(world: World) -> None:
    oldest = min(event.at for item in world.items.values() for event in item.events)
    assert timedelta(days=340) < NOW - oldest < timedelta(days=400)


@pytest.mark.parametrize(
    "field",
    [
        "stage",
        "due",
        "assignee",
        "points",
        "estimate_hours",
        "remaining_hours",
        "version",
        "sprint",
        "parent",
        "section",
    ],
)
def test_every_kind_of_change_happens(world: World, field: str) -> None:
    assert sum(event.field == field for item in world.items.values() for event in item.events) >= 20


def test_some_finished_work_was_reopened(world: World) -> None:
    reopened = [
        item for item in world.items.values() if any(e.field == "stage" and e.old == "done" for e in item.events)
    ]
    assert 40 <= len(reopened) <= 400


@settings(max_examples=3, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    now=st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)),
)
def test_every_item_agrees_with_its_history(seed: int, now: datetime) -> None:
    made = make_company(seed=seed, now=now.replace(microsecond=0))
    assert [line for item in made.items.values() for line in contradictions(item, now)] == []


def test_everything_an_item_names_exists(world: World) -> None:
    versions = {(one.project, one.name) for one in world.versions}
    sprints = {(one.project, one.name) for one in world.sprints}
    for item in world.items.values():
        assert item.project in world.projects
        assert item.parent is None or world.items[item.parent].project == item.project
        assert item.version is None or (item.project, item.version) in versions
        assert all((item.project, name) in sprints for name in (item.sprint or "").split("|") if name)
        assert all(world.projects[other].tool == "asana" for other in item.also_in)
    assert all(link.source in world.items and link.target in world.items for link in world.links)


def test_people_act_only_in_tools_where_they_have_an_account(world: World) -> None:
    for item in world.items.values():
        tool = world.projects[item.project].tool
        actors = {item.reporter, item.assignee, *(one.by for one in item.events), *(one.by for one in item.bookings)}
        assert all(tool in world.people[key].tools for key in actors - {None})


def test_a_parent_is_never_finished_before_its_children(world: World) -> None:
    for item in world.items.values():
        parent = world.items.get(item.parent or "")
        if parent is not None and parent.stage == "done" and item.kind == "subtask":
            assert item.done_at is not None
            assert parent.done_at is not None
            assert item.done_at <= parent.done_at


def test_fewer_things_are_finished_around_the_turn_of_the_year(world: World) -> None:
    days = Counter(item.done_at.date() for item in world.items.values() if item.done_at and item.kind != "epic")
    quiet = sum(days[date(2025, 12, 22) + timedelta(days=n)] for n in range(12))
    usual = sum(days[date(2026, 2, 2) + timedelta(days=n)] for n in range(12))
    assert quiet * 2 < usual


def test_every_jira_project_and_every_program_has_an_item_that_carries_its_health(world: World) -> None:
    anchors = [one.anchor for one in (*world.portfolios.values(), *world.programs.values())]
    anchors += [one.anchor for one in world.projects.values() if one.tool == "jira" and one.key != "PMO"]
    assert all(anchor in world.items for anchor in anchors)
    assert len(set(anchors)) == 2 + 6 + 12
