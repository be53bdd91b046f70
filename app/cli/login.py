"""Logging in to a tool with a browser, for connections that use OAuth 2.0."""

import secrets
import sys

import click

from app import bootstrap
from app.cli.frame import Exit, Frame, command
from connector.sdk.oauth import OAuthApp, begin_login, finish_login
from connector.sdk.registry import oauth_app
from model.errors import UsageError
from service.documents import instant


@command("login")
@click.argument("name", metavar="CONNECTION")
@click.option("--code", metavar="TEXT", help="The code, or the address that the browser was sent to; else it is asked for.")
def login(frame: Frame, name: str, code: str | None) -> Exit:
    """Log in to CONNECTION (auth type oauth2): prints an address to open, takes what comes back, keeps the token."""
    configuration = frame.configuration()
    settings = configuration.connections.get(name)
    if settings is None:
        known = ", ".join(configuration.connections) or "none"
        raise UsageError(f"There is no connection {name!r}.", where="CONNECTION", fix=f"Connections are: {known}.")
    database = bootstrap.open_database(configuration, frame.settings)
    try:
        around = bootstrap.surroundings(configuration, database, frame.settings.allowed_hosts)
        app = oauth_app(settings, around.read_secret)
        given = code
        if given is None:
            url = begin_login(app, around, lambda: secrets.token_urlsafe(32))
            given = _answer(frame, app, url)
            if given is None:
                frame.document({"connection": name, "url": url, "logged_in": False})
                return Exit.DONE
        token = finish_login(app, around, given)
    finally:
        database.close()
    until = instant(token.expires_at) if token.expires_at is not None else None
    frame.document({"connection": name, "logged_in": True, "expires_at": until, "renewed_by_itself": token.refresh is not None})
    frame.out.print(f"{name}: logged in. Next: bellwether check", markup=False)
    if token.refresh is None:
        frame.out.print("The tool gave no refresh token: this login ends with its first token. Ask for offline access.")
    return Exit.DONE


def _answer(frame: Frame, app: OAuthApp, url: str) -> str | None:
    """What came back: typed, or one line of stdin; None when nothing is there to read it from yet."""
    frame.out.print("Open this address in a browser and agree:", markup=False)
    frame.out.print(f"\n{url}\n", markup=False, soft_wrap=True)
    frame.out.print(
        f"The browser is then sent to {app.redirect_uri}?… (a page that need not exist). "
        "Copy that address from the browser's address bar.", markup=False,
    )
    if frame.as_json:
        return None
    if sys.stdin.isatty():
        return str(click.prompt("The address (or the code)"))
    line = sys.stdin.readline().strip()
    if not line:
        frame.out.print(f"Then: bellwether login {app.connection} --code ADDRESS", markup=False)
    return line or None


COMMANDS = (login,)
