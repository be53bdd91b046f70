"""The watching finds what it should: each kind of difference, in a small description of our own."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from werkzeug.test import Client

from sandbox.watching import FAULT
from tests.support import openapi
from tests.support.openapi import Recorder
from tests.support.openapi_spec import Exchange, Spec

PERSON = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "name", "secret"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "secret": {"type": "string", "writeOnly": True},
        "nick": {"type": "string", "nullable": True},
        "rank": {"type": "string", "enum": ["low", "high"], "nullable": True},
        "boss": {"allOf": [{"$ref": "#/components/schemas/Name"}], "nullable": True},
        "born": {"type": "string", "format": "date"},
        "seen": {"type": "string", "format": "date-time"},
    },
}
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/people/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True}],
            "get": {
                "parameters": [
                    {"$ref": "#/components/parameters/fields"},
                    {"name": "deep", "in": "query", "schema": {"type": "boolean"}},
                    {"name": "size", "in": "query", "schema": {"type": "integer", "maximum": 100}},
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Person"}}}},
                    "404": {"description": "Nobody."},
                },
            },
            "put": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Person"}}},
                },
                "responses": {204: {"content": {"application/json": {"schema": {}}}}},
            },
        },
        "/people/me": {"get": {"responses": {"200": {}}}},
        "/search": {
            "get": {"parameters": [{"name": "q", "in": "query", "required": True}], "responses": {"200": {}}},
        },
    },
    "components": {
        "schemas": {"Person": PERSON, "Name": {"type": "object", "properties": {"text": {"type": "string"}}}},
        "parameters": {
            "fields": {"name": "fields", "in": "query",
                       "schema": {"type": "array", "items": {"type": "string", "enum": ["id", "name"]}}},
        },
    },
}  # fmt: skip
GOOD = {"id": 1, "name": "Ada"}


def judged(
    path: str = "/people/7", *, method: str = "GET", query: str = "", sent: Any = None, status: int = 200,
    answer: Any = GOOD, content_type: str = "application/json",
) -> list[tuple[str, str]]:
    spec = Spec("made", DOCUMENT)
    body = b"" if sent is None else json.dumps(sent).encode()
    exchange = Exchange("made", method, path, query, body, status, content_type, json.dumps(answer).encode())
    operation = spec.find(method, path)
    assert operation is not None
    return [(one.side, one.at) for one in operation.judge(exchange, request=True, answer=True)]


def test_what_fits_is_not_complained_about() -> None:
    assert judged(query="fields=id,name&deep=true&size=5") == []


@pytest.mark.parametrize(
    ("query", "at"), [("depth=1", "/depth"), ("deep=yes", "/deep"), ("size=101", "/size"), ("fields=id,age", "/fields")]
)
def test_a_query_that_does_not_fit_is_found(query: str, at: str) -> None:
    assert judged(query=query) == [("query", at)]


def test_a_missing_query_parameter_is_found() -> None:
    assert judged("/search") == [("query", "/q")]


@pytest.mark.parametrize(
    ("more", "at"),
    [
        ({"name": 1}, "/name"), ({"age": 3}, ""), ({"rank": "middle"}, "/rank"), ({"boss": {"text": 1}}, "/boss/text"),
        ({"born": "soon"}, "/born"), ({"seen": "2026-11-20"}, "/seen"), ({"name": None}, "/name"),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_fit_is_found_with_its_place(more: dict[str, Any], at: str) -> None:
    assert judged(answer={**GOOD, **more}) == [("answer", at)]


def test_null_is_taken_where_the_description_says_so_and_jiras_times_are_times() -> None:
    assert judged(answer={**GOOD, "nick": None, "rank": None, "boss": None, "seen": "2026-11-20T09:00:00.000+0000"}) == []


def test_a_request_needs_nothing_that_only_the_vendor_sets() -> None:
    assert judged(method="PUT", sent={"name": "Ada", "secret": "s"}, status=204) == []


@pytest.mark.parametrize("sent", [{"name": "Ada"}, None])
def test_a_request_without_what_it_needs_is_found(sent: Any) -> None:
    assert [side for side, _ in judged(method="PUT", sent=sent, status=204)] == ["request"]


def test_a_body_where_none_is_taken_is_found() -> None:
    assert judged(sent={"a": 1}) == [("request", "")]


def test_a_status_that_is_not_described_is_found() -> None:
    assert judged(status=418) == [("status", "")]


def test_a_page_instead_of_a_document_is_found() -> None:
    assert judged(content_type="text/html") == [("answer", "")]


def test_a_fixed_path_goes_before_one_with_a_name_in_it() -> None:
    spec = Spec("made", DOCUMENT)
    assert spec.find("GET", "/people/me").name == "made GET /people/me"
    assert spec.find("GET", "/nobody") is None


def test_a_loose_description_is_closed_around_its_records_and_follows_compact_ones() -> None:
    part = {"type": "object", "properties": {"gid": {"type": "string"}}}
    schemas = {
        "ThingCompact": part,
        "ThingBase": {"$ref": "#/components/schemas/ThingCompact"},
        "ThingResponse": {"allOf": [{"$ref": "#/components/schemas/ThingBase"},
                                    {"type": "object", "properties": {"size": {"type": "integer"}}}]},
    }  # fmt: skip
    told = {"type": "object", "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/ThingCompact"}}}}
    document = {
        "paths": {"/things": {"get": {"responses": {200: {"content": {"application/json": {"schema": told}}}}}}},
        "components": {"schemas": schemas},
    }
    operation = Spec("made", document, loose=True).find("GET", "/things")
    assert operation is not None

    def found(record: dict[str, Any]) -> list[str]:
        body = json.dumps({"data": [record]}).encode()
        exchange = Exchange("made", "GET", "/things", "", b"", 200, "application/json", body)
        return [one.at for one in operation.judge(exchange, request=True, answer=True)]

    assert found({"gid": "1", "size": 2}) == []
    assert found({"gid": "1", "size": None}) == []
    assert found({"gid": "1", "size": "big"}) == ["/data/*/size"]
    assert found({"gid": 1}) == ["/data/*/gid"]
    assert found({"gid": "1", "colour": "red"}) == ["/data/*"]


def _application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"].endswith("/broken"):
        environ[FAULT] = "html"
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"a page"]


@pytest.mark.parametrize(("path", "sides"), [("/rest/api/3/no-such-call", ["call"]), ("/rest/api/3/myself", ["answer"])])
def test_an_exchange_is_kept_judged_once_and_not_changed(path: str, sides: list[str]) -> None:
    if not openapi.at_hand():
        pytest.skip(openapi.ABSENT)
    recorder = Recorder()
    client = Client(recorder.layer("jira", _application))
    for _ in range(2):
        assert client.get(path).data == b"a page"
    assert [one.side for one in recorder.judge(forgiving=False)] == sides
    assert recorder.judge(forgiving=False) == []


def test_the_answer_of_a_planned_fault_is_not_held_against_the_fake_but_its_call_is() -> None:
    if not openapi.at_hand():
        pytest.skip(openapi.ABSENT)
    recorder = Recorder()
    Client(recorder.layer("jira", _application)).get("/rest/api/3/status/broken?colour=red")
    assert [(one.side, one.at) for one in recorder.judge(forgiving=False)] == [("query", "/colour")]
