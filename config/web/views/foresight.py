"""Forecasts for people: how good they have been, what they may say, and what lies ahead of a node."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from config.web import fanplot
from config.web.deciding import at_field, choices, seen_node, written
from config.web.node_pages import at
from config.web.places import Place
from config.web.plots import Axis, Dot, curve
from config.web.rights import Role, needs
from config.web.site import Site
from model.errors import UsageError
from model.tree import Node, NodeKind
from rollup.forecast.outlook import WhatIf
from service.backtest import last_check
from service.forecasting import ahead, what_if_of

PLACES = (Place("Forecasts", "/forecasts", "decisions", 40),)
KINDS = {
    "published": "A project by its target date: what was published",
    "items_within_weeks": "Any N items within so many weeks: the history replayed",
}
_TOO_MANY: dict[str, Any] = {"projects": [], "drivers": [], "without": [], "rings": []}
_TITLES = ("All together", "What if")
Answer = str | Response | tuple[str, int]


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of forecasts."""

    @pages.get("/forecasts")
    @needs(Role.VIEWER)
    def forecasts() -> Answer:
        space, name, error = site.workspace(), request.args.get("node", "").strip(), None
        try:
            if name:
                return redirect(url_for("pages.node_ahead", node_id=seen_node(space, name).id), 303)
        except UsageError as refused:
            error = at_field(refused)
        found = last_check(space)
        plots = {key: _reliability(found[key]["reliability"]) for key in KINDS} if found else {}
        page = render_template("forecasts.html", found=found, kinds=KINDS, plots=plots, error=error, asked=name,
                               choices=choices(space), day=written)  # fmt: skip
        return (page, 422) if error else page

    @pages.get("/nodes/<node_id>/forecast")
    @needs(Role.VIEWER)
    def node_ahead(node_id: str) -> Answer:
        here, error, what_if = at(site, node_id, own_tree=True), None, None
        space, node = here.space, here.head.node
        try:
            what_if = _typed()
        except UsageError as refused:
            error = at_field(refused)
        try:
            found = ahead(space, node.id, what_if=what_if, waits=True).document
        except UsageError as refused:
            if refused.reason == "too_many_projects":
                found = _TOO_MANY | {"kind": node.kind, "refused": f"{refused.what} {refused.fix}".rstrip(".")}
            else:
                error, found = at_field(refused), ahead(space, node.id, waits=True).document
        target = node.target_on.isoformat() if node.target_on else None
        page = render_template(
            "ahead.html", found=found, asked=request.args, error=error, target=target, day=written, by=_by,
            names={one.id: one.name for one in space.tree.nodes}, title=_TITLES[node.kind is NodeKind.PROJECT],
            fan=_fan(found, what_if, node), **here.place(),
        )  # fmt: skip
        return (page, 422) if error else page


def _fan(document: dict[str, Any], what_if: WhatIf | None, node: Node) -> Markup:
    """The fan of a project; empty for what is none, and where nothing is told."""
    if "fan" not in document:
        return Markup("")
    asked = what_if.by if what_if else None
    return fanplot.chart(document["fan"], asked or node.target_on, "asked for" if asked else "target")


def _by(text: str | None) -> str:
    return f"by {written(text)}" if text else "only beyond a year"


def _typed() -> WhatIf | None:
    """What the form asks for. Raises UsageError."""
    scope, people, by = (request.args.get(name, "").strip() or None for name in ("scope", "people", "by"))
    return what_if_of(scope, people, by)


def _reliability(bins: list[dict[str, Any]]) -> Any:
    """What was said against what came true; None where nothing was decided yet."""
    if not bins:
        return None
    dots = [
        Dot(one["said"], one["came_true"], f"n {one['n']}", f"said {one['said']:.0%}, came true {one['came_true']:.0%}")
        for one in bins
    ]
    return curve(dots, Axis("said", 1.0, percent=True), Axis("came true", 1.0, percent=True), diagonal=True)
