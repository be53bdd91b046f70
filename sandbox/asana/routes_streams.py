"""Endpoints that tell of changes: events by sync token, and webhooks."""

from typing import Any

from flask import Blueprint, Response, request

from sandbox.asana import events as log
from sandbox.asana import render
from sandbox.asana.entities import Goal, Project, Task, Webhook
from sandbox.asana.errors import RefusedError, bad
from sandbox.asana.hooks import checked_filters
from sandbox.asana.routes_people import check_workspace
from sandbox.asana.web import (
    answer,
    body,
    many,
    me,
    needed,
    nothing,
    one,
    opt_fields,
    require_allowed,
    short_path,
    space,
    visible,
)

area = Blueprint("streams", __name__)
EXPANDED = ("user", "resource", "parent")


@area.get("/events")
def events() -> Response:
    resource = space().anything(needed(request.args, "resource"))
    if not isinstance(resource, (Task, Project, Goal)):
        raise bad("resource: Events can be read for tasks, projects and goals only")
    visible(resource)
    require_allowed("Events")
    token = request.args.get("sync")
    if space().faults.take("event_token_expired", request.method, short_path()):
        token = None
    found, next_token, more = space().log.read(resource.gid, token, space().now())
    if space().faults.take("duplicate_events", request.method, short_path()):
        found = [*reversed(found), *found]
    tree = opt_fields() or {}
    shown = [_expanded(event, tree) for event in found]
    return answer({"data": shown, "sync": next_token, "has_more": more})


def _expanded(event: log.Event, tree: render.Tree) -> dict[str, Any]:
    """An event, with more of the objects in it where ``opt_fields`` asks for that."""
    out = log.shown(event, named=True)
    for name in EXPANDED:
        thing, below = getattr(event, name), tree.get(name)
        if below and thing is not None:
            out[name] = {**out[name], **render.chosen(space(), thing, below)}
    return out


def _hook(gid: str) -> Webhook:
    found = space().get(space().webhooks, "webhook", gid)
    if found.owner is not me():
        raise RefusedError(403, "webhook: Forbidden")
    return found


@area.get("/webhooks")
def webhooks() -> Response:
    check_workspace(needed(request.args, "workspace"))
    resource = request.args.get("resource")
    mine = [hook for hook in space().webhooks.values() if hook.owner is me()]
    return many([hook for hook in mine if resource in (None, hook.resource.gid)])


@area.post("/webhooks")
def create_webhook() -> Response:
    data = body()
    needed(data, "resource")
    hook = space().hooks.create(data, me())
    with space().lock:
        shown = render.full(space(), hook)
    # The vendor's answer still says inactive: the first delivery turns it active.
    return answer({"data": {**shown, "active": False}, "X-Hook-Secret": hook.secret}, 201)


@area.get("/webhooks/<gid>")
def webhook(gid: str) -> Response:
    return one(_hook(gid))


@area.put("/webhooks/<gid>")
def update_webhook(gid: str) -> Response:
    found, data = _hook(gid), body()
    found.filters = checked_filters(data.get("filters"), found.resource)
    return one(found)


@area.delete("/webhooks/<gid>")
def delete_webhook(gid: str) -> Response:
    del space().webhooks[_hook(gid).gid]
    return nothing()
