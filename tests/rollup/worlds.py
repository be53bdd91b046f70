"""Small organisations of every oddity, out of a number: what the invariants are tried on.

Several parents with shares, shared items, links, people across projects and absent ones, reserved time, goals, risks,
benefits, baselines, budgets and rates in several currencies, overrides, closed and candidate projects, flat policies.
"""

import random
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from model.health import Band, Override, RollupResult
from model.landscape import Absence, ItemHistory, Landscape, PlannedTime, ProjectRecords, Teammate
from model.money import Money, Rate
from model.policy import Policy
from model.tree import Budget, GoalRef, Node, Parent, ProjectState, Tree
from model.work import (
    CLOSED,
    Change,
    ChangeField,
    Declared,
    DeclaredStatus,
    Goal,
    GoalSupport,
    ItemType,
    Link,
    Membership,
    Milestone,
    Risk,
    Severity,
    StatusCategory,
    Worklog,
)
from rollup.engine import roll_up
from tests.rollup.build import NOW, agreed, blocks, counter, day, item, landscape, project, records

MANY = settings(max_examples=500, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
"""So many examples prove an invariant: no test named after one may have fewer."""
MANY_STORED = settings(MANY, max_examples=500)
"""So many more on each database, where the store has a part in an invariant."""
PEOPLE = ("jira:user:a", "jira:user:b", "jira:user:c")

FATES: tuple[dict[str, object], ...] = ({}, {}, {}, {"status": StatusCategory.DROPPED, "original_status": "dropped"})
"""What became of what was never started."""

World = tuple[Landscape, dict[str, ProjectRecords]]


def some_items(rnd: random.Random, name: str, most: int = 14) -> list[ItemHistory]:
    """Up to ``most`` items of any kind and life, and now and then a steady past."""
    found: list[ItemHistory] = []
    for number in range(rnd.randint(0, most)):
        created = rnd.randint(1, 250)
        started = rnd.choice([None, rnd.randint(0, created)])
        done = rnd.choice([None, rnd.randint(0, started if started is not None else created)])
        kind = rnd.choice(
            [ItemType.STORY, ItemType.TASK, ItemType.DEFECT, ItemType.DEFECT, ItemType.RISK, ItemType.MILESTONE]
        )
        found.append(
            item(
                f"{name}-{number}",
                created=created,
                started=started,
                done=done,
                booked=rnd.choice([0, 0, 3, 20]),
                type=kind,
                assignee_id=rnd.choice([None, "jira:user:a", "jira:user:b"]),
                due_on=rnd.choice([None, NOW.date() + timedelta(days=rnd.randint(-60, 90))]),
                story_points=rnd.choice([None, 1.0, 3.0, 8.0]),
                estimate_hours=rnd.choice([None, 4.0, 16.0]),
                parent_id=rnd.choice([None, None, f"jira:item:{name}-0"]) if number else None,
                **(rnd.choice(FATES) if started is None and done is None else {}),
            )
        )
    found += [winding(rnd, f"{name}-z{number}") for number in range(rnd.choice([0, 0, 1, 3]))]
    if rnd.random() < 0.5:
        for week in range(16):
            found.append(
                item(
                    f"{name}-w{week}", created=7 * week + 30, started=7 * week + 5, done=7 * week + 1, story_points=2.0
                )
            )
    return found


def winding(rnd: random.Random, name: str) -> ItemHistory:
    """An item that was created anywhere and went to and fro: begun at once, reopened, dropped and taken up again."""
    created, here = rnd.randint(5, 250), rnd.choice(list(StatusCategory)).value
    moves: list[tuple[ChangeField, str | None, str | None, float]] = []
    for ago in sorted(rnd.sample(range(created), rnd.randint(0, 4)), reverse=True):
        there = rnd.choice([one.value for one in StatusCategory if one.value != here])
        moves.append((ChangeField.STATUS, here, there, ago))
        here = there
    ended = min((ago for _, old, new, ago in moves if new in CLOSED and old not in CLOSED), default=created)
    return item(
        name, created=created, extra=moves, status=here, original_status=here, story_points=rnd.choice([None, 2.0]),
        due_on=rnd.choice([None, NOW.date()]), done_at=day(ended) if here in CLOSED else None,
    )  # fmt: skip


def organisation(seed: int) -> World:
    """One to four projects under two programs, and everything that is shared between them."""
    rnd = random.Random(seed)
    programs = ("prog", "other")
    nodes: list[Node] = []
    known: dict[str, ProjectRecords] = {}
    every: list[ItemHistory] = []
    for number in range(rnd.choice((1, 2, 2, 3, 4))):
        key = f"p{number}"
        nodes.append(some_project(rnd, key, programs))
        items = some_items(rnd, key, 8)
        if every and rnd.random() < 0.3:
            items.append(rnd.choice(every))
        every.extend(items)
        items += [
            item(f"{key}-risk", type=ItemType.RISK, risk={"probability": 1.0, "impact": rnd.choice([0, 3, 900])}),
            item(f"{key}-gain", type=ItemType.BENEFIT, benefit={"baseline": 1, "target": 1, "actual": 7}),
        ]
        known[key] = records(key, *items, skipped=rnd.choice([0, 0, 0, 2]))
        for of in sorted(rnd.sample(range(5, 200), rnd.choice([0, 1, 1, 2])), reverse=True):
            known[key] = agreed(known[key], nodes[-1], of=of, approved=rnd.randint(0, 5))
    links: list[Link] = []
    for _ in range(rnd.randint(0, 4) if len(every) > 1 else 0):
        links.append(blocks(*rnd.sample(every, 2)))
    made = landscape(
        *nodes, programs=programs, links=tuple(links), policies=some_policies(rnd), money=some_money(rnd),
        overrides=some_overrides(rnd, nodes), timezone=rnd.choice(["UTC", "UTC", "Asia/Kolkata", "America/New_York"]),
    )  # fmt: skip
    return sharing(rnd, made, known), known


def some_project(rnd: random.Random, key: str, programs: tuple[str, ...]) -> Node:
    """A project under one parent, or under several with shares that need not sum to one."""
    above = rnd.choice([programs[:1], programs[1:], programs, (*programs, "port")])
    whole = rnd.choice([1.0, 1.0, 0.6])
    state = rnd.choice([ProjectState.ACTIVE] * 3 + [ProjectState.CLOSED, ProjectState.CANDIDATE])
    made = project(
        key,
        (),
        target_on=rnd.choice([None, date(2027, 1, 31), date(2026, 11, 1)]),
        budget=rnd.choice(
            [None, Budget(hours=200), Budget(amount=9000, currency="EUR"), Budget(amount=50, currency="CHF")]
        ),
        weight=rnd.choice([None, 1.0, 3.0]),
        state=state,
        project_class=rnd.choice(["standard", "standard", "support"]),
    )
    return made.model_copy(update={"parents": tuple(Parent(id=one, share=whole / len(above)) for one in above)})


def some_policies(rnd: random.Random) -> dict[str, Policy]:
    """Caps and floors of any height. Most have no margin: to ask for a past of 28 days takes as long as ten worlds."""
    margin, cap = rnd.choice([0.0] * 19 + [3.0]), rnd.choice([0.2, 0.2, 0.01, 1.0])
    told = {"default": Policy(name="default", margin=margin, cap_share=cap)}
    if rnd.random() < 0.2:
        told["support"] = Policy(name="support", margin=0.0, weights={"schedule": 1.0, "risk": 1.0, "governance": 0.0})
    return told


def some_money(rnd: random.Random) -> Money:
    """Rates and exchange that need not fit each other or the budgets."""
    one = Rate(hourly=60, currency="EUR", person="m0")
    rates = rnd.choice([(), (Rate(hourly=60, currency="EUR"),), (Rate(hourly=60, currency="USD"),), (one,)])
    return Money(rates=rates, exchange=rnd.choice([{}, {"USD": 0.9}, {"USD": 0.9, "CHF": 1.1}]))


def some_overrides(rnd: random.Random, nodes: list[Node]) -> tuple[Override, ...]:
    """Now and then a band that somebody set, some of them over."""
    ids = ["port", "prog", *(node.id for node in nodes)]
    return tuple(
        Override(
            node=rnd.choice(ids), band=rnd.choice([Band.ON_TRACK, Band.OFF_TRACK]), reason="because", by="ada",
            at=day(rnd.randint(0, 9)), until=NOW.date() + timedelta(days=rnd.choice([-3, 0, 30])),
        )
        for _ in range(rnd.choice([0, 0, 0, 1, 2]))
    )  # fmt: skip


def sharing(rnd: random.Random, land: Landscape, known: dict[str, ProjectRecords]) -> Landscape:
    """The same organisation with people, plans and goals of every kind of oddity."""
    projects = [node.id for node in land.tree.projects()]
    ids = [history.item.id for entry in known.values() for history in entry.items]
    planned = some_plans(rnd, projects)
    nodes = tuple(
        node.model_copy(update={"goals": rnd.choice([(), (GoalRef(connection="asana", goal=str(rnd.randint(0, 4))),)])})
        for node in land.tree.nodes
    )
    ever = {node: tuple(sorted({p.account for p in planned if node in p.nodes})) for node in projects}
    shared = {"teammates": some_people(rnd), "planned": planned, "planned_ever": ever, "goals": some_goals(rnd, ids)}
    return land.model_copy(update={"tree": Tree(nodes=nodes), **shared})


def some_people(rnd: random.Random) -> tuple[Teammate, ...]:
    """Two of the three accounts as people, in a calendar or in none, now and then away."""
    return tuple(
        Teammate(
            key=f"m{number}", name=f"Person {number}", accounts=(account,),
            country=rnd.choice([None, "DE", "DE-BY", "US"]), hours_per_week=rnd.choice([8, 40]),
            absences=rnd.choice([(), (Absence(start_on=NOW.date(), end_on=NOW.date() + timedelta(days=60)),)]),
        )
        for number, account in enumerate(PEOPLE[:2])
    )  # fmt: skip


def some_plans(rnd: random.Random, projects: list[str]) -> tuple[PlannedTime, ...]:
    """Reserved time, negative and absurd and backwards too."""
    return tuple(
        PlannedTime(
            id=f"p{number}", account=rnd.choice(PEOPLE), nodes=tuple(rnd.sample(projects, rnd.randint(0, 1))),
            hours=rnd.choice([None, 0, -5, 30]), percent=rnd.choice([None, 0, 80, 400]),
            start_on=rnd.choice([None, NOW.date() + timedelta(days=30)]),
            end_on=rnd.choice([None, NOW.date() + timedelta(days=10)]),
        )
        for number in range(rnd.randint(0, 4))
    )  # fmt: skip


def some_goals(rnd: random.Random, ids: list[str]) -> tuple[Goal, ...]:
    """Goals that support each other in rings, without numbers or with absurd ones."""
    return tuple(
        Goal(
            id=f"asana:goal:{number}", connection="asana", name=f"Goal {number}", initial=rnd.choice([None, 0]),
            current=rnd.choice([None, -4, 5, 1e9]), target=rnd.choice([None, 0, 10]),
            due_on=rnd.choice([None, NOW.date()]),
            supported_by=tuple(
                GoalSupport(subject_id=rnd.choice([*ids, f"asana:goal:{rnd.randint(0, 3)}"]), weight=rnd.choice([0, 1]))
                for _ in range(rnd.randint(0, 3))
            ),
        )
        for number in range(rnd.choice((0, 2, 4)))
    )  # fmt: skip


def with_more(entry: ProjectRecords, rnd: random.Random) -> ProjectRecords:
    """The same project with all else that records may hold: bookings, stays in places, milestones, declared statuses, some
    at one moment; severities, starts and assessments of risks.
    """
    items = []
    for one in entry.items:
        names = {"connection": "jira", "item_id": one.item.id}
        logs = [
            Worklog(id=f"{one.item.id}|b{number}", person_id=rnd.choice(PEOPLE), hours=rnd.choice([0.1, 0.7, 3, 1e5]),
                    worked_at=day(rnd.randint(0, 9)), logged_at=day(rnd.randint(0, 9)), **names)
            for number in range(rnd.randint(0, 3))
        ]  # fmt: skip
        stays = [
            Membership(id=f"{one.item.id}|m{number}", container_id=f"c{rnd.randint(0, 1)}", from_at=day(rnd.randint(0, 200)),
                       container_kind=rnd.choice(["project", "iteration"]), to_at=rnd.choice([None, None, day(0)]), **names)
            for number in range(rnd.randint(0, 2))
        ]  # fmt: skip
        values: dict[str, object] = {
            "severity": rnd.choice([None, *Severity]),
            "start_on": rnd.choice([None, NOW.date() + timedelta(days=rnd.randint(-60, 60))]),
        }
        if one.item.type is ItemType.RISK:
            values["risk"] = Risk(probability=rnd.choice([None, 0.1, 0.9, 1.0]), impact=rnd.choice([None, 1, 3, 5]))
        held = one.item.model_copy(update=values)
        items.append(one.model_copy(update={"item": held, "worklogs": tuple(logs), "memberships": tuple(stays)}))
    said = tuple(
        DeclaredStatus(
            id=f"{entry.node}|{number}", connection="jira", subject_id=entry.node, at=day(rnd.choice([1, 1, 2])),
            status=rnd.choice(list(Declared)), original_status="x",
        )
        for number in range(3)
    )  # fmt: skip
    goals = tuple(
        Milestone(
            id=f"{entry.node}|{number}", connection="jira", project_id=entry.node, name="M",
            due_on=NOW.date() + timedelta(days=rnd.randint(-30, 30)),
        )
        for number in range(2)
    )  # fmt: skip
    return entry.model_copy(update={"items": tuple(items), "declared": said, "milestones": goals})


def touched_item(history: ItemHistory, rnd: random.Random) -> ItemHistory:
    """The item after somebody gave it away or finished it, as the tools tell it."""
    field, name, new, value = rnd.choice(
        [
            (ChangeField.ASSIGNEE, "assignee_id", "jira:user:c", "jira:user:c"),
            (ChangeField.STATUS, "status", "done", StatusCategory.DONE),
        ]
    )
    old = getattr(history.item, name)
    told = Change(
        id=f"{history.item.id}|touched", connection="jira", item_id=history.item.id, field=field,
        old=None if old is None else str(old), new=new, at=day(0.01),
    )  # fmt: skip
    done = {"done_at": day(0.01)} if field is ChangeField.STATUS else {}
    after = history.item.model_copy(update={name: value, "updated_at": day(0.01), **done})
    return history.model_copy(update={"item": after, "changes": (*history.changes, told)})


def forgetful(entry: ProjectRecords, then: datetime) -> ProjectRecords:
    """A project as it would have been read at a past moment."""
    items = [_earlier(one, then) for one in entry.items if one.item.created_at <= then]
    baselines = tuple(
        one.model_copy(update={"superseded_at": None if (one.superseded_at or then) >= then else one.superseded_at})
        for one in entry.baselines
        if one.set_at <= then
    )
    return entry.model_copy(update={"items": tuple(items), "baselines": baselines})


def _earlier(one: ItemHistory, then: datetime) -> ItemHistory:
    """The item with all that came later taken back; statuses are all that changes in these organisations.

    What no tool tells the history of stays unknown: when it was last touched is not taken back.
    """
    kept = tuple(change for change in one.changes if change.at <= then)
    later = [change for change in one.changes if change.at > then]
    status = StatusCategory(later[0].old) if later and later[0].old else one.item.status
    closed = [change.at for change in kept if change.new in CLOSED and change.old not in CLOSED]
    told = max(closed, default=one.item.created_at) if later else one.item.done_at
    done = told if status in CLOSED else None
    stamp = max([change.at for change in kept], default=one.item.created_at)
    stamp = max(stamp, one.item.updated_at) if one.item.updated_at > then else stamp
    item_then = one.item.model_copy(
        update={"status": status, "original_status": status.value, "done_at": done, "updated_at": stamp}
    )
    worklogs = tuple(log for log in one.worklogs if log.logged_at <= then)
    return one.model_copy(update={"item": item_then, "changes": kept, "worklogs": worklogs})


seeds = st.integers(0, 10**9)
"""What an organisation is made of, and what a test then does with it: drawing each number takes longer than a roll-up."""


def roll(made: World, **options: object) -> RollupResult:
    """The whole tree as of NOW."""
    land, known = made
    return roll_up(land, counter(land, known), as_of=NOW, known_at=NOW, **options)  # type: ignore[arg-type]
