"""Our two cookies: one holds what proves that a form is ours (signed), the other a random text that stands for a login."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from config.web.rights import whole_need_of
from model.errors import AppError

LOGIN = "bellwether-login"
FORMS = "bellwether-forms"
LIFETIME_S = 31 * 86_400
"""Longer than any login lasts: one that ran out has to be recognised, so that what was typed is kept for its owner."""


def named(name: str, secure: bool) -> str:
    """A cookie's name: over https one that no other host and no http page can set in its place."""
    return f"__Host-{name}" if secure else name


class Cookies(SecureCookieSessionInterface):
    """Flask's session, signed with the deployment's own key. ``key`` is asked when the first page is."""

    def __init__(self, key: Callable[[], str], secure: Callable[[], bool]) -> None:
        self._key, self._secure = key, secure

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if _is_plain(app, request):
            return None
        try:
            app.secret_key = app.secret_key or self._key()
            return super().open_session(app, request)
        except AppError:  # the page that tells of it needs no session
            return None

    def get_cookie_name(self, app: Flask) -> str:
        return named(FORMS, self._secure())

    def get_cookie_secure(self, app: Flask) -> bool:
        return self._secure()


def _is_plain(app: Flask, request: Request) -> bool:
    """Whether a view answers that looks for no login, and so needs no session; a page that says that nothing is there does."""
    adapter = app.create_url_adapter(request)
    try:
        endpoint = adapter.match()[0] if adapter else None  # Flask itself looks only after it has opened the session
    except HTTPException:
        return False
    need = whole_need_of(app, endpoint) if endpoint else None
    return need is not None and need.plain


def settings() -> dict[str, Any]:
    """What Flask is to know of cookies and forms."""
    return {
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": LIFETIME_S,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
    }


def login_of(secure: bool) -> str:
    """The content of the login's cookie; empty: there is none."""
    return request.cookies.get(named(LOGIN, secure), "")


def give_login(response: Response, content: str, *, secure: bool) -> None:
    """Have the browser keep a login; an empty content takes it away."""
    age = LIFETIME_S if content else 0
    response.set_cookie(named(LOGIN, secure), content, max_age=age, secure=secure, httponly=True, samesite="Lax", path="/")
