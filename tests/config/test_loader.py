"""What a sound document becomes."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.configuration import Configuration
from config.loader import from_mapping, known_tools, load
from config.tree import free_slug, slug
from model.case import Case, Gain
from model.errors import UsageError
from model.mapping import DependsOn, Mapping
from model.policy import Policy
from model.tree import Courtesy, NodeKind, Parent, ProjectState, Source
from model.work import ItemType, StatusCategory

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "example.yaml"
TOOLS = ("jira", "asana")
SOURCES = [{"connection": "a", "project": "A"}]


def loaded(environment: dict[str, str] | None = None, **keys: Any) -> Configuration:
    document = {"connections": {"a": {"tool": "jira"}}, **keys}
    return from_mapping(document, base=Path("/base"), environment=environment or {}, tools=TOOLS)


def tree_of(*programs: dict[str, Any]) -> Configuration:
    return loaded(portfolios=[{"name": "P", "programs": list(programs)}])


@pytest.fixture(scope="module")
def example() -> Configuration:
    return load(EXAMPLE, environment={}, tools=TOOLS)


def test_the_example_loads(example: Configuration) -> None:
    assert list(example.connections) == ["acme-jira", "acme-asana"]
    assert example.timezone == "Europe/Berlin"
    assert str(example.zone) == "Europe/Berlin"


def test_the_example_is_a_tree_of_seven_nodes_with_parents_first(example: Configuration) -> None:
    kinds = [node.kind for node in example.tree.nodes]
    assert kinds == [NodeKind.PORTFOLIO, *[NodeKind.PROGRAM] * 2, *[NodeKind.PROJECT] * 4]
    crm = example.tree.by_id()["new-crm"]
    assert crm.parents == (Parent(id="customer-experience", share=0.75), Parent(id="run-the-business", share=0.25))
    assert crm.target_on == date(2026, 12, 18)
    assert crm.start_on == date(2026, 2, 1)
    assert [target.label for target in crm.publish] == ["acme-jira:issue:CRM-1", "acme-asana:project:1201"]
    assert [target.status_update for target in crm.publish] == ["never", "on_band_change"]


def test_owners_of_benefits_are_reminded_only_where_publishing_says_so(example: Configuration) -> None:
    assert loaded().reminders is None
    assert loaded(publishing={"language": "de"}).reminders is None
    assert loaded(publishing={"remind_benefits": True, "language": "de", "per_day": 2}).reminders == Courtesy(
        language="de", per_day=2
    )
    assert example.reminders is not None
    assert example.reminders.quiet.days == (5, 6)


def test_a_single_target_reminds_nobody() -> None:
    target = {"connection": "a", "issue": "A-1", "remind_benefits": True}
    with pytest.raises(UsageError, match="remind_benefits"):
        tree_of({"name": "G", "projects": [{"name": "N", "sources": SOURCES, "publish": [target]}]})


def test_a_version_keeps_the_project_it_belongs_to(example: Configuration) -> None:
    shop = example.tree.by_id()["web-shop-2-0"]
    assert shop.sources == (Source(connection="acme-jira", kind="version", value="2.0", project="SHOP"),)


def test_a_candidate_needs_no_source(example: Configuration) -> None:
    assert example.tree.by_id()["data-platform"].state is ProjectState.CANDIDATE


def test_a_case_says_what_a_candidate_is_worth_and_takes(example: Configuration) -> None:
    case = example.tree.by_id()["data-platform"].case
    assert case is not None
    assert case.parts == (("customers", 8.0), ("revenue", 4.0))
    assert [(one.skill, one.quarter, one.hours) for one in case.demand] == [
        ("backend", "2027-Q1", 300.0), ("backend", "2027-Q2", 200.0),
    ]  # fmt: skip
    assert (case.risk, case.needs, case.mandatory) == (0.15, ("new-crm",), False)
    assert case.gain == Gain(per_year=60_000, currency="EUR", years=3)
    assert example.tree.by_id()["growth"].value_model == (("customers", 2.0), ("revenue", 3.0))


def test_a_plain_value_and_a_plain_risk_need_no_model() -> None:
    project = {"name": "A", "state": "candidate", "case": {"value": 3, "risk": 0.4, "mandatory": True}}
    case = tree_of({"name": "G", "projects": [project]}).tree.by_id()["a"].case
    assert case == Case(value=3.0, risk=0.4, mandatory=True)


def test_the_mapping_reaches_its_connection(example: Configuration) -> None:
    mapping = example.connections["acme-jira"].mapping
    assert mapping.statuses == {"Ready for Test": StatusCategory.IN_PROGRESS, "Won't Do": StatusCategory.DROPPED}
    assert mapping.types["Incident"] is ItemType.DEFECT
    assert mapping.depends_on == DependsOn(link_types=("Blocks",), url_field="customfield_10070")


def test_a_connection_without_a_mapping_has_the_empty_one() -> None:
    assert loaded().connections["a"].mapping == Mapping()


def test_ids_written_as_numbers_are_texts() -> None:
    options = {"tool": "asana", "workspace": 1100, "verbose": True, "auth": {"token": "env:T"}}
    configuration = loaded(connections={"a": options}, mapping={"a": {"story_points": 12, "statuses": {"7": "done"}}})
    assert configuration.connections["a"].options == {"workspace": "1100", "verbose": True, "auth": {"token": "env:T"}}
    assert configuration.connections["a"].mapping.story_points == "12"


def test_status_ids_as_keys_may_be_numbers(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("connections: {a: {tool: jira}}\nmapping:\n  a: {statuses: {10001: done}}\n")
    mapping = load(path, environment={}, tools=TOOLS).connections["a"].mapping
    assert mapping.statuses == {"10001": StatusCategory.DONE}


def test_a_version_named_like_a_date_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        "connections: {a: {tool: jira}}\nportfolios: [{name: P, programs: [{name: G, projects: "
        "[{name: X, sources: [{connection: a, version: 2026-01-31}]}]}]}]\n"
    )
    assert load(path, environment={}, tools=TOOLS).tree.projects()[0].sources[0].value == "2026-01-31"


def test_people_become_teammates_with_account_ids(example: Configuration) -> None:
    ada = example.teammates[0]
    assert ada.key == "ada"
    assert ada.accounts == ("acme-jira:person:5b10a2844c20165700ede21g", "acme-asana:person:1207")
    assert (ada.hours_per_week, ada.skills) == (32, ("backend",))


def test_a_person_has_a_calendar() -> None:
    away = [{"from": "2026-12-21", "until": "2027-01-02"}]
    people = [{"name": "Ada", "ids": ["a:1"], "country": "de-by", "absences": away, "other_work": 0.4}]
    ada = loaded(people=people).teammates[0]
    assert (ada.country, ada.other_work) == ("DE-BY", 0.4)
    assert (ada.absences[0].start_on.isoformat(), ada.absences[0].end_on.isoformat()) == ("2026-12-21", "2027-01-02")


def test_an_account_id_may_hold_colons_and_be_a_whole_id() -> None:
    people = [{"name": "Ada", "ids": ["a:712020:abc", "a:person:9"]}]
    assert loaded(people=people).teammates[0].accounts == ("a:person:712020:abc", "a:person:9")


def test_two_people_of_one_name_get_different_keys() -> None:
    people = [{"name": "Ada", "ids": ["a:1"]}, {"name": "Ada", "ids": ["a:2"]}]
    assert [mate.key for mate in loaded(people=people).teammates] == ["ada", "ada-2"]


def test_taken_slugs_get_numbers() -> None:
    project = {"name": "Work", "sources": SOURCES}
    configuration = tree_of({"name": "Work", "projects": [project, project]})
    assert [node.id for node in configuration.tree.nodes] == ["p", "work", "work-2", "work-3"]


def test_an_id_that_people_chose_is_never_taken_by_a_slug() -> None:
    projects = [{"name": "Work", "sources": SOURCES}, {"name": "Other", "id": "work", "sources": SOURCES}]
    configuration = tree_of({"name": "G", "projects": projects})
    assert [node.id for node in configuration.tree.projects()] == ["work-2", "work"]


def test_a_ref_may_stand_before_what_it_names() -> None:
    configuration = tree_of(
        {"name": "G", "projects": [{"ref": "late", "share": 0.5}]},
        {"name": "H", "projects": [{"name": "Late", "sources": SOURCES}]},
    )
    assert configuration.tree.by_id()["late"].parents == (Parent(id="h", share=0.5), Parent(id="g", share=0.5))


def test_a_document_without_a_tree_is_sound() -> None:
    assert loaded().tree.nodes == ()


def test_the_database_lies_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("connections: {a: {tool: jira}}\n")
    assert load(path, environment={}, tools=TOOLS).database_url == f"sqlite:///{tmp_path}/bellwether.db"


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("sqlite:///data/x.db", "sqlite:////base/data/x.db"),
        ("sqlite:////srv/x.db", "sqlite:////srv/x.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite://", "sqlite://"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("env:URL", "postgresql://u:p@h/db"),
    ],
)
def test_a_database_is_resolved(written: str, resolved: str) -> None:
    assert loaded({"URL": "postgresql://u:p@h/db"}, database=written).database_url == resolved


def test_the_environments_database_wins() -> None:
    url = "postgresql://u:p@h/db"
    assert loaded({"BELLWETHER_DATABASE_URL": url}, database="sqlite:///x.db").database_url == url


def test_showing_a_configuration_shows_no_secret() -> None:
    configuration = loaded(
        {"BELLWETHER_DATABASE_URL": "postgresql://u:hunter2@h/db"},
        allow_plain_secrets=True,
        connections={"a": {"tool": "jira", "auth": {"token": "hunter2"}}},
    )
    assert "hunter2" not in repr(configuration)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "jira.localhost"])
def test_http_is_fine_on_this_machine(host: str) -> None:
    url = f"http://{host}:8000/jira"
    assert loaded(connections={"a": {"tool": "jira", "url": url}}).connections["a"].options["url"] == url


def test_http_elsewhere_needs_to_be_allowed() -> None:
    entry = {"tool": "jira", "url": "http://jira.example", "allow_insecure": True}
    assert loaded(connections={"a": entry}).connections["a"].allow_insecure


def test_a_plain_secret_is_read_where_allowed() -> None:
    entry = {"tool": "jira", "auth": {"token": "hunter2"}}
    assert loaded(connections={"a": entry}, allow_plain_secrets=True).secrets("hunter2") == "hunter2"


def test_a_missing_secret_is_named_with_its_place(example: Configuration) -> None:
    with pytest.raises(UsageError, match="ACME_JIRA_TOKEN is not set") as caught:
        example.secrets("env:ACME_JIRA_TOKEN")
    assert caught.value.where == f"{EXAMPLE}:11, connections.acme-jira.auth.token"


def test_a_place_found_elsewhere_gets_its_line(example: Configuration) -> None:
    assert example.where("connections.acme-asana.workspace") == f"{EXAMPLE}:16, connections.acme-asana.workspace"
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    line = lines.index("      - name: Run the business") + 1
    assert example.where("portfolios[0].programs[1].name") == f"{EXAMPLE}:{line}, portfolios[0].programs[1].name"


def test_every_tools_folder_is_a_known_tool() -> None:
    assert {"asana", "jira"} <= set(known_tools())
    assert not {"sdk", "notify"} & set(known_tools())


def test_the_shipped_default_is_the_models_default() -> None:
    assert loaded().policies["default"] == Policy(name="default")


def test_a_class_picks_the_policy_of_its_name(example: Configuration) -> None:
    assert set(example.policies) == {"default", "support", "regulated", "small"}
    support = example.policies["support"]
    assert (support.weights["flow"], support.weights["quality"], support.weights["schedule"]) == (40, 25, 0)
    assert support.required == ("flow",)


def test_extending_keeps_what_is_not_said() -> None:
    policy = loaded(policies={"x": {"extends": "default", "weights": {"flow": 40}, "margin": 1}}).policies["x"]
    assert policy == Policy(name="x", weights={**Policy(name="d").weights, "flow": 40}, margin=1)


def test_rules_are_added_replaced_by_id_and_dropped() -> None:
    own = {
        "extends": "default",
        "drop_rules": ["has_goal"],
        "rules": [
            {"id": "recently_updated", "holds": "recently_updated", "within_days": 3},
            {"id": "money", "holds": "has_budget", "classes": ["big"], "guidance": "https://wiki.example/money"},
        ],
    }
    rules = {rule.id: rule for rule in loaded(policies={"x": own}).policies["x"].rules}
    assert "has_goal" not in rules
    assert "has_sponsor" in rules
    assert rules["recently_updated"].within_days == 3
    assert (rules["money"].classes, rules["money"].link) == (("big",), "https://wiki.example/money")
    assert rules["has_sponsor"].link == "/guidance#has_sponsor"


def test_the_templates_of_the_classes_ask_for_more_and_for_less() -> None:
    policies = loaded().policies
    asked = {name: {rule.holds.value for rule in policies[name].rules} for name in policies}
    assert asked["regulated"] > asked["default"] > asked["small"]
    assert "has_goal" not in asked["support"]
    assert policies["regulated"].weights["governance"] == 15


def test_extending_goes_through_own_policies() -> None:
    policies = {"a": {"extends": "b", "margin": 1}, "b": {"extends": "support", "dwell_days": 9}}
    policy = loaded(policies=policies).policies["a"]
    assert (policy.margin, policy.dwell_days, policy.weights["flow"]) == (1, 9, 40)


def test_without_extends_the_weights_are_as_given() -> None:
    assert loaded(policies={"x": {"weights": {"risk": 1}}}).policies["x"].weights == {"risk": 1}


def test_an_own_default_builds_on_the_shipped_one() -> None:
    policy = loaded(policies={"default": {"extends": "default", "margin": 9}}).policies["default"]
    assert (policy.margin, policy.weights) == (9, Policy(name="d").weights)


def test_the_default_policy_can_be_chosen_by_name_or_inline() -> None:
    assert loaded(policy="support").policies["default"].name == "support"
    inline = loaded(policy={"extends": "default", "margin": 7}).policies["default"]
    assert (inline.name, inline.margin) == ("inline", 7)


@given(st.text(max_size=100), st.sets(st.text(alphabet="ab-0", max_size=3), max_size=5))
def test_a_free_slug_is_an_id_and_free(name: str, others: set[str]) -> None:
    taken = others | {slug(name, otherwise="project")}
    found = free_slug(name, otherwise="project", taken=taken)
    assert found not in taken
    assert 0 < len(found) <= 64
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("New CRM", "new-crm"), ("Über Straße & Co.", "uber-strasse-co"), ("数据", "project"), ("x" * 70, "x" * 64)],
)
def test_a_slug_of_a_name(name: str, expected: str) -> None:
    assert slug(name, otherwise="project") == expected
