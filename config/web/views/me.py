"""My account: password, where I am logged in, my tokens."""

from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from config.web import safety
from config.web.doors import doors
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import visitor
from model.access import Account, Scope
from model.errors import AppError, RefusedError, UsageError
from service import accounts, logins
from service.passwords import LEAST, check_new

PLACES = ()


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
            address = safety.address_of(request, doors(current_app).rules())
            logins.log_in(site.kept(), mine.name, request.form.get("password", ""), address=address)
            new = request.form.get("new", "")
            check_new(new, mine.name, again=request.form.get("again", ""), where="new")
            accounts.set_password(site.kept(), mine.id, new, by=mine.name, but=visitor().session)
        except AppError as error:
            return _page(site, error), 422
        return redirect("/account?done=password", 303)

    @pages.post("/account/sessions")
    @needs(Role.VIEWER, notes_itself=True)
    def end_sessions() -> Response:
        only = request.form.get("session", type=int)
        logins.end(site.kept(), _mine().id, only=only, but=None if only else visitor().session)
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


def _scope(text: str) -> Scope:
    try:
        return Scope(text)
    except ValueError:
        raise UsageError(f"There is no scope {text!r}.", where="scope", fix="Take read, write or admin.") from None
