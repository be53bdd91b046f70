"""A pytest plugin: whatever passes between the suite and the fakes is held against the vendors' own descriptions.

The descriptions lie beside the checkout and are not part of it; without them nothing is checked, and
tests/support/whole_run.py says so. tests/specs/known_gaps.yaml lists the calls they leave out and the
answers that differ on purpose. A test fails, at its end, for what it made pass that is neither.
"""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.watching import FAULT, Application, unwatch, watch
from tests.support.openapi_spec import Exchange, Finding, Operation, Spec

HERE = Path(__file__).resolve()
SPECS = HERE.parents[2].parent / "shared" / "specs"
GAPS = HERE.parents[1] / "specs" / "known_gaps.yaml"
FILES = {"jira": ("jira-cloud-v3.json", "jira-software.json"), "jira-dc": (), "asana": ("asana_oas.yaml",)}
"""The descriptions of each fake. Jira Data Center has none, so each of its calls is a listed gap."""
ROOTS = {"jira": "", "jira-dc": "", "asana": "/api/1.0"}
ABSENT = f"the vendors' descriptions are not beside this checkout ({SPECS.name}/)"
_REFUSED = range(400, 500)


def at_hand() -> bool:
    """Whether the descriptions are there."""
    return all((SPECS / name).is_file() for names in FILES.values() for name in names)


@cache
def descriptions(tool: str) -> tuple[Spec, ...]:
    """The descriptions of a tool."""
    found = tuple(_read(tool, SPECS / name) for name in FILES[tool])
    for spec in found:
        spec.everywhere = frozenset(str(one["status"]) for one in gaps().statuses if one["tool"] == tool)
    return found


def _read(tool: str, path: Path) -> Spec:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return Spec(tool, json.loads(text))
    return Spec(tool, yaml.load(text, Loader=yaml.CSafeLoader), loose=True)


def operation(tool: str, method: str, path: str) -> Operation | None:
    """The operation behind a path below the tool's API root, None when no description has it."""
    found = (spec.find(method, path) for spec in descriptions(tool))
    return next((one for one in found if one is not None), None)


@dataclass
class Gaps:
    """What known_gaps.yaml lists, and what of it was met in this run."""

    calls: list[dict[str, str]]
    deviations: list[dict[str, str]]
    statuses: list[dict[str, str]]
    met: set[str] = field(default_factory=set)

    def call(self, tool: str, method: str, path: str) -> bool:
        """Whether a call is listed. Its path may hold ``{names}``, each for one part."""
        return any(self._meet(one, _is_call(one, tool, method, path)) for one in self.calls)

    def deviation(self, found: Finding) -> bool:
        """Whether a difference is meant."""
        return any(self._meet(one, _is_deviation(one, found)) for one in self.deviations)

    def _meet(self, one: dict[str, str], matches: bool) -> bool:
        if matches:
            self.met.add(_name(one))
        return matches

    def unmet(self, met: Set[str]) -> list[str]:
        """The calls and deviations that are not among those met."""
        return [name for one in [*self.calls, *self.deviations] if (name := _name(one)) not in met]


def _name(one: dict[str, str]) -> str:
    """An entry in one line; no two entries have the same."""
    return " ".join(one[part] for part in ("tool", "call", "side", "at", "says") if part in one)


def _is_call(one: dict[str, str], tool: str, method: str, path: str) -> bool:
    wanted, _, template = one["call"].partition(" ")
    parts, given = template.split("/"), path.split("/")
    return (one["tool"], wanted) == (tool, method) and len(parts) == len(given) and all(
        part.startswith("{") or part == each for part, each in zip(parts, given, strict=True)
    )


def _is_deviation(one: dict[str, str], found: Finding) -> bool:
    return (
        fnmatchcase(found.call, f"{one['tool']} {one['call']}")
        and found.side == one["side"]
        and fnmatchcase(found.at, one["at"])
        and one.get("says", "") in found.message
    )


@cache
def gaps() -> Gaps:
    """The listed gaps."""
    told = yaml.safe_load(GAPS.read_text(encoding="utf-8"))
    return Gaps(calls=told["calls"], deviations=told["deviations"], statuses=told["statuses"])


class Recorder:
    """Keeps exchanges as they pass, judges them when asked to. Safe to be called from a server's threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Exchange] = []
        self._judged: set[bytes] = set()
        self.seen: Counter[str] = Counter()

    def layer(self, tool: str, application: Application) -> Application:
        """The application with every exchange kept. Only tools with a description are watched."""
        if tool not in FILES:
            return application

        def watching(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            sent = _sent(environ)
            told: list[Any] = []

            def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
                told[:] = [int(status.split(" ")[0]), dict(headers).get("Content-Type", "")]
                return start_response(status, headers, *more)

            parts = application(environ, start)
            try:
                answer = b"".join(parts)
            finally:
                if hasattr(parts, "close"):
                    parts.close()
            self._keep(_exchange(tool, environ, sent, told, answer))
            return [answer]

        return watching

    def _keep(self, exchange: Exchange) -> None:
        with self._lock:
            self.seen[exchange.tool] += 1
            key = _fingerprint(exchange)
            if key not in self._judged:
                self._judged.add(key)
                self._waiting.append(exchange)

    def judge(self, *, forgiving: bool) -> list[Finding]:
        """What is wrong with the exchanges since the last time, listed gaps left out.

        ``forgiving``: a request that was refused with 4xx may be a wrong one, because the test tries the refusal.
        """
        with self._lock:
            waiting, self._waiting = self._waiting, []
        found = [one for exchange in waiting for one in findings(exchange, forgiving=forgiving)]
        return list(dict.fromkeys(one for one in found if not gaps().deviation(one)))


def findings(exchange: Exchange, *, forgiving: bool = False) -> Iterator[Finding]:
    """Everything in which an exchange differs from the description."""
    refused = forgiving and exchange.status in _REFUSED and exchange.fault is None
    meant = operation(exchange.tool, exchange.method, exchange.path)
    if meant is not None:
        yield from meant.judge(exchange, request=not refused, answer=exchange.fault is None)
    elif not gaps().call(exchange.tool, exchange.method, exchange.path) and not refused:
        call = f"{exchange.tool} {exchange.method} {exchange.path}"
        yield Finding(call, exchange.status, "call", "", "is in no description and not in known_gaps.yaml")


def _sent(environ: dict[str, Any]) -> bytes:
    size = int(environ.get("CONTENT_LENGTH") or 0)
    if not size:
        return b""
    sent: bytes = environ["wsgi.input"].read(size)
    environ["wsgi.input"] = BytesIO(sent)
    return sent


def _exchange(tool: str, environ: dict[str, Any], sent: bytes, told: list[Any], answer: bytes) -> Exchange:
    return Exchange(
        tool=tool, method=environ["REQUEST_METHOD"], path=environ["PATH_INFO"].removeprefix(ROOTS[tool]),
        query=environ.get("QUERY_STRING", ""), sent=sent, status=told[0], content_type=told[1], answer=answer,
        fault=environ.get(FAULT),
    )  # fmt: skip


def _fingerprint(one: Exchange) -> bytes:
    told = hashlib.blake2b(digest_size=16)
    for part in (one.tool, one.method, one.path, one.query, str(one.status), one.fault or ""):
        told.update(part.encode() + b"\0")
    told.update(one.sent + b"\0" + one.answer)
    return told.digest()


RECORDER = Recorder()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch, where there is something to hold the exchanges against."""
    config.addinivalue_line("markers", "wrong_request(why): sends, on purpose, what the vendor does not describe")
    if at_hand():
        watch(RECORDER.layer)


def pytest_unconfigure() -> None:
    """Stop watching."""
    if at_hand():
        unwatch(RECORDER.layer)


@pytest.fixture(autouse=True)
def _as_the_vendors_describe_it(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test for an exchange of its own that no description knows."""
    yield
    found = RECORDER.judge(forgiving="tests/sandbox/" in request.node.nodeid)
    if request.node.get_closest_marker("wrong_request"):
        found = [one for one in found if one.side not in ("query", "request")]
    if found:
        lines = "\n".join(f"  {one}" for one in found)
        pytest.fail(f"Not as the vendor describes it (mend it, or list it in {GAPS.name}):\n{lines}", pytrace=False)
