"""What we write into a fake Asana and what comes back of it by webhook: all of it says that it is by us."""

from collections.abc import Mapping

import pytest

from model.push import HealthRole
from model.tree import Target

URL = "https://hooks.example/acme-asana"


class Heard:
    """The other end of the webhooks: keeps each delivery and the secret that was agreed."""

    def __init__(self) -> None:
        self.secret = ""
        self.came: list[tuple[dict[str, str], bytes]] = []

    def __call__(self, _url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str]]:
        known = {name.lower(): value for name, value in headers.items()}
        if "x-hook-secret" in known:
            self.secret = known["x-hook-secret"]
            return 200, {"x-hook-secret": self.secret}
        self.came.append((known, body))
        return 200, {}


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def bench(make_bench, heard):
    made = make_bench(post=heard)
    made.connector.register_hook(made.gid("LAUNCH"), URL, secret="")
    return made


def deliveries(bench, heard):
    bench.space.hooks.deliver_now()
    return [
        event
        for headers, body in heard.came
        for event in bench.connector.receive(headers, body, secret=heard.secret, pending=False).events
    ]


def write_everything(bench, message, fields):
    project, task = (
        Target(connection="acme-asana", kind=kind, value=bench.gid(key))
        for kind, key in (("project", "LAUNCH"), ("task", "LAUNCH-1"))
    )
    values = {HealthRole.HEALTH: "AT_RISK", HealthRole.SCORE: 61.5, HealthRole.REASON: "Late"}
    for target in (project, task):
        bench.connector.write_fields(target, values, fields=fields)
    made = bench.connector.write_comment(task, message(), comment_id=None)
    bench.connector.write_comment(task, message(), comment_id=made)
    bench.connector.delete_status_update(project, bench.connector.write_status_update(project, message(), mark="m1"))
    bench.connector.delete_comment(task, made)


def test_every_event_of_our_own_writes_names_our_account(bench, heard, health, message):
    fields = health(bench.space.portfolios[bench.gid("growth-p")], bench.space.projects[bench.gid("LAUNCH")])
    write_everything(bench, message, fields)
    events = deliveries(bench, heard)
    assert {event.kind for event in events} >= {"item_changed", "project_changed"}
    assert {event.by for event in events} == {bench.connector.own_account()}


def test_a_persons_edit_beside_ours_is_told_apart(bench, heard, message):
    bench.connector.write_comment(
        Target(connection="acme-asana", kind="task", value=bench.gid("LAUNCH-1")), message(), comment_id=None
    )
    bench.space.edit_task("LAUNCH-1", by="ada", name="New words")
    by = {event.by for event in deliveries(bench, heard)}
    assert by == {bench.connector.own_account(), bench.space.user("ada").gid}


def test_a_write_of_what_is_there_already_raises_no_event(bench, heard, health):
    holder = bench.space.portfolios[bench.gid("growth-p")]
    fields = health(holder)
    target = Target(connection="acme-asana", kind="project", value=bench.gid("LAUNCH"))
    bench.connector.write_fields(target, {HealthRole.SCORE: 61.5}, fields=fields)
    first = len(deliveries(bench, heard))
    bench.connector.write_fields(target, {HealthRole.SCORE: 61.5}, fields=fields)
    bench.space.hooks.deliver_now()
    assert len(deliveries(bench, heard)) == first > 0
