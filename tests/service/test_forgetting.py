"""Forgetting a person: no byte of them is left, and no score moves."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.cli import main
from model.errors import RetryableError, UsageError
from model.ids import parse_id
from sandbox.world import Item, World
from service import hooks, push_back, rebuild, scoring
from service.disguise import Disguise, Identity, mails_in
from service.forgetting import Forgotten, forget, reported
from service.intake import take_in
from service.pages import exclusive
from service.reception import Reception
from service.setup import setup
from service.sync import sync
from service.workspace import Workspace
from store.figure_tables import project_registers, project_risks
from store.tables import METADATA
from tests.support.hooked import JIRA, SECRET, jira_body, jira_signed
from tests.support.scene import Scene, no_progress

NAME = "Ada Berg"


def _lived(scene: Scene) -> tuple[str, str]:
    """A company in which Ada is in every kind of place; her accounts in both tools."""
    scene.jira.edit_issue("WEB-101", summary="Ask Ada Berg (ada@example.test) about it", by="bo")
    scene.jira.edit_issue("WEB-102", summary="Only Bo", by="ada")
    with scene.workspace() as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        with workspace.db.read() as uow:
            ids = {p.connection: p.id for p in uow.records.people() if p.name == NAME}
    scene.document["people"] = [
        {"name": NAME, "ids": sorted(ids.values()), "hours_per_week": 30, "email": "ada@example.test"}
    ]
    # How the configuration names an account: without the kind that stands in a record's id.
    scene.document["people"][0]["ids"] = [f"{c}:{parse_id(i).vendor_id}" for c, i in sorted(ids.items())]
    with scene.workspace() as workspace:
        setup(workspace, apply=True)
        scene.jira.edit_issue("WEB-103", summary="Ada Berg once more", by="ada")
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        push_back.push(workspace)
        _told(workspace, parse_id(ids["northlight-jira"]).vendor_id)
    return parse_id(ids["northlight-jira"]).vendor_id, parse_id(ids["northlight-asana"]).vendor_id


def _told(workspace: Workspace, account: str) -> None:
    """Two deliveries that name Ada's account: of one a trace is left in the spool, the other one lies there still."""
    hooks.agree(workspace, JIRA, SECRET)
    desk = Reception(spooling=True)
    for number in range(2):
        assert take_in(workspace)
        body = jira_body(number, user={"accountId": account})
        assert desk.receive(workspace, JIRA, "", headers=jira_signed(body), body=body).reason == "spooled"


def _scores(scene: Scene, today: datetime) -> list[str]:
    """As of two days, as known in a year, and what is kept. ``today``: at midnight, once for what is compared."""
    with scene.workspace() as workspace:
        later = today + timedelta(days=365)
        found = [scoring.score(workspace, as_of=at, known_at=later) for at in (today, today.replace(day=1))]
        with workspace.db.read() as uow:
            kept = [stored.score.model_dump_json() for stored in uow.scores.latest()]
    return [*(one.model_dump_json() for one in found), *kept]


def _bytes(folder: Path) -> bytes:
    """Every byte of the database, and of every payload in it."""
    with sqlite3.connect(folder / "bellwether.db") as conn:
        import zlib

        packed = [zlib.decompress(row[0]) for row in conn.execute("SELECT body FROM raw_payloads")]
    conn.close()
    files = [path.read_bytes() for path in folder.iterdir() if path.name.startswith("bellwether.db")]
    return b"\n".join([*files, *packed, (folder / "bellwether.yaml").read_bytes()])


def _run(scene: Scene, *arguments: str) -> dict[str, object]:
    done = CliRunner().invoke(main, ["forget", *arguments, "--config", str(scene.path), "--json"])
    assert done.exit_code == 0, done.output
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_no_byte_is_left_and_no_score_moves(scene: Scene) -> None:
    jira, asana = _lived(scene)
    identity = [text.encode() for text in (NAME, "ada@example.test", jira, asana)]
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    before = _scores(scene, today)
    planned = _run(scene, NAME)
    assert planned["applied"] is False
    assert planned["accounts"] == 2
    assert planned["configuration"] is True
    held = _bytes(scene.folder)
    assert [one for one in identity if one not in held] == []  # a dry run changes nothing
    told = _run(scene, NAME, "--apply")
    assert told["rows"] == planned["rows"]
    assert told["clean"] is True
    left = _bytes(scene.folder)
    assert [one for one in identity if one.lower() in left.lower()] == []
    scene.document = {**scene.document, "people": _people(scene)}
    assert _scores(scene, today) == before


def _people(scene: Scene) -> object:
    import yaml

    return yaml.safe_load(scene.path.read_text())["people"]


def test_everybody_else_is_as_before_and_a_mapping_is_read_anew_from_what_is_left(scene: Scene) -> None:
    _lived(scene)
    with scene.workspace() as workspace:
        before = _everything_of(workspace, "Bo Lund")
        told = forget(workspace, NAME, apply=True, new_token=_tokens())
        assert _everything_of(workspace, "Bo Lund") == before
        with workspace.db.begin() as uow:
            for name in workspace.connections:
                uow.sync.save_mapping_digest(name, "another")
        for name in workspace.connections:
            assert rebuild.if_mapping_changed(workspace, workspace.connector(name))
        with workspace.db.read() as uow:
            names = {person.name for person in uow.records.people()}
    assert told.pseudonym == "Forgotten 00000002"
    assert names >= {"Forgotten 00000002", "Bo Lund", "Cy Holm"}
    assert NAME not in names


def _tokens() -> "Tokens":
    return Tokens()


class Tokens:
    """Words that are random to everybody but a test."""

    def __init__(self) -> None:
        self._numbers = count()

    def __call__(self) -> str:
        return f"{next(self._numbers):08x}"


def _everything_of(workspace: Workspace, name: str) -> list[str]:
    with workspace.db.transaction(write=False) as conn:
        rows = [str(row) for table in METADATA.sorted_tables for row in conn.execute(select(table))]
    return sorted(row for row in rows if name in row and NAME not in row)


def test_whoever_reads_is_waited_for_and_nothing_is_changed_while_somebody_does(synced: Scene) -> None:
    with synced.workspace() as workspace:
        account = _account(workspace)
        names = count()

        def forgotten(patience_s: float) -> Forgotten:
            return forget(workspace, account, apply=True, new_token=lambda: str(next(names)), patience_s=patience_s)

        def is_known() -> bool:
            with workspace.db.read() as uow:
                return account in {person.id for person in uow.records.people()}

        with exclusive(workspace, JIRA), pytest.raises(RetryableError, match="nothing was changed"):
            forgotten(0.1)
        assert is_known()
        reading = threading.Event()

        def read() -> None:
            with exclusive(workspace, JIRA):
                reading.set()
                time.sleep(0.3)

        reader = threading.Thread(target=read)
        reader.start()
        reading.wait()
        forgotten(10.0)
        reader.join()
        assert not is_known()


def _account(workspace: Workspace) -> str:
    with workspace.db.read() as uow:
        return next(person.id for person in uow.records.people() if person.name == NAME and person.connection == JIRA)


def test_nobody_and_too_many_are_refused_and_change_nothing(scene: Scene) -> None:
    _lived(scene)
    with scene.workspace() as workspace:
        with pytest.raises(UsageError, match="Nobody"):
            forget(workspace, "Grace Hopper", apply=True, new_token=_tokens())
        scene.document.pop("people")
    with scene.workspace() as workspace, pytest.raises(UsageError, match="More than one account"):
        forget(workspace, NAME, apply=True, new_token=_tokens())


IDENTITY = Identity(
    accounts={"712020:5b10ac8d-82e0": "forgotten-1", "1207": "forgotten-2"},
    names=frozenset({"Zoë O'Neill", "Ada"}),
    mails=frozenset({"zoe@example.test"}),
    pseudonym="Forgotten 3",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zoë O'Neill did", "Forgotten 3 did"),
        ("ZOË O'NEILL", "Forgotten 3"),
        (json.dumps("Zoë O'Neill"), '"Forgotten 3"'),
        ("Zoe\u0308 O'Neill", "Forgotten 3"),
        ("Zoë O&#x27;Neill", "Forgotten 3"),
        (f"/u/{quote('712020:5b10ac8d-82e0', safe='')}/x", "/u/forgotten-1/x"),
        ("[~accountid:712020:5b10ac8d-82e0]", "[~accountid:forgotten-1]"),
        ('{"gid":"1207"}', '{"gid":"forgotten-2"}'),
        ("acme:person:1207", "acme:person:forgotten-2"),
        ("it cost 1207.50 and 51207", "it cost 1207.50 and 51207"),
        ("Zoe@Example.test", "forgotten-3@invalid"),
        ("Adam and adagio", "Adam and adagio"),
    ],
)
def test_every_way_to_write_somebody_is_known(text: str, expected: str) -> None:
    assert Disguise(IDENTITY).text(text) == expected


def test_what_describes_somebody_loses_its_pictures() -> None:
    person = {"id": "1207", "name": "Ada", "mail": "a@b.example", "pictures": {"x": "https://gravatar.example/4f2"}}
    body = json.dumps({"assignee": person, "url": "https://acme.example/1"}).encode()
    assert mails_in(body, ["1207"], ["Ada"]) == {"a@b.example"}
    new = json.loads(Disguise(IDENTITY).payload(body))
    assert new["assignee"]["pictures"] == {"x": ""}
    assert new["url"] == "https://acme.example/1"


@given(st.text(), st.sampled_from(["Zoë O'Neill", "712020:5b10ac8d-82e0", "zoe@example.test"]), st.text())
def test_a_disguised_text_holds_nothing_and_stays_as_it_is(before: str, mine: str, after: str) -> None:
    disguise = Disguise(IDENTITY)
    new = disguise.text(f"{before} {mine} {after}")
    assert mine.casefold() not in new.casefold()
    assert disguise.text(new) == new


class Reporting:
    """A connector whose tool reports one account."""

    def __init__(self, account: str) -> None:
        self._account = account
        self.asked: Mapping[str, datetime] = {}

    def erased_accounts(self, accounts: Mapping[str, datetime]) -> tuple[str, ...]:
        self.asked = accounts
        return tuple(one for one in accounts if one == self._account)


def test_who_is_reported_is_forgotten_and_not_asked_for_again(scene: Scene) -> None:
    jira, _ = _lived(scene)
    with scene.workspace() as workspace:
        assert set(reported(workspace).values()) == {None}  # an API token has nothing to ask
        telling = Reporting(jira)
        asking = replace(workspace, connector=lambda _name: telling, connections=("northlight-jira",))
        (whom,) = reported(asking)["northlight-jira"] or ()
        assert all(since < workspace.clock() for since in telling.asked.values())
        told = forget(workspace, whom, apply=True, new_token=_tokens())
        assert told.accounts == 2
        assert reported(asking) == {"northlight-jira": ()}
        assert not any(account.startswith("forgotten") for account in telling.asked)
    assert _run(scene, "--reported")["reported"] == {"northlight-jira": None, "northlight-asana": None}


def _with_registers(world: World) -> None:
    """Ada has a risk and a benefit in each tool."""
    since, until = world.now - timedelta(weeks=3), world.now.date() + timedelta(weeks=6)
    for project in ("WEB", "LAUNCH"):
        risk = Item(f"{project}-200", project, "risk", "A risk", since, "ada", "todo", assignee="ada", due=until)
        gain = Item(f"{project}-201", project, "benefit", "A gain", since, "ada", "todo", assignee="ada", due=until)
        world.items |= {risk.key: replace(risk, risk_probability=0.4, risk_impact=3.0), gain.key: gain}


def _registers_of(workspace: Workspace) -> list[str]:
    """What is kept of every project's registers: a line for each risk, and one for the rest, with its conflicts."""
    with workspace.db.transaction(write=False) as conn:
        kept = project_registers.c
        rest = conn.execute(select(kept.node, kept.body, kept.conflicts).order_by(kept.node)).all()
        risks = conn.execute(select(project_risks).order_by(project_risks.c.node, project_risks.c.id)).all()
    return [str(tuple(row)) for row in (*risks, *rest)]


def test_registers_that_are_kept_forget_an_owner_and_are_as_they_would_be_counted(
    altered: Callable[[Callable[[World], None]], Scene],
) -> None:
    """Owners of risks and benefits, and of what others wait for, stand in rows of their own for every project."""
    scene = altered(_with_registers)
    jira, asana = _lived(scene)
    with scene.workspace() as workspace:
        before = _registers_of(workspace)
        for part, accounts in (("risk", (jira, asana)), ("rest", (jira, asana))):
            lines = [line for line in before if ("rules" in line) == (part == "rest")]
            assert all(any(account in line for line in lines) for account in accounts), part
        forget(workspace, NAME, apply=True, new_token=_tokens())
        left = _registers_of(workspace)
    expected = [line.replace(asana, "forgotten-00000000").replace(jira, "forgotten-00000001") for line in before]
    assert left == expected
    with scene.workspace() as workspace:
        scoring.score(workspace, as_of=None)
        assert _registers_of(workspace) == left
