"""Logs: a constant event and identifiers, on stderr; for people on a terminal, JSON for machines.

Every job and every command ends in one canonical line with all that is to be known of it: who, what, counts, requests,
waits, seconds, outcome and, where it failed, the slug of why. Secrets and mail addresses are taken out of every line.
"""

import logging
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

import structlog

from app.tracing import mark_failed, span
from connector.sdk.redaction import HIDDEN, is_secret_name, redact
from connector.sdk.spending import counted
from model.errors import AppError
from model.sync import Traffic

Fact = str | int | float | bool | None

# The SDKs write whole request and response bodies at DEBUG: never let them.
_NOISY = ("atlassian", "asana", "urllib3", "httpx", "httpcore", "requests", "opentelemetry")


def configure(style: str, *, verbose: bool, stream: TextIO | None = None) -> None:
    """Set up structlog once per process. ``style``: "human" (warnings; with ``verbose`` every line) or "json" (every line)."""
    json = style == "json"
    renderer: structlog.typing.Processor
    renderer = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_without_text),
            _without_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose or json else logging.WARNING),
        # A line in one write: web server and worker share the stream.
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _without_text(exc_info: structlog.typing.ExcInfo) -> str:
    """Where an exception came up and of what kind it is, its causes first. Its text may quote an item: that stays here."""
    told: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None:
        told.insert(0, "".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(told)


def _without_secrets(
    _logger: structlog.typing.WrappedLogger, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """The last look at a line: whatever was given to the log, no credential and no address leaves the process."""
    return {name: HIDDEN if is_secret_name(name) and value else _clean(value) for name, value in event.items()}


def _clean(value: object) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: HIDDEN if is_secret_name(str(key)) and one else _clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(one) for one in value]
    return value if isinstance(value, int | float | None) else redact(str(value))


@dataclass
class Line:
    """What a canonical line will say. ``outcome``: done, in_part, put_off, failed or crashed."""

    facts: dict[str, Fact] = field(default_factory=dict)
    outcome: str = "done"
    reason: str | None = None

    def add(self, **facts: Fact) -> None:
        """More to be known, each under a name of its own; a later value replaces an earlier one."""
        self.facts.update(facts)

    def traffic(self, spent: Traffic) -> None:
        """What was spent in the tools, if anything: requests, bytes, and seconds for which limits made it wait."""
        if spent != Traffic():
            self.add(requests=spent.requests, bytes=spent.bytes, wait_s=round(spent.waited_s, 3))


@contextmanager
def canonical(event: str, *, clock: Callable[[], float] = time.perf_counter, **who: Fact) -> Iterator[Line]:
    """Do one job or command inside this: it ends in one line, and is a span where tracing is set up.

    An error goes on to the caller; the line names its slug, never its text. What it spends in the tools is counted.
    """
    line, begun = Line(), clock()
    with counted() as spent:
        try:
            with span(event, **who):
                yield line
                if line.reason is not None:
                    mark_failed(line.reason)
        except AppError as error:
            line.outcome, line.reason = "failed", error.reason
            raise
        except Exception as error:
            line.outcome, line.reason = "crashed", type(error).__name__
            raise
        finally:
            line.traffic(spent.so_far())
            _tell(event, line, seconds=clock() - begun, **who)


def _tell(event: str, line: Line, *, seconds: float, **who: Fact) -> None:
    known = {name: value for name, value in {**who, **line.facts, "reason": line.reason}.items() if value is not None}
    structlog.get_logger().info(event, **known, outcome=line.outcome, seconds=round(seconds, 3))
