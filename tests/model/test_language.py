"""The languages: each has what English has, and every reason that the roll-up can give can be said in each."""

import ast
import json
import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from model.health import Band, Finding, Outcome, Value
from model.language import CATALOGUES, words
from model.language.pages import PAGES
from model.language.parts import PARTS
from model.language.words import placeholders
from model.tree import Language
from rollup.change import Cause
from rollup.curves import percent as in_percent
from rollup.dimensions import all_dimensions
from rollup.dimensions.governance import PREDICATES
from rollup.forecast import on_time_words

REPO = Path(__file__).resolve().parents[2]
GOLDEN = sorted((REPO / "tests/rollup/golden").glob("*.json"))
OTHERS = sorted(set(CATALOGUES) - {"en"})
# One sentence says these for every dimension.
SAID_FOR_ALL = ("_good", "_failed", "_no_weight")


def codes() -> set[str]:
    """Every reason code that stands in the roll-up's own text."""
    names = [dimension.name for dimension in all_dimensions()]
    found: set[str] = {"no_active_project"}
    for path in (REPO / "rollup/dimensions").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                name, _, rest = node.value.partition("_")
                if name in names and rest and node.value.isidentifier():
                    found.add(node.value)
    return found | {f"governance_{slug}" for slug in rules()} | refusals()


def refusals() -> set[str]:
    """Every code that says why there is no forecast."""
    paths = [*(REPO / "rollup/forecast").glob("*.py"), REPO / "rollup/world.py"]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
    return {str(node.value) for node in nodes if str(node.value).startswith("forecast_") and str(node.value).isidentifier()}


def rules() -> list[str]:
    return [predicate.value for predicate in PREDICATES]


def findings() -> list[Finding]:
    return [Finding.model_validate(one) for path in GOLDEN for one in json.loads(path.read_text()).values()]


def test_every_language_of_the_configuration_is_there() -> None:
    assert set(CATALOGUES) == set(get_args(Language))


@pytest.mark.parametrize("language", OTHERS)
def test_every_phrase_of_english_is_there_with_the_same_values(language: Language) -> None:
    english, other = CATALOGUES["en"], CATALOGUES[language]
    assert {key: placeholders(text) for key, text in other.phrases.items()} == {
        key: placeholders(text) for key, text in english.phrases.items()
    }
    for part in ("bands", "dimensions", "odds"):
        assert set(getattr(other, part)) == set(getattr(english, part))


@pytest.mark.parametrize("language", sorted(PAGES))
def test_every_standard_is_told_with_its_number_in_every_language(language: Language) -> None:
    told, english = PAGES[language].standards, PAGES["en"].standards
    assert list(told) == rules()
    for predicate, texts in told.items():
        for text, first in zip(texts, english[predicate], strict=True):
            assert placeholders(text) == placeholders(first)
            assert re.findall(r"`\w+`", text) == re.findall(r"`\w+`", first)


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_every_band_dimension_and_odds_has_words(language: Language) -> None:
    said = CATALOGUES[language]
    assert set(said.bands) == set(Band)
    assert set(said.dimensions) == {dimension.name for dimension in all_dimensions()}
    assert set(said.odds) == {on_time_words(odds / 10) for odds in range(11)} | {"done", "passed"}


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_every_cause_of_a_movement_has_words_of_its_own(language: Language) -> None:
    said = [words(language).cause(cause) for cause in Cause]
    assert set(CATALOGUES[language].causes) == set(Cause)
    assert len(set(said)) == len(said)
    assert language == "en" or not set(said) & set(CATALOGUES["en"].causes.values())


@pytest.mark.parametrize("language", OTHERS)
def test_every_reason_code_of_the_rollup_has_a_sentence(language: Language) -> None:
    lacking = {code for code in codes() if not code.endswith(SAID_FOR_ALL)} - set(CATALOGUES[language].reasons)
    assert lacking == set()


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_belongs_to_a_code_that_nobody_gives(language: Language) -> None:
    assert set(CATALOGUES[language].reasons) - codes() == {"good", "failed", "no_weight"}


@pytest.mark.parametrize("language", OTHERS)
def test_every_improvement_belongs_to_a_dimension_a_rule_or_a_reason(language: Language) -> None:
    asked = {dimension.name for dimension in all_dimensions()} - {"governance"}
    asked |= {f"governance_{slug}" for slug in rules()}
    assert asked <= set(CATALOGUES[language].improvements) <= asked | codes()


@pytest.mark.parametrize("language", OTHERS)
def test_every_finding_of_the_golden_files_is_said_without_english(language: Language) -> None:
    for finding in findings():
        said = words(language).reason(finding)
        assert said != finding.reason, finding.reason_code
        assert "{" not in said
        if finding.improvement:
            assert words(language).improvement(finding) != finding.improvement.text


def test_english_says_what_the_rollup_says() -> None:
    for finding in findings():
        assert words("en").reason(finding) == finding.reason
        assert words("en").improvement(finding) == (finding.improvement.text if finding.improvement else None)


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_can_be_filled_and_falls_back_where_a_value_is_missing(language: Language) -> None:
    for code, sentences in CATALOGUES[language].reasons.items():
        for sentence in sentences:
            values = {name: Value(value=_example(sentence, name)) for name in placeholders(sentence)}
            assert "{" not in words(language).reason(_finding(code, values))
        if all(placeholders(sentence) for sentence in sentences):
            assert words(language).reason(_finding(code, {})) == "in English"


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("strange", ["soon", None, True, float("nan"), float("inf"), ""])
def test_a_value_of_a_strange_kind_never_breaks_a_message(language: Language, strange: object) -> None:
    for code, sentences in CATALOGUES[language].reasons.items():
        values = {name: Value(value=strange) for one in sentences for name in placeholders(one)}
        assert words(language).reason(_finding(code, values))


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_measured_of_a_parent_is_never_told_as_if_it_were_its_own(language: Language) -> None:
    """A parent's finding has the code of a child and values of its own; only "good" needs none."""
    said_anyway = {"good", "failed", "schedule_done"}
    for finding in findings():
        if finding.outcome is Outcome.MEASURED and not finding.reason_code.endswith("_good"):
            assert all(placeholders(one) for one in CATALOGUES[language].reasons[finding.reason_code])
    assert said_anyway <= set(CATALOGUES[language].reasons)


def test_the_parts_and_their_codes_are_those_of_the_dimensions() -> None:
    assert {code for part in PARTS.values() for code in part.values()} <= codes()
    for finding in findings():
        known = PARTS.get(finding.dimension)
        if known is not None:
            assert set(finding.parts) <= set(known)


def test_the_second_worst_part_is_told_too() -> None:
    finding = Finding(
        dimension="schedule", version=1, outcome=Outcome.MEASURED, score=40, reason="…", reason_code="schedule_odds",
        values={
            "target": Value(value="2027-01-31"), "p85": Value(value="2027-03-20"),
            "overdue": Value(value=1), "dated": Value(value=2),
        },
        parts={"odds": 50.0, "overdue": 0.0, "progress": 100.0},
    )  # fmt: skip
    assert words("de").reason(finding) == (
        "Ziel 31.01.2027; mit 85 % Wahrscheinlichkeit fertig bis 20.03.2027; "
        "1 von 2 offenen Vorgängen mit Termin überfällig"
    )


@pytest.mark.parametrize(
    ("language", "day", "moment", "number", "percent"),
    [
        ("en", "5 Feb 2027", "5 Feb 2027, 08:05 UTC", "1,261.2", "31%"),
        ("de", "05.02.2027", "05.02.2027, 08:05 UTC", "1.261,2", "31 %"),
        ("fr", "5 févr. 2027", "5 févr. 2027, 08:05 UTC", "1 261,2", "31 %"),
        ("es", "5 feb 2027", "5 feb 2027, 08:05 UTC", "1.261,2", "31 %"),
    ],
)
def test_numbers_and_dates_are_those_of_the_language(
    language: Language, day: str, moment: str, number: str, percent: str
) -> None:
    said = words(language)
    assert said.day(date(2027, 2, 5)) == day
    assert said.moment(datetime(2027, 2, 5, 8, 5, tzinfo=UTC)) == moment
    assert said.number(1261.2) == number
    assert said.percent(0.314) == percent


def test_less_than_all_is_never_the_whole_and_more_than_none_never_nothing() -> None:
    said = words("en")
    assert [said.percent(share) for share in (0, 0.001, 0.996, 1, 1.004)] == ["0%", "1%", "99%", "100%", "100%"]
    assert words("de").percent(-0.001) == "-1 %"
    assert (in_percent(0.9999), in_percent(0.5)) == ("99%", "50%")


def test_no_phrase_is_kept_that_nobody_says() -> None:
    folders = ("model", "rollup", "connector", "service", "config", "app")
    sources = [path for folder in folders for path in (REPO / folder).rglob("*.py")]
    said = "".join(path.read_text() for path in sources if path.stem not in CATALOGUES)
    assert [key for key in CATALOGUES["en"].phrases if f'"{key}"' not in said and f"'{key}'" not in said] == []


def test_a_word_follows_its_number() -> None:
    assert words("de").counted(1, "Tag", "Tage") == "1 Tag"
    assert words("de").counted(0, "Tag", "Tage") == "0 Tage"
    assert words("fr").counted(0, "jour", "jours") == "0 jour"


def test_a_phrase_that_is_not_there_or_lacks_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        words("en").phrase("no_such_phrase")
    with pytest.raises(KeyError):
        words("en").phrase("was")


def test_the_bands_of_a_language_differ_from_one_another() -> None:
    for said in CATALOGUES.values():
        assert max(Counter(said.bands.values()).values()) == 1


def _finding(code: str, values: dict[str, Value]) -> Finding:
    return Finding(
        dimension="schedule", version=1, outcome=Outcome.MEASURED, score=1, reason="in English", reason_code=code,
        values=values,
    )  # fmt: skip


def _example(sentence: str, name: str) -> str | float:
    kinds = {spec for _, found, spec, _ in Formatter().parse(sentence) if found == name}
    return "2026-05-28" if "d" in kinds else 3


def test_odds_have_a_number_only_where_one_is_given() -> None:
    assert words("de").odds("likely") == "wahrscheinlich"
    assert words("de").odds("likely", 0.72) == "wahrscheinlich (72 %)"


@pytest.mark.parametrize("language", OTHERS)
def test_of_several_broken_rules_one_is_told_as_the_first_and_the_share_of_all(language: Language) -> None:
    finding = Finding(
        dimension="governance", version=2, outcome=Outcome.MEASURED, score=66.7, reason="",
        reason_code="governance_has_sponsor",
        values={"rules_passed": Value(value=4, unit="of 6 rules"), "compliance": Value(value=0.6667)},
    )  # fmt: skip
    told = words(language).reason(finding)
    assert words(language).percent(0.6667) in told
    assert re.search(r"als Erstes|primero|d’abord", told)


@pytest.mark.parametrize("language", OTHERS)
def test_scope_that_has_grown_is_told_to_be_above_its_baseline(language: Language) -> None:
    finding = Finding(
        dimension="scope", version=3, outcome=Outcome.MEASURED, score=40, reason="", reason_code="scope_grown",
        values={"growth": Value(value=0.18), "baseline_from": Value(value="2026-04-13", unit="date")},
    )  # fmt: skip
    assert re.search(r"über|supera|dépasse", words(language).reason(finding))


def test_english_months_have_three_letters_as_pages_write_them() -> None:
    days = [date(2026, month, 3) for month in range(1, 13)]
    assert [words("en").day(day) for day in days] == [f"{day:%-d %b %Y}" for day in days]
