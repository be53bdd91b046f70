"""Small projects for the roll-up's tests: items with histories, landscapes, and facts counted from them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from model.baseline import Baseline
from model.landscape import ItemHistory, Landscape, ProjectRecords, Untold
from model.policy import Policy
from model.tree import Node, NodeKind, Parent, Tree
from model.work import Change, ChangeField, ItemType, Link, LinkKind, StatusCategory, WorkItem, Worklog
from rollup.facts import ProjectFacts, count_facts
from rollup.facts.agreed import take_plan
from rollup.world import View, World

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIELDS = {
    ChangeField.DUE_ON: "due_on",
    ChangeField.ASSIGNEE: "assignee_id",
    ChangeField.STORY_POINTS: "story_points",
    ChangeField.ESTIMATE_HOURS: "estimate_hours",
    ChangeField.SEVERITY: "severity",
    ChangeField.START_ON: "start_on",
    ChangeField.RISK_PROBABILITY: "probability",
    ChangeField.RISK_IMPACT: "impact",
}
_OF_RISK = ("probability", "impact")


def day(ago: float) -> datetime:
    """A moment so many days before NOW."""
    return NOW - timedelta(days=ago)


def item(
    name: str,
    *,
    created: float = 100,
    started: float | None = None,
    done: float | None = None,
    booked: float = 0,
    extra: Sequence[tuple[ChangeField, str | None, str | None, float]] = (),
    known: bool = True,
    connection: str = "jira",
    **fields: object,
) -> ItemHistory:
    """An item with the changes that its life implies; times are days before NOW."""
    key = f"{connection}:item:{name}"
    status = StatusCategory.DONE if done is not None else StatusCategory.TODO
    told: list[tuple[ChangeField, str | None, str | None, float]] = list(extra)
    if started is not None:
        told.append((ChangeField.STATUS, "todo", "in_progress", started))
        status = StatusCategory.IN_PROGRESS if done is None else status
    if done is not None:
        told.append((ChangeField.STATUS, "todo" if started is None else "in_progress", "done", done))
    changes = tuple(
        Change(id=f"{key}|{number}", connection=connection, item_id=key, field=field, old=old, new=new, at=day(ago))
        for number, (field, old, new, ago) in enumerate(sorted(told, key=lambda entry: -entry[3]))
    )
    values: dict[str, object] = {
        "type": ItemType.STORY,
        "original_type": "Story",
        "status": status,
        "original_status": status.value,
        **fields,
    }
    logs = (
        Worklog(
            id=f"{key}|w",
            connection=connection,
            item_id=key,
            person_id=None,
            hours=booked,
            worked_at=day(created - 1),
            logged_at=day(created - 1),
        ),
    )
    work = WorkItem.model_validate(
        {
            "id": key,
            "connection": connection,
            "vendor_id": name,
            "key": name,
            "title": name,
            "created_at": day(created),
            "updated_at": max([change.at for change in changes], default=day(created)),
            "done_at": None if done is None else day(done),
            "origin": "issue:1",
            **values,
        }
    )
    return ItemHistory(item=work, changes=changes, worklogs=logs if booked else (), history_known=known)


def blank(history: ItemHistory, field: ChangeField, ago: float = 0.01) -> ItemHistory:
    """The same item after somebody emptied a field, as the tools record it, and as it was seen before."""
    item, name = history.item, FIELDS[field]
    holder = item.risk if name in _OF_RISK else item
    value = getattr(holder, name, None)
    if holder is None or value is None:
        return history
    change = Change(
        id=f"{item.id}|blank-{field}",
        connection=item.connection,
        item_id=item.id,
        field=field,
        old=value.isoformat() if isinstance(value, date) else str(value),
        new=None,
        at=day(ago),
    )
    emptied = holder.model_copy(update={name: None})
    values = {"risk": emptied} if name in _OF_RISK else {name: None}
    seen = Untold(
        from_at=item.updated_at,
        spent_hours=item.spent_hours,
        response=item.risk.response if item.risk else None,
        benefit=item.benefit,
    )
    return history.model_copy(
        update={
            "item": item.model_copy(update={**values, "updated_at": day(ago)}),
            "changes": (*history.changes, change),
            "untold": (*history.untold, seen),
        }
    )


def project(key: str = "alpha", parents: Sequence[str] = ("prog",), **fields: object) -> Node:
    """A dated project node, 2026-05-01 to 2027-01-31 unless told otherwise."""
    values: dict[str, object] = {"start_on": date(2026, 5, 1), "target_on": date(2027, 1, 31), **fields}
    return Node.model_validate(
        {
            "id": key,
            "kind": NodeKind.PROJECT,
            "name": key.title(),
            "parents": [Parent(id=one) for one in parents],
            **values,
        }
    )


def landscape(*projects: Node, programs: Sequence[str] = ("prog",), **fields: object) -> Landscape:
    """A portfolio, its programs, and the projects."""
    nodes = [
        Node(id="port", kind=NodeKind.PORTFOLIO, name="Port"),
        *(Node(id=key, kind=NodeKind.PROGRAM, name=key.title(), parents=(Parent(id="port"),)) for key in programs),
        *projects,
    ]
    values: dict[str, object] = {"policies": {"default": Policy(name="default")}, **fields}
    return Landscape.model_validate({"tree": Tree(nodes=tuple(nodes)), **values})


def records(node: str, *items: ItemHistory, **fields: object) -> ProjectRecords:
    return ProjectRecords.model_validate({"node": node, "items": items, "first_known_at": day(400), **fields})


def agreed(
    known: ProjectRecords, node: Node, *, of: float = 60, approved: float | None = None, **plan: object
) -> ProjectRecords:
    """The same project with an approved baseline: the plan as it stood ``of`` days ago, with ``plan`` changed in it."""
    taken = take_plan(known, node, day(of)).model_copy(update=plan)
    since = day(of if approved is None else approved)
    number = len(known.baselines) + 1
    baseline = Baseline(
        node=known.node, number=number, plan=taken, set_by="bo", set_at=since, approved_by="ada", approved_at=since
    )
    before = tuple(one.model_copy(update={"superseded_at": since}) for one in known.baselines)
    return known.model_copy(update={"baselines": (*before, baseline)})


def blocks(source: ItemHistory, target: ItemHistory) -> Link:
    """``source`` blocks ``target``."""
    return Link(
        id=f"{source.item.id}>{target.item.id}",
        connection="jira",
        kind=LinkKind.BLOCKS,
        original_kind="Blocks",
        source_id=source.item.id,
        target_id=target.item.id,
    )


def counter(land: Landscape, known: Mapping[str, ProjectRecords]) -> Callable[[str, datetime], ProjectFacts]:
    """What the service hands to the engine: facts of a project at a moment, each counted once."""
    nodes = land.tree.by_id()
    kept: dict[tuple[str, datetime], ProjectFacts] = {}

    def facts_at(key: str, moment: datetime) -> ProjectFacts:
        if (key, moment) not in kept:
            kept[key, moment] = count_facts(known.get(key, ProjectRecords(node=key)), nodes[key], land, moment)
        return kept[key, moment]

    return facts_at


def view(land: Landscape, known: Mapping[str, ProjectRecords], node: str, at: datetime = NOW) -> View:
    """What a dimension sees of a node."""
    world = World(land, counter(land, known), at)
    target = world.nodes[node]
    policy = land.policy_for(target.project_class, target.policy)
    return View(target, policy, world, tuple(world.facts(key) for key in world.leaves(node)))


def steady(
    prefix: str = "s", *, weeks: int = 26, a_week: int = 2, open_items: int = 10, **fields: object
) -> list[ItemHistory]:
    """A project with a steady past: so many items finished each week, all known from the start, some still open."""
    finished = [
        item(
            f"{prefix}-d{week}-{number}",
            created=7 * weeks + 10,
            started=7 * week + 6,
            done=7 * week + 2,
            **{"story_points": 3.0, "assignee_id": "jira:user:a", **fields},
        )
        for week in range(weeks)
        for number in range(a_week)
    ]
    waiting = [
        item(
            f"{prefix}-o{number}",
            created=7 * weeks + 10,
            **{"story_points": 3.0, "assignee_id": f"jira:user:{'ab'[number % 2]}", **fields},
        )
        for number in range(open_items)
    ]
    return finished + waiting
