"""A pytest plugin: the small company with a due benefit in each tool, whose owners are reminded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from model.push import Channel, Write, WriteResult
from sandbox.server import JIRA_SERVER_PATH, Credentials
from sandbox.world import Item, World
from service import push_back, scoring
from service.push_back import Wish
from service.sync import sync
from service.workspace import Workspace
from tests.support.scene import Scene, no_progress, play
from tests.support.small_world import small_world

JIRA, ASANA = "northlight-jira", "northlight-asana"
BASELINE, TARGET, ACTUAL = "Risk probability", "Story Points", "Risk impact"
"""Fields with a number, in both tools, which play those of a benefit here."""
IN_JIRA, IN_ASANA = "WEB-300", "LAUNCH-300"
PROMISED = {BASELINE: 100.0, TARGET: 60.0}


def promise(world: World, *, due_days: int = -10) -> None:
    """Put a benefit into each project of a world, due so many days from now."""
    for key, project, who in ((IN_JIRA, "WEB", "bo"), (IN_ASANA, "LAUNCH", "cy")):
        world.items[key] = Item(
            key, project, "benefit", "Calls a day", world.now - timedelta(weeks=20), who, "todo", assignee=who,
            due=(world.now + timedelta(days=due_days)).date(), section="To do",
        )  # fmt: skip


@dataclass
class Promised:
    """The scene, and the clock of the service, which a test moves on."""

    scene: Scene
    passed: timedelta = timedelta(0)

    @property
    def projects(self) -> list[dict[str, Any]]:
        """The projects in the configuration."""
        found: list[dict[str, Any]] = self.scene.document["portfolios"][0]["programs"][0]["projects"]
        return found

    def alone(self) -> None:
        """Publish nothing else."""
        for program in self.scene.document["portfolios"][0]["programs"]:
            for node in (program, *program["projects"], self.scene.document["portfolios"][0]):
                node.pop("publish", None)

    def remind(self, **more: Any) -> None:
        """Turn reminders on, with words of ``publishing``; and read the fields of a benefit."""
        self.scene.document["publishing"] = {"remind_benefits": True, **more}
        jira = {one.name.lower(): one.id for one in self.scene.jira.fields.values()}
        asana = {one.name.lower(): one.gid for one in self.scene.asana.custom_fields.values()}
        for name, known in ((JIRA, jira), (ASANA, asana)):
            roles = {"baseline": BASELINE, "target": TARGET, "actual": ACTUAL}
            self.scene.document["mapping"][name]["benefit"] = {role: known[one.lower()] for role, one in roles.items()}
        for name, number in PROMISED.items():
            self.enter(number, name)

    def on_data_center(self) -> None:
        """Reach Jira as the server that stands beside it."""
        connection = self.scene.document["connections"][JIRA]
        connection |= {
            "url": f"{self.scene.running.url}{JIRA_SERVER_PATH}", "deployment": "datacenter",
            "auth": {"type": "personal_access_token", "token": "env:JIRA_PAT"},
        }  # fmt: skip
        self.scene.environment = {**self.scene.environment, "JIRA_PAT": Credentials().jira_pat}

    # -- what people do -----------------------------------------------------------------------------------------------

    def enter(self, number: float | None, name: str = ACTUAL) -> None:
        """Somebody enters a number at both benefits."""
        jira = next(one.id for one in self.scene.jira.fields.values() if one.name.lower() == name.lower())
        asana = next(one.gid for one in self.scene.asana.custom_fields.values() if one.name.lower() == name.lower())
        self.scene.jira.edit_issue(IN_JIRA, **{jira: number})
        self.scene.asana.edit_task(IN_ASANA, by="cy", custom_fields={asana: number})

    def move(self, days: int | None) -> None:
        """Somebody moves the due date of both to so many days from now, or takes it away."""
        day = None if days is None else (datetime.now(UTC) + self.passed + timedelta(days=days)).date()
        self.scene.jira.edit_issue(IN_JIRA, duedate=day)
        self.scene.asana.edit_task(IN_ASANA, by="cy", due_on=day.isoformat() if day else None)

    # -- what we do ---------------------------------------------------------------------------------------------------

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        with self.scene.workspace() as opened:
            yield replace(opened, clock=lambda: opened.clock() + self.passed)

    def pull(self, workspace: Workspace) -> None:
        """Read what is new, and score it."""
        assert sync(workspace, (), full=False, progress=no_progress).failures == ()
        scoring.score(workspace, as_of=None)

    def push(self, workspace: Workspace, **wish: Any) -> dict[str, Write]:
        """Push; the reminders by connection."""
        return reminders(push_back.push(workspace, Wish(**wish)))

    # -- what stands there --------------------------------------------------------------------------------------------

    def in_jira(self) -> list[str]:
        """What our comments in Jira say, in its own markup."""
        return [str(one["body"]) for one in self.scene.jira.issue(IN_JIRA).comments]

    def in_asana(self) -> list[str]:
        """What our comments in Asana say."""
        space = self.scene.asana
        task = space.task(IN_ASANA)
        ours = [one for one in space.stories.values() if one.created_by is space.bot and one.target is task]
        return [one.text for one in ours if one.kind == "comment"]

    def told(self) -> tuple[int, int]:
        """How often people were told: by mail from Jira, by a notice of Asana."""
        mails = [one for one in self.scene.jira.written if one.what == "comment_new" and one.mail]
        return len(mails), len(self.scene.asana.mentions)


def reminders(writes: tuple[Write, ...]) -> dict[str, Write]:
    return {write.connection: write for write in writes if write.channel is Channel.REMINDER}


def results(writes: dict[str, Write]) -> set[WriteResult]:
    return {write.result for write in writes.values()}


@pytest.fixture
def promised(tmp_path: Path, migrated_sqlite: Callable[[Path], str]) -> Iterator[Promised]:
    """Both benefits were due ten days ago, and are read and scored."""
    migrated_sqlite(tmp_path / "bellwether.db")
    world = small_world(datetime.now(UTC))
    promise(world)
    playing = play(world, tmp_path)
    made = Promised(next(playing))
    made.remind()
    made.alone()
    with made.workspace() as workspace:
        made.pull(workspace)
    yield made
    next(playing, None)
