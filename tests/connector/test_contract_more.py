"""More of the contract every tool keeps: pages, refusals, statuses, deliveries, and writes whose answer was lost."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from connector.sdk.base import UnknownSignatureError
from model.errors import (
    AmbiguousWriteError,
    ConnectionUnusableError,
    FatalError,
    NotFoundError,
    RefusedError,
    RetryableError,
    UsageError,
)
from model.health import Band
from model.push import Cause, HealthFields, HealthMessage, HealthRole
from model.sync import Page, Records
from model.tree import Target
from model.work import StatusCategory
from sandbox.watching import Application, unwatch, watch
from tests.support.contract_cases import case_files, case_name, open_case

FIXTURES = sorted(path for case in case_files() for path in (case.parent / "fixtures").glob("*.json"))
PAGING = ("startAt", "maxResults", "nextPageToken", "offset", "limit")
BY_TOKEN = [path for path in case_files() if "datacenter" not in path.stem]  # Data Center counts its pages by position


@pytest.fixture(params=case_files(), ids=case_name)
def case(request: pytest.FixtureRequest) -> Iterator[Any]:
    with open_case(request.param) as opened:
        yield opened


def _pull(connector: Any, case: Any) -> list[Page]:
    return list(connector.pull(case.sources, cursor=None, checkpoint=None))


def _records(connector: Any, pages: list[Page]) -> Records:
    raw = list({(one.kind, one.vendor_id): one for page in pages for one in page.raw}.values())
    records: Records = connector.normalise(raw, [one for one in raw if one.kind in connector.reference_kinds])
    return records


def _message(score: float = 61.5) -> HealthMessage:
    return HealthMessage(
        node="crm", node_name="New CRM", band=Band.AT_RISK, score=score, reason="2 of 5 items are late",
        causes=(Cause(points=12, dimension="schedule", reason="2 items are late", items=(("A", None),)),),
        coverage=0.9, trust=0.8, as_of=datetime(2026, 11, 20, tzinfo=UTC), receipt={"score": score},
    )  # fmt: skip


# -- numbers ----------------------------------------------------------------------------------------------------------


def test_a_source_is_counted_as_the_tool_counts_it_or_not_at_all(case: Any) -> None:
    connector = case.connector()
    for source in case.sources:
        assert source.kind in connector.source_kinds
        count = connector.matching(source)
        alone = list(connector.pull([source], cursor=None, checkpoint=None))
        assert count in (None, len(_records(connector, alone).items)), source


def test_a_query_that_the_tool_refuses_says_why_in_its_own_words(case: Any) -> None:
    connector = case.connector()
    if "jql" in connector.source_kinds:
        wrong = case.sources[0].model_copy(update={"kind": "jql", "value": "nowhere = 1", "project": None})
        with pytest.raises(UsageError, match="nowhere"):
            connector.matching(wrong)


# -- pages ------------------------------------------------------------------------------------------------------------


class Traffic:
    """Counts the requests that reach a fake by all that they ask for."""

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str, str, bytes]] = Counter()

    def layer(self, _tool: str, application: Application) -> Application:
        def counting(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = BytesIO(sent)
            self.asked[environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", ""), sent] += 1
            return application(environ, start_response)

        return counting


class Endless:
    """Makes every list of a fake end with the same token, which leads back to its first page."""

    TOKEN = "again"

    def layer(self, _tool: str, application: Application) -> Application:
        def turning(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            self._forget(environ)
            answer: list[Any] = []

            def start(status: str, headers: list[tuple[str, str]], *_more: Any) -> Callable[[bytes], object]:
                answer[:] = [status, headers]
                return lambda _part: None

            body = self._turned(b"".join(application(environ, start)))
            kept = [(name, value) for name, value in answer[1] if name.lower() != "content-length"]
            start_response(answer[0], [*kept, ("Content-Length", str(len(body)))])
            return [body]

        return turning

    def _forget(self, environ: dict[str, Any]) -> None:
        """The request as it was for the first page."""
        query = [(name, value) for name, value in parse_qsl(environ.get("QUERY_STRING", "")) if value != self.TOKEN]
        environ["QUERY_STRING"] = urlencode(query)
        sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if sent and self.TOKEN.encode() in sent:
            told = json.loads(sent)
            sent = json.dumps({name: value for name, value in told.items() if value != self.TOKEN}).encode()
        environ |= {"wsgi.input": BytesIO(sent), "CONTENT_LENGTH": str(len(sent))}

    def _turned(self, body: bytes) -> bytes:
        told = json.loads(body) if body[:1] == b"{" else None
        if not isinstance(told, dict):
            return body
        if "next_page" in told:
            told["next_page"] = {"offset": self.TOKEN, "path": "/", "uri": "https://x.example/"}
        elif isinstance(told.get("issues"), list) and "startAt" not in told:
            told |= {"nextPageToken": self.TOKEN, "isLast": False}
        return json.dumps(told).encode()


@pytest.fixture
def traffic() -> Iterator[Traffic]:
    counted = Traffic()
    layer = counted.layer
    watch(layer)
    yield counted
    unwatch(layer)


@pytest.fixture
def endless() -> Iterator[None]:
    layer = Endless().layer
    watch(layer)
    yield
    unwatch(layer)


def test_every_page_is_read_once_to_the_end(traffic: Traffic, case: Any) -> None:
    pages = _pull(case.connector(), case)
    assert pages[-1].cursor
    paged = {asked: times for asked, times in traffic.asked.items() if any(word in str(asked[2:]) for word in PAGING)}
    assert paged
    assert [asked for asked, times in paged.items() if times > 1] == []


@pytest.mark.parametrize("path", BY_TOKEN, ids=case_name)
def test_a_page_token_that_comes_twice_is_no_endless_list(endless: None, path: Path) -> None:
    with open_case(path) as case, pytest.raises(FatalError) as caught:
        _pull(case.connector(), case)
    assert caught.value.reason == "repeated_page_token"


# -- refusals ---------------------------------------------------------------------------------------------------------


def test_a_429_that_never_ends_is_worth_trying_again_later(case: Any) -> None:
    case.fail("429", times=500, retry_after_s=1)
    with pytest.raises(RetryableError):
        _pull(case.connector(), case)


def test_a_credential_that_is_refused_ends_the_pull_and_says_what_to_do(case: Any) -> None:
    with pytest.raises(ConnectionUnusableError) as caught:
        _pull(case.connector(secret="wrong-word"), case)
    assert caught.value.fix


def test_a_connection_that_nobody_answers_is_worth_trying_again_later(case: Any) -> None:
    with pytest.raises((RetryableError, ConnectionUnusableError)) as caught:
        _pull(case.connector(url="http://127.0.0.1:9/nowhere"), case)
    assert caught.value.what


# -- statuses and fields ----------------------------------------------------------------------------------------------


def test_every_status_has_a_category_beside_the_tools_own_word(case: Any) -> None:
    connector = case.connector()
    items = _records(connector, _pull(connector, case)).items
    assert items
    assert all(item.status in StatusCategory and item.original_status for item in items)


def test_every_status_found_is_told_with_its_category(case: Any) -> None:
    found = case.connector().discover()
    assert found.statuses
    assert all(one.name and one.category for one in found.statuses)


def test_discovery_tells_how_often_each_field_is_filled(case: Any) -> None:
    found = case.connector().discover()
    assert found.sources
    assert found.fields
    assert all(one.fill_rate is None or 0 <= one.fill_rate <= 1 for one in found.fields)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_every_recorded_fixture_is_used_by_a_test_of_its_tool(fixture: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for path in fixture.parent.parent.glob("test_*.py")]
    assert any(fixture.name in text or 'FIXTURES.glob("*.json")' in text for text in texts)


# -- deliveries -------------------------------------------------------------------------------------------------------


def test_the_signature_of_another_delivery_is_refused_before_it_is_read(case: Any) -> None:
    headers, _ = case.delivery(by="somebody")
    with pytest.raises(UnknownSignatureError):
        case.connector().receive(headers, b"{not json", secret=case.hook_secret, pending=False)


def test_a_delivery_signed_with_a_secret_that_was_replaced_is_refused(case: Any) -> None:
    headers, body = case.delivery(by="somebody")
    with pytest.raises(UnknownSignatureError):
        case.connector().receive(headers, body, secret="the newer secret", pending=False)


def test_an_event_of_an_unknown_name_is_ignored_by_name_or_read_again_but_never_refused(case: Any) -> None:
    headers, body = case.delivery(by="somebody", name="something_new_2031")
    delivery = case.connector().receive(headers, body, secret=case.hook_secret, pending=False)
    assert delivery.events or any("something_new_2031" in name for name in delivery.ignored)


def test_the_same_delivery_twice_has_one_key_and_another_has_another(case: Any) -> None:
    connector = case.connector()
    headers, body = case.delivery(by="somebody")
    first, second = (connector.receive(headers, body, secret=case.hook_secret, pending=False) for _ in range(2))
    assert first.dedupe_key == second.dedupe_key


# -- writes -----------------------------------------------------------------------------------------------------------


def _commented(case: Any, connector: Any) -> Target:
    """Where this tool can hold a comment of ours: a project can't, its items can."""
    target: Target = case.target
    if target.kind != "project":
        return target
    item = _records(connector, _pull(connector, case)).items[0]
    return target.model_copy(update={"kind": "task", "value": item.vendor_id})


def test_the_same_comment_written_twice_is_there_once(case: Any) -> None:
    connector = case.connector()
    target = _commented(case, connector)
    before = case.comments()
    known = connector.write_comment(target, _message(), comment_id=None)
    assert connector.write_comment(target, _message(40.0), comment_id=known) == known
    assert case.comments() == before + 1


def test_a_comment_whose_answer_was_lost_is_not_written_again(case: Any) -> None:
    connector = case.connector()
    target = _commented(case, connector)
    before = case.comments()
    case.fail_write()
    try:
        connector.write_comment(target, _message(), comment_id=None)
    except AmbiguousWriteError:
        connector.write_comment(target, _message(), comment_id=None)
    assert case.comments() == before + 1


def test_the_same_score_written_twice_leaves_the_same_state(case: Any) -> None:
    connector = case.connector()
    fields = connector.setup([case.target], known=None, made=(), apply=True).fields
    values = {HealthRole.HEALTH: "AT_RISK", HealthRole.SCORE: 61.5, HealthRole.REASON: "2 of 5 items are late"}
    states = []
    for _ in range(2):
        connector.write_fields(case.target, values, fields=fields)
        states.append(connector.present([case.target], fields=fields)[case.target.label].fields)
    assert states[0] == states[1]


def test_our_comment_is_known_as_ours_until_it_is_deleted(case: Any) -> None:
    connector = case.connector()
    target = _commented(case, connector)
    known = connector.write_comment(target, _message(), comment_id=None)
    assert connector.find_comment(target, _message().node) == known
    assert connector.comment_is_ours(target, known) is True
    for _ in range(2):
        connector.delete_comment(target, known)
    assert connector.comment_is_ours(target, known) is None
    with pytest.raises(NotFoundError):
        connector.write_comment(target, _message(), comment_id=known)


def test_a_status_update_is_found_by_its_mark_and_can_be_deleted(case: Any) -> None:
    connector = case.connector()
    if case.target.kind == "issue":
        with pytest.raises(FatalError):
            connector.write_status_update(case.target, _message(), mark="a1b2c3d4")
        return
    since = case.clock() - timedelta(minutes=10)
    made = connector.write_status_update(case.target, _message(), mark="a1b2c3d4")
    assert connector.find_status_update(case.target, "a1b2c3d4", since=since) == made
    assert connector.find_status_update(case.target, "ffffffff", since=since) is None
    for _ in range(2):
        connector.delete_status_update(case.target, made)
    assert connector.find_status_update(case.target, "a1b2c3d4", since=since) is None


def test_our_own_comments_are_no_questions(case: Any) -> None:
    connector = case.connector()
    target = _commented(case, connector)
    connector.write_comment(target, _message(), comment_id=None)
    assert connector.questions(target, since=case.clock() - timedelta(days=1)) == ()


def test_equal_fields_of_many_are_all_written_or_not_begun(case: Any) -> None:
    connector = case.connector()
    fields = connector.setup([case.target], known=None, made=(), apply=True).fields
    values = {HealthRole.HEALTH: Band.AT_RISK.value, HealthRole.SCORE: 61.5, HealthRole.REASON: "2 items are late"}
    before = connector.present([case.target], fields=fields)[case.target.label]
    done = connector.write_fields_of_many([(case.target, before.vendor_id)], values, fields=fields)
    after = connector.present([case.target], fields=fields)[case.target.label]
    assert (done, after.fields) in ((None, before.fields), ({}, values))


@pytest.mark.parametrize("path", case_files(), ids=case_name)
def test_in_read_only_mode_no_request_that_writes_leaves(path: Path) -> None:
    traffic = Traffic()
    watch(traffic.layer)
    try:
        with open_case(path) as case:
            _try_to_write(case)
    finally:
        unwatch(traffic.layer)
    assert traffic.asked
    reading = ("/search", "/bulkfetch", "/batch", "/search/jql", "/approximate-count", "/match")
    assert all(method == "GET" or asked.endswith(reading) for method, asked, *_ in traffic.asked)


def _try_to_write(case: Any) -> None:
    connector = case.connector(read_only=True)
    target = _commented(case, connector)
    fields = HealthFields(connection=connector.name, ids=dict.fromkeys(HealthRole, "10001"))
    deeds: list[Callable[[], object]] = [
        lambda: connector.write_fields(case.target, {HealthRole.SCORE: 1.0}, fields=fields),
        lambda: connector.write_comment(target, _message(), comment_id=None),
        lambda: connector.register_hook("", "http://127.0.0.1:9/webhooks/x", secret="s" * 32),
    ]
    for deed in deeds:
        with pytest.raises(RefusedError, match="read-only"):
            deed()

