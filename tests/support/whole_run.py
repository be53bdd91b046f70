"""A pytest plugin: a look back when every test has ended. Were the calls watched, is every listed gap still needed?

Tests may run in several processes (pytest -n). Each tells the one that started them what passed through it; that one
judges the sum, and its verdicts count like tests of its own.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.support import openapi

HERE = Path(__file__).resolve()
TESTS = HERE.parents[1]
LEAST = 100
"""So many exchanges with each fake make a whole run believable."""
PART = "only a part of the suite was asked for"
FAILED = "a test failed before, and what it would have asked for is not known"
_SHARE = "exchanges"


@dataclass
class Run:
    """What the processes of a run saw together."""

    seen: Counter[str] = field(default_factory=Counter)
    met: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)

    def add(self, share: Mapping[str, Any]) -> None:
        """Take in what one process told."""
        self.seen.update(share["seen"])
        self.met |= set(share["met"])
        self.files |= set(share["files"])

    def __str__(self) -> str:
        return ", ".join(f"{tool}: {self.seen[tool]} exchanges" for tool in sorted(openapi.FILES))


@dataclass(frozen=True)
class Verdict:
    """What the look back says of one thing; ``text`` says why where it did not pass."""

    name: str
    outcome: Literal["passed", "failed", "skipped"]
    text: str = ""


def own_share(session: pytest.Session) -> dict[str, Any]:
    """What this process saw and collected, in values that another process can be told."""
    files = sorted({str(item.path.relative_to(TESTS)) for item in session.items if item.path.is_relative_to(TESTS)})
    return {"seen": dict(openapi.RECORDER.seen), "met": sorted(openapi.gaps().met), "files": files}


def verdicts(run: Run, gaps: openapi.Gaps) -> Iterator[Verdict]:
    """What is to be said of a whole run in which nothing failed."""
    for tool in sorted(openapi.FILES):
        watched, name = run.seen[tool] > LEAST, f"the_exchanges_of_every_tool_were_watched[{tool}]"
        yield Verdict(name, "passed") if watched else Verdict(
            name, "failed", f"{run.seen[tool]} exchanges with {tool} were watched: more than {LEAST} are to be expected"
        )
    unmet, name = gaps.unmet(run.met), "every_listed_gap_was_needed_by_some_test"
    yield Verdict(name, "passed") if not unmet else Verdict(
        name, "failed", "no test needs these entries of known_gaps.yaml any more, take them out:\n  " + "\n  ".join(unmet)
    )


def why_not(config: pytest.Config, run: Run, status: int) -> str | None:
    """Why nothing can be said of this run, None when it can be judged."""
    if not openapi.at_hand():
        return openapi.ABSENT
    option = config.option
    chosen = option.keyword or option.markexpr or option.collectonly or any("::" in one for one in config.args)
    missing = {str(path.relative_to(TESTS)) for path in TESTS.rglob("test_*.py")} - run.files
    if chosen or missing or status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return f"{PART} ({run})"
    return FAILED if status == pytest.ExitCode.TESTS_FAILED else None


class Judge:
    """The process that a person started: gathers the shares of the others, and judges."""

    def __init__(self) -> None:
        self.run = Run()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Another process has ended. One that crashed has told nothing, and has failed the run already."""
        self.run.add(getattr(node, "workeroutput", {}).get(_SHARE, no_share()))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Say what is to be said, as if each verdict were a test."""
        self.run.add(own_share(session) if hasattr(session, "items") else no_share())
        reason = why_not(session.config, self.run, exitstatus)
        found = [Verdict("whole_run", "skipped", reason)] if reason else list(verdicts(self.run, openapi.gaps()))
        for verdict in found:
            session.config.hook.pytest_runtest_logreport(report=_report(verdict))
        if any(verdict.outcome == "failed" for verdict in found):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def no_share() -> dict[str, Any]:
    """The share of a process that ran no test."""
    return {"seen": {}, "met": [], "files": []}


def _report(verdict: Verdict) -> pytest.TestReport:
    place = str(HERE.relative_to(TESTS.parent))
    said = (str(HERE), 1, f"Skipped: {verdict.text}") if verdict.outcome == "skipped" else verdict.text or None
    return pytest.TestReport(
        nodeid=f"{place}::{verdict.name}", location=(place, 0, verdict.name), keywords={}, outcome=verdict.outcome,
        longrepr=said, when="call",
    )  # fmt: skip


class Teller:
    """A process that another one started: tells it what passed here."""

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        session.config.workeroutput[_SHARE] = own_share(session)  # type: ignore[attr-defined]


def pytest_configure(config: pytest.Config) -> None:
    """Judge, or tell the judge."""
    config.pluginmanager.register(Teller() if hasattr(config, "workerinput") else Judge(), "whole_run_end")
