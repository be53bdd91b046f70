"""Our own writes, coming back as webhooks and in polls: no roll-up and no write."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from model.health import Band, Override
from model.push import Channel, WriteResult
from sandbox.world import World
from service import hooks, jobs, push_back, scoring
from service import setup as set_up
from service.office import Office
from service.reading_jobs import POLL_EVERY
from service.sync import sync
from service.workspace import Workspace
from store.pushes import AuditEntry
from tests.support.hooked import heard, listening
from tests.support.jobs import work_through
from tests.support.promised import Promised, promise
from tests.support.scene import Scene, no_progress

ROUNDS = 10
LASTS = timedelta(hours=1)


def _give_band(workspace: Workspace, band: Band) -> None:
    now = workspace.clock()
    with workspace.db.begin() as uow:
        for node in workspace.tree.projects():
            until = (now + timedelta(days=2)).date()
            uow.overrides.set(Override(node=node.id, band=band, reason="a test", by="test", at=now, until=until))
            uow.dirty.mark([node.id], why="override", at=now)


def _audit(workspace: Workspace) -> tuple[AuditEntry, ...]:
    with workspace.db.read() as uow:
        return uow.pushes.audit()


def test_ten_rounds_of_our_own_writes_coming_back_write_nothing_and_score_nothing(
    altered: Callable[[Callable[[World], None]], Scene],
) -> None:
    scene = altered(promise)
    scene.speak()
    promised = Promised(scene)
    promised.remind()
    with scene.workspace() as opened:
        start, passed = opened.clock(), [timedelta(0)]
        zone = ZoneInfo(opened.timezone)
        if start.astimezone(zone).date() != (start + LASTS).astimezone(zone).date():
            passed = [LASTS]  # a new day in the midst of it would be scored for its own sake
        workspace = replace(opened, clock=lambda: max(opened.clock(), start) + passed[0])
        with listening(workspace) as url:
            set_up.setup(workspace, apply=True)
            sync(workspace, (), full=False, progress=no_progress)
            scoring.score(workspace, as_of=None)
            push_back.push(workspace)
            hooks.audit(workspace, url)
            jobs.start_up(Office(workspace))
            work_through(workspace)
            _give_band(workspace, Band.OFF_TRACK)
            promised.enter(72.0)
            heard(scene, workspace)
            before = len(_audit(workspace))
            first = work_through(workspace)
            spoken = _audit(workspace)[before:]
            rounds = []
            for _ in range(ROUNDS):
                heard(scene, workspace)
                passed[0] += POLL_EVERY
                rounds.append(work_through(workspace))
            echoes = sum(one.count("deliveries") for one in (first, *rounds))
    channels = {entry.write.channel for entry in spoken if entry.write.result is WriteResult.WRITTEN}
    assert channels == set(Channel) - {Channel.SETUP}
    assert echoes > 0
    told = [(one.count("written"), one.count("scored"), one.count("changed")) for one in rounds]
    assert told == [(0, 0, 0)] * ROUNDS
    assert [one.failed for one in rounds] == [{}] * ROUNDS
