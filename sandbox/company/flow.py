"""How work flows through a project: day by day, items arrive, are started, finished, blocked and reopened."""

import math
from datetime import date, datetime, timedelta
from random import Random

from sandbox.company import words
from sandbox.company.calendar import at_office, first_day, pace, workdays
from sandbox.company.draft import SECTIONS, Draft
from sandbox.company.plan import ProjectPlan
from sandbox.world import Item, Kind

_PRIORITIES = ("low", "medium", "medium", "medium", "high")
_BUG_PRIORITIES = ("low", "medium", "medium", "high", "high", "highest")


class Flow:
    """One project's year. ``drafts`` holds every ordinary work item in order of creation; all randomness is ``rng``."""

    def __init__(self, plan: ProjectPlan, team: list[str], *, rng: Random, now: datetime) -> None:
        self.plan, self.team, self.rng, self.now = plan, team, rng, now
        self.first = first_day(plan, now.date())
        self.drafts: list[Draft] = []
        self._backlog: list[Draft] = []
        self._doing: list[tuple[date, Draft]] = []
        self._reopening: list[tuple[date, Draft]] = []
        self._credit = 0.0
        self._due_in = 0.0
        self._mood = 1.0
        self._last = now.date() - timedelta(days=1 + 7 * plan.ended)

    def run(self) -> list[Draft]:
        """Simulate from the first day until today."""
        self._plan_start()
        full_days = [day for day in workdays(self.first, self._last) if pace(self.plan, day, self.now.date())]
        speed = sum(pace(self.plan, day, self.now.date()) for day in full_days)
        daily = self._finished_by_now() / speed
        for day in full_days:
            if day.weekday() == 0:
                self._mood = self.rng.uniform(0.7, 1.3)
            self._arrive(day, len(full_days))
            self._reopen(day)
            self._credit += daily * pace(self.plan, day, self.now.date()) * self._mood
            self._finish(day)
            self._start(day)
        return self.drafts

    def _finished_by_now(self) -> float:
        plan = self.plan
        total = plan.size * (1 + plan.growth + (plan.burst[1] if plan.burst else 0.0))
        # A project that has ended gets speed to spare, so that nothing is left over.
        return total * plan.done * (1.2 if plan.ended else 1.0)

    def _plan_start(self) -> None:
        epics = len(words.epics(self.plan.area))
        days = list(workdays(self.first - timedelta(days=10), self.first - timedelta(days=1)))
        for position in range(self.plan.size):
            created = at_office(days[position * len(days) // self.plan.size], self.rng)
            draft = self._draft(created, epic=position * epics // self.plan.size)
            self._backlog.append(draft)
        self.drafts.sort(key=lambda one: one.item.created_at)

    def _draft(self, created: datetime, *, epic: int, bug: bool = False) -> Draft:
        rng, plan = self.rng, self.plan
        request = plan.support
        ordinary: Kind = "story" if plan.tool == "jira" and rng.random() < 0.6 else "task"
        kind: Kind = "request" if request else "bug" if bug else ordinary
        item = Item(
            key="",
            project=plan.key,
            kind=kind,
            title=words.bug_title(rng, plan.area) if bug else words.title(rng, plan.area),
            created_at=created,
            reporter=rng.choice(self.team),
            stage="todo",
            priority=rng.choice(_BUG_PRIORITIES if bug or request else _PRIORITIES),  # type: ignore[arg-type]
            section=SECTIONS["todo"] if plan.tool == "asana" else None,
        )
        draft = Draft(item=item, epic=epic)
        self.drafts.append(draft)
        return draft

    def _arrive(self, day: date, days: int) -> None:
        """New work: a steady trickle, and a flood since the burst began if the project has one."""
        plan = self.plan
        if not plan.ended or (self._last - day).days > 60:
            self._due_in += plan.size * plan.growth / days * self.rng.uniform(0.4, 1.6)
        if plan.burst and (self.now.date() - day).days <= 7 * plan.burst[0]:
            self._due_in += plan.size * plan.burst[1] / (5 * plan.burst[0])
        while self._due_in >= 1:
            self._due_in -= 1
            bug = plan.tool == "jira" and not plan.support and self.rng.random() < 0.55
            draft = self._draft(at_office(day, self.rng), epic=self.rng.randrange(len(words.epics(plan.area))), bug=bug)
            urgent = bug or plan.support
            place = len(self._backlog) if plan.support else self.rng.randrange(len(self._backlog) + 1)
            self._backlog.insert(min(place, 4) if urgent and not plan.support else place, draft)

    def _reopen(self, day: date) -> None:
        for entry in [one for one in self._reopening if one[0] <= day]:
            self._reopening.remove(entry)
            draft = entry[1]
            draft.move(at_office(day, self.rng), draft.item.reporter, "in_progress")
            draft.finished = None
            self._doing.append((day, draft))

    def _finish(self, day: date) -> None:
        """Use up the credit of finished work; it does not pile up while there is nothing to finish."""
        while self._credit >= 1:
            ripe = [entry for entry in self._doing if entry[0] < day]
            if not ripe:
                self._credit = min(self._credit, 2.0)
                return
            entry = ripe[min(int(self.rng.expovariate(0.6)), len(ripe) - 1)]
            self._doing.remove(entry)
            self._credit -= 1
            self._complete(entry[1], entry[0], day)

    def _complete(self, draft: Draft, since: date, day: date) -> None:
        rng = self.rng
        done_at = at_office(day, rng)
        who = rng.choice(self.team)
        span = (day - since).days
        if span >= 4 and rng.random() < 0.12:
            stuck = since + timedelta(days=max(1, span // 3))
            draft.move(at_office(stuck, rng), who, "blocked")
            draft.move(at_office(stuck + timedelta(days=max(1, span // 4)), rng), who, "in_progress")
        if span >= 2 and not self.plan.support:
            draft.move(min(at_office(day - timedelta(days=1), rng), done_at), who, "review")
        if rng.random() < 0.02 and not self.plan.ended:
            draft.move(done_at, who, "dropped")
            draft.dropped = True
            return
        draft.move(done_at, who, "done")
        draft.finished = done_at
        if rng.random() < self.plan.reopened and (self._last - day).days > 14:
            self._reopening.append((day + timedelta(days=rng.randint(2, 9)), draft))

    def _start(self, day: date) -> None:
        limit = math.ceil(len(self.team) * 1.6)
        while len(self._doing) < limit and self._backlog:
            draft = self._backlog.pop(0)
            started = at_office(day, self.rng)
            started = max(started, draft.item.created_at + timedelta(minutes=20))
            who = self.rng.choice(self.team)
            draft.plan(started - timedelta(minutes=5), who, "assignee", who)
            draft.move(started, who, "in_progress")
            draft.started = started
            self._doing.append((day, draft))
            if self.rng.random() < 0.07:
                draft.plan(started + timedelta(days=2), who, "assignee", self.rng.choice(self.team))
