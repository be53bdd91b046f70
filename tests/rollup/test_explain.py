"""A score in words, in every language: sentences, causes, caps, what is missing."""

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.health import Band, NodeScore, Outcome, Override
from model.landscape import Landscape
from model.language import CATALOGUES
from model.policy import Policy
from model.push import HealthMessage
from model.tree import Language
from rollup.engine import roll_up
from rollup.explain import cheapest_help, message, receipt, sentence
from rollup.told import Told
from tests.rollup.build import NOW, counter, day, item, landscape, project, records, steady
from tests.rollup.test_golden import fixed

FOLDER = Path(__file__).parent / "messages"
LANGUAGES = sorted(CATALOGUES)
TITLES = {
    "jira:item:late": ("Migrate the price list", "https://jira.example/browse/CRM-7"),
    "jira:item:waits": ("Train the first team", "https://jira.example/browse/CRM-9"),
    "jira:item:bug0": ("Orders vanish after a time-out", "https://jira.example/browse/CRM-21"),
    "jira:item:bug1": ("Login fails with umlauts", None),
}


def roll(land: Landscape, known: Any, **more: Any) -> dict[str, NodeScore]:
    result = roll_up(land, counter(land, known), as_of=NOW, known_at=NOW, **more)
    return {node.id: node for node in result.nodes}


@pytest.fixture(scope="module")
def told() -> tuple[Landscape, dict[str, NodeScore]]:
    land, known = fixed()
    return land, roll(land, known)


def _alpha(told: tuple[Landscape, dict[str, NodeScore]], language: Language) -> HealthMessage:
    land, nodes = told
    before = nodes["alpha"].model_copy(update={"score": 71.4, "band": Band.ON_TRACK})
    trend = (66.0, 71.4, 70.2, None, 64.9, nodes["alpha"].score)
    made = message(
        nodes["alpha"], land, TITLES, before, NOW, language=language, trend=trend, url="https://bellwether.example/nodes/alpha"
    )
    return made.model_copy(update={"asked_at": datetime(2026, 11, 21, 12, 5, tzinfo=UTC)})


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_says_what_it_said(told: tuple[Landscape, dict[str, NodeScore]], language: Language) -> None:
    """To accept a change: read it through, and run with BELLWETHER_GOLDEN=write."""
    path = FOLDER / f"{language}.json"
    said = json.loads(_alpha(told, language).model_dump_json(exclude={"receipt"}))
    if os.environ.get("BELLWETHER_GOLDEN") == "write":
        path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n")
    assert json.loads(path.read_text()) == said


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_a_parent_is_told_of_in_its_language_through_the_projects_below(
    told: tuple[Landscape, dict[str, NodeScore]], language: Language
) -> None:
    land, nodes = told
    english = message(nodes["prog"], land, {}, None, NOW)
    said = message(nodes["prog"], land, {}, None, NOW, language=language, below=nodes)
    for here, there in zip(said.causes, english.causes, strict=True):
        assert here.points == there.points
        assert here.reason != there.reason
    assert any(cause.reason.startswith("Alpha") for cause in said.causes)
    assert said.cheapest_help != english.cheapest_help


@pytest.mark.parametrize("node", ["prog", "port"])
@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_reason_of_a_parent_is_told_in_its_language(
    told: tuple[Landscape, dict[str, NodeScore]], node: str, language: Language
) -> None:
    """Of a dimension that weighs nothing, too: the standards of a parent are told through its projects."""
    land, nodes = told
    said = Told(nodes[node], language, land, nodes)
    governance = next(one for one in nodes[node].dimensions if one.finding.dimension == "governance")
    assert governance.weight == 0
    assert said.reason(governance).startswith(tuple(child.name for child in nodes.values()))
    for entry in nodes[node].dimensions:
        assert said.reason(entry) != entry.finding.reason, entry.finding.reason_code
        if entry.finding.improvement:
            assert said.improvement(entry) != entry.finding.improvement.text


def test_a_parent_without_the_scores_below_keeps_its_english_reasons(
    told: tuple[Landscape, dict[str, NodeScore]],
) -> None:
    land, nodes = told
    english, german = (message(nodes["prog"], land, {}, None, NOW, language=code) for code in ("en", "de"))
    inherited = {entry.finding.reason for entry in nodes["prog"].dimensions if not entry.own}
    assert [cause.reason for cause in german.causes if cause.reason in inherited] == [
        cause.reason for cause in english.causes if cause.reason in inherited
    ]
    assert german.causes[0].dimension != english.causes[0].dimension


def test_the_receipt_is_the_same_in_every_language(told: tuple[Landscape, dict[str, NodeScore]]) -> None:
    assert _alpha(told, "en").receipt == _alpha(told, "es").receipt


@pytest.mark.parametrize("letter", ["n", "ж", "语", "🚀"])
def test_a_receipt_is_never_longer_than_a_tool_takes(told: tuple[Landscape, dict[str, NodeScore]], letter: str) -> None:
    land, scores = told
    name = letter * 4_000
    nodes = tuple(node.model_copy(update={"name": name}) for node in land.tree.nodes)
    long = land.model_copy(update={"tree": land.tree.model_copy(update={"nodes": nodes})})
    lost = tuple(replace(one, reason=f"{name}: late") for one in 20 * scores["alpha"].lost)
    reasons = (f"worst_child: {name}", f"critical_dimension: {name}")
    found = receipt(scores["alpha"].model_copy(update={"lost": lost, "band_reasons": reasons}), long)
    assert len(json.dumps(found)) <= 32_768
    assert isinstance(found["lost"], list)
    assert len(found["lost"]) == 20 if letter == "n" else found["lost"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_project_says_what_is_missing(language: Language) -> None:
    land = landscape(project())
    said = sentence(roll(land, {})["alpha"], land, language=language)
    assert said.startswith(CATALOGUES[language].phrases["no_data"].partition("{")[0])
    assert len(said) <= 250
    if language != "en":
        assert "measured" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_required_dimension_that_is_missing_is_named(language: Language) -> None:
    land = landscape(project(), policies={"default": Policy(name="default", required=("quality",))})
    said = sentence(roll(land, {"alpha": records("alpha", *steady())})["alpha"], land, language=language)
    name = "quality" if language == "en" else CATALOGUES[language].dimensions["quality"]
    assert name in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_band_set_by_a_person_is_told_first_with_the_reason(language: Language) -> None:
    override = Override(
        node="alpha", band=Band.OFF_TRACK, reason="The vendor went bankrupt", by="ada", at=day(1), until=date(2026, 12, 1)
    )
    land = landscape(project(), overrides=(override,))
    said = sentence(roll(land, {"alpha": records("alpha", *steady())})["alpha"], land, language=language)
    assert 0 < said.find("The vendor went bankrupt") < said.find(CATALOGUES[language].dimensions["schedule"])
    if language != "en":
        assert CATALOGUES[language].bands[Band.OFF_TRACK] in said
        assert "until" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_critical_dimension_is_told_before_the_losses(language: Language) -> None:
    late = [item(f"l{n}", due_on=date(2026, 10, 1)) for n in range(20)]
    policy = Policy(name="default", critical={"schedule": 99.0}, on_track=1, at_risk=0.5)
    land = landscape(project(), policies={"default": policy})
    node = roll(land, {"alpha": records("alpha", *steady(), *late)})["alpha"]
    first = sentence(node, land, language=language).split(". ")[0]
    assert "99" in first
    assert language == "en" or CATALOGUES[language].dimensions["schedule"] in first


def test_the_children_that_hold_a_parent_down_are_named(told: tuple[Landscape, dict[str, NodeScore]]) -> None:
    land, nodes = told
    capped = nodes["prog"].model_copy(
        update={"band": Band.AT_RISK, "band_reasons": ("worst_child: alpha with 40% of the weight off track",)}
    )
    below = {"alpha": nodes["alpha"].model_copy(update={"computed_band": Band.OFF_TRACK})}
    assert sentence(capped, land, language="de", below=below).startswith("Nicht im Plan, mit viel Gewicht: Alpha")
    assert sentence(capped, land, language="de").startswith("Alpha with 40% of the weight off track")


def test_an_unknown_band_reason_is_told_as_it_is(told: tuple[Landscape, dict[str, NodeScore]]) -> None:
    land, nodes = told
    odd = nodes["alpha"].model_copy(update={"band": Band.NO_DATA, "band_reasons": ("new_rule: it is so", "bare")})
    assert sentence(odd, land, language="fr") == "Pas de données : it is so ; bare"


def test_a_score_without_a_landscape_is_still_told(told: tuple[Landscape, dict[str, NodeScore]]) -> None:
    assert sentence(told[1]["empty"], language="de").startswith("Keine Daten: ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_against_a_node_is_said_so(told: tuple[Landscape, dict[str, NodeScore]], language: Language) -> None:
    land, nodes = told
    fine = nodes["alpha"].model_copy(update={"dimensions": (), "band": Band.ON_TRACK, "band_reasons": ()})
    assert sentence(fine, land, language=language) == CATALOGUES[language].phrases["nothing_against"]


def test_a_sentence_is_one_line_whatever_people_call_things(told: tuple[Landscape, dict[str, NodeScore]]) -> None:
    land, nodes = told
    odd = nodes["alpha"].model_copy(update={"band_reasons": ("override: set to At risk\nuntil\x00 2026-12-01: a\r\nb",)})
    said = sentence(odd, land)
    assert said.startswith("Set to At risk until 2026-12-01: a  b. ")


@given(name=st.text(max_size=600), language=st.sampled_from(LANGUAGES))
def test_a_sentence_is_never_longer_than_a_field_takes(name: str, language: Language) -> None:
    land, known = _LONG
    nodes = {key: node.model_copy(update={"name": name}) for key, node in known.items()}
    for node in nodes.values():
        said = message(node, land, {}, None, NOW, language=language, below=nodes)
        assert len(said.reason) <= 250


@pytest.mark.parametrize("target", [None, date(2027, 1, 31)])
def test_only_work_with_a_date_to_be_done_by_is_told_when_it_will_be(target: date | None) -> None:
    land = landscape(project(target_on=target))
    score = roll(land, {"alpha": records("alpha", *steady())})["alpha"]
    assert score.forecast is not None
    assert score.forecast.p50 is not None
    said = message(score, land, {}, None, NOW)
    assert (said.p50 is None, said.p85 is None) == (target is None, target is None)


def test_what_helps_is_told_with_its_points(told: tuple[Landscape, dict[str, NodeScore]]) -> None:
    land, nodes = told
    assert message(nodes["alpha"], land, {}, None, NOW).cheapest_help == cheapest_help(nodes["alpha"])
    assert (cheapest_help(nodes["alpha"]) or "").endswith(" points")


def test_what_helps_names_where_to_begin(told: tuple[Landscape, dict[str, NodeScore]]) -> None:
    land, nodes = told
    said = message(nodes["alpha"], land, {**TITLES, "jira:item:late": ("x" * 90, None)}, None, NOW).cheapest_help or ""
    assert said.startswith(f"Finish or re-plan the overdue item (first “{'x' * 59}…”): up to +")


def test_only_what_is_measured_and_costs_points_is_a_cause(told: tuple[Landscape, dict[str, NodeScore]]) -> None:
    land, nodes = told
    said = message(nodes["alpha"], land, {}, None, NOW)
    lost = [
        round(entry.effective_weight * (100 - (entry.finding.score or 0)), 1)
        for entry in nodes["alpha"].dimensions
        if entry.finding.outcome is Outcome.MEASURED
    ]
    assert [cause.points for cause in said.causes] == sorted(lost, reverse=True)[:3]


def _long() -> tuple[Landscape, dict[str, NodeScore]]:
    land, known = fixed()
    return land, roll(land, known)


_LONG = _long()
