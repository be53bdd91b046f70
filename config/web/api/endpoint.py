"""One endpoint of the API: what it takes, what it gives, whom it serves; and how a request becomes an answer."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from flask import Response, request
from pydantic import BaseModel, ConfigDict, ValidationError

from config.web.api.problems import ProblemError, of_form
from config.web.rights import Role
from config.web.site import Site
from model.errors import CHANGED_MEANWHILE, UsageError
from service.workspace import Workspace

Method = Literal["GET", "POST", "PUT", "DELETE"]
JSON = "application/json"
LARGEST_BODY = 1_000_000


class Form(BaseModel):
    """What may stand in a query or a body: nothing else than is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Form):
    """An endpoint that takes no parameters."""


@dataclass(frozen=True)
class Ask:
    """A request as an endpoint sees it: checked, with ``place`` as the parts of its path.

    ``seen``: what the endpoint's guard told, where the caller named it with ``If-Match``: the change is of that state alone.
    """

    site: Site
    space: Workspace
    place: Mapping[str, Any]
    query: Any
    body: Any
    seen: "Told | None" = None


@dataclass(frozen=True)
class Told:
    """What an endpoint answers: a document, or ``content`` of another ``kind``. ``location``: where to look further."""

    document: Any = None
    content: bytes = b""
    kind: str = JSON
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handle = Callable[[Ask], Told]


@dataclass(frozen=True)
class Endpoint:
    """``path``: below the API's root, ``{parts}`` in braces; ``places``: a form whose fields are those parts.

    ``kinds``: the media types it can answer in, the preferred first. ``guard``: whose ETag ``If-Match`` is held against.
    ``problems``: the statuses it may answer beside those of every endpoint.
    """

    method: Method
    path: str
    name: str
    does: str
    role: Role
    handle: Handle
    answer: type[BaseModel] | None = None
    query: type[Form] = Nothing
    body: type[Form] | None = None
    places: type[Form] = Nothing
    status: int = 200
    kinds: tuple[str, ...] = (JSON,)
    guard: Handle | None = None
    problems: tuple[int, ...] = ()

    @property
    def rule(self) -> str:
        """The path as Flask writes it."""
        return self.path.replace("{", "<").replace("}", ">")


def respond(endpoint: Endpoint, site: Site, place: Mapping[str, str]) -> Response:
    """Answer a request. Raises ProblemError and what the use case raises."""
    kind = _kind(endpoint)
    ask = Ask(
        site=site,
        space=site.workspace(),
        place=_checked(endpoint.places, dict(place), "path").model_dump(),
        query=_query(endpoint),
        body=_body(endpoint),
    )
    if endpoint.guard is not None and "If-Match" in request.headers:
        ask = replace(ask, seen=_as_named(endpoint.guard, ask))
    told = endpoint.handle(ask)
    response = Response(_content(told), endpoint.status, content_type=_typed(told.kind if told.document is None else kind))
    response.headers.update(told.headers)
    response.headers["Cache-Control"] = "private, no-cache"
    if len(endpoint.kinds) > 1:
        response.vary.add("Accept")
    if told.location is not None:
        response.headers["Location"] = told.location
    if endpoint.method == "GET":
        tag = etag(told)
        if "If-Match" in request.headers and not request.if_match.contains(tag):
            raise outdated()
        response.set_etag(tag)
        # It would answer 412 in place of 304 where If-Match stands beside If-None-Match.
        response.make_conditional({name: value for name, value in request.environ.items() if name != "HTTP_IF_MATCH"})
    return response


def etag(told: Told) -> str:
    """A digest of what is answered: the same content has the same one in every process."""
    return hashlib.sha256(_content(told)).hexdigest()[:32]


def accepted(kinds: tuple[str, ...]) -> str | None:
    """The media type that the caller likes best; None: none of these."""
    if not request.accept_mimetypes:
        return kinds[0]
    return request.accept_mimetypes.best_match(kinds)


def _kind(endpoint: Endpoint) -> str:
    found = accepted(endpoint.kinds)
    if found is None:
        offered = ", ".join(endpoint.kinds)
        raise ProblemError(406, "This can't be answered in a form that you take.", fix=f"Accept one of {offered}.")
    return found


def _typed(kind: str) -> str:
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _content(told: Told) -> bytes:
    if told.document is None:
        return told.content
    return json.dumps(told.document, ensure_ascii=False, allow_nan=False, default=_plain).encode()


def _plain(value: object) -> object:
    """Records stand in documents as their JSON."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is no JSON.")


def _query(endpoint: Endpoint) -> Form:
    given: dict[str, str] = {}
    for name, values in request.args.lists():
        if len(values) > 1:
            raise ProblemError(422, f"The parameter {name[:80]!r} is given more than once.", reason="bad_form")
        given[name] = values[0]
    return _checked(endpoint.query, given, "query")


def _body(endpoint: Endpoint) -> Form | None:
    if endpoint.body is None:
        return None
    if request.mimetype != JSON:
        raise ProblemError(415, f"The body must be {JSON}.", fix=f"Send Content-Type: {JSON}.")
    raw = request.stream.read(LARGEST_BODY + 1)
    if len(raw) > LARGEST_BODY:
        raise ProblemError(413, f"The body is longer than {LARGEST_BODY:,} bytes.")
    try:
        json.loads(raw.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise ProblemError(400, "The body is no JSON.", reason="no_json") from None
    try:
        return endpoint.body.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise of_form(error, place="body") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Raises ProblemError where a key stands in it twice: readers differ in which of the two counts."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ProblemError(422, f"The key {name[:80]!r} is given more than once.", reason="bad_form")
        found[name] = value
    return found


def _checked(form: type[Form], given: dict[str, str], place: str) -> Form:
    try:
        return form.model_validate(given)
    except ValidationError as error:
        raise of_form(error, place=place) from None


def _as_named(guard: Handle, ask: Ask) -> Told:
    """The state that the caller has seen. Raises the problem of another one there is now; what is no ETag fits none."""
    present = guard(ask)
    if not request.if_match.contains(etag(present)):
        raise outdated()
    return present


@contextmanager
def in_time() -> Iterator[None]:
    """Tell what was changed since the caller has seen it, between the look at it and the change, as the look itself does."""
    try:
        yield
    except UsageError as error:
        if error.reason == CHANGED_MEANWHILE:
            raise outdated() from error
        raise


def outdated() -> ProblemError:
    """The problem of a change that was thought of for another state than there is now."""
    what = "It was changed since you read it."
    return ProblemError(412, what, reason="changed_since", fix="Read it again, and decide anew.")
