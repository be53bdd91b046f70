"""People: who is the same person in several tools, as the configuration says and as names suggest."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.faults import Fault
from config.web import keeping
from config.web.numbers import LARGEST, whole_number
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.tree_forms import number
from service.people import Accounts, accounts

PLACES = (Place("People", "/settings/people", "settings", 40, Role.ADMIN),)
ON_A_PAGE = 50
MORE_ROWS = 3
"""Empty rows for accounts, beyond those that there are."""
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
    wrong: dict[str, str] = {}
    if request.method == "POST" and not began.lost:
        attempt, wrong = _kept(site, began)
        if attempt.kept is not None:
            return redirect(url_for("pages.people", kept=attempt.kept.digest[:8]), 303)
    entries = _entries(began.held.document)
    known = accounts(site.workspace(), [ref for one in entries for ref in one.get("ids") or []])
    page = whole_number(request.args, "page")
    told: dict[str, Any] = {
        "entries": entries[page * ON_A_PAGE : (page + 1) * ON_A_PAGE], "page": page,
        "pages": -(-len(entries) // ON_A_PAGE), "alike": known.alike[:ON_A_PAGE], "more": len(known.alike) - ON_A_PAGE,
        "known": known.known, "offered": _offered(known), "kept": request.args.get("kept"), "typed": request.form,
        "person": _shown(entries), "account": account, "alike_named": _named_alike(entries), "wrong": wrong,
        "more_rows": MORE_ROWS,
    }  # fmt: skip
    shown = render_template("people.html", began=began, attempt=attempt, **told)
    return (shown, 409 if attempt.choices else 422) if wrong or attempt.faults or attempt.choices else shown


def _shown(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """What the form of one person holds: what was typed, else whoever is to be changed, else nothing. ``was``: the name
    that they have so far."""
    form, name = request.form, request.args.get("change", "")
    if form.get("do") == "person":
        told = {key: form.get(key, "") for key in ("was", "of", "name", "hours_per_week", "skills")}
        return {**told, "ids": _typed_ids()}
    place = _place(entries, name, request.args.get("of", ""))
    entry = {} if place is None else entries[place]
    hours = entry.get("hours_per_week")
    return {
        "was": entry.get("name", ""), "of": account(entry), "name": entry.get("name", ""), "ids": entry.get("ids") or [],
        "hours_per_week": "" if hours is None else hours, "skills": ", ".join(map(str, entry.get("skills") or [])),
    }  # fmt: skip


def account(person: Mapping[str, Any]) -> str:
    """A person's first account, which tells them apart from others of their name: an account is one person's alone."""
    ids = person.get("ids")
    return str(ids[0]) if isinstance(ids, list) and ids else ""


def _place(people: list[dict[str, Any]], name: str, of: str) -> int | None:
    """Where a person stands: of several of one name the one with the account, else the first."""
    named = [index for index, one in enumerate(people) if one.get("name") == name]
    return next((index for index in named if account(people[index]) == of), named[0] if named else None)


def _named_alike(people: list[dict[str, Any]]) -> set[str]:
    return {name for name, count in Counter(str(one.get("name")) for one in people).items() if count > 1}


def _offered(known: Accounts) -> list[Any]:
    return list(known.known.values())[:MOST_OFFERED]


def _entries(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one for one in document.get("people") or [] if isinstance(one, dict)]


def _kept(site: Site, began: keeping.Begun) -> tuple[keeping.Attempt, dict[str, str]]:
    """Join accounts, suggested or typed, or take a person out; what is wrong at a field of the form stands beside."""
    form, people = request.form, _entries(began.base.document)
    if "remove" in form:
        gone = _place(people, form["remove"], form.get("of", ""))
        left = [one for index, one in enumerate(people) if index != gone]
        return keeping.keep(site, began, _with(began, left), what="a person taken out"), {}
    if form.get("do") == "join":
        new = [_person(group.split("|"), site) for group in form.getlist("alike")]
        if not new:
            return keeping.Attempt(faults=(Fault((), "Nobody is chosen.", "Tick who is the same person."),)), {}
        return keeping.keep(site, began, _with(began, [*people, *new]), what=f"{len(new)} people joined"), {}
    return _one_kept(site, began, people)


def _one_kept(
    site: Site, began: keeping.Begun, people: list[dict[str, Any]]
) -> tuple[keeping.Attempt, dict[str, str]]:
    """Keep a person exactly as the form has them; what it does not show stays."""
    name, was = request.form.get("name", "").strip(), request.form.get("was", "")
    names = [one.get("name") for one in people]
    there = _place(people, was, request.form.get("of", "")) if was else None
    place = len(people) if there is None else there
    if was and there is None:
        return keeping.Attempt(), {"name": f"{was} is not among the people any more. Add them anew if they are to be."}
    if name != was and name in names:
        return keeping.Attempt(), {"name": "There is a person of this name already. Change them above."}
    entry, wrong = _entry(people[place] if was else {}, name)
    if wrong:
        return keeping.Attempt(), wrong
    changed = [*people[:place], entry, *people[place + 1 :]]
    attempt = keeping.keep(site, began, _with(began, changed), what="a person changed" if was else "a person added")
    own = [one for one in attempt.faults if one.path[:2] == ("people", place) and len(one.path) > 2]
    at_fields = {_field(one): f"{one.what} {one.fix}".strip() for one in own}
    return replace(attempt, faults=tuple(one for one in attempt.faults if one not in own)), at_fields


def _entry(before: Mapping[str, Any], name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The entry that was typed, on top of what stood there, and what is wrong by field; what was emptied is not set."""
    hours = request.form.get("hours_per_week", "").strip()
    skills = [one.strip() for one in request.form.get("skills", "").split(",") if one.strip()]
    ids = _typed_ids()
    entry = {**before, "name": name, "ids": ids}
    for key in ("hours_per_week", "skills"):
        entry.pop(key, None)
    wrong = {} if name else {"name": "Give the person a name."}
    if not ids:
        wrong["id:0"] = "Name at least one account."
    if hours:
        found = number(hours.replace(",", "."))
        if isinstance(found, str) or not -LARGEST < found < LARGEST:
            wrong["hours_per_week"] = f"{hours!r} is no number of hours. Write 32."
        entry["hours_per_week"] = found
    return {**entry, **({"skills": skills} if skills else {})}, wrong


def _typed_ids() -> list[str]:
    return [one.strip() for one in request.form.getlist("id") if one.strip()]


def _field(fault: Fault) -> str:
    """The field of the form that a fault of its person speaks of."""
    if fault.path[2] != "ids":
        return str(fault.path[2])
    return f"id:{fault.path[3] if len(fault.path) > 3 else 0}"


def _with(began: keeping.Begun, people: list[dict[str, Any]]) -> dict[str, Any]:
    document = {key: value for key, value in began.base.document.items() if key != "people"}
    return {**document, "people": people} if people else document


def _person(refs: list[str], site: Site) -> dict[str, Any]:
    """An entry for accounts that are one person, called as the first of them that has a whole name."""
    known = accounts(site.workspace(), ()).known
    names = [known[ref].name for ref in refs if ref in known]
    name = next((one for one in names if "@" not in one and "," not in one), names[0] if names else refs[0])
    return {"name": name, "ids": refs}
