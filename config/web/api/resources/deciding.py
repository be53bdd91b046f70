"""Portfolio decisions, lessons, key figures and forecasts: the documents of the pages, and what is kept there."""

from collections.abc import Sequence

from config.web.api import deciding_shapes as shapes
from config.web.api import forms
from config.web.api.endpoint import Ask, Endpoint, Nothing, Told, in_time
from config.web.api.problems import ProblemError
from config.web.api.resources.nodes import known, no_node, node_of
from config.web.rights import Role
from config.web.visitor import reader, visitor
from rollup.portfolio.ranking import rank
from service import choosing, pmo
from service.backtest import last_check
from service.choosing import Said, Wish
from service.choosing_document import decision_document, rank_document, selection_document
from service.forecasting import ahead, what_if_of
from service.pmo import Told as Learned
from service.pmo_document import closure_document, lesson_document, overview_document

SECONDS = 2.0
"""The longest search for one answer; the gap says what it left open."""


def _candidates(ask: Ask) -> Told:
    found = choosing.opened(ask.space, node_of(ask).id, kept=True, language=ask.query.language)
    return Told(rank_document(found, rank(found.board.candidates, ask.query.by), ask.query.by))


def _selection(ask: Ask) -> Told:
    asked: forms.SelectionOf = ask.query
    wish = Wish(
        budget=asked.budget, capacity=_several(asked.capacity), require=_several(asked.require),
        exclude=_several(asked.exclude), seconds=SECONDS,
    )  # fmt: skip
    found = choosing.opened(ask.space, node_of(ask).id, kept=True, language=asked.language)
    return Told(selection_document(choosing.propose(found, wish)))


def _several(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _decisions(ask: Ask) -> Told:
    node = node_of(ask)
    made = choosing.decisions(ask.space, node)
    told = [decision_document(one, choosing.states_of(ask.space, one)) for one in made]
    return Told({"node": node.id, "decisions": told})


def _decide(ask: Ask) -> Told:
    said: forms.NewDecision = ask.body
    wish = Wish(budget=said.budget, capacity=said.capacity, require=said.require, exclude=said.exclude, seconds=SECONDS)
    by = Said(visitor().name, said.reason, take=said.take, leave=said.leave)
    found = choosing.opened(ask.space, node_of(ask).id, kept=True)
    with in_time():
        made, _ = choosing.decide(ask.space, found, wish, by, seen=_seen(ask, "decisions"))
    return Told(decision_document(made, choosing.states_of(ask.space, made)))


def _lessons(ask: Ask) -> Told:
    node, seen = node_of(ask), reader(ask.space)
    found = [lesson_document(one) for one in pmo.lessons(ask.space, name=node.id) if seen.may_see(one.node)]
    return Told({"node": node.id, "lessons": found})


def _learn(ask: Ask) -> Told:
    said: forms.NewLesson = ask.body
    told = Learned(said.cause, said.worked, said.text, said.advice, visitor().name)
    with in_time():
        return Told(lesson_document(pmo.learn(ask.space, node_of(ask).id, told, seen=_seen(ask, "lessons"))))


def _seen(ask: Ask, name: str) -> set[int] | None:
    """The numbers of what the caller has seen, where they named it."""
    return None if ask.seen is None else {one["number"] for one in ask.seen.document[name]}


def _closure(ask: Ask) -> Told:
    return Told(closure_document(pmo.closure(ask.space, node_of(ask).id)))


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
    return Told(ahead(ask.space, node_of(ask).id, what_if=what_if, waits=True).document)


def _of_node(path: str, name: str, does: str, handle: object, **more: object) -> Endpoint:
    fields = {"handle": handle, "places": forms.OfNode, **more}
    if "body" in fields:
        fields |= {"status": 201}
        return Endpoint("POST", f"/nodes/{{node_id}}/{path}", name, does, Role.EDITOR, **fields)  # type: ignore[arg-type]
    return Endpoint("GET", f"/nodes/{{node_id}}/{path}", name, does, Role.VIEWER, **fields)  # type: ignore[arg-type]


ENDPOINTS: Sequence[Endpoint] = (
    _of_node("candidates", "list_candidates", "Candidates at and below a node, ranked.", _candidates,
             answer=shapes.CandidateList, query=forms.RankedBy),
    _of_node("selection", "read_selection", "The most valuable selection under a budget and the people there are.", _selection,
             answer=shapes.SelectionShape, query=forms.SelectionOf, problems=(409,)),
    _of_node("decisions", "list_decisions", "Every decision on a node's candidates.", _decisions, answer=shapes.DecisionList),
    _of_node("decisions", "record_decision", "Keep what people decide on a node's candidates.", _decide,
             answer=shapes.DecisionOne, body=forms.NewDecision, guard=_decisions, problems=(409,)),
    _of_node("lessons", "list_lessons", "What was learned at and below a node.", _lessons, answer=shapes.LessonList),
    _of_node("lessons", "keep_lesson", "Keep what a node learned.", _learn, answer=shapes.LessonShape, body=forms.NewLesson,
             guard=_lessons),
    _of_node("closure", "read_closure", "Whether a project can be closed, how it ended, what it learned.", _closure,
             answer=shapes.ClosureShape, problems=(409,)),
    _of_node("outlook", "read_outlook", "What lies ahead of a node, also if something changed.", _outlook,
             answer=shapes.OutlookShape, query=forms.WhatIfOf, problems=(409,)),
    Endpoint("GET", "/pmo", "read_key_figures", "Key figures of everything, or at and below a node.", Role.VIEWER, _figures,
             answer=shapes.KeyFigures, query=forms.FiguresOf, places=Nothing, problems=(404,)),
    Endpoint("GET", "/forecasts", "read_forecast_check", "How good forecasts have been.", Role.VIEWER, _check,
             answer=shapes.ForecastCheck, problems=(404,)),
)  # fmt: skip
