"""Who changed what through the page or the API: noted for every route, without the route's doing.

A change is a form that was answered with another address to go to, a call of the API that went through, and whatever made
the configuration another one. Views that know better what they do say it (``tell``), or note it themselves (``notes_itself``).
"""

from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

from flask import Response, g, request

from config.web.safety import SAFE_METHODS
from config.web.typed import typed
from config.web.visitor import visitor
from connector.sdk.redaction import redact
from model.errors import AppError
from service import deeds
from service.workspace import Workspace

_LONGEST = 200


def tell(what: str, place: str, about: str | None = None) -> None:
    """Say in words what this request did, to what, and what that was: noted in place of the form's own fields."""
    g.deed = (what, place, about)


class Watch:
    """Looks at the configuration before and after whatever may change it."""

    def __init__(self, space: Callable[[], Workspace], path: Callable[[], Path | None]) -> None:
        self._space, self._path = space, path

    def before(self) -> None:
        if request.method not in SAFE_METHODS:
            g.configured = self._text()

    def after(self, response: Response) -> None:
        """Note what a request has changed."""
        if request.method in SAFE_METHODS or visitor().by == "nobody" or "configured" not in g:
            return
        before, after = _differing(g.configured, self._text())
        sent = response.status_code in range(300, 400)
        called = request.path.startswith("/api/") and response.status_code in range(200, 300)
        if not (before or after or sent or called):
            return
        space = self._space()
        with space.db.begin() as uow:
            if "deed" in g:
                what, place, about = g.deed
                deeds.note(space, uow, visitor().name, what, place, before=redact(about) if about else None)
                return
            what = (request.endpoint or "").rpartition(".")[2].replace("_", " ")
            fields = "\n".join(f"{_line(name)}: {_line(value)}" for name, value in typed() if value)
            deeds.note(space, uow, visitor().name, what, request.path, before=before, after=after or redact(fields) or None)

    def _text(self) -> str:
        """The configuration as it stands in its file."""
        try:
            path = self._path()
            return path.read_text(encoding="utf-8-sig") if path is not None else ""
        except (AppError, OSError):
            return ""


def _line(text: str) -> str:
    """What somebody typed, on one line: another one would look like a field of its own."""
    return "⏎".join(text[:_LONGEST].splitlines())


def _differing(before: str, after: str) -> tuple[str | None, str | None]:
    """The lines that went, and those that came."""
    lines = list(unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]
    gone = "\n".join(line[1:] for line in lines if line.startswith("-"))
    come = "\n".join(line[1:] for line in lines if line.startswith("+"))
    return redact(gone) or None, redact(come) or None
