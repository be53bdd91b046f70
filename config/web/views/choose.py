"""Portfolio decisions: candidates, what fits under a budget and the people there are, what more buys, what was decided."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, get_args

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from config.web.choosing_shown import buys_plot, decided, risk_plot
from config.web.deciding import at_field, may_edit, node_of
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import reader, visitor
from model.errors import RetryableError, UsageError
from model.tree import NodeKind, ProjectState
from rollup.portfolio.ranking import By, rank
from service import choosing
from service.choosing import Opened, Said, Wish
from service.choosing_document import (
    comparison_document,
    frontier_document,
    names_of,
    rank_document,
    selection_document,
)
from service.choosing_words import amount, figure, moved
from service.workspace import Workspace

PLACES = (Place("Choose projects", "/portfolios", "decisions", 10),)
SECONDS = 2.0
"""The longest search for a whole page; the gap says what it left open."""
STEPS = 10
LONGEST_REASON = 2_000
PLAIN = "plain"
ORDERS: dict[By, str] = {"wsjf": "WSJF", "value": "value", "roi": "return"}
Typed = MultiDict[str, str]
Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Shown:
    """What a page is asked for: order, what to compare with, what is wrong, what was typed as the reason, who was ticked."""

    by: By = "wsjf"
    beside: str = ""
    error: UsageError | RetryableError | None = None
    reason: str = ""
    ticked: tuple[str, ...] | None = None


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of portfolio decisions."""

    @pages.get("/portfolios")
    @needs(Role.VIEWER)
    def choices() -> str:
        space = site.workspace()
        return render_template("portfolios.html", rows=_rows(space))

    @pages.get("/portfolios/<node_id>/choose")
    @needs(Role.VIEWER)
    def choose(node_id: str) -> Answer:
        space = site.workspace()
        found = choosing.opened(space, node_of(space, node_id).id, kept=True)
        return _page(space, found, request.args, Shown(_order(request.args), request.args.get("beside", "")))

    @pages.get("/portfolios/<node_id>/frontier")
    @needs(Role.VIEWER)
    def what_budgets_buy(node_id: str) -> Answer:
        space = site.workspace()
        found = choosing.opened(space, node_of(space, node_id).id, kept=True)
        try:
            wish = replace(_wish(request.args), seconds=SECONDS / STEPS)
            document = frontier_document(found, *choosing.budgets(found, wish, steps=STEPS))
        except (UsageError, RetryableError) as error:
            return _page(space, found, request.args, Shown(_order(request.args), error=error))
        return render_template(
            "frontier.html", found=document, plot=buys_plot(document), amount=amount, figure=figure, query=_query(request.args)
        )

    @pages.post("/portfolios/<node_id>/decisions")
    @needs(Role.EDITOR)
    def record_decision(node_id: str) -> Answer:
        space = site.workspace()
        found = choosing.opened(space, node_of(space, node_id).id, kept=True)
        chosen, reason = tuple(request.form.getlist("chosen")), request.form.get("reason", "").strip()
        rest = tuple(one.id for one in found.board.candidates if one.id not in chosen)
        try:
            if len(reason) > LONGEST_REASON:
                raise UsageError(f"It is longer than {LONGEST_REASON:,} characters.", where="reason", fix="Say it shorter.")
            decision, _ = choosing.decide(
                space, found, replace(_wish(request.form), seconds=SECONDS),
                Said(visitor().name, reason, take=chosen, leave=rest),
            )  # fmt: skip
        except (UsageError, RetryableError) as error:
            shown = Shown(_order(request.form), error=error, reason=reason, ticked=chosen)
            return _page(space, found, request.form, shown)
        return redirect(url_for("pages.choose", node_id=node_id, made=decision.number, _anchor="decided"), 303)


def _rows(space: Workspace) -> list[dict[str, Any]]:
    """Portfolios and programs that the visitor may see, with how many candidates stand below each."""
    nodes, seen = space.tree.by_id(), reader(space)
    counts: Counter[str] = Counter()
    for one in space.tree.projects():
        above = {one.id} if one.state is ProjectState.CANDIDATE else set()
        queue = list(above)
        while queue:
            queue = [parent.id for key in queue for parent in nodes[key].parents if parent.id not in above]
            above.update(queue)
        counts.update(above)
    shown = (one for one in space.tree.nodes if one.kind is not NodeKind.PROJECT and seen.may_see(one.id))
    return [{"node": one, "candidates": counts[one.id]} for one in shown]


def _page(space: Workspace, found: Opened, typed: Typed, shown: Shown) -> Answer:
    """The whole page; with 422 where what was typed can't be read, with 503 where others search: all of it kept."""
    ranked = rank_document(found, rank(found.board.candidates, shown.by), shown.by)
    error, document, compared = shown.error, None, None
    made = choosing.decisions(space, found.node)
    try:
        wish = _wish(typed)
        if isinstance(error, RetryableError):
            raise error
        if shown.beside:
            number = None if shown.beside == PLAIN else _number(shown.beside, [one.number for one in made])
            half = replace(wish, seconds=SECONDS / 2)
            compared = comparison_document(choosing.compare(space, found, half, number=number))
            document = compared["after"]
        else:
            document = selection_document(choosing.propose(found, wish))
    except (UsageError, RetryableError) as refused:
        error = error or refused
    error = at_field(error) if isinstance(error, UsageError) else error
    page = render_template(
        "choose.html", ranked=ranked, found=document, compared=compared, error=error, wrong=_wrong(error, typed, found),
        asked=typed, shown=shown, orders=ORDERS, names=names_of(found), skills=_skills(found), query=_query(typed),
        plot=risk_plot(ranked, document["selection"]["chosen"] if document else ()), amount=amount,
        may_decide=may_edit(space, found.node.id), zone=space.timezone, figure=figure, moved=moved,
        changed=sum(bool(text.strip()) for key, text in typed.items() if key.startswith("capacity.")),
        decisions=[decided(one, choosing.states_of(space, one)) for one in reversed(made)],
    )  # fmt: skip
    if isinstance(error, RetryableError):
        return make_response(page, 503, {"Retry-After": f"{error.retry_after_s or 1:.0f}"})
    return (page, 422) if error else page


def _skills(found: Opened) -> list[str]:
    """Skills that more or fewer people can be asked for; none where nobody's are known."""
    asked = {skill for one in found.board.candidates for skill, _ in one.demand}
    return sorted(asked | found.supply.skills) if found.supply.known else []


def _wrong(error: UsageError | RetryableError | None, typed: Typed, found: Opened) -> str:
    """The field of the page that an error is about; "" where it is none of them."""
    where = (error.where or "") if error else ""
    if error is None or where != "capacity":
        return where if where in ("budget", "reason") else ""
    for skill in _skills(found):
        text = f"{skill}={typed.get(f'capacity.{skill}', '').strip()}"
        if repr(text) in error.what or (not text.endswith("=") and repr(skill) in error.what):
            return f"capacity.{skill}"
    return ""


def _wish(typed: Typed) -> Wish:
    """What a form asks for."""
    changes = [(key.removeprefix("capacity."), typed[key].strip()) for key in typed if key.startswith("capacity.")]
    return Wish(
        budget=typed.get("budget", "").strip() or None,
        capacity=tuple(f"{skill}={change}" for skill, change in changes if change),
        require=tuple(typed.getlist("require")),
        exclude=tuple(typed.getlist("exclude")),
        seconds=SECONDS,
    )


def _query(typed: Typed) -> list[tuple[str, str]]:
    """What a form asks for, as fields, to ask for it again elsewhere."""
    names = ("budget", "require", "exclude", "by")
    pairs = typed.items(multi=True)
    return [(key, value) for key, value in pairs if value and (key in names or key.startswith("capacity."))]


def _order(typed: Typed) -> By:
    return next((one for one in get_args(By) if one == typed.get("by")), "wsjf")


def _number(text: str, known: Collection[int]) -> int:
    found = next((one for one in known if str(one) == text), None)
    if found is None:
        raise UsageError(f"There is no decision {text[:20]!r} here.", where="beside", fix="Choose one of the list.")
    return found
