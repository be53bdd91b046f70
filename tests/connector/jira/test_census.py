"""What left a site, told apart as far as evidence goes, and what that costs."""

from collections.abc import Callable
from typing import Any

import pytest

from model.errors import ConnectionUnusableError, RetryableError, UsageError
from model.sync import Census

Open = Callable[..., Any]


def _census(keeper: Any, **more: Any) -> Census:
    found: Census = keeper.connector.census(keeper.sources, keeper.known(**more), reference=keeper.reference())
    return found


def _id(bench: Any, key: str) -> str:
    return f"acme:item:{bench.site.issue(key).id}"


@pytest.fixture
def synced(bench: Any) -> Any:
    keeper = bench.keeper()
    keeper.sync()
    bench.clock.move(hours=1)
    bench.calls()
    return keeper


def test_nothing_left_costs_the_sweep_alone(bench: Any, synced: Any) -> None:
    found = _census(synced)
    assert (found.checked, found.deleted, found.gone_or_hidden, found.moved) == (6, (), (), ())
    assert bench.calls() == {"POST /rest/api/3/search/jql": 1}


def test_an_issue_gone_from_a_project_without_secrets_is_deleted(bench: Any, synced: Any) -> None:
    number = _id(bench, "CRM-1")
    bench.site.delete_issue("CRM-1")
    assert _census(synced).deleted == (number,)


def test_an_issue_gone_from_a_project_with_a_security_scheme_may_be_hidden(bench: Any, synced: Any) -> None:
    number = _id(bench, "CRM-1")
    bench.site.delete_issue("CRM-1")
    bench.site.use_security("CRM")
    found = _census(synced)
    assert (found.deleted, found.gone_or_hidden) == ((), (number,))


def test_who_may_not_see_security_schemes_does_not_call_anything_deleted(bench: Any, synced: Any) -> None:
    number = _id(bench, "CRM-1")
    bench.site.delete_issue("CRM-1")
    bench.site.denied.add("ADMINISTER")
    assert _census(synced).gone_or_hidden == (number,)


def test_a_secured_issue_is_hidden_and_not_deleted(bench: Any, synced: Any) -> None:
    number = _id(bench, "OPS-1")
    bench.site.secure_issue("OPS-1")
    assert _census(synced).gone_or_hidden == (number,)


def test_an_issue_beside_one_that_was_restricted_is_not_called_deleted(bench: Any) -> None:
    bench.site.secure_issue("CRM-2", shown=True)
    keeper = bench.keeper()
    keeper.sync()
    bench.site.secured_project_ids.clear()
    number = _id(bench, "CRM-1")
    bench.site.delete_issue("CRM-1")
    assert _census(keeper).gone_or_hidden == (number,)


@pytest.mark.parametrize(("deed", "told"), [
    ("archive_project", "archived"), ("delete_project", "deleted"), ("hide_project", "gone_or_hidden"),
])
def test_what_became_of_a_project_is_told_exactly(bench: Any, synced: Any, deed: str, told: str) -> None:
    numbers = {_id(bench, f"OPS-{number}") for number in (1, 2, 3)}
    getattr(bench.site, deed)("OPS")
    found = _census(synced)
    assert set(getattr(found, told)) == numbers
    assert sum(len(getattr(found, name)) for name in ("deleted", "moved", "archived", "gone_or_hidden", "back")) == 3


def test_an_issue_moved_out_of_the_sources_is_moved_and_comes_as_it_is_now(bench: Any) -> None:
    keeper = bench.keeper(("project", "CRM"))
    keeper.sync()
    bench.site.move_issue("CRM-1", "OPS")
    found = _census(keeper)
    assert found.moved == (_id(bench, "OPS-4"),)
    assert [one.vendor_id for one in found.page.raw] == [bench.site.issue("OPS-4").id]


def test_an_issue_that_left_a_version_is_moved(bench: Any) -> None:
    for key in ("CRM-1", "CRM-2"):
        bench.site.edit_issue(key, version="1.0")
    keeper = bench.keeper(("version", "1.0"))
    keeper.sync()
    bench.site.edit_issue("CRM-1", version=None)
    found = _census(keeper)
    assert (found.checked, found.moved) == (2, (_id(bench, "CRM-1"),))


def test_an_issue_that_left_its_epic_is_moved(bench: Any) -> None:
    for key in ("CRM-2", "CRM-3"):
        bench.site.edit_issue(key, parent="CRM-1")
    keeper = bench.keeper(("epic", "CRM-1"))
    keeper.sync()
    bench.site.edit_issue("CRM-3", parent=None)
    assert _census(keeper).moved == (_id(bench, "CRM-3"),)


def test_an_issue_archived_by_itself_is_archived(bench: Any, synced: Any) -> None:
    bench.site.archive_issue("CRM-1")
    assert _census(synced).archived == (_id(bench, "CRM-1"),)


def test_an_issue_archived_by_itself_does_not_stop_the_next_sync(bench: Any, synced: Any) -> None:
    bench.site.archive_issue("OPS-3")
    bench.clock.move(hours=1)
    synced.sync()


def test_what_is_there_and_was_held_as_gone_or_not_at_all_is_back(bench: Any, synced: Any) -> None:
    gone = bench.site.issue("CRM-2").id
    bench.site.create_issue("CRM", "Came in the meantime")
    found = _census(synced, gone=(gone,))
    assert set(found.back) == {_id(bench, "CRM-2"), _id(bench, "CRM-4")}
    assert {one.vendor_id for one in found.page.raw} == {one.rpartition(":")[2] for one in found.back}


def test_leaving_a_query_without_being_changed_is_noticed(bench: Any) -> None:
    keeper = bench.keeper(("jql", "project = CRM AND created >= -201d"), ("project", "CRM"))
    keeper.sync()
    before = {m.item_id for m in keeper.records().memberships if ":query:" in m.container_id}
    bench.clock.move(days=300)
    found = _census(keeper)
    assert len(before) == 3
    assert {f"acme:item:{one.vendor_id}" for one in found.page.raw} == before
    assert not any(found.moved)


def test_a_sweep_that_shows_nothing_is_not_believed_while_issues_are_there(bench: Any, synced: Any) -> None:
    bench.site.faults.set("anonymous", path="/rest/api/3/search/jql")
    with pytest.raises(RetryableError, match="not believed"):
        _census(synced)


def test_a_census_of_nobody_concludes_nothing(bench: Any, synced: Any) -> None:
    bench.site.faults.set("anonymous", times=99)
    with pytest.raises(ConnectionUnusableError):
        _census(synced)


def test_a_query_that_is_refused_ends_the_census(bench: Any) -> None:
    keeper = bench.keeper(("project", "CRM"), ("jql", "priority = Gigantic"))
    keeper.sync()
    with pytest.raises(UsageError, match="Gigantic"):
        _census(keeper)


def test_the_table_of_the_contract_at_its_price(open_bench: Open) -> None:
    bench = open_bench(600, histories=1)
    archived = {f"acme:item:{bench.site.create_issue('ARC', f'Old {number}').id}" for number in range(3)}
    keeper = bench.keeper(("project", "CRM"), ("project", "OPS"), ("project", "ARC"))
    keeper.sync()
    deleted = {_id(bench, f"CRM-{number}") for number in range(1, 21)}
    moved = {_id(bench, f"CRM-{number}") for number in range(21, 26)}
    hidden = {_id(bench, f"OPS-{number}") for number in range(1, 6)}
    for number in range(1, 21):
        bench.site.delete_issue(f"CRM-{number}")
    for number in range(21, 26):
        bench.site.move_issue(f"CRM-{number}", "ELSE")
    for number in range(1, 6):
        bench.site.secure_issue(f"OPS-{number}")
    bench.site.archive_project("ARC")
    bench.calls()
    found = _census(keeper)
    assert found.checked == 603
    told = (found.deleted, found.moved, found.gone_or_hidden, found.archived, found.back)
    assert [set(one) for one in told] == [deleted, moved, hidden, archived, set()]
    calls = bench.calls()
    assert calls.pop("POST /rest/api/3/search/jql") == 1
    assert sum(calls.values()) <= 5
