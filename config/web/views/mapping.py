"""A connection's mapping: the setting on the left, live items before and after on the right, kept as a version."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from config.faults import Fault
from config.web import forms, keeping
from config.web.gone import given_back
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from config.writer import mapping_text
from model.mapping import Mapping
from model.work import ItemType, StatusCategory
from service.mapping_preview import MappingPage, mapping_page

PLACES = (Place("Mappings", "/settings/mappings", "settings", 30, Role.ADMIN),)
MOST_BOARDS = 100
"""Rows of the table of boards."""
Answer = str | Response | tuple[str, int]


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of mappings."""

    @pages.get("/settings/mappings")
    @needs(Role.ADMIN)
    def mappings() -> str:
        return render_template("mappings.html", connections=site.configuration().connections)

    @pages.route("/connections/<name>/mapping", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def mapping(name: str) -> Answer:
        if name in site.configuration().connections:
            return _page(site, name)
        if request.method == "GET":
            abort(404, f"There is no connection {name!r}.")
        return _gone(name)


def _page(site: Site, name: str) -> Answer:
    """Show the mapping; on POST preview what was typed, and keep it only when asked to."""
    began = keeping.begun(site)
    base = forms.mapping_of(began.base.document, name)
    in_force = site.configuration().connections[name].mapping
    shown = mapping_page(site.workspace(), name, base, in_force=in_force)
    candidate, problems = base, []
    if request.method == "POST":
        try:
            candidate = forms.read(request.form, base, {"statuses": shown.statuses, "types": shown.types})
        except ValidationError as error:
            problems = [Fault(tuple(e["loc"]), f"{e['msg']}.", "Choose another.") for e in error.errors()]
        problems += [
            Fault(("facets",), f"{word or field!r} for lenses has no {'field' if word else 'word of ours'}.",
                  "Give it one, or empty its row.")
            for word, field in forms.facets(request.form) if not (word and field)
        ]  # fmt: skip
        words = [word for word, _ in forms.facets(request.form) if word]
        problems += [
            Fault(("facets",), f"{word!r} for lenses has two fields.", "Give one of the rows another word, or empty it.")
            for word in dict.fromkeys(words) if words.count(word) > 1
        ]  # fmt: skip
    attempt = keeping.Attempt(faults=tuple(problems))
    if request.form.get("do") == "save" and not problems and not began.lost:
        changed = forms.with_mapping(began.base.document, name, base, candidate)
        attempt = keeping.keep(site, began, changed, what=f"mapping of {name}")
        if attempt.kept is not None:
            return redirect(url_for("pages.mapping", name=name, kept=attempt.kept.digest[:8]), 303)
    if candidate != base:
        shown = mapping_page(site.workspace(), name, candidate, in_force=in_force)
    page = _rendered(name, began, attempt, shown, candidate, edited=candidate != base)
    return (page, _status(attempt)) if attempt.faults or attempt.choices else page


def _status(attempt: keeping.Attempt) -> int:
    return 409 if attempt.choices else 422


def _rendered(
    name: str, began: keeping.Begun, attempt: keeping.Attempt, shown: MappingPage, candidate: Mapping, *, edited: bool
) -> str:
    return render_template(
        "mapping.html",
        name=name,
        began=began,
        attempt=attempt,
        kept=request.args.get("kept"),
        words=(("statuses", "Statuses", forms.rows(candidate.statuses, shown.statuses), _values(StatusCategory)),
               ("types", "Types", forms.rows(candidate.types, shown.types), _values(ItemType))),
        groups=forms.GROUPS,
        value_of=lambda key: forms.value_of(candidate, key),
        shown=shown,
        most_boards=MOST_BOARDS,
        titles=dict(shown.fields),
        candidate=candidate,
        facets=[*(forms.facets(request.form) or candidate.facets.items()), *[("", "")] * forms.FACETS_MORE],
        why=request.form.get(keeping.WHY, ""),
        edited=edited,
    )  # fmt: skip


def _values(kind: Any) -> tuple[str, ...]:
    return tuple(one.value for one in kind)


def _gone(name: str) -> Answer:
    """The connection was taken away while its page was open: what was typed is given back, to be kept elsewhere."""
    try:
        typed = mapping_text({name: forms.read(request.form, Mapping(), {"statuses": (), "types": ()})})
    except ValidationError:
        typed = ""
    return given_back("connection", name, back="/connections", text=typed)
