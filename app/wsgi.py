"""The web application: page, API, webhooks and the operator's three paths on one Flask app."""

from collections.abc import Callable

from flask import Flask, Response

from config.configuration import Configuration
from config.web import pages
from model.errors import AppError
from service.reception import Reception
from service.workspace import Workspace
from webhooks.blueprint import blueprint


def create_app(
    workspace: Callable[[], Workspace], configuration: Callable[[], Configuration], reception: Reception | None = None, *,
    hooks_workspace: Callable[[], Workspace] | None = None,
) -> Flask:
    """The app over an open workspace; both arguments are asked at each request, so an edited mapping counts at once.

    ``hooks_workspace``: what deliveries are taken with, if not the same; ``reception``: this process's own.
    """
    app = Flask("bellwether", static_folder=None, template_folder=None)
    app.register_blueprint(pages.blueprint(workspace, configuration))
    app.register_blueprint(blueprint(hooks_workspace or workspace, reception))

    @app.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @app.get("/readyz")
    def readyz() -> Response:
        """200 when the database answers and has the newest schema."""
        try:
            workspace().db.ping()
            ready = workspace().db.is_current()
        except AppError as error:
            return Response(f"{error.what}\n", status=503, mimetype="text/plain")
        text = "ready\n" if ready else "the database schema is not current: run `bellwether db upgrade`\n"
        return Response(text, status=200 if ready else 503, mimetype="text/plain")

    return app
