"""Helpers of the store's tests. Each test that asks for ``database`` runs on SQLite and on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest


@pytest.fixture
def in_threads() -> Callable[..., list[Any]]:
    """Runs a function of one number in so many threads at once; their results, or the first exception."""

    def run(work: Callable[[int], Any], threads: int) -> list[Any]:
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(work, range(threads)))

    return run
