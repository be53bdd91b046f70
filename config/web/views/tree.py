"""The tree editor: portfolios, programs and projects by level; adding, moving, sharing and taking out.

Below ``/tree/`` stand ids of nodes alone; what is no node has an address beside it.
"""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from config.branches import Branches, Spot, added, moved, stepped, taken_out
from config.editing import Held
from config.endpoints import SOURCE_KINDS
from config.web import tree_after, tree_asking
from config.web.keeping import CHOICE, THEIRS
from config.web.numbers import whole_number
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.tree_desk import Desk, Make, Outcome
from config.web.tree_forms import number, told
from model.tree import NodeKind, Tree
from service.tree_effects import Effects, effects
from service.tree_level import Row, rows_of

PLACES = (Place("Tree", "/tree", "settings", 20, Role.ADMIN),)
PAGE = 50
MOST_PARENTS = 200
DONE = {
    "saved": "Saved.", "added": "Added. Its items arrive with the next sync.", "moved": "Moved.", "out": "Taken out.",
    "shared": "It stands under a second parent now.",
}  # fmt: skip
UNDER = {None: NodeKind.PORTFOLIO, NodeKind.PORTFOLIO: NodeKind.PROGRAM, NodeKind.PROGRAM: NodeKind.PROJECT}
Page = str | tuple[str, int] | Answer


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of the tree and of what is done to its entries."""
    desk = Desk(site)

    @pages.app_context_processor
    def always() -> dict[str, object]:
        return {"pairs": lambda words: [(word, word) for word in words], "source_kinds": SOURCE_KINDS}

    @pages.get("/tree")
    @needs(Role.ADMIN)
    def tree() -> Page:
        return level(desk, request.args.get("in") or None)

    @pages.post("/tree-add")
    @needs(Role.ADMIN)
    def tree_add() -> Page:
        parent = request.form.get("in") or None
        said, unasked = _said(desk, request.form)
        if said:
            return level(desk, parent, typed={**request.form, "unasked": unasked}, fields={"value": said}), 422
        outcome = desk.keep(partial(_with_new, form=request.form, parent=parent), request.form, why=_why("Add"), entry=None)
        fields, others = _of_new(outcome)
        if not outcome.kept and not outcome.conflicts:
            return level(desk, parent, typed=request.form, fields=fields, problems=others), 422
        return answered(outcome, desk, back=_level(parent, "added"))

    @pages.post("/tree-order")
    @needs(Role.ADMIN)
    def tree_order() -> Page:
        """A row that was dragged in front of another of its level."""
        spot, before = _spot(desk, request.form.get("node", ""))[1], request.form.get("before") or None
        make = partial(moved, id_=spot.id, into=spot.parent, before=before)
        return answered(desk.keep(make, request.form, why=f"Move {spot.name}"), desk, back=_level(spot.parent, "moved"))

    @pages.post("/tree/<entry>/step")
    @needs(Role.ADMIN)
    def tree_step(entry: str) -> Page:
        spot = _spot(desk, entry)[1]
        make = partial(stepped, id_=spot.id, by=-1 if request.form.get("do") == "up" else 1)
        outcome = desk.keep(make, request.form, why=f"Move {spot.name}")
        return answered(outcome, desk, back=_level(spot.parent, "moved", spot.id))

    @pages.route("/tree/<entry>/move", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def tree_move(entry: str) -> Page:
        return _move(desk, entry)

    @pages.route("/tree/<entry>/share", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def tree_share(entry: str) -> Page:
        return _share(desk, entry)

    @pages.route("/tree/<entry>/out", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def tree_out(entry: str) -> Page:
        return _out(desk, entry)


def level(
    desk: Desk, parent: str | None, *, typed: Mapping[str, str] | None = None, fields: Mapping[str, str] | None = None,
    problems: list[str] | None = None,
) -> str:  # fmt: skip
    """The entries right below a node, or all whose name holds the words that are looked for."""
    held = desk.held()
    tree, words = desk.tree(held), request.values.get("find", "").strip()
    here = tree.get(parent) if parent else None
    if parent and (here is None or here.sort not in ("portfolio", "program")):
        abort(404, f"The tree has no portfolio or program {parent!r}.")
    own = _found(tree, words) if words else tree.below(parent)
    page = min(whole_number(request.args, "page", 1), max(1, -(-len(own) // PAGE)))
    shown = own[(page - 1) * PAGE : page * PAGE]
    space, under = desk.space(), UNDER[here.level if here else None]
    return render_template(
        "tree.html", held=held, here=here, above=tree.above(here) if here else [], rows=rows_of(space, _rows(tree, shown)),
        page=page, pages=max(1, -(-len(own) // PAGE)), count=len(own), words=words, typed=typed or {}, fields=fields or {},
        problems=problems or [], done=DONE.get(request.args.get("done", "")), under=under,
        targets=tree.parents(under)[:MOST_PARENTS] if here and not words else [],
        following=own[page * PAGE].id if page * PAGE < len(own) else "", connections=space.connections,
        derived=_derived(space.tree, tree, parent), spots=tree.spots,
    )  # fmt: skip


def _found(tree: Branches, words: str) -> list[Spot]:
    plain = words.casefold()
    return [spot for spot in tree.spots.values() if plain in spot.name.casefold() or plain == spot.id]


def _rows(tree: Branches, spots: list[Spot]) -> list[Row]:
    return [
        Row(spot.id, spot.sort, _title(tree, spot), len(tree.below(spot.id)), spot.parent, spot.entry) for spot in spots
    ]


def _title(tree: Branches, spot: Spot) -> str:
    node = tree.get(spot.name) if spot.sort == "ref" else None
    return node.name if node else spot.name


def _derived(whole: Tree, tree: Branches, parent: str | None) -> list[str]:
    """The names of the nodes right below one that are made from what a tool holds."""
    if parent is None:
        return []
    return [node.name for node in whole.nodes if node.id not in tree.spots and any(p.id == parent for p in node.parents)]


def _new(form: Mapping[str, str]) -> dict[str, Any]:
    """The entry that was typed."""
    entry: dict[str, Any] = {"name": form.get("name", "").strip()}
    if form.get("target_date", "").strip():
        entry["target_date"] = form["target_date"].strip()
    if form.get("kind") and form.get("value", "").strip():
        entry["sources"] = [{"connection": form.get("connection", ""), form["kind"]: form["value"].strip()}]
    return entry


def _with_new(document: dict[str, Any], form: Mapping[str, str], parent: str | None) -> dict[str, Any]:
    entry = _new(form)
    if "sources" not in entry and parent and Branches(document).spots[parent].level is NodeKind.PROGRAM:
        entry["state"] = "candidate"
    if parent and parent not in Branches(document).spots:
        raise KeyError(parent)
    return added(document, parent, entry)


def _said(desk: Desk, form: Mapping[str, str]) -> tuple[str, str]:
    """What the tool says against the source of a new project, and the mark of one that the tool could not be asked about.

    The source of that mark is taken the second time.
    """
    entry = _new(form)
    if "sources" not in entry or isinstance(tree_after.read_entry(desk.site.configuration(), "project", entry), tuple):
        return "", ""  # what is wrong with it is found when it is kept
    found, mark = tree_asking.ask(desk.space(), entry, {}), json.dumps(entry["sources"])
    if not found.faults or (not found.refused and form.get("unasked") == mark):
        return "", ""
    return told(found.faults)[0]["sources.0"], "" if found.refused else mark


def _of_new(outcome: Outcome) -> tuple[dict[str, str], list[str]]:
    """Faults of an entry that is being added: by its own field, by the last step of their places."""
    fields: dict[str, str] = {}
    others = [outcome.refused] if outcome.refused else []
    for fault in outcome.faults:
        last = str(fault.path[-1]) if fault.path else ""
        key = last if last in ("name", "target_date") else "value" if "sources" in fault.path else ""
        if key:
            fields[key] = f"{fault.what} {fault.fix}"
        else:
            others += told((fault,))[1]
    return fields, others


def answered(outcome: Outcome, desk: Desk, *, back: str) -> Page:
    """The page after a change: where it leads, or what has to be decided first."""
    if outcome.kept:
        return redirect(back, 303)
    if outcome.conflicts:
        typed = [(key, value) for key, value in request.form.items() if not key.startswith(CHOICE) and key != THEIRS]
        page = render_template("tree_conflict.html", outcome=outcome, typed=typed, action=request.path, back=back)
        return page, 409
    problems = [outcome.refused] if outcome.refused else told(outcome.faults)[1] + list(told(outcome.faults)[0].values())
    return render_template("tree_refused.html", problems=problems, back=back), 422


def _spot(desk: Desk, entry: str) -> tuple[Held, Spot]:
    held = desk.held()
    spot = desk.tree(held).get(entry)
    if spot is None:
        abort(404, f"The tree has no entry {entry!r}. Somebody may have taken it out.")
    return held, spot


def _level(parent: str | None, done: str, row: str | None = None) -> str:
    mark = f"#{row}" if row else ""
    return f"/tree?{f'in={parent}&' if parent else ''}done={done}{mark}"


def _why(deed: str) -> str:
    return f"{deed} {request.form.get('name', '')[:80]}"


# -- deeds with a page of their own ---------------------------------------------------------------------------------------


def _move(desk: Desk, entry: str) -> Page:
    held, spot = _spot(desk, entry)
    tree, into = desk.tree(held), request.values.get("into", "")
    targets = [one for one in tree.parents(spot.level) if one.id != spot.parent]
    chosen = next((one for one in targets if one.id == into), None)
    if request.method == "POST" and chosen is not None:
        make: Make = partial(moved, id_=spot.id, into=into, before=request.form.get("before") or None)
        return answered(desk.keep(make, request.form, why=f"Move {spot.name}"), desk, back=_level(into, "moved"))
    after = tree_after.moved_below(desk.space().tree, spot, into) if chosen else None
    fault = f"Nothing was moved: there is no {into!r} to move it into. Choose another." if into and chosen is None else ""
    page = _deed(desk, held, spot, "move", targets=targets, chosen=into, fault=fault, found=_effects(desk, after, spot))
    return (page, 422) if fault and request.method == "POST" else page


def _share(desk: Desk, entry: str) -> Page:
    held, spot = _spot(desk, entry)
    if spot.sort != "project":
        abort(404, "Only a project can stand under a second parent.")
    tree, into, typed = desk.tree(held), request.values.get("into", ""), request.values.get("share", "0.5").strip()
    targets = [one for one in tree.parents(NodeKind.PROJECT) if one.id != spot.parent]
    share = number(typed)
    fault = "" if isinstance(share, int | float) and 0 < share < 1 else "Write a share above 0 and below 1, e.g. 0.5."
    space = desk.space()
    after = None
    if not fault and any(one.id == into for one in targets) and spot.id in space.tree.by_id():
        after = tree_after.with_share(space.tree, spot.id, into, float(share))
        fault = "" if after else "Nothing would be left for its own program: make the shares sum to less than 1."
    if request.method == "POST" and not fault and request.form.get("do") == "save":
        make: Make = partial(added, parent=into, entry={"ref": spot.id, "share": share})
        outcome = desk.keep(make, request.form, why=f"Share {spot.name}")
        if outcome.kept or outcome.conflicts:
            return answered(outcome, desk, back=_level(into, "shared"))
        fault = outcome.refused or " ".join([*told(outcome.faults)[0].values(), *told(outcome.faults)[1]])
    page = _deed(desk, held, spot, "share", targets=targets, chosen=into, share=typed, fault=fault,
                 found=_effects(desk, after, spot))  # fmt: skip
    return (page, 422) if fault and request.method == "POST" else page


def _out(desk: Desk, entry: str) -> Page:
    held, spot = _spot(desk, entry)
    if request.method == "POST":
        outcome = desk.keep(partial(taken_out, id_=spot.id), request.form, why=f"Take out {spot.name}")
        return answered(outcome, desk, back=_level(spot.parent, "out"))
    goes = desk.tree(held).goes_with(spot)
    after = tree_after.without(desk.space().tree, (spot, *goes))
    return _deed(desk, held, spot, "out", goes=goes, found=_effects(desk, after, spot))


def _effects(desk: Desk, after: Tree | None, spot: Spot) -> Effects | None:
    if after is None or spot.sort == "derived":
        return None
    return effects(desk.space(), after, [spot.name if spot.sort == "ref" else spot.id])


def _deed(desk: Desk, held: Held, spot: Spot, deed: str, **more: Any) -> str:
    tree = desk.tree(held)
    return render_template("tree_deed.html", held=held, spot=spot, above=tree.above(spot), deed=deed,
                           title=_title(tree, spot), spots=tree.spots, **more)  # fmt: skip


