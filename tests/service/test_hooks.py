"""The audit of webhooks: what is missing, moved, switched off or strange is mended or told, and nothing is done twice."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from app import bootstrap
from config.settings import read_settings
from model.hooks import AuditReport, HookDeed
from model.jobs import HOOKS
from model.tree import Source
from sandbox.oauth import CLIENT_ID, CLIENT_SECRET
from service import connections, hooks, jobs, losses
from service.office import Office
from service.reception import Reception
from service.sync import sync_connection
from service.workspace import Workspace
from tests.support.hooked import ASANA, JIRA, MovedClock, heard, jira_body, jira_signed, listening
from tests.support.scene import Scene, no_progress


@pytest.fixture
def here(scene: Scene) -> Iterator[tuple[Workspace, str]]:
    """A workspace, and the address by which the tools reach it."""
    with scene.workspace() as workspace, listening(workspace) as url:
        yield workspace, url


def _person(scene: Scene) -> str:
    return next(gid for gid in scene.asana.users if gid != scene.asana.bot.gid)


def deeds(reports: tuple[AuditReport, ...], connection: str) -> list[HookDeed]:
    (report,) = [one for one in reports if one.connection == connection]
    return [step.deed for step in report.steps]


def test_what_is_missing_is_registered_and_a_second_audit_finds_nothing_to_do(
    scene: Scene, here: tuple[Workspace, str]
) -> None:
    workspace, url = here
    first, second = hooks.audit(workspace, url), hooks.audit(workspace, url)
    assert deeds(first, JIRA) == [HookDeed.REGISTERED]
    assert set(deeds(first, ASANA)) == {HookDeed.REGISTERED}
    assert [report.steps for report in second] == [(), ()]
    assert all(report.wanted == report.working > 0 for report in (*first, *second))
    assert len(scene.jira.webhooks) == 1
    assert len(scene.asana.webhooks) == len(deeds(first, ASANA))


def test_what_the_tools_send_then_is_taken(scene: Scene, here: tuple[Workspace, str]) -> None:
    workspace, url = here
    hooks.audit(workspace, url)
    scene.jira.edit_issue("WEB-100", status="Done")
    scene.asana.edit_task(next(iter(scene.asana.tasks)), by=_person(scene), name="New")
    assert heard(scene, workspace) >= 2


def test_a_moved_address_moves_the_webhooks_and_leaves_none_behind(scene: Scene, here: tuple[Workspace, str]) -> None:
    workspace, url = here
    with listening(workspace) as former:
        hooks.audit(workspace, former)
    moved = hooks.audit(workspace, url)
    assert deeds(moved, JIRA) == [HookDeed.MOVED]
    assert set(deeds(moved, ASANA)) == {HookDeed.MOVED}
    assert {hook.url.startswith(url) for hook in scene.jira.webhooks.values()} == {True}
    assert {hook.target.startswith(url) for hook in scene.asana.webhooks.values()} == {True}
    assert hooks.audit(workspace, url)[0].steps == ()


def test_a_webhook_that_was_deleted_or_switched_off_is_made_to_work_again(
    scene: Scene, here: tuple[Workspace, str]
) -> None:
    workspace, url = here
    hooks.audit(workspace, url)
    (hook,) = scene.jira.webhooks.values()
    hook.enabled = False
    gone = next(iter(scene.asana.webhooks))
    del scene.asana.webhooks[gone]
    mended = hooks.audit(workspace, url)
    assert deeds(mended, JIRA) == [HookDeed.MENDED]
    assert deeds(mended, ASANA) == [HookDeed.REGISTERED]
    assert [one.enabled for one in scene.jira.webhooks.values()] == [True]
    assert all(report.working == report.wanted for report in mended)


def test_webhooks_whose_secret_was_lost_with_the_database_are_made_anew(
    scene: Scene, here: tuple[Workspace, str]
) -> None:
    workspace, url = here
    hooks.audit(workspace, url)
    before = set(scene.asana.webhooks)
    with workspace.db.begin() as uow:
        for row in uow.hooks.registrations():
            uow.hooks.remove(row.connection, row.key)
    again = hooks.audit(workspace, url)
    assert all(report.working == report.wanted for report in again)
    assert len(scene.jira.webhooks) == 1
    assert len(scene.asana.webhooks) == len(before)
    assert not before & set(scene.asana.webhooks)


def test_a_second_webhook_of_ours_is_taken_away(scene: Scene, here: tuple[Workspace, str]) -> None:
    workspace, url = here
    hooks.audit(workspace, url)
    (subject,) = [hook.resource.gid for hook in scene.asana.webhooks.values()]
    twin = hooks.HookRegistration(
        connection=ASANA, key="twin", pending=True, created_at=workspace.clock(), subject=subject
    )
    with workspace.db.begin() as uow:
        uow.hooks.save(twin)
    made = workspace.connector(ASANA).register_hook(subject, f"{url}/webhooks/{ASANA}/twin", secret="")
    with workspace.db.begin() as uow:
        kept = uow.hooks.registration(ASANA, "twin")
        assert kept is not None
        uow.hooks.save(kept.model_copy(update={"vendor_id": made.vendor_id}))
    (hook,) = scene.jira.webhooks.values()
    scene.jira.webhooks[79] = replace(hook, id=79)
    again = hooks.audit(workspace, url)
    assert deeds(again, ASANA) == [HookDeed.REMOVED]
    assert deeds(again, JIRA) == [HookDeed.REMOVED]
    assert (len(scene.asana.webhooks), len(scene.jira.webhooks)) == (1, 1)
    assert [report.steps for report in hooks.audit(workspace, url)] == [(), ()]


def test_two_audits_at_once_register_nothing_twice(scene: Scene, here: tuple[Workspace, str]) -> None:
    workspace, url = here
    threads = [threading.Thread(target=hooks.audit, args=(workspace, url)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    hooks.audit(workspace, url)
    assert (len(scene.asana.webhooks), len(scene.jira.webhooks)) == (1, 1)


def test_a_strange_webhook_that_looks_like_ours_is_told_and_left_alone(
    scene: Scene, here: tuple[Workspace, str]
) -> None:
    workspace, url = here
    hooks.audit(workspace, url)
    (hook,) = scene.jira.webhooks.values()
    scene.jira.webhooks[77] = replace(hook, id=77, url=f"https://elsewhere.example/webhooks/{JIRA}")
    scene.jira.webhooks[78] = replace(hook, id=78, url="https://another.example/app")
    assert deeds(hooks.audit(workspace, url), JIRA) == [HookDeed.FOREIGN]
    assert {77, 78} <= set(scene.jira.webhooks)


def test_deliveries_that_fail_are_told_by_check(scene: Scene, here: tuple[Workspace, str]) -> None:
    workspace, url = here
    hooks.audit(workspace, url)
    one = next(iter(scene.asana.webhooks.values()))
    one.retries, one.last_failure_content, one.last_failure_at = 3, "status 500", workspace.clock()
    report = hooks.audit(workspace, url)
    assert deeds(report, ASANA) == [HookDeed.TROUBLED]
    told = {check.name: check for check in connections.check(workspace)}
    assert told[ASANA].ok
    assert any("status 500" in problem.what for problem in told[ASANA].problems)
    assert "of" in (told[ASANA].webhooks or "")
    assert told[JIRA].webhooks is not None
    assert told[JIRA].webhooks.startswith("1 of 1 working")


def test_check_says_how_changes_are_found_where_no_webhook_is(scene: Scene) -> None:
    with scene.workspace() as workspace:
        assert {one.webhooks for one in connections.check(workspace)} == {
            "none: changes are found by asking, every few minutes"
        }
        hooks.agree(workspace, JIRA, "by hand")
        (report,) = connections.check(workspace, (JIRA,))
    assert report.webhooks == "agreed by hand, not yet audited; nothing heard yet; 0 changes lost in 7 days"


def test_silence_where_a_sign_of_life_is_due_is_told(here: tuple[Workspace, str]) -> None:
    opened, url = here
    hooks.audit(opened, url)
    clock = MovedClock(opened)
    clock.passed = timedelta(hours=25)
    assert set(deeds(hooks.audit(replace(opened, clock=clock), url), ASANA)) == {HookDeed.SILENT}


def test_a_source_that_left_the_tree_takes_its_webhook_along(scene: Scene, here: tuple[Workspace, str]) -> None:
    workspace, url = here
    hooks.audit(workspace, url)
    with_none = replace(workspace, tree=workspace.tree.model_copy(update={"nodes": ()}), derivations=())
    assert set(deeds(hooks.audit(with_none, url), ASANA)) == {HookDeed.REMOVED}
    assert scene.asana.webhooks == {}
    assert scene.jira.webhooks == {}
    with workspace.db.read() as uow:
        assert uow.hooks.registrations() == ()


def test_a_connection_that_is_configured_no_more_is_named_and_its_deliveries_are_unknown(
    here: tuple[Workspace, str],
) -> None:
    workspace, url = here
    hooks.audit(workspace, url)
    without = replace(workspace, connections=(ASANA,))
    assert deeds(hooks.audit(without, url), JIRA) == [HookDeed.LEFT_BEHIND]
    body = jira_body(1)
    assert Reception().receive(without, JIRA, "", headers=jira_signed(body), body=body).status == 404


def test_removing_takes_all_of_ours_and_nothing_else(scene: Scene, here: tuple[Workspace, str]) -> None:
    workspace, url = here
    hooks.audit(workspace, url)
    (hook,) = scene.jira.webhooks.values()
    scene.jira.webhooks[78] = replace(hook, id=78, url="https://another.example/app")
    removed = hooks.remove(workspace)
    assert {step.deed for report in removed for step in report.steps} == {HookDeed.REMOVED}
    assert set(scene.jira.webhooks) == {78}
    assert scene.asana.webhooks == {}
    assert hooks.remove(workspace) == ()


def test_an_account_that_may_not_look_is_told_how_to_make_it_by_hand(scene: Scene, here: tuple[Workspace, str]) -> None:
    workspace, url = here
    scene.jira.denied.add("ADMINISTER")
    (report, _) = hooks.audit(workspace, url)
    assert [step.deed for step in report.steps] == [HookDeed.REFUSED]
    assert f"{url}/webhooks/{JIRA}" in report.steps[0].fix


def test_a_secret_agreed_by_hand_that_changed_is_written_into_the_tool(
    scene: Scene, here: tuple[Workspace, str]
) -> None:
    workspace, url = here
    hooks.agree(workspace, JIRA, "the first")
    hooks.audit(workspace, url)
    hooks.agree(workspace, JIRA, "the second")
    assert deeds(hooks.audit(workspace, url), JIRA) == [HookDeed.MENDED]
    assert [hook.secret for hook in scene.jira.webhooks.values()] == ["the second"]
    hooks.agree(workspace, JIRA, "the second")
    assert deeds(hooks.audit(workspace, url), JIRA) == []


def test_a_secret_that_is_configured_for_a_webhook_made_elsewhere_stays(here: tuple[Workspace, str]) -> None:
    workspace, url = here
    hooks.agree(workspace, ASANA, "made elsewhere")
    hooks.audit(workspace, url)
    with workspace.db.read() as uow:
        kept = uow.hooks.registration(ASANA, "")
    assert kept is not None
    assert kept.secret == "made elsewhere"
    assert deeds(hooks.audit(workspace, url), ASANA) == []


# -- webhooks of an OAuth app ---------------------------------------------------------------------------------------------


@contextmanager
def opened_with_key(scene: Scene) -> Iterator[Workspace]:
    """Logins are kept under a key."""
    settings = read_settings({"BELLWETHER_SECRET_KEY": "a key that only tests use, long enough"})
    with bootstrap.workspace(scene.configuration(), settings) as workspace:
        yield workspace


@pytest.fixture
def by_app(scene: Scene) -> Scene:
    """The Jira connection logs in as an OAuth app."""
    root = f"{scene.running.url}/oauth-jira"
    scene.environment = {**scene.environment, "APP": CLIENT_SECRET, "GRANT": scene.running.sandbox.jira_login.grant()}
    scene.document["connections"][JIRA]["auth"] = {
        "type": "oauth2", "client_id": CLIENT_ID, "client_secret": "env:APP", "refresh_token": "env:GRANT",
        "gateway": root, "auth_url": f"{root}/authorize", "token_url": f"{root}/oauth/token",
    }
    return scene


def test_an_apps_webhook_hears_its_projects_and_carries_the_apps_token(by_app: Scene) -> None:
    with opened_with_key(by_app) as workspace, listening(workspace) as url:
        first = hooks.audit(workspace, url)
        assert deeds(first, JIRA) == [HookDeed.REGISTERED]
        (hook,) = by_app.jira.webhooks.values()
        assert hook.of_app
        assert hook.jql.startswith("project in (")
        assert deeds(hooks.audit(workspace, url), JIRA) == []
        by_app.jira.edit_issue("WEB-100", status="Done")
        assert heard(by_app, workspace) == 1
        assert by_app.jira.hooks.dropped == 0


def test_what_an_apps_webhook_is_never_told_is_no_loss(by_app: Scene) -> None:
    with opened_with_key(by_app) as opened, listening(opened) as url:
        clock = MovedClock(opened)
        workspace = replace(opened, clock=clock)
        jira = workspace.connector(JIRA)
        sync_connection(workspace, jira, full=False, progress=no_progress)
        hooks.audit(workspace, url)
        keys = [issue.key for issue in by_app.jira.issues.values()][:2]
        by_app.jira.link_issues(*keys)
        report = sync_connection(workspace, jira, full=False, progress=no_progress)
        assert len(report.changed_ids) == 2
        clock.passed = timedelta(minutes=15)
        assert losses.settle(workspace) == ()
        assert [(day.unsent, day.lost) for day in losses.days(workspace)] == [(2, 0)]


def test_an_apps_webhook_is_refreshed_long_before_it_ends(by_app: Scene) -> None:
    with opened_with_key(by_app) as opened, listening(opened) as url:
        hooks.audit(opened, url)
        (hook,) = by_app.jira.webhooks.values()
        hook.expires_at -= timedelta(days=10)
        before = hook.expires_at
        assert deeds(hooks.audit(opened, url), JIRA) == [HookDeed.REFRESHED]
        assert hook.expires_at > before
        assert deeds(hooks.audit(opened, url), JIRA) == []


def test_an_apps_webhook_moves_with_our_address_and_with_its_projects(by_app: Scene) -> None:
    with opened_with_key(by_app) as workspace, listening(workspace) as url:
        with listening(workspace) as former:
            hooks.audit(workspace, former)
        assert deeds(hooks.audit(workspace, url), JIRA) == [HookDeed.MOVED]
        (hook,) = by_app.jira.webhooks.values()
        assert hook.url.startswith(url)


def test_an_apps_webhook_follows_the_projects_that_are_read_and_seen(by_app: Scene) -> None:
    with opened_with_key(by_app) as workspace, listening(workspace) as url:
        hooks.audit(workspace, url)
        assert deeds(hooks.audit(_wider(workspace, "NOSUCH"), url), JIRA) == []
        (web,) = by_app.jira.projects.values()
        by_app.jira.add_project(replace(web, id="99001", key="NEW", name="New"))
        wider = _wider(workspace, "NEW")
        assert deeds(hooks.audit(wider, url), JIRA) == [HookDeed.REGISTERED]
        (hook,) = by_app.jira.webhooks.values()
        assert hook.jql == 'project in ("NEW", "WEB")'
        assert deeds(hooks.audit(wider, url), JIRA) == []


def _wider(workspace: Workspace, key: str) -> Workspace:
    """The same with one more project to read."""
    more = Source(connection=JIRA, kind="project", value=key)
    nodes = tuple(
        node.model_copy(update={"sources": (*node.sources, more)}) if node.sources else node
        for node in workspace.tree.nodes
    )
    return replace(workspace, tree=workspace.tree.model_copy(update={"nodes": nodes}))


def test_of_two_workers_the_one_without_an_address_never_ends_the_upkeep_of_the_other(
    scene: Scene, here: tuple[Workspace, str]
) -> None:
    workspace, url = here
    clock = MovedClock(workspace)
    moving = replace(workspace, clock=clock)
    without, with_address = Office(moving), Office(moving, url)
    jobs.start_up(without)
    told = [_upkeep(without)]
    clock.passed += jobs.PASSED_ON_AFTER
    told.append(_upkeep(with_address))
    assert told == [{"no_address": True}, {"steps": len(scene.jira.webhooks) + len(scene.asana.webhooks)}]
    scene.jira.webhooks.clear()
    clock.passed += jobs.HOOKS_EVERY
    assert _upkeep(without) == {"no_address": True}
    clock.passed += jobs.PASSED_ON_AFTER
    assert _upkeep(with_address) == {"steps": 1}
    assert len(scene.jira.webhooks) == 1


def _upkeep(office: Office) -> object:
    """What the job told that looks after webhooks, run by this worker."""
    with office.workspace.db.begin() as uow:
        uow.jobs.wake(office.now)
        number = uow.jobs.ready(office.now)[HOOKS]
    ended = jobs.run(office, HOOKS, number)
    assert ended is not None
    return dict(ended.told)
