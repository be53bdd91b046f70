"""The HTTP surface of a site: faults first, then who is asking, then the limits, then the endpoint."""

import base64
from datetime import UTC
from email.utils import format_datetime
from functools import cache

from flask import Flask, Response, g, request

from sandbox.filling import filled
from sandbox.jira import (
    admin_hooks,
    agile,
    app_hooks,
    bulk_fields,
    bulk_properties,
    changelogs,
    comments,
    field_schemes,
    fields,
    issues,
    lost,
    people,
    projects,
    properties,
    screens,
    search,
    worklogs,
)
from sandbox.jira.failing import add_errors, fail
from sandbox.jira.faults import Fault
from sandbox.jira.http import NOT_SIGNED_IN, site
from sandbox.jira.limits import TOO_MANY
from sandbox.jira.records import ApiError
from sandbox.jira.site import JiraSite
from sandbox.watching import FAULT, watched

API = "/rest/api/3"
LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Log in with Atlassian account</title></head>"
    "<body><form id='form-login'>Log in to continue</form></body></html>"
)
EXPIRED_TOKEN = "The provided next page token is invalid or expired. Please run the search again."
REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)
PARTS = (
    search, issues, changelogs, bulk_fields, bulk_properties, properties, comments, worklogs, projects, fields,
    field_schemes, screens, people, app_hooks,
)  # fmt: skip


def create_app(jira: JiraSite) -> Flask:
    """A WSGI application of one site. Mount it under any path; addresses in answers keep that path."""
    app = filled(_routes(), jira_site=jira)
    app.wsgi_app = watched("jira", app.wsgi_app)  # type: ignore[assignment, method-assign]
    return app


@cache
def _routes() -> Flask:
    app = Flask("sandbox-jira", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.compact = True  # type: ignore[attr-defined]
    for part in PARTS:
        app.register_blueprint(part.bp, url_prefix=API)
    app.register_blueprint(agile.bp, url_prefix="/rest/agile/1.0")
    app.register_blueprint(admin_hooks.bp, url_prefix="/rest/webhooks/1.0")
    for version in ("2", "3", "latest"):
        name = f"removed_search_{version}"
        app.add_url_rule(f"/rest/api/{version}/search", name, _removed, methods=["GET", "POST"])
    app.add_url_rule("/rest/api/2/serverInfo", "server_info_2", people.server_info)
    app.add_url_rule("/browse/<key>", "browse", _browse)
    app.before_request(_before)
    app.after_request(_after)
    add_errors(app, called=lambda error: error.name)
    return app


def _removed() -> Response:
    raise ApiError(410, REMOVED)


def _browse(key: str) -> Response:
    issue = site().issue(key)
    return Response(f"{issue.key}: {issue.fields.get('summary', '')}\n", mimetype="text/plain")


def _template() -> str:
    return request.url_rule.rule if request.url_rule else "(unknown)"


def _before() -> Response | None:
    jira = site()
    with jira.lock:
        jira.stats[(_template(), request.method)] += 1
    fault = jira.faults.take(request.method, request.path, paging=b'"nextPageToken"' in request.get_data())
    if fault is not None:
        answer = _fail(fault)
        if answer is not None:
            return answer
    g.account = None if fault is not None and fault.kind == "anonymous" else _account(jira)
    with jira.lock:
        g.rate_headers = jira.limits.take(request.method, _template().removeprefix(API + "/"))
    return None


def _fail(fault: Fault) -> Response | None:
    if fault.kind in ("anonymous", "malformed", "expired_token"):
        request.environ[FAULT] = fault.kind
    if fault.kind == "anonymous":
        return None
    if fault.kind == "malformed":
        return Response('{"issues": [{"id": ', 200, mimetype="application/json")
    if fault.kind == "expired_token":
        raise ApiError(400, EXPIRED_TOKEN)
    texts = {"429": TOO_MANY, "410": REMOVED, "401": NOT_SIGNED_IN}
    return fail(fault, login_page=LOGIN_PAGE, texts=texts, headers={"429": {"RateLimit-Reason": "jira-burst-based"}})


def _account(jira: JiraSite) -> str | None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            secret = base64.b64decode(secret, validate=True).decode()
        except ValueError:
            return None
        return jira.credentials.get(secret) if ":" in secret else None
    return jira.credentials.get(secret) if scheme.lower() == "bearer" else None


def _after(answer: Response) -> Response:
    arrived = lost.as_it_arrives(answer)
    if arrived is not answer:
        return arrived
    for name, value in g.get("rate_headers", {}).items():
        answer.headers[name] = value
    answer.headers["Date"] = format_datetime(site().clock().astimezone(UTC), usegmt=True)
    if g.get("account"):
        answer.headers["X-AACCOUNTID"] = g.account
    return answer
