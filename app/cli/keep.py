"""Keeping it in order: configuration, overrides."""

import json
from datetime import date

import click

from app import bootstrap
from app.cli.frame import Frame, command
from config.schema import json_schema
from model.errors import UsageError
from model.health import Band
from service import overrides

BANDS = [band.value.lower() for band in Band if band is not Band.NO_DATA]


@click.group("config")
def config_group() -> None:
    """Check the configuration, or show what may stand in it."""


@command("validate")
def validate(frame: Frame) -> None:
    """Read the configuration and say what it holds; every mistake is named with its line."""
    found = frame.configuration()
    projects = len(found.tree.projects())
    frame.document({"path": str(found.path), "connections": list(found.connections), "projects": projects})
    frame.out.print(f"{found.path}: good; {len(found.connections)} connections, {projects} projects")


@command("schema")
def schema(frame: Frame) -> None:
    """The JSON Schema of bellwether.yaml, for editors that check while you type."""
    click.echo(json.dumps(json_schema(), indent=None if frame.as_json else 2))


config_group.add_command(validate)
config_group.add_command(schema)


@command("override")
@click.argument("node")
@click.argument("band", required=False, type=click.Choice(BANDS, case_sensitive=False))
@click.option("--reason", help="Why the computed band is not right.")
@click.option("--until", metavar="DATE", help="The last day it holds.")
@click.option("--by", default="cli", show_default=True, help="Who decides.")
@click.option("--clear", is_flag=True, help="Take the override of NODE away.")
def override(frame: Frame, node: str, band: str | None, **said: str | bool | None) -> None:
    """Set NODE's BAND by hand, with a reason and until a day; the computed one stays visible beside it."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        wanted, by = workspace.node(node), str(said["by"])
        if said["clear"]:
            overrides.clear_band(workspace, wanted.id, by=by)
        else:
            chosen, reason, until = _typed(band, said)
            overrides.set_band(workspace, wanted.id, chosen, reason=reason, until=until, by=by)
    frame.document({"node": wanted.id, "band": None if said["clear"] else band})
    what = "override cleared" if said["clear"] else f"{band} until {said['until']}"
    frame.out.print(f"{wanted.name}: {what}")


def _typed(band: str | None, said: dict[str, str | bool | None]) -> tuple[Band, str, date]:
    """What was typed: the band, the reason, the last day. Raises UsageError naming what is missing."""
    missing = [name for name, value in (("BAND", band), ("--reason", said["reason"]), ("--until", said["until"])) if not value]
    if missing or band is None:
        what = f"An override needs {' and '.join(missing)}."
        raise UsageError(what, where="override", fix='Write: override NODE at_risk --reason "…" --until 2026-12-31')
    try:
        until = date.fromisoformat(str(said["until"]))
    except ValueError as error:
        raise UsageError(f"{said['until']!r} is no date.", where="--until", fix="Write it as 2026-12-31.") from error
    return Band(band.upper()), str(said["reason"]), until


COMMANDS = (config_group, override)
