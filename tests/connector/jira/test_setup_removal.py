"""Set-up with fields of the team's own on a Cloud site, and removal: everything goes away again that was made."""

from collections.abc import Iterator

import pytest

from model.health import Band
from model.mapping import HealthFieldNames, Mapping
from model.push import HealthRole
from sandbox.jira.records import FieldContext
from tests.support.contract_cases import open_case
from tests.support.setup_site import CASE, CRM, OPS, SetUpSite, by_hand


@pytest.fixture
def site() -> Iterator[SetUpSite]:
    with open_case(CASE) as opened:
        yield SetUpSite(opened)


# -- fields of the team's own -----------------------------------------------------------------------------------------


def test_fields_of_the_mapping_are_used_as_they_are(site: SetUpSite) -> None:
    names = site.own_fields(options=[band.words for band in Band])
    before = site.dump()
    result = site.setup(CRM, OPS)
    assert (result.steps, result.made, site.dump(), site.writes()) == ((), (), before, 0)
    assert result.fields is not None
    assert result.fields.ids[HealthRole.HEALTH] == names.health


def test_what_is_added_to_the_team_s_fields_is_taken_away_and_nothing_else(site: SetUpSite) -> None:
    names = site.own_fields(options=["On track", "Paused"], everywhere=False)
    site.off_screens(names.health, names.reason)
    before = site.dump()
    result = site.setup(CRM)
    assert {one.kind for one in result.made} == {"association", "screen_field", "option"}
    assert result.verified[0].lacking == ()
    done = site.remove()
    assert site.dump() == before
    assert (done.made, done.fields) == ((), None)


def test_the_team_s_choices_that_are_added_name_who_shares_them(site: SetUpSite) -> None:
    site.own_fields(options=["On track"])
    plan = site.setup(CRM, apply=False)
    step = next(step for step in plan.steps if "Add the choices" in step.what)
    assert step.affects == ("every project that shows the field",)


def test_choices_are_added_in_each_context_and_then_written_by_their_words(site: SetUpSite) -> None:
    names = site.own_fields()
    field, ops = site.jira.fields[names.health], site.jira.project("OPS")
    field.contexts.append(FieldContext("20000", "For OPS", (ops.id,)))
    result = site.setup(CRM, OPS)
    assert all(len(options) == len(Band) for options in field.options.values())
    assert result.fields is not None
    assert result.fields.options == {}
    assert result.verified[1].lacking == ()


def test_a_field_without_a_context_for_the_project_gets_one_and_loses_it_again(site: SetUpSite) -> None:
    names = site.own_fields(options=[band.words for band in Band])
    crm = site.jira.project("CRM")
    for field_id in (names.health, names.score, names.reason):
        field = site.jira.fields[field_id]
        field.contexts[0] = FieldContext(field.contexts[0].id, "For CRM", (crm.id,))
    before = site.dump()
    result = site.setup(CRM, OPS)
    assert [one.lacking for one in result.verified] == [(), ()]
    assert [one.kind for one in result.made].count("context") == 3
    site.remove()
    assert site.dump() == before


def test_a_context_that_is_for_other_types_is_left_to_a_person(site: SetUpSite) -> None:
    names = site.own_fields(options=[band.words for band in Band])
    field, crm = site.jira.fields[names.score], site.jira.project("CRM")
    story = next(number for number, one in site.jira.types.items() if one["name"] == "Story")
    field.contexts[0] = FieldContext(field.contexts[0].id, "Stories of CRM", (crm.id,), (story,))
    result = site.setup(CRM)
    step = next(step for step in by_hand(result) if "a context" in step.what)
    assert "customFieldId=10902" in str(step.where)
    assert result.verified[0].lacking == ("Team score",)


def test_a_disabled_choice_is_to_be_enabled_by_a_person(site: SetUpSite) -> None:
    names = site.own_fields(options=[band.words for band in Band])
    field = site.jira.fields[names.health]
    field.options[field.contexts[0].id][0]["disabled"] = True
    (step,) = by_hand(site.setup(CRM))
    assert step.what.startswith("Enable the choices On track")


@pytest.mark.parametrize(("health", "says"), [
    ("customfield_10016", "needs a select list"), ("customfield_99999", "There is no custom field"),
])
def test_a_mapped_field_that_cannot_serve_is_said_and_replaced_by_nothing(site: SetUpSite, health: str, says: str) -> None:
    site.mapping = Mapping(health_fields=HealthFieldNames(health=health))
    result = site.setup(CRM)
    assert any(says in step.why for step in by_hand(result))
    assert result.fields is None


@pytest.mark.parametrize(("method", "path"), [
    ("PUT", "/rest/api/3/field/association"), ("POST", "/rest/api/3/screens/"),
    ("POST", "/rest/api/3/field/customfield_10901/context/1"),
])
def test_what_was_added_although_its_answer_was_lost_is_known_and_taken_away(
    site: SetUpSite, method: str, path: str
) -> None:
    names = site.own_fields(options=["On track"], everywhere=False)
    site.off_screens(names.health, names.reason)
    before = site.dump()
    site.jira.faults.set("drop", path=path, method=method)
    assert site.setup(CRM).verified[0].lacking == ()
    assert site.jira.faults.struck == 1
    site.remove()
    assert site.dump() == before


# -- removal ----------------------------------------------------------------------------------------------------------


def test_after_removal_the_site_is_configured_as_before(site: SetUpSite) -> None:
    before = site.dump()
    site.setup(CRM, OPS)
    done = site.remove()
    assert site.dump() == before
    assert (done.made, done.fields) == ((), None)
    assert all(step.done for step in done.steps)


def test_a_field_without_our_mark_stays_and_is_said(site: SetUpSite) -> None:
    fields = site.setup(CRM).fields
    assert fields is not None
    kept = fields.ids[HealthRole.HEALTH]
    site.jira.fields[kept].description = "Ours now"
    done = site.remove()
    assert [step.what for step in by_hand(done)] == [f"Delete the field 'Bellwether health' ({kept}), if nobody needs it."]
    assert kept in site.jira.fields
    assert not {fields.ids[HealthRole.SCORE], fields.ids[HealthRole.REASON]} & set(site.jira.fields)


def test_without_an_administrator_nothing_is_taken_away_and_nothing_is_forgotten(site: SetUpSite) -> None:
    first = site.setup(CRM)
    site.jira.denied.add("ADMINISTER")
    site.writes()
    done = site.remove()
    assert (site.writes(), done.made) == (0, first.made)
    assert all(step.by_hand for step in done.steps)


def test_a_field_of_ours_that_the_mapping_names_stays_until_it_is_out_of_the_mapping(site: SetUpSite) -> None:
    before = site.dump()
    fields = site.setup(CRM).fields
    assert fields is not None
    site.mapping = Mapping(health_fields=HealthFieldNames(score=fields.ids[HealthRole.SCORE]))
    assert "out of the mapping" in by_hand(site.remove())[0].what
    assert fields.ids[HealthRole.SCORE] in site.jira.fields
    site.mapping = Mapping()
    site.remove()
    assert site.dump() == before


def test_a_plan_of_removal_takes_nothing_away(site: SetUpSite) -> None:
    first = site.setup(CRM)
    after = site.dump()
    plan = site.remove(apply=False)
    assert (site.dump(), plan.made) == (after, first.made)
    assert len(plan.steps) == 3


def test_what_somebody_took_away_already_is_fine(site: SetUpSite) -> None:
    names = site.own_fields(options=["On track"])
    site.setup(CRM)
    field = site.jira.fields[names.health]
    field.options[field.contexts[0].id] = [{"id": "1", "value": "On track"}]
    assert site.remove().made == ()
