"""Running it: how each connection stands, its jobs, what was given up, and changes that no webhook told of."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.web.credentials import credentials
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.status import StatusLine
from config.web.visitor import visitor
from model.errors import AppError, UsageError
from model.jobs import CENSUS, POLL, name_of
from service import connections as asking
from service import jobs_by_hand, losses, running
from service.presence import is_worked
from service.workspace import Workspace

PLACES = (
    Place("State of connections", "/running", "running", 10, Role.ADMIN),
    Place("Background work", "/running/jobs", "running", 20, Role.ADMIN),
    Place("Lost changes", "/running/losses", "running", 50, Role.ADMIN),
)
LOSSES_SHOWN = timedelta(days=30)
_SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
Answer = str | Response | tuple[str, int]


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of running it."""
    status = StatusLine()

    @pages.app_context_processor
    def always() -> dict[str, object]:
        return {"troubles": lambda: status.lines(site.workspace), "span": _span, "windowed": _windowed}

    @pages.get("/running")
    @needs(Role.ADMIN)
    def running_home() -> str:
        space = site.workspace()
        states = running.states(space, credentials(site.configuration()))
        worked = is_worked(space.db)
        return render_template("running.html", states=states, zone=space.timezone, worked=worked, now=space.clock())

    @pages.get("/running/connections/<name>")
    @needs(Role.ADMIN)
    def running_connection(name: str) -> str:
        return _connection_page(site, name)

    @pages.post("/running/connections/<name>")
    @needs(Role.ADMIN)
    def running_connection_do(name: str) -> Answer:
        return _connection_do(site, name)

    @pages.get("/running/jobs")
    @needs(Role.ADMIN)
    def running_jobs() -> str:
        return _jobs_page(site.workspace())

    @pages.post("/running/jobs")
    @needs(Role.ADMIN)
    def running_jobs_do() -> Answer:
        return _jobs_do(site.workspace())

    @pages.get("/running/losses")
    @needs(Role.ADMIN)
    def running_losses() -> str:
        space = site.workspace()
        days = losses.days(space, back=LOSSES_SHOWN.days)[::-1]
        away = losses.downtime(space, back=LOSSES_SHOWN.days)
        return render_template("losses.html", days=days, away=away, back=LOSSES_SHOWN.days)


# -- one connection -------------------------------------------------------------------------------------------------------


def _connection_page(site: Site, name: str, **more: object) -> str:
    space = site.workspace()
    known = credentials(site.configuration())
    if name not in known or name not in space.connections:
        abort(404, f"There is no connection {name[:80]!r} any more. What was read from it is kept.")
    found = running.detail(space, name, known[name])
    return render_template("running_connection.html", found=found, state=found.state, zone=space.timezone, now=space.clock(),
                           **{"told": "", "problem": None, "checked": None, **more})  # fmt: skip


def _connection_do(site: Site, name: str) -> Answer:
    """Carry out what a button of a connection's page says. A connection that is gone meanwhile answers 404."""
    space, do = site.workspace(), request.form.get("do", "")
    if name not in space.connections:
        abort(404, f"There is no connection {name[:80]!r} any more. Nothing was done.")
    if do == "check":
        return _connection_page(site, name, checked=asking.check(space, [name])[0])
    deeds: dict[str, Callable[[], None]] = {
        "sync": lambda: jobs_by_hand.ask(space, name_of(POLL, name)),
        "census": lambda: jobs_by_hand.ask(space, name_of(CENSUS, name)),
        "pause": lambda: jobs_by_hand.pause(space, name, by=visitor().name),
        "resume": lambda: jobs_by_hand.resume(space, name),
    }
    try:
        if do not in deeds:
            raise UsageError(f"{do[:40]!r} is nothing that can be done here.", fix="Use one of the buttons.")
        deeds[do]()
    except AppError as error:
        return _connection_page(site, name, problem=error), 422
    return redirect(url_for("pages.running_connection", name=name), 303)


# -- jobs -----------------------------------------------------------------------------------------------------------------


def _jobs_page(space: Workspace, problem: AppError | None = None) -> str:
    found = jobs_by_hand.overview(space)
    return render_template(
        "jobs.html", found=found, zone=space.timezone, now=space.clock(), worked=is_worked(space.db), problem=problem,
        titles=jobs_by_hand.item_titles(space, found),
    )  # fmt: skip


def _jobs_do(space: Workspace) -> Answer:
    name, do = request.form.get("name", ""), request.form.get("do", "")
    deeds: dict[str, Callable[[], None]] = {
        "retry": lambda: jobs_by_hand.retry(space, name),
        "drop": lambda: jobs_by_hand.drop(space, name),
        "pause": lambda: jobs_by_hand.pause(space, name, by=visitor().name),
        "resume": lambda: jobs_by_hand.resume(space, name),
    }
    try:
        if do not in deeds:
            raise UsageError(f"{do[:40]!r} is nothing that can be done here.", fix="Use one of the buttons.")
        deeds[do]()
    except AppError as error:
        return _jobs_page(space, error), 422
    return redirect(url_for("pages.running_jobs"), 303)


# -- words ----------------------------------------------------------------------------------------------------------------


def _span(length: timedelta) -> str:
    """A length of time in the largest unit that fits."""
    seconds = int(length.total_seconds())
    for size, unit in _SPANS:
        if seconds >= size:
            return f"{seconds // size} {unit}{'s' if seconds // size != 1 else ''}"
    return "no time"


def _windowed(window_s: float) -> str:
    """``a minute``, ``an hour``, ``10 seconds``: what a limit is counted over."""
    words = {60.0: "a minute", 3_600.0: "an hour", 86_400.0: "a day"}
    return words.get(window_s, f"{window_s:g} seconds")
