"""How long an answer may be: what goes on and on, or unpacks to more and more, would fill the memory."""

from collections.abc import Iterable, Iterator

from model.errors import ConnectionUnusableError

LARGEST_ANSWER = 100_000_000
"""Bytes, unpacked: many times the longest page that a tool sends."""


def bounded(parts: Iterable[bytes], most: int) -> Iterator[bytes]:
    """The parts of an answer as they come. Raises ConnectionUnusableError as soon as they are too many."""
    length = 0
    for part in parts:
        length += len(part)
        if length > most:
            raise ConnectionUnusableError(
                f"The answer is longer than {most // 1_000_000} MB: a tool sends nothing of that length.",
                fix="Check the connection's url.", reason="too_long",
            )
        yield part
