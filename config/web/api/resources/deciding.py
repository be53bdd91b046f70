"""Portfolio decisions, key figures and forecasts: the documents of the pages."""

from collections.abc import Sequence

from config.web.api import deciding_shapes as shapes
from config.web.api import forms
from config.web.api.endpoint import Ask, Endpoint, Nothing, Told
from config.web.api.problems import ProblemError
from config.web.api.resources.nodes import known, no_node, node_of
from config.web.rights import Role
from config.web.visitor import reader
from rollup.portfolio.ranking import rank
from service import choosing, pmo
from service.backtest import last_check
from service.choosing import Wish
from service.choosing_document import decision_document, rank_document, selection_document
from service.forecasting import ahead, what_if_of
from service.pmo_document import overview_document

SECONDS = 2.0
"""The longest search for one answer; the gap says what it left open."""


def _candidates(ask: Ask) -> Told:
    found = choosing.opened(ask.space, node_of(ask).id, kept=True)
    return Told(rank_document(found, rank(found.board.candidates, ask.query.by), ask.query.by))


def _selection(ask: Ask) -> Told:
    asked: forms.SelectionOf = ask.query
    wish = Wish(
        budget=asked.budget, capacity=_several(asked.capacity), require=_several(asked.require),
        exclude=_several(asked.exclude), seconds=SECONDS,
    )  # fmt: skip
    return Told(selection_document(choosing.propose(choosing.opened(ask.space, node_of(ask).id, kept=True), wish)))


def _several(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _decisions(ask: Ask) -> Told:
    node = node_of(ask)
    made = choosing.decisions(ask.space, node)
    told = [decision_document(one, choosing.states_of(ask.space, one)) for one in made]
    return Told({"node": node.id, "decisions": told})


def _figures(ask: Ask) -> Told:
    key, seen = ask.query.node, reader(ask.space)
    if key is not None:
        if not seen.may_see(key):
            raise no_node()
        known(ask.space.tree, key)
    return Told(overview_document(pmo.overview(ask.space, key, weeks=ask.query.weeks, seen=seen)))


def _check(ask: Ask) -> Told:
    found = last_check(ask.space)
    if found is None:
        raise ProblemError(404, "Forecasts were not checked yet.", reason="not_checked", fix="bellwether backtest")
    return Told(found)


def _outlook(ask: Ask) -> Told:
    what_if = what_if_of(ask.query.scope, ask.query.people, ask.query.by)
    return Told(ahead(ask.space, node_of(ask).id, what_if=what_if).document)


def _of_node(path: str, name: str, does: str, handle: object, **more: object) -> Endpoint:
    fields = {"handle": handle, "places": forms.OfNode, **more}
    return Endpoint("GET", f"/nodes/{{node_id}}/{path}", name, does, Role.VIEWER, **fields)  # type: ignore[arg-type]


ENDPOINTS: Sequence[Endpoint] = (
    _of_node("candidates", "list_candidates", "Candidates at and below a node, ranked.", _candidates,
             answer=shapes.CandidateList, query=forms.RankedBy),
    _of_node("selection", "read_selection", "The most valuable selection under a budget and the people there are.", _selection,
             answer=shapes.SelectionShape, query=forms.SelectionOf, problems=(409,)),
    _of_node("decisions", "list_decisions", "Every decision on a node's candidates.", _decisions, answer=shapes.DecisionList),
    _of_node("outlook", "read_outlook", "What lies ahead of a node, also if something changed.", _outlook,
             answer=shapes.OutlookShape, query=forms.WhatIfOf, problems=(409,)),
    Endpoint("GET", "/pmo", "read_key_figures", "Key figures of everything, or at and below a node.", Role.VIEWER, _figures,
             answer=shapes.KeyFigures, query=forms.FiguresOf, places=Nothing, problems=(404,)),
    Endpoint("GET", "/forecasts", "read_forecast_check", "How good forecasts have been.", Role.VIEWER, _check,
             answer=shapes.ForecastCheck, problems=(404,)),
)  # fmt: skip
