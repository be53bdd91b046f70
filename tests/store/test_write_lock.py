"""Who gets SQLite's write lock when several wait for it."""

import threading
from pathlib import Path

from store.database import Database

ROUNDS = 30


def test_who_is_eager_comes_before_who_is_not_and_both_come(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'a.db'}")
    db.upgrade()
    order: list[bool] = []

    def write(eager: bool, begun: threading.Event) -> None:
        begun.set()
        with db.begin(eager=eager):
            order.append(eager)

    for _ in range(ROUNDS):
        with db.begin():
            waiting = []
            for eager in (False, True):
                begun = threading.Event()
                waiting.append(threading.Thread(target=write, args=(eager, begun)))
                waiting[-1].start()
                begun.wait()
            threading.Event().wait(0.02)  # both have found it taken
        for one in waiting:
            one.join()
    db.close()
    firsts = order[::2]
    assert len(order) == 2 * ROUNDS
    assert sum(firsts) > ROUNDS / 2
