"""What the pages for whoever keeps it running are read from, on both databases."""

from datetime import UTC, datetime, timedelta

from model.events import ChangeEvent, EventKind
from model.push import Channel, Write, WriteResult
from store.audit_log import AuditFilter
from store.database import Database
from store.errands import ErrandKind, ErrandState
from store.hooks import Arrival
from store.pushes import Made

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WRITE = Write(connection="acme", target="acme:issue:A-1", node="a", channel=Channel.FIELD, field="score", why="so")


def test_every_sign_of_trouble_is_read_at_once(database: Database) -> None:
    until = NOW + timedelta(hours=1)
    database.limits.announce("quota", "acme", capacity=10, window_s=3600.0)
    for scope in ("quota", "acme"):
        database.limits.pause(scope, until)
    event = ChangeEvent(connection="acme", kind=EventKind.ITEM_CHANGED, vendor_id="1", name="changed")
    with database.begin() as uow:
        uow.jobs.want("poll:acme", at=NOW)
        begun = uow.jobs.begin("poll:acme", 1, at=NOW)
        assert begun is not None
        uow.jobs.put_off("poll:acme", 1, at=NOW, due_at=NOW, failed=("unreachable", "It does not answer."))
        uow.jobs.pause("push", by="ada", at=NOW)
        uow.sync.finish("acme", "cursor", at=NOW)
        uow.hooks.store_deliveries([Arrival.of("acme", ("one",), (event,), NOW)])
        (waiting,) = uow.inbox.pending("acme")
        uow.inbox.failed(waiting.id, "It can't be read.", given_up_at=NOW)
    with database.read() as uow:
        signs = sorted(uow.status.signs(NOW), key=lambda sign: (sign.kind, sign.number or 0))
        told = [(s.kind, s.subject, s.text, s.number, s.at) for s in signs]
        assert [sign.kind for sign in uow.status.signs(until)].count("rest") == 0
    assert told == [
        ("failing", "poll:acme", "It does not answer.", 1.0, NOW),
        ("given_up", "", None, 1.0, None),
        ("paused", "push", "ada", None, NOW),
        ("rest", "acme", None, None, until),
        ("rest", "acme", None, 3600.0, until),
        ("synced", "acme", None, None, NOW),
    ]


def test_the_log_of_writes_is_chosen_from_and_read_page_by_page(database: Database) -> None:
    with database.begin() as uow:
        for number in range(6):
            connection = "acme" if number % 2 else "other"
            write = WRITE.model_copy(update={
                "connection": connection, "new": number, "node": f"n{number % 3}",
                "result": WriteResult.FAILED if number == 5 else WriteResult.WRITTEN,
            })  # fmt: skip
            uow.pushes.record(write, Made(run=f"push-{number // 3}"), at=NOW + timedelta(minutes=number))
    with database.read() as uow:
        def found(limit: int = 10, before: int | None = None, **wanted: object) -> list[object]:
            return [e.new for _, e in uow.audit_log.page(AuditFilter.model_validate(wanted), limit=limit, before=before)]

        lines = uow.audit_log.page(AuditFilter(), limit=2)
        assert [entry.new for _, entry in lines] == [5, 4]
        assert found(before=lines[-1][0]) == [3, 2, 1, 0]
        assert found(connection="acme") == [5, 3, 1]
        assert found(node="n2", run="push-0") == [2]
        assert found(result=WriteResult.FAILED, channel=Channel.FIELD) == [5]
        assert found(since=NOW + timedelta(minutes=2), until=NOW + timedelta(minutes=3)) == [3, 2]
        assert uow.audit_log.connections() == ("acme", "other")


def test_an_errand_keeps_its_writes_in_their_order(database: Database) -> None:
    writes = [WRITE.model_copy(update={"new": number}) for number in range(1200)]
    writes[7] = writes[7].model_copy(update={"result": WriteResult.UNCHANGED})
    with database.begin() as uow:
        number = uow.errands.ask(ErrandKind.PLAN, {"only": ["a"]}, by="ada", at=NOW)
        assert [one.id for one in uow.errands.open()] == [number]
        uow.errands.begin(number, at=NOW)
        uow.errands.keep_writes(number, writes[:3])
        uow.errands.keep_writes(number, writes)
        uow.errands.end(number, ErrandState.DONE, at=NOW)
    with database.read() as uow:
        kept = uow.errands.one(number)
        assert kept is not None
        assert (kept.asked, kept.state, kept.is_open) == ({"only": ["a"]}, ErrandState.DONE, False)
        assert uow.errands.counts(number) == {WriteResult.PLANNED: 1199, WriteResult.UNCHANGED: 1}
        assert [write for _, write in uow.errands.writes(number)] == writes
        planned = uow.errands.writes(number, results=[WriteResult.PLANNED], after=7, limit=2)
        assert [(at, write.new) for at, write in planned] == [(9, 8), (10, 9)]
