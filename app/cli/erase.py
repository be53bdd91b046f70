"""Forgetting a person."""

import secrets

import click

from app import bootstrap
from app.cli.frame import Frame, command
from config.writer import addresses, rewrite
from service.disguise import Disguise
from service.forgetting import forget as forget_person


@command("forget")
@click.argument("person")
@click.option("--also", multiple=True, metavar="TEXT", help="A further name or address of theirs; may be repeated.")
@click.option("--apply", is_flag=True, help="Do it; without it only what would be changed is told.")
def forget(frame: Frame, person: str, also: tuple[str, ...], apply: bool) -> None:
    """Take PERSON (an account's id, or a name) out of everything kept: a pseudonym takes their place, scores stay."""
    configuration = frame.configuration()
    edited = False

    def outside(disguise: Disguise) -> None:
        nonlocal edited
        edited = configuration.path is not None and rewrite(configuration.path, disguise.text, apply=apply)

    with bootstrap.workspace(configuration, frame.settings) as workspace:
        told = forget_person(
            workspace, person, also=also, mails_of=addresses(configuration.path), apply=apply,
            new_token=lambda: secrets.token_hex(4), outside=outside,
        )  # fmt: skip
    frame.document(
        {
            "applied": apply, "pseudonym": told.pseudonym if apply else None, "accounts": told.accounts,
            "names": told.names, "mails": told.mails, "rows": dict(told.rows), "configuration": edited,
            "clean": told.clean,
        }
    )  # fmt: skip
    total, word = sum(told.rows.values()), "changed" if apply else "would be changed"
    frame.out.print(f"{told.accounts} accounts, {told.names} names, {told.mails} addresses; {total:,} rows {word}:")
    for table, count in told.rows.items():
        frame.out.print(f"  {table}: {count:,}")
    if edited:
        frame.out.print(f"the configuration names them, too: {word}")
    if not told.clean:
        frame.out.print("Somebody read the database meanwhile: stop serve and worker, and run `bellwether db vacuum`.")
    if apply:
        frame.out.print(f"They are {told.pseudonym!r} now. Copies, logs and the tools themselves are as they were.")


COMMANDS = (forget,)
