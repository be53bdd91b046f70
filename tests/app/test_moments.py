"""Days and moments as people type them, at both ends of the calendar too."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from app.cli import main
from app.cli.moments import earlier, moment, since
from model.errors import UsageError
from service.movement import EARLIEST
from tests.support.scene import Scene

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ENDS = ("0001-01-01", "1969-12-31", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00")
COMMANDS = (
    ("explain", "{node}", "--as-of"), ("explain", "{node}", "--since"), ("rollup", "--as-of"), ("watermelons", "--as-of"),
    ("report", "{node}", "--since"), ("report", "{node}", "--as-of"), ("audit", "--since"), ("undo", "--dry-run", "--since"),
)  # fmt: skip


@pytest.mark.parametrize("read", [moment, since, earlier])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize("text", ENDS)
def test_the_ends_of_the_calendar_are_refused_with_what_to_give(
    read: Callable[..., datetime | None], zone: str, text: str
) -> None:
    with pytest.raises(UsageError) as refused:
        read(text, timezone=zone, now=NOW, option="--as-of")
    assert refused.value.what.startswith(text if text > "2" else "Nothing is known of")
    assert "Give a day" in refused.value.fix


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("text", [ENDS[0], ENDS[2]])
def test_every_command_that_takes_a_day_refuses_them(synced: Scene, command: tuple[str, ...], text: str) -> None:
    with synced.workspace() as workspace:
        node = workspace.tree.projects()[0].id
    arguments = [part.format(node=node) for part in command]
    told = CliRunner().invoke(main, [*arguments, text, "--config", str(synced.write())])
    assert told.exit_code == 2
    assert "Give a day" in told.stderr


def test_a_day_is_its_end_here_and_today_is_now() -> None:
    known = {"timezone": "America/Los_Angeles", "now": NOW, "option": "--as-of"}
    assert moment("2026-11-18", **known) == datetime(2026, 11, 19, 8, tzinfo=UTC) - timedelta(microseconds=1)
    assert moment("2026-11-20", **known) == NOW
    assert since("2026-11-18", **known) == datetime(2026, 11, 18, 8, tzinfo=UTC)
    assert since("99999d", **known) == datetime(EARLIEST.year, EARLIEST.month, EARLIEST.day, tzinfo=UTC)
    assert earlier("90m", **known) == NOW - timedelta(minutes=90)


@pytest.mark.parametrize("text", ["2026-13-01", "soon", "2026-11-18T10:00", "2026-11-21", "2026-11-20T12:01+00:00"])
def test_what_is_no_moment_that_has_been_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        moment(text, timezone="UTC", now=NOW, option="--as-of")
