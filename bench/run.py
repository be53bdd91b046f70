"""One measured step of the product in a process of its own: ``python -m bench.run CONFIG migrate|sync|full|census``.

Prints one line of JSON: what the step reported, its seconds, the CPU seconds and the peak RSS of the process.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from app import bootstrap
from config.loader import load
from config.settings import read_settings
from model.sync import Page
from service.census import census
from service.sync import sync


def measured(path: Path, step: str) -> dict[str, Any]:
    """Do one step and say what it cost; migrations and reading the configuration are not part of it."""
    if step == "migrate":
        database = bootstrap.open_database(load(path, environment=os.environ), read_settings({}))
        database.close()
        return {}
    configuration = load(path, environment=os.environ)
    with bootstrap.workspace(configuration, read_settings({})) as workspace:
        stages: dict[str, int] = {}

        def progress(_name: str, page: Page) -> None:
            connector = workspace.connector(workspace.connections[0])
            stages[page.stage.value] = connector.traffic().requests

        started = time.monotonic()
        outcome = census(workspace) if step == "census" else sync(workspace, (), full=step == "full", progress=progress)
        seconds = time.monotonic() - started
        if outcome.failures:
            raise SystemExit(f"{step}: {outcome.failures[0][1]}")
        report = outcome.reports[0].model_dump(mode="json")
    used = resource.getrusage(resource.RUSAGE_SELF)
    report |= {"seconds": round(seconds, 2), "cpu_s": round(used.ru_utime + used.ru_stime, 2),
               "rss_mb": round(used.ru_maxrss / 1024, 1), "requests_by_stage": stages}  # fmt: skip
    return report


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]), sys.argv[2])))
