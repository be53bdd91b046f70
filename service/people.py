"""Who may be the same person in several tools: the accounts that are known, and those that are called alike."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from model.work import Person
from service.workspace import Workspace


@dataclass(frozen=True)
class Account:
    """An account of a tool. ``ref``: as the configuration writes it, ``<connection>:<account id>``."""

    ref: str
    name: str
    connection: str
    active: bool


@dataclass(frozen=True)
class Accounts:
    """Every account by its ref, and those that look like one person but are of no person of the configuration yet."""

    known: dict[str, Account]
    alike: tuple[tuple[Account, ...], ...]


def accounts(workspace: Workspace, taken: Iterable[str]) -> Accounts:
    """The accounts of people in all tools. ``taken``: refs that belong to somebody already."""
    with workspace.db.read() as uow:
        people = uow.records.people()
    known = {one.ref: one for one in sorted(map(_account, (p for p in people if not p.is_bot)), key=lambda one: one.ref)}
    taken = set(taken)
    return Accounts(known, _alike([one for one in known.values() if one.ref not in taken]))


def called(name: str) -> frozenset[str]:
    """A name for comparing: its words in any order and case, without accents; of a mail address the part before the @."""
    local = name.split("@", 1)[0] if "@" in name else name
    plain = "".join(one for one in unicodedata.normalize("NFKD", local.casefold()) if not unicodedata.combining(one))
    return frozenset("".join(one if one.isalnum() else " " for one in plain).split())


def _account(person: Person) -> Account:
    vendor_id = person.id.removeprefix(f"{person.connection}:person:")
    return Account(f"{person.connection}:{vendor_id}", person.name, person.connection, person.active)


def _alike(free: Sequence[Account]) -> tuple[tuple[Account, ...], ...]:
    """Accounts of several connections with the same words in their names, where each connection has just one of them."""
    groups: dict[frozenset[str], list[Account]] = {}
    for one in free:
        words = called(one.name)
        if len(words) > 1:  # a first name alone is nobody's
            groups.setdefault(words, []).append(one)
    found = [tuple(group) for group in groups.values() if 1 < len({one.connection for one in group}) == len(group)]
    return tuple(sorted(found, key=lambda group: group[0].name.casefold()))
