"""The environment's settings, read once from the mapping that is passed in."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from model.base import Record
from model.errors import UsageError

CONFIG = "BELLWETHER_CONFIG"
DATABASE_URL = "BELLWETHER_DATABASE_URL"
SECRET_KEY = "BELLWETHER_SECRET_KEY"  # noqa: S105 - the name of the variable, not its value
LOG = "BELLWETHER_LOG"
ALLOWED_HOSTS = "BELLWETHER_ALLOWED_HOSTS"
ALLOWED_SECRETS = "BELLWETHER_ALLOWED_SECRETS"
NAMES = (CONFIG, DATABASE_URL, SECRET_KEY, LOG, ALLOWED_HOSTS, ALLOWED_SECRETS)

DEFAULT_FILE = Path("bellwether.yaml")
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?")


class Settings(Record):
    """What the environment says. ``allowed_hosts``: private hosts that the web page may connect to, lower case.

    ``allowed_secrets``: references to secrets that whoever is logged in may name in the pages; a ``*`` ends one.
    """

    config: Path | None = None
    database_url: SecretStr | None = None
    secret_key: SecretStr | None = None
    log: Literal["human", "json"] = "human"
    allowed_hosts: tuple[str, ...] = ()
    allowed_secrets: tuple[str, ...] = ()

    def config_path(self, option: Path | None) -> Path:
        """Which configuration counts: the command's option, then the environment, then ./bellwether.yaml."""
        return option or self.config or DEFAULT_FILE


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in ``environment``; a variable that is empty counts as not set.

    Raises UsageError naming the variable that can't be used.
    """
    config = environment.get(CONFIG)
    url = environment.get(DATABASE_URL)
    key = environment.get(SECRET_KEY)
    return Settings(
        config=Path(config) if config else None,
        database_url=SecretStr(url) if url else None,
        secret_key=SecretStr(key) if key else None,
        log=_log(environment.get(LOG) or "human"),
        allowed_hosts=_hosts(environment.get(ALLOWED_HOSTS, "")),
        allowed_secrets=_secrets(environment.get(ALLOWED_SECRETS, "")),
    )


def _log(value: str) -> Literal["human", "json"]:
    if value == "human":
        return "human"
    if value == "json":
        return "json"
    raise UsageError(f"{value!r} is no log format.", where=LOG, fix=f"Set {LOG} to human or json.")


def _hosts(value: str) -> tuple[str, ...]:
    hosts = tuple(part.strip().lower() for part in value.split(",") if part.strip())
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise UsageError(
                f"{host!r} is no host name.",
                where=ALLOWED_HOSTS,
                fix="List host names or addresses with commas between them, without scheme, port or path.",
            )
    return hosts


def _secrets(value: str) -> tuple[str, ...]:
    references = tuple(part.strip() for part in value.split(",") if part.strip())
    for one in references:
        kind, _, name = one.partition(":")
        if kind not in ("env", "file") or not name.strip("*") or "*" in one[:-1]:
            raise UsageError(
                f"{one!r} is no reference to a secret.",
                where=ALLOWED_SECRETS,
                fix="List env:NAME and file:PATH with commas between them; a * may stand at the end of each.",
            )
    return references
