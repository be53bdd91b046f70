"""Set-up on a Cloud site: what is made, where it is shown, who else is touched, what is left to people."""

from collections.abc import Iterator

import pytest

from model.errors import AppError
from model.health import Band
from model.push import HealthRole
from model.tree import Target
from sandbox.jira.catalog import custom_field
from sandbox.jira.field_schemes import move_projects
from tests.support.contract_cases import open_case
from tests.support.setup_site import CASE, CRM, OPS, SetUpSite, by_hand


@pytest.fixture
def site() -> Iterator[SetUpSite]:
    with open_case(CASE) as opened:
        yield SetUpSite(opened)


# -- made once, and shown ---------------------------------------------------------------------------------------------


def test_a_plan_writes_nothing_and_names_the_same_steps_that_are_taken(site: SetUpSite) -> None:
    before = site.dump()
    plan = site.setup(CRM, OPS, apply=False)
    assert (site.writes(), site.dump(), plan.fields, plan.made) == (0, before, None, ())
    done = site.setup(CRM, OPS)
    assert [step.what for step in done.steps] == [step.what for step in plan.steps]
    assert all(step.done for step in done.steps)


def test_after_it_was_applied_the_fields_can_be_edited_on_a_sample_of_each_kind(site: SetUpSite) -> None:
    result = site.setup(CRM, OPS)
    assert [(one.kind, one.sample, one.lacking) for one in result.verified] == [
        ("Epic in CRM", "CRM-1", ()), ("Task in OPS", "OPS-1", ()),
    ]
    assert result.fields is not None
    assert set(result.fields.options) == set(Band)


def test_a_second_run_writes_nothing_and_has_nothing_to_say(site: SetUpSite) -> None:
    first = site.setup(CRM, OPS)
    site.writes()
    again = site.setup(CRM, OPS)
    assert (site.writes(), again.steps, again.fields, again.made) == (0, (), first.fields, first.made)


def test_a_run_that_was_cut_off_is_finished_by_the_next_and_still_taken_away_whole(site: SetUpSite) -> None:
    before = site.dump()
    site.setup(CRM)
    site.known, site.made = None, ()  # nothing of it was recorded
    again = site.setup(CRM)
    assert again.steps == ()
    site.remove()
    assert site.dump() == before


def test_a_failure_on_the_way_loses_nothing_of_what_was_made(site: SetUpSite) -> None:
    before = site.dump()
    site.jira.faults.set("410", path="/rest/api/3/issuetypescreenscheme/mapping")
    first = site.setup(CRM)
    assert "broken off" in by_hand(first)[-1].what
    assert site.setup(CRM).verified[0].lacking == ()
    site.remove()
    assert site.dump() == before


def test_a_field_whose_answer_was_lost_is_not_made_twice(site: SetUpSite) -> None:
    site.jira.faults.set("drop", path="/rest/api/3/field", method="POST")
    result = site.setup(CRM)
    named = [one for one in site.jira.fields.values() if one.name == "Bellwether health"]
    assert (len(named), result.verified[0].lacking) == (1, ())


def test_the_site_that_cannot_be_read_at_all_is_an_error(site: SetUpSite) -> None:
    site.jira.faults.set("410", path="/rest/api/3/mypermissions")
    with pytest.raises(AppError):
        site.setup(CRM)


def test_a_renamed_field_of_ours_is_found_by_what_it_says_of_itself(site: SetUpSite) -> None:
    fields = site.setup(CRM).fields
    assert fields is not None
    site.jira.fields[fields.ids[HealthRole.SCORE]].name = "Punkte"
    site.known = None
    assert site.setup(CRM).fields == fields


def test_a_team_s_field_of_the_same_name_is_left_alone(site: SetUpSite) -> None:
    theirs = site.jira.add_custom_field(custom_field("customfield_10950", "Bellwether score", "float"))
    fields = site.setup(CRM).fields
    assert fields is not None
    assert theirs.id not in fields.ids.values()


# -- the blast radius -------------------------------------------------------------------------------------------------


def test_projects_that_share_a_screen_are_named_before_anything_is_done(site: SetUpSite) -> None:
    site.jira.project("OPS").screen_id = site.jira.project("CRM").screen_id
    plan = site.setup(CRM, apply=False)
    assert [step.affects for step in plan.steps if "on the screen" in step.what] == [("Operations (OPS)",)]


def test_projects_that_get_the_fields_with_the_association_are_named_and_lose_them_again(site: SetUpSite) -> None:
    for key in ("CRM", "OPS"):
        site.jira.project(key).configured_with = 10
    names = site.own_fields(options=[band.words for band in Band], everywhere=False)
    before = site.dump()
    plan = site.setup(CRM, apply=False)
    assert [step.affects for step in plan.steps] == [("Operations (OPS)",)]
    site.setup(CRM)
    assert site.jira.project("OPS").id in site.jira.fields[names.score].project_ids
    site.remove()
    assert site.dump() == before


def test_where_jira_no_more_tells_who_is_configured_together_the_rest_goes_on(site: SetUpSite) -> None:
    site.jira.faults.set("410", path="/rest/api/3/fieldconfigurationscheme/project", times=9)
    assert site.setup(CRM).verified[0].lacking == ()


def test_a_screen_is_changed_once_for_all_targets_that_are_edited_on_it(site: SetUpSite) -> None:
    site.jira.project("OPS").screen_id = site.jira.project("CRM").screen_id
    done = site.setup(CRM, OPS)
    shown = [step for step in done.steps if "on the screen" in step.what]
    assert [(step.affects, step.done) for step in shown] == [((), True)]


def test_the_default_screen_is_never_touched_and_is_left_to_a_person(site: SetUpSite) -> None:
    site.jira.project("CRM").screen_id = 1
    before = list(site.jira.screens[1].tabs[0].field_ids)
    result = site.setup(CRM)
    step = by_hand(result)[0]
    assert "'Default Screen'" in step.what
    assert str(step.where).endswith("/plugins/servlet/project-config/CRM/screens")
    assert site.jira.screens[1].tabs[0].field_ids == before
    assert len(result.verified[0].lacking) == 3
    site.writes()
    site.setup(CRM)
    assert site.writes() == 0


def test_the_screen_is_the_one_on_which_issues_of_the_type_are_edited(site: SetUpSite) -> None:
    crm = site.jira.project("CRM")
    screen = site.jira.add_screen("CRM: Edit an epic")
    epic = site.jira.issue("CRM-1").fields["issuetype"]["id"]
    crm.edit_screens[epic] = screen.id
    others = list(site.jira.screens[crm.screen_id].tabs[0].field_ids)
    result = site.setup(CRM)
    assert any("'CRM: Edit an epic'" in step.what for step in result.steps)
    assert result.verified[0].lacking == ()
    assert site.jira.screens[crm.screen_id].tabs[0].field_ids == others


def test_where_one_issue_cannot_be_edited_another_of_its_kind_is_the_sample(site: SetUpSite) -> None:
    one, other = (site.jira.create_issue("CRM", title).key for title in ("First", "Second"))
    site.jira.lock_issue(one)
    result = site.setup(*(Target(connection="acme", kind="issue", value=key) for key in (one, other)))
    assert [(shown.sample, shown.lacking) for shown in result.verified] == [(other, ())]


def test_where_nothing_can_be_edited_the_site_is_set_up_once_and_the_right_is_asked_for(site: SetUpSite) -> None:
    site.jira.denied.add("EDIT_ISSUES")
    result = site.setup(CRM)
    (step,) = by_hand(result)
    assert "Let this account edit issues of project CRM" in step.what
    assert str(step.where).endswith("/project-config/CRM/permissions")
    site.writes()
    site.setup(CRM)
    assert site.writes() == 0
    site.jira.denied.clear()
    assert site.setup(CRM).verified[0].lacking == ()


# -- field schemes ----------------------------------------------------------------------------------------------------


def test_a_project_of_the_newer_model_gets_the_fields_by_its_scheme(site: SetUpSite) -> None:
    scheme = move_projects(site.jira, "Software scheme", "CRM", "OPS")
    before = site.dump()
    plan = site.setup(CRM, apply=False)
    step = next(step for step in plan.steps if "field scheme 'Software scheme'" in step.what)
    assert step.affects == ("Operations",)
    done = site.setup(CRM)
    assert done.fields is not None
    assert set(done.fields.ids.values()) <= scheme.field_ids
    assert not any("Associate" in step.what for step in done.steps)
    assert done.verified[0].lacking == ()
    site.writes()
    assert (site.setup(CRM).steps, site.writes()) == ((), 0)
    site.remove()
    assert site.dump() == before


def test_a_scheme_that_refuses_a_field_is_said(site: SetUpSite) -> None:
    scheme = move_projects(site.jira, "Software scheme", "CRM")
    scheme.locked = True
    result = site.setup(CRM)
    (step,) = by_hand(result)
    assert "It was refused: Scheme" in step.why
    assert len(result.verified[0].lacking) == 3


# -- what only people can do ------------------------------------------------------------------------------------------


def test_a_team_managed_project_is_left_to_its_admin_with_the_page_to_open(site: SetUpSite) -> None:
    result = site.setup(Target(connection="acme", kind="issue", value="TEAM-1"))
    (step,) = by_hand(result)
    assert "type Task of project TEAM" in step.what
    assert "/jira/software/projects/TEAM/settings/issuetypes/" in str(step.where)
    assert not step.done


def test_without_an_administrator_every_step_is_for_a_person_and_says_where(site: SetUpSite) -> None:
    site.jira.denied.add("ADMINISTER")
    result = site.setup(CRM)
    assert site.writes() == 0
    assert len(by_hand(result)) == len(result.steps) > 0
    assert all(step.where for step in result.steps)
    assert any("health_fields in the mapping" in step.why for step in result.steps)


def test_without_an_administrator_fields_that_others_made_are_used(site: SetUpSite) -> None:
    fields = site.setup(CRM).fields
    site.known, site.made = None, ()
    site.jira.denied.add("ADMINISTER")
    result = site.setup(CRM)
    assert (result.steps, result.fields) == ((), fields)


def test_a_target_that_is_not_there_is_named_and_the_others_are_set_up(site: SetUpSite) -> None:
    result = site.setup(Target(connection="acme", kind="issue", value="CRM-999"), CRM)
    assert "CRM-999" in by_hand(result)[0].what
    assert [one.lacking for one in result.verified] == [()]


def test_an_issue_that_was_moved_is_found_by_its_old_key(site: SetUpSite) -> None:
    site.jira.move_issue("CRM-1", "OPS")
    result = site.setup(CRM)
    assert [(one.kind, one.lacking) for one in result.verified] == [("Epic in OPS", ())]
