"""The API on an app: every endpoint of ``resources``, its description, and problems for whatever goes wrong."""

import pkgutil
from collections.abc import Callable
from importlib import import_module

from flask import Blueprint, Flask, Response
from werkzeug.exceptions import HTTPException

from config.web.api import resources
from config.web.api.endpoint import Endpoint, respond
from config.web.api.openapi import description
from config.web.api.problems import ProblemError, answer, of_app, of_http
from config.web.rights import Role, needs
from config.web.site import Site
from model.errors import AppError

ROOT = "/api/v1"


def endpoints() -> tuple[Endpoint, ...]:
    """Every endpoint there is, by path."""
    found = [import_module(f"{resources.__name__}.{one.name}") for one in pkgutil.iter_modules(resources.__path__)]
    return tuple(sorted((one for module in found for one in module.ENDPOINTS), key=lambda one: (one.path, one.method)))


def install(app: Flask, site: Site) -> None:
    """Put the API on an app."""
    api = Blueprint("api", __name__, url_prefix=ROOT)
    every = endpoints()
    for one in every:
        api.add_url_rule(one.rule, one.name, _view(one, site), methods=[one.method])

    @api.get("/openapi.json")
    @needs(Role.ANYBODY)
    def openapi() -> Response:
        return Response(description(every, ROOT), content_type="application/json")

    @api.errorhandler(ProblemError)
    def problem(error: ProblemError) -> Response:
        return answer(error.problem)

    api.register_error_handler(HTTPException, of_http)
    api.register_error_handler(AppError, of_app)
    app.register_blueprint(api)


def _view(endpoint: Endpoint, site: Site) -> Callable[..., Response]:
    @needs(endpoint.role)
    def view(**place: str) -> Response:
        return respond(endpoint, site, place)

    return view
