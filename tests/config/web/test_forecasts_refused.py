"""Histories of which little can be said, as whoever opens the pages, asks the API or runs the command reads them."""

import csv
import html
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from rich.console import Console

from app.cli.receipts import forecast_line, receipt
from app.wsgi import create_app
from bench.page_world import configuration
from model.landscape import ItemHistory
from model.sync import Records
from model.tree import Node, NodeKind, Parent, Source, Tree
from model.work import ContainerKind, Membership, Milestone
from service import scoring
from service.forecasting import ahead
from service.report import Asked, report
from service.reports.formats import made
from service.workspace import Workspace
from store.database import Database
from tests.rollup.build import NOW, blocks, item, project
from tests.support.stored_world import CONNECTION, Stored

PAST = date(2026, 9, 1)
TARGETS = {"past": PAST, "done": PAST, "desk": None}
SAID = {
    "young": "no forecast: 2 weeks of history, 12 are needed",
    "idle": "no forecast: no item was finished in the last 12 weeks",
    "few": "no forecast: 4 items finished in the last 12 weeks, 6 are needed",
    "burst": "no forecast: 1 week with finished items in the last 12, 3 are needed",
    "empty": "no forecast: there is no work item",
    "bulk": "32 items were closed at once in the week that ended on 31 Oct 2026: that may be no pace",
    "past": "01 Sep 2026 has passed",
    "done": "done",
}
"""What the page of what lies ahead says of each project."""
RINGS = ("ring-a", "ring-b")


def _closed(name: str, ago: Iterable[float]) -> list[ItemHistory]:
    return [item(f"{name}-{n}", created=380, started=one + 3, done=one) for n, one in enumerate(ago)]


def _steady(name: str, weeks: int = 50) -> list[ItemHistory]:
    return _closed(name, [7 * week + half for week in range(weeks) for half in (1, 4)])


def _open(name: str, count: int, created: float = 380) -> list[ItemHistory]:
    return [item(f"{name}-open-{n}", created=created) for n in range(count)]


def _histories() -> dict[str, list[ItemHistory]]:
    return {
        "young": [*_open("young", 5, 20), item("young-x", created=20, started=9, done=5)],
        "idle": [*_closed("idle", range(100, 120)), *_open("idle", 3)],
        "few": [*_closed("few", (*range(100, 120), 5, 25, 45, 65)), *_open("few", 3)],
        "burst": [*_closed("burst", (*range(200, 220), *[2.0] * 8)), *_open("burst", 3)],
        "empty": [],
        "bulk": [*_steady("bulk"), *_closed("bulk-all", [23.0] * 30), *_open("bulk", 8)],
        "past": [*_steady("past"), *_open("past", 8)],
        "done": _steady("done", 20),
        "desk": [*_steady("desk"), *_open("desk", 8)],
        **{name: [*_steady(name), *_open(name, 8)] for name in RINGS},
        "slow": [*_steady("slow"), *_open("slow", 300)],
    }


@dataclass(frozen=True)
class Scene:
    space: Workspace
    app: Flask

    def read(self, path: str) -> str:
        """The words of a page."""
        answer = self.app.test_client().get(path)
        assert answer.status_code == 200, path
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text.split("<main", 1)[1])).split())


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("refused")
    db = Database(f"sqlite:///{folder}/a.db")
    db.upgrade()
    histories = _histories()
    nodes = [
        project(key, sources=(Source(connection=CONNECTION, kind="project", value=key),), start_on=None,
                target_on=TARGETS.get(key, date(2027, 6, 1)), parents=("port" if key == "slow" else "prog",))
        for key in histories
    ]  # fmt: skip
    above = Node(id="port", kind=NodeKind.PORTFOLIO, name="Port")
    program = Node(id="prog", kind=NodeKind.PROGRAM, name="Prog", parents=(Parent(id="port"),))
    stored = Stored(db)
    space = stored.workspace(Tree(nodes=(above, program, *nodes)))
    for key, items in histories.items():
        stored.save(_records(key, items), ago=0)
    first, second = (histories[name][-1] for name in RINGS)
    stored.save(Records(links=(blocks(first, second), blocks(second, first))), ago=0)
    scoring.score(space, as_of=None)
    settings = configuration(folder, 1)
    yield Scene(space, create_app(lambda: space, lambda: settings))
    db.close()


def _records(key: str, items: list[ItemHistory]) -> Records:
    place = f"{CONNECTION}:project:{key}"
    return Records(
        items=tuple(one.item for one in items),
        changes=tuple(change for one in items for change in one.changes),
        memberships=tuple(
            Membership(id=f"{one.item.id}|{place}|1", connection=CONNECTION, item_id=one.item.id, container_id=place,
                       container_kind=ContainerKind.PROJECT, from_at=one.item.created_at)
            for one in items
        ),
        milestones=(
            Milestone(id=f"{CONNECTION}:version:10034", connection=CONNECTION, project_id=place, name="Beta <for> all",
                      due_on=date(2027, 1, 15)),
        ) if key == "past" else (),
        complete_history_of=tuple(one.item.id for one in items),
    )  # fmt: skip


def test_each_says_why_on_the_page_and_the_same_in_its_document(scene: Scene) -> None:
    for key, words in SAID.items():
        page, document = scene.read(f"/nodes/{key}/forecast"), ahead(scene.space, key).document
        told = scene.app.test_client().get(f"/api/v1/nodes/{key}/outlook").get_json()
        assert words in page, (key, page[:900])
        assert told == document, key
        if words.startswith("no forecast"):
            assert f"no forecast: {document['refused']}" == words
            assert f"No forecast : {document['refused']}." in scene.read(f"/nodes/{key}/outlook")
            assert document["forecast"] is None
            assert document["fan"]["weeks"] == []
            asked = scene.read(f"/nodes/{key}/forecast?scope=%2B5&by=2026-12-24")
            assert asked.count(words) == (1 if key == "empty" else 2), (key, asked[:900])


def test_a_date_that_has_passed_is_no_bet_and_what_is_done_is_done(scene: Scene) -> None:
    assert "Target: 01 Sep 2026, which has passed." in scene.read("/nodes/past/outlook")
    assert "by its target date: it has passed" in scene.read("/nodes/past")
    found = ahead(scene.space, "past").document["forecast"]
    assert (found["on_time"], found["on_time_words"]) == (None, "passed")
    done = scene.read("/nodes/done/outlook")
    assert "All of it is done: nothing is open." in done
    assert "wedge" not in done
    assert "Not yet: 3 of the points below stand in the way." in scene.read("/nodes/past/closure")
    assert "jira:10034 Beta <for> all" in scene.read("/nodes/past/closure")
    assert "Not yet: 1 of the points below stands in the way." in scene.read("/nodes/done/closure")


def test_where_nothing_is_open_no_day_of_a_forecast_is_told(scene: Scene) -> None:
    told = NOW.date()
    assert "all of it is done: nothing is open" in scene.read("/nodes/done")
    assert "As it is all of it is done done 0" in scene.read("/nodes/done/forecast")
    above = scene.app.test_client().get("/nodes/prog/outlook").text
    (row,) = re.findall(r"<tr><th scope=\"row\"><a href=\"/nodes/done/outlook\">.*?</tr>", above, re.DOTALL)
    assert "all of it is done" in row
    assert "<rect" not in row, "no bar of days, beyond the target or not"
    for text in (scene.read("/nodes/done"), scene.read("/nodes/done/forecast"), row):
        assert f"{told:%d %b %Y}" not in re.sub(r"as of .*? UTC", "", text)
    found = report(scene.space, "done", Asked())
    assert [label for label, _ in found.outlook] == ["Target date", "Odds of the target date", "Due dates kept so far"]
    program = report(scene.space, "prog", Asked())
    (line,) = (one for one in made(program, "md").decode().splitlines() if one.startswith("| Done |"))
    assert line.endswith("| all work is done |")
    rows = csv.DictReader(io.StringIO(made(program, "csv").decode("utf-8-sig")))
    assert {(one["p50"], one["p85"]) for one in rows if one["node"] == "done"} == {("", "")}
    assert found.node.forecast is not None
    assert forecast_line(found.node.forecast) == "all of it is done: nothing is open"


def test_continuous_work_is_told_no_day_on_its_pages_unless_what_if_asks(scene: Scene) -> None:
    assert "No date: continuous work, without a date to be done by." in scene.read("/nodes/desk/outlook")
    drawn = scene.app.test_client().get("/nodes/desk/outlook").text
    assert ("All of it is done" in drawn, "half of the time" in drawn, 'class="fan"' in drawn) == (False, False, False)
    ahead_ = scene.read("/nodes/desk/forecast")
    assert "As it is continuous: no date 8" in ahead_
    asked = scene.read("/nodes/desk/forecast?by=2027-06-01")
    assert "As it is continuous: no date 8" in asked
    assert "by 01 Jun 2027" in asked


def test_more_issues_than_a_program_names_are_not_told_as_all(scene: Scene) -> None:
    kept = scoring.latest_scores(scene.space)
    one = next(one for score in kept if score.id == "port" for one in score.dimensions if one.finding.dimension == "schedule")
    assert one.cut
    assert "200+ issues ▸" in scene.read("/nodes/port")
    assert "… and at least 180 more the first 200" in scene.read("/nodes/port")
    cut = "These are the first 200, most of them of the projects where most is lost."
    assert cut in scene.read("/nodes/port?show=schedule")
    assert "300 issues ▸" in scene.read("/nodes/slow")
    out = io.StringIO()
    receipt(Console(file=out, width=120), next(score for score in kept if score.id == "port"), {}, {})
    assert "… and at least 195 more" in out.getvalue()


def test_no_wedge_is_told_of_where_all_is_done_only_beyond_a_year(scene: Scene) -> None:
    slow = scene.read("/nodes/slow/outlook")
    assert "half of the time done only beyond a year, 85% of the time only beyond a year" in slow
    assert "All of it is done only beyond a year, too far for a wedge to be drawn." in slow
    assert "The wedge leads" not in slow
    assert 'class="fan"' not in scene.app.test_client().get("/nodes/slow/outlook").text
    steady = scene.read("/nodes/ring-a/outlook")
    assert ("The wedge leads" in steady, "too far" in steady) == (True, False)


def test_projects_that_wait_for_each_other_are_named_and_the_rest_is_the_earliest(scene: Scene) -> None:
    page = scene.read("/nodes/prog/forecast")
    assert "These wait for each other, and carry no slip to each other: Ring-A , Ring-B" in page
    assert "Not all projects below have a forecast, so this is the earliest there can be." in page
    for key in ("young", "idle", "few", "burst"):
        assert f"{key.title()} : {SAID[key]}" in page
    assert not re.search(r"(Empty|Done) :", page), "nothing is open in them"
    below = scene.read("/nodes/prog/outlook")
    assert "2 weeks of history, 12 are needed" in below
    assert NOW.date() < date.fromisoformat(ahead(scene.space, "prog").document["forecast"]["p50"])
