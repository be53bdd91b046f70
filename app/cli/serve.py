"""Serving: the web page with its API and webhooks, and the background work."""

import socket
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from app import bootstrap
from app.cli.frame import Frame, command
from model.errors import RefusedError
from service import accounts

if TYPE_CHECKING:
    from flask import Flask

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=int)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16), help="Web processes.")
@click.option("--public-url", metavar="URL", help="Where the tools reach us, if not at the configuration's public_url.")
def serve(frame: Frame, host: str, port: int, workers: int, public_url: str | None) -> None:
    """Serve the web page, the webhooks and the background work of this configuration."""
    if host not in LOOPBACK:
        _refuse_without_login(frame, host)
    start(frame, host=host, port=port, processes=workers, public_url=public_url)


def _refuse_without_login(frame: Frame, host: str) -> None:
    """Raise RefusedError where whoever can reach the page may do everything."""
    configuration = frame.configuration()
    if configuration.login.oidc is not None:
        return
    with bootstrap.workspace(configuration, frame.settings) as workspace:
        if accounts.there_are(workspace):
            return
    raise RefusedError(
        f"Nobody can log in yet, so the page is not served on {host}: whoever reaches it could do everything.",
        where="--host",
        fix="Make an account first: bellwether account add NAME --role admin (or set login.oidc), or use 127.0.0.1.",
        reason="no_login",
    )


def start(frame: Frame, *, host: str, port: int, processes: int, public_url: str | None) -> None:
    """Check that everything opens, then serve until stopped."""
    from app.current import Current
    from app.server import serve as serve_web
    from app.wsgi import create_app
    from service.reception import Reception
    from webhooks.intake import Intake
    from webhooks.presence import Presence

    path = bootstrap.configuration_path(frame.config, frame.settings)
    configuration = bootstrap.begun_configuration(path)
    bootstrap.open_database(configuration, frame.settings).close()
    frame.notice.print(f"Bellwether serves http://{host}:{port}/  (Ctrl-C stops it)")
    if not configuration.connections:
        frame.notice.print(f"There is no {path} yet: the page takes you through the first steps and writes it.")
    current = Current(path, frame.settings)

    def make_app() -> "Flask":
        """Made in each web process, which says from now on that deliveries can be taken, also while an edit is wrong."""
        reception = Reception(spooling=True)
        Intake(current.last_good, reception).start()
        Presence(current.last_good, reception, process=f"{socket.gethostname()}:{uuid4().hex}").start()
        return create_app(
            current.workspace, current.configuration, reception, hooks_workspace=current.last_good, check=current.check,
            allowed_hosts=frame.settings.allowed_hosts, allowed_secrets=frame.settings.allowed_secrets,
        )

    serve_web(make_app, host=host, port=port, processes=processes, worker_arguments=_worker(path, frame.verbose, public_url))


def _worker(path: Path, verbose: bool, public_url: str | None) -> list[str]:
    """What the worker beside the server is told."""
    arguments = ["--config", str(path), *(["-v"] if verbose else [])]
    return arguments if public_url is None else [*arguments, "--public-url", public_url]


@command("worker")
@click.option("--public-url", metavar="URL", help="Where the tools reach us, if not at the configuration's public_url.")
@click.option("--parent", type=int, hidden=True, help="End when this process is gone.")
def worker(frame: Frame, public_url: str | None, parent: int | None) -> None:
    """Do the background work alone: work off webhooks, poll, score what changed, push it.

    On PostgreSQL as many of these as wanted; on SQLite a few, on one machine.
    """
    from app.ending import leave_at_once
    from app.worker import work

    path = bootstrap.configuration_path(frame.config, frame.settings)
    # Beside a server there may be no configuration yet: a page is about to write it.
    configuration = bootstrap.read_configuration(path) if parent is None else bootstrap.begun_configuration(path)
    bootstrap.open_database(configuration, frame.settings).close()
    frame.leave = leave_at_once
    work(path, frame.settings, parent=parent, public_url=public_url)


@command("prepare")
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
@click.option("--parent", type=int, hidden=True, help="End when this process is gone.")
def prepare(frame: Frame, number: int, parent: int | None) -> None:
    """Make a document that somebody asked for on a page or through the API, as a worker has it made."""
    from app.apart import most_bytes, stand_back
    from service import preparing

    stand_back(parent, most_bytes())
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        made = preparing.make(workspace, number)
    frame.document({"document": number, "made": made})
    frame.out.print("It is made, or says why not." if made else "Nothing waits under this number, or somebody is at it.")


COMMANDS = (serve, worker, prepare)
