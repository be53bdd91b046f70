"""A pytest plugin: test clients fill in a form as a browser does, with what the page put into it to prove that it is ours."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

OWN = "http://localhost"
_PROOF = re.compile(r'<meta name="csrf-token" content="([^"]+)">')


class PageClient(FlaskClient):
    """Sends the proof along with every form that says that it comes from our own page, unless the test says another."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        headers = Headers(kwargs.get("headers"))
        data = kwargs.get("data")
        proven = "X-CSRFToken" in headers or (isinstance(data, Mapping) and "csrf_token" in data)
        if kwargs.get("method", "GET") == "POST" and headers.get("Origin") == OWN and not proven:
            headers["X-CSRFToken"] = self.proof()
            kwargs["headers"] = headers
        return super().open(*args, **kwargs)

    def proof(self) -> str:
        """What a page of ours gives this browser now."""
        for page in ("/accounts/first", "/account", "/login"):
            found = _PROOF.search(super().open(page).text)
            if found:
                return found[1]
        raise AssertionError("no page has a proof in it")


@pytest.fixture(scope="session", autouse=True)
def page_client() -> Iterator[None]:
    """Every ``app.test_client()`` is one."""
    before = Flask.test_client_class
    Flask.test_client_class = PageClient
    yield
    Flask.test_client_class = before
