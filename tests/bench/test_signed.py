"""Deliveries of the load are what the tools' own are to whoever takes them."""

from collections import Counter
from datetime import UTC, datetime

from bench.signed import FIRST, FOREIGN, SOMEBODY, Edited, Hook, Source, edit_of, is_foreign, is_repeated, number_of
from connector.asana.webhook import receive as receive_asana
from connector.jira.webhook import Agreed
from connector.jira.webhook import receive as receive_jira
from model.events import ChangeEvent, Delivery

SECRETS = ("of jira", "of asana")
SOURCE = Source(
    [Edited(f"{1000 + n}", Hook(f"/webhooks/tool-{n % 2}", SECRETS[n % 2])) for n in range(8)], ("our-jira", "our-asana")
)


def _received(number: int) -> Delivery:
    head, _, body = SOURCE.request(number).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert first == f"POST /webhooks/tool-{number % 2} HTTP/1.1"
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert int(headers["content-length"]) == len(body)
    if number % 2:
        return receive_asana("asana", headers, body, secret=SECRETS[1], pending=False)
    return receive_jira("jira", headers, body, agreed=Agreed(SECRETS[0]), now=datetime.now(UTC))


def _event(number: int) -> ChangeEvent:
    (event,) = _received(number).events
    return event


def test_both_tools_take_their_own_and_each_is_one_of_its_kind() -> None:
    received = [_received(number) for number in range(40)]
    assert len({one.dedupe_key for one in received}) == 40
    assert [_received(number).dedupe_key for number in range(40)] == [one.dedupe_key for one in received]
    assert [number_of(_event(number).model_dump(mode="json")) for number in range(40)] == list(range(40))


def test_one_in_ten_is_somebody_elses_change_of_an_item_edited_just_then() -> None:
    numbers = [number for number in range(400) if is_foreign(number)]
    assert len(numbers) == 400 // FOREIGN
    assert Counter(number % 2 for number in numbers) == {0: 20, 1: 20}
    assert [edit_of(number) for number in numbers] == list(range(40))
    assert [_event(number).vendor_id for number in numbers[:8]] == [one.item for one in SOURCE.edited]
    assert _event(20).by == f"{SOMEBODY}{FIRST + 20}"


def test_all_others_are_our_own_coming_back() -> None:
    assert {_event(number).by for number in range(2, 20)} == {"our-jira", "our-asana"}


def test_of_both_tools_and_both_kinds_some_come_twice() -> None:
    assert {(number % 2, is_foreign(number)) for number in range(1000) if is_repeated(number)} == {
        (0, True), (0, False), (1, True), (1, False)
    }  # fmt: skip
