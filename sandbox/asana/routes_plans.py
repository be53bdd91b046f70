"""Endpoints about what a workspace plans beside its work: budgets and allocations."""

from flask import Blueprint, Response, request

from sandbox.asana import render
from sandbox.asana.entities import Project
from sandbox.asana.errors import bad
from sandbox.asana.routes_people import check_workspace
from sandbox.asana.web import answer, many, needed, one, require_paid, space, user_of, visible

area = Blueprint("plans", __name__)


def _project(gid: object) -> Project:
    return visible(space().get(space().projects, "project", gid))


@area.get("/budgets")
def budgets() -> Response:
    """A project's budget, one at most. The vendor describes neither pages nor a choice of fields here."""
    require_paid("Budgets")
    project = _project(needed(request.args, "parent"))
    found = [each for each in space().budgets.values() if each.parent is project]
    return answer({"data": [render.full(space(), each) for each in found]})


@area.get("/budgets/<gid>")
def budget(gid: str) -> Response:
    require_paid("Budgets")
    return one(space().get(space().budgets, "budget", gid))


@area.get("/allocations")
def allocations() -> Response:
    require_paid("Allocations")
    wanted = request.args
    found = [each for each in space().allocations.values() if not space().hides(each.parent)]
    if wanted.get("parent"):
        project = _project(wanted["parent"])
        found = [each for each in found if each.parent is project]
    if wanted.get("assignee"):
        who = user_of(wanted["assignee"])
        found = [each for each in found if each.assignee is who]
    if wanted.get("workspace"):
        check_workspace(wanted["workspace"])
    elif not wanted.get("parent") and not wanted.get("assignee"):
        raise bad("You should specify one of parent, assignee, workspace")
    return many(found)


@area.get("/allocations/<gid>")
def allocation(gid: str) -> Response:
    require_paid("Allocations")
    return one(space().get(space().allocations, "allocation", gid))
