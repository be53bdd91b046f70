"""The sandbox as a child process: a fake Jira and a fake Asana with a living company, spoken to by HTTP alone."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from model.errors import FatalError

ANSWER_WITHIN_S = 30.0
STOP_WITHIN_S = 3.0


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that answers; ``url`` is its root."""

    url: str

    def config(self) -> dict[str, Any]:
        """What a configuration for this world needs: connections, people, mapping, portfolios."""
        return self._get("config")

    def targets(self) -> dict[str, Any]:
        """What the tools now show where health is published."""
        return self._get("targets")

    def _get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/_sandbox/{path}", timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310
            document = json.load(answer)
        if not isinstance(document, dict):
            raise FatalError(f"The sandbox answered no document at {path}.", fix="This is a defect; please report it.")
        return document


@contextmanager
def sandbox(arguments: Sequence[str]) -> Iterator[RunningSandbox]:
    """Start ``python -m sandbox --port 0 …``, wait for its one line, stop it at the end.

    Raises FatalError when it ends before it is ready; what it said is in the message.
    """
    child = subprocess.Popen(  # noqa: S603 our own program
        [sys.executable, "-m", "sandbox", "--port", "0", *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        line = child.stdout.readline() if child.stdout else ""
        if not line.startswith("{"):
            raise FatalError("The sandbox did not start.", where="python -m sandbox", fix=line.strip() or "See above.")
        yield RunningSandbox(str(json.loads(line)["url"]).rstrip("/"))
    finally:
        _end(child)


def _end(child: subprocess.Popen[str]) -> None:
    """Ask it to stop; it holds nothing worth waiting for."""
    child.terminate()
    try:
        child.wait(timeout=STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout:
        child.stdout.close()
