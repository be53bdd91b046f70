"""What is asked before the first connection to a tool; ``options.py`` of a tool may say it as ``QUESTIONS``."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """One thing that belongs to a credential: its key under ``auth``, what it is called, what it looks like.

    ``secret``: it is kept encrypted and never shown. ``optional``: the tool can do without.
    """

    key: str
    title: str
    hint: str = ""
    secret: bool = False
    optional: bool = False


@dataclass(frozen=True)
class CredentialKind:
    """A kind of credential: its ``type`` under ``auth``, what is asked, and how somebody gets one (``where`` to click,
    ``url`` to begin at). ``login``: it is got by logging in with a browser.
    """

    type: str
    title: str
    asked: tuple[Asked, ...]
    where: str
    url: str | None = None
    login: bool = False


@dataclass(frozen=True)
class Questions:
    """``auth_type``: the usual kind of credential; ``url``: the usual address, where all accounts share one.

    ``mail_with``: kinds of credential that need the account's mail address. ``workspace``: an account can have several
    workspaces, and a connection is to one.
    ``title``: what the tool is called; ``address``: what its address looks like; ``kinds``: the credentials that the page
    asks for, the usual one first. ``query``: a question in the tool's own language whose answers are programs, where the
    tool has such a language.
    """

    auth_type: str = "token"
    url: str | None = None
    mail_with: frozenset[str] = frozenset()
    workspace: bool = False
    title: str = ""
    address: str = ""
    kinds: tuple[CredentialKind, ...] = (
        CredentialKind("token", "Token", (Asked("token", "Token", secret=True),), "Ask the tool's administrator for one."),
    )
    query: str | None = None
