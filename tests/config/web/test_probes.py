"""Whoever may see one portfolio puts ids of another into every parameter of every route: nothing of it comes back, nothing of
it is changed, and an id that is there is told like one that is not.

Routes come from the app; parameters from what its views read, from the forms of its pages, and from OpenAPI.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from flask import Flask, Request, has_request_context, request
from sqlalchemy import select
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from config.web.cookies import LOGIN
from config.web.rights import Role, whole_need_of
from store.tables import METADATA
from tests.support.page_client import OWN, PageClient
from tests.support.two_portfolios import OURS, WORDS, Vault, vault

SEEN = "web"
"""A project of the portfolio that they may see."""
NODES = ("node", "name", "lens node")
PARAMETERS: Mapping[str, Sequence[str]] = {
    # What a parameter can name, by the keys of ``Vault.ids``; nothing where it is a choice, a number, a day or words.
    **dict.fromkeys(("chosen", "cursor", "exclude", "leave", "node", "open", "parent", "require", "take"), NODES),
    "lens": NODES, "q": (*NODES, "item", "person"), "session": ("session",), "kept": ("form",), "next": ("form",),
    "people": ("person",), "capacity": ("person", "node"), "made": ("decision",), "beside": ("decision",),
    "added": ("lesson",), "username": ("account",),
    **dict.fromkeys(
        ("advice", "again", "band", "budget", "by", "cause", "causes", "class", "days", "do", "done", "format", "language"), ()
    ),
    **dict.fromkeys(("name", "new", "page", "password", "reason", "scope", "seen", "separator", "show", "since", "text"), ()),
    **dict.fromkeys(("limit", "tokens", "until", "weeks", "whole", "worked"), ()),
}  # fmt: skip
GOOD: Mapping[str, str] = {
    "reason": "why", "band": "AT_RISK", "cause": "other", "text": "what", "advice": "next time", "node": SEEN, "days": "7",
    "name": "mine", "scope": "read", "until": "2099-01-01",
}  # fmt: skip
"""What makes a form one that is not refused before it is looked at."""
LISTS = frozenset({"capacity", "require", "exclude", "take", "leave"})
NOBODYS = {True: "987654", False: "nobodys"}
"""Ids that nothing has: a number, and one that is none."""
CHANGING = r'(csrf-token" content|name="csrf_token" value)="[^"]*"|\d+ s ago'
"""What differs in two answers to one question."""
SHORT = 3
"""Ids up to this long stand in many pages by chance."""
AT_ONCE = ("node", "item", "person", "decision", "form", "connection")
OWN_NODES = frozenset({"growth", "reach", "web", "ours"})
LEFT_BEHIND = frozenset({"deeds", "login_failures"})
"""Tables of what was tried."""
PROOF = "csrf_token"
Named = dict[str, set[str]]


class Heard(ImmutableMultiDict[str, str]):
    """A query or a form that remembers what was asked of it, by endpoint."""

    asked: ClassVar[Named] = defaultdict(set)

    def _hear(self, key: object) -> None:
        if has_request_context() and request.endpoint and isinstance(key, str):
            self.asked[request.endpoint].add(key)

    def __getitem__(self, key: str) -> str:
        self._hear(key)
        return super().__getitem__(key)

    def getlist(self, key: str, *rest: Any, **more: Any) -> list[Any]:
        self._hear(key)
        return super().getlist(key, *rest, **more)

    def __contains__(self, key: object) -> bool:
        self._hear(key)
        return super().__contains__(key)


class Hearing(Request):
    """A request with ears."""

    parameter_storage_class = Heard


class Fields(HTMLParser):
    """What a page sends: (method, address, name of a field or of a part of a query)."""

    def __init__(self, here: str, text: str) -> None:
        super().__init__()
        self.found: set[tuple[str, str, str]] = set()
        self._here, self._form = here, ("GET", here)
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = (told.get("method", "get").upper(), urlsplit(told.get("action") or self._here).path)
        if tag == "a":
            parts = urlsplit(told.get("href", ""))
            self.found |= {("GET", parts.path, name) for name, _ in parse_qsl(parts.query) if not parts.netloc}
        if told.get("name") and tag in ("input", "select", "textarea", "button"):
            self.found.add((*self._form, told["name"]))


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Vault]:
    with vault(tmp_path_factory.mktemp("vault"), migrated_sqlite) as found:
        found.lodge.app.request_class = Hearing
        yield found


def _open(app: Flask) -> list[Rule]:
    """Routes whose doors let somebody of one portfolio in, at least somewhere."""
    found = []
    for rule in app.url_map.iter_rules():
        need = whole_need_of(app, rule.endpoint)
        assert need is not None, rule
        local = "node_id" in rule.arguments or need.anywhere or need.role <= Role.VIEWER
        if local and not need.plain:
            found.append(rule)
    return found


def _address(app: Flask, rule: Rule, *, node: str = SEEN, other: str = "1") -> str:
    """The address of a route with a node, or another id, in its path; one of a number takes 1 for what is none."""
    values: dict[str, Any] = {}
    for name in rule.arguments:
        kind = rule._converters[name]
        number = "Integer" in type(kind).__name__
        choice = sorted(getattr(kind, "items", ()))
        values[name] = node if name == "node_id" else choice[0] if choice else other if other.isdigit() or not number else "1"
    return app.url_map.bind("localhost").build(rule.endpoint, values)


def _parameters(held: Vault) -> Named:
    """What each open route takes: as somebody who may do everything finds it on the pages, and as OpenAPI says."""
    app, client = held.lodge.app, held.lodge.enter("warden")
    found, adapter = _described(app, client.get("/api/v1/openapi.json").json or {}), app.url_map.bind("localhost")
    for rule in _open(app):
        pages = {_address(app, rule, node=node, other=held.ids["form"][0]) for node in (SEEN, OURS, "launch")}
        for here in pages if "GET" in (rule.methods or ()) else ():
            for method, path, name in Fields(here, client.get(here).text).found:
                try:
                    endpoint, _ = adapter.match(path, method=method)
                except HTTPException:
                    continue
                found[endpoint].add(name.partition(".")[0])
    for endpoint, names in Heard.asked.items():
        found[endpoint] |= {name.partition(".")[0] for name in names}
    return found


def _described(app: Flask, document: Mapping[str, Any]) -> Named:
    """What OpenAPI says that the routes of the API take, in their queries and their bodies."""
    found: Named = defaultdict(set)
    adapter = app.url_map.bind("localhost")
    for path, operations in document["paths"].items():
        for method, told in operations.items():
            endpoint, _ = adapter.match(re.sub(r"{\w+}", "1", f"/api/v1{path}"), method=method.upper())
            found[endpoint] |= {one["name"] for one in told.get("parameters", ()) if one["in"] == "query"}
            for media in told.get("requestBody", {}).get("content", {}).values():
                name = media["schema"]["$ref"].rpartition("/")[2]
                found[endpoint] |= set(document["components"]["schemas"][name]["properties"])
    return found


@dataclass
class Intruder:
    """Somebody's browser, what they sent so far that told them something, and what it told."""

    held: Vault
    who: str
    told: dict[str, str] = field(default_factory=dict)
    nobodys: dict[tuple[str | bool, ...], tuple[int, str, str]] = field(default_factory=dict)
    sent: int = 0

    def __post_init__(self) -> None:
        self.client: PageClient = self.held.lodge.enter(self.who)
        self.proof = self.client.proof()

    def send(self, method: str, address: str, fields: Mapping[str, str], takes: set[str]) -> TestResponse:
        """Send a query; a form, too, where something is changed; JSON where that is the API."""
        if not self.client.get_cookie(LOGIN):  # they have just logged out
            self.__post_init__()
        self.sent += 1
        rest: dict[str, Any] = {}
        if method != "GET":
            filled = {**GOOD, **fields}
            body = {name: [filled[name]] if name in LISTS else filled[name] for name in takes & set(filled)}
            rest = {"json": body} if address.startswith("/api/") and method != "DELETE" else {"data": filled}
        query = {} if "json" in rest else fields
        headers = {"Origin": OWN, "X-CSRFToken": self.proof}
        return self.client.open(address, method=method, query_string=query, headers=headers, **rest)

    def look(self, method: str, address: str, fields: Mapping[str, str], takes: set[str]) -> TestResponse:
        """Send it, and keep whatever it told of the other portfolio that was not in it."""
        answer = self.send(method, address, fields, takes)
        said = answer.text + " ".join(answer.headers.values())
        mine = address + " ".join(fields.values())
        words = [word for word in WORDS if word in said and word not in mine]
        as_nobody = answer.status_code == 401 or answer.headers.get("Location", "").startswith("/login?")
        if words or as_nobody or answer.status_code >= 500:
            self.told[f"{method} {address} {dict(fields)}"] = f"{answer.status_code} {words}"
        return answer

    def alike(self, method: str, address: str, fields: Sequence[str], id_: str, takes: set[str]) -> None:
        """Send it with somebody else's id and with nobody's: both are told the same. "{}" is where the address has it."""
        key = (method, address, *fields, id_.isdigit())
        if key not in self.nobodys:
            self.nobodys[key] = self._answered(method, address, fields, NOBODYS[id_.isdigit()], takes)
        there, not_there = self._answered(method, address, fields, id_, takes), self.nobodys[key]
        if there[:2] != not_there[:2] or (len(id_) > SHORT and there != not_there):
            self.told[f"{method} {address} {fields} with {id_}"] = f"{there[:2]} unlike {not_there[:2]}"

    def _answered(
        self, method: str, address: str, fields: Sequence[str], id_: str, takes: set[str]
    ) -> tuple[int, str, str]:
        there = address.replace("{}", quote(id_, safe=""))
        answer = self.look(method, there, dict.fromkeys(fields, id_), takes)
        text = re.sub(CHANGING, "", answer.text).replace(id_, "{}")
        return answer.status_code, answer.headers.get("Location", "").replace(id_, "{}"), text


def _probe(intruder: Intruder, rule: Rule, method: str, takes: set[str]) -> None:
    """Into the path; into each parameter alone; into all of them at once."""
    app, ids = intruder.held.lodge.app, intruder.held.ids
    need = whole_need_of(app, rule.endpoint)
    if "node_id" in rule.arguments:
        for id_ in (ids["node"][0], ids["node"][-1], ids["lens node"][0], ids["item"][0]):
            intruder.alike(method, _address(app, rule, node="{}").replace("%7B%7D", "{}"), (), id_, takes)
    elif rule.arguments:
        for id_ in intruder.held.every_id:
            intruder.look(method, _address(app, rule, other=id_), {}, takes)
    here = _address(app, rule)
    for name in sorted(takes):
        for id_ in {one for kind in PARAMETERS.get(name, ()) for one in ids[kind]}:
            intruder.alike(method, here, (name,), id_, takes)
        if not PARAMETERS.get(name):
            intruder.look(method, here, {name: ids["item"][0]}, takes)
    for kind in AT_ONCE if need is not None and need.role > Role.ANYBODY and takes else ():
        intruder.look(method, here, dict.fromkeys(takes, ids[kind][0]), takes)


def _of_others(held: Vault) -> set[str]:
    """Every row of the database but those of what the intruders may see, and of themselves."""
    mine = {account.id for name, account in held.lodge.people.items() if name != "warden"}
    found = set()
    with held.lodge.space.db.transaction(write=False) as connection:
        for name, table in METADATA.tables.items():
            for row in connection.execute(select(table)).mappings():
                if row.get("node") not in OWN_NODES and row.get("account") not in mine and name not in LEFT_BEHIND:
                    found.add(f"{name}: {dict(row)!r}")
    return found


@pytest.fixture(scope="module")
def takes(held: Vault) -> Named:
    return _parameters(held)


def test_every_parameter_of_a_route_that_somebody_reaches_is_told_what_it_can_name(held: Vault, takes: Named) -> None:
    reached = {rule.endpoint for rule in _open(held.lodge.app)}
    unknown = {(endpoint, name) for endpoint in reached for name in takes[endpoint] - set(PARAMETERS) - {PROOF}}
    assert sorted(unknown) == [], "say in PARAMETERS what it can name"
    assert sorted(set(PARAMETERS) - {name for names in takes.values() for name in names}) == []


def test_ids_of_another_portfolio_tell_nothing_and_change_nothing(held: Vault, takes: Named) -> None:
    before, text = _of_others(held), held.lodge.scene.path.read_text()
    told, sent = {}, 0
    for who, methods in (("viewer", {"GET"}), ("editor", {"GET", "POST", "PUT", "DELETE"})):
        intruder = Intruder(held, who)
        for rule in _open(held.lodge.app):
            for method in sorted(methods & (rule.methods or set())):
                _probe(intruder, rule, method, takes[rule.endpoint] - {PROOF})
        told |= {f"{who}: {what}": words for what, words in intruder.told.items()}
        sent += intruder.sent
    assert told == {}
    assert sent > 800
    asked = {(rule.endpoint, name) for rule in _open(held.lodge.app) for name in Heard.asked[rule.endpoint]}
    assert sorted(one for one in asked if one[1].partition(".")[0] not in {*PARAMETERS, PROOF}) == []
    assert sorted(before ^ _of_others(held)) == []
    assert held.lodge.scene.path.read_text() == text
    with held.lodge.space.db.read() as uow:
        assert uow.overrides.of(SEEN) is not None, "what they may do was done: the probes reach what forms lead to"
