"""The web page: every file of ``views`` on one blueprint, with the menu, the look and what is said when something fails."""

import pkgutil
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType

from flask import Blueprint, Flask, Response, render_template, request, send_from_directory
from werkzeug.exceptions import HTTPException

from config.web import views
from config.web.compression import compress
from config.web.places import Place, by_part
from config.web.rights import Role, need_of, needs
from config.web.safety import protect
from config.web.signs import SIGNS
from config.web.site import Site
from model.errors import AppError

HERE = Path(__file__).parent


def install(app: Flask, site: Site) -> None:
    """Put the pages on an app. Raises TypeError for a page that does not say which role it needs."""
    app.register_blueprint(blueprint(site))
    compress(app)
    silent = [one for one in app.view_functions if one.startswith("pages.") and need_of(app, one) is None]
    if silent:
        raise TypeError(f"These pages do not say which role they need: {', '.join(silent)}.")


def blueprint(site: Site) -> Blueprint:
    """The web page of a site."""
    pages = Blueprint("pages", __name__, template_folder="templates")
    protect(pages)
    found = [import_module(f"{views.__name__}.{one.name}") for one in pkgutil.iter_modules(views.__path__)]
    places = [place for one in found for place in _places(one)]

    @pages.app_context_processor
    def always() -> dict[str, object]:
        return {"signs": SIGNS, "ago": _ago, "menu": by_part(places, Role.ADMIN), "here": request.path, "csrf": str}

    for one in found:
        one.add(pages, site)

    @pages.get("/static/<path:name>")
    @needs(Role.ANYBODY)
    def static(name: str) -> Response:
        return send_from_directory(HERE / "static", name)

    @pages.app_errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[str, int]:
        return render_template("error.html", what=error.description, fix="", title=error.name), error.code or 500

    @pages.app_errorhandler(AppError)
    def failed(error: AppError) -> tuple[str, int]:
        return render_template("error.html", what=error.what, fix=error.fix, title=error.where or "Something is wrong"), 500

    return pages


def _places(view: ModuleType) -> tuple[Place, ...]:
    found: tuple[Place, ...] = view.PLACES
    return found


def _ago(at: datetime | None, now: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    if at is None:
        return "never"
    seconds = max(0, int((now - at).total_seconds()))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count != 1 else ''} ago"
    return f"{seconds} s ago"
