"""``/bellwether why`` in a comment: answered once, by an edit of our living comment where it was asked.

A target that is a synced item is looked through when the item was touched, one that is not every few minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from connector.sdk.base import Connector
from model.errors import AppError
from model.push import Channel, Question, Write, WriteResult
from model.tree import Target
from service.push_back import alone
from service.pushing.carry_out import Pusher, Run
from service.pushing.job import COMMENT, HealthJob, Manner, Published, jobs, published
from service.pushing.settle import settle
from service.workspace import Workspace

LOOK_EVERY = timedelta(minutes=5)
OLDEST = timedelta(days=7)
OVERLAP = timedelta(minutes=10)
WHY = "Somebody asked for it here."


@dataclass(frozen=True)
class _Asked:
    """A place where somebody asks, and the questions."""

    place: Published
    questions: tuple[Question, ...]


def answer(workspace: Workspace, *, by: str = "worker") -> tuple[Write, ...]:
    """Answer every open question; a connection that can't be asked or is written to is left for the next time."""
    if workspace.read_only:
        return ()
    done: list[Write] = []
    for name in workspace.connections:
        due = _due(workspace, name)
        try:
            done += _answer(workspace, workspace.connector(name), due, by) if due else []
        except AppError:
            continue  # the next sync or push says what is wrong with it
    return tuple(done)


def _due(workspace: Workspace, name: str) -> dict[Target, datetime]:
    """The targets to look through, and since when."""
    now = workspace.clock()
    kinds = workspace.connector(name).comment_kinds
    with workspace.db.read() as uow:
        looked, holds = uow.agenda.looked(name), uow.agenda.holds(name)
        due: dict[Target, datetime] = {}
        for node in workspace.published_nodes():
            for target in node.publish:
                if target.connection != name or target.kind not in kinds or target.label in holds:
                    continue
                last = looked.get(target.label)
                item = uow.records.item_by_label(name, target.value)
                touched = item.updated_at > last - OVERLAP if item and last else True
                if touched and (item is not None or last is None or now - last >= LOOK_EVERY):
                    due[target] = max(last or now - OLDEST, now - OLDEST) - OVERLAP
        return due


def _answer(workspace: Workspace, connector: Connector, due: dict[Target, datetime], by: str) -> list[Write]:
    now = workspace.clock()
    with workspace.db.alone(alone(connector.name)) as got:
        if not got:
            return []
        asked, seen = _asked(workspace, connector, due)
        written: list[Write] = []
        if asked:
            with workspace.db.begin() as uow:
                run = Run(uow.runs.start("answer", at=now), by)
            unsettled = settle(workspace, connector)
            found = jobs(workspace, connector, [one.place for one in asked], Manner(unsettled=unsettled), now=now)
            planned = [_planned(job, one.questions) for job, one in zip(found, asked, strict=True)]
            written = Pusher(workspace, connector, run).carry_out(planned)
            with workspace.db.begin() as uow:
                uow.runs.finish(run.id, at=workspace.clock(), outcome="done", summary={"answered": len(written)})
    unanswered = {write.target for write in written if write.result is WriteResult.FAILED}
    with workspace.db.begin() as uow:
        for target, questions in seen.items():
            if target.label not in unanswered:
                uow.agenda.note_looked(connector.name, target.label, [one.id for one in questions], at=now)
    return written


def _asked(
    workspace: Workspace, connector: Connector, due: dict[Target, datetime]
) -> tuple[list[_Asked], dict[Target, Sequence[Question]]]:
    """The places with open questions, and every target that could be looked through with what is open there."""
    seen: dict[Target, Sequence[Question]] = {}
    for target, since in due.items():
        with workspace.db.read() as uow:
            answered = uow.agenda.answered(connector.name, target.label)
        try:
            found = connector.questions(target, since=since)
        except AppError:
            continue  # gone, hidden or out of reach: push-back names it
        seen[target] = [question for question in found if question.id not in answered]
    open_at = {target for target, questions in seen.items() if questions}
    nodes = {node.id for node in workspace.published_nodes() if open_at & set(node.publish)}
    places = published(workspace, nodes, connector.name) if nodes else []
    return [_Asked(place, tuple(seen[place[1]])) for place in places if place[1] in open_at], seen


def _planned(job: HealthJob, questions: Sequence[Question]) -> tuple[HealthJob, list[Write]]:
    """The one write that answers: our comment with the newest state, and when it was asked for."""
    if job.present.missing or job.present.public or Channel.COMMENT in job.unsettled:
        return job, []
    new: JsonValue = {"band": job.message.band.value, "score": job.message.score}
    message = job.message.model_copy(update={"asked_at": max(question.at for question in questions)})
    asked = replace(job, message=message)
    return asked, [asked.write(Channel.COMMENT, COMMENT, new, WHY)]
