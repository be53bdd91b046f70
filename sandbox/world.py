"""The made company in tool-neutral words, before either fake tool has turned it into its own shapes.

A world is plain data: who works here, what they work on, and everything that ever happened to each piece of work.
Everything in it lies at or before ``World.now``. The fakes (``sandbox/jira``, ``sandbox/asana``) load the part that
lives in their tool. Keys are local to the world ("CRM-12", "LAUNCH-7"); each fake gives out vendor ids of its own.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Tool = Literal["jira", "asana"]
Stage = Literal["todo", "in_progress", "review", "blocked", "done", "dropped"]
Kind = Literal["epic", "story", "task", "bug", "subtask", "milestone", "approval", "risk", "benefit", "request"]
Colour = Literal["on_track", "at_risk", "off_track", "on_hold", "complete"]
EventField = Literal[
    "stage",
    "due",
    "start",
    "assignee",
    "points",
    "estimate_hours",
    "remaining_hours",
    "version",
    "sprint",
    "parent",
    "section",
    "title",
    "priority",
]


@dataclass(frozen=True)
class Person:
    """A person of the company; one person may have an account in both tools."""

    key: str
    name: str
    email: str
    tools: tuple[Tool, ...]
    hours_per_week: float = 40.0
    skills: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """One change of one field: what it was, what it became. Values are text, None means empty.

    Dates are ISO dates, people are Person.key, numbers are decimal text, versions, sprints and sections are their
    names (several joined by "|"), stages are Stage.
    """

    at: datetime
    by: str
    field: EventField
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Booking:
    """Time somebody booked on an item."""

    at: datetime
    by: str
    hours: float
    day: date


@dataclass(frozen=True)
class Comment:
    at: datetime
    by: str
    text: str


@dataclass
class Item:
    """A piece of work as it is at ``World.now``, with the events that led there, oldest first."""

    key: str
    project: str
    kind: Kind
    title: str
    created_at: datetime
    reporter: str
    stage: Stage
    assignee: str | None = None
    due: date | None = None
    start: date | None = None
    points: float | None = None
    estimate_hours: float | None = None
    remaining_hours: float | None = None
    priority: Literal["highest", "high", "medium", "low"] = "medium"
    parent: str | None = None
    version: str | None = None
    sprint: str | None = None
    section: str | None = None
    labels: tuple[str, ...] = ()
    done_at: datetime | None = None
    also_in: tuple[str, ...] = ()  # Asana only: further projects that show the same task
    risk_probability: float | None = None  # 0..1
    risk_impact: float | None = None  # 1..5
    events: list[Event] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)


@dataclass(frozen=True)
class Link:
    """``source`` blocks ``target``. The two may live in different tools: then the link is a URL kept on one side."""

    source: str
    target: str
    kind: Literal["blocks", "relates"] = "blocks"
    at: datetime | None = None


@dataclass(frozen=True)
class Version:
    project: str
    name: str
    start: date | None
    release: date | None
    released: bool = False


@dataclass(frozen=True)
class Sprint:
    project: str
    name: str
    start_at: datetime
    end_at: datetime
    completed_at: datetime | None
    state: Literal["future", "active", "closed"]


@dataclass(frozen=True)
class Status:
    """What a person declared about a project by hand (an Asana status update, a Jira field)."""

    project: str
    at: datetime
    by: str
    colour: Colour
    text: str


@dataclass(frozen=True)
class Project:
    key: str
    name: str
    tool: Tool
    lead: str
    created_at: datetime
    kind: Literal["delivery", "support"] = "delivery"
    start: date | None = None
    target: date | None = None
    budget_hours: float | None = None
    estimates: Literal["points", "hours", "none"] = "points"
    sections: tuple[str, ...] = ()  # Asana: the columns of its board
    anchor: str | None = None  # Jira: the item that carries the health fields of this project
    team_managed: bool = False


@dataclass(frozen=True)
class Program:
    key: str
    name: str
    sponsor: str
    projects: tuple[str, ...]
    anchor: str | None = None  # Jira: an item of the PMO project that carries the program's health


@dataclass(frozen=True)
class Portfolio:
    key: str
    name: str
    programs: tuple[str, ...]
    anchor: str | None = None  # Jira: an item of the PMO project that carries the portfolio's health


@dataclass(frozen=True)
class Story:
    """A thing worth finding: where it is and what somebody who looks should see. The tests check that we do."""

    slug: str
    project: str
    text: str


@dataclass
class World:
    """The company. ``items`` by key; every other record refers to keys."""

    now: datetime
    seed: int
    people: dict[str, Person]
    projects: dict[str, Project]
    programs: dict[str, Program]
    portfolios: dict[str, Portfolio]
    items: dict[str, Item]
    links: list[Link] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    sprints: list[Sprint] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
