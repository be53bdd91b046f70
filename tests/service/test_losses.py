"""Losses: counted exactly when a fifth of the events is dropped, and never for what no event could have told."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from model.hooks import Find, Verdict
from service import connections, hook_state, hooks, losses
from service.sync import sync_connection
from service.workspace import Workspace
from tests.support.hooked import ASANA, JIRA, MovedClock, heard, listening
from tests.support.jobs import hear_all
from tests.support.scene import Scene, no_progress

MINUTE, STEP = timedelta(minutes=1), timedelta(seconds=20)


@pytest.fixture
def live(synced: Scene) -> Iterator[tuple[Scene, Workspace, MovedClock]]:
    """Synced, webhooks registered, a web process alive, and a clock that can be moved."""
    with synced.workspace() as opened:
        clock = MovedClock(opened)
        workspace = replace(opened, clock=clock)
        with listening(workspace) as url:
            hooks.audit(workspace, url)
            yield synced, workspace, clock


@dataclass
class Web:
    """A web process that lives on while the clock moves."""

    workspace: Workspace
    clock: MovedClock
    span: tuple[datetime, datetime] | None = None

    def lives(self, span: timedelta) -> None:
        self.span = losses.alive(self.workspace, "web", self.span)
        for _ in range(int(span / STEP)):
            self.clock.passed += STEP
            self.span = losses.alive(self.workspace, "web", self.span)


def poll(workspace: Workspace, name: str) -> None:
    sync_connection(workspace, workspace.connector(name), full=False, progress=no_progress)


def edit_jira(scene: Scene, count: int, word: str = "Changed") -> list[str]:
    """Change so many issues, each by one event; their vendor ids."""
    keys = [issue.key for issue in scene.jira.issues.values() if issue.key != "WEB-1"][:count]
    for number, key in enumerate(keys):
        scene.jira.edit_issue(key, summary=f"{word} {number}")
    assert scene.jira.hooks.flush()
    return [scene.jira.issue(key).id for key in keys]


def edit_asana(scene: Scene, count: int) -> list[str]:
    person = next(gid for gid in scene.asana.users if gid != scene.asana.bot.gid)
    gids = [gid for gid, task in scene.asana.tasks.items() if task.homes][:count]
    for number, gid in enumerate(gids):
        scene.asana.edit_task(gid, by=person, name=f"Changed {number}")
    scene.asana.hooks.deliver_now()
    return gids


EDITS = {JIRA: edit_jira, ASANA: edit_asana}


@pytest.mark.parametrize("name", [JIRA, ASANA])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_fifth_of_the_events_dropped_is_counted_exactly_and_the_next_poll_has_the_state_right(
    live: tuple[Scene, Workspace, MovedClock], name: str, seed: int
) -> None:
    scene, workspace, clock = live
    tool = scene.jira if name == JIRA else scene.asana
    kind = "lost_hook" if name == JIRA else "lost_event"
    web = Web(workspace, clock)
    web.lives(MINUTE)
    if name == ASANA:  # one event an item: the comment that tells of an edit is none
        tool.faults.set(kind, path="/webhooks/out/story", times=None)
    tool.faults.set(kind, times=1000, share=0.2, seed=seed)
    edited = EDITS[name](scene, 60)
    heard(scene, workspace)
    with workspace.db.read() as uow:
        told = {event.vendor_id for entry in uow.inbox.pending(name) for event in entry.events}
    never_told = set(edited) - told
    if name == JIRA:
        assert {number for _event, number in scene.jira.hooks.lost} == never_told
    assert 1 < len(never_told) < len(edited) / 2
    hear_all(workspace)
    poll(workspace, name)
    with workspace.db.read() as uow:
        found = {item.id: item.title for item in uow.records.items(f"{name}:item:{one}" for one in edited)}
    assert set(found.values()) == {f"Changed {number}" for number in range(len(edited))}
    web.lives(12 * MINUTE)
    lost = losses.settle(workspace)
    assert {find.item_id.rpartition(":")[2] for find in lost} == never_told
    (day,) = losses.days(workspace)
    assert (day.connection, day.lost, day.down, day.unsent) == (name, len(never_told), 0, 0)
    assert losses.settle(workspace) == ()
    figures = hook_state.figures(workspace)
    assert figures.lost == {JIRA: 0, ASANA: 0, name: len(never_told)}
    assert figures.hooks[name][0] == figures.hooks[name][1] > 0
    assert figures.waiting == {}
    (check,) = connections.check(workspace, (name,))
    assert check.ok
    assert f"{len(never_told)} changes lost in 7 days" in (check.webhooks or "")


def test_a_poll_that_is_quicker_than_the_delivery_is_no_loss(live: tuple[Scene, Workspace, MovedClock]) -> None:
    scene, workspace, clock = live
    web = Web(workspace, clock)
    web.lives(MINUTE)
    sent = scene.jira.hooks.post
    waiting = []
    scene.jira.hooks.post = lambda *delivery: waiting.append(delivery) or 200
    edit_jira(scene, 3)
    poll(workspace, JIRA)
    web.lives(5 * MINUTE)
    for url, body, headers in waiting:
        assert sent(url, body, headers) == 202
    web.lives(7 * MINUTE)
    assert losses.settle(workspace) == ()
    assert [(day.heard, day.lost) for day in losses.days(workspace)] == [(3, 0)]


def test_what_came_too_late_is_a_loss(live: tuple[Scene, Workspace, MovedClock]) -> None:
    scene, workspace, clock = live
    web = Web(workspace, clock)
    web.lives(MINUTE)
    sent = scene.jira.hooks.post
    waiting = []
    scene.jira.hooks.post = lambda *delivery: waiting.append(delivery) or 200
    edit_jira(scene, 1)
    poll(workspace, JIRA)
    web.lives(12 * MINUTE)
    for url, body, headers in waiting:
        assert sent(url, body, headers) == 202
    assert len(losses.settle(workspace)) == 1


def test_while_we_could_not_be_reached_nothing_is_lost_and_it_is_told_as_downtime(
    live: tuple[Scene, Workspace, MovedClock],
) -> None:
    scene, workspace, clock = live
    web = Web(workspace, clock)
    web.lives(MINUTE)
    scene.jira.faults.set("lost_hook", times=1000)
    clock.passed += 5 * MINUTE
    edit_jira(scene, 4)
    poll(workspace, JIRA)
    clock.passed += 5 * MINUTE
    web.lives(12 * MINUTE)
    assert losses.settle(workspace) == ()
    assert [(day.down, day.lost) for day in losses.days(workspace)] == [(4, 0)]
    assert timedelta(minutes=9) < losses.downtime(workspace) < timedelta(minutes=13)


def test_a_clock_that_is_an_hour_off_makes_no_loss_and_hides_none(live: tuple[Scene, Workspace, MovedClock]) -> None:
    scene, workspace, clock = live
    web = Web(workspace, clock)
    web.lives(MINUTE)
    for wrong in (timedelta(hours=1), timedelta(hours=-1)):
        clock.passed += wrong
        connector = workspace.connector(JIRA)
        connector._around = replace(connector._around, now=clock)  # type: ignore[attr-defined]
        web.lives(MINUTE)
        poll(workspace, JIRA)
        sent = scene.jira.hooks.post
        scene.jira.hooks.post = lambda *_delivery: 200
        dropped = edit_jira(scene, 2, f"Changed at {wrong}")
        scene.jira.hooks.post = sent
        poll(workspace, JIRA)
        web.lives(12 * MINUTE)
        lost = losses.settle(workspace)
        assert {find.item_id.rpartition(":")[2] for find in lost} == set(dropped)


def test_what_comes_into_view_with_a_new_source_is_no_loss(live: tuple[Scene, Workspace, MovedClock]) -> None:
    scene, workspace, clock = live
    del scene
    web = Web(workspace, clock)
    web.lives(MINUTE)
    with workspace.db.begin() as uow:
        known = uow.losses.poll(JIRA)
        assert known is not None
        uow.losses.note_poll(JIRA, known.model_copy(update={"sources": b"another question"}))
    with workspace.db.read() as uow:
        ids = [item.id for item in uow.inventory.known_items(JIRA)]
    losses.note(workspace, workspace.connector(JIRA), ids, began_at=workspace.clock())
    web.lives(12 * MINUTE)
    assert losses.settle(workspace) == ()
    assert losses.days(workspace) == ()


def test_before_a_webhook_is_there_nothing_is_lost(scene: Scene) -> None:
    with scene.workspace() as opened:
        clock = MovedClock(opened)
        workspace = replace(opened, clock=clock)
        web = Web(workspace, clock)
        web.lives(MINUTE)
        poll(workspace, JIRA)
        edit_jira(scene, 2)
        poll(workspace, JIRA)
        web.lives(12 * MINUTE)
        assert losses.settle(workspace) == ()
        assert losses.days(workspace) == ()


def test_judged_finds_and_counts_are_forgotten_in_time(live: tuple[Scene, Workspace, MovedClock]) -> None:
    _scene, workspace, clock = live
    find = Find(
        connection=JIRA, item_id=f"{JIRA}:item:1", changed_at=clock(), until_at=clock(), found_at=clock(),
        verdict=Verdict.UNSENT,
    )  # fmt: skip
    with workspace.db.begin() as uow:
        uow.losses.note((find,), clock().date())
        uow.hooks.count({(JIRA, "accepted", ""): 2}, day=clock().date())
    losses.tidy(workspace)
    assert len(losses.days(workspace)) == 1
    clock.passed += losses.KEPT_FOR + timedelta(days=3)
    losses.tidy(workspace)
    with workspace.db.read() as uow:
        assert uow.losses.days(since=find.changed_at.date()) == ()
        assert uow.hooks.counts() == {}
