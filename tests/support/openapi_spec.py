"""One vendor's description as the suite uses it: find the operation of a request, judge both sides of an exchange."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import parse_qs

import jsonschema_rs

from connector.sdk.json_text import read_json
from tests.support.openapi_schema import ANSWER, REQUEST, Schemas

METHODS = frozenset({"get", "put", "post", "delete", "patch"})
_MOST_FINDINGS = 20
_LONGEST_MESSAGE = 240
_Unknown = jsonschema_rs.ValidationErrorKind.UnevaluatedProperties


@dataclass(frozen=True)
class Exchange:
    """A request and its answer. ``path`` is below the vendor's API root, ``fault`` the planned fault it ran into."""

    tool: str
    method: str
    path: str
    query: str
    sent: bytes
    status: int
    content_type: str
    answer: bytes
    fault: str | None = None


@dataclass(frozen=True)
class Finding:
    """Where an exchange and the description differ. ``side``: call, query, request, status or answer."""

    call: str
    status: int
    side: str
    at: str
    message: str

    def __str__(self) -> str:
        return f"{self.call} -> {self.status}, {self.side} {self.at}: {self.message}"


@dataclass
class Operation:
    """One path and method of a description."""

    spec: "Spec"
    method: str
    template: str
    told: Mapping[str, Any]
    shared: list[Mapping[str, Any]]
    _answers: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.spec.tool} {self.method.upper()} {self.template}"

    @cached_property
    def query(self) -> dict[str, Mapping[str, Any]]:
        """The query parameters by name."""
        every = [self.spec.resolved(one) for one in [*self.shared, *self.told.get("parameters", ())]]
        return {one["name"]: one for one in every if one["in"] == "query"}

    @cached_property
    def body_validator(self) -> Any:
        """Compiled schema of the request body, None when there is none."""
        body = self.spec.resolved(self.told.get("requestBody", {}))
        schema = body.get("content", {}).get("application/json", {}).get("schema")
        return None if schema is None else self.spec.schemas.validator(schema, REQUEST, closed_at=self.spec.closed_at)

    @cached_property
    def responses(self) -> dict[str, Mapping[str, Any]]:
        """The described answers by status; YAML reads a status as a number."""
        return {str(status): self.spec.resolved(told) for status, told in self.told["responses"].items()}

    def answer_validator(self, status: str) -> Any:
        """Compiled schema of an answer, None when it has none."""
        if status not in self._answers:
            schema = self.responses[status].get("content", {}).get("application/json", {}).get("schema")
            # An empty schema says nothing; Jira's answers without a body have one.
            made = self.spec.schemas.validator(schema, ANSWER, closed_at=self.spec.closed_at) if schema else None
            self._answers[status] = made
        return self._answers[status]

    def judge(self, exchange: Exchange, *, request: bool, answer: bool) -> Iterator[Finding]:
        """Everything in which the exchange differs. ``request``, ``answer``: which side is to be looked at."""
        found = [*self._query(exchange), *self._request(exchange)] if request else []
        found += list(self._answer(exchange)) if answer else []
        for side, at, message in found:
            yield Finding(self.name, exchange.status, side, at, message[:_LONGEST_MESSAGE])

    def _query(self, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
        given = parse_qs(exchange.query, keep_blank_values=True)
        for name, values in given.items():
            if name not in self.query:
                yield "query", f"/{name}", "there is no such parameter"
                continue
            told = self.query[name]
            yield from (("query", f"/{name}", problem) for problem in _wrong_values(told, values))
        for name, told in self.query.items():
            if told.get("required") and name not in given:
                yield "query", f"/{name}", "is required and missing"

    def _request(self, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
        told = self.spec.resolved(self.told.get("requestBody", {}))
        if not exchange.sent:
            if told.get("required") and self.body_validator is not None:
                yield "request", "", "a body is required and missing"
            return
        if not told:
            yield "request", "", "no body is taken"
        elif self.body_validator is not None:
            yield from _held(self.body_validator, exchange.sent, "request")

    def _answer(self, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
        status = str(exchange.status)
        if status not in self.responses:
            if status not in self.spec.everywhere:
                yield "status", "", f"{status} is not among {', '.join(self.responses)}"
            return
        validator = self.answer_validator(status)
        if validator is None:
            return
        if exchange.content_type.partition(";")[0] != "application/json":
            yield "answer", "", f"is {exchange.content_type or 'of no type'}, not application/json"
        else:
            yield from _held(validator, exchange.answer, "answer")


class Spec:
    """A vendor's description. ``everywhere``: statuses that may come from any call."""

    def __init__(self, tool: str, document: Mapping[str, Any], *, loose: bool = False) -> None:
        self.tool = tool
        self._document = document
        self.closed_at = "data" if loose else None
        self.schemas = Schemas(document.get("components", {}).get("schemas", {}), widened=loose)
        self.everywhere: frozenset[str] = frozenset()
        self._by_size: dict[tuple[str, int], list[tuple[re.Pattern[str], Operation]]] = {}
        for template, methods in document["paths"].items():
            for method in METHODS & methods.keys():
                self._add(template, method, methods)

    def _add(self, template: str, method: str, methods: Mapping[str, Any]) -> None:
        pattern = re.compile(re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(template)))
        operation = Operation(self, method, template, methods[method], list(methods.get("parameters", ())))
        same = self._by_size.setdefault((method, template.count("/")), [])
        same.append((pattern, operation))
        same.sort(key=lambda one: one[1].template.count("{"))  # a fixed path goes before one with a place for a name

    def find(self, method: str, path: str) -> Operation | None:
        """The operation a request means, None when the description has none."""
        same = self._by_size.get((method.lower(), path.count("/")), [])
        return next((operation for pattern, operation in same if pattern.fullmatch(path)), None)

    def operation(self, method: str, template: str) -> Operation:
        """An operation by its template. Raises KeyError."""
        for pattern_and_operation in self._by_size.get((method.lower(), template.count("/")), []):
            if pattern_and_operation[1].template == template:
                return pattern_and_operation[1]
        raise KeyError(f"{method} {template}")

    def resolved(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a reference to a parameter, body or answer leads to."""
        if "$ref" not in told:
            return told
        place: Any = self._document
        for part in str(told["$ref"]).removeprefix("#/").split("/"):
            place = place[part]
        return self.resolved(place)


def _held(validator: Any, body: bytes, side: str) -> Iterator[tuple[str, str, str]]:
    try:
        document = read_json(body)
    except ValueError:
        yield side, "", "is no JSON"
        return
    if validator.is_valid(document):
        return
    errors = [inner for error in islice(validator.iter_errors(document), _MOST_FINDINGS) for inner in _deepest(error)]
    # A record that is wrong somewhere counts as not looked at, so all its names would be called unknown beside it.
    wrong = [one for one in errors if not isinstance(one.kind, _Unknown)]
    for error in wrong or errors:
        yield side, "".join(f"/{'*' if isinstance(part, int) else part}" for part in error.instance_path), error.message


def _deepest(error: Any) -> Iterator[Any]:
    """The errors behind an error: of alternatives those of the first, because the second is null."""
    kind = error.kind
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.AnyOf) and kind.context and kind.context[0]:
        for inner in kind.context[0]:
            yield from _deepest(inner)
    else:
        yield error


def _wrong_values(told: Mapping[str, Any], values: list[str]) -> Iterator[str]:
    schema = told.get("schema", {})
    if schema.get("type") == "array":
        parts = [part for value in values for part in value.split(",")]
        for part in parts:
            yield from _wrong(schema.get("items", {}), part)
    elif len(values) > 1:
        yield "is given more than once"
    else:
        yield from _wrong(schema, values[0])


def _wrong(schema: Mapping[str, Any], value: str) -> Iterator[str]:
    kind, choice = schema.get("type"), schema.get("enum")
    if kind == "integer" and not re.fullmatch(r"-?\d+", value):
        yield f"{value!r} is no whole number"
    elif kind == "boolean" and value not in ("true", "false"):
        yield f"{value!r} is neither true nor false"
    elif kind == "integer" and not schema.get("minimum", int(value)) <= int(value) <= schema.get("maximum", int(value)):
        yield f"{value} is out of bounds"
    elif choice is not None and value not in [str(one) for one in choice]:
        yield f"{value!r} is not one of the values of the description"
