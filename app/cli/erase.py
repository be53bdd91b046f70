"""Forgetting a person."""

import secrets
from pathlib import Path

import click
from pydantic import JsonValue

from app import bootstrap
from app.cli.frame import Frame, command
from config.writer import addresses, rewrite
from model.errors import UsageError
from service.disguise import Disguise
from service.forgetting import Forgotten
from service.forgetting import forget as forget_person
from service.forgetting import reported as whom
from service.workspace import Workspace


@command("forget")
@click.argument("person", required=False)
@click.option("--reported", is_flag=True, help="Whoever the tools report as closed or changed, instead of PERSON.")
@click.option("--also", multiple=True, metavar="TEXT", help="A further name or address of theirs; may be repeated.")
@click.option("--apply", is_flag=True, help="Do it; without it only what would be changed is told.")
def forget(frame: Frame, person: str | None, reported: bool, also: tuple[str, ...], apply: bool) -> None:
    """Take PERSON (an account's id, or a name) out of everything kept: a pseudonym takes their place, scores stay."""
    if (person is None) != reported:
        raise UsageError("Say whom: PERSON, or --reported.", where="forget", fix='Write: forget "Ada Berg" --apply')
    configuration = frame.configuration()
    with bootstrap.workspace(configuration, frame.settings) as workspace:
        asked = whom(workspace) if reported else {}
        chosen = [id_ for ids in asked.values() for id_ in ids or ()] if person is None else [person]
        done = [_forget(frame, workspace, configuration.path, (one, also), apply=apply) for one in chosen]
    if person is not None:
        frame.document(done[0])
        return
    answers = {name: None if ids is None else len(ids) for name, ids in asked.items()}
    frame.document({"reported": answers, "forgotten": done})
    for name, count in answers.items():
        frame.out.print(f"{name}: {'tells nothing of its accounts here' if count is None else f'{count} reported'}")


def _forget(
    frame: Frame, workspace: Workspace, path: Path | None, who: tuple[str, tuple[str, ...]], *, apply: bool
) -> dict[str, JsonValue]:
    edited = False

    def outside(disguise: Disguise) -> None:
        nonlocal edited
        edited = path is not None and rewrite(path, disguise.text, apply=apply)

    told = forget_person(
        workspace, who[0], also=who[1], mails_of=addresses(path), apply=apply,
        new_token=lambda: secrets.token_hex(4), outside=outside,
    )  # fmt: skip
    _tell(frame, told, edited, apply=apply)
    return {
        "applied": apply, "pseudonym": told.pseudonym if apply else None, "accounts": told.accounts, "names": told.names,
        "mails": told.mails, "rows": dict(told.rows), "configuration": edited, "clean": told.clean,
    }  # fmt: skip


def _tell(frame: Frame, told: Forgotten, edited: bool, *, apply: bool) -> None:
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
