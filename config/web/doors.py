"""The one place where it is decided whether a request is answered: every route passes here, whatever it is.

In this order: is it a name of ours; who asks (a token of the API, a login, the machine itself); does a form come from a page
of ours; may they. A route that does not say what it needs is not served at all.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response as Answer

from config.configuration import Configuration
from config.logins import LoginRules
from config.web import cookies, safety
from config.web.deeds import Watch
from config.web.rights import Need, Role, whole_need_of
from config.web.site import Site
from config.web.typed import secret, typed, uploaded
from config.web.visitor import MACHINE, NOBODY, Visitor, reader, visitor
from model.errors import AppError
from service import accounts, kept_forms, logins
from service.workspace import Workspace

_API = "/api/"
_LOG_IN = "Log in in another tab, then come back here and send the form again."
_LARGEST = 8 * 1024 * 1024
"""The longest request that a page or the API takes, in bytes."""


class Doors:
    """Stands before every route of an app."""

    def __init__(self, app: Flask, site: Site) -> None:
        self._app, self._site = app, site
        self._last: Configuration | None = None
        self._watch = Watch(site.kept, lambda: self._configuration().path)
        self._accounts = False
        app.config.from_mapping(cookies.settings())
        app.session_interface = cookies.Cookies(self._key, self.secure)
        self._forms = CSRFProtect(app)
        app.extensions["doors"] = self
        app.before_request(self._before)
        app.after_request(self._after)

    def rules(self) -> LoginRules:
        """The rules of logins; while the configuration is wrong those that held before."""
        return self._configuration().login

    def public_url(self) -> str | None:
        return self._configuration().public_url

    def secure(self) -> bool:
        """Whether cookies go over https only."""
        return safety.is_secure(request, self.rules())

    def lasting(self) -> logins.Lasting:
        """How long logins last."""
        rules = self.rules()
        sessions = logins.Lasting(timedelta(minutes=rules.idle_minutes), timedelta(hours=rules.session_hours))
        if rules.oidc is None:
            return sessions
        return replace(sessions, issuer=rules.oidc.issuer, elsewhere=timedelta(days=rules.oidc.token_days))

    def login_needed(self) -> bool:
        """Whether anybody has to log in: as soon as somebody can."""
        if not self._accounts:
            self._accounts = accounts.there_are(self._site.kept())
        return self._accounts or self.rules().oidc is not None

    def _before(self) -> Answer | None:
        g.visitor = NOBODY
        need = whole_need_of(self._app, request.endpoint) if request.endpoint else Need(Role.ANYBODY)
        if need is None:
            abort(403, "This page does not say who may see it.")
        if need.plain or (need.monitored and self._monitors()):
            return None
        self._as_it_was_meant()
        g.visitor = self._visitor()
        self._as_it_is_typed()
        if request.method not in safety.SAFE_METHODS and visitor().by != "token":
            refused = self._form(need)
            if refused is not None:
                return refused
        self._bind()
        refused = self._admit(need)
        if refused is None:
            self._watch.before()
        return refused

    def _after(self, response: Response) -> Response:
        need = whole_need_of(self._app, request.endpoint) if request.endpoint else None
        if need is not None and need.plain:  # called by programs, some of them very often
            return safety.tell(response, secure=False)
        if need is not None and not need.notes_itself:
            self._watch.after(response)
        if response.status_code == 401 and request.path.startswith(_API):
            response.headers.setdefault("WWW-Authenticate", "Bearer")
        return safety.tell(response, secure=self._is_https())

    def _is_https(self) -> bool:
        try:
            return self.secure()
        except AppError:
            return False

    def _monitors(self) -> bool:
        """Whether the figures are read by whoever may; while nothing can be read the view says so."""
        try:
            return safety.may_monitor(request, self.rules())
        except AppError:
            return True

    def _as_it_was_meant(self) -> None:
        """Refuse names that are not ours, and what is too long."""
        request.max_content_length = request.max_form_memory_size = _LARGEST
        rules = self._told_to_the_machine()
        if not safety.is_ours(safety.host_of(request), rules, self.public_url(), login=self.login_needed()):
            abort(403, "This page does not answer under this name: see login.hosts and public_url in the configuration.")

    def _as_it_is_typed(self) -> None:
        """Refuse a NUL in what a page is sent: nobody types one, and PostgreSQL keeps no text that has one. The API refuses it
        by the form of its parameters."""
        if request.path.startswith(_API):
            return
        sent = (request.args, request.form)
        if "\x00" in request.path or any("\x00" in one for of in sent for pair in of.items(multi=True) for one in pair):
            abort(422, "There is a character in it that no text has (NUL). Take it out, and send it again.")

    def _told_to_the_machine(self) -> LoginRules:
        """The rules; where there are none, what is wrong is told to this machine alone."""
        try:
            self.login_needed()
            return self.rules()
        except AppError:
            if safety.is_at_the_machine(request) and safety.host_of(request) in safety.LOOPBACK_NAMES:
                g.told_to_the_machine = True
                raise
            abort(503, "The configuration or the database can't be read. What is wrong stands in the log.")

    def _visitor(self) -> Visitor:
        space = self._site.kept()
        if request.path.startswith(_API) and "Authorization" in request.headers:
            kind, _, content = request.headers["Authorization"].partition(" ")
            found = logins.of_token(space, content.strip(), self.lasting()) if kind.lower() == "bearer" else None
            if isinstance(found, logins.Lapsed):
                abort(401, f"{found.what} {found.fix}")
            if found is None:
                abort(401, "The token is not valid, has run out or was revoked.")
            return Visitor(found.account.name, "token", found.rights, found.account)
        if not self.login_needed():
            if not safety.is_at_the_machine(request):
                abort(403, "Nobody can log in yet, so this page answers on its own machine only: bellwether account add NAME.")
            return MACHINE
        content = cookies.login_of(self.secure())
        known = logins.known(space, content, self.lasting()) if content else None
        if isinstance(known, logins.Known):
            return Visitor(known.account.name, "session", known.rights, known.account, known.session)
        return Visitor("nobody", "nobody", expired=known)

    def _form(self, need: Need) -> Answer | None:
        """Let a form through that a page of ours was sent with; otherwise keep what was typed, for whoever typed it."""
        asked = visitor()
        if asked.by in ("machine", "nobody") and request.path.startswith(_API) and safety.is_no_browser(request):
            return None  # a program without a token, which is told so where one is needed
        if not safety.same_origin(request, self.public_url()):
            abort(403, "The form did not come from this page.")
        try:
            if session.get("of", "") != _holder(asked):
                raise CSRFError("The form was opened by somebody else, or before a login.")
            self._forms.protect()
        except CSRFError:
            return self._ask_again(need)
        if asked.expired is not None and need.role > Role.ANYBODY and not request.path.startswith(_API):
            self._ask_the_page_itself()
            account = asked.expired.account.id
            kept = kept_forms.keep(self._site.kept(), account, _here(), [*typed(), *uploaded()])
            if kept is None:
                abort(401, f"You are not logged in any more, and what you sent is too long to be kept for you. {_LOG_IN}")
            return redirect(url_for("pages.login", kept=kept, next=_back()), 303)
        return None

    def _ask_the_page_itself(self) -> None:
        """Answer 401 to a page that looks by itself how something stands: it stays as it is, with all that was typed into it,
        until somebody sends it."""
        if "HX-Request" in request.headers:
            abort(401, "You are not logged in any more.")

    def _ask_again(self, need: Need) -> Answer:
        """The form once more, filled in: whoever sees it can send it with a proof that it is ours."""
        self._bind()
        if request.path.startswith(_API):
            abort(400, "The token of the form (X-CSRFToken) is missing or wrong.")
        if request.endpoint == "pages.login":  # in another window: what was typed here is of no use to anybody
            where = {name: request.form.get(name, "") for name in ("kept", "next")}
            return Response(render_template("login_again.html", **where), 400)
        refused = self._admit(need)
        if refused is not None:
            return refused
        fields = [(name, value, secret(name)) for name, value in [*typed(), *uploaded()]]
        return Response(render_template("kept.html", path=_here(), fields=fields, stale=True), 400)

    def _bind(self) -> None:
        """Tie what proves a form to this login: one from before it, or of another one, proves nothing."""
        if session.get("of", "") != _holder(visitor()):
            session.clear()
            session["of"] = _holder(visitor())
            session.permanent = True

    def _admit(self, need: Need) -> Answer | None:
        asked = visitor()
        if need.role is Role.ANYBODY:
            return None
        if asked.by == "nobody":
            if request.path.startswith(_API):
                abort(401, "Log in, or send a token: Authorization: Bearer …")
            self._ask_the_page_itself()
            if request.method in safety.SAFE_METHODS:
                return redirect(url_for("pages.login", next=_here()))
            abort(401, f"You are not logged in. {_LOG_IN}")
        named = request.view_args or {}
        role = self._role(need, named)
        if role < Role.VIEWER and "node_id" in named:
            abort(404, f"There is no node {named['node_id']!r}.")  # the same for one that they may not see
        if role < need.role:
            abort(403, f"This needs the role {need.role.word}.")
        return None

    def _role(self, need: Need, named: Mapping[str, object]) -> Role:
        """What the visitor may do at an address with these parts."""
        asked = visitor()
        if "node_id" in named:
            return reader(self._site.kept()).role_on(str(named["node_id"]))
        if need.anywhere or need.role is Role.VIEWER:
            return asked.highest
        return max((right.role for right in asked.rights if right.node is None), default=Role.ANYBODY)

    def _configuration(self) -> Configuration:
        try:
            self._last = self._site.configuration()
        except AppError:
            if self._last is None:
                raise
        return self._last

    def _key(self) -> str:
        space: Workspace = self._site.kept()
        return logins.key(space, "forms")

    def may_open(self, address: str) -> bool:
        """Whether the visitor may open a page, by its address: of the menu, or of a link within another page."""
        endpoint, named = self._app.url_map.bind("").match(urlsplit(address).path)
        need = whole_need_of(self._app, endpoint)
        return need is not None and self._role(need, named) >= need.role


def doors(app: Flask) -> Doors:
    """The doors of an app."""
    found: Doors = app.extensions["doors"]
    return found


def _holder(asked: Visitor) -> str:
    """Whose forms these are: of one login, also of one that has just run out."""
    number = asked.expired.session if asked.expired else asked.session
    return "" if number is None else str(number)


def _here() -> str:
    """The address of this request within the site."""
    return request.full_path.rstrip("?")


def _back() -> str:
    """Where to go after a login from a form: its own page, where it has one."""
    rule = request.url_rule
    return _here() if rule is not None and "GET" in (rule.methods or ()) else "/"
