"""Whether a worker is there is asked by many at once, and each is told the same."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.presence import is_worked, place_name
from store.database import Database

MANY, TIMES = 6, 40


@pytest.mark.parametrize("there", [False, True])
def test_who_asks_at_the_same_moment_takes_nobody_for_a_worker(database: Database, there: bool) -> None:
    claim = database.claim(place_name("w3"))
    assert claim.held() if there else True
    together = threading.Barrier(MANY)

    def asked(_number: int) -> set[bool]:
        together.wait()
        return {is_worked(database) for _ in range(TIMES)}

    with ThreadPoolExecutor(MANY) as pool:
        assert list(pool.map(asked, range(MANY))) == [{there}] * MANY
    claim.release()
    assert not is_worked(database)
    assert claim.held(), "nothing that asked stayed in the way"
    claim.release()
