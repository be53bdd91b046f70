"""``notify:``: what a sound entry becomes, and how a mistake is named with its line."""

from datetime import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from config.configuration import Configuration
from config.faults import ConfigurationError
from config.loader import load
from config.places import parse
from config.schema import json_schema
from model.errors import UsageError
from model.notices import ChatChannel, MailChannel, Rhythm, Subscription, WebhookChannel
from model.tree import Quiet

HEAD = """\
connections:
  acme-jira: {tool: jira, url: "https://acme.example", auth: {token: "env:T"}}
people:
  - {name: Ada Berg, ids: ["acme-jira:1"], email: ada@acme.example}
  - {name: Bo Lund, ids: ["acme-jira:2"]}
portfolios:
  - name: Growth
    programs:
      - name: Reach
        sponsor: Ada Berg
        projects: [{name: Website, sources: [{connection: acme-jira, project: WEB}]}]
      - {name: Tidy, id: tidy}
notify:
"""
FIRST_LINE = HEAD.count("\n") + 1
MAIL = 'host: mail.acme.example, from: "Bellwether <us@acme.example>"'


def loaded(entries: str, folder: Path, *, head: str = HEAD, environment: dict[str, str] | None = None) -> Configuration:
    path = folder / "bellwether.yaml"
    path.write_text(head + entries, encoding="utf-8")
    return load(path, environment=environment or {}, tools=("jira",))


def one(entry: str, folder: Path) -> Subscription:
    (found,) = loaded(f"  - {entry}\n", folder).subscriptions
    return found


def test_without_nodes_and_rhythm_every_program_and_portfolio_is_told_of_when_its_band_changes(tmp_path: Path) -> None:
    found = one('{slack: "env:SLACK"}', tmp_path)
    assert found.channel == ChatChannel(kind="slack", url="env:SLACK")
    assert found.nodes == ("growth", "reach", "tidy")
    assert found.rhythm is None
    assert found.where == "notify[0]"


def test_what_is_reported_otherwise_is_told_of_every_project_unless_nodes_are_named(tmp_path: Path) -> None:
    found = one('{slack: "env:SLACK", on: reported_otherwise}', tmp_path)
    assert (found.about, found.nodes, found.rhythm) == ("reported", ("website",), None)
    assert found.name != one('{slack: "env:SLACK", nodes: [website]}', tmp_path).name
    assert one('{slack: "env:SLACK", on: reported_otherwise, nodes: [tidy]}', tmp_path).nodes == ("tidy",)


def test_nodes_may_be_named_by_id_or_by_name(tmp_path: Path) -> None:
    assert one('{teams: "env:TEAMS", nodes: [Website, tidy]}', tmp_path).nodes == ("website", "tidy")


@pytest.mark.parametrize(
    ("said", "rhythm"),
    [
        ("on: band_change", None),
        ('daily: "08:00"', Rhythm(at=time(8))),
        ("daily: 8:30", Rhythm(at=time(8, 30))),
        ("weekly: Monday 08:00", Rhythm(at=time(8), weekday=0)),
        ("weekly: sunday 23:59", Rhythm(at=time(23, 59), weekday=6)),
    ],
)
def test_a_rhythm_is_a_change_of_band_or_a_moment_of_the_day_or_week(
    said: str, rhythm: Rhythm | None, tmp_path: Path
) -> None:
    assert one(f'{{slack: "env:SLACK", {said}}}', tmp_path).rhythm == rhythm


def test_quiet_hours_and_language_are_those_of_targets(tmp_path: Path) -> None:
    found = one('{slack: "env:S", language: de, quiet_hours: "22:00-07:00", quiet_days: [saturday, sunday]}', tmp_path)
    assert found.language == "de"
    assert found.quiet == Quiet(start=time(22), end=time(7), days=(5, 6))


def test_a_webhook_has_an_address_and_a_secret(tmp_path: Path) -> None:
    found = one('{webhook: {url: "https://acme.example/hook", secret: "env:HOOK"}}', tmp_path)
    assert found.channel == WebhookChannel(url="https://acme.example/hook", secret="env:HOOK")


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_mail_has_the_port_of_its_security(security: Any, port: int, tmp_path: Path) -> None:
    found = one(f"{{mail: {{{MAIL}, security: {security}, to: [a@acme.example, b@acme.example]}}}}", tmp_path)
    assert found.channel == MailChannel(
        host="mail.acme.example", port=port, security=security, sender="Bellwether <us@acme.example>",
        to=("a@acme.example", "b@acme.example"),
    )


def test_the_sponsors_of_the_nodes_are_written_to_where_there_are_any(tmp_path: Path) -> None:
    found = one(f"{{mail: {{{MAIL}, to: sponsor}}, weekly: monday 08:00}}", tmp_path)
    assert isinstance(found.channel, MailChannel)
    assert found.nodes == ("reach",)
    assert found.channel.recipients("reach") == ("ada@acme.example",)
    assert found.channel.recipients("tidy") == ()


def test_the_name_of_a_subscription_outlives_its_place_its_nodes_and_its_password(tmp_path: Path) -> None:
    before = one(f'{{mail: {{{MAIL}, user: u, password: "env:A", to: [a@acme.example]}}}}', tmp_path).name
    entry = f'  - {{mail: {{{MAIL}, user: u, password: "env:B", to: [a@acme.example]}}, nodes: [tidy]}}\n'
    after = loaded(f'  - {{slack: "env:S"}}\n{entry}', tmp_path).subscriptions[1].name
    assert before == after


def test_a_missing_secret_is_named_with_its_line(tmp_path: Path) -> None:
    secrets = loaded('  - {slack: "env:SLACK"}\n', tmp_path).secrets
    with pytest.raises(UsageError) as caught:
        secrets("env:SLACK")
    assert caught.value.where == f"{tmp_path / 'bellwether.yaml'}:{FIRST_LINE}, notify[0].slack"


def test_the_schema_takes_what_the_loader_takes(tmp_path: Path) -> None:
    mail = f"  - {{mail: {{{MAIL}, to: sponsor}}, daily: \"08:00\"}}\n  - {{mail: {{{MAIL}, to: [a@b.example]}}}}\n"
    text = f'{HEAD}{mail}  - {{slack: "env:S"}}\n'
    document, _ = parse(text, "bellwether.yaml")
    jsonschema.validate(document, json_schema())
    assert len(loaded(mail, tmp_path).subscriptions) == 2


PLAIN = "The secret itself stands in this file."
MISTAKES = {
    "no channel": ("{on: band_change}", "notify[0]", "names no channel"),
    "two channels": ('{slack: "env:A", teams: "env:B"}', "notify[0]", "2 channels"),
    "two rhythms": ('{slack: "env:A", daily: "08:00", weekly: monday 08:00}', "notify[0]", "2 rhythms"),
    "unknown key": ('{slack: "env:A", dayly: "08:00"}', "notify[0].dayly", "did you mean 'daily'"),
    "no time": ('{slack: "env:A", daily: "25:00"}', "notify[0].daily", "no time of a day"),
    "no day": ('{slack: "env:A", weekly: mondy 08:00}', "notify[0].weekly", "did you mean 'monday'"),
    "no time on a day": ('{slack: "env:A", weekly: monday}', "notify[0].weekly", "no time of a day"),
    "another on": ('{slack: "env:A", on: always}', "notify[0].on", "not possible for 'on'"),
    "unknown node": ('{slack: "env:A", nodes: [Webside]}', "notify[0].nodes[0]", "did you mean 'Website'"),
    "unknown language": ('{slack: "env:A", language: it}', "notify[0].language", "not possible"),
    "a chat tool's address in the file": ('{slack: "https://hooks.example/hunter2"}', "notify[0].slack", PLAIN),
    "a webhook's secret in the file": (
        '{webhook: {url: "https://a.example", secret: whsec_hunter2}}', "notify[0].webhook.secret", PLAIN
    ),
    "a password in the file": (
        f"{{mail: {{{MAIL}, user: u, password: hunter2, to: [a@b.example]}}}}", "notify[0].mail.password", PLAIN
    ),
    "plain http": ('{webhook: {url: "http://a.example/hunter2", secret: "env:S"}}', "notify[0].webhook.url", "http://"),
    "no address": ('{webhook: {url: a.example, secret: "env:S"}}', "notify[0].webhook.url", "no web address"),
    "no secret": ('{webhook: {url: "https://a.example"}}', "notify[0].webhook.secret", "is missing"),
    "no mail address": (f"{{mail: {{{MAIL}, to: [somebody]}}}}", "notify[0].mail.to[0]", "no mail address"),
    "two in one": (f'{{mail: {{{MAIL}, to: ["a@b.example, c@d.example"]}}}}', "notify[0].mail.to[0]", "no single"),
    "nobody": (f"{{mail: {{{MAIL}, to: []}}}}", "notify[0].mail.to", "empty"),
    "somebody": (f"{{mail: {{{MAIL}, to: boss}}}}", "notify[0].mail.to", "'boss' is not possible"),
    "sponsor and others": (f"{{mail: {{{MAIL}, to: [sponsor, a@b.example]}}}}", "notify[0].mail.to", "mixes"),
    "a user without a password": (f"{{mail: {{{MAIL}, user: u, to: [a@b.example]}}}}", "notify[0].mail", "needs a password"),
    "a readable password": (
        f'{{mail: {{{MAIL}, security: none, user: u, password: "env:P", to: [a@b.example]}}}}',
        "notify[0].mail.security", "in the clear",
    ),
    "a chosen node without a sponsor": (
        f"{{mail: {{{MAIL}, to: sponsor}}, nodes: [tidy]}}", "notify[0].mail.to", "'Tidy' has no sponsor"
    ),
    "no hours": ('{slack: "env:A", quiet_hours: night}', "notify[0].quiet_hours", "no hours"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_its_line(name: str, tmp_path: Path) -> None:
    entry, path, what = MISTAKES[name]
    with pytest.raises(ConfigurationError) as caught:
        one(entry, tmp_path)
    assert len(caught.value.faults) == 1, caught.value.what
    assert caught.value.where == f"{tmp_path / 'bellwether.yaml'}:{FIRST_LINE}, {path}"
    assert what in caught.value.what
    assert caught.value.fix
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("sponsor", "path", "what"),
    [
        ("Bo Lund", "people[1]", "without a mail address"),
        ("bo-lund", "people[1]", "without a mail address"),
        ("Cy", "notify[0].mail.to", "nobody under people"),
    ],
)
def test_a_sponsor_who_can_not_be_written_to_is_a_mistake(sponsor: str, path: str, what: str, tmp_path: Path) -> None:
    head = HEAD.replace("sponsor: Ada Berg", f"sponsor: {sponsor}")
    with pytest.raises(ConfigurationError) as caught:
        loaded(f"  - {{mail: {{{MAIL}, to: sponsor}}}}\n", tmp_path, head=head)
    assert str(caught.value.where).endswith(path)
    assert what in caught.value.what


def test_the_same_channel_with_the_same_rhythm_twice_is_a_mistake(tmp_path: Path) -> None:
    entries = "".join(
        f'  - {{slack: "env:A", {rest}}}\n' for rest in ("nodes: [reach]", 'daily: "08:00"', "nodes: [tidy]")
    )
    with pytest.raises(ConfigurationError, match=r"notify\[0\] once more") as caught:
        loaded(entries, tmp_path)
    assert caught.value.faults[0].line == FIRST_LINE + 2


def test_a_secret_may_stand_in_the_file_where_that_is_allowed(tmp_path: Path) -> None:
    head = f"allow_plain_secrets: true\n{HEAD}"
    assert loaded('  - {slack: "https://hooks.example/x"}\n', tmp_path, head=head).subscriptions


def test_a_mail_address_of_a_person_is_checked(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no mail address") as caught:
        loaded("  []\n", tmp_path, head=HEAD.replace("email: ada@acme.example", "email: ada"))
    assert str(caught.value.where).endswith("people[0].email")
