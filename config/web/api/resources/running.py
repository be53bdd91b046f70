"""How the deployment runs: connections, background work, and asking for it."""

from collections.abc import Sequence
from typing import Any

from config.web.api import forms, shapes
from config.web.api.endpoint import Ask, Endpoint, Told
from config.web.api.problems import ProblemError
from config.web.credentials import credentials
from config.web.rights import Role
from config.web.visitor import visitor
from model.jobs import POLL, ROLLUP, name_of
from service import jobs_by_hand, running
from service.documents import instant
from service.running import ConnectionState


def _connection(state: ConnectionState) -> dict[str, Any]:
    hooks, paused = state.hooks, state.paused
    return {
        "name": state.name, "tool": state.tool, "synced_at": state.synced_at and instant(state.synced_at),
        "rests_until": state.rests_until and instant(state.rests_until), "why": state.why or None,
        "paused": paused and {"by": paused[0], "at": instant(paused[1])},
        "limits": [{"scope": one.scope, "capacity": one.capacity, "left": one.left, "window_s": one.window_s}
                   for one in state.limits],
        "token_expires_on": state.token_expires_on and state.token_expires_on.isoformat(),
        "webhooks": {
            "registered": hooks.registered, "heard_at": hooks.heard_at and instant(hooks.heard_at),
            "expires_at": hooks.expires_at and instant(hooks.expires_at), "wanted": hooks.audit and hooks.audit.wanted,
            "working": hooks.audit and hooks.audit.working,
        },
        "waiting": state.waiting, "given_up": state.given_up, "lost": state.lost,
    }  # fmt: skip


def _states(ask: Ask) -> list[dict[str, Any]]:
    return [_connection(state) for state in running.states(ask.space, credentials(ask.site.configuration()))]


def _connections(ask: Ask) -> Told:
    return Told({"connections": _states(ask)})


def _one_connection(ask: Ask) -> Told:
    found = next((one for one in _states(ask) if one["name"] == ask.place["connection"]), None)
    if found is None:
        raise ProblemError(404, "There is no such connection.", reason="no_connection")
    return Told(found)


def _sync(ask: Ask) -> Told:
    _one_connection(ask)
    job = name_of(POLL, ask.place["connection"])
    jobs_by_hand.ask(ask.space, job)
    return Told({"job": job}, location=f"/api/v1/jobs/{job}")


def _rollup(ask: Ask) -> Told:
    jobs_by_hand.ask_rollup(ask.space)
    return Told({"job": ROLLUP}, location=f"/api/v1/jobs/{ROLLUP}")


def _jobs(ask: Ask) -> Told:
    return Told(jobs_by_hand.document(jobs_by_hand.overview(ask.space)))


def _job(ask: Ask) -> Told:
    every = jobs_by_hand.document(jobs_by_hand.overview(ask.space))["jobs"]
    found = next((one for one in every if one["name"] == ask.place["job"]), None)
    if found is None:
        raise ProblemError(404, "There is no such job.", reason="no_job", fix="GET /jobs lists those there are.")
    return Told(found)


def _retry(ask: Ask) -> Told:
    jobs_by_hand.retry(ask.space, ask.place["job"])
    return Told({"name": ask.place["job"], "done": "retry"})


def _drop(ask: Ask) -> Told:
    jobs_by_hand.drop(ask.space, ask.place["job"])
    return Told({"name": ask.place["job"], "done": "drop"})


def _pause(ask: Ask) -> Told:
    jobs_by_hand.pause(ask.space, ask.place["lane"], by=visitor().name)
    return Told({"name": ask.place["lane"], "done": "pause"})


def _resume(ask: Ask) -> Told:
    jobs_by_hand.resume(ask.space, ask.place["lane"])
    return Told({"name": ask.place["lane"], "done": "resume"})


def _endpoint(method: Any, path: str, name: str, does: str, handle: Any, answer: Any, **more: Any) -> Endpoint:
    return Endpoint(method, path, name, does, Role.ADMIN, handle, answer=answer, **more)


ENDPOINTS: Sequence[Endpoint] = (
    _endpoint("GET", "/connections", "list_connections", "How each connection stands.", _connections,
              shapes.ConnectionList),
    _endpoint("GET", "/connections/{connection}", "read_connection", "How a connection stands.", _one_connection,
              shapes.Connection, places=forms.OfConnection),
    _endpoint("POST", "/connections/{connection}/sync", "sync", "Have a connection read now.", _sync, shapes.Asked,
              places=forms.OfConnection, status=202),
    _endpoint("POST", "/rollup", "rollup", "Have everything scored anew.", _rollup, shapes.Asked, status=202),
    _endpoint("GET", "/jobs", "list_jobs", "Background work, and what was given up.", _jobs, shapes.JobList),
    _endpoint("GET", "/jobs/{job}", "read_job", "How one job stands.", _job, shapes.JobShape, places=forms.OfJob),
    _endpoint("POST", "/jobs/{job}/retry", "retry_job", "Have a job, or a delivery that was given up, tried now.", _retry,
              shapes.Done, places=forms.OfJob),
    _endpoint("POST", "/jobs/{job}/drop", "drop_job", "Let a job's request, or a delivery that was given up, be.", _drop,
              shapes.Done, places=forms.OfJob),
    _endpoint("POST", "/lanes/{lane}/pause", "pause_lane", "Begin nothing more in a lane.", _pause, shapes.Done,
              places=forms.OfLane),
    _endpoint("POST", "/lanes/{lane}/resume", "resume_lane", "Go on in a lane.", _resume, shapes.Done,
              places=forms.OfLane, problems=(409,)),
)  # fmt: skip
