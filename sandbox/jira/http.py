"""What every endpoint needs: the site, the account, the root of addresses, pages, bodies, and who may do what."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from flask import current_app, g, request

from sandbox.jira.records import ApiError, Json

if TYPE_CHECKING:
    from sandbox.jira.site import JiraSite

P = ParamSpec("P")
R = TypeVar("R")
NOT_SIGNED_IN = "You are not authenticated. Authentication required to perform this operation."
ADMINS_ONLY = "Only Jira administrators can access this resource."


def site() -> "JiraSite":
    return cast("JiraSite", current_app.extensions["jira_site"])


def root() -> str:
    """The address of the site without a slash at its end, context path kept."""
    return site().base_url or request.root_url.rstrip("/")


def account() -> str | None:
    """The account id behind the request, None for an anonymous one."""
    return cast("str | None", g.get("account"))


def writer() -> str:
    """The account id of a request that must be signed in. Raises ApiError 401."""
    found = account()
    if found is None:
        raise ApiError(401, NOT_SIGNED_IN)
    return found


def may(*permissions: str) -> bool:
    return not (site().denied & set(permissions))


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """Refuse anonymous requests with 401."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        writer()
        return view(*args, **kwargs)

    return guarded


def admin(view: Callable[P, R]) -> Callable[P, R]:
    """Refuse anonymous requests with 401, those without Administer Jira with 403."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        writer()
        if not may("ADMINISTER"):
            raise ApiError(403, ADMINS_ONLY)
        return view(*args, **kwargs)

    return guarded


def body() -> Json:
    """The JSON object of the request. Raises ApiError 400."""
    found = request.get_json(silent=True, force=True)
    if not isinstance(found, dict):
        raise ApiError(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    return found


def strings(value: Any, name: str) -> list[str]:
    """A JSON list of strings or numbers as strings. Raises ApiError 400 for anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or any(not isinstance(one, (str, int)) for one in value):
        raise ApiError(400, f"'{name}' must be an array of strings.")
    return [str(one) for one in value]


def whole(name: str, default: int) -> int:
    """A whole, non-negative number of the query string. Raises ApiError 400."""
    text = request.args.get(name, "")
    if not text:
        return default
    if not text.lstrip("-").isdigit():
        raise ApiError(400, f"The value '{text}' of '{name}' is not a number.")
    return max(0, int(text))


def several(name: str) -> list[str]:
    """A query parameter given several times, comma-separated, or both."""
    return [part for text in request.args.getlist(name) for part in text.split(",") if part]


def page(items: Sequence[Any], cap: int, *, default: int | None = None, key: str = "values") -> Json:
    """One page of a list by ``startAt`` and ``maxResults``; more than the cap is cut down without a word."""
    start = whole("startAt", 0)
    size = min(whole("maxResults", default or cap) or cap, cap)
    values = list(items[start : start + size])
    told: Json = {"self": request.url, "maxResults": size, "startAt": start, "total": len(items)}
    told["isLast"] = start + len(values) >= len(items)
    return told | {key: values}


def boolean(name: str, *, default: bool) -> bool:
    text = request.args.get(name)
    return default if text is None else text.lower() == "true"
