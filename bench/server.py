"""A process of its own with both fakes, slowed down as a network would, that can repeat its answers at no cost.

``python -m bench.server WORLD SIZE SPEED`` prints its URL. ``POST /_bench/…`` steers it: see ``Desk``. While it
records, the fakes answer and every answer is kept; while it repeats, kept answers come back without the fakes' own work,
so that what is measured is the client. SPEED: how many times faster than the vendors' limits.
"""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from bench.liveworld import OPEN, edit, live_world
from bench.shown import shown
from bench.worlds import OLD, OUTSIDE, asana_world, jira_world, push_world
from sandbox.document import ASANA, JIRA
from sandbox.jira.site import ADMIN_ID
from sandbox.server import Sandbox, build, start

Headers = list[tuple[str, str]]
Key = tuple[str, str, str, bytes]


class Desk:
    """WSGI middleware: latency, recording, repeating, refusing every n-th request, counting."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.latency_s = 0.0
        self.mode = "plain"
        self.refuse_every = 0
        self.kept: dict[Key, tuple[str, Headers, bytes]] = {}
        self.order: list[Key] = []
        self.misses = 0
        self.calls: Counter[str] = Counter()
        self.refused: dict[Key, float] = {}
        self.too_early = 0
        self._lock = threading.Lock()
        self._number = 0

    def load(self, root_url: str) -> None:
        self.sandbox.load(root_url)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/_bench/"):
            return self._steer(path.removeprefix("/_bench/"), environ, start_response)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        environ["wsgi.input"] = _Again(body)
        key = (environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), body)
        time.sleep(self.latency_s)
        if self._is_refused(key):
            headers = [("Retry-After", "1"), ("Content-Type", "application/json")]
            start_response("429 TOO MANY REQUESTS", headers)
            return [b'{"errorMessages": ["Rate limited"], "errors": [{"message": "Rate limited"}]}']
        return self._answer(key, environ, start_response)

    def _is_refused(self, key: Key) -> bool:
        with self._lock:
            self.calls[f"{key[0]} {key[1]}?{key[2]} {key[3].decode()}"] += 1
            self._number += 1
            at = self.refused.pop(key, None)
            if at is not None and time.monotonic() - at < 1.0:
                self.too_early += 1
            if self.refuse_every and self._number % self.refuse_every == 0:
                self.refused[key] = time.monotonic()
                return True
        return False

    def _answer(self, key: Key, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self.mode == "repeat":
            if key in self.kept:
                status, headers, content = self.kept[key]
                start_response(status, headers)
                return [content]
            self.misses += 1
        told: list[Any] = []

        def listen(status: str, headers: Headers, *_rest: Any) -> Callable[[bytes], object]:
            told[:] = [status, headers]
            return lambda _data: None

        content = b"".join(self.sandbox(environ, listen))
        if self.mode == "record":
            with self._lock:
                self.kept[key] = (told[0], told[1], content)
                self.order.append(key)
        start_response(told[0], told[1])
        return [content]

    def _steer(self, what: str, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        given = json.loads(environ["wsgi.input"].read(length) or b"{}") if length else {}
        answer = getattr(self, f"do_{what}")(**given)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    # -- what can be asked for ----------------------------------------------------------------------------------------

    def do_set(self, mode: str = "plain", latency_s: float = 0.0, refuse_every: int = 0) -> Any:
        self.mode, self.latency_s, self.refuse_every = mode, latency_s, refuse_every
        self.calls.clear()
        self.misses, self.too_early, self._number = 0, 0, 0
        return {"kept": len(self.kept)}

    def do_requests(self) -> Any:
        """What was recorded, in its order, for the floor to repeat."""
        return [[method, path, query, body.decode()] for method, path, query, body in self.order]

    def do_calls(self) -> Any:
        return {"total": sum(self.calls.values()), "misses": self.misses, "too_early": self.too_early,
                "calls": dict(self.calls)}  # fmt: skip

    def do_edit(self, count: int) -> Any:
        """A person edits the first ``count`` items of the tool that has any."""
        jira, asana = self.sandbox.jira, self.sandbox.asana
        for issue in list(jira.issues.values())[:count]:
            jira.edit_issue(issue.key, summary=f"Edited {issue.key} at {time.time()}")
        for task in list(asana.tasks.values())[: 0 if jira.issues else count]:
            asana.edit_task(task.gid, by=self._somebody(), name=f"Edited {task.gid} at {time.time()}")
        return {"edited": count}

    def do_leave(self) -> Any:
        """20 deleted, 5 moved outside, 5 hidden, and 3 in a project that is archived; the hidden ones in the last
        of the large projects, which keeps secrets from then on, the others in the first."""
        jira = self.sandbox.jira
        keys = [project.key for project in jira.projects.values() if project.key not in (OLD, OUTSIDE)]
        first, last = (
            [one.key for one in jira.issues.values() if one.key.startswith(f"{key}-")] for key in (keys[0], keys[-1])
        )
        for key in first[:20]:
            jira.delete_issue(key)
        for key in first[20:25]:
            jira.move_issue(key, OUTSIDE)
        for key in last[-5:]:
            jira.secure_issue(key)
        jira.archive_project(OLD)
        return {"deleted": 20, "moved": 5, "gone_or_hidden": 5, "archived": 3}

    def do_stir(self) -> Any:
        """In Asana: 20 tasks deleted, 20 moved to another section, 20 subtasks changed, in all projects by turns."""
        space, by = self.sandbox.asana, self._somebody()
        plain = [one for one in space.tasks.values() if one.parent is None and not one.subtasks]
        step = max(1, len(plain) // 40)
        picked, below = plain[::step][:40], [one for one in space.tasks.values() if one.parent is not None]
        for task in picked[:20]:
            space.delete_task(task.gid, by=by)
        for task in picked[20:]:
            gid, at = next(iter(task.homes.items()))
            other = next(each for each in space.projects[gid].sections if each is not at)
            space.add_to_project(task.gid, gid, by=by, section=other.name)
        for task in below[:: max(1, len(below) // 20)][:20]:
            space.edit_task(task.gid, by=by, name=f"Edited {task.gid} at {time.time()}")
        return {"deleted": 20, "updated": 40}

    def do_places(self) -> Any:
        """Where a world to push to can be published: Jira's keys, Asana's gids by kind."""
        jira, space = self.sandbox.jira, self.sandbox.asana
        return {
            "issue": list(jira.by_key) if hasattr(jira, "by_key") else [one.key for one in jira.issues.values()],
            "project": list(space.projects), "portfolio": list(space.portfolios), "task": list(space.tasks),
        }  # fmt: skip

    def do_break(self, share: float, seed: int = 1) -> Any:
        """From now on that part of the writes is applied and never answered; 0 ends it."""
        for tool in (self.sandbox.jira, self.sandbox.asana):
            tool.faults.clear()
            if share:
                tool.faults.set("reset", method="WRITE", share=share, seed=seed, times=1_000_000)
        return {"share": share}

    def do_edits(self, first: int, count: int, projects: int, per_s: float = 0.0, open_items: int = OPEN) -> Any:
        """A live world's deeds with these numbers, so many a second (0: as fast as it goes)."""
        began = time.monotonic()
        done = []
        for number in range(first, first + count):
            if per_s:
                time.sleep(max(0.0, began + (number - first) / per_s - time.monotonic()))
            done.append(edit(self.sandbox, number, projects, open_items))
        return done

    def do_hurry(self, speed: float, retries: float) -> Any:
        """From now on limits pass so many times faster than the vendors', and the waits before a delivery's next try."""
        self.sandbox.jira.speed = self.sandbox.asana.speed = speed
        self.sandbox.jira.hooks.speed = retries
        return {"speed": speed}

    def do_slow(self, tool: str, seconds: float) -> Any:
        """A tool that takes its time for every answer; 0 ends it."""
        faults = getattr(self.sandbox, tool).faults
        faults.clear()
        if seconds:
            faults.set("slow", times=1_000_000, seconds=seconds)
        return {"seconds": seconds}

    def do_undelivered(self) -> Any:
        """How many deliveries still wait to be sent."""
        return len(self.sandbox.jira.hooks._waiting) + self.sandbox.jira.hooks._busy + len(self.sandbox.asana.hooks._queues)

    def do_mute(self) -> Any:
        """From now on neither tool tells of anything: whoever loads the endpoint sends deliveries instead."""
        self.sandbox.jira.hooks.post = lambda _url, _body, _headers: 202
        self.sandbox.asana.hooks._post = lambda _url, _body, _headers: (200, {})
        return {"mute": True}

    def do_accounts(self) -> Any:
        """Our own account in each tool."""
        return {JIRA: ADMIN_ID, ASANA: self.sandbox.asana.bot.gid}

    def do_shown(self) -> Any:
        """What people see of us: fields, receipts, our comments and status updates, and how often they were told."""
        return shown(self.sandbox)

    def _somebody(self) -> Any:
        asana = self.sandbox.asana
        return next(one for one in asana.users.values() if one is not asana.bot)


class _Again:
    """A request body that was read once and can be read again."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def read(self, size: int = -1) -> bytes:
        end = len(self._body) if size is None or size < 0 else self._at + size
        part, self._at = self._body[self._at:end], min(end, len(self._body))
        return part

    def readline(self, size: int = -1) -> bytes:
        return self.read(size)


def main() -> None:
    """Serve until the standard input ends."""
    (kind, _, open_items), size, speed = sys.argv[1].partition(":"), int(sys.argv[2]), float(sys.argv[3])
    worlds = {
        "jira": lambda: jira_world(size), "asana": lambda: asana_world(size // 200, 200),
        "push": lambda: push_world(size * 4 // 5, size - size * 4 // 5),
        "live": lambda: live_world(size, int(open_items or OPEN)),
    }  # fmt: skip
    world = worlds[kind]()
    sandbox = build(world, clock=lambda: datetime.now(UTC), speed=speed)
    running = start(Desk(sandbox))  # type: ignore[arg-type]
    sandbox.send_webhooks()
    print(json.dumps({"url": running.url}), flush=True)
    sys.stdin.read()
    running.stop()


if __name__ == "__main__":
    main()
