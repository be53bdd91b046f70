"""The HTTP face of a fake Asana: authentication, limits, faults and errors around the blueprints of each area."""

import json
import socket
from functools import cache, partial
from html import escape
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from sandbox.asana import (
    routes_fields,
    routes_goals,
    routes_people,
    routes_plans,
    routes_portfolios,
    routes_projects,
    routes_search,
    routes_stories,
    routes_streams,
    routes_tasks,
    shapes,
)
from sandbox.asana.errors import RefusedError
from sandbox.asana.faults import LOST, WRITES, Fault, Planned
from sandbox.asana.limits import PER_MINUTE, SEARCHES_PER_MINUTE
from sandbox.asana.space import AsanaSpace
from sandbox.asana.web import ROOT, Offsets, refusal, short_path
from sandbox.asana.web import space as served
from sandbox.filling import filled
from sandbox.watching import FAULT, watched

AREAS = (
    routes_fields, routes_goals, routes_people, routes_plans, routes_portfolios, routes_projects, routes_search,
    routes_stories, routes_streams, routes_tasks,
)  # fmt: skip
# The handshake of a new webhook calls back before the request ends, so this one must not hold the lock; the actions
# of a batch take it one by one.
UNLOCKED = frozenset({"streams.create_webhook", "search.batch"})
RUNNING = "sandbox.running"
LOGIN_PAGE = "<!doctype html><html><head><title>Log in - Asana</title></head><body><form>Log in</form></body></html>"


class _App(Flask):
    def dispatch_request(self) -> Any:
        if request.endpoint in UNLOCKED:
            return super().dispatch_request()
        with self.extensions["asana_space"].lock:
            return super().dispatch_request()


def create_app(space: AsanaSpace) -> Flask:
    """The app that serves ``space`` under /api/1.0, and a page for each permalink."""
    app = filled(_routes(), asana_space=space, asana_offsets=Offsets())
    app.wsgi_app = watched("asana", app.wsgi_app)  # type: ignore[assignment, method-assign]
    return app


@cache
def _routes() -> Flask:
    shapes.register_all()
    app = _App(__name__)
    for area in AREAS:
        app.register_blueprint(area.area, url_prefix=ROOT)
    _add_pages(app)
    _add_gate(app)
    _add_errors(app)
    return app


def _add_gate(app: Flask) -> None:
    @app.before_request
    def enter() -> Response | None:
        space = served()
        if not space.base_url:
            space.base_url = request.host_url.rstrip("/")
        if not request.path.startswith(ROOT):
            return None
        space.stats[f"{request.method} {_template()}"] += 1
        token = _authenticated(space)
        if not request.environ.get("sandbox.in_batch"):
            _within_limits(space, token)
        return _struck(space)

    @app.after_request
    def leave(given: Response) -> Response:
        given.date = served().now()
        return _spoiled(served(), given) if request.path.startswith(ROOT) else given

    @app.teardown_request
    def give_back(_problem: BaseException | None) -> None:
        # In the environment, not in ``g``: the actions of a batch share that with the request they came in.
        token = request.environ.pop(RUNNING, None)
        if token is not None:
            served().limiter.leave(token, write=request.method in WRITES)


def _template() -> str:
    if request.url_rule is None:
        return "(no such endpoint)"
    return request.url_rule.rule.removeprefix(ROOT).replace("<", "{").replace(">", "}")


def _authenticated(space: AsanaSpace) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    gid = space.tokens.get(token.strip())
    if kind.lower() != "bearer" or gid is None:
        raise RefusedError(401, "Not Authorized")
    g.asana_user = space.users[gid]
    g.asana_token = token.strip()
    return token.strip()


def _within_limits(space: AsanaSpace, token: str) -> None:
    space.limiter.admit(token, scope="all", limit=PER_MINUTE[space.plan])
    if request.path.endswith("/tasks/search"):
        space.limiter.admit(token, scope="search", limit=SEARCHES_PER_MINUTE)
    space.limiter.enter(token, write=request.method in WRITES)
    request.environ[RUNNING] = token


def _taken(space: AsanaSpace, kind: Fault, method: str, path: str) -> Planned | None:
    """The fault that strikes this request, noted in its environment: such an answer is no example of the vendor's."""
    planned = space.faults.take(kind, method, path)
    if planned is not None and kind != "slow":
        request.environ[FAULT] = kind
    return planned


def _struck(space: AsanaSpace) -> Response | None:
    """The answer of a fault that strikes before the request is handled, if one does."""
    method, path, take = request.method, short_path(), partial(_taken, space)
    slow = take("slow", method, path)
    if slow:
        space.sleep(slow.seconds)
    limited = take("rate_limited", method, path)
    if limited:
        headers = {} if limited.retry_after_s is None else {"Retry-After": str(limited.retry_after_s)}
        raise RefusedError(429, "You have made too many requests recently. Please, be chill.", headers=headers)
    if take("error_500", method, path):
        error = {"message": "Server Error", "phrase": "6 sad squid snuggle softly"}
        return Response(json.dumps({"errors": [error]}), status=500, mimetype="application/json")
    if take("html_login", method, path):
        return Response(LOGIN_PAGE, status=200, mimetype="text/html")
    if "html_text" in request.get_data(as_text=True) and take("html_refused", method, path):
        raise RefusedError(400, "html_text: XML is invalid")
    if take("refused_400", method, path):
        raise RefusedError(400, "Bad Request: not like this")
    if take("gone_410", method, path):
        raise RefusedError(410, "This endpoint has been removed.")
    return None


def _spoiled(space: AsanaSpace, given: Response) -> Response:
    """The answer after the faults that strike on the way back."""
    method, path, take = request.method, short_path(), partial(_taken, space)
    if given.status_code >= 400:
        return given
    lost = next((each for kind in LOST if (each := take(kind, method, path))), None) if method in WRITES else None
    if lost:
        return _lost(space, lost)
    if given.is_json and take("malformed_json", method, path):
        given.set_data(given.get_data()[:-2])
        return given
    for kind, spoil in SPOILS:
        if given.is_json and take(kind, method, path):  # type: ignore[arg-type]
            document = json.loads(given.get_data())
            spoil(document.get("data"))
            given.set_data(json.dumps(document))
    return given


def _lost(space: AsanaSpace, fault: Planned) -> Response:
    """No answer to what was done all the same."""
    if fault.kind == "timeout":
        space.sleep(fault.seconds)
    open_socket = request.environ.get("werkzeug.socket")
    if fault.kind != "drop_after_write" and open_socket is not None:
        open_socket.shutdown(socket.SHUT_RDWR)
    return refusal(RefusedError(504, "Gateway Timeout"))


def _with_nbsp(value: Any) -> None:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict) and isinstance(each.get("name"), str):
            each["name"] = each["name"].replace(" ", "\u00a0")


def _with_bad_date(value: Any) -> None:
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, dict):
        first["due_on"] = "soon"


def _without_lists(value: Any) -> None:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            each.update({name: None for name, held in each.items() if isinstance(held, list)})


SPOILS = (("nbsp_names", _with_nbsp), ("malformed_task", _with_bad_date), ("null_lists", _without_lists))


def _add_errors(app: Flask) -> None:
    @app.errorhandler(RefusedError)
    def refused(problem: RefusedError) -> Response:
        return refusal(problem)

    @app.errorhandler(HTTPException)
    def unrouted(problem: HTTPException) -> Response:
        status = problem.code or 500
        message = "No matching route for request" if status == 404 else str(problem.name)
        return refusal(RefusedError(status, message))


def _add_pages(app: Flask) -> None:
    @app.get("/0/<home>")
    @app.get("/0/<home>/<gid>")
    def page(home: str, gid: str | None = None) -> Response:
        space = served()
        found = space.tasks.get(gid or "") or space.projects.get(home) or space.portfolios.get(gid or "")
        name = escape(found.name) if found else "Nothing is here"
        text = f"<!doctype html><html lang=en><title>{name}</title><h1>{name}</h1><p>Sandbox Asana</p></html>"
        return Response(text, status=200 if found else 404, mimetype="text/html")
