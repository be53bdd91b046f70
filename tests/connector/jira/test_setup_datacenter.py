"""Set-up on a server: fields are made by a call, the rest is named with the page to open; removal by mark."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model.push import HealthRole

_spec = importlib.util.spec_from_file_location("jira_dc_setup_case", Path(__file__).parent / "contract_case_datacenter.py")
assert _spec is not None
assert _spec.loader is not None
case_module: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(case_module)


@pytest.fixture
def case() -> Iterator[Any]:
    with case_module.open_case() as opened:
        yield opened


def _setup(case: Any, *, known: Any = None, made: Any = (), apply: bool = True) -> Any:
    return case.connector()._connector.setup([case.target], known=known, made=made, apply=apply)


def _remove(case: Any, result: Any) -> Any:
    return case.connector()._connector.remove_setup((), known=result.fields, made=result.made, apply=True)


def test_a_plan_makes_nothing_and_names_what_calls_do_and_what_people_do(case: Any) -> None:
    before = set(case.site.fields)
    plan = _setup(case, apply=False)
    assert [step.by_hand for step in plan.steps] == [False, False, False, True, True]
    assert set(case.site.fields) == before


def test_what_an_administrator_must_do_names_the_page_to_open(case: Any) -> None:
    done = _setup(case)
    screen, choices = [step for step in done.steps if step.by_hand]
    assert "edit screen of Epic in project CRM" in screen.what
    assert screen.where.endswith("/jira-dc/plugins/servlet/project-config/CRM/screens")
    assert "the choices On track, At risk, Off track" in choices.what
    assert "ConfigureCustomField!default.jspa?customFieldId=" in choices.where
    assert len(done.verified[0].lacking) == 3


def test_a_second_run_makes_no_second_field(case: Any) -> None:
    first = _setup(case)
    fields = set(case.site.fields)
    again = _setup(case)
    assert (set(case.site.fields), again.fields.ids, again.made) == (fields, first.fields.ids, first.made)


def test_removal_takes_away_the_fields_and_nothing_else(case: Any) -> None:
    before = set(case.site.fields)
    done = _remove(case, _setup(case))
    assert (set(case.site.fields), done.made, done.fields) == (before, (), None)


def test_a_field_that_carries_our_mark_no_more_stays_and_is_said(case: Any) -> None:
    result = _setup(case)
    kept = result.fields.ids[HealthRole.HEALTH]
    case.site.fields[kept].description = "Ours now"
    done = _remove(case, result)
    assert [step.done for step in done.steps] == [False, True, True]
    assert "if nobody needs it" in done.steps[0].what
    assert kept in case.site.fields


def test_where_nobody_tells_whose_a_field_is_its_deletion_is_left_to_an_administrator(case: Any) -> None:
    result = _setup(case)
    case.running.sandbox.jira_server.described = False
    done = _remove(case, result)
    assert [(step.by_hand, step.done) for step in done.steps] == [(True, False)] * 3
    assert (done.fields, done.made) == (result.fields, result.made)


def test_without_an_administrator_nothing_is_made_and_every_step_says_where(case: Any) -> None:
    case.site.denied.add("ADMINISTER")
    result = _setup(case)
    assert result.fields is None
    assert all(step.by_hand and step.where for step in result.steps)
