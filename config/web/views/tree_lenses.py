"""Lenses: other trees over the same projects, added, changed and taken out, with a preview of what they group."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, request
from pydantic import TypeAdapter, ValidationError
from werkzeug.wrappers import Response as Answer

from config.courtesy import CourtesyEntry
from config.document import LENS_KINDS, LensEntry
from config.faults import Fault
from config.lenses import lens_of
from config.parts import LensName
from config.web.gone import given_back
from config.web.numbers import whole_number
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.tree_desk import Desk, Outcome
from config.web.tree_forms import MOST_ROWS, metric_of, number, shown
from config.web.views.tree import answered
from config.wording import faults_of
from service.lens_preview import Preview, preview

PLACES = ()
KINDS = (
    ("label_prefix", "items by a label that begins with"), ("field", "items by a facet of the mapping"),
    ("tag", "projects by a tag"), ("goal", "projects by their goals"), ("class", "projects by their class"),
)  # fmt: skip
Page = str | tuple[str, int] | Answer
Entry = dict[str, Any]


@dataclass
class Seen:
    """What the form tells beside the lens itself."""

    fields: dict[str, str]
    problems: list[str]
    found: Preview | None = None


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of lenses."""
    desk = Desk(site)

    @pages.route("/tree-lenses", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def tree_lenses() -> Page:
        if request.method == "POST":
            return _posted(desk, None)
        return _page(desk, None, {}, Seen({}, []))

    @pages.route("/tree-lenses/<name>", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def tree_lens(name: str) -> Page:
        lenses = _lenses(desk.held().document)
        if request.method == "POST":
            known = {**_lenses(desk.version(request.form.get("base", "")) or {}), **lenses}
            return _posted(desk, name) if name in known else given_back("lens", name, back="/tree-lenses")
        if name not in lenses:
            abort(404, f"There is no lens {name!r}.")
        quick = not {"label_prefix", "field"} & lenses[name].keys()  # without a look into every item
        return _page(desk, name, lenses[name], _look(desk, name, lenses[name]) if quick else Seen({}, []))


def _posted(desk: Desk, name: str | None) -> Page:
    form = request.form
    if name is not None and form.get("do") == "out":
        return answered(desk.keep(lambda document: _put(document, name, None), form, why=f"Take out lens {name}"),
                        desk, back="/tree-lenses?done=out")  # fmt: skip
    base = desk.version(form.get("base", ""))
    entry = entry_of(form, _lenses(base or {}).get(name or "", {}))
    wanted = name or form.get("lens", "").strip()
    seen = _look(desk, wanted, entry)
    if name is None and wanted in _lenses(desk.held().document):
        seen.fields["lens"] = "There is a lens of this name already. Choose another."
    if seen.fields or seen.problems:
        return _page(desk, name, entry, seen), 422
    if form.get("do") != "save":
        return _page(desk, name, entry, seen)
    outcome = desk.keep(lambda document: _put(document, wanted, entry), form, why=f"Change lens {wanted}")
    if outcome.kept or outcome.conflicts:
        return answered(outcome, desk, back=f"/tree-lenses/{wanted}?done=saved")
    _tell(outcome, seen, wanted)
    return _page(desk, name, entry, seen), 422


def entry_of(form: Mapping[str, str], was: Mapping[str, Any]) -> Entry:
    """What was typed as a lens; what the form does not show (targets) stays."""
    entry = {key: value for key, value in was.items() if key not in (*LENS_KINDS, "nodes", "title")}
    kind = form.get("kind", "")
    entry["by" if kind in ("goal", "class") else kind] = kind if kind in ("goal", "class") else form.get("key", "").strip()
    if form.get("title", "").strip():
        entry["title"] = form["title"].strip()
    groups: Entry = {}
    before = was.get("nodes") if isinstance(was.get("nodes"), dict) else {}
    for index in range(min(whole_number(form, "groups"), MOST_ROWS)):
        value = form.get(f"group.{index}.value", "").strip()
        if value and not form.get(f"group.{index}.gone"):
            row = {key.removeprefix(f"group.{index}."): one for key, one in form.items() if key.startswith(f"group.{index}.")}
            groups[value] = _group(row, (before or {}).get(value, {}))
    return {**entry, **({"nodes": groups} if groups else {})}


def _group(row: Mapping[str, str], was: Mapping[str, Any]) -> Entry:
    """What was typed of one group, on top of what it was."""
    name, weight, metric = row.get("name", "").strip(), row.get("weight", "").strip(), was.get("metric")
    if "metric.value" in row:
        metric = metric_of({key: row.get(f"metric.{key}", "") for key in ("connection", "kind", "value")}, metric)
    kept = {key: one for key, one in was.items() if key not in ("name", "weight", "metric")}
    typed = {"name": name, "weight": number(weight) if weight else None, "metric": metric}
    return {**{key: one for key, one in typed.items() if one not in (None, "")}, **kept}


def _look(desk: Desk, name: str, entry: Entry) -> Seen:
    """What a lens would group, or what is wrong with it."""
    space, seen = desk.space(), Seen({}, [])
    try:
        TypeAdapter(LensName).validate_python(name)
        read = LensEntry.model_validate(entry, context={"connections": list(space.connections)})
    except ValidationError as error:
        for fault in faults_of(error, LensEntry):
            _say(seen, fault, name)
        return seen
    seen.found = preview(space, lens_of(name, read, CourtesyEntry()))
    return seen


def _tell(outcome: Outcome, seen: Seen, name: str) -> None:
    seen.problems += [outcome.refused] if outcome.refused else []
    for fault in outcome.faults:
        own = fault.path[:2] == ("lenses", name)
        _say(seen, Fault(fault.path[2:], fault.what, fault.fix) if own else fault, name)


def _say(seen: Seen, fault: Fault, name: str) -> None:
    sentence = f"{fault.what} {fault.fix}".strip()
    if not fault.path and (repr(name) in fault.what or not name):
        seen.fields["lens"] = sentence
    elif not fault.path or fault.path[0] in LENS_KINDS:
        seen.fields["key"] = sentence
    else:
        seen.problems.append(f"{' › '.join(map(str, fault.path))}: {sentence}")


def _lenses(document: Mapping[str, Any]) -> dict[str, Entry]:
    found = document.get("lenses")
    return {str(key): value for key, value in found.items() if isinstance(value, dict)} if isinstance(found, dict) else {}


def _put(document: Entry, name: str, entry: Entry | None) -> Entry:
    lenses = {**(document.get("lenses") or {})}
    if entry is None:
        del lenses[name]
    else:
        lenses[name] = entry
    rest = {key: value for key, value in document.items() if key != "lenses"}
    return {**rest, **({"lenses": lenses} if lenses else {})}


def _page(desk: Desk, name: str | None, entry: Entry, seen: Seen) -> str:
    held = desk.held()
    kind = next((key for key in LENS_KINDS if key in entry), "label_prefix")
    chosen = entry.get("by", "goal") if kind == "by" else kind
    facets = sorted({facet for one in desk.site.configuration().connections.values() for facet in one.mapping.facets})
    return render_template(
        "tree_lenses.html", held=held, name=name, entry=entry, see=seen, kinds=KINDS, kind=chosen, shown=shown,
        key=request.form.get("key") or (entry.get(kind, "") if kind != "by" else ""), lenses=_lenses(held.document),
        base=request.form.get("base", held.digest), facets=facets, typed=request.form, done=request.args.get("done"),
        groups=list((entry.get("nodes") or {}).items()), connections=list(desk.space().connections),
    )  # fmt: skip
