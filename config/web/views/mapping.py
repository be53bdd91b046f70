"""A connection's mapping, with a preview on live items."""

from flask import Blueprint, abort, render_template, request
from pydantic import ValidationError

from config.web import forms
from config.web.rights import Role, needs
from config.web.site import Site
from config.writer import replace_mapping
from service.mapping_preview import preview, words_in_use

PLACES = ()


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of mappings."""

    @pages.route("/connections/<name>/mapping", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def mapping(name: str) -> str | tuple[str, int]:
        if name not in site.configuration().connections:
            abort(404, f"There is no connection {name!r}.")
        return _mapping_page(site, name)


def _mapping_page(site: Site, name: str) -> str | tuple[str, int]:
    """Show the mapping; on POST preview what was typed, and keep it only when asked to."""
    in_force = site.configuration().connections[name].mapping
    candidate, problems = in_force, []
    if request.method == "POST":
        try:
            candidate = forms.read(request.form, in_force)
        except ValidationError as error:
            problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    saved = request.method == "POST" and not problems and request.form.get("do") == "save"
    words = words_in_use(site.workspace(), name)
    shown = preview(site.workspace(), name, candidate)
    if saved and (path := site.configuration().path) is not None:
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
