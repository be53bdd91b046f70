"""What every endpoint of a server needs beside what it shares with the Cloud fake."""

from typing import cast

from flask import Response, current_app, jsonify

from sandbox.jira.datacenter import render
from sandbox.jira.datacenter.state import Server
from sandbox.jira.http import root as cloud_root
from sandbox.jira.records import Json


def server() -> Server:
    return cast("Server", current_app.extensions["jira_server"])


def root() -> str:
    """The address of the server with its context path; the site itself knows only that of the Cloud fake."""
    address = cast("str | None", current_app.extensions.get("jira_server_url"))
    return address or cloud_root()


def answer(told: object, status: int = 200) -> Response:
    """A document of the Cloud fake as a server tells it."""
    response = jsonify(render.server(server(), told, root()))
    response.status_code = status
    return response


def user_fields(asked: Json) -> Json:
    """The fields of an edit with people by account id, as the site keeps them."""
    told = dict(asked)
    for name in ("assignee", "reporter"):
        if isinstance(told.get(name), dict):
            words = str(told[name].get("name") or told[name].get("key") or "")
            told[name] = {"accountId": server().account_of(words)}
    return told
