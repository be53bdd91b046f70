"""Connections: the list, a new one, one of them; logging in at the vendor and back."""

from functools import partial

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from config.growing import portfolios_of, without_connection
from config.secrets import STORED
from config.web import connect, first_tree, keeping
from config.web.gone import given_back
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from model import jobs
from model.errors import AppError, UsageError
from service import browse, connecting, first_run

PLACES = (Place("Connections", "/connections", "settings", 10, Role.ADMIN),)
BACK = "/connections/back"
Page = str | tuple[str, int] | Response


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of connections."""

    @pages.get("/connections")
    @needs(Role.ADMIN)
    def connections() -> str:
        space = site.workspace()
        rows = [(one, browse.last_synced(space)[name], first_run.standing(space, jobs.name_of(jobs.POLL, name)))
                for name, one in site.configuration().connections.items()]  # fmt: skip
        return render_template("connections.html", rows=rows, now=space.clock(), titles=_titles(), key_file=key_file(site))

    @pages.route("/connections/new", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def new_connection() -> Page:
        return adding(site, "connections_new.html", done="/connections/{name}")

    @pages.route("/connections/<name>", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def one_connection(name: str) -> Page:
        if name not in site.configuration().connections:
            if request.method == "GET":
                abort(404, f"There is no connection {name!r}.")
            return given_back("connection", name, back="/connections")
        return _remove(site, name) if request.form.get("do") == "remove" else _edit(site, name)

    @pages.get("/connections/<name>/login")
    @needs(Role.ADMIN)
    def log_in(name: str) -> str:
        configuration = site.configuration()
        if name not in configuration.connections:
            abort(404, f"There is no connection {name!r}.")
        settings = configuration.connections[name]
        try:
            address = connecting.login_address(settings, site.around(configuration))
        except UsageError as error:  # this connection has a credential of another kind
            abort(404, f"{error.what} {error.fix}".strip())
        return render_template("connections_login.html", name=name, address=address, title=_titles()[settings.tool])

    @pages.get(BACK)
    @needs(Role.ADMIN)
    def came_back() -> Page:
        configuration = site.configuration()
        settings = tuple(configuration.connections.values())
        name = connecting.logged_in(settings, site.around(configuration), request.url)
        form = connect.blank(site, configuration.connections[name].tool, None, name)
        outcome = connect.submit(site, form, back=_back()) if form is not None else connect.Outcome()
        if not outcome.saved:
            return _one(site, name, form, outcome, failed=True), 422
        return redirect(f"/connections/{name}" if site.workspace().tree.projects() else "/start/pick")


def adding(site: Site, template: str, *, done: str) -> Page:
    """The form of a new connection; what was kept goes on to ``done``, or to the vendor's login."""
    tool, kind = request.values.get("tool", ""), request.values.get("kind") or None
    form = connect.blank(site, tool, kind) if tool else None
    if tool and form is None:
        abort(404, f"There is no tool {tool!r} with such a credential.")
    outcome = connect.Outcome()
    if request.method == "POST" and form is not None:
        outcome = connect.submit(site, connect.read(form, request.form), back=_back())
        if outcome.saved:
            there = f"/connections/{outcome.saved}/login" if form.kind.login else done.format(name=outcome.saved)
            return redirect(f"{there}?key=made" if outcome.key_made else there)
    told = {"form": form, "outcome": outcome, "tools": connecting.tools(), "back": _back(), "key_file": key_file(site)}
    page = render_template(template, connections=site.configuration().connections, **told)
    return (page, 422) if request.method == "POST" else page


def _edit(site: Site, name: str) -> Page:
    """One connection: what it is, changed and tested."""
    settings = site.configuration().connections[name]
    form = connect.blank(site, settings.tool, request.values.get("kind") or None, name)
    if form is None:
        abort(404, "There is no such kind of credential.")
    outcome, posted = connect.Outcome(), request.method == "POST"
    if posted:
        save = request.form.get("do") != "test"
        outcome = connect.submit(site, connect.read(form, request.form), back=_back(), save=save)
        if outcome.saved and not connect.is_open(site, form):
            return redirect(f"/connections/{name}/login")
    failed = posted and not outcome.saved and (bool(outcome.faults) or any(one.fatal for one in outcome.problems))
    page = _one(site, name, form, outcome, posted=posted, failed=failed)
    return (page, 422) if failed else page


def _one(
    site: Site, name: str, form: connect.Form | None, outcome: connect.Outcome, *, posted: bool = False, failed: bool = False,
    refusal: str | None = None,
) -> str:  # fmt: skip
    """The page of one connection. ``refusal``: why it is not taken out."""
    settings = site.configuration().connections[name]
    kept = (settings.options.get("auth") or {}).get("type")
    return render_template(
        "connections_one.html", form=form, outcome=outcome, back=_back(), name=name, posted=posted, failed=failed,
        asked=connecting.tools()[settings.tool], uses=_uses(site, name), refusal=refusal, key_file=key_file(site),
        found=first_run.found(site.workspace(), name), rename=connect.NO_RENAME,
        base=(form.base if form is not None else "") or keeping.begun(site).held.digest,
        logs_in=form and form.kind.login and form.kind.type == kept,
    )  # fmt: skip


def _remove(site: Site, name: str) -> Page:
    """Take a connection out; refused while something needs it, and unless its name was typed."""
    try:
        if request.form.get("sure", "").strip() != name:
            return _refused(site, name, f"To take it out, enter its name: {name}.")
        if len(site.configuration().connections) == 1:
            return _refused(site, name, "This is the only connection. Connect another tool first.")
        space, began = site.workspace(), keeping.begun(site)
        if began.lost:
            return _refused(site, name, f"{keeping.MEANWHILE} Look at the connection as it stands, then take it out.")
        keeping.change(site, began.base, partial(without_connection, name=name), what=f"connection {name} taken out")
        connecting.let_go(space, [name, *space.db.tokens.names(f"{STORED}{name}/")])
    except AppError as error:
        return _refused(site, name, str(error))
    return redirect("/connections")


def _refused(site: Site, name: str, why: str) -> Page:
    settings = site.configuration().connections[name]
    form = connect.blank(site, settings.tool, None, name)
    return _one(site, name, form, connect.Outcome(), refusal=why), 422


def _uses(site: Site, name: str) -> list[str]:
    """The nodes that take work from a connection, or are shown in it."""
    found = []
    for node in first_tree.walk(portfolios_of(keeping.editor(site).held().document)):
        parts = [*(node.get("sources") or []), *(node.get("publish") or [])]
        if any(one.get("connection") == name for one in parts):
            found.append(str(node["name"]))
    return found


def key_file(site: Site) -> str | None:
    """The file whose key encrypts credentials, where there is one that we made."""
    file = site.workspace().db.key_file
    return str(file.path) if file is not None and file.read() is not None else None


def _titles() -> dict[str, str]:
    return {name: asked.title or name for name, asked in connecting.tools().items()}


def _back() -> str:
    return f"{request.url_root.rstrip('/')}{BACK}"
