"""The vendors' login servers: a person agrees at once, codes and refresh tokens become access tokens that expire.

``/oauth-jira`` is auth.atlassian.com and the gateway api.atlassian.com in one: refresh tokens change at every use, and
the one before is taken again for ten minutes. ``/oauth-asana`` is app.asana.com: its refresh token stays the same, and
codes are bound to a challenge (S256). Each passes requests with a living access token on to its tool.
"""

import base64
import hashlib
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, request

CLIENT_ID = "sandbox-app"
CLIENT_SECRET = "sandbox-app-secret"
CLOUD_ID = "11111111-2222-3333-4444-555555555555"
LEEWAY = timedelta(minutes=10)
Wsgi = Callable[..., Iterable[bytes]]


@dataclass
class Refresh:
    """A refresh token: when it was used up, and what the person agreed to."""

    scope: str
    used_at: datetime | None = None
    revoked: bool = False


@dataclass
class LoginServer:
    """One vendor's login server. ``accept`` and ``forget`` tell the tool which access tokens it takes.

    ``lose``: so many of the next renewals are done, and their answers lost. ``renewals`` counts those done.
    ``reported``: accounts of which an app may keep nothing, "closed" or "updated".
    """

    clock: Callable[[], datetime]
    accept: Callable[[str], object]
    forget: Callable[[str], object]
    rotates: bool
    access_life_s: int = 3600
    lose: int = 0
    renewals: int = 0
    codes: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    living: dict[str, datetime] = field(default_factory=dict)
    reported: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _given: int = 0

    def next_name(self, kind: str) -> str:
        self._given += 1
        return f"{kind}-{self._given}-{'x' * 24}"

    def agree(self, args: dict[str, str]) -> Response:
        """What the consent page does when its button is pressed."""
        if args.get("client_id") != CLIENT_ID or not args.get("state") or args.get("response_type") != "code":
            return _refusal(400, "invalid_request")
        with self._lock:
            code = self.next_name("code")
            self.codes[code] = (args.get("redirect_uri", ""), args.get("code_challenge", ""), args.get("scope", ""))
        return Response(status=302, headers={
            "Location": f"{args['redirect_uri']}?{urlencode({'code': code, 'state': args['state']})}"
        })

    def grant(self, scope: str = "") -> str:
        """A refresh token as if a person had agreed."""
        with self._lock:
            return self._new_refresh(scope)

    def revoke(self) -> None:
        """End every login: no refresh and no access token is taken any more."""
        with self._lock:
            for refresh in self.refreshes.values():
                refresh.revoked = True
            self._end(list(self.living))

    def expire(self) -> None:
        """End every access token; logins stay."""
        with self._lock:
            self._end(list(self.living))

    def sweep(self) -> None:
        """Take back access tokens whose time is over."""
        with self._lock:
            self._end([token for token, until in self.living.items() if until <= self.clock()])

    def token(self, form: dict[str, str]) -> Response:
        """The token address."""
        if form.get("client_id") != CLIENT_ID or form.get("client_secret") != CLIENT_SECRET:
            return _refusal(401, "invalid_client")
        with self._lock:
            if form.get("grant_type") == "authorization_code":
                return self._exchange(form)
            if form.get("grant_type") == "refresh_token":
                return self._renew(form.get("refresh_token", ""))
        return _refusal(400, "unsupported_grant_type")

    def _exchange(self, form: dict[str, str]) -> Response:
        redirect_uri, challenge, scope = self.codes.pop(form.get("code", ""), ("", "", ""))
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if not redirect_uri or redirect_uri != form.get("redirect_uri"):
            return _refusal(400, "invalid_grant")
        if challenge and base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() != challenge:
            return _refusal(400, "invalid_grant")
        return self._answer(scope, self._new_refresh(scope))

    def _renew(self, name: str) -> Response:
        refresh, now = self.refreshes.get(name), self.clock()
        late = refresh is not None and refresh.used_at is not None and now - refresh.used_at > LEEWAY
        if refresh is None or refresh.revoked or late:
            return _refusal(403, "unauthorized_client") if self.rotates else _refusal(400, "invalid_grant")
        self.renewals += 1
        if self.rotates:
            refresh.used_at = refresh.used_at or now
        answer = self._answer(refresh.scope, self._new_refresh(refresh.scope) if self.rotates else None)
        if self.lose:
            self.lose -= 1
            return Response("upstream timed out", status=504)
        return answer

    def _new_refresh(self, scope: str) -> str:
        name = self.next_name("refresh")
        self.refreshes[name] = Refresh(scope)
        return name

    def _answer(self, scope: str, refresh: str | None) -> Response:
        token = self.next_name("access")
        self.living[token] = self.clock() + timedelta(seconds=self.access_life_s)
        self.accept(token)
        told: dict[str, Any] = {"access_token": token, "token_type": "bearer", "expires_in": self.access_life_s}
        told |= {"scope": scope} if scope else {}
        return jsonify(told | ({"refresh_token": refresh} if refresh else {}))

    def _end(self, tokens: list[str]) -> None:
        for token in tokens:
            del self.living[token]
            self.forget(token)


def _refusal(status: int, error: str) -> Response:
    answer = jsonify({"error": error, "error_description": "refused"})
    answer.status_code = status
    return answer


def _form() -> dict[str, str]:
    """A request's form, or its JSON object: the vendors take both."""
    given = request.get_json(silent=True) if request.is_json else None
    return {str(k): str(v) for k, v in given.items()} if isinstance(given, dict) else request.form.to_dict()


def jira_login(server: LoginServer, tool: Wsgi, *, site_url: str) -> Wsgi:
    """auth.atlassian.com and api.atlassian.com in front of a fake Jira."""
    app = Flask("sandbox-oauth-jira", static_folder=None)
    app.add_url_rule("/authorize", "authorize", lambda: server.agree(request.args.to_dict()))
    app.add_url_rule("/oauth/token", "token", lambda: server.token(_form()), methods=["POST"])

    @app.get("/oauth/token/accessible-resources")
    def resources() -> Response:
        server.sweep()
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in server.living:
            return _refusal(401, "unauthorized")
        return jsonify([{"id": CLOUD_ID, "url": site_url, "name": "sandbox", "scopes": []}])

    @app.post("/app/report-accounts/")
    def report() -> Response:
        server.sweep()
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in server.living:
            return _refusal(401, "unauthorized")
        told = [one["accountId"] for one in (request.get_json() or {}).get("accounts", [])]
        if not 1 <= len(told) <= 90:
            return _refusal(400, "invalid_request")
        said = [{"accountId": one, "status": server.reported[one]} for one in told if one in server.reported]
        return jsonify({"accounts": said}) if said else Response(status=204)

    return _Gate(server, app, tool, f"/ex/jira/{CLOUD_ID}")


def asana_login(server: LoginServer, tool: Wsgi) -> Wsgi:
    """app.asana.com's login in front of a fake Asana."""
    app = Flask("sandbox-oauth-asana", static_folder=None)
    app.add_url_rule("/-/oauth_authorize", "authorize", lambda: server.agree(request.args.to_dict()))
    app.add_url_rule("/-/oauth_token", "token", lambda: server.token(_form()), methods=["POST"])
    return _Gate(server, app, tool, "", below="/api/")


class _Gate:
    """Requests below a path go to the tool, once the tokens whose time is over are taken back."""

    def __init__(self, server: LoginServer, login: Wsgi, tool: Wsgi, prefix: str, *, below: str = "/") -> None:
        self._server, self._login, self._tool = server, login, tool
        self._prefix, self._below = prefix, below

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(f"{self._prefix}{self._below}"):
            return self._login(environ, start_response)
        self._server.sweep()
        inner = {**environ, "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + self._prefix}
        return self._tool({**inner, "PATH_INFO": path.removeprefix(self._prefix)}, start_response)
