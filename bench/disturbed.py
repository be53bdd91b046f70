"""What live operation survives: a worker that is killed while it runs jobs, processes that are killed again and again."""

import argparse
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.clock import now
from bench.compared import different, told
from bench.deployment import Deployment, Process, Row, children, kill, on
from bench.live_bars import held

SPEED = 20.0
"""How many times faster than the vendors' limits: what is measured is what is lost, not how long a minute takes."""
RETRIES = 100.0
"""The vendor's next try of a delivery comes after minutes; here after seconds."""
SLOW_S = 20.0


@contextmanager
def _served(given: argparse.Namespace, workers: int, *, web: bool = True) -> Iterator[Deployment]:
    with on(given.postgres, given.projects, speed=SPEED, retries=RETRIES) as made:
        if web:
            made.serve()
            made.until(made.up, within_s=120)
        for _ in range(workers):
            made.work()
        made.settle()
        yield made


def failover(given: argparse.Namespace) -> Iterator[Row]:
    """Two workers; the one that runs a poll is killed. Seconds until the other one has done it."""
    with _served(given, 2, web=False) as made:
        for connection in ("northlight-jira", "northlight-asana"):
            tool, name = connection.partition("-")[2], f"poll:{connection}"
            made.steer("slow", tool=tool, seconds=SLOW_S)
            runs = _runs(made, name)
            with made.db.begin() as uow:
                uow.jobs.retry(name, at=now())
            made.until(lambda name=name: _is_running(made, name), within_s=60, every_s=0.02)  # type: ignore[misc]
            made.until(lambda: _runner(made) is not None, within_s=30, every_s=0.1)
            time.sleep(0.5)  # in the midst of its first request
            victim = _runner(made)
            assert victim is not None
            kill(victim.pid)
            killed_at = time.monotonic()
            made.steer("slow", tool=tool, seconds=0.0)
            made.until(lambda name=name, runs=runs: _runs(made, name) > runs, within_s=120, every_s=0.05)  # type: ignore[misc]
            took = time.monotonic() - killed_at
            row = {"killed": victim.name, "job": name, "seconds_until_done_elsewhere": round(took, 2)}
            yield held(row, {"failover_s": round(took, 2)})
            victim.keep()
            made.settle()


def _is_running(made: Deployment, name: str) -> bool:
    with made.db.read() as uow:
        job = uow.jobs.one(name)
    return job is not None and job.running


def _runs(made: Deployment, name: str) -> float:
    """When the last good run of a job began."""
    with made.db.read() as uow:
        job = uow.jobs.one(name)
    return 0.0 if job is None or job.running or job.started_at is None else job.started_at.timestamp()


def _runner(made: Deployment) -> Process | None:
    """The worker that waits for an answer of the sandbox."""
    port = int(made.made.url.rpartition(":")[2])
    for process in made.processes:
        if any(_talks_to(pid, port) for pid in (process.pid, *children(process.pid))):
            return process
    return None


def _talks_to(pid: int, port: int) -> bool:
    """Whether a process has an open connection to a local port."""
    sockets = set()
    for one in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            sockets.add(str(one.readlink()))
        except OSError:
            continue
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[2].rpartition(":")[2], 16) == port and fields[3] == "01" and f"socket:[{fields[9]}]" in sockets:
            return True
    return False


# -- kills under load -------------------------------------------------------------------------------------------------


def kills(given: argparse.Namespace) -> Iterator[Row]:
    """The same load twice: undisturbed, and with a kill of some process again and again."""
    workers = 2 if given.postgres else 0
    count = int(given.times * given.every * given.per_second)
    with _served(given, workers) as made:
        _load(made, given, count).join()
        made.settle(within_s=1800)
        whole = told(made.steer("shown"), made.db)
        yield {"undisturbed": True, "events": count, **_faults(whole), "troubles": made.troubles()[-10:]}
    with _served(given, workers) as made:
        load, killed = _load(made, given, count), _kill_again_and_again(made, given.times, given.every)
        load.join()
        settled_s = made.until(lambda: _kept_up(made) and made.settled(), within_s=1800)
        settled_s += made.settle(within_s=1800)
        found = told(made.steer("shown"), made.db)
        row = {
            "kills": sum(killed.values()), "killed": dict(killed), "settled_s": round(settled_s, 1),
            "places": len(found["places"]), "places_different": different(whole["places"], found["places"]),
            "scores": len(found["scores"]), "scores_different": different(whole["scores"], found["scores"]),
            **_faults(found), "troubles": made.troubles()[-10:],
        }  # fmt: skip
        yield held(row, {
            "kills_different": len(row["places_different"]) + len(row["scores_different"]),
            **{f"kills_{what}": len(whole[what]) + len(found[what]) for what in ("twice", "unsettled")},
        })  # fmt: skip


def _faults(state: Row) -> Row:
    """How much was said, and what no run may leave."""
    return {name: state[name] for name in ("messages", "twice", "unsettled")}


def _kept_up(made: Deployment) -> bool:
    """Whether all is up again. One that finds the port still taken by a child of the killed one is started once more;
    such a child answers until it ends, so whoever waits asks again and again."""
    for process in made.processes:
        process.keep()
    return made.up()


def _load(made: Deployment, given: argparse.Namespace, count: int) -> threading.Thread:
    thread = threading.Thread(target=made.steer, args=("edits",), kwargs={
        "first": 0, "count": count, "projects": given.projects, "per_s": given.per_second})  # fmt: skip
    thread.start()
    return thread


def _kill_again_and_again(made: Deployment, times: int, every_s: float) -> Counter[str]:
    """SIGKILL to any process, web server, web process or worker, at random moments; each is started again.

    ``every_s``: on the average; a process that is killed before it has begun to work shows nothing.
    """
    chance, killed = random.Random(1), Counter[str]()
    for _ in range(times):
        deadline = time.monotonic() + chance.uniform(0.1, 2 * every_s)
        while time.monotonic() < deadline:
            time.sleep(0.1)
            for process in made.processes:
                process.keep()
        pid, name = chance.choice(sorted(made.pids().items()))
        kill(pid)
        killed[name] += 1
    return killed
