"""A node's page tells what it was a week ago, how firm its band is, and how a status that a person declared differs from it."""

import html
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.wsgi import create_app
from model.health import Band, Basis, RollupResult
from model.language.pages import page_words
from model.sync import Records
from model.work import Declared, DeclaredStatus
from rollup.sensitivity import sensitivity
from sandbox.world import Status, World
from service import band_words, browse, scoring
from service.nodes import trend
from service.sync import sync
from service.watermelons import MOST_MOMENTS, gap_on_page, own_gap
from service.workspace import Workspace
from store.scores import TrendPoint
from store.tables import declared_statuses
from tests.support.office import PROJECT, Office, made_score
from tests.support.scene import Scene, no_progress

ENGLISH = page_words("en")
Altered = Callable[[Callable[[World], None]], Scene]


def part(page: str, heading: str) -> str:
    """The text of a section by the id of its heading; empty where there is none."""
    found = re.search(rf'<section aria-labelledby="{heading}">(.*?)</section>', page, re.S)
    return html.unescape(re.sub(r"<[^>]+>", "", found[1])) if found else ""


def test_what_a_node_was_a_week_ago_is_told_by_the_sunday_whose_end_it_was(company: tuple[Workspace, FlaskClient]) -> None:
    workspace, client = company
    page = client.get("/nodes/growth").text
    found = re.search(r'was ([\d.]+) at the end of ([^:<]+): <a href="(/nodes/growth/moved\?since=([\d-]+))"', page)
    assert found
    day = date.fromisoformat(found[4])
    assert (f"{day:%d %b %Y}", day.weekday()) == (found[2], 6)
    points = trend(workspace, "growth", weeks=52)
    assert next(f"{one.score:.1f}" for one in points if one.at.date() == day + timedelta(days=1)) == found[1]
    weeks = {one.at.date() - timedelta(days=1) for one in points}
    for address in ("/nodes/growth", "/organisation", "/pmo"):
        assert _weeks_told(client.get(address).text) == weeks, address
    below = trend(workspace, "reach", weeks=52)
    stood = next(one.score for one in below if one.at.date() == day + timedelta(days=1))
    steps = part(client.get(found[3]).text, "steps")
    assert re.search(rf"Reach\s*{stood:.1f}", steps), steps


def _weeks_told(page: str) -> set[date]:
    """The first column of the table by week."""
    rows = re.search(r"Week to</th>.*?</table>", page, re.DOTALL)
    assert rows
    return {datetime.strptime(one, "%d %b %Y").date() for one in re.findall(r"<t[dh][^>]*>(\d\d \w{3} \d{4})<", rows[0])}


def test_how_firm_a_band_is_stands_on_the_page_as_in_the_report(company: tuple[Workspace, FlaskClient]) -> None:
    workspace, client = company
    for score in scoring.latest_scores(workspace):
        policy = browse.policy_of(workspace, workspace.node(score.id))
        lines = list(band_words.firm(ENGLISH, sensitivity(score, policy)))
        assert lines or score.score is None
        told = part(client.get(f"/nodes/{score.id}").text, "firm")
        report = html.unescape(client.get(f"/nodes/{score.id}/report").text)
        for line in lines:
            assert line in told
            assert line in report
        assert ("By score alone" in told) is (bool(lines) and sensitivity(score, policy).by_score is not score.band)


def test_days_and_guidance_among_the_numbers_of_a_dimension_are_for_readers(company: tuple[Workspace, FlaskClient]) -> None:
    page = company[1].get("/nodes/web").text
    told = {name: re.sub(r"</?bdi>", "", text) for name, text in re.findall(r"<dt>([^<]*)</dt><dd>(.*?)</dd>", page)}
    assert re.fullmatch(r"\d\d [A-Z][a-z]{2} \d{4}", told["target"])
    assert told["failed has sponsor"] == '<a href="/guidance#has_sponsor">guidance</a>'
    assert not [text for text in told.values() if re.fullmatch(r"\d{4}-\d\d-\d\d", text)]


def test_continuous_work_is_given_no_date_and_its_forecast_stays_at_hand(synced: Scene) -> None:
    projects = synced.document["portfolios"][0]["programs"][0]["projects"]
    projects[0].pop("target_date")
    with synced.workspace() as workspace:
        scoring.score(workspace, as_of=None)
        client = create_app(lambda: workspace, synced.configuration).test_client()
        page, above = client.get("/nodes/web").text, client.get("/nodes/reach/outlook").text
        assert "<li>no date: continuous work, without a date to be done by</li>" in page
        assert "half of the time" not in page
        row = above.partition('href="/nodes/web/outlook"')[2].partition("</tr>")[0]
        assert '<td colspan="2" class="quiet">continuous: no date</td>' in row
        assert "Chart of what remains" in client.get("/nodes/web/forecast").text


def said(word: str) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.statuses[:] = [Status("LAUNCH", world.now - timedelta(days=9), "cy", word, "So it is.")]

    return change


def test_a_declared_status_that_differs_tells_by_how_much_since_when_and_what_speaks_against_it(altered: Altered) -> None:
    scene = altered(said("off_track"))
    with scene.workspace() as space:
        sync(space, (), full=False, progress=no_progress)
        scoring.score(space, as_of=None)
        scoring.fill_trend(space, weeks=6)
        score = next(one for one in scoring.latest_scores(space) if one.name == "Launch")
        gap = own_gap(space, score, as_of=space.clock())
        assert gap is not None
        client = create_app(lambda: space, scene.configuration).test_client()
        page = client.get(f"/nodes/{score.id}").text
        told = part(page, "gap")
        assert told.startswith("Declared worse than computed")
        assert f"Gap: {band_words.gap_size(ENGLISH, gap)}" in told
        assert f"Since: {band_words.gap_since(ENGLISH, gap)}" in told
        assert all(band_words.gap_reason(ENGLISH, one) in told for one in gap.reasons)
        evidence = [item for one in gap.reasons for item in one.evidence[:3]]
        with space.db.read() as uow:
            labels = uow.records.labels(evidence)
            assert gap_on_page(space, uow, score, as_of=space.clock()) == gap
        assert labels
        assert all(label.title in told for label in labels.values())
        assert f'<a href="#gap">{band_words.gap_size(ENGLISH, gap)} worse than computed</a>' in page
        assert "Cy Holm" not in page


def test_of_what_speaks_against_a_declared_status_all_items_are_counted(
    altered: Altered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollup.declared.ITEMS", 1)
    scene = altered(said("off_track"))
    with scene.workspace() as space:
        sync(space, (), full=False, progress=no_progress)
        scoring.score(space, as_of=None)
        score = next(one for one in scoring.latest_scores(space) if one.name == "Launch")
        told = part(create_app(lambda: space, scene.configuration).test_client().get(f"/nodes/{score.id}").text, "gap")
        gap = own_gap(space, score, as_of=space.clock())
    assert gap
    whole = {one.finding.dimension: len(one.finding.evidence) for one in score.dimensions}
    counts = [whole[one.dimension] - 1 for one in gap.reasons if one.evidence and whole[one.dimension] > 3]
    assert counts
    assert all(f"… and {count} more" in told for count in counts)


def test_a_declared_status_that_says_the_same_or_nothing_of_health_has_no_section(altered: Altered) -> None:
    scene = altered(said("on_hold"))
    with scene.workspace() as space:
        sync(space, (), full=False, progress=no_progress)
        scoring.score(space, as_of=None)
        client = create_app(lambda: space, scene.configuration).test_client()
        for node in space.tree.nodes:
            assert part(client.get(f"/nodes/{node.id}").text, "gap") == ""


@pytest.fixture
def apart(office: Callable[..., Office]) -> Office:
    """A project that was declared on track forty days ago and computed off track thirty days ago, scored every hour."""
    made = office()
    now = made.moment[0]
    status = DeclaredStatus(
        id="s1", connection="acme", subject_id=PROJECT, status=Declared.ON_TRACK, original_status="green",
        at=now - timedelta(days=40),
    )
    other = status.model_copy(update={"id": "s2", "subject_id": "acme:project:2"})
    weeks = [now - timedelta(weeks=week) for week in range(8, -1, -1)]
    with made.workspace.db.begin() as uow:
        uow.records.save(Records(declared=(status, other)), known_at=now)
        for hours in range(2 * MOST_MOMENTS, -1, -1):
            keep(uow.scores.save, now - timedelta(hours=hours), trust=0.5 + hours / 1000)
        uow.scores.save_trend([("web", point(at, now)) for at in weeks])
    return made


def keep(save: Callable[[RollupResult], object], at: datetime, *, trust: float) -> None:
    """Keep a score of the project that differs from the one before by its trust."""
    score = made_score("web", Band.OFF_TRACK).model_copy(
        update={"declared_band": Band.ON_TRACK, "declared_at": at - timedelta(days=1), "trust": trust}
    )
    save(RollupResult(as_of=at, known_at=at, policy="p", nodes=(score,)))


def point(at: datetime, now: datetime) -> TrendPoint:
    band = Band.OFF_TRACK if at > now - timedelta(days=30) else Band.ON_TRACK
    return TrendPoint(at=at, score=30.0, band=band, basis=Basis.RECONSTRUCTED)


def test_beyond_the_newest_scores_a_page_tells_by_the_week_since_when(apart: Office) -> None:
    space, now = apart.workspace, apart.moment[0]
    with space.db.read() as uow:
        kept = uow.scores.latest_of("web")
        assert kept is not None
        gap = gap_on_page(space, uow, kept.score, as_of=now)
    assert gap is not None
    assert (gap.since, gap.earlier) == (now - timedelta(weeks=4), False)


def test_a_page_reads_what_was_declared_of_its_own_node_alone(apart: Office) -> None:
    """What stands of another one may be anything, even nothing that could be read."""
    space = apart.workspace
    with space.db.transaction() as conn:
        conn.execute(update(declared_statuses).where(declared_statuses.c.subject_id != PROJECT).values(body="{"))
    with space.db.read() as uow:
        kept = uow.scores.latest_of("web")
        assert kept is not None
        assert gap_on_page(space, uow, kept.score, as_of=apart.moment[0]) is not None
