"""What stands around the ordinary work: epics, parts, milestones, approvals, risks, benefits, the health item."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from sandbox.company import words
from sandbox.company.calendar import at_office, next_workday, workdays
from sandbox.company.dates import Frame
from sandbox.company.draft import SECTIONS, Draft
from sandbox.company.plan import ProjectPlan
from sandbox.world import Item, Kind


@dataclass(frozen=True)
class Site:
    """What every piece of structure needs to know of its project."""

    plan: ProjectPlan
    frame: Frame
    team: list[str]
    rng: Random

    def draft(self, kind: Kind, title: str, day: date) -> Draft:
        item = Item(
            key="",
            project=self.plan.key,
            kind=kind,
            title=title,
            created_at=at_office(day, self.rng),
            reporter=self.team[0],
            stage="todo",
            section=SECTIONS["todo"] if self.plan.tool == "asana" else None,
        )
        return Draft(item=item)


def anchor_of(site: Site) -> Draft:
    """The epic that carries the project's health fields; it is the project's first item and holds its register."""
    draft = site.draft("epic", "Project health", site.frame.first - timedelta(days=14))
    draft.item.assignee = site.team[0]
    draft.move(at_office(site.frame.first, site.rng), site.team[0], "in_progress")
    if site.plan.ended:
        draft.move(at_office(site.frame.today - timedelta(weeks=site.plan.ended - 1), site.rng), site.team[0], "done")
    return draft


def epics_of(site: Site, drafts: list[Draft]) -> list[Draft]:
    """Epics over the ordinary items; some items found their epic only later, a few never."""
    made: list[Draft] = []
    for position, name in enumerate(words.epics(site.plan.area)):
        children = [one for one in drafts if one.epic == position]
        if not children:
            continue
        epic = site.draft("epic", name, site.frame.first - timedelta(days=13))
        epic.has_parts = True
        for child in children:
            _adopt(site, epic, child)
        _follow(epic, children, site.team[0])
        made.append(epic)
    return made


def _adopt(site: Site, epic: Draft, child: Draft) -> None:
    chance = site.rng.random()
    if chance < 0.85:
        child.parent = epic
    elif chance < 0.95:
        later = child.item.created_at + timedelta(hours=site.rng.randint(3, 90))
        child.plan(later, child.item.reporter, "parent", epic)


def _follow(parent: Draft, children: list[Draft], lead: str) -> None:
    """A container is in progress from its first started child on, and done with its last."""
    started = [one.started for one in children if one.started]
    if not started:
        return
    parent.started = min(started)
    parent.move(parent.started + timedelta(minutes=10), lead, "in_progress")
    finished = [one.finished for one in children if one.finished]
    if finished and not any(one.is_open for one in children):
        parent.finished = max(finished) + timedelta(minutes=30)
        parent.move(parent.finished, lead, "done")


def parts_of(site: Site, drafts: list[Draft]) -> list[Draft]:
    """Subtasks within the life of some items: all finished before their parent is."""
    share = 0.02 if site.plan.estimates == "points" else 0.04
    made: list[Draft] = []
    for whole in drafts:
        if site.plan.support or whole.dropped or site.rng.random() >= share:
            continue
        whole.has_parts = True
        made += [_part(site, whole) for _ in range(site.rng.choice((2, 2, 3)))]
    return made


def _part(site: Site, whole: Draft) -> Draft:
    rng, who = site.rng, rng_choice(site)
    born = whole.item.created_at + timedelta(minutes=rng.randint(5, 60))
    item = Item(
        key="",
        project=site.plan.key,
        kind="subtask",
        title=words.part_title(rng),
        created_at=born,
        reporter=whole.item.reporter,
        stage="todo",
        assignee=who,
    )
    part = Draft(item=item, parent=whole)
    if whole.started and whole.finished and whole.finished > born:
        begin = max(born, whole.started)
        part.started = begin + (whole.finished - begin) * rng.uniform(0.05, 0.4)
        part.finished = begin + (whole.finished - begin) * rng.uniform(0.5, 0.95)
        part.move(part.started.replace(microsecond=0), who, "in_progress")
        part.move(part.finished.replace(microsecond=0), who, "done")
    return part


def rng_choice(site: Site) -> str:
    """Somebody of the team."""
    return site.rng.choice(site.team)


def milestones_of(site: Site) -> list[Draft]:
    """Milestones spread between start and target; the passed ones were met as well as the project keeps its dates."""
    frame, plan, rng = site.frame, site.plan, site.rng
    if frame.target is None or plan.horizon is not None:
        return []
    names = words.milestones()[1:5]
    length = (frame.target - frame.first).days
    made: list[Draft] = []
    for position, name in enumerate(names, start=1):
        due = next_workday(frame.first + timedelta(days=round(length * position / len(names))) - timedelta(days=3))
        draft = site.draft("milestone", name, frame.first - timedelta(days=6))
        draft.item.due, draft.item.assignee = due, site.team[0]
        slip = rng.randint(15, 45) if rng.random() < plan.late * 1.5 else rng.randint(-3, 1)
        met = next_workday(due + timedelta(days=slip))
        if met < frame.today and (not plan.ended or met <= due):
            draft.finished = at_office(met, rng)
            draft.move(draft.finished, site.team[0], "done")
        elif plan.ended:
            draft.finished = at_office(next_workday(due - timedelta(days=4)), rng)
            draft.move(draft.finished, site.team[0], "done")
        made.append(draft)
    return made


def register_of(site: Site, *, benefit: bool) -> list[Draft]:
    """Risks, looked at once a month, and the benefit the project is for."""
    plan, frame, rng = site.plan, site.frame, site.rng
    if plan.support or plan.horizon is not None:
        return []
    grave = plan.late >= 0.15 or plan.burst is not None
    made: list[Draft] = []
    for title in words.risks(rng, 4 if grave else 3):
        draft = site.draft("risk", title, frame.first + timedelta(days=rng.randrange(40)))
        draft.item.assignee = rng.choice(site.team)
        draft.item.risk_probability = rng.choice((0.4, 0.5, 0.7) if grave else (0.1, 0.2, 0.3))
        draft.item.risk_impact = float(rng.choice((3, 4, 5) if grave else (1, 2, 3)))
        _review(draft, frame, rng)
        if plan.ended or (not grave and rng.random() < 0.3):
            closing = frame.today - timedelta(days=7 * plan.ended + rng.randint(9, 25))
            draft.finished = at_office(closing, rng)
            draft.move(draft.finished, draft.item.assignee, "done")
        made.append(draft)
    if benefit:
        made += [_benefit(site, title) for title in words.benefits(rng, 1)]
    return made


def _review(draft: Draft, frame: Frame, rng: Random) -> None:
    day = draft.item.created_at.date()
    while (day := day + timedelta(days=rng.randint(24, 32))) < frame.today:
        draft.say(at_office(next_workday(day), rng), draft.item.assignee or draft.item.reporter, "Reviewed, no change.")
    draft.say(
        at_office(next_workday(frame.today - timedelta(days=rng.randint(3, 12))), rng),
        draft.item.assignee or draft.item.reporter,
        "Reviewed, measures are in hand.",
    )


def _benefit(site: Site, title: str) -> Draft:
    draft = site.draft("benefit", title, site.frame.first + timedelta(days=2))
    draft.item.assignee = site.team[0]
    if site.frame.target:
        draft.item.due = next_workday(site.frame.target + timedelta(days=60))
    return draft


def approvals_of(site: Site, drafts: list[Draft]) -> None:
    """Turn a few items of an Asana project into approvals."""
    for draft in site.rng.sample(drafts, 4) if site.plan.tool == "asana" and len(drafts) > 40 else ():
        draft.item.kind = "approval"
        draft.item.title = f"Approve: {draft.item.title}"


def remark_on(drafts: list[Draft], rng: Random) -> None:
    """A few comments, where people are working."""
    for draft in drafts:
        if draft.started and rng.random() < 0.06:
            draft.say(draft.started + timedelta(hours=rng.randint(1, 40)), draft.item.reporter, words.remark(rng))


def first_moment(frame: Frame, rng: Random) -> datetime:
    """When the project was set up in its tool: before its first item."""
    return at_office(next(iter(workdays(frame.first - timedelta(days=21), frame.first))), rng)
