"""The command `bellwether`. One file a group of commands; ``frame`` is what they share."""

import click

from app import VERSION
from app.cli import connect, demo, flow, keep, login, notify, push, report, serve, show


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="bellwether")
def main() -> None:
    """Project health from Jira and Asana: synced, rolled up, explained, and pushed back into the tools."""


for _module in (connect, login, flow, push, notify, show, report, keep, serve, demo):
    for _command in _module.COMMANDS:
        main.add_command(_command)
