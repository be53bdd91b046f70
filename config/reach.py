"""What a page may not put into the configuration by itself: other secrets of the machine, private hosts, another database.

Whoever administers through the page is not whoever runs the machine. They may use what the file names already for where it
goes already, and what the operator lets the pages name.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from config.faults import Fault, Path
from config.outbound import Resolve, addresses_of, host_of, refuse_private
from config.secrets import is_reference
from config.settings import ALLOWED_SECRETS
from model.errors import UsageError


@dataclass(frozen=True)
class Leave:
    """What the operator lets the pages name: private hosts, and secrets (``env:NAME``, ``file:FOLDER/*``)."""

    hosts: Collection[str] = ()
    secrets: Collection[str] = ()

    def names(self, reference: str) -> bool:
        """Whether a page may name a secret wherever it is sent to. ``*`` stands for a file's name or a variable's end."""
        for one in self.secrets:
            begin, star, _ = one.partition("*")
            rest = reference[len(begin) :]
            if reference == one or (star and reference.startswith(begin) and "/" not in rest and rest not in ("", ".", "..")):
                return True
        return False


@dataclass(frozen=True)
class _Part:
    """What sends or asks: a connection, an entry of ``notify:``, a provider of logins; ``ends``: where it sends to."""

    references: tuple[tuple[Path, str], ...]
    addresses: tuple[tuple[Path, str], ...]

    @property
    def ends(self) -> frozenset[str]:
        return frozenset(_origin(url) for _, url in self.addresses)


def called(document: Mapping[str, Any]) -> frozenset[str]:
    """The hosts that a document has called, lower case; what is no address has none."""
    found = (url for one in _parts(document) for _, url in one.addresses)
    return frozenset(filter(None, map(_host, found)))


def overreach(
    before: Mapping[str, Any], after: Mapping[str, Any], leave: Leave, *, made: Collection[str] = (),
    resolve: Resolve = addresses_of,
) -> list[Fault]:  # fmt: skip
    """What of a changed document goes beyond a page. ``made``: references to secrets that were typed just now."""
    known = {(text, one.ends) for one in _parts(before) for _, text in one.references}
    called = {end for one in _parts(before) for end in one.ends}
    faults: list[Fault] = []
    for one in _parts(after):
        for path, text in one.references:
            if (text, one.ends) not in known and text not in made and not leave.names(text):
                faults.append(Fault(
                    path, "A page names no secret that does not stand in the file already, for the same address.",
                    f"Enter the credential itself; or the operator lets the pages name it: {ALLOWED_SECRETS}, and a new start.",
                ))  # fmt: skip
        for path, url in one.addresses:
            if _origin(url) not in called and (fault := _private(path, url, leave.hosts, resolve)) is not None:
                faults.append(fault)
    if before.get("database") != after.get("database"):
        what = "Which database is used is not changed through the page."
        faults.append(Fault(("database",), what, "Change it in the file itself."))
    return faults


def _private(path: Path, url: str, hosts: Collection[str], resolve: Resolve) -> Fault | None:
    try:
        refuse_private(url, allowed=hosts, resolve=resolve)
    except UsageError as error:
        return Fault(path, error.what, error.fix)
    return None


def _parts(document: Mapping[str, Any]) -> Iterator[_Part]:
    connections, notify, login = document.get("connections"), document.get("notify"), document.get("login")
    for name, one in connections.items() if isinstance(connections, Mapping) else ():
        yield _part(("connections", name), one)
    for number, one in enumerate(notify if isinstance(notify, list) else ()):
        yield _part(("notify", number), one)
    yield _part(("login",), login)


def _part(path: Path, value: Any) -> _Part:
    leaves = [(place, text) for place, text in _leaves(value, path) if place[-1] != "redirect_uri"]
    references = tuple((place, text) for place, text in leaves if is_reference(text))
    addresses = [(place, text) for place, text in leaves if "://" in text and not is_reference(text)]
    if isinstance(value, Mapping) and isinstance(mail := value.get("mail"), Mapping):
        addresses.append(((*path, "mail", "host"), f"https://{mail.get('host')}:{mail.get('port') or 0}"))
    return _Part(references, tuple(addresses))


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    elif isinstance(value, str):
        yield path, value


def _host(url: str) -> str:
    try:
        return host_of(url)
    except UsageError:
        return ""


def _origin(url: str) -> str:
    """Scheme, host and port; a text that is no address stands for itself."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{(parts.hostname or '').lower()}:{parts.port}" if not parts.username else url
    except ValueError:
        return url
