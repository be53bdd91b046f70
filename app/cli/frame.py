"""What every command shares: its options, its output, its errors and exit codes."""

import functools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NoReturn

import click
from rich.console import Console

from app import bootstrap
from app.logging import canonical, configure
from app.tracing import configure_tracing
from config.configuration import Configuration
from config.settings import Settings
from model.errors import AppError, ConnectionUnusableError, RefusedError, UsageError
from service.documents import error_document

WIDTH_WITHOUT_TERMINAL = 140


class Exit(IntEnum):
    DONE = 0
    IN_PART = 1
    USAGE = 2
    UNUSABLE = 3
    REFUSED = 4


def exit_code_of(error: AppError) -> Exit:
    """What a command ends with when this error stopped it."""
    if isinstance(error, UsageError):
        return Exit.USAGE
    if isinstance(error, RefusedError):
        return Exit.REFUSED
    if isinstance(error, ConnectionUnusableError):
        return Exit.UNUSABLE
    return Exit.IN_PART


@dataclass
class Frame:
    """One run of a command: where its configuration is and how it speaks. ``leave``: how its process ends after it."""

    config: str | None
    as_json: bool
    verbose: bool
    settings: Settings
    leave: Callable[[int], NoReturn] = sys.exit

    @property
    def out(self) -> Console:
        """For people, on stdout; silent with --json."""
        return _console(quiet=self.as_json)

    @property
    def notice(self) -> Console:
        """What whoever started a command that goes on has to know: on stdout, with --json on stderr."""
        return _console(quiet=False, stderr=self.as_json)

    @property
    def progress(self) -> Console:
        """For people who wait, on stderr."""
        return _console(quiet=self.as_json, stderr=True)

    def configuration(self) -> Configuration:
        return bootstrap.read_configuration(bootstrap.configuration_path(self.config, self.settings))

    def document(self, document: dict[str, Any]) -> None:
        """The one JSON document of --json."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False))

    def problem(self, error: AppError) -> None:
        """One problem of a command that goes on: for people on stderr."""
        lines = [f"[bold]Problem[/bold]  {error.where + ': ' if error.where else ''}{error.what}"]
        if error.fix:
            lines.append(f"         {error.fix}")
        self.progress.print("\n".join(lines), soft_wrap=True)


def _console(*, quiet: bool, stderr: bool = False) -> Console:
    """A console as wide as the terminal; a pipe or a file has no width, so lines there may be long."""
    console = Console(quiet=quiet, stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.width = WIDTH_WITHOUT_TERMINAL
    return console


def command(*args: Any, **kwargs: Any) -> Callable[[Callable[..., Exit | None]], click.Command]:
    """A click command with --config, --json and -v, whose errors are told as the contract says."""

    def wrap(function: Callable[..., Exit | None]) -> click.Command:
        @click.option("--config", metavar="FILE", help="Configuration file (else $BELLWETHER_CONFIG, ./bellwether.yaml).")
        @click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
        @click.option("-v", "--verbose", is_flag=True, help="Say more about what happens, on stderr.")
        @functools.wraps(function)
        def run(config: str | None, as_json: bool, verbose: bool, **rest: Any) -> None:
            process = bootstrap.settings()
            frame = Frame(config, as_json, verbose, process)
            configure(process.log, verbose=verbose)
            context = click.get_current_context()
            name = context.command_path.removeprefix(context.find_root().command_path).strip()
            code = _guarded(frame, name, functools.partial(function, frame, **rest))
            frame.leave(code)  # not in one line: the command itself says how its process ends

        made: click.Command = click.command(*args, **kwargs)(run)
        return made

    return wrap


def _guarded(frame: Frame, name: str, run: Callable[[], Exit | None]) -> int:
    try:
        configure_tracing(bootstrap.environment())
        with canonical("command", command=name) as line:
            ending = run() or Exit.DONE
            line.outcome = "done" if ending is Exit.DONE else ending.name.lower()
        return int(ending)
    except AppError as error:
        tell(frame, error)
        return int(exit_code_of(error))


def tell(frame: Frame, error: AppError) -> None:
    """An error that stopped a command: a document with --json, else three short lines on stderr."""
    if frame.as_json:
        click.echo(json.dumps(error_document(error), ensure_ascii=False))
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    console.print(f"Error: {error.what}")
    if error.where:
        console.print(f"  where: {error.where}")
    if error.fix:
        console.print(f"  fix:   {error.fix}")
