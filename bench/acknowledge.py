"""How fast webhooks are acknowledged: ``python -m bench.acknowledge [RATE] [SECONDS] [--database URL] [--processes N]``.

Starts the sandbox and ``bellwether serve`` over it, then sends signed deliveries of Jira from processes of their own at a
fixed rate, one in twenty of them a second time. A delivery's time counts from the moment it was due, so a server that
falls behind can't hide it. Afterwards the inbox is read: each delivery must be there once. Deliveries are by our own
account, so the worker beside the server works them off without asking the tool.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from store.database import Database

SECRET = "a secret of the bench"
CONNECTION = "northlight-jira"
CONNECTIONS_A_PROCESS = 10  # Jira keeps 20 deliveries to one host under way at a time
REPEATED = 20
FIRST_ID = 10_000_000
BOT = "5b10a2844c20165700ede21a"  # the account of the sandbox's bot, which is ours
FILLING = "What a real issue brings along, which nobody here reads. " * 60  # real bodies are 3 to 8 KB


def delivery(number: int, by: str) -> tuple[bytes, str]:
    """One body with its signature. ``number`` makes it one of its kind."""
    body = json.dumps({
        "timestamp": 1_700_000_000_000 + number, "webhookEvent": "jira:issue_updated",
        "user": {"accountId": by}, "issue": {"id": str(number), "key": f"WEB-{number}", "fields": {"summary": FILLING}},
    }).encode()  # fmt: skip
    return body, hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def request(number: int, by: str) -> bytes:
    body, signature = delivery(number, by)
    head = (
        f"POST /webhooks/{CONNECTION} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature: sha256={signature}\r\nX-Atlassian-Webhook-Identifier: bench-{number}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _sender(port: int, work: "asyncio.Queue[tuple[float, int] | None]", by: str, told: list[tuple[float, int]]) -> None:
    """One kept connection: sends what is due and notes how long the answer took, opening another one where it is closed."""
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    while (due := await work.get()) is not None:
        at, number = due
        wire = request(number, by)
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


async def _send(port: int, numbers: range, rate: float, by: str) -> list[tuple[float, int]]:
    work: asyncio.Queue[tuple[float, int] | None] = asyncio.Queue()
    told: list[tuple[float, int]] = []
    senders = [asyncio.create_task(_sender(port, work, by, told)) for _ in range(CONNECTIONS_A_PROCESS)]
    began, step = time.monotonic(), 0
    for number in numbers:
        for again in (False, True)[: 2 if number % REPEATED == 0 else 1]:
            at = began + step / rate
            step += 1
            if (wait := at - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            work.put_nowait((at, number))
            del again
    for _ in senders:
        work.put_nowait(None)
    await asyncio.gather(*senders)
    return told


def _generate(port: int, numbers: range, rate: float, by: str, answer: Any) -> None:
    told = asyncio.run(_send(port, numbers, rate, by))
    answer.send((told, time.process_time()))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _a_project(sandbox_url: str) -> str:
    """The key of a project that the fake Jira has."""
    with urlopen(f"{sandbox_url}/_sandbox/config") as answer:
        document = json.load(answer)
    nodes = [node for top in document["portfolios"] for program in top["programs"] for node in program["projects"]]
    sources = [source for node in nodes for source in node.get("sources", ()) if source["connection"] == CONNECTION]
    return str(next(source["project"] for source in sources if "project" in source))


def _serve(folder: Path, sandbox_url: str, arguments: argparse.Namespace, port: int) -> "subprocess.Popen[str]":
    """`bellwether serve` as a user starts it."""
    path = folder / "bellwether.yaml"
    path.write_text(
        f"database: {arguments.database or f'sqlite:///{folder}/bench.db'}\n"
        f"connections:\n  {CONNECTION}:\n    tool: jira\n    url: {sandbox_url}/jira\n"
        "    auth: {type: api_token, email: bot@example.test, token: 'env:BENCH_TOKEN'}\n"
        "    webhook_secret: 'env:BENCH_SECRET'\n"
        "portfolios:\n  - name: Growth\n    programs:\n      - name: Reach\n        projects:\n"
        f"          - {{name: Web, sources: [{{connection: {CONNECTION}, project: {_a_project(sandbox_url)}}}]}}\n"
    )
    environment = {**os.environ, "BENCH_TOKEN": "sandbox-jira-token", "BENCH_SECRET": SECRET}
    command = [sys.executable, "-m", "app", "serve", "--config", str(path), "--port", str(port)]
    many = [] if arguments.processes is None else ["--workers", str(arguments.processes)]
    process = subprocess.Popen([*command, *many], env=environment, text=True)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.2)
    raise SystemExit("the server did not start")


def _processor_s(pid: int) -> dict[str, float]:
    """CPU seconds so far of the web processes and of the worker below a `serve`."""
    ticks = os.sysconf("SC_CLK_TCK")
    spent = {"web": 0.0, "worker": 0.0}
    children = [child for each in Path(f"/proc/{pid}/task").glob("*/children") for child in each.read_text().split()]
    for child in children:
        kind = "worker" if b"\0worker\0" in Path(f"/proc/{child}/cmdline").read_bytes() else "web"
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        spent[kind] += (int(fields[11]) + int(fields[12])) / ticks
    return spent


def _machine_s() -> tuple[float, float]:
    """Seconds of all processors since the machine began, and those that its host gave to others meanwhile."""
    ticks = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(ticks) / os.sysconf("SC_CLK_TCK"), ticks[7] / os.sysconf("SC_CLK_TCK")


def _inbox(url: str) -> Counter[int]:
    """How often each delivery's number stands in the inbox."""
    database = Database(url)
    found: Counter[int] = Counter()
    with database.transaction(write=False) as conn:
        for (events,) in conn.exec_driver_sql("SELECT events FROM hook_deliveries"):
            found.update(int(event["vendor_id"]) for event in json.loads(events))
    database.close()
    return found


def run(arguments: argparse.Namespace, folder: Path, sandbox_url: str, by: str) -> dict[str, Any]:
    port = _free_port()
    server = _serve(folder, sandbox_url, arguments, port)
    try:
        asyncio.run(_send(port, range(FIRST_ID - 100, FIRST_ID), 50, by))  # the first requests open what is kept open
        before, began, machine = _processor_s(server.pid), time.monotonic(), _machine_s()
        told, generators_s = _load(port, arguments, by)
        took_s, after = time.monotonic() - began, _processor_s(server.pid)
        all_s, stolen_s = (now - then for now, then in zip(_machine_s(), machine, strict=True))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)
    wanted = set(range(FIRST_ID, FIRST_ID + int(arguments.rate * arguments.seconds)))
    held = _inbox(arguments.database or f"sqlite:///{folder}/bench.db")
    times = sorted(seconds for seconds, _status in told)
    return {
        "deliveries": len(wanted), "sent": len(told), "seconds": round(took_s, 1), "rate": round(len(told) / took_s, 1),
        **{f"p{part}_ms": round(1000 * times[min(len(times) - 1, len(times) * part // 100)], 1) for part in (50, 95, 99)},
        "max_ms": round(1000 * times[-1], 1), "answers": dict(Counter(status for _seconds, status in told)),
        "lost": len(wanted - held.keys()), "twice": sum(held[number] > 1 for number in wanted),
        **{f"{kind}_cpu_ms_each": round(1000 * (after[kind] - before[kind]) / len(told), 3) for kind in after},
        "generator_cpu_ms_each": round(1000 * generators_s / len(told), 3), "stolen_percent": round(100 * stolen_s / all_s, 1),
    }  # fmt: skip


def _load(port: int, arguments: argparse.Namespace, by: str) -> tuple[list[tuple[float, int]], float]:
    """All generators' answers, and the CPU seconds they took."""
    total, many = int(arguments.rate * arguments.seconds), arguments.generators
    started = []
    for index in range(many):
        ours, theirs = multiprocessing.Pipe(duplex=False)
        numbers = range(FIRST_ID + total * index // many, FIRST_ID + total * (index + 1) // many)
        pace = arguments.rate * (1 + 1 / REPEATED) / many
        process = multiprocessing.Process(target=_generate, args=(port, numbers, pace, by, theirs))
        process.start()
        started.append((process, ours))
    told: list[tuple[float, int]] = []
    spent_s = 0.0
    for process, ours in started:
        answers, processor_s = ours.recv()
        told += answers
        spent_s += processor_s
        process.join()
    return told, spent_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rate", nargs="?", type=float, default=500.0)
    parser.add_argument("seconds", nargs="?", type=float, default=60.0)
    parser.add_argument("--database")
    parser.add_argument("--processes", type=int, help="web processes; as many as `serve` starts by itself where not given")
    parser.add_argument("--generators", type=int, default=2)
    arguments = parser.parse_args()
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert sandbox.stdout is not None
        url = str(json.loads(sandbox.stdout.readline())["url"]).rstrip("/")
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(run(arguments, Path(folder), url, BOT)))
    finally:
        sandbox.terminate()
        sandbox.wait()


if __name__ == "__main__":
    main()
