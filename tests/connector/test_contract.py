"""One suite over every tool in the registry. A tool joins by ``tests/connector/<tool>/contract_case.py``.

A tool with several deployments brings further cases as ``contract_case_<deployment>.py``.
"""

import importlib.util
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.sdk.base import UnknownSignatureError
from connector.sdk.registry import tools
from model.errors import AppError, ConnectionUnusableError, RetryableError
from model.health import Band
from model.push import HealthFields, HealthRole, Receipt
from model.sync import KnownItem, Page, RawPayload, Records, Stage

HERE = Path(__file__).parent
CASES = sorted(path for tool in tools() for path in (HERE / tool).glob("contract_case*.py"))


@pytest.fixture(params=CASES, ids=lambda path: f"{path.parent.name}-{path.stem}".replace("-contract_case", ""))
def case(request: pytest.FixtureRequest) -> Iterator[Any]:
    path: Path = request.param
    spec = importlib.util.spec_from_file_location(f"{path.stem}_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.open_case() as opened:
        yield opened


def _raw(pages: list[Page]) -> list[RawPayload]:
    return [one for page in pages for one in page.raw]


def _reference(connector: Any, pages: list[Page]) -> list[RawPayload]:
    """The newest reference payloads among the pages: what the store would have kept."""
    newest = {(one.kind, one.vendor_id): one for one in _raw(pages)}
    return [one for one in newest.values() if one.kind in connector.reference_kinds]


def _items(connector: Any, pages: list[Page]) -> list[RawPayload]:
    newest = {one.vendor_id: one for one in _raw(pages) if one.kind == connector.item_kinds[0]}
    return list(newest.values())


def _pull(connector: Any, case: Any, after: list[Page] | None = None) -> list[Page]:
    """A first pull, or the one ``after`` another's pages."""
    cursor = after[-1].cursor if after else None
    kept = _reference(connector, after) if after else []
    return list(connector.pull(case.sources, cursor=cursor, checkpoint=None, reference=kept))


def _histories(connector: Any, pages: list[Page]) -> list[Page]:
    """What the service asks for after a first pull."""
    items, size = _items(connector, pages), connector.history_batch
    batches = [items[start : start + size] for start in range(0, len(items), size)]
    return list(connector.histories(iter(batches), reference=_reference(connector, pages)))


def _everything(connector: Any, case: Any) -> list[Page]:
    pages = _pull(connector, case)
    return [*pages, *_histories(connector, pages)]


def _records(connector: Any, pages: list[Page]) -> Records:
    newest = {(one.kind, one.vendor_id): one for one in _raw(pages)}
    records: Records = connector.normalise(list(newest.values()), _reference(connector, pages))
    return records


@pytest.mark.parametrize("tool", sorted(tools()))
def test_every_tool_brings_a_case_for_this_suite(tool: str) -> None:
    assert any(path.parent.name == tool for path in CASES), f"write tests/connector/{tool}/contract_case.py, as jira's"


def test_check_names_the_account_of_a_good_credential(case: Any) -> None:
    report = case.connector().check()
    assert report.ok
    assert report.who


def test_check_names_a_bad_credential_with_a_cure(case: Any) -> None:
    report = case.connector(secret="wrong-word").check()
    assert not report.ok
    assert all(problem.what and problem.fix for problem in report.problems)


def test_check_says_when_nobody_answers_at_the_address(case: Any) -> None:
    report = case.connector(url="http://127.0.0.1:9/nowhere").check()
    assert not report.ok
    assert report.problems[0].fix


def test_a_first_pull_brings_lists_then_items_and_ends_with_a_cursor(case: Any) -> None:
    connector = case.connector()
    pages = _pull(connector, case)
    stages = [page.stage for page in pages]
    assert stages == sorted(stages, key=list(Stage).index)
    assert pages[-1].cursor
    assert all(page.cursor is None for page in pages[:-1])
    assert not any(one.kind in connector.item_kinds[1:] for one in _raw(pages))


def test_every_item_arrives_once_with_its_whole_history(case: Any) -> None:
    connector = case.connector()
    records = _records(connector, _everything(connector, case))
    ids = [item.id for item in records.items]
    assert ids
    assert len(ids) == len(set(ids))
    assert set(records.complete_history_of) == set(ids)


def test_without_its_history_an_item_is_not_said_to_be_whole(case: Any) -> None:
    connector = case.connector()
    records = _records(connector, _pull(connector, case))
    assert records.items
    assert records.complete_history_of == ()


def test_a_batch_of_items_is_answered_by_one_page_of_histories(case: Any) -> None:
    connector = case.connector()
    pages = _pull(connector, case)
    batches = [[item] for item in _items(connector, pages)[:3]]
    answers = list(connector.histories(iter(batches), reference=_reference(connector, pages)))
    assert [{one.vendor_id for one in page.raw} for page in answers] == [{batch[0].vendor_id} for batch in batches]


def test_a_pull_cut_off_anywhere_goes_on_to_the_same_end(case: Any) -> None:
    connector = case.connector()
    whole = _pull(connector, case)
    expected = {(one.kind, one.vendor_id, one.body) for one in _raw(whole)}
    for cut, page in enumerate(whole[:-1]):
        if page.checkpoint is None:
            continue
        kept = _reference(connector, whole[: cut + 1])
        rest = list(case.connector().pull(case.sources, cursor=None, checkpoint=page.checkpoint, reference=kept))
        got = {(one.kind, one.vendor_id, one.body) for one in _raw([*whole[: cut + 1], *rest])}
        assert got == expected
        assert rest[-1].cursor


def test_a_pull_that_goes_on_reads_no_list_again(case: Any) -> None:
    connector = case.connector()
    whole = _pull(connector, case)
    cut = next(number for number, page in enumerate(whole) if page.stage is Stage.ITEMS and page.checkpoint)
    kept = _reference(connector, whole[: cut + 1])
    rest = list(case.connector().pull(case.sources, cursor=None, checkpoint=whole[cut].checkpoint, reference=kept))
    assert not any(one.kind in connector.reference_kinds for one in _raw(rest))


def test_a_second_pull_brings_nothing_when_nothing_changed(case: Any) -> None:
    connector = case.connector()
    first = _pull(connector, case)
    before = connector.traffic().requests
    pages = _pull(connector, case, first)
    assert _raw(pages) == []
    assert pages[-1].cursor
    assert connector.traffic().requests - before <= case.idle_requests


def test_a_second_pull_brings_what_a_person_changed_and_nothing_else(case: Any) -> None:
    connector = case.connector()
    first = _pull(connector, case)
    changed = case.edit_item()
    pages = _pull(connector, case, first)
    assert {one.vendor_id for one in _raw(pages) if one.kind in connector.item_kinds} == {changed}


def test_a_changed_item_comes_with_its_whole_history(case: Any) -> None:
    connector = case.connector()
    first = _pull(connector, case)
    changed = case.edit_item()
    pages = _pull(connector, case, first)
    records = connector.normalise(_raw(pages), _reference(connector, first))
    assert records.complete_history_of == (f"acme:item:{changed}",)


def test_a_refetched_item_is_the_same_as_a_pulled_one(case: Any) -> None:
    connector = case.connector()
    pages = _everything(connector, case)
    item = _records(connector, pages).items[0]
    page = connector.refetch([item.vendor_id], case.sources, reference=_reference(connector, pages))
    again = connector.normalise(page.raw, _reference(connector, pages))
    assert [one for one in again.items if one.id == item.id] == [item]


def test_an_item_that_is_gone_is_said_to_be_gone(case: Any) -> None:
    page = case.connector().refetch(["999999999"], case.sources)
    assert page.gone == ("acme:item:999999999",)


def _known(records: Records) -> list[KnownItem]:
    return [
        KnownItem(
            id=item.id, vendor_id=item.vendor_id, key=item.key, updated_at=item.updated_at, parent_id=item.parent_id,
            containers=tuple(m.container_id for m in records.memberships if m.item_id == item.id and m.to_at is None),
            restricted=item.restricted,
        )
        for item in records.items
    ]


def test_a_census_of_what_is_there_finds_nothing_missing(case: Any) -> None:
    connector = case.connector()
    pages = _everything(connector, case)
    known = _known(_records(connector, pages))
    found = connector.census(case.sources, known, reference=_reference(connector, pages))
    assert found.checked == len(known)
    assert (found.deleted, found.moved, found.archived, found.gone_or_hidden, found.back) == ((), (), (), (), ())


def test_a_census_finds_an_item_that_was_deleted(case: Any) -> None:
    connector = case.connector()
    pages = _everything(connector, case)
    known = _known(_records(connector, pages))
    deleted = case.delete_item()
    found = connector.census(case.sources, known, reference=_reference(connector, pages))
    assert (found.deleted, found.gone_or_hidden) == ((f"acme:item:{deleted}",), ())


def test_a_census_brings_an_item_that_was_held_as_gone_and_is_there(case: Any) -> None:
    connector = case.connector()
    pages = _everything(connector, case)
    known = _known(_records(connector, pages))
    held = [known[0].model_copy(update={"gone": True}), *known[1:]]
    found = connector.census(case.sources, held, reference=_reference(connector, pages))
    assert found.back == (known[0].id,)
    assert known[0].vendor_id in {one.vendor_id for one in found.page.raw}


def test_one_malformed_item_is_named_and_the_rest_arrives(case: Any) -> None:
    connector = case.connector()
    whole = len(_records(connector, _pull(connector, case)).items)
    named = case.spoil_item()
    pages = _pull(connector, case)
    records = _records(connector, pages)
    assert len(records.items) == whole - 1
    assert any(named in one.item for one in (*records.skipped, *(one for page in pages for one in page.skipped)))


def test_a_429_waits_at_least_as_long_as_it_was_asked_to(case: Any) -> None:
    case.fail("429", retry_after_s=7)
    assert case.connector().check().ok
    assert sum(case.clock.slept) >= 7


def test_a_429_that_asks_for_a_long_wait_is_not_slept(case: Any) -> None:
    case.fail("429", times=50, retry_after_s=900)
    with pytest.raises(RetryableError) as caught:
        _pull(case.connector(), case)
    assert (caught.value.retry_after_s or 0) >= 900
    assert case.clock.slept == []


def test_a_server_error_that_stays_is_worth_trying_again_later(case: Any) -> None:
    case.fail("500", times=50)
    with pytest.raises(RetryableError):
        _pull(case.connector(), case)


def test_a_server_error_that_passes_is_not_noticed(case: Any) -> None:
    case.fail("500", times=2)
    assert _pull(case.connector(), case)[-1].cursor


@pytest.mark.parametrize("kind", ["html", "410"])
def test_a_login_page_and_a_removed_call_make_the_connection_unusable(case: Any, kind: str) -> None:
    case.fail(kind, times=50)
    with pytest.raises(ConnectionUnusableError) as caught:
        _pull(case.connector(), case)
    assert caught.value.fix


def _set_up(case: Any, connector: Any) -> HealthFields:
    fields = connector.setup([case.target], known=None, made=(), apply=True).fields
    assert fields is not None
    return fields


def test_setup_plans_first_and_has_nothing_left_to_do_after_it_was_applied(case: Any) -> None:
    connector = case.connector()
    plan = connector.setup([case.target], known=None, made=(), apply=False)
    assert plan.steps
    assert plan.fields is None
    fields = _set_up(case, connector)
    again = connector.setup([case.target], known=fields, made=(), apply=True)
    assert again.steps == ()
    assert again.fields == fields


def test_remove_takes_away_what_setup_made(case: Any) -> None:
    connector = case.connector()
    made = connector.setup([case.target], known=None, made=(), apply=True)
    done = connector.remove_setup([case.target], known=made.fields, made=made.made, apply=True)
    assert all(step.done for step in done.steps)
    assert connector.setup([case.target], known=None, made=(), apply=False).steps


WRITTEN = {HealthRole.HEALTH: Band.AT_RISK.value, HealthRole.SCORE: 61.5, HealthRole.REASON: "2 of 5 items are late"}


def test_what_was_written_into_the_fields_can_be_read_back(case: Any) -> None:
    connector = case.connector()
    fields = _set_up(case, connector)
    assert connector.write_fields(case.target, WRITTEN, fields=fields) == {}
    state = connector.present([case.target], fields=fields)[case.target.label]
    assert state.fields == WRITTEN


def test_one_field_can_be_written_alone_and_taken_back(case: Any) -> None:
    connector = case.connector()
    fields = _set_up(case, connector)
    connector.write_fields(case.target, WRITTEN, fields=fields)
    connector.write_fields(case.target, {HealthRole.SCORE: 40.0}, fields=fields)
    connector.write_fields(case.target, {HealthRole.HEALTH: None}, fields=fields)
    state = connector.present([case.target], fields=fields)[case.target.label]
    assert state.fields == {**WRITTEN, HealthRole.SCORE: 40.0, HealthRole.HEALTH: None}


def test_a_receipt_can_be_read_back_and_taken_away(case: Any) -> None:
    connector = case.connector()
    if case.target.kind not in connector.property_kinds:
        assert not connector.property_kinds
        return
    before = connector.present([case.target], fields=None)[case.target.label]
    for value in ({"score": 61.5}, None):
        receipt = Receipt(target=case.target, vendor_id=before.vendor_id, value=value)
        assert connector.write_properties([receipt]) == {}
        assert connector.present([case.target], fields=None)[case.target.label].property == value


def test_a_target_that_is_not_there_is_a_sentence_and_no_crash(case: Any) -> None:
    target = case.target.model_copy(update={"value": "999999999"})
    states = case.connector().present([case.target, target], fields=None)
    assert states[target.label].missing
    assert states[target.label].missing_reason
    assert states[case.target.label].missing is None


def test_no_secret_is_in_a_log_line_or_an_error(case: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    for kind in ("500", "html", "410"):
        case.fail(kind, times=8)
        try:
            _pull(case.connector(), case)
        except AppError as exc:
            said += [str(exc), repr(exc), repr(exc.__cause__), repr(exc.__context__)]
    said += [record.getMessage() for record in caplog.records]
    said += [repr(case.connector()), repr(vars(case.connector()))]
    assert said
    assert not any(case.secret in text for text in said)


def test_a_signed_delivery_says_which_item_changed_and_by_whom(case: Any) -> None:
    connector = case.connector()
    headers, body = case.delivery(by="somebody")
    delivery = connector.receive(headers, body, secret=case.hook_secret, pending=False)
    assert delivery.events
    assert delivery.dedupe_key
    assert {event.by for event in delivery.events} == {"somebody"}


def test_our_own_change_coming_back_can_be_told_by_its_account(case: Any) -> None:
    connector = case.connector()
    headers, body = case.delivery(by=connector.own_account())
    delivery = connector.receive(headers, body, secret=case.hook_secret, pending=False)
    assert {event.by for event in delivery.events} == {connector.own_account()}


def test_a_delivery_with_a_wrong_or_missing_signature_is_refused_before_it_is_read(case: Any) -> None:
    connector = case.connector()
    headers, _ = case.delivery(by="somebody", secret="another secret")
    for given in (headers, {}):
        with pytest.raises(UnknownSignatureError):
            connector.receive(given, b"{not json", secret=case.hook_secret, pending=False)


def test_a_delivery_is_refused_where_no_secret_was_agreed(case: Any) -> None:
    headers, body = case.delivery(by="somebody", secret="")
    with pytest.raises(UnknownSignatureError):
        case.connector().receive(headers, body, secret=None, pending=False)
