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
STEPS_BACK = 5
"""How far it stands back for everything else: steps of `nice`."""
PARENT_LOOK_S = 1.0


def make(configuration: Path, number: int) -> bool:
    """Have a document made, and wait for it. Whether the process ended well: what went wrong there is told in the document."""
    command = [sys.executable, "-m", "app", "prepare", str(number)]
    command += ["--config", str(configuration), "--parent", str(os.getpid())]
    # Of a session of its own: what ends a worker by the keyboard is for the worker to hear.
    return subprocess.run(command, stdout=subprocess.DEVNULL, start_new_session=True, check=False).returncode == 0  # noqa: S603 our own program


def stand_back(parent: int | None, *, most_bytes: int = MOST_BYTES) -> None:
    """Take no more memory than this from now on, wait for everybody else, and end when the parent (if any) is gone."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = most_bytes if hard == resource.RLIM_INFINITY else min(most_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    os.nice(STEPS_BACK)
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_LOOK_S)
    os._exit(1)
