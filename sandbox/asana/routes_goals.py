"""Endpoints about goals and what supports them."""

from flask import Blueprint, Response, request

from sandbox.asana.entities import Goal
from sandbox.asana.errors import bad
from sandbox.asana.routes_people import check_workspace
from sandbox.asana.routes_projects import update_container
from sandbox.asana.web import body, many, needed, one, require_paid, space

area = Blueprint("goals", __name__)
STATUSES = frozenset({"green", "yellow", "red", "missed", "achieved", "partial", "dropped"})


def _goal(gid: object) -> Goal:
    require_paid("Goals")
    return space().get(space().goals, "goal", gid)


@area.get("/goals")
def goals() -> Response:
    require_paid("Goals")
    wanted, found = request.args, list(space().goals.values())
    for name in ("portfolio", "project"):
        if wanted.get(name):
            supported = {r.goal for r in space().relationships.values() if r.supporting.gid == wanted[name]}
            return many([goal for goal in found if goal in supported])
    check_workspace(needed(wanted, "workspace"))
    return many(found)


@area.get("/goals/<gid>")
def goal(gid: str) -> Response:
    return one(_goal(gid))


@area.put("/goals/<gid>")
def update_goal(gid: str) -> Response:
    found, data = _goal(gid), body()
    if "status" in data:
        if found.metric is None:
            raise bad("status: Can only be set on a goal with a metric")
        if data["status"] not in STATUSES:
            raise bad(f"status: {data['status']} is not a goal status")
    update_container(found, data)
    found.status = data.get("status", found.status)
    return one(found)


@area.post("/goals/<gid>/setMetricCurrentValue")
def set_metric(gid: str) -> Response:
    found, value = _goal(gid), body().get("current_number_value")
    if found.metric is None:
        raise bad("goal: The goal has no metric")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise bad("current_number_value: Value is not a number")
    found.metric["current_number_value"] = value
    return one(found)


@area.get("/goal_relationships")
def relationships() -> Response:
    goal_supported = _goal(needed(request.args, "supported_goal"))
    subtype = request.args.get("resource_subtype")
    found = [each for each in space().relationships.values() if each.goal is goal_supported]
    return many([each for each in found if subtype in (None, each.subtype)])


@area.get("/goal_relationships/<gid>")
def relationship(gid: str) -> Response:
    require_paid("Goals")
    return one(space().get(space().relationships, "goal_relationship", gid))
