"""Which addresses a page may be told to call: public ones, and private hosts that the operator has named."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from config.settings import ALLOWED_HOSTS
from model.errors import UsageError

Resolve = Callable[[str], Sequence[str]]
"""The addresses of a host name. Raises OSError for one that has none."""


def addresses_of(host: str) -> tuple[str, ...]:
    """The addresses of a host name, as this machine finds them."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


def refuse_private(url: str, *, allowed: frozenset[str], resolve: Resolve = addresses_of) -> None:
    """Refuse an address inside this machine's own network, which somebody outside could reach through us.

    ``allowed``: host names and addresses, lower case, that may be called all the same. Raises UsageError for a host that
    is not there, and for one of which any address is not public.
    """
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        host = ""
    if not host:
        fix = "Write it in full, e.g. https://acme.example."
        raise UsageError("This is no web address.", where=url, fix=fix, reason="bad_url")
    if host in allowed:
        return
    try:
        found = resolve(host)
    except (OSError, UnicodeError):
        fix = "Check the address; it may be misspelt, or known inside another network only."
        raise UsageError(f"There is no host {host}.", where=url, fix=fix, reason="no_such_host") from None
    if not found or not all(_is_public(address) for address in found):
        raise UsageError(
            f"{host} is inside a private network.", where=url, reason="private_address",
            fix=f"If it is meant, the operator lets the pages call it: {ALLOWED_HOSTS}={host}, and a new start.",
        )


def _is_public(address: str) -> bool:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return found.is_global and not found.is_multicast
