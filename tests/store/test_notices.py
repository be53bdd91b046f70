"""Kept notices on both databases: what is told, what waits, and that one process sends what several see."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from model.health import Band
from model.notices import Gone
from store.database import Database
from store.notices import KeptNotice
from tests.support.made_notices import WHEN, made_notice

LATER = WHEN + timedelta(minutes=5)


def kept(key: str = "msg_1f", *, minutes: float = 0, **fields: Any) -> KeptNotice:
    values: dict[str, Any] = {
        "key": key, "notifier": "slack-1", "node": "reach", "band": Band.OFF_TRACK, "score": 38.2,
        "notice": made_notice(), "made_at": WHEN + timedelta(minutes=minutes),
    }
    return KeptNotice(**{**values, **fields})


def test_a_notice_is_kept_once_and_comes_back_as_it_was(database: Database) -> None:
    with database.begin() as uow:
        assert uow.notices.add(kept())
        assert not uow.notices.add(kept(node="other"))
        assert uow.notices.pending(["slack-1"]) == (kept(),)
        assert uow.notices.pending(["teams-1"]) == ()
        assert (uow.notices.has("msg_1f"), uow.notices.has("msg_2")) == (True, False)


def test_the_newest_of_a_node_and_the_newest_that_was_told(database: Database) -> None:
    with database.begin() as uow:
        uow.notices.add(kept("first", gone=Gone.FIRST, notice=None))
        uow.notices.add(kept("given", minutes=1, gone=Gone.GIVEN_UP))
        uow.notices.add(kept("over", minutes=2, gone=Gone.SUPERSEDED))
        uow.notices.add(kept("waits", minutes=3))
        uow.notices.add(kept("elsewhere", node="web"))
        newest = uow.notices.newest("slack-1")
        assert {node: one.key for node, one in newest.items()} == {"reach": "waits", "web": "elsewhere"}
        told = [uow.notices.newest_told("slack-1", given_up=given_up) for given_up in (True, False)]
    assert [{node: one.key for node, one in found.items()} for found in told] == [{"reach": "given"}, {"reach": "first"}]


def test_what_is_claimed_is_nobody_elses_until_it_is_settled(database: Database) -> None:
    with database.begin() as uow:
        uow.notices.add(kept())
        assert uow.notices.claim("msg_1f", now=WHEN, until=LATER)
        assert not uow.notices.claim("msg_1f", now=WHEN, until=LATER)
        assert not uow.notices.drop("msg_1f", Gone.SUPERSEDED)
        assert uow.notices.pending(["slack-1"]) == ()
        assert uow.notices.abandoned(WHEN) == ()
        assert [one.tries for one in uow.notices.abandoned(LATER)] == [1]
        uow.notices.again("msg_1f", at=LATER)
        assert not uow.notices.claim("msg_1f", now=WHEN, until=LATER)
        assert uow.notices.claim("msg_1f", now=LATER, until=LATER)
        uow.notices.sent("msg_1f", at=LATER)
        assert not uow.notices.claim("msg_1f", now=LATER, until=LATER)
        (told,) = uow.notices.newest_told("slack-1", given_up=True).values()
    assert (told.sent_at, told.tries, told.gone, told.pending) == (LATER, 2, None, False)


@pytest.mark.parametrize("gone", [Gone.UNCLEAR, Gone.GIVEN_UP])
def test_what_has_ended_is_not_taken_up_again(gone: Gone, database: Database) -> None:
    with database.begin() as uow:
        uow.notices.add(kept())
        uow.notices.end("msg_1f", gone)
        assert uow.notices.pending(["slack-1"])  # only who has claimed it can end it
        uow.notices.claim("msg_1f", now=WHEN, until=LATER)
        uow.notices.end("msg_1f", gone)
        assert not uow.notices.claim("msg_1f", now=LATER, until=LATER)


def test_everything_else_of_a_notifier_can_be_put_off(database: Database) -> None:
    with database.begin() as uow:
        for key, notifier in (("a", "slack-1"), ("b", "teams-1")):
            uow.notices.add(kept(key, notifier=notifier))
        uow.notices.postpone("slack-1", until=LATER)
        assert [uow.notices.claim(key, now=WHEN, until=LATER) for key in ("a", "b")] == [False, True]


def test_of_many_at_once_one_claims_a_notice(database: Database, in_threads: Callable[..., list[bool]]) -> None:
    with database.begin() as uow:
        uow.notices.add(kept())

    def claim(_number: int) -> bool:
        with database.begin() as uow:
            return uow.notices.claim("msg_1f", now=WHEN, until=LATER)

    assert sum(in_threads(claim, 6)) == 1
