"""Which addresses the web page may be told to connect to: none of the network that this machine stands in, unless allowed.

Whoever may add a connection could otherwise have the server ask what only the server can reach: a router, a database's
page, a cloud's metadata service.
"""

import socket
from collections.abc import Callable, Collection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from config.settings import ALLOWED_HOSTS
from model.errors import UsageError

Resolve = Callable[[str, int], Collection[str]]
Address = IPv4Address | IPv6Address

_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16"), ip_network("2001::/32"))
"""Networks of IPv6 behind whose addresses stand others, of IPv4."""


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Every address of a name, as this machine finds it. Raises UsageError where it finds none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _nowhere(host) from None
    return tuple(dict.fromkeys(str(address[0]).partition("%")[0] for *_rest, address in found))


def check_reachable(url: str, allowed: Collection[str], *, find: Resolve = resolve) -> tuple[str, ...]:
    """The addresses behind a URL that may be connected to.

    Args: ``allowed``: names and addresses of ``BELLWETHER_ALLOWED_HOSTS``, which may be private; ``find``: gives the
    addresses of a name. All of them have to be public: one that is not is refused, however the name was written.
    Raises UsageError (``no_url``, ``host_unknown``, ``host_refused``) whose text repeats nothing but the name.
    """
    host, port = _host_of(url)
    found = tuple(find(host, port))
    if not found:
        raise _nowhere(host)
    if host in allowed:
        return found
    refused = [one for one in found if one not in allowed and not is_public(one)]
    if refused:
        raise UsageError(
            f"{host} is an address of this machine or of the network it stands in.",
            where="url",
            fix=f"If that is meant, set ${ALLOWED_HOSTS}={host} and start anew.",
            reason="host_refused",
        )
    return found


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet: not of this machine, a private network, a link or a group."""
    try:
        found: Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found.is_site_local or any(found in network for network in _TRANSLATED):
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _nowhere(host: str) -> UsageError:
    return UsageError(f"The name {host} leads nowhere.", where="url", fix="Look for a typing mistake.", reason="host_unknown")


def _host_of(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, port = urlsplit(""), 0
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise UsageError(
            "This is no web address.", where="url", fix="Write it in full, e.g. https://acme.example.", reason="no_url"
        )
    return host, port
