"""The only place where things are built and joined: configuration + database + connectors = a workspace."""

import hashlib
import os
import random
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from app.allocation import calm_memory
from app.clock import now
from app.tracing import span
from config.configuration import Configuration
from config.loader import load, nothing_yet
from config.outbound import Outward
from config.secrets import with_stored
from config.settings import Settings, read_settings
from connector.notify.create import outlet
from connector.sdk.base import Connector, SecretReader, Surroundings
from connector.sdk.registry import create
from model.mapping import Mapping as FieldMapping
from service import derived, hooks
from service.workspace import Workspace
from store.database import Database


def surroundings(configuration: Configuration, database: Database, allowed_hosts: Collection[str]) -> Surroundings:
    """What this process gives to connectors. ``allowed_hosts``: private ones that a page may have given."""
    return Surroundings(
        now=now,
        sleep=time.sleep,
        read_secret=secrets_of(configuration, database),
        tokens=database.tokens,
        limits=database.limits,
        jitter=random.random,
        read_only=configuration.read_only,
        trace=span,
        reach=Outward(partial(_by_page, database), allowed_hosts),
    )


def _by_page(database: Database, host: str) -> bool:
    with database.read() as uow:
        return uow.page_hosts.has(host)


def secrets_of(configuration: Configuration, database: Database) -> SecretReader:
    """Reads the secrets that a configuration names, those that the database keeps, too."""

    def kept(reference: str) -> str | None:
        found = database.tokens.load(reference)
        return None if found is None else found.access.get_secret_value()

    return with_stored(configuration.secrets, kept)


class Connectors:
    """Connectors by connection, each made on first use and closed together."""

    def __init__(self, configuration: Configuration, database: Database, process: Settings) -> None:
        self._configuration = configuration
        self._made: dict[str, Connector] = {}
        self.surroundings = surroundings(configuration, database, process.allowed_hosts)

    def __call__(self, name: str) -> Connector:
        if name not in self._made:
            self._made[name] = create(self._configuration.connections[name], self.surroundings)
        return self._made[name]

    def with_mapping(self, name: str, mapping: FieldMapping) -> Connector:
        """A connector of its own that reads with another mapping; not kept."""
        settings = replace(self._configuration.connections[name], mapping=mapping)
        return create(settings, self.surroundings)

    def close(self) -> None:
        for connector in self._made.values():
            connector.close()
        self._made.clear()


def environment() -> Mapping[str, str]:
    """The environment of this process."""
    return os.environ


def settings() -> Settings:
    """The settings of this process."""
    return read_settings(os.environ)


def configuration_path(chosen: str | None, process: Settings) -> Path:
    """Where the configuration is: the option, then $BELLWETHER_CONFIG, then ./bellwether.yaml."""
    return process.config_path(Path(chosen) if chosen else None)


def read_configuration(path: Path) -> Configuration:
    """The configuration at a path. Raises UsageError naming file, path and line."""
    return load(path, environment=os.environ)


def begun_configuration(path: Path) -> Configuration:
    """As ``read_configuration``, but where there is no file yet, what holds until the first page has written one."""
    return read_configuration(path) if path.exists() else nothing_yet(path, environment=os.environ)


def open_database(configuration: Configuration, process: Settings) -> Database:
    """The database, brought to the newest schema. Raises UsageError when its schema is newer than this version."""
    database = bare_database(configuration, process)
    database.upgrade()
    return database


def bare_database(configuration: Configuration, process: Settings) -> Database:
    """The database with the schema that it has."""
    key = process.secret_key
    folder = configuration.path.resolve().parent if configuration.path else None
    return Database(
        configuration.database_url, secret_key=key.get_secret_value().encode() if key else None, key_folder=folder
    )


@contextmanager
def workspace(configuration: Configuration, process: Settings) -> Iterator[Workspace]:
    """Everything the use cases need, closed at the end."""
    calm_memory()
    database = open_database(configuration, process)
    connectors = Connectors(configuration, database, process)
    try:
        joined = join(configuration, database, connectors)
        with database.read() as uow:
            derived.load(joined, uow)
        yield joined
    finally:
        connectors.close()
        database.close()


@contextmanager
def looking(configuration: Configuration, process: Settings) -> Iterator[Workspace]:
    """A workspace over the database as it is, whatever its schema: for those who only look."""
    database = bare_database(configuration, process)
    connectors = Connectors(configuration, database, process)
    try:
        yield join(configuration, database, connectors)
    finally:
        connectors.close()
        database.close()


def agree_hooks(open_workspace: Workspace, configuration: Configuration) -> None:
    """Keep the webhook secrets that the configuration names; hooks registered by us have their own."""
    for name, connection in configuration.connections.items():
        named = connection.options.get("webhook_secret")
        if named:
            hooks.agree(open_workspace, name, secrets_of(configuration, open_workspace.db)(named))


def join(configuration: Configuration, database: Database, connectors: Connectors) -> Workspace:
    """A workspace of parts that are already open."""

    def mapping_digest(name: str) -> str:
        mapping = configuration.connections[name].mapping
        return hashlib.sha256(mapping.model_dump_json().encode()).hexdigest()[:16]

    return Workspace(
        db=database,
        tree=configuration.tree,
        policies=configuration.policies,
        teammates=configuration.teammates,
        timezone=configuration.timezone,
        read_only=configuration.read_only,
        public_url=configuration.public_url,
        connections=tuple(configuration.connections),
        connector=connectors,
        connector_with=connectors.with_mapping,
        mapping_digest=mapping_digest,
        clock=now,
        money=configuration.money,
        notifiers=tuple(outlet(subscription, connectors.surroundings) for subscription in configuration.subscriptions),
        lenses=configuration.lenses,
        derivations=configuration.derivations,
        retention=configuration.retention,
        reminders=configuration.reminders,
    )
