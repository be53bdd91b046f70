"""What the site sends of comments: a question is a change of its issue, our own writes name our account."""

from typing import Any

import pytest

from model.events import EventKind
from model.push import HealthRole

SECRET = "s"


@pytest.fixture
def heard(bench: Any) -> list[tuple[dict[str, str], bytes]]:
    """Deliveries of the site's webhooks."""
    sent: list[tuple[dict[str, str], bytes]] = []

    def post(_url: str, body: bytes, headers: dict[str, str]) -> int:
        sent.append(({name.lower(): value for name, value in headers.items()}, body))
        return 200

    bench.site.hooks.post = post
    return sent


def test_a_question_arrives_as_a_change_of_its_issue(bench: Any, heard: Any, target_of: Any) -> None:
    connector, since = bench.connector(), bench.clock()
    connector.register_hook("", "http://127.0.0.1:9/webhooks/acme", secret=SECRET)
    bench.clock.move(minutes=1)
    bench.site.add_comment("CRM-1", "/bellwether why")
    assert bench.site.hooks.flush()
    told = [event for one in heard for event in connector.receive(*one, secret=SECRET, pending=False).events]
    assert {(one.kind, one.vendor_id) for one in told} == {(EventKind.ITEM_CHANGED, bench.site.issue("CRM-1").id)}
    assert connector.own_account() not in {one.by for one in told}
    assert len(connector.questions(target_of(), since=since)) == 1


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
def test_everything_we_write_comes_back_with_our_own_name(
    bench: Any, heard: Any, target_of: Any, message_of: Any, deployment: str
) -> None:
    fields, connector = bench.fields(), bench.connector(deployment=deployment)
    connector.register_hook("", "http://127.0.0.1:9/webhooks/acme", secret=SECRET)
    made = connector.write_comment(target_of(), message_of(), comment_id=None)
    connector.write_comment(target_of(), message_of(score=1.0), comment_id=made)
    connector.write_fields(target_of(), {HealthRole.SCORE: 1.0}, fields=fields)
    assert bench.site.hooks.flush()
    told = [event for one in heard for event in connector.receive(*one, secret=SECRET, pending=False).events]
    assert told
    assert {one.by for one in told} == {connector.own_account()}
