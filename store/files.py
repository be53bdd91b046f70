"""Locks between processes of one machine, kept by the operating system."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


class FileLock:
    """A lock on a file that is made where it is missing; it goes with the process that holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: TextIO | None = None

    def take(self, *, shared: bool = False) -> bool:
        """Whether it is ours: taken now or before. False while another process or thread holds it.

        ``shared``: others may share it, and nobody has it alone meanwhile.

        Where somebody took the file away, what we hold is nothing that another one could find: it is taken anew.
        """
        if self._held is not None and not _leads_to(self._path, self._held):
            self.release()
        if self._held is None:
            held = self._path.open("a")
            try:
                fcntl.flock(held, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            except BlockingIOError:
                held.close()
                return False
            self._held = held
        return True

    def release(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


def _leads_to(path: Path, held: TextIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(held.fileno()))
    except FileNotFoundError:
        return False


@contextmanager
def file_lock(path: Path, *, shared: bool = False) -> Iterator[bool]:
    """Hold a lock on a file; False while another process or thread holds it. ``shared``: as in ``FileLock.take``."""
    lock = FileLock(path)
    try:
        yield lock.take(shared=shared)
    finally:
        lock.release()
