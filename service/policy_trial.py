"""Looking through every node for a page of policies: asked for there, done by a job, and kept for whoever asks again.

Two thousand nodes take seconds, which no page waits for. What was asked and what came of it stand in ``uow.notes``, the
newest ``MOST`` of each.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue, TypeAdapter

from model import jobs
from model.base import Instant
from model.policy import Policy
from model.tree import Node
from service import first_run
from service.policy_preview import ON_A_PAGE, NodeChange, Policies, PolicyPreview, standing, used_by, whole
from service.workspace import Workspace
from store.unit_of_work import UnitOfWork

ASKED, TOLD = "policies:asked", "policies:told"
MOST = 6
NEAREST = 10
_PREVIEW, _CHANGES = TypeAdapter(PolicyPreview), TypeAdapter(tuple[NodeChange, ...])


@dataclass(frozen=True)
class Trial:
    """What a look through all nodes said, and when; ``going``: how the job stands while it has said nothing yet."""

    preview: PolicyPreview | None = None
    nearest: tuple[NodeChange, ...] = ()
    at: Instant | None = None
    going: first_run.Standing | None = None


def what_if(workspace: Workspace, policies: Policies, *, page: int, anew: bool) -> Trial:
    """What ``policies`` would change. ``anew``: only what was found since the newest roll-up counts."""
    told = {name: policy.model_dump(mode="json") for name, policy in sorted(policies.items())}
    found = _found(workspace, {"policies": told, "page": 0}, anew=anew)
    if found is not None and found[0]["partly"] and page:
        found = _found(workspace, {"policies": told, "page": page}, anew=anew)
    if found is None:
        return _waiting(workspace)
    body, at = found
    partly = bool(body["partly"])
    shown = body["changes"] if partly else body["changes"][page * ON_A_PAGE : (page + 1) * ON_A_PAGE]
    few: PolicyPreview = _PREVIEW.validate_python({**body, "changes": shown})
    return Trial(preview=replace(few, page=page), at=at)


def nearest(workspace: Workspace, policy: Policy | None, *, anew: bool) -> Trial:
    """The nodes of a policy in force that stand nearest to another band."""
    found = _found(workspace, {"standing": policy.digest if policy else ""}, anew=anew)
    if found is None:
        return _waiting(workspace)
    return Trial(nearest=_CHANGES.validate_python(found[0]["nearest"]), at=found[1])


def work_off(workspace: Workspace) -> int:
    """Look through all nodes for everything that was asked and is not told yet; how many."""
    with workspace.db.read() as uow:
        waiting = _kept(uow, ASKED)
    for one in waiting:
        body = _worked_out(workspace, one["asked"])
        now = workspace.clock()
        with workspace.db.begin() as uow:
            _put(uow, TOLD, _but(uow, TOLD, one), {"key": one["key"], "at": now.isoformat(), "told": body}, at=now)
            _put(uow, ASKED, _but(uow, ASKED, one), at=now)
    return len(waiting)


def _worked_out(workspace: Workspace, asked: dict[str, Any]) -> JsonValue:
    if "standing" in asked:
        of = {policy.digest: name for name, policy in workspace.policies.items()}
        name = of.get(str(asked["standing"]))
        uses: Callable[[Node], bool] = used_by(workspace, workspace.policies, name) if name else lambda _node: False
        told = standing(workspace, uses, limit=NEAREST)
        return {"nearest": _CHANGES.dump_python(_slim(told), mode="json")}
    policies = {name: Policy.model_validate(one) for name, one in asked["policies"].items()}
    found = whole(workspace, policies, page=int(asked["page"]))
    changes = [replace(one, firm=replace(one.firm, better=(), worse=())) for one in found.changes]
    body: JsonValue = _PREVIEW.dump_python(replace(found, changes=_slim(changes)), mode="json")
    return body


def _slim(changes: Sequence[NodeChange]) -> tuple[NodeChange, ...]:
    """Changes without what no page shows of them."""
    bare: dict[str, Any] = {"dimensions": (), "lost": (), "totals": {}, "untrusted": (), "forecast": None, "unrated": ()}
    alone: dict[str, Any] = {"sources": (), "publish": (), "goals": (), "parents": ()}
    return tuple(
        replace(one, node=one.node.model_copy(update=alone), before=one.before.model_copy(update=bare),
                after=one.after.model_copy(update=bare))
        for one in changes
    )  # fmt: skip


def _found(workspace: Workspace, asked: dict[str, Any], *, anew: bool) -> tuple[dict[str, Any], Instant] | None:
    """What is kept of a question; None, and it is asked, where nothing is or ``anew`` and the scores are newer."""
    key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:24]
    with workspace.db.read() as uow:
        kept = next((one for one in _kept(uow, TOLD) if one["key"] == key), None)
        newest = uow.scores.newest_as_of() if anew else None
        waits = any(one["key"] == key for one in _kept(uow, ASKED))
    at = TypeAdapter(Instant).validate_python(kept["at"]) if kept else None
    if kept is not None and at is not None and not waits and (newest is None or newest <= at):
        return kept["told"], at
    if not waits:
        now = workspace.clock()
        with workspace.db.begin() as uow:
            _put(uow, ASKED, _kept(uow, ASKED), {"key": key, "asked": asked}, at=now)
            uow.jobs.want(jobs.POLICIES, at=now)
            uow.jobs.retry(jobs.POLICIES, at=now)
    return None


def _waiting(workspace: Workspace) -> Trial:
    return Trial(going=first_run.standing(workspace, jobs.POLICIES))


def _kept(uow: UnitOfWork, name: str) -> list[dict[str, Any]]:
    note = uow.notes.get(name)
    return list(note.body) if note is not None and isinstance(note.body, list) else []  # type: ignore[arg-type]


def _but(uow: UnitOfWork, name: str, one: dict[str, Any]) -> list[dict[str, Any]]:
    return [other for other in _kept(uow, name) if other["key"] != one["key"]]


def _put(uow: UnitOfWork, name: str, others: list[dict[str, Any]], *newest: dict[str, Any], at: Instant) -> None:
    body: list[JsonValue] = [*newest, *others]
    uow.notes.put(name, body[:MOST], at=at)
