"""A prepared document, made in a process of its own: it may hold what thousands of projects did, for minutes.

So it neither slows what a worker does beside it nor grows it; it takes no more memory than it may, and ends with whoever
waits for it. ``bellwether prepare`` is the process.
"""

import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

MOST_BYTES = 4 * 1024**3
CONTAINER = Path("/sys/fs/cgroup/memory.max")
"""How many bytes all processes of this container may take together, on Linux: a number, or "max"."""
STEPS_BACK = 5
"""How far it stands back for everything else: steps of `nice`."""
PARENT_LOOK_S = 1.0


def make(configuration: Path, number: int) -> bool:
    """Have a document made, and wait for it. Whether the process ended well: what went wrong there is told in the document."""
    command = [sys.executable, "-m", "app", "prepare", str(number)]
    command += ["--config", str(configuration), "--parent", str(os.getpid())]
    # Of a session of its own: what ends a worker by the keyboard is for the worker to hear.
    return subprocess.run(command, stdout=subprocess.DEVNULL, start_new_session=True, check=False).returncode == 0  # noqa: S603 our own program


def most_bytes() -> int:
    """Half of what there is, 4 GB at most: the worker lives on beside it."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    told = CONTAINER.read_text().strip() if CONTAINER.exists() else ""
    return min(MOST_BYTES, (min(there, int(told)) if told.isdecimal() else there) // 2)


def stand_back(parent: int | None, most: int) -> None:
    """Take no more memory than so many bytes from now on, let others go first, and end when the parent (if any) is gone."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    os.nice(STEPS_BACK)
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_LOOK_S)
    os._exit(1)
