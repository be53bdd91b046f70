"""The Jira part of a made company, turned into a site: same order in, same vendor ids out."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.jira.catalog import custom_field
from sandbox.jira.load_history import load_histories
from sandbox.jira.records import Board, Issue, IssueLink, Json, Project
from sandbox.jira.shapes import adf, duration, utc_stamp
from sandbox.jira.site import JiraSite
from sandbox.world import Item, Link, Sprint, World
from sandbox.world import Project as WorldProject

POINTS, START, SPRINT = "customfield_10016", "customfield_10015", "customfield_10020"
PROBABILITY, IMPACT = "customfield_10050", "customfield_10051"
DECLARED, LINKED_WORK = "customfield_10060", "customfield_10070"
FIELDS = (
    (POINTS, "Story Points", "float"),
    (START, "Start date", "datepicker"),
    (SPRINT, "Sprint", "gh-sprint"),
    (PROBABILITY, "Risk probability", "float"),
    (IMPACT, "Risk impact", "float"),
    (LINKED_WORK, "Linked work", "url"),
)
COLOURS = {
    "on_track": "On track", "at_risk": "At risk", "off_track": "Off track", "on_hold": "On hold",
    "complete": "Complete",
}  # fmt: skip
STAGES = {
    "todo": ("To Do", "new"), "in_progress": ("In Progress", "indeterminate"), "review": ("In Review", "indeterminate"),
    "blocked": ("Blocked", "indeterminate"), "done": ("Done", "done"), "dropped": ("Won't Do", "done"),
}  # fmt: skip
LEVELS = {
    "epic": 1, "story": 0, "task": 0, "bug": 0, "subtask": -1, "milestone": 0, "approval": 0, "risk": 0, "benefit": 0,
    "request": 0,
}  # fmt: skip
NAMESPACE = uuid.UUID("5b10a284-4c20-4165-9700-ede21a000000")


def account_id_of(person_key: str) -> str:
    """The account id a person of a world has in this fake, the same in every run."""
    return f"712020:{uuid.uuid5(NAMESPACE, person_key)}"


@dataclass
class Loading:
    """What is known while a world is being loaded: world names to the site's records."""

    site: JiraSite
    world: World
    projects: dict[str, Project] = field(default_factory=dict)
    statuses: dict[tuple[str, str], Json] = field(default_factory=dict)  # by project and stage
    types: dict[tuple[str, str], Json] = field(default_factory=dict)  # by project and kind
    versions: dict[tuple[str, str], Json] = field(default_factory=dict)
    sprints: dict[tuple[str, str], Json] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)  # by item key

    def person(self, key: str | None) -> Json | None:
        """The account behind a Person.key; a name the world does not know gets an account too."""
        if key is None:
            return None
        account = account_id_of(key)
        if account not in self.site.users:
            known = self.world.people.get(key)
            self.site.add_user(account, known.name if known else key)
        return self.site.users[account]


def load_company(site: JiraSite, world: World, *, url_of: Callable[[str], str]) -> None:
    """Load the projects whose tool is Jira with everything in them.

    ``url_of`` gives the address of an item of the other tool: it goes into 'Linked work' of the issue that waits.
    Issue keys are the world's item keys. Raises KeyError when an item names a version or sprint that isn't there.
    """
    with site.lock:
        loading = Loading(site, world)
        _load_people(loading)
        _load_fields(site)
        for project in world.projects.values():
            if project.tool == "jira":
                _load_project(loading, project)
        _load_plans(loading)
        items = sorted(
            (item for item in world.items.values() if item.project in loading.projects),
            key=lambda item: (item.created_at, item.key),
        )
        for item in items:
            _load_issue(loading, item)
        for item in items:
            _load_family(loading, item)
            _load_talk(loading, item)
        for link in world.links:
            _load_link(loading, link, url_of)
        load_histories(loading, items)


def _load_people(loading: Loading) -> None:
    for person in loading.world.people.values():
        if "jira" in person.tools:
            loading.person(person.key)


def _load_fields(site: JiraSite) -> None:
    for field_id, name, kind in FIELDS:
        site.add_custom_field(custom_field(field_id, name, kind))
    site.add_custom_field(custom_field(DECLARED, "Project status", "select"), tuple(COLOURS.values()))


def _load_project(loading: Loading, told: WorldProject) -> None:
    site, shared = loading.site, "" if not told.team_managed else told.key
    project_id = str(site.next_id("project"))
    scope: Json = {"scope": {"type": "PROJECT", "project": {"id": project_id}}} if told.team_managed else {}
    for stage, (name, category) in STAGES.items():
        if (shared, stage) not in loading.statuses:
            loading.statuses[(shared, stage)] = site.add_status(name, category, **scope)
        loading.statuses[(told.key, stage)] = loading.statuses[(shared, stage)]
    for kind, level in LEVELS.items():
        if (shared, kind) not in loading.types:
            loading.types[(shared, kind)] = site.add_type(kind.capitalize(), level, **scope)
        loading.types[(told.key, kind)] = loading.types[(shared, kind)]
    lead = loading.person(told.lead)
    screen_id = 1 if told.team_managed else site.add_screen(f"{told.key}: Scrum Default Issue Screen").id
    project = Project(
        id=project_id,
        key=told.key,
        name=told.name,
        lead_id=lead["accountId"] if lead else None,
        team_managed=told.team_managed,
        screen_id=screen_id,
        type_ids=[loading.types[(told.key, kind)]["id"] for kind in LEVELS],
        status_ids=[loading.statuses[(told.key, stage)]["id"] for stage in STAGES],
    )
    loading.projects[told.key] = site.add_project(project)


def _load_plans(loading: Loading) -> None:
    site = loading.site
    for version in loading.world.versions:
        if version.project in loading.projects:
            record: Json = {"id": str(site.next_id("version")), "name": version.name, "description": ""}
            record |= {"archived": False, "released": version.released}
            if version.start:
                record["startDate"] = version.start.isoformat()
            if version.release:
                record["releaseDate"] = version.release.isoformat()
            record["projectId"] = int(loading.projects[version.project].id)
            site.versions[record["id"]] = loading.versions[(version.project, version.name)] = record
    for key, project in loading.projects.items():
        sprints = [one for one in loading.world.sprints if one.project == key]
        kind = "scrum" if sprints else "kanban"
        board = Board(site.next_id("board", 1), f"{key} board", project.id, kind)
        site.boards[board.id] = board
        for sprint in sprints:
            _load_sprint(loading, board, sprint)


def _load_sprint(loading: Loading, board: Board, sprint: Sprint) -> None:
    number = loading.site.next_id("sprint", 1)
    record: Json = {"id": number, "name": sprint.name, "state": sprint.state, "boardId": board.id, "goal": ""}
    record |= {"startDate": utc_stamp(sprint.start_at), "endDate": utc_stamp(sprint.end_at)}
    if sprint.completed_at:
        record["completeDate"] = utc_stamp(sprint.completed_at)
    loading.site.sprints[number] = loading.sprints[(sprint.project, sprint.name)] = record
    board.sprint_ids.append(number)


def _load_issue(loading: Loading, item: Item) -> None:
    site, project = loading.site, loading.projects[item.project]
    moments = [one.at for one in item.events] + [one.at for one in item.bookings] + [one.at for one in item.comments]
    last = max([item.created_at, *moments])
    number = str(site.next_id("issue"))
    fields = _fields(loading, item, project, last)
    issue = Issue(number, item.key, project.id, fields, last, item.created_at, last, last)
    tail = item.key.rsplit("-", 1)[-1]
    project.next_number = max(project.next_number, int(tail) + 1 if tail.isdigit() else 1)
    loading.issues[item.key] = site.add_issue(issue)


def _fields(loading: Loading, item: Item, project: Project, last: datetime) -> Json:
    site = loading.site
    reporter = loading.person(item.reporter)
    status = loading.statuses[(item.project, item.stage)]
    done = status["statusCategory"]["key"] == "done"
    outcome = "Won't Do" if item.stage == "dropped" else "Done"
    resolution = next(one for one in site.resolutions.values() if one["name"] == outcome)
    done_at = item.done_at or last
    return {
        "summary": item.title,
        "issuetype": loading.types[(item.project, item.kind)],
        "project": project.ref,
        "status": status,
        "statuscategorychangedate": site.stamp(done_at if done else last),
        "resolution": resolution if done else None,
        "resolutiondate": site.stamp(done_at) if done else None,
        "priority": next(p for p in site.priorities.values() if p["name"].lower() == item.priority),
        "assignee": loading.person(item.assignee),
        "reporter": reporter,
        "creator": reporter,
        "created": site.stamp(item.created_at),
        "updated": site.stamp(last),
        "duedate": item.due.isoformat() if item.due else None,
        "labels": list(item.labels),
        "description": None,
        "environment": None,
        "components": [],
        "versions": [],
        "fixVersions": [loading.versions[(item.project, one)] for one in names(item.version)],
        START: item.start.isoformat() if item.start else None,
        POINTS: item.points,
        SPRINT: [loading.sprints[(item.project, one)] for one in names(item.sprint)] or None,
        PROBABILITY: item.risk_probability,
        IMPACT: item.risk_impact,
        DECLARED: None,
        LINKED_WORK: None,
    } | _time(item)


def names(text: str | None) -> list[str]:
    """Names joined by a bar, as worlds keep them."""
    return [part for part in (text or "").split("|") if part]


def _seconds(hours: float | None) -> int | None:
    return None if hours is None else round(hours * 3600)


def _time(item: Item) -> Json:
    spent = sum(round(one.hours * 3600) for one in item.bookings) or None
    estimate, remaining = _seconds(item.estimate_hours), _seconds(item.remaining_hours)
    tracking: Json = {}
    for name, value in (("originalEstimate", estimate), ("remainingEstimate", remaining), ("timeSpent", spent)):
        if value is not None:
            tracking |= {name: duration(value), f"{name}Seconds": value}
    told: Json = {"timetracking": tracking, "timespent": spent, "timeestimate": remaining}
    return told | {"timeoriginalestimate": estimate}


def _load_family(loading: Loading, item: Item) -> None:
    issue, parent = loading.issues[item.key], loading.issues.get(item.parent or "")
    if parent is not None:
        issue.parent_id = parent.id
        loading.site.children.setdefault(parent.id, []).append(issue.id)


def _load_talk(loading: Loading, item: Item) -> None:
    site, issue = loading.site, loading.issues[item.key]
    for comment in item.comments:
        by, at = loading.person(comment.by), site.stamp(comment.at)
        record: Json = {"id": str(site.next_id("comment")), "author": by, "updateAuthor": by, "body": adf(comment.text)}
        issue.comments.append(record | {"created": at, "updated": at, "jsdPublic": True})
        site.comment_owner[record["id"]] = issue.id
    for booking in item.bookings:
        by, at, seconds = loading.person(booking.by), site.stamp(booking.at), round(booking.hours * 3600)
        started = datetime.combine(booking.day, datetime.min.time().replace(hour=9), tzinfo=site.zone)
        record = {"id": str(site.next_id("worklog")), "issueId": issue.id, "author": by, "updateAuthor": by}
        record |= {"created": at, "updated": at, "started": site.stamp(started)}
        issue.worklogs.append(record | {"timeSpent": duration(seconds), "timeSpentSeconds": seconds})
        site.worklog_owner[record["id"]] = issue.id


def _load_link(loading: Loading, link: Link, url_of: Callable[[str], str]) -> None:
    source, target = loading.issues.get(link.source), loading.issues.get(link.target)
    if source is not None and target is not None:
        type_name = "Blocks" if link.kind == "blocks" else "Relates"
        type_ = next(one for one in loading.site.link_types.values() if one["name"] == type_name)
        loading.site.add_link(IssueLink(str(loading.site.next_id("link")), type_["id"], source.id, target.id))
    elif target is not None and target.fields[LINKED_WORK] is None:
        # The waiting side keeps the address; the field of one address holds the first link only.
        target.fields[LINKED_WORK] = url_of(link.source)
