"""Between projects: what waits for what over all tools, and how full their people are."""

from flask import Blueprint, render_template

from config.web import graph, loadbars
from config.web.node_pages import at
from config.web.rights import Role, needs
from config.web.signs import SIGNS
from config.web.site import Site
from config.web.visitor import may_see_names
from service.dependencies import dependencies
from service.loads import people_loads, team_loads

PLACES = ()


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of what projects share."""

    @pages.get("/nodes/<node_id>/dependencies")
    @needs(Role.VIEWER)
    def node_dependencies(node_id: str) -> str:
        here = at(site, node_id, own_tree=True)
        found = dependencies(here.space, here.shown.levels, here.head.node)
        names = {key: here.shown.levels.nodes[key].name for key in found.scores if key in here.shown.levels.nodes}
        signs = {key: SIGNS[score.band] for key, score in found.scores.items()}
        chart = graph.drawing(found.conflicts, names, signs)
        return render_template("dependencies.html", found=found, chart=chart, names=names, **here.place())

    @pages.get("/nodes/<node_id>/load")
    @needs(Role.VIEWER)
    def node_load(node_id: str) -> str:
        here = at(site, node_id, own_tree=True)
        found = team_loads(here.space, here.shown.levels, here.head.node)
        return render_template("load.html", found=found, bar=loadbars.load, **here.place())

    @pages.get("/nodes/<node_id>/load/people")
    @needs(Role.VIEWER)
    def node_people(node_id: str) -> str:
        """Single people by name: for those who may see names, where the policy allows it."""
        here = at(site, node_id, own_tree=True)
        named = may_see_names(site.configuration(), here.space, here.head.node.id)
        found = people_loads(here.space, here.shown.levels, here.head.node) if named else ()
        names = {one.id: one.name for one in here.shown.levels.tree.nodes}
        return render_template("load_people.html", found=found, bar=loadbars.load, names=names, **here.place())
