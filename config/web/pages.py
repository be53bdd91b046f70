"""The pages: the tree at ``/``, a node's receipt, a connection's mapping with a preview on live items."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Blueprint, Response, abort, render_template, request, send_from_directory
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from config.configuration import Configuration
from config.web import charts, forms, reports
from config.web.safety import protect
from config.writer import replace_mapping
from model.errors import AppError
from model.health import Band, Finding
from model.language.pages import page_words
from model.language.values import told_links, told_values
from service import browse
from service.documents import Labels
from service.mapping_preview import preview, words_in_use
from service.workspace import Workspace

HERE = Path(__file__).parent
SIGNS = {Band.ON_TRACK: "●", Band.AT_RISK: "◆", Band.OFF_TRACK: "■", Band.NO_DATA: "○"}


def blueprint(workspace: Callable[[], Workspace], configuration: Callable[[], Configuration]) -> Blueprint:
    """The web page over a workspace and its configuration."""
    pages = Blueprint("pages", __name__, template_folder="templates")
    protect(pages)

    @pages.app_context_processor
    def always() -> dict[str, object]:
        return {"signs": SIGNS, "sparkline": charts.sparkline, "ago": _ago, "values_of": _values}

    @pages.get("/")
    def home() -> str:
        space = workspace()
        lens = reports.lens_of(space)
        shown = browse.view(space, lens)
        rows, synced = browse.tree_rows(space, shown), browse.last_synced(space)
        outcomes = [(node, shown.outcomes[node.id]) for node in shown.tree.nodes if node.id in shown.outcomes]
        place = reports.switch(space, lens)
        return render_template("home.html", rows=rows, synced=synced, now=space.clock(), outcomes=outcomes, **place)

    @pages.get("/nodes/<node_id>")
    def node(node_id: str) -> str:
        space = workspace()
        lens = reports.lens_of(space)
        shown = browse.view(space, lens)
        page = browse.node_page(space, shown, node_id)
        if page is None:
            abort(404, f"There is no node {node_id!r}.")
        policy = space.policies.get(page.node.project_class, space.policies["default"])
        chart = charts.history(page.trend, on_track=policy.on_track, at_risk=policy.at_risk)
        rows = browse.tree_rows(space, shown)
        place = reports.switch(space, lens) | {"words": page_words("en")}
        return render_template("node.html", page=page, rows=rows, chart=chart, now=space.clock(), **place)

    @pages.get("/watermelons")
    def watermelons() -> str:
        return render_template("watermelons.html", found=browse.gaps(workspace()))

    reports.add(pages, workspace)

    @pages.route("/connections/<name>/mapping", methods=["GET", "POST"])
    def mapping(name: str) -> str | tuple[str, int]:
        if name not in configuration().connections:
            abort(404, f"There is no connection {name!r}.")
        return _mapping_page(workspace, configuration, name)

    @pages.get("/static/<path:name>")
    def static(name: str) -> Response:
        return send_from_directory(HERE / "static", name)

    @pages.app_errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[str, int]:
        return render_template("error.html", what=error.description, fix="", title=error.name), error.code or 500

    @pages.app_errorhandler(AppError)
    def failed(error: AppError) -> tuple[str, int]:
        return render_template("error.html", what=error.what, fix=error.fix, title=error.where or "Something is wrong"), 500

    return pages


def _mapping_page(
    workspace: Callable[[], Workspace], configuration: Callable[[], Configuration], name: str
) -> str | tuple[str, int]:
    """Show the mapping; on POST preview what was typed, and keep it only when asked to."""
    in_force = configuration().connections[name].mapping
    candidate, problems = in_force, []
    if request.method == "POST":
        try:
            candidate = forms.read(request.form, in_force)
        except ValidationError as error:
            problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    saved = request.method == "POST" and not problems and request.form.get("do") == "save"
    words = words_in_use(workspace(), name)
    shown = preview(workspace(), name, candidate)
    if saved and (path := configuration().path) is not None:
        replace_mapping(path, name, candidate)
    rows = forms.rows(candidate, words)
    page = render_template(
        "mapping.html",
        name=name,
        rows=rows,
        fields=words.fields,
        candidate=candidate,
        preview=shown,
        problems=problems,
        saved=saved,
        edited=candidate != in_force and not saved,
        single=forms.SINGLE,
    )
    return (page, 422) if problems else page


def _values(finding: Finding, labels: Labels) -> list[tuple[str, str]]:
    """The values of a finding for people."""

    def name_of(item: str) -> str | None:
        return labels[item].title if item in labels else None

    return [*told_values(finding, name_of), *(("conflict", link) for link in told_links(finding, name_of))]


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


