"""Bands set by hand, with who, why and until when."""

from collections.abc import Sequence
from typing import Any

from config.web.api import forms, shapes
from config.web.api.endpoint import Ask, Endpoint, Told, in_time
from config.web.api.problems import ProblemError
from config.web.api.resources.nodes import node_of
from config.web.rights import Role
from config.web.visitor import reader, visitor
from service import overrides

_PATH = "/nodes/{node_id}/override"


def _all(ask: Ask) -> Told:
    seen = reader(ask.space)
    return Told({"overrides": [one for one in overrides.standing(ask.space) if seen.may_see(one.node)]})


def _one(ask: Ask) -> Told:
    node = node_of(ask)
    stands = overrides.standing(ask.space, node.id)
    return Told({"node": node.id, "override": stands[0] if stands else None})


def _put(ask: Ask) -> Told:
    wanted: forms.NewOverride = ask.body
    node = node_of(ask)
    with in_time():
        overrides.put(
            ask.space, node.id, wanted.band, reason=wanted.reason, until=wanted.until, by=visitor().name, seen=_seen(ask)
        )
    return _one(ask)


def _end(ask: Ask) -> Told:
    node = node_of(ask)
    with in_time():
        ended = overrides.end(ask.space, node.id, by=visitor().name, seen=_seen(ask))
    if not ended:
        raise ProblemError(404, "No override of this node stands.", reason="no_override")
    return _one(ask)


def _seen(ask: Ask) -> str | None:
    """The version of the override that the caller has seen, where they named it."""
    return None if ask.seen is None else overrides.version(ask.seen.document["override"])


def _endpoint(method: Any, name: str, does: str, handle: Any, **more: Any) -> Endpoint:
    role = Role.VIEWER if method == "GET" else Role.EDITOR
    return Endpoint(method, _PATH, name, does, role, handle, answer=shapes.NodeOverride, places=forms.OfNode, **more)


ENDPOINTS: Sequence[Endpoint] = (
    Endpoint("GET", "/overrides", "list_overrides", "Every band that is set by hand.", Role.VIEWER, _all,
             answer=shapes.OverrideList),
    _endpoint("GET", "read_override", "The band that somebody set for a node, if anybody did.", _one),
    _endpoint("PUT", "set_override", "Set a node's band by hand; the computed one stays visible beside it.", _put,
              body=forms.NewOverride, guard=_one, problems=(409,)),
    _endpoint("DELETE", "end_override", "End the override of a node.", _end, guard=_one),
)  # fmt: skip
