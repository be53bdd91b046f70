"""Prepared documents as they are kept, on both databases."""

from datetime import UTC, datetime, timedelta

from store.database import Database
from store.errands import ErrandState
from store.prepared import DocumentKind

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
REPORT, SPLIT = DocumentKind.REPORT, DocumentKind.SPLIT


def _ended(database: Database, by: str, at: datetime) -> int:
    with database.begin() as uow:
        number = uow.prepared.ask(REPORT, "a", {}, by=by, at=at)
        uow.prepared.keep(number, "text/csv", b"packed", at=at)
    return number


def test_a_document_is_asked_for_begun_and_kept(database: Database) -> None:
    with database.begin() as uow:
        number = uow.prepared.ask(REPORT, "a", {"days": 7, "lens": None}, by="ada", at=NOW)
        assert [one.id for one in uow.prepared.open()] == [number]
        for _ in range(2):
            uow.prepared.begin(number, at=NOW)
        begun = uow.prepared.one(number)
        uow.prepared.keep(number, "text/csv", b"packed", at=NOW + timedelta(seconds=9))
    assert begun is not None
    assert (begun.state, begun.begun, begun.is_open) == (ErrandState.RUNNING, 2, True)
    with database.read() as uow:
        done = uow.prepared.one(number)
        assert uow.prepared.open() == ()
        assert uow.prepared.packed(number) == b"packed"
        assert uow.prepared.first_ended_at() == NOW + timedelta(seconds=9)
    assert done is not None
    assert (done.state, done.media_type, done.asked) == (ErrandState.DONE, "text/csv", {"days": 7, "lens": None})


def test_the_same_question_is_found_whoever_asked_it_and_no_other_is(database: Database) -> None:
    with database.begin() as uow:
        first = uow.prepared.ask(REPORT, "a", {"days": 7, "format": "csv"}, by="ada", at=NOW)
        second = uow.prepared.ask(REPORT, "a", {"format": "csv", "days": 7}, by="bo", at=NOW)
        for kind, node, days in ((SPLIT, "a", 7), (REPORT, "b", 7), (REPORT, "a", 8)):
            uow.prepared.ask(kind, node, {"days": days, "format": "csv"}, by="ada", at=NOW)
        found = uow.prepared.same(REPORT, "a", {"days": 7, "format": "csv"})
    assert [one.id for one in found] == [second, first]


def test_what_is_old_and_what_is_too_much_of_one_person_is_forgotten_and_what_is_open_is_not(database: Database) -> None:
    old, *adas = (_ended(database, "ada", NOW + timedelta(hours=hour)) for hour in range(4))
    bos = _ended(database, "bo", NOW + timedelta(hours=5))
    with database.begin() as uow:
        waiting = uow.prepared.ask(REPORT, "a", {}, by="ada", at=NOW)
        uow.prepared.forget_before(NOW + timedelta(minutes=1))
        assert uow.prepared.one(old) is None
        uow.prepared.forget_all_but(2, by="ada")
        left = {one.id for one in uow.prepared.same(REPORT, "a", {})}
    assert left == {adas[-1], waiting, bos}


def test_of_a_document_that_was_forgotten_nothing_is_kept_and_its_number_is_not_given_again(database: Database) -> None:
    with database.begin() as uow:
        number = uow.prepared.ask(REPORT, "a", {}, by="ada", at=NOW)
        uow.prepared.begin(number, at=NOW)
        uow.prepared.forget_everything()
    with database.begin() as uow:
        other = uow.prepared.ask(REPORT, "a", {}, by="ada", at=NOW)
        uow.prepared.keep(number, "text/csv", b"of before", at=NOW)
    with database.read() as uow:
        assert other > number
        assert [uow.prepared.packed(one) for one in (number, other)] == [None, None]
