"""Logging in, and who a cookie or a token of the API stands for."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from model.access import Account, Right, Role, Scope, narrowed
from model.errors import NotFoundError, RefusedError, RetryableError, UsageError
from service import deeds
from service.passwords import PASSWORDS, Passwords
from service.workspace import Workspace
from store.accounts import folded
from store.logins import ApiToken, LoginSession
from store.unit_of_work import UnitOfWork

WINDOW = timedelta(minutes=15)
MOST_OF_A_NAME, MOST_OF_AN_ADDRESS = 10, 50
"""So many logins may fail in a window before no more is tried, for one name and from one address."""
TOKEN_PREFIX = "bw_"  # noqa: S105 what every token begins with, so that it is recognised where it should not be
LONGEST_TOKEN_DAYS = 366
MOST_TOKENS = 100
"""So many tokens of one account open anything at a time."""
_SEEN_EVERY = timedelta(minutes=1)
_AGENT = 120


@dataclass(frozen=True)
class Lasting:
    """How long a session lasts: since it was used, and at all.

    ``issuer``: where people log in elsewhere; ``elsewhere``: how long after a login there a token of theirs opens anything.
    """

    idle: timedelta = timedelta(hours=2)
    whole: timedelta = timedelta(hours=12)
    issuer: str | None = None
    elsewhere: timedelta = timedelta(days=30)


@dataclass(frozen=True)
class Known:
    """Somebody who is logged in. ``session``: None for a token."""

    account: Account
    rights: tuple[Right, ...]
    session: int | None = None


@dataclass(frozen=True)
class Expired:
    """Somebody whose session has run out by itself: what they typed is kept for them."""

    account: Account
    session: int


@dataclass(frozen=True)
class Lapsed:
    """A token whose owner has not logged in elsewhere for too long: perhaps they may there no more. ``fix``: what helps."""

    what: str
    fix: str


class TooManyTriesError(RefusedError):
    """Nobody is let in for a while, whatever the password. ``retry_after_s``: the longest that takes."""

    default_reason = "too_many_logins"
    retry_after_s = int(WINDOW.total_seconds())


def log_in(
    workspace: Workspace, name: str, password: str, *, address: str, browser: str = "", passwords: Passwords = PASSWORDS
) -> Account:
    """The account of a name and its password. ``browser``: the content of the cookie of a login before.

    A browser in which this account has been logged in is counted by itself: others who try its name, or from its address,
    keep nobody out of their own.

    Raises TooManyTriesError, or RefusedError that does not tell what of it was wrong. A name that nobody has takes the
    same steps. Counted before it is tried, so that many at once are no way around the count.
    """
    with workspace.db.begin() as uow:
        own = _is_known(uow, name, browser)
        keys = [_key("browser", browser)] if own else [_of_name(name), _key("address", _network(address))]
        tries = [uow.logins.tried(key, at=workspace.clock(), window=WINDOW) for key in keys]
    if any(tried > most for tried, most in zip(tries, (MOST_OF_A_NAME, MOST_OF_AN_ADDRESS), strict=False)):
        fix = f"Wait {int(WINDOW.total_seconds() // 60)} minutes, or ask an admin for a new password."
        raise TooManyTriesError("Too many logins have failed.", where="login", fix=fix)
    with workspace.db.read() as uow:
        found = uow.accounts.named(name)
    fits = passwords.fits(password, found.password if found else None)
    if found is None or not fits or found.account.disabled_at is not None:
        raise RefusedError("This name and this password do not belong together.", where="login", reason="wrong_login",
                           fix="Type them again.")  # fmt: skip
    better = passwords.hash(password) if passwords.is_weak(found.password or "") else None
    with workspace.db.begin() as uow:
        now = uow.accounts.named(name)
        if now is None or now.password != found.password:  # changed while the old one was looked at
            raise RefusedError("This name and this password do not belong together.", where="login", reason="wrong_login",
                               fix="Type them again.")  # fmt: skip
        uow.logins.forgive(keys[0], all_of_it=True)
        for key in keys[1:]:
            uow.logins.forgive(key, all_of_it=False)
        if better is not None:
            uow.accounts.set_password(found.account.id, better)
    return found.account


def begin(workspace: Workspace, account: int, *, agent: str, ended: str | None = None) -> str:
    """Begin a session; what the cookie is to hold. ``ended``: the content of the cookie before, whose session ends."""
    content = secrets.token_urlsafe(32)
    with workspace.db.begin() as uow:
        if ended and (old := uow.logins.session(digest(ended))) is not None:
            uow.logins.end(old.account, at=workspace.clock(), only=old.id)
        uow.logins.begin(digest(content), account, at=workspace.clock(), agent=agent[:_AGENT])
    return content


def known(workspace: Workspace, cookie: str, lasting: Lasting) -> Known | Expired | None:
    """Whom a cookie stands for; None: for nobody, or for somebody who logged out or is let in no more."""
    now = workspace.clock()
    with workspace.db.read() as uow:
        session = uow.logins.session(digest(cookie))
        account = uow.accounts.of_id(session.account) if session else None
    if session is None or account is None or account.disabled_at is not None or session.ended_at is not None:
        return None
    if now >= session.seen_at + lasting.idle or now >= session.made_at + lasting.whole:
        return Expired(account, session.id)
    if now >= session.seen_at + min(_SEEN_EVERY, lasting.idle / 10):
        with suppress(RetryableError), workspace.db.begin() as uow:  # a database that is busy writing keeps nobody out
            uow.logins.seen(session.id, at=now)
    return Known(account, account.rights, session.id)


def sessions(workspace: Workspace, account: int, lasting: Lasting) -> tuple[LoginSession, ...]:
    """Where somebody is logged in, the last used first."""
    now = workspace.clock()
    with workspace.db.read() as uow:
        found = uow.logins.sessions(account, seen_since=now - lasting.idle)
    return tuple(one for one in found if one.made_at > now - lasting.whole)


def end(workspace: Workspace, account: int, *, only: int | None = None, but: int | None = None) -> int:
    """End an account's sessions: all, only one, or all but one; how many."""
    with workspace.db.begin() as uow:
        return uow.logins.end(account, at=workspace.clock(), only=only, but=but)


def make_token(workspace: Workspace, account: Account, name: str, *, scope: Scope, node: str | None, days: int) -> str:
    """Make a token of the API; its text, which is shown this once and kept nowhere.

    Raises UsageError without a name, for more than a year, or for a node where this account may do less than that.
    """
    now, named = workspace.clock(), " ".join(name.split())
    if not named or len(named) > 100:
        raise UsageError("A token needs a name of up to 100 characters.", where="name", fix="Say what will use it.")
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise UsageError(f"A token lasts 1 to {LONGEST_TOKEN_DAYS} days.", where="days", fix="Make a new one in time.")
    given = narrowed(workspace.tree, account.rights, scope=scope, node=node)
    if max((right.role for right in given), default=Role.ANYBODY) < scope.role:
        what = f"{account.name} may not {scope.value}{f' on {node}' if node else ''}."
        raise UsageError(what, where="scope", fix="A token opens no more than its owner may.")
    content = TOKEN_PREFIX + secrets.token_urlsafe(32)
    made = ApiToken(id=0, account=account.id, name=named, scope=scope, node=node, made_at=now, until=now + timedelta(days=days))
    with workspace.db.begin() as uow:
        if sum(one.is_live(now) for one in uow.logins.tokens(account.id)) >= MOST_TOKENS:
            raise UsageError(f"{account.name} has {MOST_TOKENS} tokens.", where="name", fix="Revoke those that nothing uses.")
        uow.logins.add_token(digest(content), made)
        deeds.note(workspace, uow, account.name, "made token", named, after=f"{scope.value}, until {made.until:%Y-%m-%d}")
    return content


def tokens(workspace: Workspace, account: int) -> tuple[ApiToken, ...]:
    """Somebody's tokens, revoked and past ones too, the newest first."""
    with workspace.db.read() as uow:
        return uow.logins.tokens(account)


def revoke_token(workspace: Workspace, account: Account, token: int) -> None:
    """Make a token open nothing any more. Raises NotFoundError for one that this account does not have."""
    with workspace.db.begin() as uow:
        if not uow.logins.revoke(account.id, at=workspace.clock(), only=token):
            raise NotFoundError("There is no such token, or it was revoked before.", fix="Look at the list.")
        deeds.note(workspace, uow, account.name, "revoked token", str(token))


def of_token(workspace: Workspace, content: str, lasting: Lasting) -> Known | Lapsed | None:
    """Whom a token stands for, and with which rights: those of its owner at the moment, narrowed. None: nobody (any more)."""
    now = workspace.clock()
    with workspace.db.read() as uow:
        token = uow.logins.token(digest(content))
        account = uow.accounts.of_id(token.account) if token else None
    if token is None or account is None or account.disabled_at or not token.is_live(now):
        return None
    if (lapsed := _lapsed(account, lasting, now)) is not None:
        return lapsed
    if token.used_at is None or now >= token.used_at + _SEEN_EVERY:
        with suppress(RetryableError), workspace.db.begin() as uow:
            uow.logins.used(token.id, at=now)
    return Known(account, narrowed(workspace.tree, account.rights, scope=token.scope, node=token.node))


def _lapsed(account: Account, lasting: Lasting, now: datetime) -> Lapsed | None:
    """Why tokens of somebody who logs in elsewhere open nothing: only a login there shows that they still may."""
    if account.issuer is None:
        return None
    if account.issuer != lasting.issuer:
        return Lapsed("Nobody logs in any more where the owner of this token did.", "Use a token of another account.")
    if account.entered_at is None or now >= account.entered_at + lasting.elsewhere:
        days = lasting.elsewhere / timedelta(days=1)
        fix = f"Its owner logs in to the page once ({account.issuer}), and it opens again what they may."
        return Lapsed(f"The owner of this token has not logged in for {days:g} days.", fix)
    return None


def digest(content: str) -> str:
    """What is kept of a random text: it is long, so a quick hash is enough."""
    return hashlib.sha256(content.encode()).hexdigest()


def forget_before(now: datetime) -> datetime:
    """Forms that were typed before this are not kept any longer."""
    return now - timedelta(days=1)


def let_try_again(uow: UnitOfWork, name: str) -> None:
    """Take back all failed logins of a name: it has another password."""
    uow.logins.forgive(_of_name(name), all_of_it=True)


def _is_known(uow: UnitOfWork, name: str, browser: str) -> bool:
    """Whether somebody of this name has been logged in where a cookie is from."""
    session = uow.logins.session(digest(browser)) if browser else None
    account = uow.accounts.of_id(session.account) if session else None
    return account is not None and folded(account.name) == folded(name)


def _of_name(name: str) -> str:
    return _key("name", folded(name))


def _key(kind: str, of: str) -> str:
    return f"{kind}:{digest(of)}"


def _network(address: str) -> str:
    """An address as it is counted: of IPv6 the network that one customer has whole."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.version == 6 and found.ipv4_mapped is None:
        return str(int(found) >> 64)
    return str(getattr(found, "ipv4_mapped", None) or found)


def key(workspace: Workspace, name: str) -> str:
    """A key of the deployment, the same in all its processes; made when it is first asked for."""
    with workspace.db.begin() as uow:
        return uow.logins.key(name, secrets.token_urlsafe(32))
