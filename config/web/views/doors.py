"""Logging in and out, the first admin, and forms that were kept while their owner had to log in again."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as Answer

from config.web import cookies, safety
from config.web.doors import doors
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.typed import secret
from config.web.visitor import visitor
from model.access import Account, Right
from model.errors import AppError, NotFoundError, RefusedError, UsageError
from service import accounts, kept_forms, logins
from service.passwords import LEAST, check_new
from store.logins import KeptForm

PLACES = ()
_THERE = "Log in with it, or ask whoever made it for one of your own."


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of the door itself."""
    _logins(pages, site)
    _first_account(pages, site)
    _kept_forms(pages, site)


def _logins(pages: Blueprint, site: Site) -> None:
    @pages.route("/login", methods=["GET", "POST"])
    @needs(Role.ANYBODY, notes_itself=True)
    def login() -> Answer | str | tuple[str, int]:
        if not doors(current_app).login_needed():
            return redirect("/")
        if request.method == "GET":
            mine = visitor().account  # logged in already, in another tab: then on to what this one was about
            return _login_page() if mine is None else redirect(_after_login(mine, site, request.args))
        address = safety.address_of(request, doors(current_app).rules())
        try:
            name, password = request.form.get("name", ""), request.form.get("password", "")
            browser = cookies.login_of(doors(current_app).secure())
            account = logins.log_in(site.kept(), name, password, address=address, browser=browser)
        except logins.TooManyTriesError as error:
            return Response(_login_page(error), 429, {"Retry-After": str(error.retry_after_s)})
        except AppError as error:
            return _login_page(error), 422
        return let_in(site, account, _after_login(account, site, request.form))

    @pages.post("/logout")
    @needs(Role.ANYBODY, notes_itself=True)
    def logout() -> Answer:
        asked = visitor()
        if asked.account is not None and asked.session is not None:
            logins.end(site.kept(), asked.account.id, only=asked.session)
        session.clear()
        answer = redirect(url_for("pages.login"), 303)
        cookies.give_login(answer, "", secure=doors(current_app).secure())
        return answer


def _first_account(pages: Blueprint, site: Site) -> None:
    @pages.route("/accounts/first", methods=["GET", "POST"])
    @needs(Role.ANYBODY, notes_itself=True)
    def first() -> Answer | str | tuple[str, int]:
        if visitor().by == "nobody":  # somebody was quicker, perhaps this very person by a second click
            return _login_page(RefusedError("There is an account already.", fix=_THERE)), 404
        if visitor().by != "machine":
            abort(404, "There is an account already.")
        if request.method == "GET":
            return render_template("first.html", least=LEAST, name="", error=None)
        name, password = request.form.get("name", ""), request.form.get("password", "")
        try:
            check_new(password, name.strip() or "?", again=request.form.get("again", ""))
            rights = (Right(role=Role.ADMIN),)
            made = accounts.add(site.kept(), name, password, rights, by=visitor().name, only_first=True)
        except UsageError as error:
            return render_template("first.html", least=LEAST, name=name, error=error), 422
        except RefusedError as error:
            return _login_page(error), 409
        return let_in(site, made, "/")


def _kept_forms(pages: Blueprint, site: Site) -> None:
    @pages.get("/login/kept/<kept>")
    @needs(Role.VIEWER)
    def kept_form(kept: str) -> str:
        form = _kept(site, kept)
        fields = [(name, value, secret(name)) for name, value in form.fields]
        return render_template("kept.html", path=form.path, fields=fields, kept=form.id)

    @pages.post("/login/kept/<kept>/drop")
    @needs(Role.VIEWER, notes_itself=True)
    def drop_form(kept: str) -> Answer:
        form = _kept(site, kept)
        kept_forms.drop(site.kept(), _account_id(), form.id)
        return redirect("/", 303)


def let_in(site: Site, account: Account, where: str) -> Answer:
    """Begin a login with a new random text, whatever the browser brought along, and go somewhere."""
    opened = doors(current_app)
    content = logins.begin(
        site.kept(), account.id, agent=request.headers.get("User-Agent", ""), ended=cookies.login_of(opened.secure())
    )
    session.clear()
    answer = redirect(where, 303)
    cookies.give_login(answer, content, secure=opened.secure())
    return answer


def after(account: Account, site: Site, kept: str, wanted: str) -> str:
    """Where to go after a login: to what this account typed before, else to where it wanted to."""
    if kept:
        try:
            return url_for("pages.kept_form", kept=kept_forms.kept(site.kept(), account.id, kept).id)
        except NotFoundError:
            return "/"
    return own_path(wanted)


def _after_login(account: Account, site: Site, given: Mapping[str, str]) -> str:
    return after(account, site, given.get("kept", ""), given.get("next", ""))


def own_path(wanted: str) -> str:
    """An address within this site; whatever leads elsewhere leads home."""
    parts = urlsplit(wanted)
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable() and "\\" not in wanted
    return wanted if plain and not parts.scheme and not parts.netloc else "/"


def _login_page(error: AppError | None = None) -> str:
    oidc = doors(current_app).rules().oidc
    given = request.values
    return render_template(
        "login.html",
        error=error,
        name=request.form.get("name", ""),
        next=own_path(given.get("next", "/")),
        kept=given.get("kept", ""),
        elsewhere=oidc.title if oidc else None,
    )


def _account_id() -> int:
    account = visitor().account
    if account is None:
        abort(404, "Nobody is logged in.")
    return account.id


def _kept(site: Site, kept: str) -> KeptForm:
    try:
        return kept_forms.kept(site.kept(), _account_id(), kept)
    except NotFoundError as error:
        abort(404, f"{error.what} {error.fix}")
