"""What runs are compared by: what is left out is what depends on the moment, and a duplicate is found wherever it stands."""

from datetime import UTC, datetime

from bench.compared import different, last_said, twice
from connector.jira.adf import document
from model.health import Band
from model.push import HealthMessage

AT_RISK, OFF_TRACK = ["Web: At risk", "at_risk"], ["Web: Off track", "off_track"]


def _comment(score: float, at: str, before: tuple[Band, float] | None) -> dict[str, object]:
    message = HealthMessage(
        node="web", node_name="Web", band=Band.AT_RISK, score=score, previous_band=before[0] if before else None,
        previous_score=before[1] if before else None, reason="Late.", coverage=0.65, trust=1.0,
        as_of=datetime.fromisoformat(at).replace(tzinfo=UTC),
    )  # fmt: skip
    return {"id": "1", "kind": "comment", "body": document(message)}


def _update(number: str, mark: str, says: list[str]) -> dict[str, object]:
    return {"id": number, "kind": "status_update", "body": f"{says[0]}\nBellwether · web · {mark}", "says": says}


def _logged(*updates: str) -> dict[tuple[str, str], int]:
    return {("status_update", one): 1 for one in updates}


def test_a_comment_is_the_same_whenever_and_after_whatever_it_was_written() -> None:
    first = last_said([_comment(61.2, "2026-11-22T20:01", None)])
    assert "61.2 of 100" in first["comment"]
    for before in ((Band.ON_TRACK, 70.0), (Band.OFF_TRACK, 60.0), (Band.AT_RISK, 61.2), (Band.ON_TRACK, 61.2)):
        assert last_said([_comment(61.2, "2026-11-23T08:59", before)]) == first


def test_a_comment_with_another_score_is_another_one() -> None:
    moment = "2026-11-22T20:01"
    assert last_said([_comment(61.2, moment, None)]) != last_said([_comment(61.3, moment, None)])


def test_a_band_that_went_there_and_back_is_honestly_told_three_times() -> None:
    updates = [_update("7", "a", AT_RISK), _update("8", "b", OFF_TRACK), _update("9", "c", AT_RISK)]
    assert twice(updates, _logged("7", "8", "9")) == []
    assert last_said(updates) == {"status_update": AT_RISK}


def test_one_change_told_twice_running_is_found() -> None:
    assert twice([_update("7", "a", AT_RISK), _update("8", "b", AT_RISK)], _logged("7", "8"))


def test_one_change_told_twice_with_another_one_between_is_found_by_its_mark() -> None:
    updates = [_update("7", "a", AT_RISK), _update("8", "b", OFF_TRACK), _update("9", "a", AT_RISK)]
    assert twice(updates, _logged("7", "8", "9")) == ["2 status updates with mark a"]


def test_what_the_log_does_not_know_or_knows_twice_is_found() -> None:
    updates = [_update("7", "a", AT_RISK), _update("8", "b", OFF_TRACK)]
    assert twice(updates, _logged("8")) == ["status update 7 is in the log 0 times"]
    assert twice(updates, _logged("7") | {("status_update", "8"): 2}) == ["status update 8 is in the log 2 times"]
    assert twice([{"id": "5", "kind": "comment", "body": "…"}], {}) == ["comment 5 is not in the log"]


def test_a_second_comment_at_a_place_is_a_duplicate() -> None:
    comments = [{"id": one, "kind": "comment", "body": "…"} for one in ("5", "6")]
    assert twice(comments, {("comment", "5"): 3, ("comment", "6"): 1}) == ["2 comments"]


def test_a_difference_names_only_what_differs() -> None:
    here, there = {"web": {"score": 61.2, "band": "AT_RISK"}}, {"web": {"score": 61.3, "band": "AT_RISK"}, "shop": {}}
    assert different(here, here) == []
    assert different(here, there) == [["shop", None, {}], ["web", {"score": 61.2}, {"score": 61.3}]]
