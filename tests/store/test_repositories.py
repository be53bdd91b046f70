"""Payloads, sync state, scores, pushes, overrides, runs."""

from datetime import date

import pytest

from model.errors import NotFoundError
from model.health import Band, Basis, NodeScore, Override, RollupResult
from model.push import Channel, HealthFields, HealthRole, Write, WriteResult
from model.sync import RawPayload
from store.database import Database
from store.pushes import Intent, Made
from store.scores import TrendPoint
from tests.support.made_records import day


def payload(vendor_id: str, body: bytes, *, at: float = 0, kind: str = "issue") -> RawPayload:
    return RawPayload(connection="acme", kind=kind, vendor_id=vendor_id, body=body, fetched_at=day(at))


def test_the_payload_that_came_last_is_kept_whatever_its_clock_said(database: Database) -> None:
    with database.begin() as uow:
        uow.raw.save([payload("1", b"first", at=3)])
        uow.raw.save([payload("1", b"new", at=2)])
        assert uow.raw.get("acme", "issue", "1") == payload("1", b"new", at=2)
        uow.raw.save([payload("1", b"new", at=5)])
        assert uow.raw.get("acme", "issue", "1") == payload("1", b"new", at=2)
        uow.raw.save([payload("1", b"newer", at=6)])
        assert uow.raw.get("acme", "issue", "1") == payload("1", b"newer", at=6)
        assert uow.raw.get("acme", "issue", "2") is None


def test_batches_give_every_payload_of_the_kinds_once(database: Database) -> None:
    kept = [payload(str(n), b"x", kind=kind) for kind in ("issue", "log", "other") for n in range(5)]
    with database.begin() as uow:
        uow.raw.save(kept)
        batches = list(uow.raw.batches("acme", ["issue", "log"], size=3))
        assert [len(batch) for batch in batches] == [3, 3, 3, 1]
        assert [p for batch in batches for p in batch] == kept[:10]
        assert list(uow.raw.of_kinds("acme", ["other"])) == kept[10:]
        assert uow.raw.of_kinds("acme", []) == ()


def test_a_pull_that_was_cut_off_keeps_its_start_and_its_cursor(database: Database) -> None:
    with database.begin() as uow:
        uow.sync.finish("acme", "c1", at=day(1))
        uow.sync.save_checkpoint("acme", "page 2", at=day(2))
        uow.sync.save_checkpoint("acme", "page 3", at=day(3))
        uow.sync.save_mapping_digest("acme", "m1")
        state = uow.sync.state("acme")
        assert (state.cursor, state.checkpoint, state.started_at) == ("c1", "page 3", day(2))
        uow.sync.finish("acme", "c2", at=day(4))
        state = uow.sync.state("acme")
        assert (state.cursor, state.checkpoint, state.started_at) == ("c2", None, None)
        assert (state.last_finished_at, state.mapping_digest) == (day(4), "m1")


def result(at: float, score: float) -> RollupResult:
    node = NodeScore(
        id="crm",
        kind="project",
        name="CRM",
        parent=None,
        score=score,
        band=Band.ON_TRACK,
        computed_band=Band.ON_TRACK,
        coverage=1,
        trust=1,
        basis=Basis.OBSERVED,
        policy="p",
    )
    return RollupResult(as_of=day(at), known_at=day(at), policy="p", nodes=(node,))


def test_a_score_is_stored_only_when_it_differs(database: Database) -> None:
    with database.begin() as uow:
        assert uow.scores.save(result(1, 80)) == ("crm",)
        assert uow.scores.save(result(2, 80)) == ()
        assert uow.scores.save(result(3, 70)) == ("crm",)
        (latest,) = uow.scores.latest()
        assert (latest.score.score, latest.as_of) == (70, day(3))
        assert [stored.as_of for stored in uow.scores.history("crm")] == [day(1), day(3)]


def test_a_score_of_a_past_moment_does_not_become_the_newest(database: Database) -> None:
    with database.begin() as uow:
        uow.scores.save(result(3, 70))
        assert uow.scores.save(result(1, 80)) == ("crm",)
        latest = uow.scores.latest_of("crm")
        assert latest is not None
        assert latest.score.score == 70
        assert uow.scores.latest_of("ops") is None


def test_a_trend_point_at_the_same_moment_is_replaced(database: Database) -> None:
    first = TrendPoint(at=day(1), score=None, band=Band.NO_DATA, basis=Basis.RECONSTRUCTED)
    second = TrendPoint(at=day(8), score=61.5, band=Band.AT_RISK, basis=Basis.OBSERVED)
    again = TrendPoint(at=day(8), score=70, band=Band.ON_TRACK, basis=Basis.OBSERVED)
    with database.begin() as uow:
        uow.scores.save_trend([("crm", second), ("crm", first), ("ops", second)])
        uow.scores.save_trend([("crm", again)])
        assert uow.scores.trend("crm", since=day(0)) == (first, again)
        assert uow.scores.trend("crm", since=day(2)) == (again,)


def write(new: str, outcome: WriteResult = WriteResult.WRITTEN) -> Write:
    return Write(
        connection="acme",
        target="acme:issue:CRM-1",
        node="crm",
        channel=Channel.FIELD,
        field="health",
        new=new,
        why="band changed",
        result=outcome,
    )


def test_what_stood_before_our_first_write_is_kept(database: Database) -> None:
    with database.begin() as uow:
        uow.pushes.record(write("A"), Made(run="push-1", previous="theirs", vendor_id="77", signature="s1"), at=day(1))
        uow.pushes.record(write("B"), Made(run="push-2", previous="A"), at=day(2))
        spots = uow.pushes.written("acme")["acme:issue:CRM-1"]
        (written,) = spots.values()
        assert list(spots) == [(Channel.FIELD, "health")]
        assert (written.value, written.previous, written.at, written.vendor_id) == ("B", "theirs", day(2), "77")
        uow.pushes.forget(write("theirs"))
        assert uow.pushes.written("acme") == {}


def test_a_failed_write_is_audited_and_not_remembered_as_ours(database: Database) -> None:
    with database.begin() as uow:
        uow.pushes.record(write("A", WriteResult.FAILED), Made(run="push-1"), at=day(1))
        assert uow.pushes.written("acme") == {}
        (entry,) = uow.pushes.audit(run="push-1")
        assert (entry.write, entry.at, entry.run) == (write("A", WriteResult.FAILED), day(1), "push-1")
        assert uow.pushes.audit(node="ops") == uow.pushes.audit(since=day(2)) == ()


def test_a_channel_s_writes_of_a_day_are_counted_by_run(database: Database) -> None:
    with database.begin() as uow:
        for number, (run, outcome) in enumerate(
            [("push-1", WriteResult.WRITTEN), ("push-1", WriteResult.WRITTEN), ("push-2", WriteResult.FAILED)]
        ):
            uow.pushes.record(write(str(number), outcome), Made(run=run), at=day(1))
        assert uow.pushes.made_since("acme", day(1)) == {("acme:issue:CRM-1", Channel.FIELD): 1}
        assert uow.pushes.made_since("acme", day(2)) == {}


def test_an_intent_stands_until_it_is_settled(database: Database) -> None:
    intent = Intent(
        connection="acme", target="acme:issue:CRM-1", channel=Channel.FIELD, node="crm", run="push-1", by="ada",
        mark="a1", signature="s", writes=(write("A", WriteResult.PLANNED),), at=day(1),
    )  # fmt: skip
    with database.begin() as uow:
        uow.pushes.intend([intent, intent.model_copy(update={"mark": "a2"})])
        assert [one.mark for one in uow.pushes.intents("acme")] == ["a2"]
        assert uow.pushes.intents("elsewhere") == ()
        uow.pushes.settle("acme", "acme:issue:CRM-1", Channel.FIELD)
        assert uow.pushes.intents("acme") == ()


def test_what_waits_keeps_the_earlier_moment_and_what_is_due_gets_the_newest(database: Database) -> None:
    with database.begin() as uow:
        uow.agenda.note_due(["a", "b"], at=day(5), now=day(1))
        uow.agenda.note_due(["a"], at=day(7), now=day(1))
        uow.agenda.note_due(["b"], at=day(1), now=day(1))
        assert (uow.agenda.due(day(1)), uow.agenda.due(day(5))) == (("b",), ("b", "a"))
        uow.agenda.note_due(["b"], at=day(2), now=day(2))
        uow.agenda.pushed(["b"], began_at=day(1))
        assert uow.agenda.due(day(2)) == ("b",)
        uow.agenda.pushed(["b"], began_at=day(2))
        assert uow.agenda.due(day(2)) == ()


def test_health_fields_are_kept_until_forgotten(database: Database) -> None:
    fields = HealthFields(connection="acme", ids={HealthRole.SCORE: "f1"}, options={Band.AT_RISK: "o2"})
    with database.begin() as uow:
        assert uow.pushes.health_fields("acme") is None
        uow.pushes.save_health_fields(fields)
        assert uow.pushes.health_fields("acme") == fields
        uow.pushes.forget_health_fields("acme")
        assert uow.pushes.health_fields("acme") is None


def test_a_replaced_or_cleared_override_is_still_known_of_its_time(database: Database) -> None:
    def override(band: Band, at: float) -> Override:
        return Override(node="crm", band=band, reason="r", by="ada", at=day(at), until=date(2026, 5, 1))

    first, second = override(Band.AT_RISK, 1), override(Band.ON_TRACK, 3)
    with database.begin() as uow:
        uow.overrides.set(first)
        uow.overrides.set(second)
        assert uow.overrides.all() == (second,)
        assert uow.overrides.clear("crm", by="bob", at=day(5))
        assert not uow.overrides.clear("crm", by="bob", at=day(6))
        assert uow.overrides.all() == uow.overrides.all(known_at=day(0)) == ()
        assert uow.overrides.all(known_at=day(2)) == (first,)
        assert uow.overrides.all(known_at=day(4)) == (second,)


def test_a_run_is_noted_from_start_to_end(database: Database) -> None:
    with database.begin() as uow:
        sync, push = uow.runs.start("sync", at=day(1)), uow.runs.start("push", at=day(2))
        uow.runs.finish(sync, at=day(3), outcome="done", summary={"items": 3})
        newest, oldest = uow.runs.recent(5)
        assert (newest.id, newest.outcome, newest.summary) == (push, None, None)
        assert (oldest.id, oldest.outcome, oldest.summary) == (sync, "done", {"items": 3})
        with pytest.raises(NotFoundError, match="no run"):
            uow.runs.finish("push-99", at=day(3), outcome="done")
