"""The configuration as everything else sees it: model records, resolved and checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from config.faults import Step
from config.logins import LoginRules
from config.places import Places
from connector.sdk.base import ConnectionSettings, SecretReader
from model.derived import Derivation
from model.landscape import Teammate
from model.lens import Lens
from model.money import Money
from model.notices import Subscription
from model.policy import Policy
from model.retention import Retention
from model.tree import Courtesy, Tree

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True)
class Configuration:
    """A configuration that can be used.

    ``path``: its file (None: it came from no file). ``public_url``: where people open our pages, if
    anywhere. ``database_url`` may hold a password and is not shown.
    ``policies``: by class of project, plus "default". ``reminders``: how owners of due benefits are reminded, if at all.
    """

    path: Path | None
    timezone: str
    read_only: bool
    public_url: str | None
    database_url: str = field(repr=False)
    connections: Mapping[str, ConnectionSettings] = field(repr=False)
    teammates: tuple[Teammate, ...] = field(repr=False)
    money: Money
    tree: Tree
    lenses: tuple[Lens, ...]
    derivations: tuple[Derivation, ...]
    policies: Mapping[str, Policy]
    retention: Retention
    reminders: Courtesy | None
    login: LoginRules
    subscriptions: tuple[Subscription, ...] = field(repr=False)
    secrets: SecretReader = field(repr=False)
    places: Places = field(repr=False)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which a date is a day."""
        return ZoneInfo(self.timezone)

    def where(self, dotted: str) -> str:
        """File, line and path of e.g. ``connections.acme-jira.auth.type``, for errors found outside this package."""
        steps: list[Step] = [int(number) if number else name for name, number in _STEP.findall(dotted)]
        return self.places.where(tuple(steps))
