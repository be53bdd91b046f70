"""Health seen otherwise: through lenses, and where people report otherwise than is computed."""

from collections.abc import Mapping, Sequence

from config.web.api import forms, shapes
from config.web.api.endpoint import Ask, Endpoint, Told
from config.web.api.problems import ProblemError
from config.web.api.resources.nodes import page_of
from config.web.rights import Role
from config.web.visitor import reader
from model.health import NodeScore
from rollup.lens import top_id
from service import lenses, watermelons
from service.documents import watermelons_document
from service.lens_at_hand import at_hand, is_kept
from service.nodes import Scored


def _lenses(ask: Ask) -> Told:
    told = [{"name": lens.name, "title": lens.title or lens.name, "node": top_id(lens)} for lens in ask.space.lenses]
    return Told({"lenses": told})


def _lens_nodes(ask: Ask) -> Told:
    """One level of a lens's tree; its scores are counted now, or are those of the last time where that takes minutes."""
    if ask.place["lens"] not in {lens.name for lens in ask.space.lenses}:
        raise ProblemError(404, "There is no such lens.", reason="no_lens", fix="GET /lenses lists those there are.")
    if is_kept(ask.space):
        return _kept_nodes(ask)
    found = lenses.score_lens(ask.space, ask.place["lens"], as_of=None)
    result = watermelons.rollup_from_above(ask.space, found.result)
    every = {one.id: Scored(score=one, as_of=result.as_of, known_at=result.known_at) for one in result.nodes}
    return Told(page_of(found.grouping.tree, ask.query, lambda ids: _among(every, ids), reader(ask.space)))


def _kept_nodes(ask: Ask) -> Told:
    kept = at_hand(ask.space, ask.space.lens(ask.place["lens"]))
    if kept is None:
        fix = "A worker scores it once a day; its page has it scored at once."
        raise ProblemError(409, "This lens is not scored yet.", reason="not_scored", fix=fix)

    def scored(ids: Sequence[str]) -> dict[str, Scored]:
        with ask.space.db.read() as uow:
            found = watermelons.from_above(ask.space, uow, _scores(kept.scores, ids), own=())
        return {one: Scored(score=score, as_of=kept.as_of, known_at=kept.as_of) for one, score in found.items()}

    return Told(page_of(kept.tree, ask.query, scored, reader(ask.space)))


def _scores(every: Mapping[str, NodeScore], ids: Sequence[str]) -> dict[str, NodeScore]:
    return {one: every[one] for one in ids if one in every}


def _among(every: Mapping[str, Scored], ids: Sequence[str]) -> dict[str, Scored]:
    return {one: every[one] for one in ids if one in every}


def _watermelons(ask: Ask) -> Told:
    page = watermelons.page_of(ask.space, reader(ask.space), after=ask.query.cursor, most=ask.query.limit)
    if page is None:
        raise ProblemError(404, "The cursor names nothing of this list any more.", reason="no_cursor")
    items = {item for gap in page.found.gaps for finding in gap.reasons for item in finding.evidence}
    with ask.space.db.read() as uow:
        labels = uow.records.labels(sorted(items))
    return Told({**watermelons_document(page.found, labels), "next": page.more})


ENDPOINTS: Sequence[Endpoint] = (
    Endpoint("GET", "/lenses", "list_lenses", "Other trees over the same projects.", Role.VIEWER, _lenses,
             answer=shapes.LensList),
    Endpoint("GET", "/lenses/{lens}/nodes", "list_lens_nodes", "One level of a lens's tree, with scores.", Role.VIEWER,
             _lens_nodes, answer=shapes.NodeList, query=forms.NodePage, places=forms.OfLens, problems=(409,)),
    Endpoint("GET", "/watermelons", "list_watermelons", "Where people report otherwise than is computed.", Role.VIEWER,
             _watermelons, answer=shapes.WatermelonList, query=forms.GapPage, problems=(404,)),
)  # fmt: skip
