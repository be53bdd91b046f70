"""Many writes to a fake Asana of which a share loses its answer: nothing twice, nothing lost, and the same end."""

from collections import Counter
from functools import partial

import pytest

from model.errors import ConnectionUnusableError, RetryableError
from model.push import HealthRole
from model.tree import Target

SHARE = 0.3
MANY = 30


def in_the_end(write):
    """What a write gives when it is made again at the next push, for as long as answers get lost several times in a row."""
    for _ in range(10):
        try:
            return write()
        except (RetryableError, ConnectionUnusableError):
            continue
    raise AssertionError("ten pushes in a row lost their answers")


@pytest.fixture(params=["drop_after_write", "reset", "timeout"])
def losing(bench, request):
    """A workspace that loses the answers of a share of all writes."""
    bench.space.sleep = lambda _seconds: None
    bench.space.faults.set(request.param, "*", times=None, method="WRITE", share=SHARE, seed=7)
    return bench


def test_each_status_update_is_posted_once(losing, message):
    space = losing.space
    targets = [
        Target(connection="acme-asana", kind="project", value=space.add_project(f"P{n}", space.bot).gid)
        for n in range(MANY)
    ]
    made = {}
    for number, each in enumerate(targets):
        made[each.value] = losing.connector.write_status_update(each, message(), mark=f"m{number}")
    assert space.faults.struck > 0
    assert {each.parent.gid: gid for gid, each in space.status_updates.items() if each.author is space.bot} == made
    assert Counter(each.parent.gid for each in space.status_updates.values()).most_common(1)[0][1] == 1


def test_each_comment_is_made_once_and_edited_after(losing, message):
    space = losing.space
    targets = [
        Target(connection="acme-asana", kind="task", value=space.create_task("BRAND", f"T{n}", by="ada").gid)
        for n in range(MANY)
    ]
    made, again = (
        {each.value: in_the_end(partial(losing.connector.write_comment, each, said, comment_id=None)) for each in targets}
        for said in (message(), message(score=40.0))
    )
    assert space.faults.struck > 0
    assert again == made
    ours = [each for each in space.stories.values() if each.created_by is space.bot]
    assert Counter(each.target.gid for each in ours) == dict.fromkeys(made, 1)
    assert all("40" in each.text for each in ours)


def test_fields_end_as_they_were_meant(losing, health):
    space = losing.space
    holder = space.add_portfolio("P", space.bot)
    projects = [space.add_project(f"P{n}", space.bot) for n in range(MANY)]
    for each in projects:
        space.add_item(holder, each)
    fields = health(holder)
    for number, each in enumerate(projects):
        target = Target(connection="acme-asana", kind="project", value=each.gid)
        values = {HealthRole.SCORE: float(number)}
        assert in_the_end(partial(losing.connector.write_fields, target, values, fields=fields)) == {}
    assert space.faults.struck > 0
    assert [each.values[fields.ids[HealthRole.SCORE]] for each in projects] == [float(n) for n in range(MANY)]
