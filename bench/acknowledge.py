"""How fast webhooks are acknowledged: ``python -m bench.acknowledge [RATE] [SECONDS] [--postgres] [--projects N] …``.

A deployment at work, as ``bench.live`` makes it: half its projects in Asana, ``bellwether serve`` over a sandbox at the
vendors' real speed. Processes of their own send signed deliveries of both tools by turns at a fixed rate, one in twenty-one
of them a second time. One in ten tells of an item that somebody has just edited in the sandbox, so it is asked for again,
scored, and its health written back; the others are our own account's. A delivery's time counts from the moment it was due,
so a server that falls behind can't hide it. Afterwards the inbox is read: each delivery must be there once.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from bench.deployment import Deployment, children, cpu_s, on
from bench.live import writes
from bench.live_bars import ACKNOWLEDGE_RATE, ACKNOWLEDGE_SECONDS, Row, held, tell
from bench.liveworld import OPEN
from bench.signed import FOREIGN, REPEATED, Edited, Hook, Source, is_repeated, number_of
from sandbox.document import ASANA, JIRA
from store.figure_tables import project_figures
from store.tables import hook_deliveries

CONNECTIONS_A_PROCESS = 10  # Jira keeps 20 deliveries to one host under way at a time
WARM_UP, WARM_UP_RATE = 100, 50.0
Answers = list[tuple[float, int]]
"""Seconds and status of each answer."""


# -- sending ----------------------------------------------------------------------------------------------------------


async def _sender(port: int, work: "asyncio.Queue[tuple[float, int] | None]", source: Source, told: Answers) -> None:
    """One kept connection: sends what is due and notes how long the answer took, opening another one where it is closed."""
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    while (due := await work.get()) is not None:
        at, number = due
        wire = source.request(number)
        for _attempt in range(3):
            try:
                reader, writer = streams or await asyncio.open_connection("127.0.0.1", port)
                streams = (reader, writer)
                writer.write(wire)
                status = await _answered(reader)
                break
            except (OSError, asyncio.IncompleteReadError):
                streams, status = None, 0
        told.append((time.monotonic() - at, status))
    if streams is not None:
        streams[1].close()


async def _answered(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.split("content-length:")[1].split("\r\n")[0])
    await reader.readexactly(length)
    return int(head.split()[1])


async def _send(port: int, numbers: range, rate: float, source: Source) -> Answers:
    work: asyncio.Queue[tuple[float, int] | None] = asyncio.Queue()
    told: Answers = []
    senders = [asyncio.create_task(_sender(port, work, source, told)) for _ in range(CONNECTIONS_A_PROCESS)]
    began = time.monotonic()
    every = (number for number in numbers for _ in range(2 if is_repeated(number) else 1))
    for step, number in enumerate(every):
        at = began + step / rate
        if (wait := at - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        work.put_nowait((at, number))
    for _ in senders:
        work.put_nowait(None)
    await asyncio.gather(*senders)
    return told


def _generate(port: int, numbers: range, rate: float, source: Source, answer: Any) -> None:
    told = asyncio.run(_send(port, numbers, rate, source))
    answer.send((told, time.process_time()))


def _load(port: int, source: Source, given: argparse.Namespace) -> tuple[Answers, float]:
    """All generators' answers, and the CPU seconds they took."""
    started, many = [], given.generators
    for index in range(many):
        ours, theirs = multiprocessing.Pipe(duplex=False)
        numbers = _numbers(given)[index::many]
        pace = given.rate * (1 + 1 / REPEATED) / many
        process = multiprocessing.Process(target=_generate, args=(port, numbers, pace, source, theirs))
        process.start()
        started.append((process, ours))
    told: Answers = []
    spent_s = 0.0
    for process, ours in started:
        answers, processor_s = ours.recv()
        told += answers
        spent_s += processor_s
        process.join()
    return told, spent_s


# -- what is measured -------------------------------------------------------------------------------------------------


def _source(made: Deployment) -> Source:
    """Every item is edited once, and told of by the tools themselves; from then on only the load tells of anything."""
    edits = made.steer("edits", first=0, count=made.projects * OPEN, projects=made.projects)
    made.settle()
    made.steer("mute")
    with made.db.read() as uow:
        hooks = {(one.connection, one.subject): one for one in uow.hooks.registrations()}
    project_of = _asana_projects(json.loads(made.path.read_text()))
    found = []
    for edit in edits:
        hook = hooks[edit["connection"], project_of.get(edit["node"], "")]
        found.append(Edited(edit["item"], Hook(urlsplit(hook.url or "").path, hook.secret or "")))
    accounts = made.steer("accounts")
    return Source(found, (accounts[JIRA], accounts[ASANA]))


def _asana_projects(document: Row) -> dict[str, str]:
    """The gid of each node's project in Asana."""
    nodes = [node for top in document["portfolios"] for program in top["programs"] for node in program["projects"]]
    sources = [(node["id"], source) for node in nodes for source in node["sources"]]
    return {node: source["project"] for node, source in sources if source["connection"] == ASANA}


def _spent(made: Deployment) -> dict[str, float]:
    """CPU seconds so far of the web processes, of the worker, and of the sandbox with both tools."""
    ours = made.pids()
    found = {"web": 0.0, "worker": 0.0, "tools": 0.0}
    for pid, name in ours.items():
        found["worker" if name.endswith("worker") else "web"] += cpu_s(pid)
    found["tools"] = sum(cpu_s(pid) for pid in children(os.getpid()) if pid not in ours)
    return found


def _machine_s() -> tuple[float, float, float]:
    """Seconds of all processors since the machine began, those that were idle, and those that its host gave to others."""
    ticks = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    a_second = os.sysconf("SC_CLK_TCK")
    return sum(ticks) / a_second, (ticks[3] + ticks[4]) / a_second, ticks[7] / a_second


def _inbox(made: Deployment) -> Counter[int]:
    """How often each delivery of the load stands in the inbox."""
    found: Counter[int] = Counter()
    with made.db.transaction(write=False) as conn:
        for (events,) in conn.execute(select(hook_deliveries.c.events)):
            found.update({number for event in json.loads(events) if (number := number_of(event)) is not None})
    return found


def measure(given: argparse.Namespace) -> Iterator[Row]:
    """One run under load, and what it left behind."""
    with on(given.postgres, given.projects, speed=1.0) as made:
        made.serve(*([] if given.processes is None else ["--workers", str(given.processes)]))
        made.until(made.up, within_s=120)
        made.settle()
        source, port = _source(made), urlsplit(made.url).port or 0
        asyncio.run(_send(port, range(WARM_UP), WARM_UP_RATE, source))  # the first requests open what is kept open
        made.settle()
        made.steer("set")
        before, began, at, machine = _spent(made), time.monotonic(), time.time(), _machine_s()
        threading.Thread(target=made.steer, args=("edits",), kwargs={
            "first": made.projects * OPEN + WARM_UP // FOREIGN, "count": int(given.rate * given.seconds) // FOREIGN,
            "projects": made.projects, "per_s": given.rate / FOREIGN}).start()  # fmt: skip
        told, generators_s = _load(port, source, given)
        took_s, after = time.monotonic() - began, _spent(made)
        all_s, idle_s, stolen_s = (now - then for now, then in zip(_machine_s(), machine, strict=True))
        used_s = sum(after.values()) - sum(before.values()) + generators_s
        row = {
            **_answers(told, took_s),
            **{f"{kind}_cpu_ms_each": round(1000 * (after[kind] - before[kind]) / len(told), 3) for kind in after},
            "generator_cpu_ms_each": round(1000 * generators_s / len(told), 3),
            "stolen_percent": round(100 * stolen_s / all_s, 1),
            "others_percent": round(100 * (all_s - idle_s - stolen_s - used_s) / all_s, 1),
            **_worked_off(made, at), "settled_s": round(made.settle(within_s=1800), 1),
            "writes": sum(map(len, writes(made, at).values())), "troubles": made.troubles()[-10:],
        }  # fmt: skip
        yield _judged(row | _kept(_inbox(made), _numbers(given)), given)


def _numbers(given: argparse.Namespace) -> range:
    return range(WARM_UP, WARM_UP + int(given.rate * given.seconds))


def _answers(told: Answers, took_s: float) -> Row:
    times = sorted(seconds for seconds, _status in told)
    return {
        "sent": len(told), "seconds": round(took_s, 1), "rate": round(len(told) / took_s, 1),
        **{f"p{part}_ms": round(1000 * times[min(len(times) - 1, len(times) * part // 100)], 1) for part in (50, 95, 99)},
        "max_ms": round(1000 * times[-1], 1), "answers": dict(Counter(status for _seconds, status in told)),
    }  # fmt: skip


def _worked_off(made: Deployment, since: float) -> Row:
    """What went on while the load came: requests to the tools, and projects that were scored."""
    with made.db.transaction(write=False) as conn:
        moments = conn.execute(select(project_figures.c.at)).scalars().all()
    return {"requests_to_tools": made.steer("calls")["total"], "projects_scored": sum(at.timestamp() > since for at in moments)}


def _kept(inbox: Counter[int], wanted: range) -> Row:
    return {"deliveries": len(wanted), "lost": len(set(wanted) - inbox.keys()),
            "twice": sum(inbox[number] > 1 for number in wanted)}  # fmt: skip


def _judged(row: Row, given: argparse.Namespace) -> Row:
    if given.rate > ACKNOWLEDGE_RATE or given.seconds > ACKNOWLEDGE_SECONDS:
        return row
    return held(row, {f"acknowledge_{figure}": row[figure] for figure in ("p99_ms", "lost", "twice")})


def main() -> None:
    """Measure and print; exit with 1 where a bar was missed."""
    parser = argparse.ArgumentParser(prog="bench.acknowledge")
    parser.add_argument("rate", nargs="?", type=float, default=ACKNOWLEDGE_RATE)
    parser.add_argument("seconds", nargs="?", type=float, default=ACKNOWLEDGE_SECONDS)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, not on SQLite")
    parser.add_argument("--projects", type=int, default=50, help="an even number, half of them in Asana")
    parser.add_argument("--processes", type=int, help="web processes; as many as `serve` starts by itself where not given")
    parser.add_argument("--generators", type=int, default=2)
    given = parser.parse_args()
    if given.projects % 2:
        parser.error("--projects: half of them are in Asana, so their number is even")
    head = {"what": "acknowledge", "database": "postgresql" if given.postgres else "sqlite", "projects": given.projects}
    sys.exit(tell(head | row for row in measure(given)))


if __name__ == "__main__":
    main()
