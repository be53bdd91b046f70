"""Accounts: made, changed, disabled; each change is noted with who made it."""

from collections.abc import Collection

from model.access import Account, Right, Role
from model.errors import CHANGED_MEANWHILE, NotFoundError, RefusedError, UsageError
from service import deeds, logins
from service.passwords import PASSWORDS, Passwords, check_new
from service.workspace import Workspace
from store.accounts import folded
from store.unit_of_work import UnitOfWork

LONGEST_NAME = 200


def there_are(workspace: Workspace) -> bool:
    """Whether anybody has an account: from then on every page asks for a login."""
    with workspace.db.read() as uow:
        return uow.accounts.any()


def listed(workspace: Workspace) -> tuple[Account, ...]:
    """Every account, by name."""
    with workspace.db.read() as uow:
        return uow.accounts.all()


def of_id(workspace: Workspace, account: int) -> Account:
    """The account. Raises NotFoundError."""
    with workspace.db.read() as uow:
        return _there(uow.accounts.of_id(account))


def of_name(workspace: Workspace, name: str) -> Account:
    """The account with a name, however it is written. Raises NotFoundError."""
    with workspace.db.read() as uow:
        found = uow.accounts.named(name)
    return _there(found.account if found else None)


def add(
    workspace: Workspace, name: str, password: str, rights: Collection[Right], *,
    by: str, passwords: Passwords = PASSWORDS, only_first: bool = False,
) -> Account:  # fmt: skip
    """Make an account. ``only_first``: only where there is none yet.

    Raises UsageError for a name that is taken or none, a bad password, or a right on a node that is not there.
    """
    named = _name(name)
    check_new(password, named)
    _check_rights(workspace, rights)
    hashed = passwords.hash(password)
    with workspace.db.begin() as uow:
        uow.accounts.alone()
        if only_first and uow.accounts.any():
            raise RefusedError("There is an account already.", fix="Log in with it.", reason="not_first")
        if uow.accounts.named(named) is not None:
            raise UsageError(f"There is an account {named!r} already.", where="name", fix="Take another name.")
        made = uow.accounts.add(named, at=workspace.clock(), password=hashed)
        uow.accounts.grant(made, rights)
        deeds.note(workspace, uow, by, "added account", named, after=told(rights))
        return _there(uow.accounts.of_id(made))


def give(workspace: Workspace, account: int, right: Right, *, by: str, seen: Collection[str] | None = None) -> Account:
    """Give one more right; on one node the later one counts. ``seen``: the rights that somebody saw, as they are told.

    Raises UsageError for a node that is not there, and where another right on the node than they saw would be replaced;
    RefusedError for the last admin.
    """
    _check_rights(workspace, (right,))
    with workspace.db.begin() as uow:
        before = _alone(uow, account)
        stood = next((one for one in before.rights if one.node == right.node), None)
        if seen is not None and stood not in (None, right) and stood.told not in seen:
            what = f"Somebody gave {before.name} {stood.told!r} meanwhile."
            raise UsageError(what, where="rights", fix="Give it again to replace that.", reason=CHANGED_MEANWHILE)
        return _granted(workspace, uow, before, [*(one for one in before.rights if one is not stood), right], by)


def take(workspace: Workspace, account: int, right: Right, *, by: str) -> Account:
    """Take a right away. Raises UsageError where it is not there, or the only one, and RefusedError for the last admin."""
    with workspace.db.begin() as uow:
        before = _alone(uow, account)
        if right not in before.rights:
            what = f"{before.name} has the right {right.told!r} no more: somebody changed it meanwhile."
            raise UsageError(what, where="rights", fix="Look at what stands here now.", reason=CHANGED_MEANWHILE)
        left = [one for one in before.rights if one != right]
        _some(left)
        return _granted(workspace, uow, before, left, by)


def disable(workspace: Workspace, account: int, *, by: str) -> Account:
    """Let somebody in no more: sessions and tokens end at once. Raises RefusedError for the last admin."""
    now = workspace.clock()
    with workspace.db.begin() as uow:
        uow.accounts.alone()
        before = _there(uow.accounts.of_id(account))
        if before.disabled_at is None:
            uow.accounts.disable(account, at=now)
            _keep_an_admin(uow, before)
            uow.logins.end(account, at=now)
            uow.logins.revoke(account, at=now)
            deeds.note(workspace, uow, by, "disabled account", before.name)
        return _there(uow.accounts.of_id(account))


def enable(workspace: Workspace, account: int, *, by: str) -> Account:
    """Let a disabled account in again; its tokens stay revoked."""
    with workspace.db.begin() as uow:
        before = _there(uow.accounts.of_id(account))
        if before.disabled_at is not None:
            uow.accounts.disable(account, at=None)
            deeds.note(workspace, uow, by, "enabled account", before.name)
        return _there(uow.accounts.of_id(account))


def set_password(
    workspace: Workspace, account: int, password: str, *,
    by: str, but: int | None = None, keep_tokens: bool = False, passwords: Passwords = PASSWORDS,
) -> int:  # fmt: skip
    """Give another password: all sessions end but ``but``, and tokens of the API unless they are kept; how many tokens.
    Logins that failed with the one before are forgiven.

    Raises UsageError for a bad one, or for a login elsewhere.
    """
    found = of_id(workspace, account)
    if found.issuer is not None:
        raise UsageError(
            f"{found.name} logs in elsewhere and has no password here.", where="password", fix=f"Change it at {found.issuer}."
        )
    check_new(password, found.name)
    hashed, now = passwords.hash(password), workspace.clock()
    with workspace.db.begin() as uow:
        uow.accounts.set_password(account, hashed)
        uow.logins.end(account, at=now, but=but)
        logins.let_try_again(uow, found.name)
        live = sum(one.is_live(now) for one in uow.logins.tokens(account))
        if not keep_tokens:
            uow.logins.revoke(account, at=now)
        fate = f"{live} tokens {'kept' if keep_tokens else 'revoked'}" if live else None
        deeds.note(workspace, uow, by, "changed password", found.name, after=fate)
    return 0 if keep_tokens else live


def from_elsewhere(
    workspace: Workspace, issuer: str, subject: str, name: str, rights: Collection[Right]
) -> Account:
    """The account of somebody who has just logged in elsewhere, made where there is none, with exactly these rights.

    It is known by issuer and subject alone: a name that another account has stays that account's. Raises RefusedError for
    somebody without a right, whose logins here end, and for somebody who is let in no more.
    """
    now = workspace.clock()
    with workspace.db.begin() as uow:
        uow.accounts.alone()
        before = uow.accounts.elsewhere(issuer, subject)
        if before is None and rights:
            free = _name(name) if uow.accounts.named(name) is None else f"{_name(name)[:100]} ({issuer}, {subject})"
            made = uow.accounts.add(free, at=now, issuer=issuer, subject=subject)
            before = _there(uow.accounts.of_id(made))
            deeds.note(workspace, uow, issuer, "added account", free)
        if before is not None and set(before.rights) != set(rights):
            uow.accounts.grant(before.id, rights)
            deeds.note(workspace, uow, issuer, "changed rights", before.name, before=told(before.rights), after=told(rights))
        if before is not None:
            uow.accounts.entered(before.id, at=now)
            if not rights:
                uow.logins.end(before.id, at=now)
        found = uow.accounts.of_id(before.id) if before is not None else None
    if found is None or not found.rights or found.disabled_at is not None:
        raise RefusedError(
            "This login may do nothing here.", where="login", fix="Ask an admin of Bellwether for a right.", reason="no_right"
        )
    return found


def told(rights: Collection[Right]) -> str:
    """Rights in a line."""
    return ", ".join(right.told for right in rights) or "none"


def _there(account: Account | None) -> Account:
    if account is None:
        raise NotFoundError("There is no such account.", fix="Look at the list: bellwether account list.", reason="no_account")
    return account


def _name(name: str) -> str:
    named = " ".join(name.split())
    if not folded(named) or len(named) > LONGEST_NAME or not named.isprintable():
        what = f"A name has 1 to {LONGEST_NAME} characters that can be seen."
        raise UsageError(what, where="name", fix="Take a name that people know, or a mail address.")
    return named


def _alone(uow: UnitOfWork, account: int) -> Account:
    """The account as it stands, which nobody else changes until this transaction ends."""
    uow.accounts.alone()
    return _there(uow.accounts.of_id(account))


def _granted(workspace: Workspace, uow: UnitOfWork, before: Account, rights: Collection[Right], by: str) -> Account:
    uow.accounts.grant(before.id, rights)
    after = _there(uow.accounts.of_id(before.id))
    if after.rights != before.rights:
        _keep_an_admin(uow, before)
        deeds.note(workspace, uow, by, "changed rights", before.name, before=told(before.rights), after=told(after.rights))
    return after


def _some(rights: Collection[Right]) -> None:
    if not rights:
        raise UsageError("An account without a right opens nothing.", where="rights", fix="Give at least one role.")


def _check_rights(workspace: Workspace, rights: Collection[Right]) -> None:
    _some(rights)
    nodes = workspace.tree.by_id()
    for right in rights:
        if right.node is None:
            continue
        if right.node not in nodes:
            what, fix = f"There is no node {right.node!r}.", "Take the id of a node of the tree."
            raise UsageError(what, where="node", fix=fix, reason="no_node")
        if right.role is Role.ADMIN:
            raise UsageError(
                "An admin runs the whole deployment, not a part of it.", where="node",
                fix="Leave the node away, or make it an editor there.",
            )  # fmt: skip


def _keep_an_admin(uow: UnitOfWork, before: Account) -> None:
    if before.runs_everything and not any(one.runs_everything for one in uow.accounts.all()):
        raise RefusedError(
            f"{before.name} is the only admin of this deployment.", where="rights",
            fix="Make somebody else an admin first.", reason="last_admin",
        )  # fmt: skip
