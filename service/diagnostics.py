"""What a bug report needs of a deployment's database: counts, states and slugs; no name, no text of a tool, no secret."""

from collections import Counter
from collections.abc import Mapping

from pydantic import JsonValue

from model.errors import AppError
from service import operation
from service.workspace import Workspace
from store.runs import Run

RUNS = 100


def facts(workspace: Workspace) -> dict[str, JsonValue]:
    """Each part by the name of its file. A part that can't be read says by which slug."""
    parts = {
        "database": _database, "tables": _tables, "state": _state, "runs": _runs, "failures": _failures, "syncs": _syncs,
        "jobs": _jobs,
    }  # fmt: skip
    found: dict[str, JsonValue] = {}
    for name, read in parts.items():
        try:
            found[name] = read(workspace)
        except AppError as error:
            found[name] = {"unreadable": error.reason}
    return found


def names(workspace: Workspace) -> frozenset[str]:
    """Every name and address of a person that this deployment knows: none may stand in what leaves it."""
    known = {mate.name for mate in workspace.teammates}
    try:
        with workspace.db.read() as uow:
            known |= {person.name for person in uow.records.people()}
    except AppError:
        return frozenset(known)
    return frozenset(name for name in known if name.strip())


def _database(workspace: Workspace) -> JsonValue:
    return {"kind": "sqlite" if workspace.db.is_sqlite else "postgresql", "schema": workspace.db.revision(),
            "current": workspace.db.is_current(), "newest_schema": workspace.db.newest_revision()}  # fmt: skip


def _tables(workspace: Workspace) -> JsonValue:
    with workspace.db.read() as uow:
        return dict(uow.figures.rows())


def _state(workspace: Workspace) -> JsonValue:
    state = operation.state(workspace)
    waiting = state.waiting
    taken = [one.last_s for one in state.fresh if one.last_s is not None]
    return {
        "now": state.now.isoformat(),
        "nodes": _counted(Counter(node.kind.value for node in workspace.tree.nodes)),
        "published_nodes": len(workspace.published_nodes()),
        "read_only": workspace.read_only,
        "waiting": {"nodes": waiting.nodes, "deliveries": dict(waiting.deliveries), "pushes": waiting.pushes,
                    "pushes_later": waiting.pushes_later, "intents": waiting.intents, "notices": waiting.notices},
        "freshness_s": {"nodes": len(taken), "longest": max(taken, default=None)},
        "limits": [{"connection": one.connection, "capacity": one.capacity, "left": one.left, "window_s": one.window_s}
                   for one in state.limits],
        "paused_until": {name: at.isoformat() for name, at in state.pauses.items() if name in workspace.connections},
        "tallies": [{"name": one.name, "labels": dict(one.labels), "value": one.value} for one in state.tallies],
    }  # fmt: skip


def _runs(workspace: Workspace) -> JsonValue:
    with workspace.db.read() as uow:
        return [_run(run) for run in uow.runs.recent(RUNS)]


def _run(run: Run) -> JsonValue:
    counts = run.summary if isinstance(run.summary, dict) else {}
    return {
        "id": run.id, "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None, "outcome": run.outcome,
        "counts": {name: value for name, value in counts.items() if isinstance(value, int | float)},
    }  # fmt: skip


def _failures(workspace: Workspace) -> JsonValue:
    """Targets that can't be written and items that can't be read: how many, by slug and connection."""
    told: dict[str, JsonValue] = {}
    with workspace.db.read() as uow:
        for name in workspace.connections:
            troubles = uow.agenda.troubles(name).values()
            told[name] = {
                "troubles": _counted(Counter(trouble.reason for trouble in troubles)),
                "most_tries": max((trouble.tries for trouble in troubles), default=0),
                "unreadable_items": len(uow.skipped.all(name)),
                "held_targets": len(uow.agenda.holds(name)),
            }
    return told


def _jobs(workspace: Workspace) -> JsonValue:
    """How background work stands; of a failure the slug alone."""
    with workspace.db.read() as uow:
        return [
            {"name": job.name, "waiting": job.waiting, "running": job.running, "paused": job.paused, "run": job.run,
             "tries": job.tries, "reason": job.reason, "due_at": job.due_at.isoformat()}
            for job in uow.jobs.all()
        ]  # fmt: skip


def _counted(found: Mapping[str, int]) -> dict[str, JsonValue]:
    return dict(sorted(found.items()))


def _syncs(workspace: Workspace) -> JsonValue:
    told: dict[str, JsonValue] = {}
    with workspace.db.read() as uow:
        for name in workspace.connections:
            state = uow.sync.state(name)
            told[name] = {
                "has_cursor": state.cursor is not None,
                "cut_off": state.checkpoint is not None,
                "last_finished_at": state.last_finished_at.isoformat() if state.last_finished_at else None,
                "histories_missing": len(uow.inventory.without_history(name)),
                "webhooks": len(uow.hooks.registrations(name)),
                "webhooks_pending": sum(one.pending for one in uow.hooks.registrations(name)),
            }
    return told
