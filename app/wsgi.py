"""The web application: page, API, webhooks and the operator's paths on one Flask app."""

import os
from collections.abc import Callable, Iterable
from functools import partial

from flask import Flask, Response

from app import bootstrap
from app.metrics import CONTENT_TYPE, exposition
from config.configuration import Configuration
from config.loader import load_text
from config.web import pages
from config.web.api.problems import discreet
from config.web.numbers import SmallInteger
from config.web.rights import Role, needs
from config.web.site import Site
from connector.sdk.base import Surroundings
from model.errors import AppError
from service import operation
from service.reception import Reception
from service.workspace import Workspace
from webhooks.blueprint import blueprint


def create_app(
    workspace: Callable[[], Workspace], configuration: Callable[[], Configuration], reception: Reception | None = None, *,
    hooks_workspace: Callable[[], Workspace] | None = None, check: Callable[[str], Configuration] | None = None,
    allowed_hosts: Iterable[str] = (), allowed_secrets: Iterable[str] = (),
) -> Flask:
    """The app over an open workspace; both arguments are asked at each request, so an edited mapping counts at once.

    ``hooks_workspace``: what deliveries are taken with and logins looked up in, if not the same; ``reception``: this
    process's own; ``check``: the configuration that a text would be in place of the present one (None: as this process
    reads its environment); ``allowed_hosts``: private hosts that a page may be told to connect to;
    ``allowed_secrets``: references to secrets that one may name.
    """
    app = Flask("bellwether", static_folder=None, template_folder=None)
    app.url_map.converters["int"] = SmallInteger
    private = frozenset(allowed_hosts)

    def around(tried: Configuration) -> Surroundings:
        return bootstrap.surroundings(tried, workspace().db, private)

    kept = hooks_workspace or workspace
    checked = check or partial(_checked, configuration)
    pages.install(app, Site(workspace, configuration, checked, kept, around, private, tuple(allowed_secrets)))
    hooks = blueprint(kept, reception)
    app.register_blueprint(hooks)
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(f"{hooks.name}."):  # a delivery brings its own proof
            needs(Role.ANYBODY, plain=True)(view)

    @app.get("/healthz")
    @needs(Role.ANYBODY, plain=True)
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @app.get("/readyz")
    @needs(Role.ANYBODY, plain=True)
    def readyz() -> Response:
        """200 when the database answers and has exactly this version's schema."""
        try:
            database = workspace().db
            database.ping()
            database.refuse_newer()
            ready = database.is_current()
        except AppError as error:
            return _text(f"{discreet(error).what}\n", 503)
        text = "ready\n" if ready else "the database schema is not current: run `bellwether db upgrade`\n"
        return _text(text, 200 if ready else 503)

    @app.get("/metrics")
    @needs(Role.ADMIN, monitored=True)
    def metrics() -> Response:
        """The figures of the deployment; 503 while they can't be read."""
        try:
            body = exposition(lambda: operation.state(workspace()), workspace().db.revision)
        except AppError as error:
            return _text(f"{discreet(error).what}\n", 503)
        return Response(body, content_type=CONTENT_TYPE)

    pages.refuse_silent(app)
    return app


def _checked(configuration: Callable[[], Configuration], text: str) -> Configuration:
    return load_text(text, configuration().path, environment=os.environ)


def _text(text: str, status: int) -> Response:
    return Response(text, status=status, mimetype="text/plain")
