"""One project from plan to finished drafts: everything that concerns no other project."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from sandbox.company.cadence import declare, make_sprints, make_versions, plan_sprints, plan_versions
from sandbox.company.dates import Frame, frame_of, set_dates
from sandbox.company.draft import Draft
from sandbox.company.effort import set_effort
from sandbox.company.flow import Flow
from sandbox.company.plan import ProjectPlan
from sandbox.company.structure import (
    Site,
    anchor_of,
    approvals_of,
    epics_of,
    milestones_of,
    parts_of,
    register_of,
    remark_on,
)
from sandbox.world import Project, Sprint, Status, Version


@dataclass
class Course:
    """A project while it is being written; ``work`` are its ordinary items, ``drafts`` all of them."""

    plan: ProjectPlan
    team: list[str]
    frame: Frame
    work: list[Draft]
    drafts: list[Draft]
    anchor: Draft | None
    versions: list[Version] = field(default_factory=list)
    sprints: list[Sprint] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)

    def number(self) -> None:
        """Give out keys in order of creation, and turn parents into keys."""
        self.drafts.sort(key=lambda one: one.item.created_at)
        for position, draft in enumerate(self.drafts, start=1):
            draft.item.key = f"{self.plan.key}-{position}"
        for draft in self.drafts:
            draft.item.parent = draft.parent.item.key if draft.parent else None

    def project(self) -> Project:
        """The project's own record; call it when the drafts are settled."""
        plan = self.plan
        return Project(
            key=plan.key,
            name=plan.name,
            tool=plan.tool,
            lead=self.team[0],
            created_at=self.drafts[0].item.created_at,
            kind="support" if plan.support else "delivery",
            start=self.frame.start,
            target=self.frame.target,
            budget_hours=self._budget_hours(),
            estimates=plan.estimates,
            sections=("To do", "In progress", "In review", "Blocked", "Done") if plan.tool == "asana" else (),
            anchor=self.anchor.item.key if self.anchor else None,
            team_managed=plan.team_managed,
        )

    def _budget_hours(self) -> float | None:
        """What was granted: a little above the estimate, in tens; None where nobody books time."""
        items = [one.item for one in self.drafts if one.item.stage != "dropped"]
        if not self.plan.books:
            return None
        if self.plan.estimates == "hours":
            expected = sum(one.estimate_hours or 0.0 for one in items)
        else:
            booked = sum(booking.hours for one in items for booking in one.bookings if one.stage == "done")
            finished = sum(one.points or 0.0 for one in items if one.stage == "done")
            expected = booked / finished * sum(one.points or 0.0 for one in items)
        return round(expected * 1.06 / 10) * 10.0


def run_course(plan: ProjectPlan, team: list[str], *, rng: Random, now: datetime) -> Course:
    """Simulate one project and dress it with everything its tool would hold."""
    work = Flow(plan, team, rng=rng, now=now).run()
    frame = frame_of(plan, work, now.date())
    site = Site(plan=plan, frame=frame, team=team, rng=rng)
    approvals_of(site, work)
    parts = parts_of(site, work)
    epics = epics_of(site, work) if plan.tool == "jira" and not plan.support else []
    set_effort(plan, work + parts, rng, frame.today)
    set_dates(plan, work, frame, rng)
    remark_on(work, rng)
    extras = milestones_of(site) + register_of(site, benefit=plan.team >= 6)
    anchor = anchor_of(site) if plan.tool == "jira" else None
    for draft in extras:
        draft.parent = anchor
    drafts = ([anchor] if anchor else []) + epics + work + parts + extras
    course = Course(
        plan=plan,
        team=team,
        frame=frame,
        work=work,
        drafts=drafts,
        anchor=anchor,
        statuses=declare(plan, frame, team[0], rng),
    )
    if plan.tool == "jira" and not plan.support:
        course.versions = make_versions(plan, frame)
        plan_versions(course.versions, work, rng)
    if plan.scrum:
        course.sprints = make_sprints(plan, frame, now)
        plan_sprints(course.sprints, work, now)
    return course
