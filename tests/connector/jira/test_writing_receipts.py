"""The quiet receipts: many issues a request, and each failure named."""

from collections.abc import Callable
from typing import Any

import pytest

from connector.jira.receipts import LONGEST_PROPERTY
from model.errors import AppError, RefusedError, RetryableError
from model.push import PROPERTY_KEY, Receipt

Open = Callable[..., Any]
BOTH = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
MULTI = "POST /rest/api/3/issue/properties/multi"


@pytest.fixture
def receipts_of(bench: Any, target_of: Any) -> Callable[..., list[Receipt]]:
    """A receipt for each issue of the site, or of those named."""

    def make(*keys: str, site: Any = bench.site, value: Any = "score") -> list[Receipt]:
        named = keys or [issue.key for issue in site.issues.values()]
        return [
            Receipt(target=target_of(key), vendor_id=site.issue(key).id,
                    value={"score": number} if value == "score" else value)
            for number, key in enumerate(named)
        ]

    return make


def _standing(site: Any) -> dict[str, Any]:
    return {issue.key: issue.properties.get(PROPERTY_KEY) for issue in site.issues.values()}


def test_a_hundred_issues_are_written_with_one_request_and_read_back(open_bench: Open, receipts_of: Any) -> None:
    bench = open_bench(130, histories=0)
    connector, receipts = bench.connector(), receipts_of(site=bench.site)
    bench.calls()
    assert connector.write_properties(receipts) == {}
    assert _standing(bench.site) == {one.target.value: one.value for one in receipts}
    calls = bench.calls()
    assert calls[MULTI] == 2
    assert sum(calls.values()) <= 10
    assert not any(one.mail for one in bench.site.written)


@BOTH
def test_one_or_two_receipts_are_written_by_themselves(bench: Any, receipts_of: Any, deployment: str) -> None:
    connector = bench.connector(deployment=deployment)
    bench.calls()
    assert connector.write_properties(receipts_of("CRM-1", "OPS-1")) == {}
    assert sum(bench.calls().values()) == 2
    assert _standing(bench.site)["OPS-1"] == {"score": 1}


def test_a_server_writes_one_by_one(bench: Any, receipts_of: Any) -> None:
    connector, receipts = bench.connector(deployment="datacenter"), receipts_of()
    assert connector.write_properties(receipts) == {}
    assert _standing(bench.site) == {one.target.value: one.value for one in receipts}


@BOTH
def test_what_is_taken_away_is_gone_and_what_was_gone_is_fine(bench: Any, receipts_of: Any, deployment: str) -> None:
    connector = bench.connector(deployment=deployment)
    connector.write_properties(receipts_of())
    assert connector.write_properties(receipts_of("CRM-1", "CRM-2", value=None)) == {}
    assert connector.write_properties(receipts_of("CRM-1", "CRM-2", value=None)) == {}
    standing = _standing(bench.site)
    assert (standing["CRM-1"], standing["CRM-2"], standing["OPS-1"] is None) == (None, None, False)


def test_an_issue_that_vanished_is_named_and_the_others_are_written(bench: Any, receipts_of: Any) -> None:
    connector, receipts = bench.connector(), receipts_of("CRM-1", "CRM-2", "OPS-1", "OPS-2")
    bench.site.secure_issue("CRM-2")
    refused = connector.write_properties(receipts)
    assert list(refused) == [receipts[1].target.label]
    assert "not there, or not visible" in refused[receipts[1].target.label]
    assert _standing(bench.site)["OPS-2"] == {"score": 3}


@BOTH
def test_a_receipt_too_long_is_refused_by_name_and_sent_nowhere(bench: Any, receipts_of: Any, deployment: str) -> None:
    long = receipts_of("CRM-1", value={"why": "x" * LONGEST_PROPERTY})
    refused = bench.connector(deployment=deployment).write_properties([*long, *receipts_of("OPS-1")])
    assert list(refused) == [long[0].target.label]
    assert "Jira takes 32768" in refused[long[0].target.label]
    assert _standing(bench.site)["OPS-1"] == {"score": 0}


@BOTH
def test_when_nothing_could_be_written_it_is_an_error(bench: Any, receipts_of: Any, deployment: str) -> None:
    bench.site.denied.add("EDIT_ISSUES")
    with pytest.raises(RefusedError):
        bench.connector(deployment=deployment).write_properties(receipts_of())


@pytest.mark.parametrize("kind", ["drop", "reset", "timeout"])
def test_a_bulk_call_whose_answer_is_lost_is_made_again(bench: Any, receipts_of: Any, kind: str) -> None:
    connector, receipts = bench.connector(), receipts_of()
    bench.site.faults.set(kind, path="/rest/api/3/issue/properties/multi", seconds=0.01)
    assert connector.write_properties(receipts) == {}
    assert _standing(bench.site) == {one.target.value: one.value for one in receipts}


def test_where_the_bulk_call_is_refused_each_is_written_by_itself(bench: Any, receipts_of: Any) -> None:
    connector, receipts = bench.connector(), receipts_of()
    bench.site.faults.set("403", path="/rest/api/3/issue/properties/multi")
    assert connector.write_properties(receipts) == {}
    assert _standing(bench.site) == {one.target.value: one.value for one in receipts}


def test_a_task_that_never_ends_is_told_and_not_waited_for_for_ever(
    bench: Any, receipts_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.jira import bulk_properties

    honest = bulk_properties._task
    monkeypatch.setattr(
        bulk_properties, "_task",
        lambda *given, **more: {key: one for key, one in honest(*given, **more).items() if key != "then"},
    )
    with pytest.raises(RetryableError, match="still writing"):
        bench.connector().write_properties(receipts_of())
    assert sum(bench.clock.slept) <= 120


def test_an_unreachable_site_is_not_asked_for_each_receipt(bench: Any, receipts_of: Any) -> None:
    connector = bench.connector(deployment="datacenter")
    bench.site.faults.set("401", times=100)
    bench.calls()
    with pytest.raises(AppError):
        connector.write_properties(receipts_of())
    assert sum(bench.calls().values()) <= 2
