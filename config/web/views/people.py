"""People: who is the same person in several tools, as the configuration says and as names suggest."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.faults import Fault
from config.web import keeping
from config.web.numbers import whole_number
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from service.people import Accounts, accounts

PLACES = (Place("People", "/settings/people", "settings", 40, Role.ADMIN),)
ON_A_PAGE = 50
MOST_OFFERED = 1000
"""Accounts in the list that a browser completes from."""
Answer = str | Response | tuple[str, int]


def add(pages: Blueprint, site: Site) -> None:
    """The address of people."""

    @pages.route("/settings/people", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def people() -> Answer:
        return _page(site)


def _page(site: Site) -> Answer:
    began, attempt = keeping.begun(site), keeping.Attempt()
    if request.method == "POST":
        attempt = _kept(site, began)
        if attempt.kept is not None:
            return redirect(url_for("pages.people", kept=attempt.kept.digest[:8]), 303)
    entries = _entries(began.held.document)
    known = accounts(site.workspace(), [ref for one in entries for ref in one.get("ids") or []])
    page = whole_number(request.args, "page")
    told: dict[str, Any] = {
        "entries": entries[page * ON_A_PAGE : (page + 1) * ON_A_PAGE], "page": page,
        "pages": -(-len(entries) // ON_A_PAGE), "alike": known.alike[:ON_A_PAGE], "more": len(known.alike) - ON_A_PAGE,
        "known": known.known, "offered": _offered(known), "kept": request.args.get("kept"), "typed": request.form,
    }  # fmt: skip
    shown = render_template("people.html", began=began, attempt=attempt, **told)
    return (shown, 409 if attempt.choices else 422) if attempt.faults or attempt.choices else shown


def _offered(known: Accounts) -> list[Any]:
    return list(known.known.values())[:MOST_OFFERED]


def _entries(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one for one in document.get("people") or [] if isinstance(one, dict)]


def _kept(site: Site, began: keeping.Begun) -> keeping.Attempt:
    """Join accounts, suggested or typed, or take a person out."""
    form, people = request.form, _entries(began.base.document)
    if "remove" in form:
        left = [one for one in people if one.get("name") != form["remove"]]
        return keeping.keep(site, began, _with(began, left), what="a person taken out")
    if form.get("do") == "join":
        new = [_person(group.split("|"), site) for group in form.getlist("alike")]
        if not new:
            return keeping.Attempt(faults=(Fault((), "Nobody is chosen.", "Tick who is the same person."),))
        return keeping.keep(site, began, _with(began, [*people, *new]), what=f"{len(new)} people joined")
    ids = [one.strip() for one in form.getlist("id") if one.strip()]
    name = form.get("name", "").strip()
    entry: dict[str, Any] = {"name": name, "ids": ids}
    if hours := form.get("hours_per_week", "").strip():
        try:
            entry["hours_per_week"] = int(float(hours)) if float(hours).is_integer() else float(hours)
        except ValueError:
            return keeping.Attempt(faults=(Fault((), f"{hours!r} is no number of hours.", "Write 32."),))
    if skills := [one.strip() for one in form.get("skills", "").split(",") if one.strip()]:
        entry["skills"] = skills
    before = next((one for one in people if one.get("name") == name), None)
    people = [{**one, **entry} if one is before else one for one in people] if before else [*people, entry]
    return keeping.keep(site, began, _with(began, people), what="a person changed" if before else "a person added")


def _with(began: keeping.Begun, people: list[dict[str, Any]]) -> dict[str, Any]:
    document = {key: value for key, value in began.base.document.items() if key != "people"}
    return {**document, "people": people} if people else document


def _person(refs: list[str], site: Site) -> dict[str, Any]:
    """An entry for accounts that are one person, called as the first of them that has a whole name."""
    known = accounts(site.workspace(), ()).known
    names = [known[ref].name for ref in refs if ref in known]
    name = next((one for one in names if "@" not in one and "," not in one), names[0] if names else refs[0])
    return {"name": name, "ids": refs}
