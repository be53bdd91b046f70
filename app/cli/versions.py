"""`config diff`, `import`, `export`: the configuration as a file, and what became of it."""

import sys
from getpass import getuser
from pathlib import Path

import click

from app import bootstrap
from app.cli.frame import Exit, Frame, command
from app.clock import now
from config.differences import Difference, by_path, place, unified, words
from config.editing import Change, Editor, Held
from config.loader import load_text
from config.merging import Conflict
from config.writer import write
from model.errors import RefusedError, UsageError
from store.database import Database

STDIN = "-"


@command("diff")
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--version", "number", type=int, metavar="N", help="What was changed since this version.")
@click.option("--by-path", "places", is_flag=True, help="By the places of the document instead of line by line.")
def diff(frame: Frame, file: str | None, number: int | None, places: bool) -> None:
    """What FILE (- is stdin) would change of the configuration in force, or what was changed since a kept version.

    Without either: what was changed by hand since the newest version.
    """
    with _Desk(frame) as desk:
        held = desk.editor.held()
        _refuse_secret(held)
        old, new = (held.text, held.document), (held.text, held.document)
        if file is not None:
            text = _read(file)
            new = text, desk.editor.read(text)
        else:
            kept = desk.version(number)
            old = kept.text, kept.document
    found, lines = by_path(old[1], new[1]), unified(old[0], new[0])
    frame.document({"same": not lines, "differences": [_told(one) for one in found], "diff": list(lines)})
    shown = [f"{place(one.path)}: {_or(one.before)} → {_or(one.after)}" for one in found] if places else lines
    for line in shown or ("Nothing differs.",):
        frame.out.print(line, markup=False, soft_wrap=True)


@command("export")
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--version", "number", type=int, metavar="N", help="A version that is kept, instead of the present one.")
def export(frame: Frame, file: str | None, number: int | None) -> None:
    """Write the configuration, as it stands, to FILE or to stdout."""
    with _Desk(frame) as desk:
        held = desk.editor.held() if number is None else desk.version(number)
    _refuse_secret(held)
    if file is None:
        if frame.as_json:
            frame.document({"digest": held.digest, "text": held.text})
        else:
            sys.stdout.write(held.text)
        return
    write(Path(file), held.text)
    frame.document({"digest": held.digest, "path": file})
    frame.out.print(f"{file}: written", markup=False)


@command("import")
@click.argument("file", metavar="FILE")
@click.option("--why", default="", help="Why, kept with the version.")
@click.option("--by", default=None, help="Who changes it.  [default: the user of this machine]")
@click.option("--base", type=int, metavar="N", help="The version that FILE was made from: what others changed since stays.")
def import_(frame: Frame, file: str, why: str, by: str | None, base: int | None) -> Exit:
    """Check FILE (- is stdin), put it in force and keep it as a version; exit 1 where others changed the same places."""
    text = _read(file)
    with _Desk(frame) as desk:
        document = desk.editor.read(text)
        at = desk.clock()
        held = desk.editor.begun(at=at)
        if held.closed is not None:
            raise RefusedError(held.closed, where=str(desk.path), fix="Change it where it comes from.")
        digest = held.digest if base is None else desk.version(base).digest
        said = "a file brought in" + (f": {why}" if why else "")
        made = desk.editor.keep(Change(digest, document, by or getuser(), said, text), at=at)
    conflicts = [_conflict(one) for one in made.conflicts]
    changed = made.held.digest != held.digest
    frame.document({"digest": made.held.digest, "changed": changed, "conflicts": conflicts})
    for one in conflicts:
        frame.out.print(f"{one['place']}: yours {_or(one['mine'])}, theirs {_or(one['theirs'])}", markup=False)
    told = "Nothing was written: others changed these places, too." if conflicts else "in force" if changed else "no change"
    frame.out.print(f"{desk.path}: {told}", markup=False)
    return Exit.IN_PART if conflicts else Exit.DONE


class _Desk:
    """The editor of the configuration with its database open."""

    def __init__(self, frame: Frame) -> None:
        self.path = bootstrap.configuration_path(frame.config, frame.settings)
        self._frame = frame
        self.clock = now

    def __enter__(self) -> "_Desk":
        self._db: Database = bootstrap.open_database(bootstrap.read_configuration(self.path), self._frame.settings)
        self.editor = Editor(
            self.path, self._db, lambda text: load_text(text, self.path, environment=bootstrap.environment())
        )
        return self

    def __exit__(self, *_error: object) -> None:
        self._db.close()

    def version(self, number: int | None) -> Held:
        """A version by its number; None: the newest. Raises UsageError for one that is not kept."""
        found = self.editor.versions(limit=1, before=None if number is None else number + 1)
        if not found or (number is not None and found[0].number != number):
            fix = "The page Versions lists those that are kept."
            raise UsageError("There is no such version." if number else "No version is kept yet.", where="--version", fix=fix)
        held = self.editor.version(found[0].digest)
        assert held is not None  # noqa: S101 - it was just listed, and versions are never taken away
        return held


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == STDIN else Path(file).read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror or "unknown reason").lower() if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"The file can't be read: {why}.", where=file, fix="Name a readable YAML file.") from None


def _refuse_secret(held: Held) -> None:
    if held.secret:
        fix = "Put it into the environment and write env:NAME in its place."
        raise RefusedError("A secret itself stands in the configuration; it is not shown.", where="configuration", fix=fix)


def _told(one: Difference) -> dict[str, str | None]:
    return {"place": place(one.path), "before": one.before, "after": one.after}


def _conflict(one: Conflict) -> dict[str, str | None]:
    return {"place": place(one.path), "base": words(one.base), "mine": words(one.mine), "theirs": words(one.theirs)}


def _or(value: str | None) -> str:
    return "nothing" if value is None else value
