"""Jobs that read one connection take turns: none that could go on for minutes keeps the others waiting."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from model.events import ChangeEvent, EventKind
from model.jobs import CENSUS, HEAR, HISTORIES, POLL, name_of
from service import hearing, jobs
from service.office import Office
from service.sync import sync
from service.workspace import Workspace
from store.hooks import Arrival
from tests.support.jobs import work_through
from tests.support.scene import Scene, no_progress

ASANA, JIRA = "northlight-asana", "northlight-jira"


def _ticking(workspace: Workspace) -> Workspace:
    """A workspace each of whose looks at the clock takes a second."""
    passed = [timedelta(0)]

    def now() -> datetime:
        passed[0] += timedelta(seconds=1)
        return workspace.clock() + passed[0]

    return replace(workspace, clock=now)


def _want(workspace: Workspace, *names: str) -> None:
    with workspace.db.begin() as uow:
        for name in names:
            uow.jobs.want(name, at=workspace.clock())


def _hint(workspace: Workspace, connection: str, kind: EventKind, vendor_id: str) -> None:
    event = ChangeEvent(connection=connection, name="changed", kind=kind, vendor_id=vendor_id)
    with workspace.db.begin() as uow:
        uow.hooks.store_deliveries([Arrival.of(connection, (uuid4().hex,), (event,), workspace.clock())])


def _told(workspace: Workspace, name: str) -> object:
    with workspace.db.read() as uow:
        job = uow.jobs.one(name)
    return None if job is None else job.told


def _left_by_a_poll(workspace: Workspace) -> int:
    ended = jobs.run(Office(workspace), name_of(POLL, ASANA), 1)
    assert ended is not None
    assert ended.error is None
    return int(str(ended.told["histories_left"]))


def test_a_sync_leaves_histories_to_be_read_when_others_had_their_turn(scene: Scene) -> None:
    hints, rest = name_of(HEAR, ASANA), name_of(HISTORIES, ASANA)
    with scene.workspace() as plain:
        workspace = _ticking(plain)
        _want(workspace, name_of(POLL, ASANA), hints)
        left = _left_by_a_poll(workspace)
        ran = [one.name for one in work_through(workspace) if one.name.endswith(ASANA)]
        with workspace.db.read() as uow:
            missing = uow.inventory.without_history(ASANA)
    assert left > 0
    assert ran.index(hints) < ran.index(rest)
    assert missing == ()


def test_a_sync_reads_all_histories_while_nobody_waits(scene: Scene) -> None:
    with scene.workspace() as plain:
        workspace = _ticking(plain)
        _want(workspace, name_of(POLL, ASANA), name_of(HEAR, JIRA))  # another connection is another lane
        assert _left_by_a_poll(workspace) == 0
        assert _told(workspace, name_of(HISTORIES, ASANA)) is None


def _heard(workspace: Workspace, connection: str, is_over: Callable[[], bool]) -> hearing.Heard:
    return hearing.hear(workspace, connection, is_over=is_over)


def test_hints_that_came_meanwhile_wait_when_others_want_to_read(synced: Scene) -> None:
    with synced.workspace() as workspace:
        issue = str(synced.jira.issue("WEB-101").id)

        def over() -> bool:
            _hint(workspace, JIRA, EventKind.ITEM_CHANGED, issue)
            return True

        _hint(workspace, JIRA, EventKind.ITEM_CHANGED, issue)
        heard = _heard(workspace, JIRA, over)
        rest = _heard(workspace, JIRA, lambda: False)
    assert (heard.deliveries, heard.more) == (1, True)
    assert (rest.deliveries, rest.more) == (1, False)


def test_hints_do_not_wait_while_nobody_else_does(synced: Scene) -> None:
    with synced.workspace() as workspace:
        office, name = Office(_ticking(workspace)), name_of(HEAR, JIRA)
        is_over = office.turn(name)
        alone = [is_over() for _ in range(30)]
        _want(workspace, name_of(CENSUS, JIRA))
        beside = is_over()
        early = office.turn(name)()
    assert (set(alone), beside, early) == ({False}, True, False)


def test_what_a_wider_hint_left_to_be_read_is_asked_for(scene: Scene) -> None:
    with scene.workspace() as plain:
        workspace = _ticking(plain)
        _hint(workspace, ASANA, EventKind.PROJECT_CHANGED, "1")
        _want(workspace, name_of(HEAR, ASANA), name_of(CENSUS, ASANA))
        ended = jobs.run(Office(workspace), name_of(HEAR, ASANA), 1)
        with workspace.db.read() as uow:
            asked = uow.jobs.one(name_of(HISTORIES, ASANA))
    assert ended is not None
    assert asked is not None
    assert asked.waiting


def test_histories_of_nothing_missing_are_no_work(synced: Scene) -> None:
    with synced.workspace() as workspace:
        assert sync(workspace, (), full=False, progress=no_progress).failures == ()
        _want(workspace, name_of(HISTORIES, ASANA))
        jobs.run(Office(workspace), name_of(HISTORIES, ASANA), 1)
        assert _told(workspace, name_of(HISTORIES, ASANA)) == {"histories": 0, "histories_left": 0}


class _Mute:
    """A connector whose tool tells no history."""

    def __init__(self, connector: Any) -> None:
        self._connector = connector

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    def histories(self, *_: object, **__: object) -> tuple[()]:
        return ()


def test_histories_that_can_not_be_read_are_not_asked_for_without_end(scene: Scene) -> None:
    with scene.workspace() as plain:
        def silent(name: str) -> Any:
            return _Mute(plain.connector(name))

        mute = replace(plain, connector=silent)
        _want(mute, name_of(POLL, ASANA))
        assert _left_by_a_poll(mute) > 0
        assert _told(mute, name_of(HISTORIES, ASANA)) is None
        with mute.db.read() as uow:
            assert uow.jobs.one(name_of(HISTORIES, ASANA)) is None
