"""Live operation as processes: ``python -m bench.live latency|burst|soak|failover|kills [--postgres] [--projects N] …``.

A sandbox with both fakes and the vendors' limits at their real speed sends its webhooks to ``bellwether serve``; half the
projects are in Asana. Prints a line of JSON a measurement. What is measured begins with our receipt of a delivery
(``hook_deliveries.received_at``) and ends with a write into the tool that is done (``write_audit.at``). Each figure that has
a bar (``bench.live_bars``) stands beside it; where one is missed, the exit status is 1.
"""

import argparse
import json
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text

from bench.deployment import Deployment, Row, cpu_s, memory_mb, on
from bench.disturbed import failover, kills
from bench.live_bars import BURST_EVENTS, SOAK_MINUTES, SOAK_PER_SECOND, held, tell
from bench.liveworld import OPEN, OPEN_FOR_LONG
from store.push_tables import write_audit
from store.tables import hook_deliveries

WARM_UP_SHARE = 0.2
LOOK_EVERY_S, LOOKS_A_LINE = 5.0, 12
IDLE_S = 30.0


def share(values: Sequence[float], part: float) -> float | None:
    """The value that so big a part of them does not exceed."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 3) if ordered else None


def told(values: Sequence[float]) -> Row:
    return {"n": len(values), "p50_s": share(values, 0.5), "p95_s": share(values, 0.95), "max_s": share(values, 1.0)}


@contextmanager
def running(given: argparse.Namespace, *, speed: float = 1.0, open_items: int = OPEN) -> Iterator[Deployment]:
    """A deployment that serves and is settled."""
    latency_s = given.latency_ms / 1000
    with on(given.postgres, given.projects, speed=speed, latency_s=latency_s, open_items=open_items) as made:
        made.serve()
        for _ in range(given.workers - 1):
            made.work()
        made.until(made.up, within_s=120)
        made.settle()
        yield made


# -- what the database tells ------------------------------------------------------------------------------------------


def deliveries(made: Deployment, since: float) -> list[tuple[str, set[str], float, float | None]]:
    """Connection, the items it names, when it came, when it was worked off, of every delivery since a moment."""
    table = hook_deliveries
    with made.db.transaction(write=False) as conn:
        rows = conn.execute(select(table).where(table.c.received_at >= datetime.fromtimestamp(since, UTC)).order_by(table.c.id))
        return [
            (row.connection, {event["vendor_id"] for event in json.loads(row.events)}, row.received_at.timestamp(),
             row.done_at.timestamp() if row.done_at else None)
            for row in rows
        ]  # fmt: skip


def writes(made: Deployment, since: float) -> dict[str, list[float]]:
    """When something was written for a node, in order, since a moment."""
    table, found = write_audit, dict[str, list[float]]()
    mine = (table.c.at >= datetime.fromtimestamp(since, UTC), table.c.result == "written")
    with made.db.transaction(write=False) as conn:
        for row in conn.execute(select(table.c.node, table.c.at).where(*mine).order_by(table.c.at)):
            found.setdefault(row.node, []).append(row.at.timestamp())
    return found


def spent(made: Deployment, before: dict[int, float] | None = None) -> Any:
    """CPU seconds by process; without ``before`` the reading to compare with."""
    if before is None:
        return {pid: cpu_s(pid) for pid in made.pids()}
    return {name: round(cpu_s(pid) - before.get(pid, 0.0), 2) for pid, name in made.pids().items()}


class Scored(threading.Thread):
    """Watches which projects are scored, by the line that each roll-up keeps of them; with how often each was."""

    def __init__(self, made: Deployment) -> None:
        super().__init__(daemon=True)
        self._made, self._ended = made, threading.Event()
        self._seen: dict[str, set[str]] = {}

    def run(self) -> None:
        while not self._ended.wait(0.1):
            with self._made.db.transaction(write=False) as conn:
                for node, at in conn.execute(text("SELECT node, at FROM project_figures")):
                    self._seen.setdefault(node, set()).add(str(at))

    def most(self) -> Row:
        """How often the projects were scored since this began; the first sight of each is from before."""
        self._ended.set()
        self.join()
        times = sorted(len(moments) - 1 for moments in self._seen.values())
        return {"median": times[len(times) // 2], "most": times[-1]}


# -- measurements -----------------------------------------------------------------------------------------------------


def idle(given: argparse.Namespace) -> Iterator[Row]:
    """CPU of every process while nothing happens."""
    with running(given) as made:
        before = spent(made)
        time.sleep(IDLE_S)
        used = spent(made, before)
        yield {"idle_cpu_percent": {name: round(100 * seconds / IDLE_S, 1) for name, seconds in used.items()}}


def latency(given: argparse.Namespace) -> Iterator[Row]:
    """Changes one after another, each on its own."""
    chance, took, missed = random.Random(1), dict[str, list[float]](), []
    with running(given) as made:
        before = spent(made)
        for number in range(given.changes):
            change = made.steer("edits", first=number, count=1, projects=given.projects)[0]
            seconds = _seconds_until_written(made, change)
            if seconds is None:
                missed.append(change["node"])
            else:
                took.setdefault(change["connection"], []).append(seconds)
            time.sleep(chance.uniform(0.5, 3.0))
        every = [one for some in took.values() for one in some]
        row = {"all": told(every), **{name: told(some) for name, some in took.items()}, "not_written": missed,
               "cpu_s": spent(made, before), "troubles": made.troubles()}  # fmt: skip
        figures = {"latency_p95_s": share(every, 0.95), "latency_not_written": len(missed)}
        yield row if given.latency_ms else held(row, figures)


def _seconds_until_written(made: Deployment, change: Row, within_s: float = 60.0) -> float | None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        came = [at for _, items, at, _ in deliveries(made, change["at"]) if change["item"] in items]
        if came:
            done = writes(made, came[0]).get(change["node"])
            if done:
                return done[0] - came[0]
        time.sleep(0.1)
    return None


def burst(given: argparse.Namespace) -> Iterator[Row]:
    """Events as fast as the tools send them, over all projects."""
    with running(given) as made:
        before, began, scored = spent(made), time.time(), Scored(made)
        scored.start()
        changes = made.steer("edits", first=0, count=given.events, projects=given.projects)
        edited_s = time.time() - began
        settled_s = made.settle(within_s=1800)
        rollups = scored.most()
        row = {**_from_receipt(made, changes, began), "edited_s": round(edited_s, 1), "settled_s": round(settled_s, 1),
               "rollups_a_project": rollups, "violations": made.steer("shown")["violations"],
               "cpu_s": spent(made, before), "troubles": made.troubles()}  # fmt: skip
        figures = {"burst_p95_s": row["all"]["p95_s"], "burst_rollups_a_project": rollups["most"]}
        yield row if given.latency_ms or given.events > BURST_EVENTS else held(row, figures)


def _from_receipt(made: Deployment, changes: Sequence[Row], since: float) -> Row:
    """For each delivery: from its receipt to the first write that knew it. One that changed nothing to show has none."""
    node_of = {(change["connection"], change["item"]): change["node"] for change in changes}
    done, took, without, received = writes(made, since), dict[str, list[float]](), 0, []
    for connection, items, came, worked_off in deliveries(made, since):
        for node in {node_of[connection, item] for item in items if (connection, item) in node_of}:
            received.append(came)
            known = [at for at in done.get(node, ()) if worked_off is not None and at >= worked_off]
            if known:
                took.setdefault(connection, []).append(known[0] - came)
            else:
                without += 1
    every = [one for some in took.values() for one in some]
    lasted = max(received) - min(received) if received else 0.0
    return {"all": told(every), **{name: told(some) for name, some in took.items()}, "nothing_to_show": without,
            "received_over_s": round(lasted, 1)}  # fmt: skip


def soak(given: argparse.Namespace) -> Iterator[Row]:
    """A steady load; what memory does after a warm-up, whether the queue empties, what the logs say. Tells as it goes."""
    with running(given, open_items=OPEN_FOR_LONG) as made:
        seconds, samples = 60.0 * given.minutes, dict[int, list[float]]()
        names, before, began, looks = made.pids(), spent(made), time.time(), 0
        load = threading.Thread(target=made.steer, args=("edits",), kwargs={
            "first": 0, "count": int(seconds * given.per_second), "projects": given.projects, "per_s": given.per_second,
            "open_items": OPEN_FOR_LONG})  # fmt: skip
        load.start()
        while load.is_alive():
            time.sleep(LOOK_EVERY_S)
            for pid in names:
                samples.setdefault(pid, []).append(memory_mb(pid))
            looks += 1
            if looks % LOOKS_A_LINE == 0:
                yield {"after_s": round(time.time() - began), "waiting": _waiting(made)["deliveries"],
                       "memory_mb": {names[pid]: round(some[-1], 1) for pid, some in samples.items()}}  # fmt: skip
        drained_s = made.settle(within_s=1800)
        memory, left, troubles = {pid: _growth(some) for pid, some in samples.items()}, _waiting(made), made.troubles()
        restarted = [name for pid, name in names.items() if pid not in made.pids()]
        row = {"minutes": given.minutes, "per_second": given.per_second, "deliveries": len(deliveries(made, began)),
               "memory": {names[pid]: one for pid, one in memory.items()}, "drained_s": round(drained_s, 1),
               "restarted": restarted, "left": left, "cpu_s": spent(made, before), "troubles": troubles}  # fmt: skip
        waits = sum(left["deliveries"].values()) + left["given_up"]
        figures = {"soak_left": waits, "soak_errors": len(troubles) + len(restarted)}
        if given.minutes >= SOAK_MINUTES:  # the warm-up of a shorter one is not over
            figures["soak_memory_change"] = max(one["change"] for one in memory.values())
        yield row if given.latency_ms or given.per_second > SOAK_PER_SECOND else held(row, figures)


def _waiting(made: Deployment) -> Row:
    with made.db.read() as uow:
        return {"deliveries": uow.inbox.waiting(), "given_up": len(uow.inbox.given_up())}


def _growth(samples: Sequence[float]) -> Row:
    """Memory after the warm-up: the first and the last tenth of the rest, as means, in MB; ``change``: a share of the first."""
    rest = samples[int(len(samples) * WARM_UP_SHARE) :]
    part = max(1, len(rest) // 10)
    first, last = sum(rest[:part]) / part, sum(rest[-part:]) / part
    return {"first_mb": round(first, 1), "last_mb": round(last, 1), "most_mb": round(max(samples), 1),
            "change": round(abs(last - first) / max(first, 1.0), 3)}  # fmt: skip


MEASURES: dict[str, Callable[[argparse.Namespace], Iterator[Row]]] = {
    "idle": idle, "latency": latency, "burst": burst, "soak": soak, "failover": failover, "kills": kills,
}  # fmt: skip


def main() -> None:
    """Measure and print; exit with 1 where a bar was missed."""
    parser = argparse.ArgumentParser(prog="bench.live")
    parser.add_argument("what", choices=tuple(MEASURES))
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, not on SQLite")
    parser.add_argument("--projects", type=int, default=50)
    parser.add_argument("--workers", type=int, default=1, help="background workers, the one of `serve` among them")
    parser.add_argument("--changes", type=int, default=40, help="latency: how many")
    parser.add_argument("--events", type=int, default=BURST_EVENTS, help="burst: how many")
    parser.add_argument("--minutes", type=float, default=SOAK_MINUTES, help="soak: how long")
    parser.add_argument("--per-second", type=float, default=SOAK_PER_SECOND, help="soak, kills: edits a second")
    parser.add_argument("--times", type=int, default=100, help="kills: how many")
    parser.add_argument("--every", type=float, default=8.0, help="kills: seconds between two, on the average")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="how long the tools take to answer")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # what was started is stopped, too
    where = "postgresql" if given.postgres else "sqlite"
    head = {"what": given.what, "database": where, "projects": given.projects}
    sys.exit(tell(head | row for row in MEASURES[given.what](given)))


if __name__ == "__main__":
    main()
