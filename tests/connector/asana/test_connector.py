"""What the connector says without a call, and of a connection as a whole."""

import logging
import threading

import pytest

from connector.asana import CONNECTOR
from connector.asana.options import read_options
from connector.sdk.base import ConnectionSettings
from model.errors import UsageError
from model.mapping import Mapping
from model.tree import Source
from model.work import ItemType, StatusCategory


def options(**given):
    every = {"workspace": "1100", "auth": {"type": "token", "token": "env:T"}, **given}
    return ConnectionSettings(name="a", tool="asana", options=every, mapping=Mapping())


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"auth": {"type": "oauth2", "client_secret": "env:S"}}, "connections.a.auth.client_id"),
        ({"workspace": "acme"}, "connections.a.workspace"),
        ({"worksapce": "1"}, "connections.a.worksapce"),
        ({"url": "http://asana.example"}, "connections.a.url"),
    ],
)
def test_a_wrong_option_is_named(given, place):
    with pytest.raises(UsageError) as caught:
        read_options(options(**given))
    assert caught.value.where == place


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("https://app.asana.com/0/11/22", "22"),
        ("https://app.asana.com/0/11/22/f", "22"),
        ("https://app.asana.com/1/9/project/11/task/22", "22"),
        ("https://app.asana.com/1/9/task/22?focus=true", "22"),
        ("https://app.asana.com/0/11", None),
        ("https://app.asana.com/0/portfolio/22", None),
        ("https://jira.example/browse/CRM-1", None),
        ("ftp://app.asana.com/0/11/22", None),
        ("https://[app.asana.com/0/11/22", None),
    ],
)
def test_urls_of_tasks_are_known(bench, url, label):
    assert bench.connector.label_of_url(url) == label


def test_an_item_is_told_by_its_number_or_by_its_address(bench):
    typed = ("22", "https://app.asana.com/0/11/22", "https://jira.example/browse/CRM-1", "http://[22")
    assert [bench.connector.item_of(one) for one in typed] == ["22", "22", None, None]


def test_the_sandbox_links_are_ours_too(bench):
    assert bench.connector.label_of_url(f"{bench.running.url}/0/11/22") == "22"


def test_check_says_who_we_are(bench):
    report = bench.connector.check()
    assert (report.ok, report.who, report.problems) == (True, "Bellwether bot", ())


def test_check_names_a_wrong_credential_and_how_to_mend_it(make_bench):
    report = make_bench(token="wrong").connector.check()
    assert not report.ok
    assert "token" in report.problems[0].fix


def test_check_of_a_free_plan_is_good_with_what_it_lacks(bench):
    bench.space.plan = "free"
    report = bench.connector.check()
    assert report.ok
    told = " ".join(problem.what for problem in report.problems)
    assert all(problem.fix and not problem.fatal for problem in report.problems)
    assert all(f"plan lacks this: {name}" in told for name in ("custom fields", "portfolios", "goals"))


def test_discovery_suggests_a_mapping_from_what_is_there(bench):
    found = bench.connector.discover()
    names = {each.id: each.name for each in found.fields}
    assert names[str(found.suggested_mapping["story_points"])] == "Story points"
    assert {each.name for each in found.sources} >= {"Big launch", "Brand", "Growth"}
    assert {each.name: each.category for each in found.statuses}["Doing"] == "in_progress"
    assert 0 < next(each.fill_rate for each in found.fields if each.name == "Story points") < 1


def statuses(found):
    return {each.name: (each.category, each.items) for each in found.statuses}


def test_discovery_counts_a_ticked_task_as_completed_and_not_with_its_section(bench):
    found = bench.connector.discover()
    assert bench.space.task("LAUNCH-3").completed
    assert statuses(found)["Done"] == ("in_progress", 0)
    assert statuses(found)["Completed"][0] == "done"
    assert statuses(found)["Completed"][1] >= 1
    done = next(each for each in found.statuses if each.name == "Done")
    assert (done.only, done.contradiction) == ("not ticked off", None)
    assert "Done" not in found.suggested_mapping["statuses"]


def test_discovery_names_tasks_in_a_finished_section_that_nobody_ticked_off(bench):
    bench.space.task("LAUNCH-3").completed_at = None
    found = bench.connector.discover()
    done = next(each for each in found.statuses if each.name == "Done")
    assert (done.category, done.items, done.only) == ("in_progress", 1, "not ticked off")
    assert "1 of " in done.contradiction
    assert found.suggested_mapping["statuses"]["Done"] == "in_progress"


def test_a_section_that_says_given_up_is_suggested_so_before_a_task_stands_there(bench):
    """Its name alone would read a task that is not ticked off as still to do."""
    bench.space.project("LAUNCH").sections[2].name = "Cancelled"
    assert bench.connector.discover().suggested_mapping["statuses"]["Cancelled"] == "dropped"


def test_discovery_shows_the_statuses_and_the_type_of_custom_types(bench):
    bug = bench.space.add_custom_type("Bug", ("In review", "Parked"))
    for key, option in (("LAUNCH-3", 0), ("LAUNCH-4", 1)):
        task = bench.space.task(key)
        task.subtype, task.custom_type, task.custom_status = "custom", bug, bug.options[option]
    found = bench.connector.discover()
    assert {each.name: each.category for each in found.statuses}["In review"] == "in_progress"
    assert "Parked" in {each.name for each in found.statuses}
    assert "Bug" in found.types
    assert found.suggested_mapping["types"]["Bug"] == "defect"


def test_a_custom_type_gives_a_task_its_type_and_its_status(bench):
    bug = bench.space.add_custom_type("Bug", ("In review",))
    task = bench.space.task("LAUNCH-4")
    task.subtype, task.custom_type, task.custom_status = "custom", bug, bug.options[0]
    task.values.clear()
    item = bench.item(bench.pull(bench.sources("LAUNCH")).records(bench.connector), "LAUNCH-4")
    assert (item.type, item.status, item.original_status) == (ItemType.DEFECT, StatusCategory.IN_PROGRESS, "In review")


def test_the_sdk_starts_no_thread_and_touches_no_log(bench):
    handlers = [each for name in ("asana", "urllib3") for each in logging.getLogger(name).handlers]
    before = threading.active_count()
    bench.connector.own_account()
    assert not [each for each in handlers if isinstance(each, logging.StreamHandler)]
    assert threading.active_count() <= before + 1  # the server's own thread for the connection


def test_webhooks_are_wanted_for_each_project_once(bench):
    portfolio = Source(connection="acme-asana", kind="portfolio", value=bench.gid("growth"))
    keys = bench.connector.hook_keys([*bench.sources("LAUNCH"), portfolio])
    assert keys == (bench.gid("LAUNCH"), bench.gid("BRAND"))


def test_the_package_offers_its_connector():
    assert CONNECTOR.__name__ == "AsanaConnector"
