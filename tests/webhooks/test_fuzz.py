"""Ten thousand deliveries that are forged, replayed, oversized or malformed: refused or ignored, and nothing is begun."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from connector.asana import webhook_events as asana_events
from connector.jira import webhook_events as jira_events
from service.reception import Reception
from service.workspace import Workspace
from tests.support.hooked import asana_body, asana_signed, jira_body, jira_signed, offline, token
from webhooks.blueprint import MAX_BODY_BYTES, blueprint
from webhooks.intake import GATHER_S, Intake

MANY = 10_000
ANSWERS = {202, 308, 400, 401, 404, 405, 413}  # 308: an address with two slashes in a row is spelt right
Request = tuple[str, str, dict[str, str], bytes]
"""Method, path, headers, body."""


def _call(app: Flask, request: Request) -> int:
    """The status that the application answers with, without a client in between."""
    method, path, headers, body = request
    said: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "x", "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(body), "wsgi.errors": BytesIO(),
        "CONTENT_LENGTH": headers.pop("content-length", str(len(body))),
    }  # fmt: skip
    if headers.pop("transfer-encoding", None):
        del environ["CONTENT_LENGTH"]
        environ["wsgi.input_terminated"] = True
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    for _part in app(environ, lambda status, _headers, _exc=None: said.append(status)):
        pass
    return int(said[0].split()[0])


class Forger:
    """Makes deliveries that must not be taken. The same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.kinds: tuple[Callable[[], Request], ...] = (
            self.forged, self.unsigned, self.nobody, self.replayed, self.oversized, self.malformed, self.wrong_shape,
            self.handshake, self.bad_token, self.packed, self.other_method, self.left_alone, self.tampered,
        )  # fmt: skip

    def __call__(self) -> Request:
        return self.chance.choice(self.kinds)()

    def text(self, longest: int = 40) -> str:
        letters = self.chance.choices([*map(chr, range(32, 127)), "\x00", "\x7f", "\xe4", "\xff"], k=longest)
        return "".join(letters[: self.chance.randrange(longest)])

    def body(self) -> bytes:
        number = self.chance.randrange(10**6)
        return self.chance.choice((jira_body(number), asana_body(str(number))))

    def place(self) -> str:
        return self.chance.choice(("/webhooks/acme-jira", "/webhooks/acme-app", "/webhooks/acme-asana/1201-abc"))

    def forged(self) -> Request:
        body = self.body()
        wrong = self.chance.choice(({**jira_signed(body, "a guess")}, {**asana_signed(body, "a guess")},
                                    {"x-hub-signature": self.text(90)}, {"x-hook-signature": self.text(90)},
                                    {"x-hub-signature": "sha256="}, {"x-hub-signature": "none=" + "0" * 64}))  # fmt: skip
        return "POST", self.place(), dict(wrong), body

    def unsigned(self) -> Request:
        return "POST", self.place(), {"content-type": self.text()}, self.body()

    def tampered(self) -> Request:
        body = bytearray(self.body())
        headers = {**jira_signed(bytes(body)), **asana_signed(bytes(body))}
        body[self.chance.randrange(len(body))] ^= 1 << self.chance.randrange(7)
        return "POST", self.place(), headers, bytes(body)

    def nobody(self) -> Request:
        body = self.body()
        path = self.chance.choice(("/webhooks/", "/webhooks/acme-jira/", "/webhooks/acme-asana/")) + self.text()
        return "POST", path, {**jira_signed(body), **asana_signed(body)}, body

    def replayed(self) -> Request:
        """Signed and taken before; the identifier is not signed, so anybody may make one up."""
        identifier = {"x-atlassian-webhook-identifier": self.text(), "x-atlassian-webhook-retry": self.text()}
        if self.chance.random() < 0.5:
            return "POST", "/webhooks/acme-jira", {**jira_signed(TAKEN_JIRA), **identifier}, TAKEN_JIRA
        return "POST", "/webhooks/acme-asana/1201-abc", asana_signed(TAKEN_ASANA), TAKEN_ASANA

    def oversized(self) -> Request:
        length = str(self.chance.randrange(MAX_BODY_BYTES + 1, 10**12))
        return "POST", self.place(), {"content-length": length}, b"x"

    def malformed(self) -> Request:
        whole = self.chance.choice((jira_body(1), asana_body("1")))
        cut, noise = whole[: self.chance.randrange(len(whole) - 1)], self.chance.randbytes(self.chance.randrange(60))
        return self.signed(self.chance.choice((cut, noise, *MALFORMED)))

    def wrong_shape(self) -> Request:
        odd = self.chance.choice((None, 1, [], {}, True, "x", [[]], {"gid": 1}))
        document = self.chance.choice((
            {"webhookEvent": odd if not isinstance(odd, str) else 1}, {"events": odd or 1}, {"events": [odd]},
            {"events": [{"resource": odd, "action": "changed"}]}, {"events": [{"resource": {"gid": "1"}}]},
        ))  # fmt: skip
        return self.signed(json.dumps(document).encode())

    def signed(self, body: bytes) -> Request:
        if self.chance.random() < 0.5:
            return "POST", "/webhooks/acme-jira", jira_signed(body), body
        return "POST", "/webhooks/acme-asana/1201-abc", asana_signed(body), body

    def handshake(self) -> Request:
        return "POST", self.place(), {"x-hook-secret": self.text(600)}, b""

    def bad_token(self) -> Request:
        given = self.chance.choice((*TOKENS, self.text(200)))
        return "POST", "/webhooks/acme-app", {"authorization": f"Bearer {given}"}, self.body()

    def packed(self) -> Request:
        """Never unpacked, so a bomb stays small."""
        return self.signed_with(BOMB, {"content-encoding": "gzip"})

    def signed_with(self, body: bytes, more: dict[str, str]) -> Request:
        method, path, headers, body = self.signed(body)
        return method, path, {**headers, **more}, body

    def other_method(self) -> Request:
        return self.chance.choice(("GET", "PUT", "DELETE", "PATCH", "HEAD")), self.place(), {}, self.body()

    def left_alone(self) -> Request:
        if self.chance.random() < 0.5:
            body = jira_body(1, self.chance.choice(tuple(jira_events.IGNORED)))
            return "POST", "/webhooks/acme-jira", jira_signed(body), body
        body = asana_body("1", kind=self.chance.choice(tuple(asana_events.IGNORED)))
        return "POST", "/webhooks/acme-asana/1201-abc", asana_signed(body), body


MALFORMED = (
    b"[" * 50_000, b'{"webhookEvent":' * 5000, b'{"webhookEvent": NaN}',
    b'{"webhookEvent": ' + b"9" * 5000 + b"}", b"\xff\xfe{}", b"null", b'"text"', b"[]", b"",
)  # fmt: skip
BOMB = gzip.compress(b"0" * 1_000_000)
APP_SECRET = "the secret of the app"
TOKENS = (
    token("a guess", iat=1_800_000_000, exp=1_800_000_180), token("a guess", exp=4 * 10**9), token(APP_SECRET, iat=1, exp=2),
    token(APP_SECRET, alg="none", exp=4 * 10**9), token(APP_SECRET, alg="HS512", exp=4 * 10**9),
    token(APP_SECRET, exp="soon"), token(APP_SECRET), token(APP_SECRET, exp=4 * 10**9), "..", "a.b", "",
)  # fmt: skip
TAKEN_JIRA, TAKEN_ASANA = jira_body(4711), asana_body("4711")


def _fuzz(workspace: Workspace, many: int, seed: int) -> Counter[int]:
    app, desk = Flask("fuzzed"), Reception(spooling=True)
    app.register_blueprint(blueprint(lambda: workspace, desk))
    assert _call(app, ("POST", "/webhooks/acme-jira", jira_signed(TAKEN_JIRA), TAKEN_JIRA)) == 202
    assert _call(app, ("POST", "/webhooks/acme-asana/1201-abc", asana_signed(TAKEN_ASANA), TAKEN_ASANA)) == 202
    before = _begun(workspace, desk)
    forger, answers = Forger(seed), Counter[int]()
    for _ in range(many):
        request = forger()
        status = _call(app, request)
        assert status in ANSWERS, request
        answers[status] += 1
    assert _begun(workspace, desk) == before
    assert len(before[0]) == len(before[1]) == 2
    return answers


def _begun(workspace: Workspace, desk: Reception) -> tuple[Any, ...]:
    """What waits to be worked off, the jobs that there are, and the secrets that were agreed upon."""
    assert Intake(lambda: workspace, desk).take_in() == GATHER_S
    with workspace.db.read() as uow:
        return uow.inbox.pending(), uow.jobs.all(), [(one.connection, one.secret) for one in uow.hooks.registrations()]


def test_ten_thousand_bad_deliveries_begin_nothing_and_break_nothing(tmp_path: Path) -> None:
    with offline(tmp_path) as workspace:
        answers = _fuzz(workspace, MANY, seed=7)
        assert sum(answers.values()) == MANY
        assert set(answers) == ANSWERS


def test_the_other_database_refuses_the_same(database_url: str, tmp_path: Path) -> None:
    with offline(tmp_path, database_url) as workspace:
        _fuzz(workspace, 500, seed=11)


def test_a_body_that_comes_in_parts_is_read_up_to_the_limit_only(tmp_path: Path) -> None:
    with offline(tmp_path) as workspace:
        app = Flask("large")
        app.register_blueprint(blueprint(lambda: workspace, Reception()))
        large = b"x" * (MAX_BODY_BYTES + 1)
        assert _call(app, ("POST", "/webhooks/acme-jira", {"transfer-encoding": "chunked"}, large)) == 413


@pytest.mark.parametrize("seed", range(3))
def test_a_signed_document_with_anything_in_it_is_taken_or_malformed_and_never_a_fault(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    odd = [None, 1, -1, 1.5, "", "\x00", "9" * 400, "id\x00", [], {}, True, {"id": []}, "\U0001f600", "12", 10**30]

    def anything(value: Any) -> Any:
        if chance.random() < 0.2:
            return chance.choice(odd)
        if isinstance(value, dict):
            return {key: anything(one) for key, one in value.items()}
        return [anything(one) for one in value] if isinstance(value, list) else value

    with offline(tmp_path) as workspace:
        app = Flask("odd")
        app.register_blueprint(blueprint(lambda: workspace, Reception()))
        for _ in range(300):
            jira = json.dumps(anything(json.loads(jira_body(1, user={"accountId": "7"}, comment={"self": "x"})))).encode()
            asana = json.dumps(anything(json.loads(asana_body("1", "2")))).encode()
            assert _call(app, ("POST", "/webhooks/acme-jira", jira_signed(jira), jira)) in (202, 400)
            assert _call(app, ("POST", "/webhooks/acme-asana/1201-abc", asana_signed(asana), asana)) in (202, 400)
        with workspace.db.read() as uow:
            events = [event for entry in uow.inbox.pending() for event in entry.events]
        assert all(event.vendor_id == "" or event.vendor_id.isdigit() for event in events)
