"""Health: the tree at ``/``, a node's receipt, and where people report otherwise."""

from flask import Blueprint, abort, render_template

from config.web import charts
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.views.reports import lens_of, switch
from config.web.visitor import reader
from model.health import Finding
from model.language.pages import page_words
from model.language.values import told_links, told_values
from service import browse
from service.documents import Labels

PLACES = (
    Place("Portfolios", "/", "health", 10),
    Place("Reported otherwise", "/watermelons", "health", 30),
)


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of health."""

    @pages.app_context_processor
    def always() -> dict[str, object]:
        return {"sparkline": charts.sparkline, "values_of": _values}

    @pages.get("/")
    @needs(Role.VIEWER)
    def home() -> str:
        space = site.workspace()
        lens = lens_of(space)
        shown = browse.view(space, lens, reader(space))
        rows, synced = browse.tree_rows(space, shown), browse.last_synced(space)
        outcomes = [(node, shown.outcomes[node.id]) for node in shown.tree.nodes if node.id in shown.outcomes]
        place = switch(space, lens)
        return render_template("home.html", rows=rows, synced=synced, now=space.clock(), outcomes=outcomes, **place)

    @pages.get("/nodes/<node_id>")
    @needs(Role.VIEWER)
    def node(node_id: str) -> str:
        space = site.workspace()
        lens = lens_of(space)
        shown = browse.view(space, lens, reader(space))
        page = browse.node_page(space, shown, node_id)
        if page is None:
            abort(404, f"There is no node {node_id!r}.")
        policy = space.policies.get(page.node.project_class, space.policies["default"])
        chart = charts.history(page.trend, on_track=policy.on_track, at_risk=policy.at_risk)
        rows = browse.tree_rows(space, shown)
        place = switch(space, lens) | {"words": page_words("en")}
        return render_template("node.html", page=page, rows=rows, chart=chart, now=space.clock(), **place)

    @pages.get("/watermelons")
    @needs(Role.VIEWER)
    def watermelons() -> str:
        space = site.workspace()
        return render_template("watermelons.html", found=browse.gaps(space, reader(space)))


def _values(finding: Finding, labels: Labels) -> list[tuple[str, str]]:
    """The values of a finding for people."""

    def name_of(item: str) -> str | None:
        return labels[item].title if item in labels else None

    return [*told_values(finding, name_of), *(("conflict", link) for link in told_links(finding, name_of))]
