"""Endpoints that look for things (search, typeahead) and the batch endpoint."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, request

from sandbox.asana import render
from sandbox.asana.entities import Task
from sandbox.asana.errors import bad
from sandbox.asana.limits import PER_MINUTE
from sandbox.asana.routes_people import check_workspace
from sandbox.asana.taskinput import iso_datetime
from sandbox.asana.web import PAGE_LIMIT, ROOT, answer, body, limit_asked, many, needed, opt_fields, require_paid, space

area = Blueprint("search", __name__)
SORTS: dict[str, Callable[[Task], Any]] = {
    "modified_at": lambda task: task.modified_at,
    "created_at": lambda task: task.created_at,
    "due_date": lambda task: (task.due_on is None, task.due_on),
    "completed_at": lambda task: (task.completed_at is None, task.completed_at),
}
BATCH_LIMIT = 10
METHODS = frozenset({"get", "post", "put", "delete", "patch", "head"})


@area.get("/workspaces/<gid>/tasks/search")
def search(gid: str) -> Response:
    require_paid("Search")
    check_workspace(gid)
    wanted = request.args
    if "offset" in wanted:
        raise bad("offset: Search is not paginated")
    sort = wanted.get("sort_by", "modified_at")
    if sort not in SORTS:
        raise bad(f"sort_by: {sort} is not one of {', '.join(SORTS)}")
    tests = _tests(wanted)
    found = [task for task in space().tasks.values() if all(test(task) for test in tests)]
    found.sort(key=SORTS[sort], reverse=wanted.get("sort_ascending") != "true")
    tree, cut = opt_fields(), found[: limit_asked() or PAGE_LIMIT]
    if tree is None:
        return answer({"data": [render.compact(space(), task) for task in cut]})
    return answer({"data": [render.chosen(space(), task, tree) for task in cut]})


def _tests(wanted: Mapping[str, str]) -> list[Callable[[Task], bool]]:
    flags: dict[str, Callable[[Task], bool]] = {
        "completed": lambda task: task.completed,
        "is_subtask": lambda task: task.parent is not None,
        "is_blocked": lambda task: any(not other.completed for other in task.dependencies),
        "is_blocking": lambda task: not task.completed and bool(task.dependents),
    }
    tests = [_flag(flags[name], wanted[name]) for name in flags if name in wanted]
    if wanted.get("text"):
        text = wanted["text"].lower()
        tests.append(lambda task: text in task.name.lower() or text in task.notes.lower())
    homes = set(wanted.get("projects.any", "").split(","))
    for gid in filter(None, wanted.get("portfolios.any", "").split(",")):
        homes |= {item.gid for item in space().get(space().portfolios, "portfolio", gid).items}
    if homes - {""}:
        tests.append(lambda task: not homes.isdisjoint(task.homes))
    if wanted.get("assignee.any"):
        people = set(wanted["assignee.any"].split(","))
        tests.append(lambda task: task.assignee is not None and task.assignee.gid in people)
    for name in ("modified_at", "created_at", "completed_at"):
        tests += _between(name, wanted)
    return tests


def _flag(test: Callable[[Task], bool], text: str) -> Callable[[Task], bool]:
    if text not in ("true", "false"):
        raise bad(f"Value is not a boolean: {text}")
    return lambda task: test(task) == (text == "true")


def _between(name: str, wanted: Mapping[str, str]) -> list[Callable[[Task], bool]]:
    after = iso_datetime(name, wanted.get(f"{name}.after"))
    before = iso_datetime(name, wanted.get(f"{name}.before"))

    def test(task: Task) -> bool:
        at = getattr(task, name)
        return at is not None and (after is None or at > after) and (before is None or at < before)

    return [test] if after or before else []


@area.get("/workspaces/<gid>/typeahead")
def typeahead(gid: str) -> Response:
    check_workspace(gid)
    tables: dict[str, Mapping[str, Any]] = {
        "portfolio": space().portfolios, "project": space().projects, "user": space().users, "task": space().tasks,
        "goal": space().goals, "custom_field": space().custom_fields,
    }  # fmt: skip
    kind = needed(request.args, "resource_type")
    if kind not in tables:
        raise bad(f"resource_type: {kind} is not one of {', '.join(sorted(tables))}")
    if kind in ("portfolio", "goal", "custom_field"):
        require_paid("Portfolios")
    count = request.args.get("count", "20")
    if not count.isdigit() or not 1 <= int(count) <= PAGE_LIMIT:
        raise bad(f"count: Must be between 1 and {PAGE_LIMIT}")
    query = request.args.get("query", "").lower()
    found = [each for each in tables[kind].values() if query in each.name.lower()]
    return many(found[: int(count)])


@area.post("/batch")
def batch() -> Response:
    actions = body().get("actions")
    if not isinstance(actions, list) or not 1 <= len(actions) <= BATCH_LIMIT:
        raise bad(f"actions: A batch takes 1 to {BATCH_LIMIT} actions")
    for action in actions:
        path, method = str(needed(action, "relative_path")), str(needed(action, "method")).lower()
        if (
            method not in METHODS
            or not path.startswith("/")
            or path.startswith(("/batch", "/attachments"))
            or "?" in path
        ):
            raise bad(f"actions: {method} {path} is not allowed in a batch")
    return _together(actions)


def _together(actions: list[dict[str, Any]]) -> Response:
    """Each action counts like a request of its own, in the minute and at once; one too many refuses the whole batch."""
    limiter, token = space().limiter, g.asana_token
    reads = sum(str(action["method"]).lower() in ("get", "head") for action in actions)
    taken: list[tuple[bool, int]] = []
    limiter.admit(token, scope="all", limit=PER_MINUTE[space().plan], cost=len(actions))
    try:
        for write, places in ((False, reads), (True, len(actions) - reads)):
            limiter.enter(token, write=write, places=places)
            taken.append((write, places))
        return answer({"data": [_acted(action) for action in actions]})
    finally:
        for write, places in taken:
            limiter.leave(token, write=write, places=places)


def _acted(action: dict[str, Any]) -> dict[str, Any]:
    method, data = str(action["method"]).upper(), action.get("data") or {}
    options = action.get("options") or {}
    query = {name: options[name] for name in ("limit", "offset") if name in options}
    if options.get("fields"):
        query["opt_fields"] = ",".join(options["fields"])
    sends = method in ("POST", "PUT", "PATCH")
    text = urlencode(query if sends else {**data, **query})
    with current_app.test_client() as client:
        given = client.open(
            f"{ROOT}{action['relative_path']}?{text}",
            method=method,
            headers={"Authorization": request.headers["Authorization"]},
            json={"data": data} if sends else None,
            base_url=request.host_url,
            environ_overrides={"sandbox.in_batch": True},
        )
        return {"status_code": given.status_code, "headers": {}, "body": json.loads(given.get_data() or "null")}
