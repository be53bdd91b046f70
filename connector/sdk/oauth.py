"""OAuth 2.0 with refresh tokens that may change at every use: one renewal at a time in the whole deployment.

The order is: lease, look again what is stored, ask, store, use. An answer lost on the way is asked for again with the
same refresh token, which vendors allow for some minutes after its first use.
"""

import base64
import hashlib
import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from pydantic import SecretStr

from connector.sdk.base import Surroundings
from connector.sdk.http import Answer, TransportError, requests_session, retry_after_s, send_requests
from connector.sdk.redaction import redact
from model.errors import ConnectionUnusableError, RetryableError, UsageError
from model.ports import StoredToken
from model.sync import Problem

EARLY = timedelta(seconds=60)
TOKEN_READ_S = 20.0
LEASED_FOR = timedelta(seconds=60)
LONGEST_WAIT_S = 60.0
_ASK_EVERY_S = 0.2
_DEFAULT_LIFE_S = 3600
_WARN = timedelta(days=30)
_PENDING_FOR = timedelta(minutes=30)
_REFUSED = frozenset({"invalid_grant", "unauthorized_client", "access_denied"})


@dataclass(frozen=True)
class OAuthApp:
    """One connection's app at a vendor, and how that vendor's OAuth behaves.

    ``seed``: a refresh token of the configuration. ``idle_life``: how long an unused refresh token lasts;
    ``grant_life``: after how long a person has to agree again; None: not known to end.
    """

    connection: str
    client_id: str
    client_secret: SecretStr
    authorize_url: str
    token_url: str
    redirect_uri: str
    scopes: tuple[str, ...] = ()
    audience: str | None = None
    pkce: bool = False
    seed: SecretStr | None = None
    idle_life: timedelta | None = None
    grant_life: timedelta | None = None

    @property
    def seed_digest(self) -> str | None:
        """What tells a new configured refresh token from the one before."""
        return None if self.seed is None else hashlib.sha256(self.seed.get_secret_value().encode()).hexdigest()[:16]

    def log_in_again(self, what: str, *, reason: str = "login_needed") -> ConnectionUnusableError:
        return ConnectionUnusableError(
            what, where=self.connection, fix=f"Log in again: bellwether login {self.connection}", reason=reason
        )


Post = Callable[[str, dict[str, str]], Answer]
"""Sends a form to the token address. Raises TransportError when no answer came."""


def posting(around: Surroundings) -> Post:
    """One request to a token address, with short time-outs: others wait for it."""

    def post(url: str, form: dict[str, str]) -> Answer:
        with requests_session(read_s=TOKEN_READ_S, check=around.reach(url)) as session:
            session.headers["Accept"] = "application/json"
            return send_requests(lambda: session.post(url, data=form, allow_redirects=False))

    return post


class OAuthCredential:
    """The access token of one connection, renewed a minute before its end, or when the tool refuses it."""

    def __init__(self, app: OAuthApp, around: Surroundings, *, post: Post | None = None) -> None:
        self._app, self._around, self._post = app, around, post or posting(around)
        # Names this object to other processes; nothing depends on what it is.
        self._holder = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._token: StoredToken | None = None
        self._unsaved: tuple[StoredToken | None, StoredToken] | None = None

    @property
    def owner(self) -> str:
        """The connection: its token changes too often to be a name."""
        return self._app.connection

    def header(self) -> str:
        """The Authorization header. Raises ConnectionUnusableError when a person must log in, RetryableError else."""
        return f"Bearer {self.token().access.get_secret_value()}"

    def refused(self, header: str) -> bool:
        """Renew the token, unless that has happened since it was used."""
        self._renew(unlike=header.removeprefix("Bearer "))
        return True

    def token(self) -> StoredToken:
        """The token as it is to be used now."""
        token = self._token
        if token is not None and self._lasts(token):
            return token
        return self._renew(unlike=None)

    # -- renewing -----------------------------------------------------------------------------------------------------

    def _renew(self, *, unlike: str | None) -> StoredToken:
        """A token that lasts and is not the refused one: another thread's, another process's, or a new one."""
        with self._lock:
            if self._token is not None and self._good(self._token, unlike):
                return self._token
            if self._unsaved is not None:
                return self._store(*self._unsaved)
            stored = self._stored()
            if stored is not None and self._good(stored, unlike):
                self._token = stored
                return stored
            self._await_lease()
            try:
                return self._renew_alone(unlike)
            finally:
                self._around.tokens.release(self._app.connection, self._holder)

    def _renew_alone(self, unlike: str | None) -> StoredToken:
        """With the lease held: somebody may have been quicker."""
        kept = self._around.tokens.load(self._app.connection)
        usable = kept if kept is not None and not self._outdated(kept) else None
        if usable is not None and self._good(usable, unlike):
            self._token = usable
            return usable
        refresh = (usable.refresh if usable is not None else None) or self._app.seed
        if refresh is None:
            raise self._app.log_in_again("Nobody has logged in for this connection yet, or the login can't be renewed.")
        form = {"grant_type": "refresh_token", "refresh_token": refresh.get_secret_value()}
        given = ask_for_token(self._app, form, self._around.now(), post=self._post)
        new = given.model_copy(update={
            "refresh": given.refresh or refresh,
            "granted_at": usable.granted_at if usable is not None else None,
            "scopes": given.scopes or (usable.scopes if usable is not None else ()),
            "place": usable.place if usable is not None else None,
            "seed": self._app.seed_digest,
        })
        return self._store(kept, new)

    def _store(self, old: StoredToken | None, new: StoredToken) -> StoredToken:
        """Keep a new token before it is used; kept in memory for the next try where the database does not answer."""
        self._unsaved = (old, new)
        while not self._around.tokens.swap(self._app.connection, old, new):
            # Somebody logged in meanwhile: what they got is newer than what came of the old one.
            old = self._around.tokens.load(self._app.connection)
            if old is not None and self._lasts(old):
                new = old
                break
        self._unsaved = None
        self._token = new
        return new

    def _await_lease(self) -> None:
        waited_s = 0.0
        while True:
            now = self._around.now()
            if self._around.tokens.lease(self._app.connection, self._holder, now=now, until=now + LEASED_FOR):
                return
            if waited_s >= LONGEST_WAIT_S:
                raise RetryableError(
                    "Another process is renewing the login and does not finish.",
                    where=self._app.connection, reason="login_busy",
                )
            self._around.sleep(_ASK_EVERY_S)
            waited_s += _ASK_EVERY_S

    def _stored(self) -> StoredToken | None:
        """What is stored, unless the configuration names a newer refresh token."""
        stored = self._around.tokens.load(self._app.connection)
        return None if stored is None or self._outdated(stored) else stored

    def _outdated(self, stored: StoredToken) -> bool:
        return self._app.seed_digest is not None and stored.seed != self._app.seed_digest

    def _good(self, token: StoredToken, unlike: str | None) -> bool:
        return self._lasts(token) and token.access.get_secret_value() != unlike

    def _lasts(self, token: StoredToken) -> bool:
        return token.expires_at is None or token.expires_at - EARLY > self._around.now()

    def remember_place(self, place: str) -> None:
        """Keep what the token opens, so that the tool need not be asked again."""
        token = self.token()
        placed = token.model_copy(update={"place": place})
        if self._around.tokens.swap(self._app.connection, token, placed):
            self._token = placed

    # -- what check says ----------------------------------------------------------------------------------------------

    def problems(self) -> list[Problem]:
        """Ends that come near: of the agreement, and of a login that nobody uses."""
        token, now, app = self._around.tokens.load(self._app.connection), self._around.now(), self._app
        fix = f"Log in again: bellwether login {app.connection}"
        if token is None:
            return []
        found = []
        for since, life, what in (
            (token.granted_at, app.grant_life, "The agreement"),
            (token.renewed_at, app.idle_life, "The unused login"),
        ):
            if since is not None and life is not None and since + life - now <= _WARN:
                ends = since + life
                found.append(Problem(what=f"{what} ends on {ends.date()}.", fix=fix, fatal=ends <= now))
        lacking = [scope for scope in app.scopes if token.scopes and scope not in token.scopes]
        if lacking:
            found.append(Problem(what=f"The login lacks the scope {' '.join(lacking)}.", fix=fix, fatal=False))
        return found


def ask_for_token(app: OAuthApp, form: dict[str, str], now: datetime, *, post: Post) -> StoredToken:
    """Exchange a code or a refresh token. Raises ConnectionUnusableError when it is refused, RetryableError else."""
    credentials = {"client_id": app.client_id, "client_secret": app.client_secret.get_secret_value()}
    try:
        answer = post(app.token_url, {**form, **credentials})
    except TransportError as failure:
        raise RetryableError(
            f"The login server gave no answer ({failure.what}).", where=app.connection, reason="login_unreachable"
        ) from failure
    document = _object(answer)
    if answer.status == 200 and isinstance(document.get("access_token"), str):
        return _read(document, now)
    if answer.status == 429 or answer.status >= 500:
        raise RetryableError(
            f"The login server answered {answer.status}.", where=app.connection, reason="login_unreachable",
            retry_after_s=retry_after_s(answer.headers, now),
        )
    raise _refusal(app, answer.status, str(document.get("error", "")))


def _refusal(app: OAuthApp, status: int, error: str) -> ConnectionUnusableError:
    if error in _REFUSED:
        return app.log_in_again(f"The login is no longer valid ({error}).")
    said = f" ({redact(error)[:60]})" if error else ""
    return ConnectionUnusableError(
        f"The login server refused the app with {status}{said}.", where=app.connection,
        fix="Check client_id, client_secret and token_url of the connection.", reason="login_refused",
    )


def _object(answer: Answer) -> dict[str, Any]:
    try:
        document = json.loads(answer.body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _read(document: dict[str, Any], now: datetime) -> StoredToken:
    life = document.get("expires_in")
    life_s = life if isinstance(life, int) and life > 0 else _DEFAULT_LIFE_S
    refresh = document.get("refresh_token")
    return StoredToken(
        access=SecretStr(document["access_token"]),
        refresh=SecretStr(refresh) if isinstance(refresh, str) and refresh else None,
        expires_at=now + timedelta(seconds=life_s),
        renewed_at=now,
        scopes=tuple(str(document.get("scope") or "").split()),
    )


# -- logging in -------------------------------------------------------------------------------------------------------


def begin_login(app: OAuthApp, around: Surroundings, secret: Callable[[], str]) -> str:
    """The address where a person agrees. What its answer is checked against is stored, encrypted, for half an hour.

    ``secret`` gives a new random text at each call.
    """
    state, verifier = secret(), secret()
    pending = StoredToken(
        access=SecretStr(verifier), refresh=SecretStr(state), expires_at=around.now() + _PENDING_FOR
    )
    around.tokens.save(_pending_name(app), pending)
    query = {"client_id": app.client_id, "redirect_uri": app.redirect_uri, "response_type": "code", "state": state}
    if app.scopes:
        query["scope"] = " ".join(app.scopes)
    if app.audience is not None:
        query |= {"audience": app.audience, "prompt": "consent"}
    if app.pkce:
        query |= {"code_challenge": _challenge(verifier), "code_challenge_method": "S256"}
    return f"{app.authorize_url}?{urlencode(query)}"


def finish_login(app: OAuthApp, around: Surroundings, given: str, *, post: Post | None = None) -> StoredToken:
    """Store the token that a code (or the address a browser was sent to) stands for.

    Raises UsageError for what is no answer to the last ``begin_login``, ConnectionUnusableError when it is refused.
    """
    pending = around.tokens.load(_pending_name(app))
    if pending is None or pending.expires_at is None or pending.expires_at <= around.now():
        raise UsageError(
            "No login has been begun, or too long ago.", where=app.connection,
            fix=f"Run bellwether login {app.connection} and open the address it prints.",
        )
    form = {
        "grant_type": "authorization_code", "redirect_uri": app.redirect_uri,
        "code": _code(given, pending.refresh.get_secret_value() if pending.refresh else "", app.connection),
    }
    if app.pkce:
        form["code_verifier"] = pending.access.get_secret_value()
    token = ask_for_token(app, form, around.now(), post=post or posting(around))
    kept = token.model_copy(update={"granted_at": around.now(), "seed": app.seed_digest})
    around.tokens.save(app.connection, kept)
    # The code is used up: nobody else can finish this login.
    around.tokens.save(_pending_name(app), pending.model_copy(update={"expires_at": around.now()}))
    return kept


def _code(given: str, state: str, where: str) -> str:
    """The code of a pasted address, or the pasted text itself."""
    text = given.strip()
    if "://" not in text and "?" not in text:
        return text
    query = parse_qs(urlsplit(text).query)
    if "error" in query:
        said = redact(query["error"][0])[:60]
        raise UsageError(f"The tool did not agree ({said}).", where=where, fix="Open the address again, and agree.")
    if query.get("state", [""])[0] != state:
        raise UsageError(
            "The pasted address belongs to another login.", where=where,
            fix="Run the command again and paste the address that its own page leads to.", reason="wrong_state",
        )
    if not query.get("code"):
        raise UsageError("The pasted address holds no code.", where=where, fix="Paste the whole address.")
    return query["code"][0]


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _pending_name(app: OAuthApp) -> str:
    """A name that no connection has: they hold no colon."""
    return f"login:{app.connection}"
