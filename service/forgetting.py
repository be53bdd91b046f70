"""Forgetting a person: every name, address and account id goes from everything kept; counts and scores stay."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from types import MappingProxyType

from model.base import Record
from model.errors import RetryableError, UsageError
from model.ids import parse_id
from model.work import Person
from service.disguise import Disguise, Identity, mails_in
from service.intake import take_in
from service.pages import reading
from service.workspace import Workspace
from store.unit_of_work import UnitOfWork

_Told = tuple[tuple[str, ...], Mapping[str, str]]

_FORGOTTEN = "forgotten-"
READERS_END_S, LOOK_EVERY_S = 60.0, 0.5
"""For how long who reads a connection is waited for, and how often one looks."""


class Forgotten(Record):
    """``pseudonym`` takes the person's place; ``rows``: how many rows hold something of the person, by table.

    ``clean`` False: somebody who read meanwhile kept old pages of the file alive; ``db vacuum`` does away with them.
    """

    pseudonym: str
    accounts: int
    names: int
    mails: int
    rows: Mapping[str, int]
    clean: bool = True


def forget(
    workspace: Workspace,
    who: str,
    *,
    also: Iterable[str] = (),
    mails_of: Mapping[str, str] = MappingProxyType({}),
    apply: bool,
    new_token: Callable[[], str],
    outside: Callable[[Disguise], None] = lambda _disguise: None,
    patience_s: float = READERS_END_S,
) -> Forgotten:
    """Find a person by account id or name, and (``apply``) replace them everywhere by a pseudonym, in one transaction.

    ``also``: further texts that mean them, other spellings for instance; ``mails_of``: addresses by name. ``new_token``: a
    random word; nothing leads back from it. ``outside`` is told how to change what lies outside of the database; where it
    raises, nothing is changed. Prepared documents go, whoever they name: they are made again when asked for. At the end the
    database is written anew, so that nothing is left in its free space. Meanwhile nobody reads a connection: what was read
    before would bring the names back. Raises UsageError when nobody, or more than one, is called so, RetryableError where
    somebody reads for longer than ``patience_s``.
    """
    _empty_spool(workspace)
    with _nobody_reads(workspace, patience_s) if apply else nullcontext():
        return _forget(workspace, who, (tuple(also), mails_of), apply=apply, new_token=new_token, outside=outside)


def _forget(
    workspace: Workspace, who: str, told: _Told, *, apply: bool, new_token: Callable[[], str],
    outside: Callable[[Disguise], None],
) -> Forgotten:  # fmt: skip
    with workspace.db.read() as uow:
        identity = _identity(workspace, uow, who, told, new_token)
        disguise = Disguise(identity)
        rows = uow.forgetting.rewrite(disguise.text, disguise.payload, apply=False)
    outside(disguise)
    clean = True
    if apply:
        with workspace.db.begin() as uow:
            uow.prepared.forget_everything()
            rows = uow.forgetting.rewrite(disguise.text, disguise.payload, apply=True)
        clean = workspace.db.vacuum().whole
    return Forgotten(
        pseudonym=identity.pseudonym,
        accounts=len(identity.accounts),
        names=len(identity.names),
        mails=len(identity.mails),
        rows=rows,
        clean=clean,
    )


@contextmanager
def _nobody_reads(workspace: Workspace, patience_s: float) -> Iterator[None]:
    """Have the turn of every connection, as whoever reads it has. Raises RetryableError where it does not come in time."""
    until = time.monotonic() + patience_s
    with ExitStack() as turns:
        for name in sorted(workspace.connections):
            while not turns.enter_context(workspace.db.alone(reading(name))):
                if time.monotonic() >= until:
                    raise RetryableError(
                        "This connection is being read, and what was read may name the person; nothing was changed.",
                        where=name, reason="busy",
                        fix="Run it again when the sync is done, or stop `serve` and `worker` for as long as it takes.",
                    )  # fmt: skip
                time.sleep(LOOK_EVERY_S)
        yield


def _empty_spool(workspace: Workspace) -> None:
    while (taken := take_in(workspace)) is not None and taken.lay:
        pass


def reported(workspace: Workspace) -> Mapping[str, tuple[str, ...] | None]:
    """By connection, the ids of people of whom the tool says that their data must not be kept; None where it says nothing.

    To be asked at least once a week where an OAuth app is used: that is a condition of the vendor's.
    """
    with workspace.db.read() as uow:
        known = [(parse_id(person.id), since) for person, since in uow.forgetting.people()]
    found: dict[str, tuple[str, ...] | None] = {}
    for name in workspace.connections:
        held = {id_.vendor_id: since for id_, since in known if id_.connection == name}
        mine = {vendor_id: since for vendor_id, since in held.items() if not vendor_id.startswith(_FORGOTTEN)}
        told = workspace.connector(name).erased_accounts(mine)
        found[name] = None if told is None else tuple(f"{name}:person:{one}" for one in told if one in mine)
    return found


def _identity(
    workspace: Workspace, uow: UnitOfWork, who: str, told: _Told, new_token: Callable[[], str]
) -> Identity:
    also, mails_of = told
    known = [person for person, _ in uow.forgetting.people()]
    ids = _accounts(workspace, known, who)
    mates = [mate for mate in workspace.teammates if ids.intersection(mate.accounts)]
    names = {person.name for person in known if person.id in ids} | {mate.name for mate in mates}
    names |= {text for text in also if "@" not in text}
    accounts = {parse_id(id_).vendor_id: f"{_FORGOTTEN}{new_token()}" for id_ in sorted(ids)}
    mails = {text for text in also if "@" in text} | {mails_of[name] for name in names if name in mails_of}
    for body in uow.forgetting.payloads():
        mails |= mails_in(body, accounts, names)
    return Identity(
        accounts=accounts,
        names=frozenset(name for name in names if name.strip()),
        mails=frozenset(mails),
        pseudonym=f"Forgotten {new_token()}",
    )


def _accounts(workspace: Workspace, known: Iterable[Person], who: str) -> set[str]:
    """The ids of one person's accounts in all tools."""
    folded = who.casefold()
    direct = {person.id for person in known if who in (person.id, parse_id(person.id).vendor_id)}
    named = {person.id for person in known if person.name.casefold() == folded}
    mates = [
        mate for mate in workspace.teammates
        if folded in (mate.name.casefold(), mate.key) or not direct.isdisjoint(mate.accounts)
    ]  # fmt: skip
    joined = {account for mate in mates for account in mate.accounts}
    found = direct or named
    strangers = found - joined
    if not found and not joined:
        fix = "Give the account's id, or the name exactly as the tool shows it."
        raise UsageError("Nobody is known by this name or id.", where="PERSON", fix=fix)
    if len(mates) > 1 or (strangers and joined) or (not direct and len(strangers) > 1):
        ids = ", ".join(sorted(found | joined))
        fix = f"Give one account's id: {ids}. Accounts of one person are joined under `people:`."
        raise UsageError("More than one account is called so.", where="PERSON", fix=fix)
    return found | joined
