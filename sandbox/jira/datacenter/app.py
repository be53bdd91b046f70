"""The HTTP surface of a server: faults first, then who is asking, then the limits, then the endpoint."""

from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask, Response, g, request

from sandbox.filling import filled
from sandbox.jira import agile, issues, lost, projects, properties, worklogs
from sandbox.jira.datacenter import hooks, reading, writing
from sandbox.jira.datacenter.http import answer, server
from sandbox.jira.datacenter.state import TOO_MANY, Server
from sandbox.jira.failing import add_errors, fail
from sandbox.jira.http import signed_in, site
from sandbox.watching import watched

API = "/rest/api/2"
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Log in - Jira</title></head><body><form id='login-form'/></body></html>"
REFUSED = "AUTHENTICATED_FAILED"
# Endpoints that the Cloud fake has under the same address; only their shapes differ.
_ALIKE: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("GET", "/status", projects.all_statuses),
    ("GET", "/statuscategory", projects.categories),
    ("GET", "/issuetype", projects.issue_types),
    ("GET", "/priority", projects.priorities),
    ("GET", "/resolution", projects.resolutions),
    ("GET", "/issueLinkType", projects.link_types),
    ("GET", "/project/<key>/versions", projects.versions),
    ("GET", "/project/<key>/statuses", projects.statuses),
    ("GET", "/issue/<key>/editmeta", issues.editmeta),
    ("GET", "/issue/<key>/properties", properties.issue_keys),
    ("GET", "/issue/<key>/properties/<path:name>", properties.issue_get),
    ("PUT", "/issue/<key>/properties/<path:name>", properties.issue_put),
    ("DELETE", "/issue/<key>/properties/<path:name>", properties.issue_delete),
    ("GET", "/worklog/updated", worklogs.updated),
    ("GET", "/worklog/deleted", worklogs.deleted),
    ("POST", "/worklog/list", worklogs.by_ids),
)  # fmt: skip

_AGILE: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("/board", agile.boards),
    ("/board/<int:board_id>", agile.one_board),
    ("/board/<int:board_id>/configuration", agile.configuration),
    ("/board/<int:board_id>/sprint", agile.sprints),
    ("/sprint/<int:sprint_id>", agile.one_sprint),
)


def create_app(here: Server, *, url: str | None = None) -> Flask:
    """A WSGI application of one server. Mount it under any path; ``url`` is where it is reached then."""
    app = filled(_routes(), jira_site=here.site, jira_server=here, jira_server_url=url)
    app.wsgi_app = watched("jira-dc", app.wsgi_app)  # type: ignore[method-assign,assignment]
    return app


@cache
def _routes() -> Flask:
    app = Flask("sandbox-jira-dc", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.compact = True  # type: ignore[attr-defined]
    for number, (method, path, view) in enumerate(_ALIKE):
        app.add_url_rule(API + path, f"alike_{number}", _alike(view), methods=[method])
    for part in (reading, writing):
        app.register_blueprint(part.bp, url_prefix=API)
    for number, (path, view) in enumerate(_AGILE):
        app.add_url_rule(f"/rest/agile/1.0{path}", f"agile_{number}", _alike(view), methods=["GET"])
    app.register_blueprint(hooks.bp)
    app.add_url_rule("/browse/<key>", "browse", _browse)
    app.before_request(_before)
    app.after_request(_after)
    add_errors(app, called=lambda _error: "null")
    return app


def _alike(view: Callable[..., Any]) -> Callable[..., Response]:
    def shown(**parts: Any) -> Response:
        given: Response = view(**parts)
        return answer(given.get_json()) if given.is_json else given

    return shown


@signed_in
def _browse(key: str) -> Response:
    issue = site().issue(key)
    return Response(f"{issue.key}: {issue.fields.get('summary', '')}\n", mimetype="text/plain")


def _before() -> Response | None:
    rule = request.url_rule.rule if request.url_rule else "(unknown)"
    with site().lock:
        site().stats[(rule, request.method)] += 1
    fault = site().faults.take(request.method, request.path)
    if fault is not None:
        failed = fail(fault, login_page=LOGIN_PAGE, texts={"429": TOO_MANY}, headers={})
        if failed is not None:
            return failed
    given = request.headers.get("Authorization", "")
    scheme, _, token = given.partition(" ")
    g.account = server().tokens.get(token) if scheme.lower() == "bearer" else None
    if given and g.account is None:
        return Response(LOGIN_PAGE, 401, {"X-Seraph-LoginReason": REFUSED}, mimetype="text/html")
    if server().rate is not None and g.account:
        g.rate_headers = server().rate.take(g.account)  # type: ignore[union-attr]
    return None


def _after(given: Response) -> Response:
    arrived = lost.as_it_arrives(given)
    if arrived is not given:
        return arrived
    for name, value in g.get("rate_headers", {}).items():
        given.headers[name] = value
    if g.get("account"):
        given.headers["X-AUSERNAME"] = server().name_of(g.account)
        given.headers["X-Seraph-LoginReason"] = "OK"
    return given
