"""Logs: a constant event and identifiers, on stderr; for people on a terminal, JSON for machines."""

import logging
import sys

import structlog


def configure(style: str, *, verbose: bool) -> None:
    """Set up structlog once per process. ``style``: "human" or "json"."""
    level = logging.INFO if verbose else logging.WARNING
    renderer: structlog.typing.Processor
    renderer = structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # A line in one write: web server and worker share the stream.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # The SDKs write whole request and response bodies at DEBUG: never let them.
    for noisy in ("atlassian", "asana", "urllib3", "httpx", "httpcore", "requests"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
