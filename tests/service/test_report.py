"""Status reports of nodes of every level, in every format: what stands in them, and what must never."""

import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from model.language.pages import PAGES
from model.language.words import placeholders
from model.tree import Language
from sandbox.world import World
from service import scoring, trends
from service.report import Asked, report
from service.reports.content import Report
from service.reports.formats import FORMATS, made
from service.workspace import Workspace
from tests.support.scene import Scene

Altered = Callable[[Callable[[World], None]], Scene]
EVIL = "=cmd|' /C calc'!A0 <script>alert(1)</script> *bold* [x](javascript:1) | cell\x1b"
LEVELS = ("website", "reach", "growth")
REPO = Path(__file__).resolve().parents[2]


def filled(workspace: Workspace) -> None:
    scoring.score(workspace, as_of=None)
    trends.fill_trends(workspace)


def ids(scene: Scene) -> dict[str, str]:
    with scene.workspace() as workspace:
        return {node.name.casefold(): node.id for node in workspace.tree.nodes}


def told(scene: Scene, name: str, *, language: Language = "en", fill: bool = False) -> Report:
    with scene.workspace() as workspace:
        if fill:
            filled(workspace)
        return report(workspace, name, Asked(language))


def run(scene: Scene, *words: str) -> Result:
    return CliRunner().invoke(main, ["report", *words, "--config", str(scene.write())])


class Page(HTMLParser):
    """What stands on a page: tags with their attributes, and the headings' levels."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def sheets(content: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for name in book.namelist():
            yield book.read(name).decode()


@pytest.mark.parametrize("name", LEVELS)
def test_a_node_of_every_level_has_a_report_in_every_format(full: Scene, name: str) -> None:
    found = told(full, name)
    for kind in FORMATS:
        assert len(made(found, kind)) > 500
    page = made(found, "html").decode()
    assert found.node.name in page
    assert found.summary[:40] in made(found, "md").decode()


@pytest.mark.parametrize("language", get_args(Language))
def test_a_report_is_told_in_every_language(full: Scene, language: Language) -> None:
    found = told(full, "growth", language=language)
    page, mail = made(found, "html").decode(), made(found, "md").decode()
    assert f'<html lang="{language}">' in page
    for text in (page, mail):
        assert found.page.say("dimensions") in text
        assert "{" not in re.sub(r"<style>.*</style>", "", text, flags=re.DOTALL)


def test_the_page_stands_alone_and_can_be_read_by_a_machine(full: Scene) -> None:
    page = Page(made(told(full, "growth"), "html").decode())
    assert page.all("script") == page.all("link") == page.all("img") == page.all("iframe") == []
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {attrs.get("scope") for attrs in page.all("th")} <= {"col", "row"}
    drawn = [attrs for attrs in page.all("svg") if attrs.get("aria-hidden") != "true"]
    assert all(attrs.get("role") == "img" and attrs.get("aria-label") for attrs in drawn)
    places = {f"#{attrs.get('id')}" for attrs in page.all("section")}
    assert all(str(attrs["href"]).startswith("http") or attrs["href"] in places for attrs in page.all("a"))


def test_titles_with_markup_stay_words(altered: Altered) -> None:
    def change(world: World) -> None:
        for item in world.items.values():
            item.title = EVIL

    scene = altered(change)
    scene.document["portfolios"][0]["name"] = "=1+1 <b>Growth</b> | *now*"
    found = told(scene, ids(scene)["=1+1 <b>growth</b> | *now*"], fill=True)
    page, mail = made(found, "html").decode(), made(found, "md").decode()
    assert "<script" not in page
    assert "<b>Growth" not in page
    assert "\x1b" not in page + mail
    assert re.search(r"(?<!\\)<(script|b)>", mail) is None
    assert re.search(r"(?<!\\)\*bold", mail) is None
    rows = list(csv.reader(io.StringIO(made(found, "csv").decode("utf-8-sig"))))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
    assert any(cell.startswith("'=1+1") for row in rows for cell in row)
    assert not [text for text in sheets(made(found, "xlsx")) if "<f>" in text or "hyperlink" in text]


def test_rows_are_one_a_node_and_dimension(full: Scene) -> None:
    found = told(full, "growth")
    rows = list(csv.DictReader(io.StringIO(made(found, "csv").decode("utf-8-sig"))))
    pairs = [(row["node"], row["dimension"]) for row in rows]
    assert len(set(pairs)) == len(pairs) == sum(len(line.score.dimensions) for line in found.lines)
    lost = sum(float(row["points_lost"]) for row in rows if row["node"] == "growth" and row["points_lost"])
    assert lost == pytest.approx(100 - (found.node.score or 0.0), abs=1e-6)


def test_the_same_report_is_the_same_bytes(full: Scene) -> None:
    found = told(full, "growth")
    assert all(made(found, kind) == made(found, kind) for kind in FORMATS)


def test_a_report_changes_nothing_in_the_store(full: Scene) -> None:
    with full.workspace() as workspace:
        with workspace.db.read() as uow:
            before = uow.scores.latest()
        report(workspace, "growth")
        with workspace.db.read() as uow:
            assert uow.scores.latest() == before


@pytest.mark.parametrize("name", LEVELS)
def test_a_node_without_data_or_history_has_a_report_that_says_so(scene: Scene, name: str) -> None:
    found = told(scene, name)
    page = made(found, "html").decode()
    assert "No data" in page
    assert found.page.say("no_trend") in page
    assert found.page.say("no_risks") in made(found, "md").decode()
    for kind in FORMATS:
        assert made(found, kind)


def test_two_thousand_projects_are_cut_on_the_page_and_whole_in_the_rows(scene: Scene) -> None:
    source = scene.document["portfolios"][0]["programs"][0]["projects"][0]["sources"]
    many = [{"name": f"Project {number}", "sources": source} for number in range(2000)]
    scene.document["portfolios"][0]["programs"] = [{"name": "All", "id": "all", "projects": many}]
    found = told(scene, "growth", fill=False)
    page, mail = made(found, "html").decode(), made(found, "md").decode()
    assert page.count('<svg class="bar"') == 50
    assert found.page.say("more_rows", count="1,951") in page
    assert found.page.say("more_rows", count="1,951") in mail
    assert len({row[1] for row in csv.reader(io.StringIO(made(found, "csv").decode("utf-8-sig")))}) == 2003
    assert len(json.loads(made(found, "json"))["nodes"]) == 2002


@pytest.mark.parametrize(
    ("language", "word"), [("en", "candidate"), ("de", "Kandidat"), ("es", "candidato"), ("fr", "candidat")]
)
def test_candidates_are_told_as_such_and_come_last(synced: Scene, language: Language, word: str) -> None:
    idea = {"name": "A first idea", "id": "idea", "state": "candidate"}
    synced.document["portfolios"][0]["programs"][0]["projects"].insert(0, idea)
    found = told(synced, "growth", language=language, fill=True)
    rows = [row for row in made(found, "md").decode().splitlines() if row.startswith("| ")]
    assert rows[-1].startswith(f"| A first idea | {word} |")
    last = made(found, "html").decode().partition("A first idea</th>")[2].partition("</tr>")[0]
    assert f'<td><span class="quiet">{word}</span></td>' in last
    csv_rows = list(csv.DictReader(io.StringIO(made(found, "csv").decode("utf-8-sig"))))
    assert (csv_rows[-1]["node"], csv_rows[-1]["band"], csv_rows[-1]["state"]) == ("idea", "", "candidate")
    assert {row["state"] for row in csv_rows if row["node"] != "idea"} == {""}
    assert json.loads(made(found, "json"))["candidates"] == ["idea"]


@pytest.mark.parametrize("language", get_args(Language))
def test_forecasts_that_are_not_due_are_not_told_as_due_dates(full: Scene, language: Language) -> None:
    found = told(full, "website", language=language)
    rows, say = dict(found.outlook), found.page.say
    assert rows[say("dates_held")] == say("none_held") != say("no_base")
    assert say("no_base") not in rows[say("base_rate")]


@pytest.mark.parametrize("language", get_args(Language))
def test_continuous_work_has_no_day_of_its_end(synced: Scene, language: Language) -> None:
    synced.document["portfolios"][0]["programs"][0]["projects"][0].pop("target_date")
    above, found = told(synced, "growth", language=language, fill=True), told(synced, "website", language=language)
    assert found.node.forecast is not None
    assert found.node.forecast.refused is None
    schedule = next(one for one in found.dimensions if one.entry.finding.dimension == "schedule")
    say, texts = found.page.say, [made(found, kind).decode() for kind in ("md", "html")]
    for text in texts:
        assert [say(key) in text for key in ("half", "sure", "beyond", "dates_held", "if_all")] == [False] * 5
        assert say("base_rate") in text
        assert say("no_forecast", why=schedule.reason) in html.unescape(text)
    (row,) = (one for one in made(above, "md").decode().splitlines() if one.startswith("| Website |"))
    assert row.endswith("| – |")
    rows = csv.DictReader(io.StringIO(made(above, "csv").decode("utf-8-sig")))
    assert {(one["p50"], one["p85"]) for one in rows if one["node"] == "web"} == {("", "")}


def test_the_points_of_all_causes_are_the_movement(full: Scene) -> None:
    found = told(full, "growth")
    document = json.loads(made(found, "json"))
    change = document["change"]
    assert sum(one["points"] for one in change["causes"]) == pytest.approx(change["moved"], abs=1e-9)
    assert change["score_now"] == pytest.approx(document["nodes"][0]["score"], abs=1e-9)
    assert change["score_then"] == pytest.approx(document["since"]["nodes"][0]["score"], abs=1e-9)
    page = made(found, "html").decode()
    assert found.page.say("cause_time_passed") in page
    assert found.page.say("firm") in page


def test_the_beginning_of_a_movement_can_be_said(synced: Scene) -> None:
    found = json.loads(made_by(synced, "growth", "--since", "30d"))
    assert found["since"]["as_of"] < found["trend"][-4]["at"]
    answer = run(synced, "growth", "--as-of", "2026-01-01", "--since", "2026-01-01")
    assert answer.exit_code == 2
    assert "before" in answer.output


def made_by(scene: Scene, *words: str) -> str:
    with scene.workspace() as workspace:
        filled(workspace)
    answer = run(scene, *words, "--json")
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_conflicts_risks_benefits_and_rules_stand_in_every_format_that_has_room(full: Scene) -> None:
    found = told(full, "growth")
    kept = found.registers
    assert kept.conflicts
    assert kept.rules
    page, mail = made(found, "html").decode(), made(found, "md").decode()
    book = "".join(sheets(made(found, "xlsx")))
    for conflict in kept.conflicts[:3]:
        assert conflict.owner.label in page
        assert found.short(conflict.successor) in page
    rule = next(one for one in kept.rules if one.state.value == "broken")
    for text in (page, mail):
        assert rule.words in text
    asked = PAGES["en"].standard(rule.holds, rule.within_days)
    assert all(asked.meaning in text for text in (page, book))
    german = made(told(full, "growth", language="de"), "html").decode()
    assert all(text in german for text in PAGES["de"].standard(rule.holds, rule.within_days))
    names = ("Change", "Conflicts", "Risks", "Benefits", "Goals", "Standards", "Load", "Trend")
    assert [name for name in names if f'name="{name}"' not in book] == []
    document = json.loads(made(found, "json"))
    assert [one["link"] for one in document["registers"]["conflicts"]] == [one.link for one in kept.conflicts]
    assert all(one["predecessor_item"]["ref"] for one in document["registers"]["conflicts"])


def test_a_report_looks_through_a_lens(synced: Scene) -> None:
    synced.document["lenses"] = {"kind": {"by": "class"}}
    with synced.workspace() as workspace:
        filled(workspace)
        found = report(workspace, "lens--kind", Asked(lens="kind"))
    assert found.node.id == "lens--kind"
    assert found.split is None
    assert len(found.trend) > 4
    page = made(found, "html").decode()
    assert found.page.say("seen_through", name="kind", share=found.words.percent(found.lens.grouped)) in page  # type: ignore[union-attr,arg-type]
    assert json.loads(made(found, "json"))["lens"]["name"] == "kind"


def test_people_are_named_only_where_the_policy_and_the_reader_say_so(synced: Scene) -> None:
    synced.document["policies"] = {"default": {"people": "named"}}
    with synced.workspace() as workspace:
        filled(workspace)
        secret, open_ = (made(report(workspace, "growth", Asked(names=names)), "html").decode() for names in (False, True))
    people = ("Ada Berg", "Bo Lund", "Cy Holm")
    assert not [name for name in people if name in secret]
    assert [name for name in people if name in open_]


def test_with_people_off_no_load_is_told(synced: Scene) -> None:
    synced.document["policies"] = {"default": {"people": "off"}}
    found = told(synced, "growth", fill=True)
    assert found.teams is None
    assert found.page.say("teams") not in made(found, "html").decode()


def test_nobody_is_named_and_no_load_has_items(full: Scene) -> None:
    found = told(full, "growth")
    for kind in ("html", "md", "csv"):
        text = made(found, kind).decode()
        assert not [name for name in ("Ada Berg", "Bo Lund", "Cy Holm") if name in text]
    assert all(not one.items for one in found.dimensions if one.entry.finding.dimension == "resources")


def test_the_command_writes_a_file_or_to_stdout(full: Scene) -> None:
    out = full.folder / "growth.html"
    assert run(full, "growth", "--format", "html", "--out", str(out)).exit_code == 0
    assert out.read_text().startswith("<!doctype html>")
    assert sorted(path.name for path in full.folder.glob(".growth*")) == []
    assert run(full, "growth", "--language", "de").stdout.startswith("# Growth")
    assert json.loads(run(full, "growth", "--json").stdout)["node"] == "growth"
    document = json.loads(run(full, "growth", "--json", "--format", "csv", "--out", str(out)).stdout)
    assert document["bytes"] == out.stat().st_size
    assert run(full, "growth", "--format", "csv", "--separator", "semicolon", "--out", str(out)).exit_code == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig")), delimiter=";"))
    assert any("," in row["points_lost"] for row in rows)
    assert not any("." in row["points_lost"] for row in rows)


BAD = {
    "an unknown format": (["growth", "--format", "pdf"], "pdf"),
    "a separator of what is no table": (["growth", "--separator", "semicolon"], "Only a csv"),
    "an unknown separator": (["growth", "--format", "csv", "--separator", "tab"], "tab"),
    "an unknown language": (["growth", "--language", "tlh"], "tlh"),
    "an unknown node": (["nowhere"], "nowhere"),
    "a folder that is not there": (["growth", "--out", "/nowhere/at/all.md"], "can't be written"),
    "a folder": (["growth", "--out", "/"], "directory"),
    "a day to come": (["growth", "--as-of", "2999-01-01"], "not come yet"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_can_not_be_done_is_said_and_ends_with_2(scene: Scene, case: str) -> None:
    words, said = BAD[case]
    answer = run(scene, *words)
    assert answer.exit_code == 2
    assert said in answer.output


@pytest.mark.parametrize("language", sorted(PAGES))
def test_every_phrase_of_a_page_is_there_in_every_language_with_the_same_values(language: Language) -> None:
    english, other = PAGES["en"].phrases, PAGES[language].phrases
    assert {key: placeholders(text) for key, text in other.items()} == {
        key: placeholders(text) for key, text in english.items()
    }


def test_no_phrase_of_a_page_is_kept_that_nobody_says() -> None:
    files = [path for path in (REPO / "service").rglob("*") if path.suffix in (".py", ".html")]
    text = "".join(path.read_text() for path in files)
    made_up = ("report_", "below_", "kind_", "cause_", "conflict_", "state_", "option_", "benefit_", "response_", "lacks_")
    assert [key for key in PAGES["en"].phrases if f'"{key}"' not in text and f"'{key}'" not in text
            and not key.startswith(made_up)] == []  # fmt: skip
