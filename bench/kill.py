"""Kill a first sync at random moments, let it go on, and compare: ``python -m bench.kill [jira|asana] [TIMES] [SIZE]``.

After each kill (SIGKILL) a second process finishes the sync. What the store then holds must equal an undisturbed run's,
and the requests made twice must be no more than those that were in flight, and two. Where only histories were left, the
second process first asks what changed meanwhile, as any later sync does: such requests are new ones. The fakes' limits
pass a thousand times faster than the vendors': waiting for a minute's allowance shows nothing here.
"""

import argparse
import hashlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from bench.sync import ENVIRONMENT, THREADS, Bench, bench

LATENCY_S = 0.02
SPEED = 1000.0
SIZES = {"jira": 10_000, "asana": 400}
"""Asana's histories cost a request each: so many tasks take a few seconds a run."""
RECORDS = ("people", "tool_projects", "goals", "iterations", "milestones", "items", "changes", "memberships", "links",
           "worklogs", "declared_statuses")  # fmt: skip


def dump(database: Path) -> str:
    """A digest of everything that is believed now, without the times at which it was fetched."""
    told = hashlib.sha256()
    with sqlite3.connect(database) as conn:
        for table in RECORDS:
            for row in conn.execute(f"SELECT id, body FROM {table} WHERE known_to IS NULL ORDER BY id"):
                told.update(repr((table, *row)).encode())
        for row in conn.execute("SELECT connection, kind, vendor_id, hash FROM raw_payloads ORDER BY 1, 2, 3"):
            told.update(repr(row).encode())
        for row in conn.execute("SELECT item_id, outdated FROM known_histories ORDER BY 1"):
            told.update(repr(row).encode())
    return told.hexdigest()


def twice(calls: dict[str, int], undisturbed: dict[str, int]) -> int:
    """How many requests were made more often than in an undisturbed run; a request of its own counts from the second."""
    return sum(max(0, number - undisturbed.get(call, 1)) for call, number in calls.items())


def run(made: Bench, name: str, kill_after_s: float | None) -> float:
    """One sync, killed after a while or not; its seconds."""
    command = [sys.executable, "-m", "bench.run", str(made.config(name)), "sync"]
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENVIRONMENT)
    try:
        _, said = process.communicate(timeout=kill_after_s)
        if process.returncode:
            raise SystemExit(f"{name}: {said.decode()[-2000:]}")
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    return time.monotonic() - started


def main() -> None:
    """Kill, resume, compare."""
    parser = argparse.ArgumentParser(prog="bench.kill")
    parser.add_argument("tool", nargs="?", choices=("jira", "asana"), default="jira")
    parser.add_argument("times", nargs="?", type=int, default=50)
    parser.add_argument("size", nargs="?", type=int, help=f"items; by default {SIZES}")
    parser.add_argument("--speed", type=float, default=SPEED, help="how many times faster than the vendors' limits")
    given = parser.parse_args()
    chance, size = random.Random(1), given.size or SIZES[given.tool]
    with bench(given.tool, size, given.speed) as made:
        made.steer("set", latency_s=LATENCY_S)
        whole_s = run(made, "whole", None)
        expected, needed = dump(made.folder / "whole" / "bellwether.db"), made.steer("calls")
        worst, different, allowed = 0, 0, THREADS[given.tool] + 2
        for number in range(given.times):
            made.steer("set", latency_s=LATENCY_S)
            name = f"killed-{number}"
            run(made, name, chance.uniform(0.3, whole_s))
            run(made, name, None)
            wasted = twice(made.steer("calls")["calls"], needed["calls"])
            same = dump(made.folder / name / "bellwether.db") == expected
            worst, different = max(worst, wasted), different + (not same)
            if not same or wasted > allowed:
                print(f"  {name}: {'same' if same else 'DIFFERENT'}, {wasted} requests twice")
    print(json.dumps({
        "tool": given.tool, "kills": given.times, "items": size, "requests": needed["total"], "different": different,
        "most_requests_twice": worst, "allowed": allowed,
    }))


if __name__ == "__main__":
    main()
