"""Whatever goes wrong, as a program is told it: RFC 9457, problem details."""

import json
from http import HTTPStatus
from math import ceil

from flask import Response, g
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import HTTPException

from config.web.rights import Role
from config.web.visitor import visitor
from model.errors import AppError, NotFoundError, RefusedError, RetryableError, SkippableError, UsageError

PROBLEM_JSON = "application/problem+json"
_WAIT_S = 5
_FOR_ADMINS = ("bad_configuration", "missing")
"""Reasons of errors that repeat what stands in the configuration."""


class Wrong(BaseModel):
    """One thing that is wrong with a request."""

    model_config = ConfigDict(extra="forbid")

    where: str = Field(description="The parameter, or the path in the body.")
    what: str


class Problem(BaseModel):
    """Why a request was not answered as asked (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="`about:blank`: the title says it.")
    title: str
    status: int
    detail: str
    reason: str | None = Field(default=None, description="A slug that does not change with the wording.")
    fix: str | None = Field(default=None, description="How to mend it.")
    errors: list[Wrong] | None = Field(default=None, description="Everything that is wrong with the request's form.")


class ProblemError(Exception):
    """A problem to be answered with."""

    def __init__(
        self, status: int, detail: str, *, reason: str | None = None, fix: str = "", errors: tuple[Wrong, ...] = ()
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(
            type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail, reason=reason, fix=fix or None,
            errors=list(errors) or None,
        )  # fmt: skip


def answer(problem: Problem) -> Response:
    """A problem as an answer."""
    body = json.dumps(problem.model_dump(exclude_none=True), ensure_ascii=False)
    return Response(body, problem.status, content_type=PROBLEM_JSON)


def of_http(error: HTTPException) -> Response:
    """What the web framework refuses: no such address, another method, too large; and our own faults."""
    status = error.code or 500
    detail = "An error of our own; the log has it." if status == 500 else error.description or ""
    told = answer(ProblemError(status, detail).problem)
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            told.headers[name] = value
    return told


def of_app(error: AppError) -> Response:
    """What a use case refuses, by what the caller should do about it."""
    error = discreet(error)
    status = status_of(error)
    told = answer(ProblemError(status, error.what, reason=error.reason, fix=error.fix).problem)
    if isinstance(error, RetryableError):
        told.headers["Retry-After"] = str(max(1, ceil(error.retry_after_s or _WAIT_S)))
    return told


def discreet(error: AppError) -> AppError:
    """An error as the visitor may be told it: what is wrong with the configuration names what stands in it, and where it
    lies, for admins alone, and for whoever sits at the machine while nobody can be told apart."""
    if error.reason not in _FOR_ADMINS or visitor().highest is Role.ADMIN or g.get("told_to_the_machine", False):
        return error
    fix = "An admin who opens this page is told what is wrong with it."
    return UsageError("The configuration can't be read.", fix=fix, reason=error.reason)


def of_form(error: ValidationError, *, place: str) -> ProblemError:
    """A request that does not have the form that it must have. Says nothing of what was sent."""
    wrong = tuple(Wrong(where=".".join(map(str, one["loc"])) or place, what=one["msg"]) for one in error.errors()[:20])
    what = f"The {place} does not have the form that it must have: {wrong[0].where}: {wrong[0].what}."
    return ProblemError(422, what, reason="bad_form", errors=wrong)


def status_of(error: AppError) -> int:
    """404 for what is not there, 403 for what policy forbids, 409 for what is well formed and does not fit the present
    state, 503 for what may go through later, 502 for a tool that can't be used, 500 for our own faults and a configuration
    that can't be read."""
    if error.reason in ("bad_configuration", "missing"):
        return 500
    if isinstance(error, NotFoundError) or error.reason in ("not_found", "no_job"):
        return 404
    if isinstance(error, RefusedError):
        return 409 if error.reason == "stale_plan" else 403
    if isinstance(error, UsageError):
        return 409
    if isinstance(error, RetryableError):
        return 503
    return 500 if isinstance(error, SkippableError) or error.reason == "own_fault" else 502
