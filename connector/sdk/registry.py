"""Which tools there are: every sub-package of ``connector`` that exports ``CONNECTOR``. No list to edit."""

import importlib
import pkgutil
from types import ModuleType

import connector
from connector.sdk.base import ConnectionSettings, Connector, ConnectorFactory, SecretReader, Surroundings
from connector.sdk.oauth import OAuthApp
from connector.sdk.questions import Questions
from model.errors import UsageError


def _package(name: str) -> ModuleType:
    return importlib.import_module(f"{connector.__name__}.{name}")


def _options(tool: str) -> ModuleType:
    return importlib.import_module(f"{connector.__name__}.{tool}.options")


def tools() -> dict[str, ConnectorFactory]:
    """Every tool's factory by its name, e.g. ``jira``."""
    found: dict[str, ConnectorFactory] = {}
    for module in pkgutil.iter_modules(connector.__path__):
        if module.ispkg and module.name != "sdk":
            factory = getattr(_package(module.name), "CONNECTOR", None)
            if factory is not None:
                found[module.name] = factory
    return dict(sorted(found.items()))


def create(settings: ConnectionSettings, surroundings: Surroundings) -> Connector:
    """The connector of a connection. Raises UsageError for an unknown tool or wrong options."""
    names = {module.name for module in pkgutil.iter_modules(connector.__path__) if module.ispkg}
    factory = getattr(_package(settings.tool), "CONNECTOR", None) if settings.tool in names - {"sdk"} else None
    if factory is None:
        raise UsageError(
            f"There is no tool {settings.tool!r}.",
            where=f"connections.{settings.name}.tool", fix=f"Known tools: {', '.join(tools())}.",
        )
    made: Connector = factory(settings, surroundings)
    return made


def questions(tool: str) -> Questions:
    """What ``init`` asks for a tool, by its ``options.QUESTIONS``. Raises UsageError for an unknown tool."""
    known = tools()
    if tool not in known:
        raise UsageError(f"{tool!r} is no tool.", where="--tool", fix=f"Tools are: {', '.join(known)}.")
    asked = getattr(_options(tool), "QUESTIONS", None)
    return asked if isinstance(asked, Questions) else Questions()


def workspaces(settings: ConnectionSettings, surroundings: Surroundings) -> tuple[tuple[str, str], ...] | None:
    """The workspaces that a credential opens, as (id, name), by a tool's ``WORKSPACES``; None: the tool has no such thing.

    Raises what the tool's answer raises.
    """
    find = getattr(_package(settings.tool), "WORKSPACES", None)
    return find(settings, surroundings) if find is not None else None


def oauth_app(settings: ConnectionSettings, read_secret: SecretReader) -> OAuthApp:
    """The OAuth app of a connection, by its tool's ``options.oauth_app``. Raises UsageError where there is none."""
    find = getattr(_options(settings.tool), "oauth_app", None) if settings.tool in tools() else None
    app = find(settings, read_secret) if find is not None else None
    if not isinstance(app, OAuthApp):
        raise UsageError(
            "This connection does not log in: its credential stands in the configuration.",
            where=f"connections.{settings.name}.auth", fix="Use auth: {type: oauth2, …} to log in with a browser.",
        )
    return app
