"""How an answer fails, the same way in both deployments: refusals, unknown addresses, faults made on purpose."""

import time
from collections.abc import Callable, Mapping

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox.jira import lost
from sandbox.jira.faults import Fault
from sandbox.jira.records import ApiError
from sandbox.watching import FAULT


def add_errors(app: Flask, *, called: Callable[[HTTPException], str]) -> None:
    """Answer refusals as the vendor does; ``called`` is its word for what is wrong with an address."""

    def unknown(error: HTTPException) -> Response:
        status = error.code or 500
        answer = jsonify({"message": f"{called(error)} for uri: {request.url}", "status-code": status})
        answer.status_code = status
        return answer

    app.register_error_handler(ApiError, _refused)
    app.register_error_handler(HTTPException, unknown)


def _refused(error: ApiError) -> Response:
    answer = jsonify(error.body)
    answer.status_code = error.status
    answer.headers.update(error.headers)
    return answer


def fail(
    fault: Fault, *, login_page: str, texts: Mapping[str, str], headers: Mapping[str, Mapping[str, str]]
) -> Response | None:
    """Do what a fault of either deployment asks for; None: the request goes on, and may be spoiled later.

    ``texts`` and ``headers``: what the vendor says with a status. Raises ApiError for a status.
    """
    if fault.kind == "slow":
        time.sleep(fault.seconds)
        return None
    request.environ[FAULT] = fault.kind
    if lost.will_be_lost(fault):
        return None
    if fault.kind == "html":
        return Response(login_page, 200, mimetype="text/html")
    asked = fault.kind in ("429", "503") and fault.retry_after_s is not None
    later = {"Retry-After": str(fault.retry_after_s)} if asked else {}
    text = texts.get(fault.kind, "Internal server error")
    raise ApiError(int(fault.kind), text, headers={**later, **headers.get(fault.kind, {})})
