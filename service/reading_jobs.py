"""Background work that reads a connection: its jobs take turns, and none that could go on for minutes keeps the others."""

from datetime import timedelta

from pydantic import JsonValue

from model import jobs
from service import first_run
from service.census import census_connection
from service.hearing import MANY
from service.hearing import hear as work_off
from service.office import LONGEST_REST, Done, Office
from service.sync import IsOver, read_histories, sync_connection

POLL_EVERY = timedelta(minutes=5)
CENSUS_EVERY = timedelta(days=1)  # what leaves a tool without a word is noticed by counting only
AFTER_A_BURST = timedelta(seconds=45)


def hear(office: Office, connection: str) -> Done:
    """Work off what the tool told of."""
    heard = work_off(office.workspace, connection, is_over=office.turn(jobs.name_of(jobs.HEAR, connection)))
    if heard.deliveries:
        office.ask(jobs.ANSWERS)
    if len(heard.changed) >= MANY:
        office.ask(jobs.name_of(jobs.POLL, connection), after=AFTER_A_BURST)
    if heard.histories_left:
        office.ask(jobs.name_of(jobs.HISTORIES, connection))
    again = office.now if heard.more else office.now + LONGEST_REST if heard.failed else None
    return Done({"deliveries": heard.deliveries, "changed": len(heard.changed), "failed": heard.failed}, again)


def poll(office: Office, connection: str) -> Done:
    """An incremental sync: hints get lost."""
    connector = office.workspace.connector(connection)
    is_over = office.turn(jobs.name_of(jobs.POLL, connection))
    report = sync_connection(
        office.workspace, connector, full=False, progress=first_run.Watch(office.workspace), is_over=is_over
    )
    office.ask(jobs.ANSWERS)
    _go_on(office, connection, report.histories_left, is_over)
    told: dict[str, JsonValue] = {"changed": len(report.changed_ids), "requests": report.requests}
    return Done({**told, "histories_left": report.histories_left}, office.now + POLL_EVERY)


def histories(office: Office, connection: str) -> Done:
    """Go on with the histories that a sync left because others waited."""
    connector = office.workspace.connector(connection)
    is_over = office.turn(jobs.name_of(jobs.HISTORIES, connection))
    read = read_histories(office.workspace, connector, progress=first_run.Watch(office.workspace), is_over=is_over)
    _go_on(office, connection, read.left, is_over)
    return Done({"histories": read.read, "histories_left": read.left})


def _go_on(office: Office, connection: str, left: int, is_over: IsOver) -> None:
    """Ask for the rest where others wait; what is beyond one sync's share, or can't be read, is left to the next sync."""
    if left and is_over():
        office.ask(jobs.name_of(jobs.HISTORIES, connection))


def census(office: Office, connection: str) -> Done:
    """Count what the tool shows, daily."""
    report = census_connection(office.workspace, office.workspace.connector(connection))
    found = sum(len(part) for part in report.found())
    return Done({"checked": report.checked, "changed": found, "requests": report.requests}, office.now + CENSUS_EVERY)


def discover(office: Office, connection: str) -> Done:
    """Look what the tool offers, for a page."""
    return Done({"sources": first_run.discover(office.workspace, connection)})
