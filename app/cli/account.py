"""Accounts from the command line: the first admin of a server that nobody can log in to yet, and mending what a page can't."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from app import bootstrap
from app.cli.frame import Exit, Frame, command
from model.access import ROLES, Account, Right, Scope
from model.errors import UsageError
from service import accounts, logins
from service.documents import instant
from service.workspace import Workspace

BY = "bellwether account"


@click.group("account")
def account() -> None:
    """Who can log in to the page, and with which rights."""


@contextmanager
def _open(frame: Frame) -> Iterator[Workspace]:
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        yield workspace


@command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLES)), required=True)
@click.option("--node", metavar="NODE", help="On this node and everything below; without it on the whole deployment.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of stdin instead of asking.")
def add(frame: Frame, name: str, role: str, node: str | None, password_stdin: bool) -> Exit:
    """Make an account, or give an account that is there another right."""
    with _open(frame) as workspace:
        right = Right(role=ROLES[role], node=workspace.node(node).id if node else None)
        known = next((one for one in accounts.listed(workspace) if one.name.casefold() == name.strip().casefold()), None)
        if known is not None:
            made = accounts.give(workspace, known.id, right, by=BY)
        else:
            made = accounts.add(workspace, name, _password(password_stdin), (right,), by=BY)
    _tell(frame, made)
    return Exit.DONE


@command("list")
def listed(frame: Frame) -> Exit:
    """Every account with its rights."""
    with _open(frame) as workspace:
        found = accounts.listed(workspace)
    frame.document({"accounts": [_document(one) for one in found]})
    table = Table("Name", "May", "Logs in")
    for one in found:
        how = "no more" if one.disabled_at else f"at {one.issuer}" if one.issuer else "with a password"
        table.add_row(escape(one.name), accounts.told(one.rights), escape(how))
    frame.out.print(table if found else "There is no account: bellwether account add NAME --role admin")
    return Exit.DONE


@command("disable")
@click.argument("name")
def disable(frame: Frame, name: str) -> Exit:
    """Let somebody in no more: logins and tokens end at once."""
    with _open(frame) as workspace:
        _tell(frame, accounts.disable(workspace, accounts.of_name(workspace, name).id, by=BY))
    return Exit.DONE


@command("password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of stdin instead of asking.")
@click.option("--keep-tokens", is_flag=True, help="Leave its tokens of the API as they are instead of revoking them.")
def password(frame: Frame, name: str, password_stdin: bool, keep_tokens: bool) -> Exit:
    """Give somebody another password, and let in a disabled account again; its logins end, its tokens are revoked."""
    with _open(frame) as workspace:
        found = accounts.of_name(workspace, name)
        new = _password(password_stdin)
        revoked = accounts.set_password(workspace, found.id, new, by=BY, keep_tokens=keep_tokens)
        _tell(frame, accounts.enable(workspace, found.id, by=BY))
    frame.progress.print("All its logins have ended.")
    if revoked:
        frame.progress.print(f"{revoked} of its tokens opened the API and were revoked.", markup=False)
    return Exit.DONE


@command("token")
@click.argument("name")
@click.option("--for", "purpose", metavar="TEXT", required=True, help="What will use it.")
@click.option("--scope", type=click.Choice([scope.value for scope in Scope]), default=Scope.READ.value, show_default=True)
@click.option("--node", metavar="NODE", help="On this node and everything below only.")
@click.option("--days", type=int, default=90, show_default=True, help="How long it lasts.")
def token(frame: Frame, name: str, purpose: str, scope: str, node: str | None, days: int) -> Exit:
    """Make a token of the API in somebody's name; it is shown this once."""
    with _open(frame) as workspace:
        found = accounts.of_name(workspace, name)
        below = workspace.node(node).id if node else None
        made = logins.make_token(workspace, found, purpose, scope=Scope(scope), node=below, days=days)
    frame.document({"account": found.name, "token": made})
    frame.out.print(made, markup=False, soft_wrap=True)
    frame.progress.print("Send it as Authorization: Bearer …; it is kept nowhere.", markup=False)
    return Exit.DONE


def _password(from_stdin: bool) -> str:
    """Typed twice on a terminal, or the first line of stdin."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask for the password.", where="--password-stdin",
                         fix="Send it on stdin, with --password-stdin.")  # fmt: skip
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _tell(frame: Frame, found: Account) -> None:
    frame.document({"account": _document(found)})
    state = "is let in no more" if found.disabled_at else f"may log in: {accounts.told(found.rights)}"
    frame.out.print(f"{found.name} {state}", markup=False)


def _document(found: Account) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "issuer": found.issuer,
        "disabled_at": instant(found.disabled_at) if found.disabled_at else None,
        "rights": [{"role": right.role.word, "node": right.node} for right in found.rights],
    }


for _command in (add, listed, disable, password, token):
    account.add_command(_command)

COMMANDS = (account,)
