"""My account: password, where I am logged in, my tokens."""

from collections.abc import Mapping

from flask import Blueprint, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from config.web import cookies, safety
from config.web.doors import doors
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import visitor
from model.access import Account, Scope
from model.errors import AppError, RefusedError, UsageError
from service import accounts, logins
from service.passwords import LEAST, check_new

PLACES = ()
LONGEST_NUMBER = 18
"""Digits of a login's number: whatever has more is none, and no column holds it."""


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of one's own account."""

    @pages.get("/account")
    @needs(Role.VIEWER)
    def me() -> Response | str:
        return _page(site)

    @pages.post("/account/password")
    @needs(Role.VIEWER, notes_itself=True)
    def my_password() -> Response | str | tuple[Response | str, int]:
        mine = _mine()
        try:
            # Whoever finds a browser that was left open can't make the account theirs.
            opened = doors(current_app)
            address, browser = safety.address_of(request, opened.rules()), cookies.login_of(opened.secure())
            logins.log_in(site.kept(), mine.name, request.form.get("password", ""), address=address, browser=browser)
            new = request.form.get("new", "")
            check_new(new, mine.name, again=request.form.get("again", ""), where="new")
            kept = _fate_of_tokens(site, mine) == "keep"
            accounts.set_password(site.kept(), mine.id, new, by=mine.name, but=visitor().session, keep_tokens=kept)
        except AppError as error:
            return _page(site, error), 422
        return redirect(f"/account?done={'password' if kept else 'password_and_tokens'}", 303)

    @pages.post("/account/sessions")
    @needs(Role.VIEWER, notes_itself=True)
    def end_sessions() -> Response:
        mine, only = _mine(), _named_login(request.form)
        logins.end(site.kept(), mine.id, only=only, but=visitor().session if only is None else None)
        return redirect("/account?done=sessions", 303)

    @pages.post("/account/tokens")
    @needs(Role.VIEWER, notes_itself=True)
    def make_token() -> Response | str | tuple[Response | str, int]:
        typed = request.form
        try:
            made = logins.make_token(
                site.kept(), _mine(), typed.get("name", ""), scope=_scope(typed.get("scope", "")),
                node=typed.get("node", "").strip() or None, days=typed.get("days", default=0, type=int),
            )  # fmt: skip
        except AppError as error:
            return _page(site, error), 422
        return _page(site, made=made)

    @pages.post("/account/tokens/<int:token>/revoke")
    @needs(Role.VIEWER, notes_itself=True)
    def revoke_token(token: int) -> Response | str | tuple[Response | str, int]:
        try:
            logins.revoke_token(site.kept(), _mine(), token)
        except AppError as error:
            return _page(site, error), 404
        return redirect("/account?done=token", 303)


def _fate_of_tokens(site: Site, mine: Account) -> str:
    """What somebody who changes their password wants done with their tokens. Raises UsageError where they have not said."""
    now = site.kept().clock()
    live = sum(one.is_live(now) for one in logins.tokens(site.kept(), mine.id))
    wanted = request.form.get("tokens", "")
    if live and wanted not in ("keep", "revoke"):
        fix = "Revoke them if somebody else may know the old password: they could have made one."
        raise UsageError("Say what becomes of your tokens.", where="tokens", fix=fix)
    return wanted or "keep"


def _page(site: Site, error: AppError | None = None, made: str | None = None) -> Response | str:
    mine = visitor().account
    if mine is None or visitor().by != "session":
        return redirect("/accounts/first")
    space = site.kept()
    return render_template(
        "me.html",
        mine=mine,
        told=accounts.told(mine.rights),
        sessions=logins.sessions(space, mine.id, doors(current_app).lasting()),
        here_session=visitor().session,
        tokens=logins.tokens(space, mine.id),
        live=sum(one.is_live(space.clock()) for one in logins.tokens(space, mine.id)),
        token_days=doors(current_app).lasting().elsewhere.days,
        scopes=[scope for scope in Scope if scope.role <= visitor().highest],
        now=space.clock(),
        error=error,
        made=made,
        least=LEAST,
        typed=request.form,
        done=request.args.get("done", ""),
    )


def _mine() -> Account:
    found = visitor().account
    if found is None or visitor().by != "session":
        raise RefusedError("Nobody is logged in.", fix="Make the first account: /accounts/first.", reason="no_account")
    return found


def _named_login(form: Mapping[str, str]) -> int | None:
    """The one login that is to be ended; None: all the others. Answers 400 for what names none, so that it ends nothing."""
    text = form.get("session")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        abort(400, "This names no login. Look at the list again.")
    return int(text)


def _scope(text: str) -> Scope:
    try:
        return Scope(text)
    except ValueError:
        raise UsageError(f"There is no scope {text!r}.", where="scope", fix="Take read, write or admin.") from None
