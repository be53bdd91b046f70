"""A bundle for a bug report."""

import os
from pathlib import Path

import click
from pydantic import JsonValue

from app import bootstrap
from app.bundle import about, bundle, log_tail
from app.cli.frame import Frame, command
from app.clock import now
from config.outline import outline
from model.errors import AppError, UsageError
from service.diagnostics import facts, names

_STAMP = "%Y%m%dT%H%M%SZ"


@command("diagnostics")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The zip to write (default: named by the time).")
@click.option("--log", type=click.Path(path_type=Path, dir_okay=False), help="A file that the log was written to.")
def diagnostics(frame: Frame, out: Path | None, log: Path | None) -> None:
    """Write a bundle for a bug report: versions, counts, states; no secret, no name, no text of a tool."""
    path = bootstrap.configuration_path(frame.config, frame.settings)
    documents: dict[str, JsonValue] = {"about": about(), "configuration": outline(path)}
    hidden: set[str] = set()
    try:
        configuration = frame.configuration()
        hidden.add(configuration.database_url)
        with bootstrap.looking(configuration, frame.settings) as workspace:
            documents |= facts(workspace)
            hidden |= names(workspace)
    except AppError as error:
        documents["unreadable"] = {"reason": error.reason}
    made = bundle(documents, log=_log(log), hidden=hidden | _environment())
    target = out or Path(f"bellwether-diagnostics-{now().strftime(_STAMP)}.zip")
    try:
        target.write_bytes(made)
    except OSError as error:
        what = f"The bundle can't be written: {(error.strerror or 'unknown reason').lower()}."
        raise UsageError(what, where=str(target), fix="Choose another place with --out.") from error
    parts = sorted(documents) + (["log"] if log else [])
    frame.document({"file": str(target), "bytes": len(made), "parts": parts})
    frame.out.print(f"{target}: {len(made):,} bytes: {', '.join(parts)}")
    frame.out.print("It holds no secret, no person and no text of a tool; look into it before you give it away.")


def _log(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return log_tail(path)
    except OSError as error:
        what = f"The log can't be read: {(error.strerror or 'unknown reason').lower()}."
        raise UsageError(what, where=str(path), fix="Name the file that stderr was written to.") from error


def _environment() -> set[str]:
    """The values of variables that may be secrets: whatever is long and not a path."""
    names_of_secrets = ("TOKEN", "SECRET", "PASSWORD", "KEY", "HOOK")
    return {
        value for name, value in os.environ.items()
        if len(value) >= 8 and "/" not in value and any(word in name.upper() for word in names_of_secrets)
    }  # fmt: skip


COMMANDS = (diagnostics,)
