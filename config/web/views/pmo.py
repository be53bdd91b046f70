"""The PMO's view: key figures with their trend, standards, what finished projects teach, closing a project, lessons."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from config.web.deciding import at_field, choices, may_edit, seen_node, written
from config.web.node_pages import at
from config.web.places import Place
from config.web.plots import Axis, Dot, curve
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import reader, visitor
from model.base import day_ended
from model.errors import UsageError
from model.health import Band
from model.lesson import Cause
from model.tree import Node
from service import pmo
from service.pmo import Told
from service.pmo_document import closure_document, overview_document
from service.workspace import Workspace

PLACES = (
    Place("Key figures", "/pmo", "decisions", 20),
    Place("Lessons", "/lessons", "decisions", 30),
)
MOST_TEXT = 2_000
Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Draft:
    """A lesson as it was typed, and what is wrong with it."""

    node: str = ""
    cause: str = Cause.OTHER.value
    worked: bool = False
    text: str = ""
    advice: str = ""
    error: UsageError | None = None


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of the PMO's view."""

    @pages.get("/pmo")
    @needs(Role.VIEWER)
    def key_figures() -> Answer:
        space = site.workspace()
        node, error = _asked(space, request.args.get("node", ""))
        seen = reader(space)
        told = pmo.overview(space, node.id if node else None, seen=seen)
        found = overview_document(told)
        names = {one.id: one.name for one in space.tree.nodes}
        page = render_template("pmo.html", found=found, names=names, bands=list(Band), plot=_trend(found["trend"]),
                               error=error, asked=request.args.get("node", ""), choices=choices(space), at=told.at,
                               written=written, ended=_ended, may_add=seen.highest >= Role.EDITOR)  # fmt: skip
        return (page, 422) if error else page

    @pages.get("/nodes/<node_id>/closure")
    @needs(Role.VIEWER)
    def closing(node_id: str) -> Answer:
        here = at(site, node_id, own_tree=True)
        space = here.space
        try:
            found = pmo.closure(space, here.head.node.id)
        except UsageError as error:
            abort(404, error.what)
        return render_template("closure.html", found=closure_document(found), lessons=found.lessons, written=written,
                               zone=space.timezone, may_add=may_edit(space, node_id), **here.place())  # fmt: skip

    _lessons(pages, site)


def _lessons(pages: Blueprint, site: Site) -> None:
    @pages.get("/lessons")
    @needs(Role.VIEWER)
    def lessons() -> Answer:
        return _register(site.workspace(), Draft(node=request.args.get("node", "")))

    @pages.post("/lessons")
    @needs(Role.EDITOR, anywhere=True)
    def add_lesson() -> Answer:
        space, form = site.workspace(), request.form
        typed = {key: form.get(key, "").strip() for key in ("node", "text", "advice", "cause")}
        worked = form.get("worked") == "1"
        try:
            kept = pmo.learn(space, _own(space, typed["node"]).id, _told(typed, worked=worked))
        except UsageError as error:
            return _register(space, Draft(**typed, worked=worked, error=at_field(error)))
        return redirect(url_for("pages.lessons", added=kept.number), 303)


def _register(space: Workspace, draft: Draft) -> Answer:
    """The register as the address filters it, with the form below."""
    args = request.args if request.method == "GET" else MultiDict[str, str]()
    node, error = _asked(space, args.get("node", ""))
    cause = next((one for one in Cause if one.value == args.get("cause")), None)
    seen = reader(space)
    found = [
        one
        for one in pmo.lessons(space, name=node.id if node else None, cause=cause, project_class=args.get("class") or None)
        if seen.may_see(one.node)
    ]
    nodes = space.tree.by_id()
    page = render_template(
        "lessons.html", found=found[::-1], draft=draft, names={key: one.name for key, one in nodes.items()}, asked=args,
        causes=[one.value for one in Cause],
        classes=sorted({one.project_class for one in nodes.values() if seen.may_see(one.id)}), error=error,
        choices=choices(space), zone=space.timezone, may_add=seen.highest >= Role.EDITOR,
    )  # fmt: skip
    return (page, 422) if error or draft.error else page


def _asked(space: Workspace, name: str) -> tuple[Node | None, UsageError | None]:
    """The node that a page is narrowed to, and what is wrong with its name."""
    try:
        return (seen_node(space, name.strip()) if name.strip() else None), None
    except UsageError as error:
        return None, at_field(error)


def _own(space: Workspace, name: str) -> Node:
    """The node that a lesson is of. Raises UsageError where the visitor may not keep any there."""
    node = seen_node(space, name)
    if not may_edit(space, node.id):
        raise UsageError(f"You may not keep lessons of {node.name}.", where="node", fix="It needs the role editor there.")
    return node


def _told(typed: dict[str, str], *, worked: bool) -> Told:
    """A lesson by whoever is logged in. Raises UsageError."""
    cause = next((one for one in Cause if one.value == typed["cause"]), None)
    if cause is None:
        raise UsageError("That is no cause.", where="cause", fix="Choose one of the list.")
    for field in ("text", "advice"):
        if len(typed[field]) > MOST_TEXT:
            raise UsageError(f"It is longer than {MOST_TEXT:,} characters.", where=field, fix="Say it shorter.")
        if not typed[field]:
            raise UsageError("A lesson says what happened, and what to do next time.", where=field, fix="Say it in a sentence.")
    return Told(cause, worked, typed["text"], typed["advice"], visitor().name)


def _ended(at: str) -> date:
    """The day whose end a weekly point of the document is."""
    return day_ended(datetime.fromisoformat(at))


def _trend(weeks: list[dict[str, Any]]) -> Any:
    """The mean score week by week; None below two weeks that have one."""
    dots = [
        Dot(number, week["score"], title=f"{_ended(week['at'])}: {week['score']:.1f}")
        for number, week in enumerate(weeks)
        if week["score"] is not None
    ]
    if len(dots) < 2:
        return None
    ends = (f"{_ended(weeks[0]['at'])}", f"{_ended(weeks[-1]['at'])}")
    return curve(dots, Axis("weeks", float(len(weeks) - 1), ends=ends), Axis("mean score", 100.0))
