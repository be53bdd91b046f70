"""``POST /webhooks/<connection>[/<key>]``: size limit, then verify, dedupe, keep, acknowledge."""

from collections.abc import Callable

import structlog
from flask import Blueprint, Response, request

from service.deliveries import DEFAULT_KEY, Answer, receive
from service.workspace import Workspace

MAX_BODY_BYTES = 25 * 1024 * 1024
"""The largest body a vendor says it sends."""

log = structlog.get_logger()


def blueprint(workspace: Callable[[], Workspace]) -> Blueprint:
    """The webhook endpoint over a workspace."""
    hooks = Blueprint("webhooks", __name__)

    @hooks.post("/webhooks/<connection>")
    @hooks.post("/webhooks/<connection>/<key>")
    def deliver(connection: str, key: str = DEFAULT_KEY) -> Response:
        answer = _answer(workspace(), connection, key)
        log.info("delivery", connection=connection, status=answer.status, reason=answer.reason)
        response = Response(answer.reason + "\n", status=answer.status, mimetype="text/plain")
        response.headers.update(answer.headers)
        return response

    return hooks


def _answer(workspace: Workspace, connection: str, key: str) -> Answer:
    """The answer to the current request. The body is read at most once, and never beyond the limit."""
    length = request.content_length
    if length is not None and length > MAX_BODY_BYTES:
        return Answer(413, "too_large")
    body = request.stream.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        return Answer(413, "too_large")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return receive(workspace, connection, key, headers=headers, body=body)
