"""What holds for the options of every connection, whatever its tool: safe URLs, secrets by reference."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from config.faults import Fault, Path, refuse
from config.secrets import is_reference

_SECRET_KEY = re.compile(r"(^|_)(token|secret|password|passphrase|private_key|api_key)$")


def check_options(options: Mapping[str, Any], *, allow_insecure: bool) -> None:
    """Refuse a URL that can't be called safely. Raises a pydantic error at the key ``url``."""
    url = options.get("url")
    if url is None:
        return
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not _host(parts):
        raise refuse("This is no web address.", "Write it in full, e.g. https://acme.example.", at="url")
    if parts.username or parts.password:
        raise refuse("The address holds a user name or a password.", "Take it out; that goes under auth:.", at="url")
    if parts.scheme == "http" and not (allow_insecure or is_loopback(_host(parts))):
        raise refuse(
            "http:// sends the credential in the clear.",
            "Use https://, or set allow_insecure: true on this connection if the network is yours.",
            at="url",
        )


def _host(parts: Any) -> str:
    try:
        parts.port  # noqa: B018 - the property raises for a port that is no number
        return parts.hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=10_000)
def _names_secret(key: str) -> bool:
    return _SECRET_KEY.search(key) is not None


def secrets_in(options: Any, path: Path) -> Iterator[tuple[Path, object]]:
    """Every option whose key says that it holds a secret, with its path."""
    if isinstance(options, Mapping):
        for key, value in options.items():
            if isinstance(value, Mapping | list):
                yield from secrets_in(value, (*path, key))
            elif _names_secret(key):
                yield (*path, key), value
    elif isinstance(options, list):
        for index, value in enumerate(options):
            yield from secrets_in(value, (*path, index))


def plain_secret_faults(options: Any, path: Path) -> list[Fault]:
    """One fault for each secret that stands in the file itself."""
    return [
        Fault(
            place,
            "The secret itself stands in this file.",
            "Write env:NAME or file:PATH instead, or set allow_plain_secrets: true.",
        )
        for place, value in secrets_in(options, path)
        if value is not None and not (isinstance(value, str) and is_reference(value))
    ]


def same_account_faults(connections: Mapping[str, Any]) -> list[Fault]:
    """One fault for each connection that is another one over again: every item would be read and counted twice."""
    first: dict[str, str] = {}
    faults: list[Fault] = []
    for name, options in connections.items():
        if not isinstance(options, Mapping):
            continue
        told = {key: value for key, value in options.items() if key != "webhook_secret"}
        other = first.setdefault(json.dumps(told, sort_keys=True, default=str), name)
        if other != name:
            faults.append(Fault(
                ("connections", name), f"This is the connection {other!r} once more.",
                "Take one of the two out, and use the other's name everywhere.",
            ))
    return faults
