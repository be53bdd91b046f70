"""What somebody tries who may look, may edit or may administer, but does not own the machine."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from flask import request

from config.logins import LoginRules
from config.web import safety
from model.access import Right, Role, Scope
from model.errors import NotFoundError, UsageError
from service import kept_forms, logins, overrides
from tests.support.first_run import begun
from tests.support.lodge import Lodge, post


def test_an_admin_of_the_page_makes_it_read_no_secret_of_the_machine(house: Lodge) -> None:
    admin, path = house.enter("admin"), house.scene.path
    before = path.read_text()
    for other in ("env:HOME", "file:/etc/passwd", "file:/proc/self/environ", "stored:acme/token"):
        text = re.sub(r'token: "env:[A-Z_]*"', f'token: "{other}"', before, count=1)
        assert text != before
        answer = post(admin, "/settings/file", {"base": "", "text": text, "do": "save"})
        assert (answer.status_code, path.read_text()) == (422, before)
        assert "names no secret that does not stand in the file already" in answer.text
        form = {"url": "https://evil.example", "auth.email": "a@b.example", "auth.token": other, "name": "evil"}
        answer = post(admin, "/connections/new?tool=jira", form)
        assert (answer.status_code, path.read_text()) == (422, before)
    moved = re.sub(r"http://127\.0\.0\.1:\d+", "https://evil.example", before)
    answer = post(admin, "/settings/file", {"base": "", "text": moved, "do": "save"})
    assert (answer.status_code, path.read_text()) == (422, before)
    assert post(admin, "/settings/file", {"base": "", "text": f"database: sqlite:///other.db\n{before}"}).status_code == 422


def test_a_host_that_a_page_gave_is_watched_and_one_of_the_file_is_not(house: Lodge) -> None:
    admin, path = house.enter("admin"), house.scene.path
    before = path.read_text()
    mail = 'notify:\n  - mail: {host: "93.184.215.14", security: none, from: "a@b.example", to: ["c@d.example"]}\n'
    try:
        base = re.findall(r'name="base" value="([^"]+)"', admin.get("/settings/file").text)[0]
        answer = post(admin, "/settings/file", {"base": base, "text": before + mail, "do": "save"})
        assert answer.status_code == 303, answer.text
    finally:
        path.write_text(before)
    with house.space.db.read() as uow:
        assert uow.page_hosts.has("93.184.215.14")
        assert not uow.page_hosts.has("127.0.0.1")


def test_the_host_of_a_connection_that_a_page_made_is_watched(house: Lodge) -> None:
    admin, path = house.enter("admin"), house.scene.path
    before = path.read_text()
    form = {"kind": "oauth2", "name": "theirs", "url": "https://93.184.215.15/api/1.0"}
    try:
        answer = post(admin, "/connections/new?tool=asana", form | {"auth.client_id": "1", "auth.client_secret": "x"})
        assert answer.status_code == 302, answer.text
    finally:
        path.write_text(before)
    with house.space.db.read() as uow:
        assert uow.page_hosts.has("93.184.215.15")


def test_a_new_password_is_kept_and_noted_nowhere(house: Lodge) -> None:
    client = house.enter("viewer")
    form = {"csrf_token": client.proof(), "password": "one", "new": "hunter2 hunter2", "again": "hunter2 hunter2"}
    house.later = timedelta(hours=3)
    try:
        answer = post(client, "/account/password", form)
        assert answer.status_code == 303
        kept = answer.headers["Location"]
    finally:
        house.later = timedelta()
    assert "kept=" in kept
    with house.space.db.read() as uow:
        id_ = re.findall(r"kept=([^&]+)", kept)[0]
        found = uow.logins.kept_form(id_, house.people["viewer"].id, since=house.space.clock() - timedelta(days=1))
    assert found is not None
    assert "hunter2" not in repr(found.fields)


def test_a_name_tried_from_one_address_behind_a_proxy_is_one_address_whatever_port_it_comes_from(house: Lodge) -> None:
    rules = LoginRules(proxies=1)
    for written, address in {
        "203.0.113.9:4711": "203.0.113.9", "203.0.113.9": "203.0.113.9", "[2001:db8::1]:99": "2001:db8::1",
        "2001:db8::1": "2001:db8::1", "10.9.9.9, 203.0.113.9:1": "203.0.113.9",
    }.items():  # fmt: skip
        sent = {"headers": {"X-Forwarded-For": written}, "environ_base": {"REMOTE_ADDR": "127.0.0.1"}}
        with house.app.test_request_context("/login", **sent):
            assert safety.address_of(request, rules) == address
            assert safety.address_of(request, LoginRules()) == "127.0.0.1", "without a proxy it is the sender's own word"


def test_nobody_fills_the_database_with_forms_or_tokens(house: Lodge) -> None:
    eager = house.add("eager", (Right(role=Role.VIEWER),))
    ids = [kept_forms.keep(house.space, eager.id, "/x", [("a", str(number))]) for number in range(kept_forms.MOST_FORMS + 5)]
    kept = []
    for one in ids:
        with suppress(NotFoundError):
            kept.append(kept_forms.kept(house.space, eager.id, one or "").fields[0][1])
    assert len(kept) == kept_forms.MOST_FORMS
    assert str(kept_forms.MOST_FORMS + 4) in kept
    for _ in range(logins.MOST_TOKENS):
        house.token("eager", Scope.READ)
    with pytest.raises(UsageError, match="has 100 tokens"):
        house.token("eager", Scope.READ)


def test_what_is_typed_looks_like_no_other_field_in_the_log_of_changes(house: Lodge) -> None:
    editor = house.enter("editor of web")
    until = f"{house.space.clock() + timedelta(days=5):%Y-%m-%d}"
    form = {"band": "AT_RISK", "until": until, "reason": "late\nband: ON_TRACK\r\nuntil: 2099-01-01"}
    try:
        assert post(editor, "/nodes/web/override", form).status_code == 303
        with house.space.db.read() as uow:
            after = uow.deeds.newest(1)[0].after or ""
        assert "band: AT_RISK" in after.splitlines()
        assert "band: ON_TRACK" not in after.splitlines()
    finally:
        assert overrides.end(house.space, "web", by="the test")


def test_without_logins_only_this_machine_itself_is_let_in(tmp_path: Path, migrated_sqlite: Callable[[Path], str]) -> None:
    """The name that is asked for is the sender's to choose, and a proxy on this machine has its address."""
    migrated_sqlite(tmp_path / "bellwether.db")
    with begun(tmp_path, working=False) as deployment:
        client = deployment.app.test_client()
        assert client.get("/accounts/first").status_code == 200
        assert client.get("/accounts/first", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200
        assert client.get("/accounts/first", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
        for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
            for path in ("/accounts/first", "/api/v1/nodes", "/metrics", "/connections"):
                assert client.get(path, headers={name: "192.0.2.7"}).status_code == 403, (name, path)
        # nginx as it comes: HTTP/1.0, no header of its own, and our own address as the name that was asked for.
        passed = {"headers": {"Host": "127.0.0.1:8080"}, "environ_overrides": {"SERVER_PROTOCOL": "HTTP/1.0"}}
        for path in ("/accounts/first", "/api/v1/configuration", "/metrics"):
            assert client.get(path, **passed).status_code == 403, path
