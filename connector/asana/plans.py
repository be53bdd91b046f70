"""Goals, budgets and allocations as records: what a workspace plans, beside its work."""

from connector.asana.payloads import (
    Allocation,
    AllocationsBody,
    Budget,
    BudgetPart,
    BudgetsBody,
    Goal,
    read_payload,
)
from model import work
from model.ids import item_id, record_id
from model.sync import RawPayload
from model.work import BudgetKind, GoalSupport

_KINDS = {"time": BudgetKind.TIME, "cost": BudgetKind.COST}


def read_goal(raw: RawPayload, conn: str) -> work.Goal:
    """A goal with its metric, in the metric's unit, and what supports it. Raises SkippableError."""
    goal = read_payload(Goal, raw)
    metric = goal.metric
    unit = (metric.currency_code or metric.unit) if metric else None
    return work.Goal(
        id=record_id(conn, "goal", goal.gid), connection=conn, name=goal.name,
        initial=metric.initial_number_value if metric else None,
        current=metric.current_number_value if metric else None,
        target=metric.target_number_value if metric else None,
        unit=None if unit == "none" else unit,
        status=goal.status,
        owner_id=record_id(conn, "person", goal.owner.gid) if goal.owner else None,
        start_on=goal.start_on, due_on=goal.due_on,
        progress_source=metric.progress_source if metric else None,
        supported_by=_support(goal, conn),
    )  # fmt: skip


def _support(goal: Goal, conn: str) -> tuple[GoalSupport, ...]:
    """What supports a goal, each once."""
    found: dict[str, GoalSupport] = {}
    for each in goal.relationships:
        work_ = each.supporting_resource
        if work_ is not None:
            kind = work_.resource_type or "project"
            id_ = item_id(conn, work_.gid) if kind == "task" else record_id(conn, kind, work_.gid)
            found[id_] = GoalSupport(subject_id=id_, weight=each.contribution_weight)
    return tuple(found.values())


def read_budgets(raw: RawPayload, conn: str) -> tuple[str, list[work.Budget]]:
    """A project's id and its budget. Raises SkippableError."""
    body = read_payload(BudgetsBody, raw)
    project = record_id(conn, "project", body.project)
    return project, [made for each in body.budgets if (made := _budget(each, project, conn)) is not None]


def _budget(budget: Budget, project: str, conn: str) -> work.Budget | None:
    """A budget in hours or in money; None for a kind of budget we don't know."""
    kind = _KINDS.get(budget.budget_type)
    if kind is None:
        return None
    parts = (budget.total, budget.estimate, budget.actual)
    planned, estimated, actual = (_amount(part, kind) for part in parts)
    currency = next((part.units for part in parts if part and part.units), None)
    return work.Budget(
        id=record_id(conn, "budget", budget.gid), connection=conn, project_id=project, kind=kind,
        planned=planned, estimated=estimated, actual=actual,
        currency=currency if kind is BudgetKind.COST else None,
    )  # fmt: skip


def _amount(part: BudgetPart | None, kind: BudgetKind) -> float | None:
    if part is None or part.value is None:
        return None
    return part.value / 60 if kind is BudgetKind.TIME else part.value  # Asana counts minutes


def read_allocations(raw: RawPayload, conn: str) -> tuple[str, list[work.Allocation]]:
    """A project's id and who is planned for it. Raises SkippableError."""
    body = read_payload(AllocationsBody, raw)
    project = record_id(conn, "project", body.project)
    return project, [_allocation(each, project, conn) for each in body.allocations]


def _allocation(given: Allocation, project: str, conn: str) -> work.Allocation:
    effort = given.effort
    hours = effort.value if effort and effort.type == "hours" else None
    percent = effort.value if effort and effort.type == "percent" else None
    return work.Allocation(
        id=record_id(conn, "allocation", given.gid), connection=conn, project_id=project,
        person_id=record_id(conn, "person", given.assignee.gid) if given.assignee else None,
        start_on=given.start_date, end_on=given.end_date, hours=hours, percent=percent,
    )  # fmt: skip
