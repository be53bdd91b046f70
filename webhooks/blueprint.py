"""``POST /webhooks/<connection>[/<key>]``: size limit, then verify, dedupe, keep, acknowledge."""

from collections.abc import Callable

import structlog
from flask import Blueprint, Response, request

from model.errors import AppError
from service.reception import DEFAULT_KEY, RETRY_AFTER_S, Answer, Reception
from service.workspace import Workspace

MAX_BODY_BYTES = 25 * 1024 * 1024
"""The largest body a vendor says it sends."""

log = structlog.get_logger()


def blueprint(workspace: Callable[[], Workspace], reception: Reception | None = None) -> Blueprint:
    """The webhook endpoint over a workspace. ``reception``: this process's own; one is made where none is given."""
    hooks = Blueprint("webhooks", __name__)
    desk = reception or Reception()

    @hooks.post("/webhooks/<connection>")
    @hooks.post("/webhooks/<connection>/<key>")
    def deliver(connection: str, key: str = DEFAULT_KEY) -> Response:
        try:
            present = workspace()
        except AppError as error:  # a configuration that was edited wrongly: the tool tries again
            log.warning("delivery_not_kept", connection=connection, reason=error.reason)
            return _response(Answer(503, error.reason, {"Retry-After": str(RETRY_AFTER_S)}))
        body = _body()
        if body is None:
            desk.note(present, connection, "too_large")
            return _response(Answer(413, "too_large"))
        headers = {name.lower(): value for name, value in request.headers.items()}
        return _response(desk.receive(present, connection, key, headers=headers, body=body))

    return hooks


def _body() -> bytes | None:
    """The body as it came, never unpacked; None when it is too large. Read at most once, never beyond the limit."""
    length = request.content_length
    if length is not None and length > MAX_BODY_BYTES:
        return None
    body = request.stream.read(MAX_BODY_BYTES + 1)
    return None if len(body) > MAX_BODY_BYTES else body


def _response(answer: Answer) -> Response:
    response = Response(answer.reason + "\n", status=answer.status, mimetype="text/plain")
    response.headers.update(answer.headers)
    return response
