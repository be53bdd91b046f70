"""Locks between processes of one machine, kept by the operating system."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


class FileLock:
    """A lock on a file that is made where it is missing; it goes with the process that holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: TextIO | None = None

    def take(self) -> bool:
        """Whether it is ours: taken now or before. False while another process or thread holds it."""
        if self._held is None:
            held = self._path.open("a")
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.close()
                return False
            self._held = held
        return True

    def release(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


@contextmanager
def file_lock(path: Path) -> Iterator[bool]:
    """Hold a lock on a file; False while another process or thread holds it."""
    lock = FileLock(path)
    try:
        yield lock.take()
    finally:
        lock.release()
