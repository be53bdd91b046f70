"""Reads the configuration: YAML → checked document → model records. Every mistake comes with file, line, path."""

import pkgutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import connector
from config.configuration import Configuration
from config.connection_rules import plain_secret_faults, same_account_faults, secrets_in
from config.database import database_url
from config.derived import build_derivations
from config.document import Document
from config.faults import ConfigurationError, Fault
from config.lenses import build_lenses
from config.logins import build_logins
from config.money import build_money
from config.parts import as_texts_where_whole
from config.people import build_teammates
from config.places import Places, parsed
from config.policy import build_policies
from config.secrets import secret_reader
from config.subscriptions import build_subscriptions
from config.tree import build_tree
from config.wording import faults_of
from connector.sdk.base import ConnectionSettings
from model.errors import UsageError
from model.mapping import Mapping as FieldMapping
from model.retention import Retention


def load(path: Path, *, environment: Mapping[str, str], tools: Collection[str] | None = None) -> Configuration:
    """The configuration in a file. ``tools``: the known ones (None: every folder of ``connector`` that is one).

    Raises UsageError (a ConfigurationError with all faults where the file could be read).
    """
    return load_text(_read(path), path, environment=environment, tools=tools)


def load_text(
    text: str, path: Path | None, *, environment: Mapping[str, str], tools: Collection[str] | None = None
) -> Configuration:
    """The configuration that ``text`` would be in a file. Raises ConfigurationError with all faults."""
    data, places = parsed(text, str(path or "configuration"))
    base = path.resolve().parent if path else Path()
    return _build(data, places, path=path, base=base, environment=environment, tools=tools)


def from_mapping(
    document: Mapping[str, Any], *, base: Path, environment: Mapping[str, str], tools: Collection[str] | None = None
) -> Configuration:
    """The configuration in a mapping as YAML would give it. ``base``: the folder that relative paths start from.

    Raises ConfigurationError; its places have paths and no lines.
    """
    return _build(document, Places("configuration"), path=None, base=base, environment=environment, tools=tools)


def nothing_yet(path: Path, *, environment: Mapping[str, str]) -> Configuration:
    """What holds where no file was written yet: there is no connection, and nothing is written into any tool."""
    empty = Document.model_construct(connections={}, read_only=True)
    base = path.resolve().parent
    return _joined(empty, Places(str(path)), path=path, base=base, environment=environment)


def known_tools() -> tuple[str, ...]:
    """The tools there are, without importing any: every folder of ``connector`` with an ``options`` module."""
    names = []
    for root in connector.__path__:
        for module in pkgutil.iter_modules([root]):
            inside = {inner.name for inner in pkgutil.iter_modules([str(Path(root) / module.name)])}
            if module.ispkg and "options" in inside:
                names.append(module.name)
    return tuple(sorted(names))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        fix = "Run bellwether init, or name another with --config or $BELLWETHER_CONFIG."
        raise UsageError("There is no such configuration.", where=str(path), fix=fix, reason="missing") from None
    except UnicodeDecodeError:
        raise UsageError("The configuration is not UTF-8 text.", where=str(path), fix="Save it as UTF-8.") from None
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        fix = "Make it a readable file."
        raise UsageError(f"The configuration can't be read: {why}.", where=str(path), fix=fix) from None


def _build(
    data: Any,
    places: Places,
    *,
    path: Path | None,
    base: Path,
    environment: Mapping[str, str],
    tools: Collection[str] | None,
) -> Configuration:
    document = _check(data, places, known_tools() if tools is None else tuple(tools))
    return _joined(document, places, path=path, base=base, environment=environment)


def _joined(
    document: Document, places: Places, *, path: Path | None, base: Path, environment: Mapping[str, str]
) -> Configuration:
    tree, tree_faults = build_tree(document)
    policies, policy_faults = build_policies(document)
    teammates, people_faults = build_teammates(document)
    lenses, lens_faults = build_lenses(document, tree)
    money, money_faults = build_money(document, teammates)
    url, url_faults = database_url(document, base=base, environment=environment)
    subscriptions, notify_faults = build_subscriptions(document, tree, teammates)
    login, login_faults = build_logins(document.login, tree, allow_plain=document.allow_plain_secrets)
    faults = tree_faults + policy_faults + people_faults + lens_faults + money_faults + url_faults + notify_faults
    faults += login_faults
    if faults:
        raise places.error(faults)
    return Configuration(
        path=path,
        timezone=document.timezone,
        read_only=document.read_only,
        public_url=document.public_url,
        database_url=url,
        connections=_connections(document),
        teammates=teammates,
        money=money,
        retention=Retention(**document.retention.model_dump()),
        reminders=document.publishing.reminders(),
        login=login,
        tree=tree,
        lenses=lenses,
        derivations=build_derivations(document, tree),
        policies=policies,
        subscriptions=subscriptions,
        secrets=secret_reader(
            base=base,
            environment=environment,
            allow_plain=document.allow_plain_secrets,
            where=_references(document, places).get,
        ),
        places=places,
    )


def _check(data: Any, places: Places, tools: tuple[str, ...]) -> Document:
    if data is None:
        raise places.error([Fault((), "The configuration is empty.", "Run bellwether init to make one.")])
    kept = dict(data) if isinstance(data, Mapping) else data
    connections = kept.get("connections") if isinstance(kept, dict) else None
    names = list(connections) if isinstance(connections, Mapping) else []
    faults: list[Fault] = []
    document: Document | None = None
    try:
        document = Document.model_validate(kept, context={"connections": names, "tools": list(tools)})
    except ValidationError as error:
        faults += faults_of(error, Document)
    if names:
        faults += same_account_faults(connections or {})
    if names and kept.get("allow_plain_secrets") is not True:
        faults += plain_secret_faults(connections, ("connections",))
    if faults or document is None:
        raise places.error(faults) from None
    return document


def _connections(document: Document) -> dict[str, ConnectionSettings]:
    return {
        name: ConnectionSettings(
            name=name,
            tool=entry.tool,
            options=as_texts_where_whole(entry.options),
            mapping=document.mapping.get(name, FieldMapping()),
            allow_insecure=entry.allow_insecure,
        )
        for name, entry in document.connections.items()
    }


def _references(document: Document, places: Places) -> dict[str, str]:
    """Where each secret's reference stands, so that a missing one is named with its line."""
    found: dict[str, str] = {}
    for name, entry in document.connections.items():
        for path, value in secrets_in(entry.options, ("connections", name)):
            if isinstance(value, str):
                found.setdefault(value, places.where(path))
    if document.login.oidc is not None:
        found.setdefault(document.login.oidc.client_secret, places.where(("login", "oidc", "client_secret")))
    for number, notify in enumerate(document.notify):
        for place, value in notify.secrets().items():
            found.setdefault(value, places.where(("notify", number, *place)))
    return found


__all__ = ["ConfigurationError", "from_mapping", "known_tools", "load", "nothing_yet"]
