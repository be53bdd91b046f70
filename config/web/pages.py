"""The web page: every file of ``views`` on one blueprint, with the menu, the look and what is said when something fails."""

import pkgutil
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, current_app, render_template, request, send_from_directory
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from config.web import views
from config.web.api import blueprint as api
from config.web.api import problems
from config.web.compression import compress
from config.web.doors import Doors, doors
from config.web.places import Place, by_part
from config.web.rights import Role, need_of, needs
from config.web.signs import SIGNS
from config.web.site import Site
from config.web.typed import PROOF
from config.web.visitor import visitor
from model.base import day_ended
from model.errors import AppError

HERE = Path(__file__).parent
OWN_WORDS = {
    404: "There is no such page. It may have been renamed, or the address was cut off.",
    405: "This address takes no such request. Open the page, and send its form.",
    413: "That is longer than a page takes.",
    500: "This is our own fault. What went wrong stands in the log.",
}
"""What is said where nobody said anything better, by status."""


def install(app: Flask, site: Site) -> None:
    """Put the pages on an app, and its doors before every route that it has or gets."""
    Doors(app, site)
    app.register_blueprint(blueprint(site))
    api.install(app, site)
    compress(app)


def refuse_silent(app: Flask) -> None:
    """Raise TypeError for a route that does not say which role it needs."""
    silent = [one for one in app.view_functions if need_of(app, one) is None]
    if silent:
        raise TypeError(f"These pages do not say which role they need: {', '.join(silent)}.")


def blueprint(site: Site) -> Blueprint:
    """The web page of a site."""
    pages = Blueprint("pages", __name__, template_folder="templates")
    found = [import_module(f"{views.__name__}.{one.name}") for one in pkgutil.iter_modules(views.__path__)]
    places = [place for one in found for place in _places(one)]

    @pages.app_context_processor
    def always() -> dict[str, object]:
        opened = doors(current_app).may_open
        menu = by_part([place for place in places if opened(place.path) and _stands(place, site)], visitor().highest)
        return {
            "signs": SIGNS, "ago": _ago, "menu": menu, "here": request.path, "csrf": _proof, "visitor": visitor(),
            "moment": moment, "day": day, "day_ended": day_ended,
        }  # fmt: skip

    def moment(at: datetime | None, zone: str | None = None) -> str:
        """A moment in a zone (None: the deployment's), with the zone."""
        where = ZoneInfo(zone or site.configuration().timezone)
        return "never" if at is None else f"{at.astimezone(where):%d %b %Y %H:%M %Z}"

    def day(at: datetime) -> str:
        """The day of a moment in the deployment's zone."""
        return f"{at.astimezone(ZoneInfo(site.configuration().timezone)):%d %b %Y}"

    _ways(pages)
    for one in found:
        one.add(pages, site)

    @pages.get("/static/<path:name>")
    @needs(Role.ANYBODY, plain=True)
    def static(name: str) -> Response:
        return send_from_directory(HERE / "static", name)

    @pages.app_errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        if request.path.startswith("/api/"):
            return problems.of_http(error)
        what = OWN_WORDS.get(error.code or 0) if error.description == type(error).description else None
        page = render_template("error.html", what=what or error.description, fix="", title=error.name.capitalize())
        return Response(page, error.code or 500)

    @pages.app_errorhandler(AppError)
    def failed(error: AppError) -> Response:
        if request.path.startswith("/api/"):  # an address that is none, while nothing can be read
            return problems.of_app(error)
        error = problems.discreet(error)
        where = None if "://" in (error.where or "") else error.where  # an address within the deployment is for its log
        page = render_template("error.html", what=error.what, fix=error.fix, title=where or "Something is wrong")
        return Response(page, problems.status_of(error))

    return pages


def _ways(pages: Blueprint) -> None:
    """What templates link with."""

    @pages.app_template_global()
    def may_open(address: str) -> bool:
        """Whether the visitor may open a page of ours: no link leads where it would be refused."""
        return doors(current_app).may_open(address)

    @pages.app_template_global()
    def way(address: str, words: str) -> Markup:
        """A link to a page where the visitor may open it, its words alone where not."""
        return Markup('<a href="{}">{}</a>').format(address, words) if may_open(address) else Markup.escape(words)


def _stands(place: Place, site: Site) -> bool:
    """Whether an entry of the menu stands there now; not while nothing can be read."""
    try:
        return place.when is None or place.when(site)
    except AppError:
        return False


def _proof() -> Markup:
    """The hidden field that proves that a form is ours."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(PROOF, generate_csrf())


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
