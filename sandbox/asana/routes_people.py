"""Endpoints about who and where: users, workspaces, teams."""

from flask import Blueprint, Response, request

from sandbox.asana.errors import not_found
from sandbox.asana.web import many, needed, one, space, user_of

area = Blueprint("people", __name__)


@area.get("/users/<gid>")
def user(gid: str) -> Response:
    return one(user_of(gid))


@area.get("/users")
def users() -> Response:
    check_workspace(needed(request.args, "workspace"))
    return many(sorted(space().users.values(), key=lambda each: each.name))


@area.get("/workspaces")
def workspaces() -> Response:
    return many([space().workspace])


@area.get("/workspaces/<gid>")
def workspace(gid: str) -> Response:
    check_workspace(gid)
    return one(space().workspace)


@area.get("/workspaces/<gid>/users")
def workspace_users(gid: str) -> Response:
    check_workspace(gid)
    return many(sorted(space().users.values(), key=lambda each: each.name))


@area.get("/workspaces/<gid>/teams")
def workspace_teams(gid: str) -> Response:
    check_workspace(gid)
    return many(list(space().teams.values()))


def check_workspace(gid: object) -> None:
    """404 when this is not the workspace."""
    if gid != space().workspace.gid:
        raise not_found("workspace", str(gid))
