"""Connecting a tool from a page: keeping what was typed, testing before anything is kept for good, logging in."""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from pydantic import SecretStr

from connector.sdk import registry
from connector.sdk.base import ConnectionSettings, Surroundings
from connector.sdk.http import mending
from connector.sdk.oauth import begin_login, finish_login
from connector.sdk.questions import Questions
from model.errors import AppError, UsageError
from model.ports import StoredToken
from model.sync import CheckReport, Problem
from model.tree import Source
from service import deeds
from service.workspace import Workspace

PATIENCE_S = 25.0
"""A person waits for the answer."""

HELD_FOR = timedelta(hours=12)
_HELD = "held:"
T = TypeVar("T")


@dataclass(frozen=True)
class Tested:
    """What a first try of a connection gave. ``workspaces``: to choose from, where the tool needs one and has several."""

    report: CheckReport
    workspaces: tuple[tuple[str, str], ...] = ()
    workspace: str | None = None


def tools() -> dict[str, Questions]:
    """What is asked before a connection to each tool."""
    return {name: registry.questions(name) for name in registry.tools()}


# -- credentials that were typed in ---------------------------------------------------------------------------------------


def hold(workspace: Workspace, secret: str) -> str:
    """Keep a typed credential, encrypted, until its connection works; the handle to find it by tells nothing of it.

    Raises FatalError without a secret key.
    """
    tokens, now = workspace.db.tokens, workspace.clock()
    for name in tokens.names(_HELD):
        kept = tokens.load(name)
        if kept is None or kept.expires_at is None or kept.expires_at <= now:
            tokens.forget(name)
    handle = f"{_HELD}{secrets.token_hex(16)}"
    tokens.save(handle, StoredToken(access=SecretStr(secret), expires_at=now + HELD_FOR))
    return handle


def held(workspace: Workspace, handle: str) -> str | None:
    """The credential that was typed before; None when it is not there any more."""
    kept = workspace.db.tokens.load(handle) if handle.startswith(_HELD) else None
    if kept is None or kept.expires_at is None or kept.expires_at <= workspace.clock():
        return None
    return kept.access.get_secret_value()


def keep(workspace: Workspace, typed: Mapping[str, str], *, over: Mapping[str, str], by: str) -> bool:
    """Keep credentials for good, encrypted, by their references; False, and nothing kept, where somebody else was faster.

    ``over``: the marks of those that the new ones take the place of (``tokens.marks``).
    """
    if not typed:
        return True
    now = workspace.clock()
    wanted = {name: StoredToken(access=SecretStr(text), granted_at=now, granted_by=by) for name, text in typed.items()}
    if not workspace.db.tokens.save_over(over, wanted):
        return False
    with workspace.db.begin() as uow:
        deeds.note(workspace, uow, by, "entered credential", ", ".join(sorted(typed)))
    return True


def let_go(workspace: Workspace, names: Sequence[str]) -> None:
    """Keep these no more: held or stored credentials, and logins."""
    for name in names:
        workspace.db.tokens.forget(name)


# -- testing --------------------------------------------------------------------------------------------------------------


def test(settings: ConnectionSettings, around: Surroundings, typed: dict[str, str]) -> Tested:
    """Try a connection that is not kept yet. ``typed``: credentials by the reference that ``settings`` names them with.

    Raises nothing for what it is there to find out; a tool that does not answer in time is a problem of its own.
    """
    reads = replace(around, read_secret=lambda name: typed[name] if name in typed else around.read_secret(name))
    try:
        return in_time(lambda: _test(settings, reads))
    except TookTooLong:
        what = f"No answer within {PATIENCE_S:.0f} seconds."
        problem = Problem(what=what, fix="Check the address, and whether this machine may reach it; then try again.")
    except AppError as error:
        problem = Problem(what=error.what, fix=mending(error))
    return Tested(CheckReport(name=settings.name, ok=False, problems=(problem,)))


def query_fault(workspace: Workspace, connection: str, query: str) -> str | None:
    """What is wrong with a query in the tool's own language, in the tool's words; None: it has answers."""
    source = Source(connection=connection, kind="jql", value=query)
    try:
        found = in_time(lambda: workspace.connector(connection).matching(source))
    except TookTooLong:
        return f"No answer within {PATIENCE_S:.0f} seconds."
    except AppError as error:
        return error.what
    return "Nothing answers this query." if found == 0 else None


def _test(settings: ConnectionSettings, around: Surroundings) -> Tested:
    chosen, options = settings.options.get("workspace"), dict(settings.options)
    offered = registry.workspaces(settings, around) if "workspace" in options else None
    if offered is not None and chosen not in {gid for gid, _name in offered}:
        if len(offered) != 1:
            what = "The account has several workspaces." if offered else "The account has no workspace."
            problem = Problem(what=what, fix="Choose one below." if offered else "Ask to be invited to one.")
            return Tested(CheckReport(name=settings.name, ok=False, problems=(problem,)), workspaces=offered)
        chosen = options["workspace"] = offered[0][0]
    connector = registry.create(replace(settings, options=options), around)
    try:
        return Tested(connector.check(), offered or (), chosen)
    finally:
        connector.close()


def in_time(work: Callable[[], T]) -> T:
    """What ``work`` gives. Raises the time-out error when it takes longer than a person waits; it ends by itself then."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future.result(timeout=PATIENCE_S)


# -- logging in -----------------------------------------------------------------------------------------------------------


def login_address(settings: ConnectionSettings, around: Surroundings) -> str:
    """Where a person agrees. Raises UsageError for a connection that does not log in."""
    return begin_login(registry.oauth_app(settings, around.read_secret), around, lambda: secrets.token_urlsafe(32))


def logged_in(settings: Sequence[ConnectionSettings], around: Surroundings, address: str) -> str:
    """Finish the login that the browser came back from with ``address``; the connection's name.

    Raises UsageError when it answers no login that was begun, ConnectionUnusableError when the vendor refuses it.
    """
    fix = "Begin it anew on the connection's page."
    refusal = UsageError("No login was begun that this answers.", fix=fix, reason="no_login")
    for one in settings:
        if (one.options.get("auth") or {}).get("type") != "oauth2":
            continue
        try:
            finish_login(registry.oauth_app(one, around.read_secret), around, address)
        except UsageError as error:
            refusal = error
            continue
        return one.name
    raise refusal
