"""The page of the small company with people who may log in: each with a browser, or a token, of their own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app import bootstrap
from app.wsgi import create_app
from config.settings import read_settings
from config.web.cookies import LOGIN
from model.access import Account, Right, Role, Scope
from service import logins
from service.workspace import Workspace
from store.accounts import folded
from tests.support.page_client import OWN, PageClient
from tests.support.scene import Reading, Scene

PEOPLE: Mapping[str, tuple[Right, ...]] = {
    "viewer": (Right(role=Role.VIEWER),),
    "editor": (Right(role=Role.EDITOR),),
    "admin": (Right(role=Role.ADMIN),),
    "viewer of web": (Right(role=Role.VIEWER, node="web"),),
    "editor of web": (Right(role=Role.EDITOR, node="web"),),
}
"""Everybody who has an account, with what they may do."""


@dataclass
class Lodge:
    """A page that asks for logins. ``later``: how far its clock is ahead."""

    scene: Scene
    space: Workspace
    app: Flask
    people: dict[str, Account] = field(default_factory=dict)
    later: timedelta = timedelta()

    def enter(self, name: str) -> PageClient:
        """A browser in which somebody is logged in; nobody is, for a name without an account."""
        client = self.browser()
        if name in self.people:
            client.set_cookie(LOGIN, logins.begin(self.space, self.people[name].id, agent=f"browser of {name}"))
        return client

    def browser(self) -> PageClient:
        client = self.app.test_client()
        assert isinstance(client, PageClient)
        return client

    def token(self, name: str, scope: Scope, node: str | None = None, days: int = 1) -> str:
        return logins.make_token(self.space, self.people[name], "a program", scope=scope, node=node, days=days)

    def add(self, name: str, rights: tuple[Right, ...], password: str | None = None) -> Account:
        """An account without the half second that hashing takes, unless it has a password."""
        from service.passwords import PASSWORDS

        hashed = PASSWORDS.hash(password) if password else None
        with self.space.db.begin() as uow:
            made = uow.accounts.add(name, at=self.space.clock(), password=hashed)
            uow.accounts.grant(made, rights)
            found = uow.accounts.named(folded(name))
        assert found is not None
        self.people[name] = found.account
        return found.account


def post(client: PageClient, path: str, data: Mapping[str, Any] | None = None, **headers: str) -> TestResponse:
    """Send a form of our own page."""
    return client.post(path, data=dict(data or {}), headers={"Origin": OWN, **headers})


@contextmanager
def lodge(scene: Scene, *, people: Mapping[str, tuple[Right, ...]] = PEOPLE) -> Iterator[Lodge]:
    """The page over a scene; without people nobody has to log in."""
    with bootstrap.workspace(scene.configuration(), read_settings({})) as space:
        made = Lodge(scene, space, create_app(lambda: space, Reading(scene)))
        real = space.clock

        def clock() -> datetime:
            return real() + made.later

        space.clock = clock
        for name, rights in people.items():
            made.add(name, rights)
        yield made
