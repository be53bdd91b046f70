"""What every test may use."""

import gc
import os

import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
"""No example fails for being slow: how quick things are is measured by benchmarks, on a machine that does nothing else."""

pytest_plugins = [
    "tests.support.browser",
    "tests.support.databases",
    "tests.support.page_client",
    "tests.support.scene",
    "tests.support.library",
    "tests.support.openapi",
    "tests.support.office",
    "tests.support.promised",
    "tests.support.whole_run",
    "tests.support.workers",
]

LONGEST = ("test_stored_invariants.py", "test_change.py", "test_invariants.py", "test_durable.py", "test_processes.py")


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors: a quarter of the time tests wait for servers, browsers and clocks."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """The collector looks at what tests make, not again and again at a hundred thousand objects of modules and of tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 80, 20)  # as every process of ours: app.allocation


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first: begun last, one process would still be at them when the others have nothing left."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
