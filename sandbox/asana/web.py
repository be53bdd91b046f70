"""What every endpoint shares: envelopes, ``opt_fields``, paging, bodies, and who is asking."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import Response, current_app, g, request

from sandbox.asana import render
from sandbox.asana.entities import User
from sandbox.asana.errors import RefusedError, bad, payment_required
from sandbox.asana.space import AsanaSpace

T = TypeVar("T")
ROOT = "/api/1.0"
LONGEST_LIST = 1000
PAGE_LIMIT = 100


@dataclass
class Offset:
    """Where a page ended: the path it was for, the last object shown, how many came before, until when it is good."""

    path: str
    last_gid: str
    index: int
    good_until: datetime


@dataclass
class Offsets:
    """The paging tokens given out and not yet expired."""

    tokens: dict[str, Offset] = field(default_factory=dict)
    given: int = 0


def space() -> AsanaSpace:
    """The workspace this app serves."""
    return cast(AsanaSpace, current_app.extensions["asana_space"])


def me() -> User:
    """The user whose token was sent."""
    return cast(User, g.asana_user)


def user_of(gid: object) -> User:
    """A user by gid, mail address or ``me``, or 404."""
    return me() if gid == "me" else space().get(space().users, "user", gid)


def require_paid(what: str) -> None:
    """402 on the free plan and where the plan lacks this feature, 403 where the account may not use it."""
    require_allowed(what)
    if space().plan == "free" or what.lower() in space().lacking:
        raise payment_required(what)


def require_allowed(what: str) -> None:
    """403 where the account may not use a feature."""
    if what.lower() in space().forbidden:
        raise RefusedError(403, f"{what}: Forbidden")


def visible(thing: T) -> T:
    """The object, or 403 when the account may not see it."""
    if space().hides(thing):
        raise RefusedError(403, "Forbidden: You do not have access to this object")
    return thing


def body() -> dict[str, Any]:
    """The ``data`` of a request body, or 400."""
    whole = request.get_json(silent=True)
    if not isinstance(whole, dict) or not isinstance(whole.get("data"), dict):
        raise bad("Could not parse request data, invalid JSON or no 'data' object")
    return cast(dict[str, Any], whole["data"])


def needed(data: Mapping[str, Any], name: str) -> Any:
    """A value a request cannot do without, or 400."""
    if data.get(name) in (None, ""):
        raise bad(f"{name}: Missing input")
    return data[name]


def opt_fields() -> render.Tree | None:
    """The asked-for fields of this request, from the query or from the body's options."""
    text = request.args.get("opt_fields")
    if text is None and request.method in ("POST", "PUT"):
        whole = request.get_json(silent=True)
        options = whole.get("options") if isinstance(whole, dict) else None
        names = options.get("fields") if isinstance(options, dict) else None
        text = ",".join(names) if isinstance(names, list) else names
    return render.parse_opt_fields(text) if text else None


def one(thing: Any, status: int = 200, **extra: Any) -> Response:
    """A single object: its full record, or what was asked for."""
    tree = opt_fields()
    shown = render.full(space(), thing) if tree is None else render.chosen(space(), thing, tree)
    return answer({"data": shown, **extra}, status)


def nothing() -> Response:
    """The empty record that deletes and adds answer with."""
    return answer({"data": {}})


def many(things: Sequence[Any]) -> Response:
    """A list: a page when ``limit`` is given, otherwise everything up to the vendor's cap."""
    tree = opt_fields()
    page, next_page = paged(things)
    if tree is None:
        shown = [render.compact(space(), each) for each in page]
    else:
        shown = [render.chosen(space(), each, tree) for each in page]
    return answer({"data": shown, "next_page": next_page})


def answer(document: dict[str, Any], status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json.dumps(document), status=status, mimetype="application/json")


def refusal(problem: RefusedError) -> Response:
    """An error in the vendor's envelope."""
    error = {
        "message": problem.message,
        "help": "For more information on API status codes and how to handle them, read the docs on errors: "
        "https://developers.asana.com/docs/errors",
    }
    given = answer({"errors": [error], **problem.extra}, problem.status)
    given.headers.extend(problem.headers)
    return given


def limit_asked() -> int | None:
    """``limit``, 1 to 100, or None; 400 otherwise."""
    text = request.args.get("limit")
    if text is None:
        return None
    if not text.isdigit() or not 1 <= int(text) <= PAGE_LIMIT:
        raise bad(f"limit: Must be between 1 and {PAGE_LIMIT}")
    return int(text)


def paged(things: Sequence[Any]) -> tuple[Sequence[Any], dict[str, str] | None]:
    """The page this request asks for, and the vendor's pointer to the next one."""
    limit, token = limit_asked(), request.args.get("offset")
    if limit is None and token is None:
        return things[:LONGEST_LIST], None
    size = limit or PAGE_LIMIT
    start = _resume(things, token) if token is not None else 0
    end = start + size
    if end < len(things):
        return things[start:end], _next_page(things[end - 1].gid, end)
    if token is not None and space().faults.take("last_page_400", request.method, short_path()):
        raise bad("The result set is too large. Narrow the query.")
    return things[start:end], None


def short_path() -> str:
    """The path below the API's root."""
    return request.path.removeprefix(ROOT)


def _resume(things: Sequence[Any], token: str) -> int:
    offset = _offsets().tokens.get(token)
    expired = space().faults.take("offset_expired", request.method, short_path())
    if expired or offset is None or offset.path != request.path or offset.good_until < space().now():
        raise bad("offset: Your pagination token has expired.")
    # The object a page ended with is the anchor, so that what was added or deleted meanwhile shifts nothing.
    if offset.index <= len(things) and things[offset.index - 1].gid == offset.last_gid:
        return offset.index
    return next((at + 1 for at, each in enumerate(things) if each.gid == offset.last_gid), offset.index)


def _next_page(last_gid: str, index: int) -> dict[str, str]:
    offsets = _offsets()
    offsets.given += 1
    token = hashlib.sha256(f"{space().seed}:offset:{offsets.given}:{last_gid}".encode()).hexdigest()[:40]
    good_until = space().now() + timedelta(seconds=space().offset_ttl_s)
    offsets.tokens[token] = Offset(request.path, last_gid, index, good_until)
    query = urlencode({**request.args.to_dict(), "offset": token})
    path = f"{short_path()}?{query}"
    return {"offset": token, "path": path, "uri": f"{request.host_url.rstrip('/')}{ROOT}{path}"}


def _offsets() -> Offsets:
    return cast(Offsets, current_app.extensions["asana_offsets"])
