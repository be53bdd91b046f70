"""Running it: how each connection stands, its jobs, what was given up, and changes that no webhook told of."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.web import deeds
from config.web.credentials import credentials
from config.web.job_words import does, told
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.status import StatusLine
from config.web.visitor import visitor
from model.errors import AppError, UsageError
from model.ids import ref
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
_DEEDS = {
    "retry": "had tried now", "drop": "dropped", "pause": "paused", "resume": "let go on", "sync": "had read now",
    "census": "had counted what left",
}  # fmt: skip
"""What somebody did, as the list of changes says it."""
_DONE = {
    "retry": "It is tried as soon as a worker is free.",
    "drop": "It was dropped.",
    "pause": "Nothing more begins there. What runs comes to its end.",
    "resume": "It goes on.",
}
Answer = str | Response | tuple[str, int]


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of running it."""
    status = StatusLine()

    @pages.app_context_processor
    def always() -> dict[str, object]:
        return {"troubles": lambda: _troubles(site, status), "span": _span, "windowed": _windowed}

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
    doing: dict[str, Callable[[], None]] = {
        "sync": lambda: jobs_by_hand.ask(space, name_of(POLL, name)),
        "census": lambda: jobs_by_hand.ask(space, name_of(CENSUS, name)),
        "pause": lambda: jobs_by_hand.pause(space, name, by=visitor().name),
        "resume": lambda: jobs_by_hand.resume(space, name),
    }
    try:
        if do not in doing:
            raise UsageError(f"{do[:40]!r} is nothing that can be done here.", fix="Use one of the buttons.")
        doing[do]()
    except AppError as error:
        return _connection_page(site, name, problem=error), 422
    deeds.tell(_DEEDS[do], name)
    return redirect(url_for("pages.running_connection", name=name), 303)


# -- jobs -----------------------------------------------------------------------------------------------------------------


def _jobs_page(space: Workspace, problem: AppError | None = None) -> str:
    found = jobs_by_hand.overview(space)
    jobs = sorted(found.jobs, key=lambda job: job.state != "failing")  # what somebody has to look at stands first
    return render_template(
        "jobs.html", found=found, jobs=jobs, zone=space.timezone, now=space.clock(), worked=is_worked(space.db),
        problem=problem, titles=jobs_by_hand.item_titles(space, found), done=_DONE.get(request.args.get("done", ""), ""),
        does=does, told=told,
    )  # fmt: skip


def _jobs_do(space: Workspace) -> Answer:
    name, do = request.form.get("name", ""), request.form.get("do", "")
    doing: dict[str, Callable[[], None]] = {
        "retry": lambda: jobs_by_hand.retry(space, name),
        "drop": lambda: jobs_by_hand.drop(space, name),
        "pause": lambda: jobs_by_hand.pause(space, name, by=visitor().name),
        "resume": lambda: jobs_by_hand.resume(space, name),
    }
    about = _given_up(space, name)
    try:
        if do not in doing:
            raise UsageError(f"{do[:40]!r} is nothing that can be done here.", fix="Use one of the buttons.")
        doing[do]()
    except AppError as error:
        return _jobs_page(space, error), 422
    deeds.tell(_DEEDS[do], name, about)
    return redirect(url_for("pages.running_jobs", done=do), 303)


def _given_up(space: Workspace, name: str) -> str | None:
    """What a delivery that was given up is about, and why, for whoever asks later what was dropped."""
    found = jobs_by_hand.overview(space)
    one = next((one for one in found.given_up if name == f"{jobs_by_hand.DELIVERY}{one.id}"), None)
    if one is None:
        return None
    titles = jobs_by_hand.item_titles(space, found)
    refs = [ref(one.connection, event.vendor_id) for event in one.events]
    return "\n".join([*(titles.get(item, item) for item in refs), one.error or ""])


# -- words ----------------------------------------------------------------------------------------------------------------


def _troubles(site: Site, status: StatusLine) -> tuple[str, ...]:
    """What is wrong, for those whom the whole deployment concerns: it names connections, and what a tool answered."""
    return status.lines(site.workspace) if any(right.node is None for right in visitor().rights) else ()


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
