"""What Asana, its plans and its network do wrong now and then: the rest arrives, and what is missing is named."""

import json

import pytest

from connector.asana.client import AsanaClient
from connector.asana.plan import features
from model.errors import ConnectionUnusableError
from model.sync import Stage

BOTH = ("LAUNCH", "BRAND")


def test_a_malformed_task_is_named_with_its_places_and_nothing_of_it_is_kept(bench):
    bench.space.faults.set("malformed_task", "/tasks", times=1)
    kept = bench.pull(bench.sources("LAUNCH"))
    (skipped,) = kept.skipped()
    assert "due_on" in skipped.why
    assert skipped.item_id == f"acme-asana:item:{bench.gid('LAUNCH-1')}"
    assert f"acme-asana:project:{bench.gid('LAUNCH')}" in skipped.containers
    assert ("task", bench.gid("LAUNCH-1")) not in kept.raw
    assert len(kept.came("task")) == 4


def test_a_task_that_turns_malformed_does_not_replace_what_was_kept_of_it(bench):
    kept = bench.pull(bench.sources("LAUNCH"))
    before = kept.raw["task", bench.gid("LAUNCH-4")]
    bench.clock.move(minutes=30)
    bench.space.edit_task("LAUNCH-4", by="ada", name="Changed")
    bench.space.faults.set("malformed_task", "/tasks/*")
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert kept.raw["task", bench.gid("LAUNCH-4")] == before
    assert [each.item_id for each in kept.skipped()] == [f"acme-asana:item:{bench.gid('LAUNCH-4')}"]


def test_a_kept_payload_that_can_not_be_read_is_skipped_with_its_places(bench):
    kept = bench.pull(bench.sources("LAUNCH"))
    raw = kept.raw["task", bench.gid("LAUNCH-5")]
    body = {**json.loads(raw.body), "modified_at": "yesterday"}
    bad = raw.model_copy(update={"body": json.dumps(body).encode()})
    (skipped,) = bench.connector.normalise([bad], kept.reference(bench.connector)).skipped
    assert skipped.item_id == f"acme-asana:item:{raw.vendor_id}"
    assert f"acme-asana:project:{bench.gid('LAUNCH')}" in skipped.containers
    page = next(bench.connector.histories(iter([[bad]]), reference=()))
    assert [each.item_id for each in page.skipped] == [skipped.item_id]


@pytest.mark.parametrize("text", ["10\u00a0km", "🚀 Start", "\u202bשלום עולם\u202c", "a\u0000b"])
def test_every_character_survives(bench, text):
    bench.space.edit_task("LAUNCH-4", by="ada", name=text)
    records = bench.pull(bench.sources("LAUNCH")).records(bench.connector)
    assert bench.item(records, "LAUNCH-4").title == text


def test_half_a_character_in_one_name_stops_nothing(bench):
    bench.space.edit_task("LAUNCH-4", by="ada", name="cut \ud83d")
    records = bench.pull(bench.sources("LAUNCH")).records(bench.connector)
    assert bench.item(records, "LAUNCH-4").title == "cut \ufffd"


def test_notes_are_never_asked_for(bench):
    bench.space.edit_task("LAUNCH-4", by="ada", notes="x" * 10_000_000)
    bench.pull(bench.sources("LAUNCH"))
    assert bench.connector.traffic().bytes < 200_000


def test_lists_that_are_null_are_empty(bench):
    bench.space.faults.set("null_lists", "/tasks", times=None)
    records = bench.pull(bench.sources("LAUNCH")).records(bench.connector)
    assert not records.skipped
    assert bench.item(records, "LAUNCH-4").story_points is None


def test_a_ring_of_subtasks_ends(bench):
    first, second = bench.space.task("LAUNCH-2"), bench.space.task("LAUNCH-5")
    second.subtasks.append(first)
    top = bench.space.task("LAUNCH-4")
    top.parent, top.subtasks = bench.space.task("LAUNCH-3"), [bench.space.task("LAUNCH-3")]
    bench.space.task("LAUNCH-3").parent = top
    kept = bench.pull(bench.sources("LAUNCH"))
    assert {bench.gid(f"LAUNCH-{number}") for number in range(1, 6)} == {each.vendor_id for each in kept.came("task")}
    census = bench.connector.census(
        bench.sources("LAUNCH"), kept.known(bench.connector), reference=kept.reference(bench.connector)
    )
    assert (census.deleted, census.gone_or_hidden) == ((), ())


def test_a_parent_that_vanishes_between_its_list_and_its_subtasks_stops_nothing(bench):
    pages = bench.connector.pull(bench.sources("LAUNCH"), cursor=None, checkpoint=None)
    came = [next(page for page in pages if page.stage is Stage.ITEMS)]
    bench.space.delete_task("LAUNCH-1", by="ada")
    came += list(pages)
    assert came[-1].cursor
    assert bench.gid("LAUNCH-4") in {each.vendor_id for page in came for each in page.raw}


@pytest.mark.parametrize("fault", ["offset_expired", "last_page_400"])
def test_a_list_refused_midway_is_read_section_by_section(bench, fault):
    made = {bench.space.create_task("LAUNCH", f"Task {number}", by="ada").gid for number in range(105)}
    bench.space.faults.set(fault, "/tasks", times=1)
    kept = bench.pull(bench.sources("LAUNCH"))
    assert made <= {gid for kind, gid in kept.raw if kind == "task"}
    bench.space.faults.set(fault, "/tasks", times=1)
    census = bench.connector.census(
        bench.sources("LAUNCH"), kept.known(bench.connector), reference=kept.reference(bench.connector)
    )
    assert (census.deleted, census.gone_or_hidden, census.back) == ((), (), ())


def test_half_an_answer_is_no_page(bench):
    bench.space.faults.set("malformed_json", "/tasks", times=None)
    with pytest.raises(ConnectionUnusableError):
        bench.pull(bench.sources("LAUNCH"))


def test_a_token_revoked_midway_keeps_what_was_stored(bench):
    pages = bench.connector.pull(bench.sources(*BOTH), cursor=None, checkpoint=None)
    came = next(page for page in pages if page.stage is Stage.ITEMS)
    tokens, bench.space.tokens = bench.space.tokens, {}
    with pytest.raises(ConnectionUnusableError):
        list(pages)
    bench.space.tokens = tokens
    rest = list(bench.connector.pull(bench.sources(*BOTH), cursor=None, checkpoint=came.checkpoint))
    tasks = {each.vendor_id for page in [came, *rest] for each in page.raw if each.kind == "task"}
    assert len(tasks) == 6


def test_events_twice_and_out_of_order_mean_the_same(bench):
    kept = bench.pull(bench.sources("LAUNCH"))
    bench.clock.move(minutes=30)
    bench.space.edit_task("LAUNCH-4", by="ada", name="Changed")
    bench.space.delete_task("LAUNCH-3", by="ada")
    bench.space.faults.set("duplicate_events", "/events")
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert kept.gone == [f"acme-asana:item:{bench.gid('LAUNCH-3')}"]
    assert bench.gid("LAUNCH-4") in {each.vendor_id for each in kept.came("task")}


FEATURES = (
    "custom fields", "portfolios", "goals", "allocations", "budgets", "dependencies", "time tracking",
)  # fmt: skip


def client_of(bench) -> AsanaClient:
    return bench.connector._client


def test_nothing_is_missing_on_a_plan_that_has_everything(bench):
    assert features(client_of(bench)) == []


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_the_plan_lacks_is_said_once_and_stops_no_sync(bench, feature):
    bench.space.lacking.add(feature)
    (problem,) = features(client_of(bench))
    assert feature in problem.what
    assert not problem.fatal
    kept = bench.pull(bench.sources("LAUNCH"))
    assert kept.cursor
    assert len(kept.came("task")) == 5


@pytest.mark.parametrize("feature", [*FEATURES, "sections", "events"])
def test_a_feature_the_account_may_not_use_is_said_once_and_stops_no_sync(bench, feature):
    bench.space.forbidden.add(feature)
    (problem,) = features(client_of(bench))
    assert feature in problem.what.lower()
    assert "full permissions" in problem.fix
    assert len(bench.pull(bench.sources("LAUNCH")).came("task")) == 5


def test_a_free_plan_reads_everything_it_has(bench):
    bench.space.plan = "free"
    records = bench.pull(bench.sources("LAUNCH")).records(bench.connector)
    assert len(records.items) == 5
    assert bench.item(records, "LAUNCH-1").spent_hours == 1.5
    assert not records.worklogs


def test_a_lacking_feature_is_asked_for_once_not_for_each_project(bench):
    bench.space.lacking.add("budgets")
    keys = []
    for number in range(30):
        bench.space.keys[f"P{number}"] = bench.space.add_project(f"P{number}", bench.space.bot).gid
        keys.append(f"P{number}")
    bench.pull(bench.sources(*keys))
    assert bench.space.stats["GET /budgets"] <= 8


@pytest.mark.parametrize(("path", "name"), [("/goals", "goals"), ("/budgets", "budgets")])
def test_plans_that_asana_refuses_for_whatever_reason_are_named_and_stop_no_sync(bench, path, name):
    bench.space.faults.set("refused_400", path, times=None)
    kept = bench.pull(bench.sources("LAUNCH"))
    assert {each.item for each in kept.skipped()} == {f"acme-asana:{name}"}
    assert len(kept.came("task")) == 5


def test_allocations_are_asked_for_by_project_where_the_workspace_is_refused(bench):
    made = bench.space.allocate("BRAND", "ada", percent=50)
    bench.space.faults.set("refused_400", "/allocations", times=1)
    records = bench.pull(bench.sources(*BOTH)).records(bench.connector)
    assert [each.id for each in records.allocations] == [f"acme-asana:allocation:{made.gid}"]
    assert len(records.complete_allocations_of) == 2
