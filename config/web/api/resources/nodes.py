"""Nodes: the tree level by level, and what is known of each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from config.web.api import forms, shapes
from config.web.api.endpoint import JSON, Ask, Endpoint, Nothing, Told, accepted
from config.web.api.problems import ProblemError
from config.web.attachments import attachment
from config.web.rights import Role
from config.web.visitor import may_see_names, reader
from model.access import Reader
from model.tree import Node, Tree
from service import nodes as reading
from service.documents import instant, registers_document
from service.nodes import Scored
from service.prepared_kinds import ChangeOf, FileOf
from service.registers import registers_page
from service.reports.formats import MEDIA_TYPES

ScoresOf = Callable[[Sequence[str]], Mapping[str, Scored]]
REPORT_KINDS = {MEDIA_TYPES[kind]: kind for kind in ("json", "html", "md", "csv", "xlsx")}
"""Format by media type, the one that is given where none is asked for first."""


def node_of(ask: Ask) -> Node:
    """The node that the path names. Raises the problem of one that is not there."""
    return known(ask.space.tree, str(ask.place["node_id"]))


def known(tree: Tree, node_id: str) -> Node:
    """The node of a tree with an id. Raises the problem of one that is not there."""
    found = tree.by_id().get(node_id)
    if found is None:
        raise no_node()
    return found


def no_node() -> ProblemError:
    """What is said of a node that is not there, and of one that the visitor may not see."""
    return ProblemError(404, "There is no such node.", reason="no_node", fix="GET /nodes lists those there are.")


def page_of(tree: Tree, query: forms.NodePage, scores_of: ScoresOf, seen: Reader) -> dict[str, Any]:
    """One page of the children of a node, or of those on top, with their newest scores, as a reader may see them: a node
    whose parents they may not see stands on top."""
    if query.parent is not None:
        if not seen.may_see(query.parent):
            raise no_node()
        known(tree, query.parent)
        level = [child for child, _share in tree.children(query.parent)]
    else:
        level = [node for node in tree.nodes if not any(seen.may_see(parent.id) for parent in node.parents)]
    siblings = [node for node in level if seen.may_see(node.id)]
    begin = 0
    if query.cursor is not None:
        places = [number for number, node in enumerate(siblings, start=1) if node.id == query.cursor]
        if not places:
            raise ProblemError(404, "The cursor names no node of this level any more.", reason="no_cursor")
        begin = places[0]
    shown = siblings[begin : begin + query.limit]
    scores = scores_of([node.id for node in shown])
    counts = child_counts(tree)
    more = len(siblings) > begin + query.limit
    listed = [short(node, counts, scores.get(node.id), seen) for node in shown]
    return {"nodes": listed, "next": shown[-1].id if more else None}


def child_counts(tree: Tree) -> Mapping[str, int]:
    """How many children each node has."""
    counts: dict[str, int] = {}
    for node in tree.nodes:
        for parent in node.parents:
            counts[parent.id] = counts.get(parent.id, 0) + 1
    return counts


def short(node: Node, counts: Mapping[str, int], scored: Scored | None, seen: Reader) -> dict[str, Any]:
    """A node in a list. ``parent``: the first that the reader may see."""
    score = scored.score if scored else None
    parent = next((one.id for one in node.parents if seen.may_see(one.id)), None)
    return {
        "id": node.id, "kind": node.kind, "name": node.name, "parent": parent, "children": counts.get(node.id, 0),
        "score": score and score.score, "band": score and score.band, "computed_band": score and score.computed_band,
        "coverage": score and score.coverage, "trust": score and score.trust,
        "declared_band": score and score.declared_band, "as_of": scored and instant(scored.as_of),
    }  # fmt: skip


def _listed(ask: Ask) -> Told:
    space, seen = ask.space, reader(ask.space)
    return Told(page_of(space.tree, ask.query, lambda ids: reading.scores_from_above(space, ids, seen), seen))


def _one(ask: Ask) -> Told:
    node, tree = node_of(ask), ask.space.tree
    scored = reading.scores(ask.space, [node.id]).get(node.id)
    seen = reader(ask.space)
    path = [{"id": one.id, "name": one.name} for one in reading.path(tree, node) if seen.may_see(one.id)]
    return Told({**short(node, child_counts(tree), scored, seen), "path": path})


def _receipt(ask: Ask) -> Told:
    told = reading.receipt(ask.space, node_of(ask), begin=ask.query.cursor or 0, most=ask.query.limit)
    above = told["parent"]
    return Told({**told, "parent": above if above and reader(ask.space).may_see(above) else None})


def _trend(ask: Ask) -> Told:
    node = node_of(ask)
    points = reading.trend(ask.space, node.id, weeks=ask.query.weeks)
    told = [{"at": instant(p.at), "score": p.score, "band": p.band, "basis": p.basis} for p in points]
    return Told({"node": node.id, "points": told})


def _change(ask: Ask) -> Told:
    node, space, query = node_of(ask), ask.space, ask.query
    asked = ChangeOf(since=query.since, until=query.until, language=query.language)
    asked.begin(space.clock())
    if asked.takes_long(space, node.id):
        raise takes_long(f"POST /nodes/{node.id}/changes")
    return Told(content=asked.make(space, node.id).content)


def takes_long(call: str) -> ProblemError:
    """The problem of what no program waits for, with the call that has it prepared."""
    what = "This reads more than an answer can wait for."
    return ProblemError(409, what, reason="takes_long", fix=f"{call} has it prepared.")


def _forecast(ask: Ask) -> Told:
    return Told(reading.forecast(ask.space, node_of(ask)))


def _registers(ask: Ask) -> Told:
    node = node_of(ask)
    first, many = ask.query.cursor or 0, ask.query.limit
    names = may_see_names(ask.site.configuration(), ask.space, node.id)
    found = registers_page(ask.space, node.id, names=names, first=first, many=many)
    document = registers_document(found.kept, reading.labels_of_registers(ask.space, found.kept))
    return Told({**document, "totals": dict(found.totals), "next": first + many if found.more else None})


def _report(ask: Ask) -> Told:
    node, query, space = node_of(ask), ask.query, ask.space
    kind = accepted(tuple(REPORT_KINDS)) or JSON
    names = may_see_names(ask.site.configuration(), space, node.id)
    asked = FileOf(format=REPORT_KINDS[kind], names=names, **query.model_dump())
    if asked.takes_long(space, node.id):
        raise takes_long(f"POST /nodes/{node.id}/reports")
    named = {"Content-Disposition": attachment(f"{node.id}.{asked.format}")}
    return Told(content=asked.make(space, node.id).content, kind=kind, headers=named)


def _endpoint(path: str, name: str, does: str, **more: Any) -> Endpoint:
    return Endpoint("GET", path, name, does, Role.VIEWER, **{"places": forms.OfNode, **more})


_NODE = "/nodes/{node_id}"
ENDPOINTS: Sequence[Endpoint] = (
    _endpoint("/nodes", "list_nodes", "One level of the tree, with scores.", handle=_listed, answer=shapes.NodeList,
              query=forms.NodePage, places=Nothing, problems=(404,)),
    _endpoint(_NODE, "read_node", "A node with its newest score.", handle=_one, answer=shapes.NodeOne),
    _endpoint(f"{_NODE}/receipt", "read_receipt", "Why a node has its score, down to the items.", handle=_receipt,
              answer=shapes.NodeReceipt, query=forms.LostPage),
    _endpoint(f"{_NODE}/trend", "read_trend", "The score week by week.", handle=_trend, answer=shapes.Trend,
              query=forms.Weeks),
    _endpoint(f"{_NODE}/change", "read_change", "What moved the score between two moments.", handle=_change,
              answer=shapes.Change, query=forms.Since, problems=(409,)),
    _endpoint(f"{_NODE}/forecast", "read_forecast", "When it will be done, or why that can't be said.", handle=_forecast,
              answer=shapes.NodeForecast),
    _endpoint(f"{_NODE}/registers", "read_registers", "Risks, conflicts, benefits, standards and loads.",
              handle=_registers, answer=shapes.RegistersShape, query=forms.RegisterPage),
    _endpoint(f"{_NODE}/report", "read_report", "The status report.", handle=_report, answer=shapes.ReportShape,
              query=forms.ReportOf, kinds=tuple(REPORT_KINDS), problems=(409,)),
)  # fmt: skip
