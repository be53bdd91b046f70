"""Jira Data Center behind the same port: nothing lost, nothing twice, and the same records as from Cloud."""

import importlib.util
import json
import lzma
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.jira import server_shapes
from connector.jira.client import JiraClient
from connector.jira.datacenter import DataCenterSite
from connector.jira.options import access
from connector.jira.server_shapes import Names
from connector.jira.site import Standing
from connector.sdk.base import ConnectionSettings, Connector, Surroundings
from connector.sdk.politeness import InProcessLedger
from model.errors import ConnectionUnusableError, FatalError
from model.mapping import Mapping
from model.sync import KnownItem, Records
from model.tree import Source
from model.work import ChangeField, ItemType
from sandbox.jira.datacenter.render import sprint as sprint_words

_spec = importlib.util.spec_from_file_location("jira_dc_case", Path(__file__).parent / "contract_case_datacenter.py")
assert _spec is not None
assert _spec.loader is not None
case_module: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(case_module)
SHARED = Path(__file__).resolve().parents[3].parent / "shared"
MAPPING = Mapping(
    declared_status="customfield_10060", depends_on={"link_types": ("Blocks",), "url_field": "customfield_10070"},
)


@pytest.fixture
def case() -> Iterator[Any]:
    with case_module.open_case() as opened:
        yield opened


@pytest.fixture
def server(case: Any) -> Any:
    """The fake server, to be changed by a test."""
    return case.running.sandbox.jira_server


def _site(case: Any, *, window: int = 10_000) -> DataCenterSite:
    around = Surroundings(
        now=case.clock, sleep=case.clock.sleep, read_secret=lambda _ref: case.secret, tokens=case_module.cloud.NoTokens(),
        limits=InProcessLedger(), jitter=lambda: 0.5,
    )
    auth = {"type": "personal_access_token", "token": "env:TOKEN"}
    settings = ConnectionSettings(
        name="acme", tool="jira", options={"url": f"{case.running.url}/jira-dc", "auth": auth}, mapping=Mapping()
    )
    return DataCenterSite(JiraClient(access(settings, around.read_secret), around), "acme", window=window)


@pytest.fixture
def site(case: Any) -> DataCenterSite:
    return _site(case)


def _number(case: Any, key: str) -> int:
    return int(case.site.issue(key).id)


# -- the same records -------------------------------------------------------------------------------------------------


def _records(connector: Connector, sources: Any) -> Records:
    raw = [one for page in connector.pull(sources, cursor=None, checkpoint=None) for one in page.raw]
    reference = [one for one in raw if one.kind in connector.reference_kinds]
    items = [one for one in raw if one.kind == connector.item_kinds[0]]
    size = connector.history_batch
    batches = iter([items[start:start + size] for start in range(0, len(items), size)])
    raw += [one for page in connector.histories(batches, reference=reference) for one in page.raw]
    return connector.normalise(raw, reference)


def _comparable(records: Records, people: dict[str, str], url: str) -> dict[str, Any]:
    """Records as plain data, with people by name and addresses without their host."""
    text = json.dumps(records.model_dump(mode="json"), default=str)
    for person_id, name in people.items():
        text = text.replace(f'"acme:person:{person_id}"', json.dumps(name))
    told: dict[str, Any] = json.loads(text.replace(url, ""))
    told["people"] = sorted((one["name"], one["active"], one["is_bot"]) for one in told["people"])
    for kind in ("changes", "memberships", "links", "worklogs", "items", "milestones", "iterations", "declared"):
        told[kind] = sorted(told[kind], key=lambda one: str(one["id"]))
    return told


def _both(case: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    fake, server = case.site, case.running.sandbox.jira_server
    ours = _records(case.connector(mapping=MAPPING), case.sources)
    theirs = _records(case_module.cloud.JiraCase(case.running, case.clock).connector(mapping=MAPPING), case.cloud_sources)
    return (
        _comparable(ours, {server.key_of(one): user["displayName"] for one, user in fake.users.items()},
                    f"{case.running.url}/jira-dc"),
        _comparable(theirs, {one: user["displayName"] for one, user in fake.users.items()},
                    f"{case.running.url}/jira"),
    )


def test_records_are_those_of_cloud_for_the_same_site(case: Any) -> None:
    fake = case.site
    fake.create_issue("CRM", "A second epic", issuetype=next(t for t in fake.types.values() if t["name"] == "Epic"))
    case.clock.at += timedelta(hours=1)
    fake.edit_issue("CRM-3", parent="CRM-5")
    fake.edit_issue("CRM-2", sprint=None, version="1.0", duedate=datetime(2026, 12, 1, tzinfo=UTC).date())
    fake.move_issue("CRM-4", "OPS")
    fake.link_issues("CRM-3", "OPS-1")
    case.cloud_sources = case.sources
    ours, theirs = _both(case)
    assert ours["skipped"] == []
    assert any(one["field"] == ChangeField.PARENT.value for one in ours["changes"])
    assert [one["parent_id"] for one in ours["items"] if one["key"] in ("CRM-2", "CRM-3")] != [None, None]
    for kind in ours:
        assert ours[kind] == theirs[kind], kind


def test_an_epic_by_another_name_is_still_an_epic_also_in_its_past(case: Any, server: Any) -> None:
    server.renamed_epic = "Theme of work"
    for key in ("CRM-1", "CRM-2"):  # an epic for a while, then a story
        case.site.edit_issue("CRM-3", issuetype=case.site.issue(key).fields["issuetype"])
    records = _records(case.connector(), case.sources)
    assert [item.type for item in records.items if item.key == "CRM-1"] == [ItemType.EPIC]
    turned = [(one.old, one.new) for one in records.changes if one.field is ChangeField.TYPE]
    assert turned == [("defect", "epic"), ("epic", "story")]


@pytest.mark.parametrize("lenient", [True, False])
def test_an_epic_as_a_source_brings_what_links_to_it_also_later(case: Any, server: Any, lenient: bool) -> None:
    server.lenient = lenient
    source = [Source(connection="acme", kind="epic", value="CRM-1")]
    connector = case.connector()
    pages = list(connector.pull(source, cursor=None, checkpoint=None))
    raw = [one for page in pages for one in page.raw]
    assert {json.loads(one.body)["key"] for one in raw if one.kind == "issue"} == {"CRM-2", "CRM-3"}
    case.site.delete_issue("CRM-3")
    changed = case.edit_item()
    kept = [one for one in raw if one.kind in connector.reference_kinds]
    after = list(connector.pull(source, cursor=pages[-1].cursor, checkpoint=None, reference=kept))
    assert {one.vendor_id for page in after for one in page.raw if one.kind == "issue"} == {changed}


def test_an_idle_pull_costs_one_request(case: Any) -> None:
    connector = case.connector()
    pages = list(connector.pull(case.sources, cursor=None, checkpoint=None))
    kept = [one for page in pages for one in page.raw if one.kind in connector.reference_kinds]
    before = connector.traffic().requests
    list(connector.pull(case.sources, cursor=pages[-1].cursor, checkpoint=None, reference=kept))
    assert connector.traffic().requests - before == 1


def test_a_census_tells_archived_moved_deleted_and_hidden_apart(case: Any) -> None:
    connector = case.connector()
    raw = [one for page in connector.pull(case.sources, cursor=None, checkpoint=None) for one in page.raw]
    kept = [one for one in raw if one.kind in connector.reference_kinds]
    records = connector.normalise(raw, kept)
    known = [
        KnownItem(
            id=item.id, vendor_id=item.vendor_id, key=item.key, updated_at=item.updated_at, parent_id=item.parent_id,
            containers=tuple(one.container_id for one in records.memberships if one.item_id == item.id),
        )
        for item in records.items
    ]
    ids = {item.key: item.id for item in records.items}
    case.site.archive_issue("CRM-1")
    case.site.move_issue("CRM-2", "TEAM")
    case.site.delete_issue("CRM-3")
    case.site.use_security("OPS")
    case.site.hidden_issue_ids.add(case.site.issue("OPS-1").id)
    found = connector.census(case.sources, known, reference=kept)
    assert (found.archived, found.moved, found.deleted, found.gone_or_hidden) == (
        (ids["CRM-1"],), (ids["CRM-2"],), (ids["CRM-3"],), (ids["OPS-1"],),
    )


# -- search beyond the window -----------------------------------------------------------------------------------------


def _crowd(case: Any, server: Any, *, seconds: tuple[int, ...]) -> set[int]:
    """260 issues, created so many seconds after one another in turn; pages of 20, a window of 50."""
    for number in range(260):
        case.clock.at += timedelta(seconds=seconds[number % len(seconds)])
        case.site.create_issue(("CRM", "OPS")[number % 2], f"More {number}")
    server.page, server.window = 20, 50
    return {int(one.id) for one in case.site.issues.values()}


@pytest.mark.parametrize("seconds", [(1,), (0, 0, 0, 0, 0, 7), (0,) * 24 + (1,), (0, 61)])
@pytest.mark.parametrize("order", ["", " ORDER BY updated DESC"])
def test_every_issue_comes_once_however_many_there_are(case: Any, server: Any, seconds: Any, order: str) -> None:
    everything = _crowd(case, server, seconds=seconds)
    jql = f"project in (CRM, OPS, TEAM){order}"
    found = [int(one["id"]) for page in _site(case, window=50).search(jql) for one in page]
    assert len(found) == len(everything)
    assert set(found) == everything


def test_more_than_ten_thousand_issues_come_through_the_vendors_own_window(case: Any, site: DataCenterSite) -> None:
    for number in range(10_300):
        if number % 40 == 0:
            case.clock.at += timedelta(seconds=1)
        case.site.create_issue("CRM", "More")
    found = [int(one["id"]) for page in site.search("project = CRM") for one in page]
    assert len(found) == len(set(found)) == 10_304


def test_what_people_do_meanwhile_loses_no_issue_that_stays(case: Any, server: Any) -> None:
    everything = _crowd(case, server, seconds=(3,))
    found: list[int] = []
    for number, page in enumerate(_site(case, window=50).search("project in (CRM, OPS, TEAM)")):
        found += [int(one["id"]) for one in page]
        if number < 5:
            case.site.delete_issue(f"CRM-{number + 5}")
            case.site.create_issue("CRM", "New")
    gone = {int(one) for one in everything if str(one) not in case.site.issues}
    assert len(gone) == 5
    assert everything - gone <= set(found)
    assert len(found) == len(set(found))


def test_more_issues_in_one_second_than_are_shown_is_said_and_not_cut_off(case: Any, server: Any) -> None:
    _crowd(case, server, seconds=(0,))
    with pytest.raises(FatalError, match="one second"):
        list(_site(case, window=50).search("project in (CRM, OPS)"))


def test_a_search_gives_the_fields_that_were_asked_for(site: DataCenterSite) -> None:
    (page,) = site.search("key = CRM-2", fields=("updated",))
    assert list(page[0]["fields"]) == ["updated"]


# -- issues and their past --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lenient", [True, False])
def test_issues_that_are_gone_or_hidden_are_left_out(case: Any, server: Any, site: DataCenterSite, lenient: bool) -> None:
    server.lenient = lenient
    case.site.hidden_issue_ids.add(case.site.issue("CRM-3").id)
    ids = [_number(case, "CRM-2"), int(case.site.ids_by_key["CRM-3"]), 999_999, _number(case, "CRM-1")]
    assert [one["key"] for one in site.issues(ids, ("summary",))] == ["CRM-1", "CRM-2"]
    assert site.is_gone(999_999)


def test_a_changelog_longer_than_a_search_shows_is_read_whole(case: Any, site: DataCenterSite) -> None:
    for number in range(120):
        case.site.edit_issue("CRM-1", summary=f"Title {number}")
    ids = [_number(case, "CRM-1"), _number(case, "OPS-1")]
    found = site.changelogs(ids)
    assert len(found[ids[0]]) == len(case.site.issue("CRM-1").histories)
    told = [int(json.loads(one)["id"]) for one in found[ids[0]]]
    assert told == sorted(told)


def test_bookings_beyond_those_a_search_shows_are_all_there(case: Any, site: DataCenterSite) -> None:
    number = _number(case, "CRM-2")
    logs = site.worklogs([number])[number]
    assert len(logs) == 25
    assert all(log["author"]["accountId"].startswith("JIRAUSER") for log in logs)


def test_what_no_index_shows_is_read_by_itself_with_its_past(case: Any, site: DataCenterSite) -> None:
    case.site.faults.search_lag_s = 60.0
    new = int(case.site.create_issue("CRM", "New").id)
    case.site.edit_issue("CRM-5", summary="Newer")
    case.site.archived_issue_ids.add(case.site.issue("CRM-3").id)
    ids = [_number(case, "CRM-3"), new]
    assert [one["key"] for one in site.issues(ids, ("summary",))] == ["CRM-3", "CRM-5"]
    assert all(site.changelogs(ids).values())


def test_a_moved_issue_is_found_by_its_old_key(case: Any, site: DataCenterSite) -> None:
    number = _number(case, "CRM-4")
    case.site.move_issue("CRM-4", "OPS")
    assert site.ids_by_key(["CRM-4", "CRM-1", "NOPE-1"]) == {"CRM-4": number, "CRM-1": _number(case, "CRM-1")}


def test_a_parent_link_becomes_the_parent_and_its_changes_changes_of_the_parent(case: Any, site: DataCenterSite) -> None:
    case.site.types[case.site.issue("OPS-1").fields["issuetype"]["id"]] = case.site.types["10000"]
    initiative = case.site.add_type("Initiative", 2)
    case.site.issue("OPS-1").fields["issuetype"] = initiative
    case.site.edit_issue("CRM-1", parent="OPS-1")
    number = _number(case, "CRM-1")
    (issue,) = site.issues([number], ("parent",))
    assert issue["fields"]["parent"] == {"id": case.site.issue("OPS-1").id, "key": "OPS-1"}
    item = json.loads(site.changelogs([number])[number][-1])["items"][0]
    assert (item["fieldId"], item["to"]) == ("parent", case.site.issue("OPS-1").id)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30))
def test_a_sprint_of_any_name_is_read_out_of_its_text(name: str) -> None:
    told = server_shapes.sprint(sprint_words({"id": 7, "name": name, "state": "active", "startDate": "2026-01-02"}))
    assert told == {"id": "7", "name": name, "state": "active", "startDate": "2026-01-02"}


def test_of_two_fields_with_one_name_the_oldest_is_meant() -> None:
    fields = [{"id": f"customfield_{n}", "name": "Points", "custom": True, "schema": {}} for n in (10100, 9000)]
    assert server_shapes.read_names(fields, []).by_name == {"Points": "customfield_9000"}


def test_real_changelogs_and_sprints_of_a_server_are_read() -> None:
    export = SHARED / "data" / "jira-duraspace"
    if not export.is_dir():
        pytest.skip("the shared data is not beside this checkout")
    known = {int(one["id"]) for one in json.loads((export / "sprints.json").read_text())}
    names = Names(by_name={"Story Points": "customfield_10020"})
    sprints: set[int] = set()
    unnamed: set[str] = set()
    with lzma.open(export / "issues.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            raw = json.loads(line)
            told = server_shapes.value(raw["fields"], names)
            found = [one for value in told.values() if isinstance(value, list) for one in value]
            sprints |= {int(one["id"]) for one in found if isinstance(one, dict) and "state" in one and "name" in one}
            for entry in raw["changelog"]["histories"]:
                items = server_shapes.history(entry, names, {})["items"]
                unnamed |= {item["field"] for item in items if item["fieldtype"] == "jira" and "fieldId" not in item}
            assert told["reporter"] is None or told["reporter"]["accountId"]
    assert sprints == known
    assert unnamed <= {
        "Key", "Parent", "Workflow", "Attachment", "Comment", "RemoteIssueLink", "WorklogId", "WorklogTimeSpent",
        "ProjectImport",
    }


# -- projects and the account -----------------------------------------------------------------------------------------


def test_live_archived_deleted_and_hidden_projects_are_told_apart_as_far_as_we_may_know(
    case: Any, site: DataCenterSite
) -> None:
    ids = {key: case.site.project(key).id for key in ("CRM", "OPS", "TEAM")}
    case.site.secured_project_ids.add(ids["CRM"])
    case.site.project("TEAM").archived = True
    told = site.standings([*ids.values(), "99999"])
    assert [(told[ids[key]].standing, told[ids[key]].secured) for key in ids] == [
        (Standing.LIVE, True), (Standing.LIVE, False), (Standing.ARCHIVED, None),
    ]
    assert told["99999"].standing is Standing.DELETED
    case.site.denied.add("ADMINISTER")
    told = site.standings([ids["CRM"], "99999"])
    assert told["99999"].standing is Standing.HIDDEN
    assert told[ids["CRM"]].secured is None


def test_projects_are_the_live_ones_with_their_leads(case: Any, site: DataCenterSite) -> None:
    case.site.project("TEAM").archived = True
    assert {one["key"]: one["lead"]["displayName"] for one in site.projects()} == {
        "CRM": "Ada Lovelace", "OPS": "Bo Diddley",
    }


def test_the_account_is_known_by_its_key(site: DataCenterSite) -> None:
    assert site.me()["accountId"] == "JIRAUSER10000"


def test_a_revoked_token_makes_the_connection_unusable(server: Any, site: DataCenterSite) -> None:
    server.tokens.clear()
    with pytest.raises(ConnectionUnusableError):
        site.me()


def test_an_administrators_rate_limit_is_waited_for(case: Any, server: Any, site: DataCenterSite) -> None:
    case.fail("429", retry_after_s=9)
    assert site.me()
    assert sum(case.clock.slept) >= 9
