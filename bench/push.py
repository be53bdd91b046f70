"""What push-back costs and survives: ``python -m bench.push [costs|days|reset|kill|undo] [--targets N] [--times N]``.

Four fifths of the targets are Jira issues, the others Asana projects, portfolios and tasks; a node each. Every step is a
process of its own against a server of its own, with the vendors' limits at their real speed unless told otherwise.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from bench.sync import ENVIRONMENT, LATENCY_S, Bench, bench

READING = ("/bulkfetch", "/search/jql", "/search", "/batch", "/comment/list")
SPOKEN = {"comment": "on_band_change", "status_update": "on_band_change"}
Row = dict[str, Any]


class PushBench:
    """A server with places, and configurations over it."""

    def __init__(self, made: Bench, targets: int) -> None:
        self._made, self.targets = made, targets
        self._document = httpx.get(f"{made.url}/_sandbox/config", timeout=600).json()
        self._places = made.steer("places")

    def steer(self, what: str, **given: Any) -> Any:
        return self._made.steer(what, **given)

    def step(self, name: str, what: str, **given: Any) -> Row:
        """One step, to its end."""
        command = self._command(name, what, given)
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        found: Row = json.loads(done.stdout.strip().splitlines()[-1])
        return found

    def killed(self, name: str, what: str, after_s: float, **given: Any) -> bool:
        """One step that is killed after a while; whether it was still at work."""
        process = subprocess.Popen(self._command(name, what, given), stdout=subprocess.DEVNULL, env=ENVIRONMENT)
        try:
            process.wait(timeout=after_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True
        return False

    def _command(self, name: str, what: str, given: Row) -> list[str]:
        path = self._made.folder / name / "bellwether.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(self._configuration()))
        return [sys.executable, "-m", "bench.pushing", str(path), what, json.dumps(given)]

    def _configuration(self) -> Row:
        connections = self._document["connections"]
        jira = next(name for name, one in connections.items() if one["tool"] == "jira")
        asana = next(name for name, one in connections.items() if one["tool"] == "asana")
        rest = self.targets - len(self._places["issue"])
        objects = [(kind, gid) for kind in ("portfolio", "project") for gid in self._places[kind]]
        objects = objects[: rest - rest // 10] + [("task", gid) for gid in self._places["task"]][: rest // 10]
        places = [(jira, "issue", key) for key in self._places["issue"]] + [(asana, kind, gid) for kind, gid in objects]
        projects = [
            {
                "name": f"Node {number}", "id": f"n{number}", "sources": [{"connection": jira, "project": "J0"}],
                "publish": [{"connection": connection, kind: value, **_spoken(kind)}],
            } for number, (connection, kind, value) in enumerate(places)
        ]  # fmt: skip
        kept = {name: connections[name] for name in (jira, asana)}
        return {"connections": kept, "portfolios": [{"name": "All", "programs": [{"name": "Every", "projects": projects}]}]}


def _spoken(kind: str) -> Row:
    return {"comment": "on_band_change"} if kind in ("issue", "task") else {"status_update": "on_band_change"}


@contextmanager
def places(targets: int, *, latency_s: float, speed: float = 1.0) -> Iterator[PushBench]:
    """Both fakes with so many targets, set up."""
    with bench("push", targets, speed=speed) as made:
        pushing = PushBench(made, targets)
        done = pushing.step("setup", "setup")
        if done["left"] or not done["fields"]:
            raise SystemExit(f"not set up: {done['left'][:3]}")
        pushing.steer("set", latency_s=latency_s)
        yield pushing


def _traffic(made: PushBench) -> Row:
    calls: dict[str, int] = made.steer("calls")["calls"]
    reads = sum(n for call, n in calls.items() if call.startswith("GET ") or call.partition("?")[0].endswith(READING))
    return {"reads": reads, "writes": sum(calls.values()) - reads}


def costs(targets: int) -> Iterator[tuple[str, Row]]:
    """A first push, one with nothing changed, one with a tenth changed."""
    with places(targets, latency_s=LATENCY_S) as made:
        name = "setup"  # its database has the field ids
        made.step(name, "say")
        for what, changed in (("first push", 0), ("nothing changed", 0), ("a tenth changed", targets // 10)):
            if changed:
                made.step(name, "say", last=changed, round_=1, day=1)
            made.steer("set", latency_s=LATENCY_S)
            row = made.step(name, "push", day=1 if changed else 0)
            yield what, row | _traffic(made)
        yield "refused by limits", made.steer("shown")["violations"]


def ninety_days(targets: int, days: int) -> Iterator[tuple[str, Row]]:
    """A push a day: how often was anybody told, against how often a band changed."""
    with places(targets, latency_s=0.0, speed=1000.0) as made:
        row = made.step("setup", "days", days=days)
        found = made.steer("shown")
        comments = [len(place["comments"]) for place in found["places"].values() if place.get("comments")]
        updates = [len(place["updates"]) for place in found["places"].values() if place.get("updates")]
        changes = max(1 + sum((n + d) // 30 != (n + d - 1) // 30 for d in range(1, days)) for n in range(targets))
        yield f"{days} days", row | {
            "most_comments": max(comments), "jira_mails": found["told"]["jira"], "issues": targets * 4 // 5,
            "most_status_updates": max(updates), "most_band_changes": changes,
        }  # fmt: skip


def _undisturbed(targets: int, latency_s: float) -> tuple[Row, float]:
    with places(targets, latency_s=latency_s, speed=1000.0) as made:
        made.step("setup", "say")
        started = time.monotonic()
        made.step("setup", "push")
        return made.steer("shown"), time.monotonic() - started


def _compared(found: Row, whole: Row) -> Row:
    differing = [name for name in whole["places"] if found["places"].get(name) != whole["places"][name]]
    more = [
        name for name, place in found["places"].items()
        if len(place.get("comments", ())) > 1 or len(place.get("updates", ())) > 1
    ]  # fmt: skip
    return {"different": len(differing), "twice": len(more), "told": found["told"], "told_undisturbed": whole["told"]}


def reset(targets: int) -> Iterator[tuple[str, Row]]:
    """The connection breaks after 30 % of the writes were applied; then it works again."""
    whole, _ = _undisturbed(targets, 0.005)
    with places(targets, latency_s=0.005, speed=1000.0) as made:
        made.step("setup", "say")
        made.steer("break", share=0.3)
        broken = made.step("setup", "push")
        made.steer("break", share=0.0)
        again = made.step("setup", "push", now=True)
        yield "30 % reset", {"broken": broken["results"], "resumed": again["results"]} | _compared(made.steer("shown"), whole)


def kill(targets: int, times: int) -> Iterator[tuple[str, Row]]:
    """SIGKILL at random moments of a first push, then another push."""
    latency_s, chance = 0.01, random.Random(1)
    whole, seconds = _undisturbed(targets, latency_s)
    different = twice = killed = told = 0
    for number in range(times):
        with places(targets, latency_s=latency_s, speed=1000.0) as made:
            made.step("setup", "say")
            killed += made.killed("setup", "push", chance.uniform(0.4, seconds))
            made.step("setup", "push")
            row = _compared(made.steer("shown"), whole)
        different, twice = different + bool(row["different"]), twice + bool(row["twice"])
        told += row["told"] != row["told_undisturbed"]
        if row["different"] or row["twice"]:
            print(f"  kill {number}: {row}")
    yield f"{times} kills", {"killed": killed, "runs_different": different, "runs_twice": twice, "runs_told_otherwise": told}


def undo(targets: int) -> Iterator[tuple[str, Row]]:
    """Two pushes, then everything undone."""
    with places(targets, latency_s=0.0, speed=1000.0) as made:
        before = made.steer("shown")["places"]
        made.step("setup", "say")
        made.step("setup", "push")
        made.step("setup", "say", round_=29, day=1)
        made.step("setup", "push", day=1)
        row = made.step("setup", "undo", day=2)
        left = made.steer("shown")["places"]
        yield "undo", row | {"places_before": len(before), "places_still_ours": len(left)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.push")
    parser.add_argument("what", nargs="?", choices=("costs", "days", "reset", "kill", "undo"))
    parser.add_argument("--targets", type=int, default=500)
    parser.add_argument("--times", type=int, default=50)
    given = parser.parse_args()
    measures: dict[str, Callable[[], Iterator[tuple[str, Row]]]] = {
        "costs": lambda: costs(given.targets), "days": lambda: ninety_days(min(given.targets, 100), 90),
        "reset": lambda: reset(given.targets), "undo": lambda: undo(given.targets),
        "kill": lambda: kill(min(given.targets, 100), given.times),
    }  # fmt: skip
    for name, measure in measures.items():
        for what, row in measure() if given.what in (None, name) else ():
            print(f"{what:<18} {json.dumps(row)}", flush=True)


if __name__ == "__main__":
    main()
