"""OpenAPI 3.1 of the API, made from the endpoints and their pydantic models."""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel

from config.web.api.endpoint import JSON, Endpoint, Form
from config.web.api.problems import PROBLEM_JSON, Problem

VERSION = "1"
_REF = "#/components/schemas/{model}"
_ABOUT = """\
Health of projects, programs and portfolios, and everything that makes it: the same as on the pages of this deployment.

Every change is asked for with a bearer token, or with the login of a page and its proof that a form is ours. Answers carry an
ETag: send it back as If-None-Match, and an unchanged answer is 304; as If-Match with a change, and what was changed since you
read it is left alone (412). Lists come in pages: give `next` back as `cursor`. Whatever goes wrong is told as problem+json
(RFC 9457). Keys may be added to any answer; none is renamed or taken away within this version."""
_ALWAYS = (400, 401, 403, 406, 422, 500, 502, 503)
_WHEN = {
    400: "the request is not what the API reads",
    401: "nobody is logged in, or the token is not valid",
    403: "the visitor, or this deployment, may not do that",
    404: "there is no such thing",
    406: "it can't be answered in a form that is accepted",
    409: "it does not fit the present state",
    412: "it was changed since it was read",
    413: "the body is too long",
    415: "the body is of another kind",
    422: "a parameter or the body does not have its form",
    500: "an error of our own",
    502: "a tool can't be used",
    503: "it may go through later, see Retry-After",
}


@cache
def description(endpoints: Sequence[Endpoint], root: str) -> str:
    """The whole description as JSON."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    _define(Problem, "serialization", schemas)
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas)
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "Bellwether", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": root}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }
    return json.dumps(whole, ensure_ascii=False)


def _operation(one: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.does,
        "description": f"Needs the role {one.role.name.lower()}.",
        "tags": [one.path.split("/")[1]],
        "parameters": [*_parameters(one.places, "path", schemas), *_parameters(one.query, "query", schemas), *_headers(one)],
        "responses": {str(one.status): _good(one, schemas), **_bad(one)},
    }
    if one.body is not None:
        told["requestBody"] = {"required": True, "content": {JSON: {"schema": _define(one.body, "validation", schemas)}}}
    return told


def _parameters(form: type[Form], place: str, schemas: dict[str, Any]) -> Iterator[dict[str, Any]]:
    found = form.model_json_schema(ref_template=_REF)
    schemas.update(found.pop("$defs", {}))
    needed = set(found.get("required", ()))
    for name, schema in found.get("properties", {}).items():
        about = schema.pop("description", None)
        schema.pop("title", None)
        yield {
            "name": name, "in": place, "required": place == "path" or name in needed, "schema": _without_null(schema),
            **({"description": about} if about else {}),
        }  # fmt: skip


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that is not given is left out; there is no null in an address."""
    if schema.get("default", ...) is None:
        del schema["default"]
    ways = [way for way in schema.get("anyOf", ()) if way != {"type": "null"}]
    if len(ways) == 1:
        del schema["anyOf"]
        return {**ways[0], **schema}
    return schema


def _headers(one: Endpoint) -> Iterator[dict[str, Any]]:
    if one.method == "GET":
        yield _header("If-None-Match", "The ETag of what you have: 304 where it is still right.")
        yield _header("If-Match", "The ETag of what you have: 412 where it is right no more.")
    elif one.guard is not None:
        yield _header("If-Match", "The ETag of what you decided upon: 412 where it was changed since.")


def _header(name: str, about: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": about}


def _good(one: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for kind in one.kinds:
        shape = _define(one.answer, "serialization", schemas) if kind == JSON and one.answer is not None else {}
        content[kind] = {"schema": shape}
    text = {"type": "string"}
    headers = {"ETag": {"schema": text}} if one.method == "GET" else {}
    if one.status in (201, 202):
        headers |= {"Location": {"schema": text}}
    return {"description": HTTPStatus(one.status).phrase, "headers": headers, "content": content}


def _bad(one: Endpoint) -> dict[str, Any]:
    statuses = {*_ALWAYS, *one.problems, *((404,) if "{" in one.path else ())}
    statuses |= {412} if one.guard or one.method == "GET" else set()
    statuses |= {413, 415} if one.body is not None else set()
    told = {"schema": {"$ref": _REF.format(model="Problem")}}
    bad: dict[str, Any] = {
        str(status): {"description": _WHEN[status], "content": {PROBLEM_JSON: told}} for status in sorted(statuses)
    }
    if one.method == "GET":
        bad["304"] = {"description": "what you have is still right"}
    return bad


def _define(model: type[BaseModel], mode: Literal["validation", "serialization"], schemas: dict[str, Any]) -> dict[str, Any]:
    """Put a model and what it is made of among the schemas; a reference to it. No two models have one name."""
    found = model.model_json_schema(ref_template=_REF, mode=mode)
    for name, one in {**found.pop("$defs", {}), model.__name__: found}.items():
        if schemas.setdefault(name, one) != one:
            raise ValueError(f"two models of the API are called {name}")
    return {"$ref": _REF.format(model=model.__name__)}
