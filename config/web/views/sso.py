"""Single sign-on: away to the provider, and back."""

from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, abort, current_app, render_template, request, session, url_for
from werkzeug.wrappers import Response

from config.logins import Oidc
from config.web.doors import doors
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.views.doors import after, let_in, own_path
from model.errors import AppError, UsageError
from service import accounts

if TYPE_CHECKING:
    from config.web.sso import SingleSignOn

PLACES = ()

log = structlog.get_logger()


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of single sign-on."""
    made: dict[Oidc, SingleSignOn] = {}

    def provider() -> tuple[Oidc, "SingleSignOn"]:
        oidc = doors(current_app).rules().oidc
        if oidc is None:
            abort(404, "Nobody logs in elsewhere here.")
        if oidc not in made:
            from config.web.sso import SingleSignOn  # what it needs takes a while to load, and few log in elsewhere

            made.clear()
            check = site.around(site.configuration()).reach(oidc.issuer)
            made[oidc] = SingleSignOn(oidc, site.configuration().secrets(oidc.client_secret), check)
        return oidc, made[oidc]

    @pages.get("/login/oidc")
    @needs(Role.ANYBODY)
    def go_elsewhere() -> Response | tuple[str, int]:
        try:
            answer = provider()[1].go(_back())
        except AppError as error:
            return _failed(error)
        session["after"] = [request.args.get("kept", ""), own_path(request.args.get("next", "/"))]
        return answer

    @pages.get("/login/oidc/back")
    @needs(Role.ANYBODY, notes_itself=True)
    def come_back() -> Response | tuple[str, int]:
        oidc, known = provider()
        try:
            person = known.person()
            rights = oidc.rights_of(person.values)
            account = accounts.from_elsewhere(site.workspace(), person.issuer, person.subject, person.name, rights)
        except AppError as error:
            return _failed(error)
        kept, wanted = session.get("after") or ("", "/")
        return let_in(site, account, after(account, site, kept, wanted))


def _back() -> str:
    """Where the provider is to send the browser: under the name by which people know the page."""
    public = doors(current_app).public_url() or request.host_url.rstrip("/")
    return public + url_for("pages.come_back")


def _failed(error: AppError) -> tuple[str, int]:
    if isinstance(error, UsageError):
        raise error
    log.warning("login_elsewhere_failed", reason=error.reason)
    oidc = doors(current_app).rules().oidc
    page = render_template(
        "login.html", error=error, name="", next="/", kept="", elsewhere=oidc.title if oidc else None
    )
    return page, 403
