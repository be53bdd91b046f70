"""Registers of a node: risks, benefits, goals, standards. Read while somebody waits only where few projects are read."""

from flask import Blueprint, abort, render_template, request

from config.web.node_pages import at
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import may_see_names
from model.errors import UsageError
from service import register_pages
from service.lens_at_hand import is_kept
from service.reports.page import registers

PLACES = ()


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of registers."""

    @pages.get("/nodes/<node_id>/registers")
    @needs(Role.VIEWER)
    def node_registers(node_id: str) -> str:
        here = at(site, node_id)
        node, levels = here.head.node, here.shown.levels
        through_kept = here.lens is not None and is_kept(here.space)
        readable = here.head.score is not None and not through_kept and register_pages.can_be_read(levels, node)
        body = None
        if readable and (here.lens or "whole" in request.args):
            body = _body(site, node_id, here.lens)
        children = register_pages.children_of(here.space, here.shown, node.id) if not readable else ()
        return render_template("registers.html", body=body, readable=readable, children=children, **here.place())

    @pages.get("/nodes/<node_id>/registers/body")
    @needs(Role.VIEWER)
    def registers_body(node_id: str) -> str:
        """The registers alone, for the page that asks for them."""
        return f'<div id="registers">{_body(site, at(site, node_id).head.node.id, None)}</div>'


def _body(site: Site, node_id: str, lens: str | None) -> str:
    space = site.workspace()
    try:
        if lens:
            return registers(register_pages.through_lens(space, node_id, lens))
        names = may_see_names(site.configuration(), space, node_id)
        return registers(register_pages.registers_of(space, node_id, names=names))
    except UsageError as error:
        abort(404, f"{error.what} {error.fix}")
