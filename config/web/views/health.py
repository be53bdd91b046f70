"""Health: the tree at ``/``, a node with its receipt, and the search for nodes by name."""

from collections.abc import Callable, Collection
from datetime import date
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.web import charts
from config.web.node_pages import lens_of, missing, signed, switch, tabs
from config.web.numbers import whole_number
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import reader
from model.errors import UsageError
from model.health import Basis, Finding
from model.language.pages import page_words
from model.language.telling import address, plain
from model.language.values import told_links, told_values
from service import band_words, browse, preparing
from service.documents import Labels
from service.outline_tree import MOST_CHILDREN
from service.receipt import best_help
from service.workspace import Workspace, local_day
from store.brief_scores import largest_loss

PLACES = (Place("Portfolios", "/", "health", 10),)
LONGEST_SEARCH = 200
GAP_WORDS = (band_words.gap_size, band_words.gap_since, band_words.gap_reason)


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of health."""

    @pages.app_context_processor
    def always() -> dict[str, object]:
        return {
            "sparkline": charts.sparkline, "values_of": _values, "plain": plain, "address": address,
            "tabs": tabs, "largest_loss": largest_loss, "signed": signed,
            **{told.__name__: partial(told, page_words("en")) for told in GAP_WORDS},
        }  # fmt: skip

    @pages.get("/")
    @needs(Role.VIEWER)
    def home() -> str:
        return _home(site.workspace())

    @pages.post("/lenses/<lens>/scores")
    @needs(Role.VIEWER)
    def have_lens_scored(lens: str) -> Response:
        """Have a lens scored that no page waits for."""
        space = site.workspace()
        if lens not in {one.name for one in space.lenses}:
            abort(404, f"There is no lens {lens!r}.")
        try:
            preparing.ask_lens(space, space.lens(lens))
        except UsageError as error:
            abort(409, f"{error.what} {error.fix}")
        return redirect(url_for("pages.home", lens=lens), 303)

    @pages.get("/search")
    @needs(Role.VIEWER)
    def search() -> str:
        space = site.workspace()
        lens, words = lens_of(space), request.args.get("q", "")[:LONGEST_SEARCH].strip()
        rows, found = browse.find(space, browse.view(space, lens, reader(space)), words)
        return render_template("search.html", rows=rows, found=found, words=words, **switch(space, lens))

    @pages.get("/nodes/<node_id>")
    @needs(Role.VIEWER)
    def node(node_id: str) -> str:
        return _node(site.workspace(), node_id)


def _home(space: Workspace) -> str:
    lens = lens_of(space)
    shown = browse.view(space, lens, reader(space))
    asked = request.args.get("open")
    found = browse.home(space, shown, None if asked is None else asked.split(","))
    outcomes = [(shown.levels.nodes[node], text) for node, text in shown.outcomes.items() if node in shown.levels.nodes]
    return render_template(
        "home.html", home=found, opener=_opener(found.opened, lens), synced=browse.last_synced(space), now=space.clock(),
        outcomes=outcomes, **switch(space, lens),
    )  # fmt: skip


def _opener(opened: Collection[str], lens: str | None) -> Callable[[browse.Row], str]:
    """The address that opens a line's level, or closes it."""

    def address_of(row: browse.Row) -> str:
        key = row.node.id
        then = set(opened) - {key} if row.line.unfolded else {*opened, key}
        said = {"open": ",".join(sorted(then))} | ({"lens": lens} if lens else {})
        return f"/?{urlencode(said, safe=',')}#at-{key}"

    return address_of


def _node(space: Workspace, node_id: str) -> str:
    lens = lens_of(space)
    show = request.args.get("show", "")
    number = whole_number(request.args, "page", 1)
    page = browse.node_page(space, browse.view(space, lens, reader(space)), node_id, page=number, all_of=show)
    if page is None:
        abort(404, missing(space, lens, node_id))
    return render_template(
        "node.html",
        page=page,
        losses=[one for one in page.receipt if one.points is not None and one.points >= 0.05],
        chart=charts.history(page.trend, on_track=page.policy.on_track, at_risk=page.policy.at_risk, ruled=page.ruled),
        rebuilt=any(point.basis == Basis.RECONSTRUCTED for point in page.trend),
        best=best_help(page.receipt),
        show=show,
        now=space.clock(),
        today=local_day(space),
        number_of_page=number,
        most_children=MOST_CHILDREN,
        most_items=browse.MOST_ITEMS,
        words=page_words("en"),
        firm=tuple(band_words.firm(page_words("en"), page.firm)) if page.firm else (),
        **switch(space, lens),
    )


def _values(finding: Finding, labels: Labels) -> list[tuple[str, str]]:
    """The values of a finding for people."""

    def name_of(item: str) -> str | None:
        return plain(labels[item].title, 140) if item in labels else None

    return [*told_values(finding, name_of, _day), *(("conflict", link) for link in told_links(finding, name_of))]


def _day(text: str) -> str:
    """A day as pages write it."""
    return f"{date.fromisoformat(text):%d %b %Y}"
