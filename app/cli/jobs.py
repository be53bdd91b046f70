"""Background work: look at it, try again, drop, pause."""

from collections.abc import Callable

import click
from rich.table import Table

from app import bootstrap
from app.cli.frame import Frame, command
from model.errors import UsageError
from model.jobs import Job
from service import jobs_by_hand
from service.jobs_by_hand import Overview, document
from service.workspace import Workspace

DEEDS: dict[str, tuple[Callable[[Workspace, str], None], str]] = {
    "retry": (jobs_by_hand.retry, "is tried by the next free worker"),
    "drop": (jobs_by_hand.drop, "is dropped"),
    "resume": (jobs_by_hand.resume, "goes on"),
}


@command("jobs")
@click.argument("deed", required=False, type=click.Choice(["list", "retry", "drop", "pause", "resume"]), default="list")
@click.argument("name", required=False)
@click.option("--by", default="cli", show_default=True, help="Who pauses it.")
def jobs(frame: Frame, deed: str, name: str | None, by: str) -> None:
    """Background work: list it; retry or drop a job or a delivery that was given up; pause or resume what takes turns.

    NAME is a job (poll:acme-jira), a delivery (delivery:17), or for pause and resume a lane: a connection, push, rollup.
    """
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        if deed == "list":
            _list(frame, jobs_by_hand.overview(workspace))
            return
        if name is None:
            raise UsageError(f"{deed} what?", where="NAME", fix="`bellwether jobs` lists the names.")
        if deed == "pause":
            jobs_by_hand.pause(workspace, name, by=by)
            said = "is paused; what runs ends"
        else:
            do, said = DEEDS[deed]
            do(workspace, name)
    frame.document({"name": name, "done": deed})
    frame.out.print(f"{name} {said}.")


def _list(frame: Frame, found: Overview) -> None:
    frame.document(document(found))
    frame.out.print(_table(found))
    for lane, (by, at) in sorted(found.paused.items()):
        frame.out.print(f"{lane} is paused by {by} since {at:%Y-%m-%d %H:%M} UTC: `bellwether jobs resume {lane}`")
    for one in found.given_up:
        frame.out.print(f"delivery:{one.id} of {one.connection} was given up after {one.tries} tries: {one.error}")
    if found.given_up:
        frame.out.print("`bellwether jobs retry NAME` tries one again, `bellwether jobs drop NAME` lets it be.")


def _table(found: Overview) -> Table:
    table = Table("Job", "State", "Runs", "Next (UTC)", "Last run told", box=None, pad_edge=False)
    for job in found.jobs:
        moment = job.due_at if job.waiting else job.again_at
        when = f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "when asked"
        table.add_row(job.name, job.state, str(job.run), when, _told(job))
    return table


def _told(job: Job) -> str:
    if job.error or not isinstance(job.told, dict):
        return job.error or ""
    return ", ".join(f"{what} {count}" for what, count in job.told.items() if count)


COMMANDS = (jobs,)
