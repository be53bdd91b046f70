"""The whole company: people, projects and what lies between them, put together into one world."""

from datetime import datetime, timedelta
from random import Random

from sandbox.company.course import Course, run_course
from sandbox.company.draft import Draft
from sandbox.company.people import make_people, make_teams
from sandbox.company.plan import COMPANY, PMO, all_plans
from sandbox.company.stories import as_links, stories, tell
from sandbox.world import Item, Portfolio, Program, Project, World


def make_company(*, seed: int, now: datetime) -> World:
    """Northlight with twelve months behind it; the same seed and moment give the same world.

    ``now`` is aware; every date is relative to it and nothing in the world lies after it except plans.
    """
    rng = Random(seed)
    people = make_people(rng)
    plans = all_plans()
    teams = make_teams(rng, people, plans)
    # Each project has a generator of its own, so that changing one project's plan leaves the others as they were.
    courses = {plan.key: run_course(plan, teams[plan.key], rng=Random(f"{seed}:{plan.key}"), now=now) for plan in plans}
    planned_links = tell(courses, rng, now)
    for course in courses.values():
        course.number()
        for draft in course.drafts:
            draft.settle(now)
    office = _office(sorted(key for key, person in people.items() if "jira" in person.tools)[0], now)
    world = World(
        now=now,
        seed=seed,
        people=people,
        projects={key: course.project() for key, course in courses.items()},
        programs={},
        portfolios={},
        items={draft.item.key: draft.item for course in courses.values() for draft in course.drafts},
        links=as_links(planned_links),
        versions=[one for course in courses.values() for one in course.versions],
        sprints=[one for course in courses.values() for one in course.sprints],
        statuses=[one for course in courses.values() for one in course.statuses],
        stories=stories(),
    )
    _raise_tree(world, office, courses)
    return world


def _office(lead: str, now: datetime) -> Project:
    """The PMO's own Jira project; it holds one item per portfolio and program and is scored by nobody."""
    created = now.replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=370)
    return Project(
        key=PMO,
        name="Project Management Office",
        tool="jira",
        lead=lead,
        created_at=created,
        estimates="none",
        anchor=None,
    )


def _raise_tree(world: World, office: Project, courses: dict[str, Course]) -> None:
    world.projects[office.key] = office
    for portfolio in COMPANY:
        anchor = _anchor(world, office, f"Portfolio: {portfolio.name}")
        world.portfolios[portfolio.key] = Portfolio(
            key=portfolio.key, name=portfolio.name, programs=tuple(one.key for one in portfolio.programs), anchor=anchor
        )
        for program in portfolio.programs:
            lead = courses[program.projects[0].key].team[0]
            world.programs[program.key] = Program(
                key=program.key,
                name=program.name,
                sponsor=lead,
                projects=tuple(one.key for one in program.projects),
                anchor=_anchor(world, office, f"Program: {program.name}"),
            )


def _anchor(world: World, office: Project, title: str) -> str:
    number = 1 + sum(item.project == office.key for item in world.items.values())
    draft = Draft(
        item=Item(
            key=f"{office.key}-{number}",
            project=office.key,
            kind="epic",
            title=title,
            created_at=office.created_at + timedelta(minutes=number),
            reporter=office.lead,
            stage="todo",
            assignee=office.lead,
        )
    )
    draft.move(office.created_at + timedelta(days=1), office.lead, "in_progress")
    draft.settle(world.now)
    world.items[draft.item.key] = draft.item
    return draft.item.key
