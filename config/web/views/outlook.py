"""When it will be done: a project's burn-up with the fan of its forecast, and the forecasts of what is below a node."""

from flask import Blueprint, render_template, request

from config.web import burnup
from config.web.node_pages import at
from config.web.numbers import whole_number
from config.web.rights import Role, needs
from config.web.site import Site
from model.tree import NodeKind
from service import browse, outlook
from service.outline_tree import MOST_CHILDREN

PLACES = ()


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of forecasts."""

    @pages.get("/nodes/<node_id>/outlook")
    @needs(Role.VIEWER)
    def node_outlook(node_id: str) -> str:
        here = at(site, node_id, own_tree=True)
        node = here.head.node
        if node.kind is NodeKind.PROJECT:
            found = outlook.burn_up(here.space, node)
            return render_template("outlook.html", found=found, chart=burnup.chart(found), **here.place())
        number = whole_number(request.args, "page", 1)
        rows, of = browse.children(here.space, here.shown, node.id, page=number)
        days = burnup.spans([(row.score.forecast if row.score else None, row.node.target_on) for row in rows])
        return render_template(
            "outlooks.html", rows=list(zip(rows, days, strict=True)), of=of, number_of_page=number,
            most_children=MOST_CHILDREN, **here.place(),
        )  # fmt: skip
