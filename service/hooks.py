"""Asking the tools to send their webhooks to us. A registration is kept before it is asked for: a handshake that
nobody here has asked for is refused."""

import secrets

from connector.sdk.base import Connector
from model.errors import AppError
from service.workspace import Workspace
from store.hooks import HookRegistration


def register(workspace: Workspace, public_url: str) -> tuple[tuple[str, AppError], ...]:
    """Register every webhook that the tree's sources want; the connections that refused, and why."""
    failures: list[tuple[str, AppError]] = []
    for name in workspace.connections:
        try:
            connector = workspace.connector(name)
            for key in connector.hook_keys(workspace.sources(name)):
                _register(workspace, connector, key, public_url)
        except AppError as error:
            failures.append((name, error))
    return tuple(failures)


def _register(workspace: Workspace, connector: Connector, key: str, public_url: str) -> None:
    url = f"{public_url.rstrip('/')}/webhooks/{connector.name}" + (f"/{key}" if key else "")
    with workspace.db.begin() as uow:
        known = uow.hooks.registration(connector.name, key)
        if known is None or (known.pending and not connector.chooses_hook_secret):
            known = HookRegistration(
                connection=connector.name,
                key=key,
                secret=None if connector.chooses_hook_secret else secrets.token_hex(32),
                pending=connector.chooses_hook_secret,
                created_at=workspace.clock(),
            )
            uow.hooks.save(known)
    connector.register_hook(key, url, secret=known.secret or "")


def agree(workspace: Workspace, connection: str, secret: str) -> None:
    """Keep a secret that the configuration names for hooks made by hand in the tool."""
    with workspace.db.begin() as uow:
        known = uow.hooks.registration(connection, "")
        if known is None or known.secret != secret:
            uow.hooks.save(
                HookRegistration(
                    connection=connection, key="", secret=secret, pending=False, created_at=workspace.clock()
                )
            )
