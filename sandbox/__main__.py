"""``python -m sandbox``: serve the fake tools; one line of JSON says where, then nothing more is printed."""

import argparse
import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from sandbox.company import make_company
from sandbox.server import Running, build, start
from sandbox.world import World

_PARENT_EVERY_S = 1.0


def _moment(text: str) -> datetime:
    """An aware moment; without an offset it is read as UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A fake Jira and a fake Asana.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--world", choices=("company", "empty"), default="company")
    parser.add_argument("--seed", type=int, default=7, help="which company is made up")
    parser.add_argument("--now", type=_moment, metavar="ISO", help="where its clock begins")
    parser.add_argument("--jira-export", type=Path, metavar="DIR", help="play back real Jira issues instead")
    parser.add_argument("--speed", type=float, default=50.0, help="how many times faster than the vendors' limits")
    return parser.parse_args(arguments)


def _clock(begin: datetime | None) -> Callable[[], datetime]:
    """Real time, or time that runs from ``begin`` on."""
    offset = begin - datetime.now(UTC) if begin else None
    return lambda: datetime.now(UTC) + offset if offset is not None else datetime.now(UTC)


def _source(options: argparse.Namespace, clock: Callable[[], datetime]) -> World | Path | None:
    if options.jira_export:
        return Path(options.jira_export)
    if options.world == "empty":
        return None
    # Whole seconds, as both vendors' clocks show little more.
    return make_company(seed=options.seed, now=clock().replace(microsecond=0))


def ready_line(running: Running, options: argparse.Namespace) -> str:
    """The one line of the process: where both tools are, and what is in them."""
    sandbox = running.sandbox
    return json.dumps(
        {
            "url": running.url,
            "jira_url": sandbox.jira_url,
            "asana_url": f"{sandbox.asana_url}/api/1.0",
            "workspace": sandbox.asana.workspace.gid,
            "config_url": f"{running.url}/_sandbox/config",
            "world": "playback" if options.jira_export else options.world,
            "seed": options.seed,
            "now": sandbox.clock().isoformat(),
            "speed": options.speed,
            "issues": len(sandbox.jira.issues),
            "tasks": len(sandbox.asana.tasks),
        }
    )


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM, SIGINT, or until the process that started this one is gone."""
    options = _options(arguments)
    parent = os.getppid()
    told: SimpleQueue[int] = SimpleQueue()  # a handler may put to it at any moment, as it may not set an event
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda number, _frame: told.put(number))
    clock = _clock(options.now)
    running = start(build(_source(options, clock), clock=clock, speed=options.speed), options.host, options.port)
    running.sandbox.send_webhooks()
    print(ready_line(running, options), flush=True)
    while os.getppid() == parent:
        with suppress(Empty):
            told.get(timeout=_PARENT_EVERY_S)
            break
    running.stop()


if __name__ == "__main__":
    main()
