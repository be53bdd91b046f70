"""Accounts and their rights, and who changed what: for admins."""

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from config.web.numbers import whole_number
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import visitor
from model.access import ROLES, Account, Right
from model.errors import CHANGED_MEANWHILE, AppError, NotFoundError, UsageError
from service import accounts, deeds
from service.passwords import LEAST

PLACES = (
    Place("Accounts", "/accounts", "settings", 60, Role.ADMIN),
    Place("Who changed what", "/accounts/changes", "running", 90, Role.ADMIN),
)
PER_PAGE = 50


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of accounts."""

    @pages.route("/accounts", methods=["GET", "POST"])
    @needs(Role.ADMIN, notes_itself=True)
    def all_accounts() -> Response | str | tuple[str, int]:
        if request.method == "GET":
            return _list(site)
        typed = request.form
        try:
            accounts.add(
                site.workspace(), typed.get("name", ""), typed.get("password", ""), (_right(),), by=visitor().name
            )
        except AppError as error:
            return _list(site, error), 422
        return redirect("/accounts?done=added", 303)

    @pages.get("/accounts/<int:account>")
    @needs(Role.ADMIN)
    def one_account(account: int) -> str:
        return _one(site, _there(site, account))

    @pages.post("/accounts/<int:account>/rights")
    @needs(Role.ADMIN, notes_itself=True)
    def change_rights(account: int) -> Response | str | tuple[str, int]:
        return _change_rights(site, _there(site, account).id)

    @pages.post("/accounts/<int:account>/<any(disable,enable):what>")
    @needs(Role.ADMIN, notes_itself=True)
    def switch_account(account: int, what: str) -> Response | str | tuple[str, int]:
        found = _there(site, account)
        try:
            (accounts.disable if what == "disable" else accounts.enable)(site.workspace(), account, by=visitor().name)
        except AppError as error:
            return _one(site, found, error), 422
        return redirect(f"/accounts/{account}", 303)

    @pages.post("/accounts/<int:account>/password")
    @needs(Role.ADMIN, notes_itself=True)
    def new_password(account: int) -> Response | str | tuple[str, int]:
        found = _there(site, account)
        try:
            accounts.set_password(site.workspace(), account, request.form.get("password", ""), by=visitor().name)
        except AppError as error:
            return _one(site, found, error), 422
        return redirect(f"/accounts/{account}?done=password", 303)

    @pages.get("/accounts/changes")
    @needs(Role.ADMIN)
    def changes() -> str:
        page = whole_number(request.args, "page", 1)
        found = deeds.newest(site.workspace(), PER_PAGE + 1, skip=(page - 1) * PER_PAGE)
        return render_template("deeds.html", deeds=found[:PER_PAGE], page=page, more=len(found) > PER_PAGE)


def _change_rights(site: Site, account: int) -> Response | tuple[str, int]:
    """Give the right that was typed, or take that away which the button names."""
    try:
        if request.form.get("do") == "take":
            accounts.take(site.workspace(), account, _right(), by=visitor().name)
        else:
            accounts.give(site.workspace(), account, _right(), by=visitor().name, seen=request.form.getlist("seen"))
    except AppError as error:
        return _one(site, _there(site, account), error), 409 if error.reason == CHANGED_MEANWHILE else 422
    return redirect(f"/accounts/{account}", 303)


def _right() -> Right:
    word = request.form.get("role", "")
    if word not in ROLES:
        raise UsageError(f"There is no role {word!r}.", where="role", fix=f"Take one of {', '.join(ROLES)}.")
    return Right(role=ROLES[word], node=request.form.get("node", "").strip() or None)


def _list(site: Site, error: AppError | None = None) -> str:
    space = site.workspace()
    return render_template(
        "accounts.html", accounts=accounts.listed(space), told=accounts.told, roles=list(ROLES), error=error,
        typed=request.form, least=LEAST, nodes=space.tree.nodes, done=request.args.get("done", ""),
    )  # fmt: skip


def _one(site: Site, account: Account, error: AppError | None = None) -> str:
    return render_template(
        "account.html", account=account, roles=list(ROLES), error=error, typed=request.form, least=LEAST,
        nodes=site.workspace().tree.nodes, done=request.args.get("done", ""),
    )  # fmt: skip


def _there(site: Site, account: int) -> Account:
    try:
        return accounts.of_id(site.workspace(), account)
    except NotFoundError as error:
        abort(404, error.what)
