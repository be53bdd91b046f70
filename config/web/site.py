"""What every page is made with."""

from collections.abc import Callable
from dataclasses import dataclass

from config.configuration import Configuration
from connector.sdk.base import Surroundings
from service.workspace import Workspace


@dataclass(frozen=True)
class Site:
    """The deployment as the pages see it. Each is asked at each request, so an edited configuration counts at once.

    ``check``: the configuration that a text would be if it stood in the file; raises ConfigurationError with all faults.
    ``kept``: the workspace that logins are looked up in, also while an edited configuration is wrong. ``around``: what
    connectors of a configuration are given, also of one that is only tried; ``allowed_hosts``: private hosts that may be
    connected to; ``allowed_secrets``: references that whoever is logged in may name.
    """

    workspace: Callable[[], Workspace]
    configuration: Callable[[], Configuration]
    check: Callable[[str], Configuration]
    kept: Callable[[], Workspace]
    around: Callable[[Configuration], Surroundings]
    allowed_hosts: frozenset[str] = frozenset()
    allowed_secrets: tuple[str, ...] = ()
