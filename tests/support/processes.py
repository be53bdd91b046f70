"""Running a piece of Python in several processes at once, as several workers of a deployment."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_together(program: str, *arguments: str, processes: int) -> list[str]:
    """What each process printed. ``program`` starts its work when its stdin is closed, so that all begin together.

    Raises AssertionError with what a failed one said.
    """
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, *arguments, str(number)], cwd=ROOT, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for number in range(processes)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    said = []
    for process in started:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        said.append(out)
    return said
