"""What happens between projects: links, a late dependency, somebody who is booked twice; and the list of stories."""

from datetime import date, datetime, timedelta
from random import Random

from sandbox.company.calendar import at_office, next_workday
from sandbox.company.course import Course
from sandbox.company.draft import Draft
from sandbox.company.people import OVERBOOKED
from sandbox.world import Link, Story

_PIECE_HOURS = 16.0
_SQUEEZE_HOURS = 130.0  # open hours per tool, all due within the next four weeks
_SHARED_TASKS = 6


def tell(courses: dict[str, Course], rng: Random, now: datetime) -> list[tuple[Draft, Draft, datetime]]:
    """Plan everything that crosses projects; returns (blocking, blocked, since when) for every link."""
    links = [link for course in courses.values() for link in _ordinary_links(course, rng, now)]
    links += _good_neighbours(courses, now)
    links += _late_dependency(courses, rng, now)
    for key in ("IAM", "OFF"):
        _squeeze(courses[key], rng, now)
    _share_tasks(courses["NORD"], "IBER")
    return links


def as_links(planned: list[tuple[Draft, Draft, datetime]]) -> list[Link]:
    """The links by key; call it when the drafts have their keys."""
    return [Link(source=one.item.key, target=other.item.key, at=at) for one, other, at in planned]


def _ordinary_links(course: Course, rng: Random, now: datetime) -> list[tuple[Draft, Draft, datetime]]:
    """Finished work that later work waited for."""
    done = [one for one in course.work if one.finished and one.finished < now]
    links: list[tuple[Draft, Draft, datetime]] = []
    if course.plan.support or len(done) < 20:
        return links
    for _ in range(6 if course.plan.tool == "jira" else 3):
        position = rng.randrange(len(done) - 10)
        source, target = done[position], done[position + rng.randint(4, 9)]
        since = max(source.item.created_at, target.item.created_at) + timedelta(hours=2)
        if source.started and target.finished and source.finished and source.finished < target.finished:
            links.append((source, target, since))
    return links


def _good_neighbours(courses: dict[str, Course], now: datetime) -> list[tuple[Draft, Draft, datetime]]:
    """Links into the other tool that hold nobody up: what blocks is finished."""
    links: list[tuple[Draft, Draft, datetime]] = []
    for source_key, target_key in (("PORTAL", "CRM"), ("BI", "LAKE"), ("ISO", "IAM"), ("NORD", "LOC")):
        source = next(one for one in reversed(courses[source_key].work) if one.finished and one.finished < now)
        target = next(one for one in courses[target_key].work if one.is_open and one.started)
        since = max(source.item.created_at, target.item.created_at) + timedelta(hours=5)
        links.append((source, target, min(since, now - timedelta(hours=1))))
    return links


def _late_dependency(courses: dict[str, Course], rng: Random, now: datetime) -> list[tuple[Draft, Draft, datetime]]:
    """Two tasks of the provider migration hold up two billing items: one is overdue, one is planned too late."""
    today = now.date()
    tasks = [one for one in courses["PSD"].work if one.is_open and one.started and not one.has_parts][:2]
    stories = [one for one in courses["SUBS"].work if one.is_open and one.started and not one.has_parts][:2]
    days = (
        (today - timedelta(days=6), today + timedelta(days=4)),
        (today + timedelta(days=26), today + timedelta(days=9)),
    )
    titles = (
        ("Agree settlement files with the provider", "Post settlements to the ledger"),
        ("Receive live payment credentials", "Charge the first subscription live"),
    )
    links: list[tuple[Draft, Draft, datetime]] = []
    for source, target, (source_due, target_due), names in zip(tasks, stories, days, titles, strict=True):
        source.item.title, target.item.title = names
        _redate(source, next_workday(source_due), rng, today)
        _redate(target, next_workday(target_due), rng, today)
        since = max(source.item.created_at, target.item.created_at, now - timedelta(days=30)) + timedelta(hours=3)
        links.append((source, target, min(since, now - timedelta(hours=2))))
    return links


def _redate(draft: Draft, due: date, rng: Random, today: date) -> None:
    """Give the item this due date, moved there some days ago from an earlier one where its age allows that."""
    item = draft.item
    draft.changes = [one for one in draft.changes if one.field != "due"]
    item.start, item.due = None, None
    born = item.created_at.date()
    moved = max(born, today - timedelta(days=rng.randint(8, 12)))
    before = next_workday(due - timedelta(days=12))
    if moved < due:
        item.due = before if born < before < due else None
        draft.plan(at_office(min(moved, today - timedelta(days=1)), rng), item.reporter, "due", due)
    else:
        item.due = due


def _squeeze(course: Course, rng: Random, now: datetime) -> None:
    """Give one person open work due within four weeks, until it is far more than the weeks hold."""
    today, turn = now.date(), 0
    own = [one for one in course.work if one.is_open and _dated(one) and _given_to(one) == OVERBOOKED]
    total = sum(_final_hours(one) or 0.0 for one in own)
    for draft in course.work:
        hours = _final_hours(draft)
        waits = draft.is_open and draft.started is None and not draft.has_parts and draft not in own
        if not waits or not hours or hours > _PIECE_HOURS or total >= _SQUEEZE_HOURS:
            continue
        _redate(draft, next_workday(today + timedelta(days=3 + (turn * 5) % 22)), rng, today)
        draft.changes = [one for one in draft.changes if one.field != "assignee"]
        given = at_office(today - timedelta(days=rng.randint(3, 12)), rng)
        draft.plan(max(given, draft.item.created_at), course.team[0], "assignee", OVERBOOKED)
        total += hours
        turn += 1


def _given_to(draft: Draft) -> object:
    given = [one.new for one in sorted(draft.changes, key=lambda one: one.at) if one.field == "assignee"]
    return given[-1] if given else None


def _dated(draft: Draft) -> bool:
    return draft.item.due is not None or any(one.field == "due" for one in draft.changes)


def _final_hours(draft: Draft) -> float | None:
    planned = [one.new for one in sorted(draft.changes, key=lambda one: one.at) if one.field == "estimate_hours"]
    return planned[-1] if planned and isinstance(planned[-1], float) else draft.item.estimate_hours


def _share_tasks(course: Course, other: str) -> None:
    """Some tasks sit on the boards of two launches; they are one piece of work each."""
    for draft in [one for one in course.work if one.started is None or one.is_open][:_SHARED_TASKS]:
        draft.item.also_in = (other,)


def stories() -> list[Story]:
    """What somebody who looks should find. The tests compute each of these from the data."""
    return [
        Story("watermelon", "ONB", "Its lead says on track, but less than half is done and the target is near."),
        Story("late-dependency", "SUBS", "Two items wait for Asana tasks of PSD: one overdue, one planned too late."),
        Story("over-booked", "IAM", "Mara Lindqvist has far more than 40 hours a week, in IAM and OFF together."),
        Story("scope-explosion", "PAY", "Scope grew by more than half within eight weeks."),
        Story("recovery", "LAKE", "Far too slow until six weeks ago; throughput more than doubled, now on course."),
        Story("support-queue", "HELP", "Requests come and go without an end date."),
        Story("nearly-empty", "PART", "A new project with a handful of items and no history."),
        Story("no-dates", "DQ", "Neither a start, nor a target, nor due dates."),
        Story("finished", "ITSM", "Everything is done, before its date."),
    ]
