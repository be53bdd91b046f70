"""The command `bellwether`. One file a group of commands; ``frame`` is what they share."""

import json
from typing import Any

import click

from app import VERSION
from app.cli import (
    account,
    baseline,
    connect,
    db,
    demo,
    diagnose,
    erase,
    flow,
    jobs,
    keep,
    login,
    notify,
    push,
    report,
    serve,
    show,
)


class Bellwether(click.Group):
    """The commands; what was typed wrongly is told as a document, too, where one was asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.obj = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if not ctx.obj:
                raise
            where = error.ctx.command_path if error.ctx else ctx.command_path
            fix = f"`{where} --help` tells what it takes."
            click.echo(json.dumps({"error": {"what": error.format_message(), "where": where, "fix": fix}}))
            ctx.exit(error.exit_code)


@click.group(cls=Bellwether, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="bellwether")
def main() -> None:
    """Project health from Jira and Asana: synced, rolled up, explained, and pushed back into the tools."""


_GROUPS = (
    connect, login, flow, push, notify, show, report, baseline, jobs, keep, db, erase, diagnose, account, serve, demo,
)  # fmt: skip
for _module in _GROUPS:
    for _command in _module.COMMANDS:
        main.add_command(_command)
