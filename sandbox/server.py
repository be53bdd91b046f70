"""Both fake tools behind one address: ``/jira``, ``/asana``, and ``/_sandbox`` to steer them.

``/jira-dc`` shows the same Jira as a Data Center of its own address, token and shapes.

Inside a test: ``running = start(build(None, clock=clock))``, then ``running.url``, then ``running.stop()``.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, make_server

from sandbox.answering import Answering, hang_up
from sandbox.asana.app import create_app as create_asana
from sandbox.asana.load import load_company as load_asana
from sandbox.asana.space import AsanaSpace
from sandbox.control import create_control
from sandbox.document import company_document, playback_document
from sandbox.jira.app import create_app as create_jira
from sandbox.jira.datacenter.app import create_app as create_jira_server
from sandbox.jira.datacenter.state import Server
from sandbox.jira.load import load_company as load_jira
from sandbox.jira.site import ADMIN_ID, JiraSite
from sandbox.oauth import LoginServer, Wsgi, asana_login, jira_login
from sandbox.playback import load_export
from sandbox.world import World

JIRA_PATH = "/jira"
JIRA_SERVER_PATH = "/jira-dc"
ASANA_PATH = "/asana"
JIRA_LOGIN_PATH = "/oauth-jira"
ASANA_LOGIN_PATH = "/oauth-asana"
BOT_NAME = "Bellwether"


@dataclass(frozen=True)
class Credentials:
    """What the fakes take; these words open nothing else."""

    jira_email: str = "bot@example.test"
    jira_token: str = "sandbox-jira-token"
    jira_pat: str = "sandbox-jira-pat"
    asana_token: str = "sandbox-asana-token"


class Sandbox:
    """A WSGI application. It is filled by ``load``, because links between the tools need the address of both.

    ``source`` is a world, the folder of a Jira export, or None for two empty tools.
    """

    def __init__(
        self,
        source: World | Path | None,
        *,
        clock: Callable[[], datetime],
        speed: float,
        credentials: Credentials,
    ) -> None:
        self.source, self.clock, self.speed, self.credentials = source, clock, speed, credentials
        self.root_url: str | None = None
        self._sends = False

    def send_webhooks(self) -> None:
        """From now on Asana's webhooks go out by themselves, as Jira's do; without this a test sends them by hand."""
        self._sends = True
        self.asana.hooks.start()

    def load(self, root_url: str) -> None:
        """Fill both tools as at the beginning; ``root_url`` is where this application is reached."""
        if self._sends:
            self.asana.hooks.stop()
        self.root_url = root_url.rstrip("/")
        self.asana: AsanaSpace = AsanaSpace(self.clock, base_url=self.asana_url, seed=self._seed)
        self.jira = JiraSite(self.clock, base_url=self.jira_url)
        self.jira_server = Server(self.jira, tokens={self.credentials.jira_pat: ADMIN_ID})
        self._admit_bot()
        if isinstance(self.source, World):
            load_asana(self.asana, self.source, url_of=self.browse_url)
            load_jira(self.jira, self.source, url_of=self.task_url)
        elif self.source is not None:
            load_export(self.jira, self.source)
        self.jira.speed = self.asana.speed = self.speed
        jira, asana, server = self.jira, self.asana, self.jira_server
        apps = {JIRA_PATH: _when_asked(lambda: create_jira(jira)), ASANA_PATH: _when_asked(lambda: create_asana(asana))}
        apps[JIRA_SERVER_PATH] = _when_asked(lambda: create_jira_server(server, url=f"{self.root_url}{JIRA_SERVER_PATH}"))
        apps |= self._logins(apps[JIRA_PATH], apps[ASANA_PATH])
        self._dispatch = DispatcherMiddleware(create_control(self), apps)
        if self._sends:
            self.asana.hooks.start()

    def _logins(self, jira: Wsgi, asana: Wsgi) -> dict[str, Wsgi]:
        """The vendors' login servers, each with a way to its tool for the tokens it gives."""
        known, tokens = self.jira.credentials, self.asana.tokens
        self.jira_login = LoginServer(
            self.clock, lambda token: known.update({token: ADMIN_ID}), lambda token: known.pop(token, None), rotates=True
        )
        self.asana_login = LoginServer(
            self.clock, lambda token: tokens.update({token: self.asana.bot.gid}), lambda token: tokens.pop(token, None),
            rotates=False,
        )
        return {
            JIRA_LOGIN_PATH: _when_asked(lambda: jira_login(self.jira_login, jira, site_url=self.jira_url)),
            ASANA_LOGIN_PATH: _when_asked(lambda: asana_login(self.asana_login, asana)),
        }

    @property
    def _seed(self) -> int:
        return self.source.seed if isinstance(self.source, World) else 0

    def _admit_bot(self) -> None:
        words = self.credentials
        self.jira.add_user(ADMIN_ID, BOT_NAME, words.jira_email)
        self.jira.add_credential(words.jira_email, words.jira_token)
        self.asana.bot.name, self.asana.bot.email = BOT_NAME, words.jira_email
        self.asana.tokens = {words.asana_token: self.asana.bot.gid}

    @property
    def jira_url(self) -> str:
        return f"{self.root_url}{JIRA_PATH}"

    @property
    def asana_url(self) -> str:
        """The web address of the fake Asana; its API is below ``/api/1.0``."""
        return f"{self.root_url}{ASANA_PATH}"

    def browse_url(self, key: str) -> str:
        """The page of a Jira issue."""
        return f"{self.jira_url}/browse/{key}"

    def task_url(self, key: str) -> str:
        """The page of an Asana task of the world."""
        task = self.asana.task(key)
        return f"{self.asana_url}/0/{next(iter(task.homes), '0')}/{task.gid}"

    def document(self) -> dict[str, Any]:
        """The configuration of the service for this world, in the shape of its YAML."""
        if isinstance(self.source, World):
            return company_document(self, self.source)
        return playback_document(self)

    def reset(self) -> None:
        """Everything as it was at the beginning."""
        if self.root_url is not None:
            self.load(self.root_url)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self.root_url is None:
            self.load(f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}")
        return self._dispatch(environ, start_response)


_MAKING = threading.Lock()
"""Compiling routes in two threads at once is more than Python's own parser bears (3.11: a SystemError now and then)."""


def _when_asked(make: Callable[[], Wsgi]) -> Wsgi:
    """A part that is made at its first request: most who start a sandbox ask one or two of them."""
    made = cache(make)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with _MAKING:
            part = made()
        return part(environ, start_response)

    return answer


def build(
    source: World | Path | None,
    *,
    clock: Callable[[], datetime],
    speed: float = 1.0,
    credentials: Credentials | None = None,
) -> Sandbox:
    """A sandbox that is filled when it is started, or by its first request. ``speed`` hurries the vendors' limits."""
    return Sandbox(source, clock=clock, speed=speed, credentials=credentials or Credentials())


@dataclass
class Running:
    """A sandbox that answers in threads of this process."""

    url: str
    sandbox: Sandbox
    server: BaseWSGIServer
    thread: threading.Thread

    def stop(self) -> None:
        """Stop answering and free the port."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        hang_up(self.server)


def start(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> Running:
    """Bind (port 0: any free one), fill the tools, and answer. Raises OSError when the port is taken."""
    server = make_server(host, port, sandbox, threaded=True, request_handler=Answering)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{server.server_port}"
    sandbox.load(url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True, name="sandbox")
    thread.start()
    return Running(url=url, sandbox=sandbox, server=server, thread=thread)
