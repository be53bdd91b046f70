"""One entry of the tree as a form: what it is, what feeds it, where it is shown; with what a change does before it counts."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from flask import Blueprint, abort, redirect, render_template, request
from pydantic import ValidationError
from werkzeug.wrappers import Response as Answer

from config.branches import BELOW, Branches, Entry, Spot, replaced
from config.document import ORIGIN_KINDS, DerivedEntry, NodeEntry
from config.editing import Held
from config.endpoints import TARGET_KINDS, SourceEntry, TargetEntry
from config.faults import Fault
from config.parts import Part
from config.web import tree_after, tree_asking, tree_forms
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.tree_desk import Desk
from config.web.views.tree import answered
from config.web.visitor import visitor
from config.wording import faults_of
from model.errors import CHANGED_MEANWHILE, AppError
from model.tree import Language, ProjectState, Source
from service import baselines, tree_sources
from service.tree_effects import Effects, Reach, effects, reach
from service.tree_level import plans
from service.tree_sources import Offer
from service.workspace import containers_by_node

PLACES = ()
MOST_OFFERS = 30
Page = str | tuple[str, int] | Answer


@dataclass
class Shown:
    """What the form tells beside the entry itself. ``counted``: by field, what the tool says of it; ``beyond``: what the
    change does that can't be worked out here."""

    faults: tuple[Fault, ...] = ()
    problems: list[str] = field(default_factory=list)
    found: Effects | None = None
    reached: Reach | None = None
    beyond: list[str] = field(default_factory=list)
    counted: dict[str, str] = field(default_factory=dict)
    offers: list[Offer] | None = None
    looked: str = ""
    saved: str = ""
    base: str = ""
    reason: str = ""


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of single entries."""
    desk = Desk(site)

    @pages.app_context_processor
    def always() -> dict[str, object]:
        return {"shown": tree_forms.shown, "kinds_of": tree_forms.kinds, "tag_lines": tree_forms.tag_lines,
                "listed": tree_forms.listed, "row_origins": tree_forms.origins}  # fmt: skip

    @pages.route("/tree/<entry>", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def tree_entry(entry: str) -> Page:
        held = desk.held()
        spot = desk.tree(held).get(entry) or _taken_out(desk, entry)
        if spot is None:
            abort(404, f"The tree has no entry {entry!r}. Somebody may have taken it out.")
        if request.method == "GET":
            return _page(desk, held, spot, dict(spot.entry), Shown(saved=request.args.get("done", "")))
        return _posted(desk, held, spot)

    @pages.post("/tree/<entry>/baseline")
    @needs(Role.ADMIN)
    def tree_baseline(entry: str) -> Page:
        held = desk.held()
        spot = desk.tree(held).get(entry)
        if spot is None or spot.sort != "project":
            abort(404, f"The tree has no project {entry!r}.")
        reason = request.form.get("reason", "").strip()
        try:
            if request.form.get("do") == "approve":
                baselines.approve(desk.space(), spot.id, by=visitor().name, seen=request.form.get("seen"))
            else:
                baselines.propose(desk.space(), spot.id, as_of=None, by=visitor().name, reason=reason or None)
        except AppError as error:
            said = f"{error.what} {error.fix}" if error.reason == CHANGED_MEANWHILE else error.what
            return _page(desk, held, spot, dict(spot.entry), Shown(problems=[said], reason=reason)), 422
        return redirect(f"/tree/{spot.id}?done=baseline#baseline", 303)


def _taken_out(desk: Desk, entry: str) -> Spot | None:
    """An entry that somebody took out while it was being changed: as it stood when that was begun, so nothing typed is lost."""
    base = desk.version(request.form["base"]) if "base" in request.form else None
    return Branches(base).get(entry) if base is not None else None


def _posted(desk: Desk, held: Held, spot: Spot) -> Page:
    """What was typed: looked at, added to from a pick list, counted by the tool, or kept."""
    form, base = request.form, desk.version(request.form.get("base", ""))
    began = Branches(base).get(spot.id) if base is not None else None
    was = began.entry if began else spot.entry
    entry = tree_forms.entry_of(form, was)
    shown = Shown(base=form.get("base", held.digest) if began else held.digest)
    if form.get("pick"):
        _picked(entry, form["pick"])
        return _page(desk, held, spot, entry, shown)
    do = form.get("do", "look")
    if do in ("find", "ask"):
        return _page(desk, held, spot, entry, _offered(desk, form, shown, ask=do == "ask"))
    read = _read(desk, spot, entry)
    shown.faults = tree_forms.unclear(form, was) + (read if isinstance(read, tuple) else _impossible(desk, entry))
    if not shown.faults and not isinstance(read, tuple):
        heavy = tree_after.weighty(entry, was, desk.space().policies)
        mark = _mark(entry)
        if do == "count" or do == "look" or (heavy and form.get("looked") != mark):
            _look(desk, spot, entry, read, shown, heavy=heavy)
            changed = {*heavy, *(("tags",) if entry.get("tags") != was.get("tags") else ())}
            shown.beyond = tree_after.not_tried(spot.sort, changed, desk.space().lenses)
            refused = (do == "count" or heavy & {"sources", "from"}) and _asked(desk, entry, was, shown)
            # What a tool refuses was never looked at: whoever presses Save again is told again.
            shown.looked = "" if refused else mark
            shown.saved = "looked" if do == "save" else ""
            page = _page(desk, held, spot, entry, shown)
            return (page, 422) if refused and do == "save" else page
        return _kept(desk, held, spot, entry, shown)
    return _page(desk, held, spot, entry, shown), 422


def _kept(desk: Desk, held: Held, spot: Spot, entry: Entry, shown: Shown) -> Page:
    form = request.form

    def make(document: dict[str, Any]) -> dict[str, Any]:
        there = Branches(document).spots[spot.id]
        return replaced(document, spot.id, tree_forms.entry_of(form, there.entry))

    outcome = desk.keep(make, form, why=f"Change {spot.name}"[:200], entry=spot.id)
    if outcome.kept or outcome.conflicts:
        return answered(outcome, desk, back=f"/tree/{spot.id}?done=saved")
    shown.faults, shown.problems = outcome.faults, [outcome.refused] if outcome.refused else []
    if outcome.refused:
        shown.base = held.digest
    return _page(desk, held, spot, entry, shown), 422


def _read(desk: Desk, spot: Spot, entry: Entry) -> Part | tuple[Fault, ...]:
    if spot.sort != "derived":
        return tree_after.read_entry(desk.site.configuration(), spot.sort, entry)
    try:
        return DerivedEntry.model_validate(entry, context={"connections": list(desk.space().connections)})
    except ValidationError as error:
        faults = faults_of(error, DerivedEntry)
        return tuple(Fault((tree_forms.OWN, *fault.path), fault.what, fault.fix) for fault in faults)


def _impossible(desk: Desk, entry: Entry) -> tuple[Fault, ...]:
    """What the tools themselves can't do of what the entry asks."""
    space, found = desk.space(), []
    for key, model, why in (("sources", SourceEntry, tree_sources.wrong_kind), ("publish", TargetEntry, tree_sources.mute)):
        for index, one in enumerate(entry.get(key) or ()):
            read = model.model_validate(one, context={"connections": list(space.connections)})
            record: Any = read.record() if isinstance(read, SourceEntry) else read.record(read)
            said = why(space, record)
            if said:
                found.append(Fault((tree_forms.OWN, key, index), said, ""))
    return tuple(found)


def _asked(desk: Desk, entry: Entry, was: Mapping[str, Any], shown: Shown) -> bool:
    """Put what the tools say of its sources and its origin at the fields; whether they refuse something new."""
    found = tree_asking.ask(desk.space(), entry, was)
    shown.faults += found.faults
    shown.counted = found.counted
    return found.refused


def _look(desk: Desk, spot: Spot, entry: Entry, read: Part, shown: Shown, *, heavy: set[str]) -> None:
    """What the change would do to scores and items, from what is stored."""
    space = desk.space()
    node = space.tree.by_id().get(spot.id)
    if node is not None and isinstance(read, NodeEntry):
        changed = tree_after.node_of(node, read)
        shown.found = effects(space, tree_after.with_node(space.tree, changed), [spot.id]) if heavy - {"from"} else None
        if shown.found is not None and "goals" in heavy:  # what is above is measured by goals, too
            own = tuple(row for row in shown.found.rows if spot.sort == "project" and row.node == spot.id)
            shown.found = replace(shown.found, rows=own) if own else None
        shown.reached = reach(space, node, changed) if changed.sources != node.sources else None
    share = entry.get("share")
    if spot.sort == "ref" and isinstance(share, int | float) and spot.parent and spot.name in space.tree.by_id():
        after = tree_after.with_share(space.tree, spot.name, spot.parent, float(share))
        shown.found = effects(space, after, [spot.name]) if after else None


def _picked(entry: Entry, picked: str) -> None:
    """Add what was picked from a list to the sources."""
    try:
        given = json.loads(picked)
        source = Source.model_validate(given)
    except ValueError:
        abort(400, "This was not picked from a list of this page.")
    row: Entry = {"connection": source.connection}
    if source.project:
        row["project"] = source.project
    row[source.kind] = source.value
    before = entry.get("sources")
    entry["sources"] = [*(before if isinstance(before, list) else ()), row]


def _offered(desk: Desk, form: Mapping[str, str], shown: Shown, *, ask: bool) -> Shown:
    space, words = desk.space(), form.get("find.words", "").strip()
    name = form.get("find.connection", "")
    if name not in space.connections:
        shown.problems.append("Choose a connection to look in.")
        return shown
    try:
        if ask:
            shown.offers = tree_sources.asked(space, name, words, MOST_OFFERS)
        else:
            with space.db.read() as uow:
                shown.offers = tree_sources.offers(
                    space, uow, containers_by_node(space, uow), connection=name, words=words, most=MOST_OFFERS
                )
    except AppError as error:
        shown.problems.append(f"{error.what} {error.fix}".strip())
    return shown


def _mark(entry: Entry) -> str:
    """A mark of what was looked at, so that what is changed after a look is looked at again."""
    own = {key: value for key, value in entry.items() if key not in BELOW.values()}
    return hashlib.sha256(json.dumps(own, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _page(desk: Desk, held: Held, spot: Spot, entry: Entry, shown: Shown) -> str:
    tree, space = desk.tree(held), desk.space()
    fields, others = tree_forms.told(shown.faults)
    title = tree.spots[spot.name].name if spot.sort == "ref" and spot.name in tree.spots else spot.name
    return render_template(
        "tree_node.html", held=held, spot=spot, entry=entry, title=title, fields=fields,
        above=tree.above(spot) if spot.parent in tree.spots else [],
        problems=[*shown.problems, *others], see=shown, base=shown.base or held.digest, typed=request.form,
        connections=list(space.connections), target_kinds=TARGET_KINDS, origin_kinds=ORIGIN_KINDS,
        classes=[("standard", "standard"), *((one, one) for one in space.policies if one not in ("default", "standard"))],
        states=[(one.value, one.value) for one in ProjectState],
        currencies=sorted({space.money.currency, *space.money.exchange}),
        plans=plans(space, spot.id) if spot.sort == "project" else None, now=space.clock(),
        languages=get_args(Language), days_line=tree_forms.days_line,
        made_pick=lambda source: source.model_dump_json(exclude_none=True),
    )  # fmt: skip
