"""The demo: a sandbox with a living company (or real Jira issues played back), and the whole flow against it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from app import bootstrap
from app.cli.flow import exit_of_sync, rolled_up, synced
from app.cli.frame import Exit, Frame, command
from app.cli.moments import moment
from app.cli.push import exit_of_writes
from app.cli.serve import start
from app.cli.tables import setup_summary
from app.cli.writes import writes_table
from app.sandbox import RunningSandbox, sandbox
from config.writer import write_new
from config.yaml_text import block
from rollup.declared import apart
from service import documents, push_back, scoring, trends
from service import setup as set_up
from service.places import places_of
from service.workspace import Workspace

# The sandbox takes these two words and no others; they open nothing else.
SANDBOX_SECRETS = {
    "BELLWETHER_DEMO_JIRA_TOKEN": "sandbox-jira-token",
    "BELLWETHER_DEMO_ASANA_TOKEN": "sandbox-asana-token",
}

WEEKS_AT_ONCE = 13
"""So much of the past is counted before the page is shown; the worker counts the rest of the year."""
LENSES = {"lenses": {"type": {"by": "class"}}}


@command("demo")
@click.option("--once", is_flag=True, help="Do it all once without serving, and exit.")
@click.option("--jira-export", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--as-of", metavar="DATE", help="Score the end of that day instead of now.")
@click.option("--seed", type=int, default=7, show_default=True, help="Which company is made up.")
@click.option("--port", default=8080, show_default=True, type=int, help="Where the page is served.")
def demo(frame: Frame, once: bool, jira_export: Path | None, as_of: str | None, seed: int, port: int) -> Exit:
    """Show everything at work on a made-up company, or on a folder of real Jira issues (--jira-export DIR)."""
    arguments = ["--seed", str(seed)]
    if jira_export:
        arguments += ["--jira-export", str(jira_export.resolve())]
    os.environ.update(SANDBOX_SECRETS)
    with _folder() as folder, sandbox(arguments) as tools:
        path = folder / "bellwether.yaml"
        write_new(path, "".join(f"{line}\n" for line in block(tools.config() | LENSES, 0)))
        shown = replace(frame, config=str(path))
        frame.out.print(f"The sandbox plays Jira and Asana at {tools.url} (its rate limits run faster than the vendors').")
        document, ending = _flow(shown, tools, as_of)
        frame.document(document)
        if not once:
            with bootstrap.workspace(shown.configuration(), shown.settings) as workspace:
                trends.fill_trends(workspace, weeks=WEEKS_AT_ONCE)
                worst, misreported = _worst(workspace), _misreported(workspace)
            for line in _guide(path, worst, misreported):
                frame.notice.print(line, markup=False, soft_wrap=True)
            start(shown, host="127.0.0.1", port=port, processes=1, public_url=f"http://127.0.0.1:{port}")
    return ending


def _worst(workspace: Workspace) -> str:
    """The project with the lowest score: the one to look at first."""
    scored = [one for one in scoring.latest_scores(workspace) if one.kind == "project" and one.score is not None]
    return min(scored, key=lambda one: (one.score or 0.0, one.id)).id if scored else workspace.tree.nodes[0].id


def _misreported(workspace: Workspace) -> str:
    """The project whose declared status is best against its computed one; others are told of it days later."""
    scored = [one for one in scoring.latest_scores(workspace) if one.kind == "project"]
    best = max(scored, key=lambda one: (apart(one.declared_band, one.computed_band), one.id), default=None)
    return best.id if best else workspace.tree.nodes[0].id


def _guide(path: Path, worst: str, misreported: str) -> Iterator[str]:
    """How to ask this company from another terminal: the commands read the same configuration."""
    words = " ".join(f"{name}={value}" for name, value in SANDBOX_SECRETS.items())
    yield ""
    yield "While this runs, ask it from another terminal in this folder:"
    yield f"  export PATH=$PWD/.venv/bin:$PATH BELLWETHER_CONFIG={path} {words}"
    yield f"  bellwether explain {worst} --since 30d        # why it stands where it stands, and what moved it"
    yield f"  bellwether report {worst} --format html --out report.html"
    yield f"  bellwether watermelons {misreported}        # declared otherwise than computed"
    yield "  bellwether backtest                     # how good its forecasts have been"
    yield "  bellwether portfolio select growth --budget 400000    # which candidates are worth most under that budget"
    yield ""


@contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder for the configuration and the database."""
    folder = Path(tempfile.mkdtemp(prefix="bellwether-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _flow(frame: Frame, tools: RunningSandbox, as_of: str | None) -> tuple[dict[str, Any], Exit]:
    """Set up, sync, roll up, push: the document of ``run`` and what the tools show in the end."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        at = moment(as_of, timezone=workspace.timezone, now=workspace.clock(), option="--as-of")
        setup_summary(frame.out, set_up.setup(workspace, apply=True))
        outcome = synced(frame, workspace, (), full=False)
        result = scoring.score(workspace, as_of=at)
        scored = rolled_up(frame, workspace, result)
        writes = push_back.push(workspace) if at is None else ()
        writes_table(frame.out, writes, places_of(workspace, [write.target for write in writes]))
    document = {
        "sync": documents.sync_document(outcome.reports, outcome.failures),
        "rollup": scored,
        "push": documents.writes_document(writes),
        "tools": tools.targets(),
    }
    return document, max(exit_of_sync(outcome), exit_of_writes(writes))


COMMANDS = (demo,)
