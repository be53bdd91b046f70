"""A portfolio of any size straight in a store, without a tool: the same one every time."""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from model.policy import Policy
from model.sync import Records
from model.tree import Node, NodeKind, Parent, Source, Tree
from model.work import Change, ChangeField, ContainerKind, ItemType, Membership, StatusCategory, WorkItem, Worklog
from service.workspace import Workspace
from store.database import Database

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TOOL = "acme"
IN_PROGRAM = 10
_KINDS = (ItemType.STORY, ItemType.STORY, ItemType.TASK, ItemType.DEFECT, ItemType.RISK)
_LIFE = ((StatusCategory.TODO, StatusCategory.IN_PROGRESS), (StatusCategory.IN_PROGRESS, StatusCategory.DONE))


class Standin:
    """A tool's connector as far as counting needs it."""

    name = TOOL
    reference_kinds = frozenset[str]()

    def container_ids(self, source: Source, _reference: object) -> tuple[str, ...]:
        return (f"{TOOL}:project:{source.value}",)

    def label_of_url(self, _url: str) -> None:
        return None


def made_workspace(db: Database, projects: int, items: int) -> Workspace:
    """A workspace on an empty database with so many projects, each with so many items and a year of their history."""
    for number in range(projects):
        with db.begin() as uow:
            uow.records.save(made_records(number, items), known_at=NOW)
    return empty_workspace(db, made_tree(projects))


def empty_workspace(db: Database, tree: Tree) -> Workspace:
    """A workspace of one tool with the default policy, at a fixed moment."""
    parts: Mapping[str, Any] = {
        "db": db, "tree": tree, "policies": {"default": Policy(name="default")}, "teammates": (),
        "timezone": "UTC", "read_only": False, "public_url": None, "connections": (TOOL,),
        "connector": lambda _name: Standin(), "connector_with": None, "mapping_digest": lambda _name: "",
        "clock": lambda: NOW,
    }  # fmt: skip
    return Workspace(**parts)


def made_tree(projects: int) -> Tree:
    """A portfolio over programs of ten projects."""
    programs = -(-projects // IN_PROGRAM)
    return Tree(
        nodes=(
            Node(id="port", kind=NodeKind.PORTFOLIO, name="Everything"),
            *(
                Node(id=f"g{n}", kind=NodeKind.PROGRAM, name=f"Program {n}", parents=(Parent(id="port"),))
                for n in range(programs)
            ),
            *(
                Node(
                    id=f"p{n}", kind=NodeKind.PROJECT, name=f"Project {n}", parents=(Parent(id=f"g{n // IN_PROGRAM}"),),
                    start_on=date(2026, 1, 5), target_on=date(2027, 3, 31),
                    sources=(Source(connection=TOOL, kind="project", value=str(n)),),
                )
                for n in range(projects)
            ),
        )
    )  # fmt: skip


def made_records(project: int, items: int) -> Records:
    """The records of one project, the same ones every time."""
    chance = random.Random(project)
    work: list[WorkItem] = []
    changes: list[Change] = []
    logs: list[Worklog] = []
    members: list[Membership] = []
    for number in range(items):
        key = f"{TOOL}:item:{project}-{number}"
        born = NOW - timedelta(days=chance.randint(2, 380))
        told = list(_changes(key, born, chance))
        changes += told
        status = next((one.new for one in reversed(told) if one.field is ChangeField.STATUS), None)
        due = next((one.new for one in reversed(told) if one.field is ChangeField.DUE_ON), None)
        work.append(
            WorkItem(
                id=key, connection=TOOL, vendor_id=f"{project}-{number}", key=f"P{project}-{number}",
                title=f"Item {number}", type=chance.choice(_KINDS), original_type="Story",
                status=StatusCategory(status or "todo"), original_status=status or "todo",
                assignee_id=f"{TOOL}:user:{(project // 4) * 5 + number % 8}", created_at=born,
                updated_at=max((one.at for one in told), default=born),
                done_at=told[-1].at if status == StatusCategory.DONE else None,
                due_on=date.fromisoformat(due) if due else None, story_points=float(chance.choice((1, 2, 3, 5))),
                estimate_hours=8.0, origin=f"issue:{number}",
            )
        )  # fmt: skip
        span: dict[str, Any] = {"connection": TOOL, "item_id": key}
        place = f"{TOOL}:project:{project}"
        members.append(
            Membership(
                id=f"{key}|{place}|1", container_id=place, container_kind=ContainerKind.PROJECT, from_at=born, **span
            )
        )
        if told and chance.random() < 0.5:
            at = told[-1].at
            logs.append(Worklog(id=f"{key}|w", person_id=None, hours=6.0, worked_at=at, logged_at=at, **span))
    return Records(
        items=tuple(work), changes=tuple(changes), memberships=tuple(members), worklogs=tuple(logs),
        complete_history_of=tuple(one.id for one in work),
    )  # fmt: skip


def _changes(key: str, born: datetime, chance: random.Random) -> list[Change]:
    """A due date, moved now and then, and most of the way to done."""
    found: list[tuple[ChangeField, str | None, str | None, datetime]] = []
    at, due = born, (born + timedelta(days=40)).date()
    found.append((ChangeField.DUE_ON, None, due.isoformat(), at + timedelta(hours=1)))
    for old, new in _LIFE:
        at += timedelta(days=chance.randint(1, 40))
        if at >= NOW or chance.random() < 0.15:
            break
        found.append((ChangeField.STATUS, old.value, new.value, at))
        if chance.random() < 0.3:
            later = due + timedelta(days=14)
            found.append((ChangeField.DUE_ON, due.isoformat(), later.isoformat(), at - timedelta(hours=1)))
            due = later
    found.sort(key=lambda one: one[3])
    return [
        Change(id=f"{key}|{n}", connection=TOOL, item_id=key, field=field, old=old, new=new, at=when)
        for n, (field, old, new, when) in enumerate(found)
    ]
