"""The watermelon list against both fake tools: who sees a gap when."""

import csv
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from app.cli import main
from app.wsgi import create_app
from model.access import EVERYTHING, Reader, Role
from model.health import Band, RollupResult
from sandbox.world import Status, World
from service import scoring
from service.patience import Patience
from service.report import Asked, report
from service.reports.formats import made
from service.sync import sync
from service.watermelons import Watermelons, page_of, watermelons
from service.workspace import Workspace
from tests.support.scene import Scene, no_progress

Altered = Callable[[Callable[[World], None]], Scene]


def said(word: str, *, days: float) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.statuses[:] = [Status("LAUNCH", world.now - timedelta(days=days), "cy", word, "So it is.")]

    return change


def scored(workspace: Workspace, *, weeks: int) -> None:
    """Read and score everything, as if scores had been kept for some weeks."""
    sync(workspace, (), full=False, progress=no_progress)
    today = scoring.score(workspace, as_of=None)
    scoring.fill_trend(workspace)
    if weeks:
        then = today.as_of - timedelta(weeks=weeks)
        before = tuple(one.model_copy(update={"declared_band": None, "declared_at": None}) for one in today.nodes)
        with workspace.db.begin() as uow:
            uow.scores.save(RollupResult(as_of=then, known_at=then, policy=today.policy, nodes=before))


def lists(scene: Scene, *, weeks: int = 4) -> tuple[Watermelons, Watermelons]:
    """What everybody sees, and what the project's own people see."""
    with scene.workspace() as workspace:
        scored(workspace, weeks=weeks)
        scores = {one.name: one for one in scoring.latest_scores(workspace)}
        assert scores["Launch"].computed_band in (Band.ON_TRACK, Band.AT_RISK)
        everybody, own = watermelons(workspace), watermelons(workspace, node=scores["Launch"].id)
        reader = Reader(Role.VIEWER, own=frozenset({scores["Launch"].id}))
        page = _whole(workspace, reader)
        assert (page.gaps, page.incomparable) == (own.gaps, own.incomparable), "what is kept says what is counted"
        assert _whole(workspace, EVERYTHING).gaps == everybody.gaps
        assert _one_by_one(workspace, reader) == [gap.node for gap in own.gaps]
        if not everybody.gaps:
            assert page_of(workspace, EVERYTHING, after=scores["Launch"].id, most=1) is None, "nobody hears of it by asking"
        return everybody, own


def test_a_young_gap_is_shown_to_the_project_alone(altered: Altered) -> None:
    everybody, own = lists(altered(said("off_track", days=3)))
    assert everybody.gaps == ()
    assert [(gap.declared, gap.better) for gap in own.gaps] == [(Band.OFF_TRACK, False)]
    assert (own.as_of - own.gaps[0].since).days == 3


def test_an_older_gap_is_shown_to_all(altered: Altered) -> None:
    everybody, own = lists(altered(said("off_track", days=9)))
    assert [gap.node for gap in everybody.gaps] == [gap.node for gap in own.gaps]
    assert len(own.gaps) == 1


def test_a_gap_of_before_the_first_score_is_shown_to_the_project_alone_at_first(altered: Altered) -> None:
    everybody, own = lists(altered(said("off_track", days=9)), weeks=0)
    assert everybody.gaps == ()
    assert [gap.declared for gap in own.gaps] == [Band.OFF_TRACK]
    assert (own.as_of - own.gaps[0].since).days == 9


PAGES = ("/", "/nodes/reach", "/nodes/kind--standard?lens=kind", "/search?q=launch")
LISTS = ("/api/v1/nodes?parent=reach", "/api/v1/lenses/kind/nodes?parent=kind--standard")


def declared_in(workspace: Workspace, client: FlaskClient, of: str) -> Iterator[tuple[str, bool]]:
    """Where the report and the lists of a node, and those of everything, may say what was declared of "launch", and
    whether they do."""
    told = report(workspace, of, Asked(causes=False))
    nodes = json.loads(made(told, "json"))["nodes"]
    yield "json", any(one["declared_band"] or one["declared_at"] for one in nodes if one["id"] == "launch")
    rows = csv.DictReader(StringIO(made(told, "csv").decode("utf-8-sig")))
    yield "csv", any(one["declared_band"] for one in rows if one["node"] == "launch")
    with zipfile.ZipFile(BytesIO(made(told, "xlsx"))) as book:
        yield "xlsx", Band.OFF_TRACK.value in book.read("xl/sharedStrings.xml").decode()
    for place in PAGES:
        yield place, "declared Off track" in client.get(place).text
    for place in LISTS:
        yield place, any(one["declared_band"] for one in client.get(place).get_json()["nodes"] if one["id"] == "launch")


@pytest.mark.parametrize(("days", "weeks", "shown"), [(3, 4, False), (9, 4, True), (9, 0, False)])
def test_from_above_nobody_is_told_of_a_young_gap_and_everybody_of_an_older_one(
    altered: Altered, days: float, weeks: int, shown: bool
) -> None:
    scene = altered(said("off_track", days=days))
    scene.document["lenses"] = {"kind": {"by": "class"}}
    with scene.workspace() as workspace:
        scored(workspace, weeks=weeks)
        configuration = scene.configuration()
        client = create_app(lambda: workspace, lambda: configuration).test_client()
        found = {place for of in ("growth", "reach") for place, told in declared_in(workspace, client, of) if told}
        own = json.loads(made(report(workspace, "launch", Asked(causes=False)), "json"))["nodes"][0]["declared_band"]
        page, one = client.get("/nodes/launch").text, client.get("/api/v1/nodes/launch").get_json()
    assert found == ({"json", "csv", "xlsx", *PAGES, *LISTS} if shown else set())
    assert (own, one["declared_band"]) == (Band.OFF_TRACK, Band.OFF_TRACK)
    assert "declared Off track by hand" in page
    document = json.loads(CliRunner().invoke(main, ["rollup", "--config", str(scene.path), "--json"]).stdout)
    assert [node["declared_band"] for node in document["nodes"] if node["id"] == "launch"] == [
        Band.OFF_TRACK.value if shown else None
    ]


def test_the_command_names_nobody(altered: Altered) -> None:
    scene = altered(said("off_track", days=9))
    lists(scene)
    runner = CliRunner()
    document = json.loads(runner.invoke(main, ["watermelons", "--config", str(scene.path), "--json"]).stdout)
    assert [one["reported"] for one in document["watermelons"]] == ["worse"]
    assert "Cy Holm" not in json.dumps(document)
    text = runner.invoke(main, ["watermelons", "--config", str(scene.path)]).stdout
    assert "Declared worse than computed: 1" in text
    assert "Cy Holm" not in text


def test_a_status_that_says_nothing_of_health_is_no_gap(altered: Altered) -> None:
    everybody, own = lists(altered(said("on_hold", days=9)))
    assert (everybody.gaps, own.gaps) == ((), ())


def _whole(workspace: Workspace, reader: Reader) -> Watermelons:
    page = page_of(workspace, reader, after=None, most=1000)
    assert page is not None
    assert page.more is None
    return page.found


def _one_by_one(workspace: Workspace, reader: Reader) -> list[str]:
    """The nodes of all gaps, page by page of one."""
    found: list[str] = []
    page = page_of(workspace, reader, after=None, most=1)
    while page is not None and page.found.gaps:
        found += [gap.node for gap in page.found.gaps]
        page = page_of(workspace, reader, after=page.more, most=1) if page.more else None
    return found


@pytest.mark.parametrize("kind", ["html", "md"])
def test_a_report_that_somebody_waits_for_looks_for_some_gaps_and_counts_the_rest(altered: Altered, kind: str) -> None:
    with altered(said("off_track", days=9)).workspace() as workspace:
        scored(workspace, weeks=4)
        workspace.patience = Patience(around=0)
        quick = Asked(causes=False, quick=True, most_lines=0)
        whole = report(workspace, "growth", quick)
        short = report(workspace, "growth", replace(quick, most_gaps=0))
    assert ([gap.node for gap in whole.gaps], whole.gaps_more) == (["launch"], 0)
    assert len(short.gaps) + short.gaps_more == 1
    told = made(replace(whole, gaps_more=7), kind).decode()
    assert "at least 1 report at odds" in told
    assert "at least 1 report" not in made(whole, kind).decode()
    if kind == "html":
        assert "7 more are not on this page" in told
