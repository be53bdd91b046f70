"""Which addresses a page may be told to call: public ones, and private hosts that the operator has named.

Whoever may add a connection could otherwise have the server ask what only the server can reach: a router, a database's
page, a cloud's metadata service.
"""

import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from config.settings import ALLOWED_HOSTS
from connector.sdk.reach import Check
from model.errors import ConnectionUnusableError, UsageError

Resolve = Callable[[str], Sequence[str]]
"""The addresses of a host name. Raises OSError for one that has none."""

_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16"), ip_network("2001::/32"))
"""Networks of IPv6 behind whose addresses stand others, of IPv4."""


_OF_CLOUDS = (ip_network("168.63.129.16/32"), ip_network("192.0.0.0/24"))
"""Where clouds answer their machines, under numbers that count as public: the agent of the host in one of them, and a network
for protocols' own use, in which another has had its metadata service."""


def addresses_of(host: str) -> tuple[str, ...]:
    """The addresses of a host name, as this machine finds them."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found))


def refuse_private(url: str, *, allowed: Collection[str], resolve: Resolve = addresses_of) -> None:
    """Refuse an address inside this machine's own network, which somebody outside could reach through us.

    ``allowed``: host names and addresses, lower case, that may be called all the same. Of any other name every address has
    to be public, however it was written. Raises UsageError (``bad_url``, ``no_such_host``, ``private_address``) that
    repeats nothing of the URL but the host.
    """
    host = host_of(url)
    if host in allowed:
        return
    try:
        found = resolve(host)
    except (OSError, UnicodeError):
        found = ()
    if not found:
        fix = "Check the address; it may be misspelt, or known inside another network only."
        raise UsageError(f"There is no host {host}.", where="url", fix=fix, reason="no_such_host")
    if not all(address in allowed or is_public(address) for address in found):
        raise UsageError(_private(host), where="url", fix=_let(host), reason="private_address")


@dataclass(frozen=True)
class Outward:
    """Where clients may connect to whose URL a page gave: ``connector.sdk.reach.Reach``.

    The address that was fine when it was typed may be another one by the time it is called: the name answers anew, or a
    redirect leads on. ``by_page``: whether a page put this host into the configuration; what the file's owner wrote is
    called wherever it is.
    """

    by_page: Callable[[str], bool]
    allowed: Collection[str] = ()
    resolve: Resolve = addresses_of

    def __call__(self, url: str) -> Check:
        return partial(self._check, (urlsplit(url).hostname or "").rstrip(".").lower())

    def _check(self, client: str, host: str, address: str | None) -> None:
        host = host.rstrip(".").lower()
        if host in self.allowed or not self.by_page(client):
            return
        found = (address,) if address else self._found(host)
        if not all(one in self.allowed or is_public(one.partition("%")[0]) for one in found):
            raise ConnectionUnusableError(_private(host), where=client, fix=_let(host), reason="private_address")

    def _found(self, host: str) -> Sequence[str]:
        """None for a name that has no address now: connecting fails by itself, and is tried again."""
        try:
            return self.resolve(host)
        except (OSError, UnicodeError):
            return ()


def _private(host: str) -> str:
    return f"{host} is inside a private network."


def _let(host: str) -> str:
    return f"If it is meant, the operator lets the pages call it: {ALLOWED_HOSTS}={host}, and a new start."


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet: not of this machine, a private network, a link or a group."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found.is_site_local or any(found in network for network in _TRANSLATED):
            return False
    if any(found in network for network in _OF_CLOUDS):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def host_of(url: str) -> str:
    """The host of a web address, lower case. Raises UsageError for what is none."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - the property raises for a port that is no number
    except ValueError:
        parts = urlsplit("")
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise UsageError(
            "This is no web address.", where="url", fix="Write it in full, e.g. https://acme.example.", reason="bad_url"
        )
    return host
