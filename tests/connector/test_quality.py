"""``quality.yaml`` of each tool, read by a machine: a rule counts as done only where its checker finds nothing against it.

Form: ``bronze``, ``silver``, ``gold``: every rule of the scale with ``done``, ``missing``, or
``{status: exempt, comment: why}``; ``capabilities``: the tool's own list, with ``thin`` besides; ``account``: a connection
to one account as a configuration names it, which is tried twice.
"""

import ast
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import connector
from config.loader import load
from connector.sdk.registry import tools
from model.errors import AppError
from tests.support import openapi

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "tests" / "connector"
SECTIONS = ("reads", "writes", "SDK")
Checker = Callable[[str], str | None]
"""What speaks against a rule of a tool being done; None where nothing does."""


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


@cache
def _tests(folder: Path) -> frozenset[str]:
    """The names of all tests below a folder."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("test_*.py"))
    return frozenset(
        node.name for tree in trees for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )  # fmt: skip


@cache
def _contract() -> frozenset[str]:
    """The tests of the contract suite, which runs over every case."""
    found: set[str] = set()
    for path in SUITE.glob("test_contract*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return frozenset(found)


def suite(*names: str) -> Checker:
    """The tool runs through the contract suite, and the suite has these tests."""

    def check(tool: str) -> str | None:
        missing = sorted(set(names) - _contract())
        return _has_case(tool) or (f"the contract suite has no {', '.join(missing)}" if missing else None)

    return check


def _has_case(tool: str) -> str | None:
    return None if (SUITE / tool / "contract_case.py").is_file() else "there is no contract_case.py"


def _has_fixtures(tool: str) -> str | None:
    fixtures = list((SUITE / tool / "fixtures").glob("*.json"))
    return _has_case(tool) or (None if fixtures else "there are no recorded fixtures")


def _has_readme(tool: str) -> str | None:
    path = _folder(tool) / "README.md"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    heads = [line for line in lines if line.startswith("#")]
    missing = [word for word in SECTIONS if not any(word in head for head in heads)]
    return f"README.md has no section on {', '.join(missing)}" if missing else None


def _refuses_an_account_twice(account: Mapping[str, Any], folder: Path) -> str | None:
    if not _is_accepted({"one": account}, folder):
        return "the account of the file is no valid connection"
    return "the same account can be connected twice" if _is_accepted({"one": account, "two": account}, folder) else None


def _is_accepted(connections: Mapping[str, Any], folder: Path) -> bool:
    path = folder / "bellwether.yaml"
    document = {"connections": connections, "portfolios": [{"name": "Growth", "programs": []}]}
    path.write_text(yaml.dump(document, Dumper=_NoAliases), encoding="utf-8")
    try:
        load(path, environment={"TOKEN": "word"})
    except AppError:
        return False
    return True


def mentioned(folder: str, word: str) -> Checker:
    """Some test below a folder of tests has this in its name."""

    def check(_tool: str) -> str | None:
        found = any(word in name for name in _tests(ROOT / "tests" / folder))
        return None if found else f"no test below tests/{folder} is about {word!r}"

    return check


def _has_a_description(tool: str) -> str | None:
    return None if openapi.FILES.get(tool) else "its calls are held against no description of the vendor"


def _folder(tool: str) -> Path:
    return Path(connector.__file__).parent / tool


SCALE: dict[str, dict[str, Checker]] = {
    "bronze": {
        "test-before-save": suite(
            "test_check_names_the_account_of_a_good_credential", "test_check_names_a_bad_credential_with_a_cure",
            "test_check_says_when_nobody_answers_at_the_address",
        ),
        "contract-suite": _has_case,
        "fixtures": _has_fixtures,
        "readme": _has_readme,
        "unique-connection": lambda _tool: None,  # tried in a folder of its own, see ``denied``
    },
    "silver": {
        "incremental": suite(
            "test_a_second_pull_brings_nothing_when_nothing_changed",
            "test_a_second_pull_brings_what_a_person_changed_and_nothing_else",
        ),
        "rate-limit": suite(
            "test_a_429_waits_at_least_as_long_as_it_was_asked_to", "test_a_429_that_asks_for_a_long_wait_is_not_slept",
            "test_a_429_that_never_ends_is_worth_trying_again_later",
        ),
        "webhook-verify": suite(
            "test_a_delivery_with_a_wrong_or_missing_signature_is_refused_before_it_is_read",
            "test_the_signature_of_another_delivery_is_refused_before_it_is_read",
            "test_a_delivery_is_refused_where_no_secret_was_agreed",
        ),
        "loop-guard": suite("test_our_own_change_coming_back_can_be_told_by_its_account"),
        "log-once": mentioned("service", "logged_once"),
        "reauth-message": suite("test_a_credential_that_is_refused_ends_the_pull_and_says_what_to_do"),
    },
    "gold": {
        "deletion-handling": suite(
            "test_a_census_finds_an_item_that_was_deleted", "test_a_census_of_what_is_there_finds_nothing_missing",
        ),
        "backfill-resume": suite("test_a_pull_cut_off_anywhere_goes_on_to_the_same_end"),
        "field-discovery": suite("test_discovery_tells_how_often_each_field_is_filled"),
        "openapi-checked": _has_a_description,
        "diagnostics": mentioned("app", "diagnostics"),
    },
}  # fmt: skip


def judge(told: Mapping[str, Any], denied: Callable[[str, str], str | None]) -> list[str]:
    """What is wrong with a quality file. ``denied(level, rule)``: what speaks against a rule being done."""
    problems = [f"{part} is no part of the scale" for part in told.keys() - SCALE.keys() - {"tool", "account", "capabilities"}]
    for level, rules in SCALE.items():
        given = told.get(level) or {}
        problems += [f"{rule} is no rule of {level}" for rule in given.keys() - rules.keys()]
        problems += [f"{rule} of {level} is not answered" for rule in rules.keys() - given.keys()]
        for rule, answer in given.items():
            problems += _answer(rule, answer, ("done", "missing"))
            if answer == "done" and rule in rules and (reason := denied(level, rule)):
                problems.append(f"{rule} is not done: {reason}")
    for name, answer in (told.get("capabilities") or {}).items():
        problems += _answer(name, answer, ("done", "thin", "missing"))
    return problems


def _answer(rule: str, answer: Any, allowed: tuple[str, ...]) -> list[str]:
    if isinstance(answer, dict) and answer.get("status") == "exempt":
        return [] if str(answer.get("comment") or "").strip() else [f"{rule} is exempt and does not say why"]
    return [] if answer in allowed else [f"{rule} is {answer!r}, which is none of {', '.join(allowed)}"]


@pytest.mark.parametrize("tool", sorted(tools()))
def test_a_tools_quality_file_says_what_is_so(tool: str, tmp_path: Path) -> None:
    told = yaml.safe_load((_folder(tool) / "quality.yaml").read_text(encoding="utf-8"))

    def denied(level: str, rule: str) -> str | None:
        return _refuses_an_account_twice(told["account"], tmp_path) if rule == "unique-connection" else SCALE[level][rule](tool)

    assert told["tool"] == tool
    assert judge(told, denied) == []


# -- the judge itself -------------------------------------------------------------------------------------------------


def _full(**more: Any) -> dict[str, Any]:
    every: dict[str, Any] = {level: dict.fromkeys(rules, "done") for level, rules in SCALE.items()}
    return {**every, "tool": "made", **more}


def test_a_file_that_answers_every_rule_is_well() -> None:
    assert judge(_full(capabilities={"census": "thin"}), lambda _level, _rule: None) == []


def test_a_rule_that_nobody_knows_is_found() -> None:
    told = _full(gold={**dict.fromkeys(SCALE["gold"], "done"), "shines": "done"})
    assert judge(told, lambda _level, _rule: None) == ["shines is no rule of gold"]


def test_a_rule_that_is_left_out_is_found() -> None:
    rules = [rule for rule in SCALE["silver"] if rule != "log-once"]
    told = _full(silver=dict.fromkeys(rules, "done"))
    assert judge(told, lambda _level, _rule: None) == ["log-once of silver is not answered"]


@pytest.mark.parametrize(("comment", "wrong"), [("", True), ("The tool has none.", False)])
def test_an_exemption_must_say_why(comment: str, wrong: bool) -> None:
    told = _full(capabilities={"write_property": {"status": "exempt", "comment": comment}})
    assert bool(judge(told, lambda _level, _rule: None)) is wrong


def test_an_answer_of_another_word_is_found() -> None:
    assert judge(_full(capabilities={"census": "almost"}), lambda _level, _rule: None) != []


def test_done_is_refused_where_the_checker_denies_it() -> None:
    problems = judge(_full(), lambda _level, rule: "there is none" if rule == "readme" else None)
    assert problems == ["readme is not done: there is none"]


def test_the_checkers_deny_a_tool_that_has_nothing() -> None:
    silent = [rule for rules in SCALE.values() for rule, check in rules.items()
              if rule not in ("unique-connection", "log-once", "diagnostics") and check("no_such_tool") is None]  # fmt: skip
    assert silent == []
