"""What ``init`` asks before the first connection to a tool; ``options.py`` of a tool may say it as ``QUESTIONS``."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Questions:
    """``auth_type``: the usual kind of credential; ``url``: the usual address, where all accounts share one.

    ``mail_with``: kinds of credential that need the account's mail address. ``workspace``: an account can have several
    workspaces, and a connection is to one.
    """

    auth_type: str = "token"
    url: str | None = None
    mail_with: frozenset[str] = frozenset()
    workspace: bool = False
