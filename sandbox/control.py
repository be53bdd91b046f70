"""``/_sandbox``: what a demo or a test needs beside the two vendors' APIs. No credential; the sandbox is local."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Flask, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException

from sandbox.jira.records import ApiError

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from sandbox.server import Sandbox

Json = dict[str, Any]
JIRA_DEEDS = frozenset({
    "edit_issue", "create_issue", "delete_issue", "move_issue", "add_comment", "link_issues", "edit_version",
    "close_sprint", "spoil_issue", "archive_issue", "archive_project", "delete_project", "hide_project",
    "restore_issue", "restore_project", "secure_issue", "show_project", "use_security", "edit_comment",
    "delete_comment", "serve_customers", "lock_issue", "delete_option", "replace_option", "take_off_screen",
})  # fmt: skip
ASANA_DEEDS = frozenset({
    "create_task", "edit_task", "complete_task", "delete_task", "add_to_project", "comment", "post_status_update",
})  # fmt: skip
HEALTH_PREFIX = "Bellwether"
HEALTH_PROPERTY = "bellwether.health"


def create_control(sandbox: "Sandbox") -> Flask:
    """The control application of one sandbox; every answer is one JSON document."""
    app = Flask("sandbox-control", static_folder=None)
    app.add_url_rule("/_sandbox/config", "config", lambda: jsonify(sandbox.document()))
    app.add_url_rule("/_sandbox/stats", "stats", lambda: jsonify(stats(sandbox)))
    app.add_url_rule("/_sandbox/written", "written", lambda: jsonify(written(sandbox)))
    app.add_url_rule("/_sandbox/targets", "targets", lambda: jsonify(targets(sandbox)))
    app.add_url_rule("/_sandbox/faults", "faults", _told(sandbox, plan_fault), methods=["POST"])
    app.add_url_rule("/_sandbox/faults", "no_faults", _told(sandbox, clear_faults), methods=["DELETE"])
    app.add_url_rule("/_sandbox/edit", "edit", _told(sandbox, edit), methods=["POST"])
    app.add_url_rule("/_sandbox/reset", "reset", _told(sandbox, reset), methods=["POST"])
    app.register_error_handler(HTTPException, _refused)
    return app


def _told(sandbox: "Sandbox", deed: "Callable[[Sandbox, Json], Json]") -> "Callable[[], ResponseReturnValue]":
    def view() -> "ResponseReturnValue":
        body = request.get_json(silent=True) if request.data else {}
        if not isinstance(body, dict):
            raise BadRequest("The body must be one JSON object.")
        return jsonify(deed(sandbox, body))

    return view


def _refused(error: HTTPException) -> "ResponseReturnValue":
    return jsonify({"error": error.description}), error.code or 500


def _tool(sandbox: "Sandbox", body: Json) -> Any:
    tool = body.pop("tool", None)
    if tool not in ("jira", "asana"):
        raise BadRequest('Say which tool: "tool": "jira" or "tool": "asana".')
    return getattr(sandbox, tool)


def plan_fault(sandbox: "Sandbox", body: Json) -> Json:
    """``{"tool", "kind", "path", "times", …}``: the next answers under a path go wrong. 400 for an unknown kind."""
    tool = _tool(sandbox, body)
    try:
        tool.faults.set(**body)
    except (TypeError, ValueError) as exc:
        raise BadRequest(str(exc)) from exc
    return {"planned": body}


def clear_faults(sandbox: "Sandbox", _body: Json) -> Json:
    """Everything works again."""
    sandbox.jira.faults.clear()
    sandbox.asana.faults.clear()
    return {"planned": None}


def edit(sandbox: "Sandbox", body: Json) -> Json:
    """``{"tool", "action", "arguments"}``: what a person does in a tool; webhooks go out as they would.

    In Asana ``by`` may be left out: then the first member who is not the bot does it.
    """
    name = body.get("tool")
    tool = _tool(sandbox, body)
    action, arguments = body.get("action"), dict(body.get("arguments") or {})
    if action not in (JIRA_DEEDS if name == "jira" else ASANA_DEEDS):
        raise BadRequest(f"{name} has no action {action!r}.")
    if name == "asana":
        people = [one.gid for one in sandbox.asana.users.values() if one is not sandbox.asana.bot]
        doer = "author" if action == "post_status_update" else "by"
        arguments.setdefault(doer, people[0] if people else sandbox.asana.bot.gid)
    try:
        made = getattr(tool, action)(**arguments)
    except (TypeError, ValueError, KeyError, StopIteration) as exc:
        raise BadRequest(f"{action}: {exc or 'no such value'}") from exc
    except Exception as exc:
        # Both fakes refuse with errors of their own, made for their own envelopes; here their sentence is enough.
        if hasattr(exc, "status"):
            raise BadRequest(f"{action}: {exc}") from exc
        raise
    return {"done": action, "id": getattr(made, "key", None) or getattr(made, "gid", None)}


def reset(sandbox: "Sandbox", _body: Json) -> Json:
    """Both tools as they were at the beginning, counters and planned faults included."""
    sandbox.reset()
    return {"reset": True}


def stats(sandbox: "Sandbox") -> Json:
    """How often each call was made since the start."""
    with sandbox.jira.lock, sandbox.asana.lock:
        jira = {f"{method} {path}": count for (path, method), count in sorted(sandbox.jira.stats.items())}
        asana = dict(sorted(sandbox.asana.stats.items()))
        return {
            "jira": {"requests": sum(jira.values()), "calls": jira, "mails": sandbox.jira.mails,
                     "violations": dict(sandbox.jira.limits.violations), "faults": sandbox.jira.faults.struck},
            "asana": {"requests": sum(asana.values()), "calls": asana, "notifications": sandbox.asana.notifications},
        }


def written(sandbox: "Sandbox") -> Json:
    """Every write to an issue of Jira since the start: what, whose, and whether watchers got a mail."""
    with sandbox.jira.lock:
        return {"jira": [asdict(one) | {"at": one.at.isoformat()} for one in sandbox.jira.written]}


def targets(sandbox: "Sandbox") -> Json:
    """What the tools show now where health is published: fields, property, the bot's own comments and updates.

    A target that is not there any more stands as ``gone``.
    """
    shown: list[Json] = []
    for portfolio in sandbox.document()["portfolios"]:
        nodes = [portfolio, *portfolio.get("programs", ())]
        nodes += [project for program in portfolio.get("programs", ()) for project in program["projects"]]
        for node in nodes:
            for target in node.get("publish", ()):
                try:
                    found = _issue_shows(sandbox, target) if "issue" in target else _container_shows(sandbox, target)
                except (ApiError, KeyError):
                    kept = next(str(target[kind]) for kind in ("issue", "project", "portfolio") if kind in target)
                    found = {"target": kept, "gone": True}
                shown.append({"node": node.get("id"), "name": node["name"], "connection": target["connection"]} | found)
    return {"targets": shown}


def _issue_shows(sandbox: "Sandbox", target: Json) -> Json:
    site = sandbox.jira
    with site.lock:
        issue = site.issue(target["issue"])
        fields = {one.name: one.id for one in site.fields.values() if one.name.startswith(HEALTH_PREFIX)}
        own = [one for one in issue.comments if one["author"]["displayName"] == HEALTH_PREFIX]
        return {
            "target": issue.key,
            "url": sandbox.browse_url(issue.key),
            "fields": {name: _plain(issue.fields.get(number)) for name, number in fields.items()},
            "property": issue.properties.get(HEALTH_PROPERTY),
            "comments": len(own),
        }


def _plain(value: Any) -> Any:
    return value.get("value", value) if isinstance(value, dict) else value


def _container_shows(sandbox: "Sandbox", target: Json) -> Json:
    space = sandbox.asana
    with space.lock:
        gid = target.get("project") or target["portfolio"]
        found = space.projects.get(gid) or space.portfolios[gid]
        fields: Json = {}
        for field in space.custom_fields.values():
            if field.name.startswith(HEALTH_PREFIX):
                options = {one.gid: one.name for one in field.options}
                value = found.values.get(field.gid)
                fields[field.name] = options.get(value, value) if isinstance(value, str) else value
        own = [one for one in found.updates if one.author is space.bot]
        return {
            "target": gid,
            "url": f"{sandbox.asana_url}/0/{gid}",
            "fields": fields,
            "status_updates": len(own),
            "last_status": own[-1].status_type if own else None,
        }
