"""Odds of a date stand nowhere as a number without the right to it: every page, every answer of the API, every report, every
message and the commands' own words are walked, without the right, with it, and where dates have not held."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest
from flask import Flask

from app.cli.receipts import forecast_line
from app.wsgi import create_app
from bench.page_world import configuration
from bench.portfolio import made_workspace
from config.web.rights import whole_need_of
from connector.notify.event import EventForecast
from model.foresight import Standing
from model.health import Calibration, ForecastRecord
from model.push import HealthMessage
from model.tree import Language, Tree
from service import scoring
from service.documents import node_document
from service.forecasting import ahead, what_if_of
from service.pushing.job import message_of
from service.report import Asked, report
from service.reports.formats import FORMATS, made
from service.workspace import Workspace
from store.database import Database

DATE = date(2027, 10, 29)
NODES = ("p1", "g0", "port")
LISTS = ("/", "/organisation", "/watermelons", "/pmo", "/forecasts", "/lessons", "/portfolios")
ROOT = Path(__file__).parents[3]
PLACES = {
    "rollup/forecast/published.py",  # where a number is made, or refused
    "model/foresight.py", "model/health.py", "rollup/backtest/kept.py", "service/keeping.py",
    "store/forecasts.py",  # kept to be judged, not to be shown
    "app/cli/receipts.py", "service/forecasts.py", "service/report.py", "config/web/api/shapes.py",
    "config/web/templates/ahead.html", "config/web/templates/health_parts.html", "config/web/templates/node.html",
    "config/web/templates/outlook.html",  # where it is shown
}  # fmt: skip
"""Every file that knows the odds of a target date as a number, by what it has to do with them."""


@dataclass(frozen=True)
class World:
    """Three projects with a year of history at a fixed moment, and the pages over them. The one that is looked at, p1, will be
    done by its target date with odds that stand nowhere else by chance."""

    space: Workspace
    app: Flask
    later: Iterator[int]

    def rights(self, *earned: str, refuted: bool = False) -> None:
        """Let the organisation's forecasts have earned that, and score everything anew."""
        held = Calibration(value=0.4 if refuted else 0.86, n=60)
        record = ForecastRecord(coverage_p50=held, coverage_p85=held, earned=earned, refuted=refuted)
        at = self.space.clock() + timedelta(seconds=next(self.later))
        with self.space.db.begin() as uow:
            uow.forecasts.note(Standing(at=at, record=record, report="{}"))
        scoring.score(replace(self.space, clock=lambda: at), as_of=None)

    def numbers(self) -> re.Pattern[str]:
        """Whatever the odds of these projects' target dates may look like."""
        with self.space.db.read() as uow:
            odds = {one.odds for one in uow.forecasts.all() if one.odds is not None and one.node == "p1"}
        assert all(0.2 < one < 0.3 for one in odds), odds  # 0 and 1 stand everywhere
        told = {form for one in odds for form in (f"{one:.2f}", f"{one:.3f}", f"{one:.4f}")}
        shares = {f"{100 * one:.0f}" for one in odds}
        return re.compile(rf"(?<![\d.,])(?:(?:{'|'.join(map(re.escape, told))})|(?:{'|'.join(shares)})[\u00a0\u202f ]?%)")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("odds")
    db = Database(f"sqlite:///{folder}/a.db")
    db.upgrade()
    space = made_workspace(db, 3, 60)
    nodes = [one.model_copy(update={"target_on": DATE}) if one.id == "p1" else one for one in space.tree.nodes]
    space = replace(space, tree=Tree(nodes=tuple(nodes)))
    settings = configuration(folder, 3)
    yield World(space, create_app(lambda: space, lambda: settings), iter(range(1, 100)))
    db.close()


def _pages(world: World) -> Iterator[tuple[str, str]]:
    """Every address of a node that answers to GET, every list of nodes, and every one of the API."""
    client, adapter = world.app.test_client(), world.app.url_map.bind("localhost")
    for rule in world.app.url_map.iter_rules():
        need = whole_need_of(world.app, rule.endpoint)
        if "GET" not in (rule.methods or ()) or need is None or need.plain or rule.arguments - {"node_id"}:
            continue
        if not (rule.rule.startswith(("/nodes/<", "/portfolios/", "/api/")) or rule.rule in LISTS):
            continue
        slow = re.search("report|moved|change", rule.rule)  # told of one node: they split movements
        for node in (NODES[:1] if slow else NODES) if rule.arguments else ("",):
            path = adapter.build(rule.endpoint, {"node_id": node} if rule.arguments else {})
            for query in ("", f"?by={DATE}&scope=0") if "forecast" in path or "outlook" in path else ("",):
                yield path + query, client.get(path + query).text


def _elsewhere(world: World) -> Iterator[tuple[str, str]]:
    """What is told beside pages: reports, messages into the tools and to people, commands."""
    space = world.space
    for language in get_args(Language):
        told = report(space, "p1", Asked(language, causes=False))
        for kind in FORMATS if language == "en" else ("html",):
            content = made(told, kind)
            yield f"report {kind} {language}", _unzipped(content) if kind == "xlsx" else content.decode()
        with space.db.read() as uow:
            landscape, _ = scoring.read(space, uow, known_at=None)
            (kept,) = (one for one in uow.scores.latest() if one.score.id == "p1")
            message = message_of(space, uow, landscape, kept, before=None, language=language)
        yield f"message {language}", message.model_dump_json()
    yield "explain --json", str(node_document(kept.score, {}))
    assert kept.score.forecast is not None
    yield "explain", forecast_line(kept.score.forecast)
    for node in NODES:
        found = ahead(space, node, what_if=what_if_of("+0", None, f"{DATE}") if node == "p1" else None)
        yield f"forecast {node} --json", str(found.document)


def _unzipped(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "\n".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


def _found(world: World) -> set[str]:
    """Where a number of odds, or odds week by week, stand."""
    numbers = world.numbers()
    shown = (*_pages(world), *_elsewhere(world))
    return {place for place, text in shown if numbers.search(text) or re.search(r"[\"']weeks[\"']: ?\[\d", text)}


def test_odds_stand_nowhere_as_a_number_without_the_right_and_where_they_are_told_with_it(world: World) -> None:
    world.rights("items")  # a right of another kind is none
    assert _found(world) == set()
    world.rights("finish")
    told = _found(world)
    assert told >= {
        "/nodes/p1", "/nodes/p1/outlook", "/nodes/p1/forecast", "/nodes/g0", "/nodes/g0/outlook",
        "/api/v1/nodes/p1/receipt", "/api/v1/nodes/p1/forecast", "/api/v1/nodes/p1/outlook", "/api/v1/nodes/p1/report",
        "explain --json", "explain", "forecast p1 --json", *(f"report html {language}" for language in get_args(Language)),
    }, told  # fmt: skip
    for place in ("/nodes/g0/forecast", "/api/v1/nodes/port/outlook", "forecast g0 --json"):
        assert place not in told, place  # odds of a program's date have no right to a number anywhere
    assert not {place for place in told if place.startswith("message")}
    world.rights("finish", refuted=True)
    assert _found(world) == set()


def test_whatever_knows_the_odds_as_a_number_is_named_here() -> None:
    """The phrases of ``model/language`` have words alone."""
    known = re.compile(r"\bon_time\b(?!\")|\"on_time\":|KeptForecast\(")
    files = [path for top in ("app", "config", "connector", "model", "rollup", "service", "store", "webhooks")
             for kind in ("py", "html") for path in (ROOT / top).rglob(f"*.{kind}")]  # fmt: skip
    found = {str(path.relative_to(ROOT)) for path in files if known.search(path.read_text())}
    assert {one for one in found if not one.startswith("model/language/")} == PLACES


def test_a_message_has_no_room_for_a_number_of_odds() -> None:
    """What is written into tools and sent to people is made of this alone."""
    for record in (HealthMessage, EventForecast):
        assert {name for name in record.model_fields if "odds" in name or "on_time" in name} <= {"odds_words", "on_time_words"}
