"""Secrets by reference: ``env:NAME``, ``file:PATH`` and ``stored:NAME``. No message ever shows a value."""

from collections.abc import Callable, Mapping
from pathlib import Path

from connector.sdk.base import SecretReader
from model.errors import UsageError

_ENV = "env:"
_FILE = "file:"
STORED = "stored:"
"""Kept encrypted in the database, where a page put it that somebody typed it into."""


_AGAIN = "Enter it again on the connection's page."


def is_reference(text: str) -> bool:
    """Whether a text says where a secret is, instead of being one."""
    return text.startswith((_ENV, _FILE, STORED))


def secret_reader(
    *, base: Path, environment: Mapping[str, str], allow_plain: bool, where: Callable[[str], str | None]
) -> SecretReader:
    """A reader of secrets. ``base``: the folder that file: paths start from; ``where``: the place of a reference.

    The reader raises UsageError naming what is missing.
    """

    def read(reference: str) -> str:
        place = where(reference) if is_reference(reference) else None
        if reference.startswith(_ENV):
            return _from_environment(reference[len(_ENV) :].strip(), environment, place)
        if reference.startswith(_FILE):
            return _from_file(base / Path(reference[len(_FILE) :].strip()).expanduser(), place)
        if reference.startswith(STORED):
            raise _unusable("This credential is kept in the database, which is not open here.", _AGAIN, place)
        if allow_plain:
            return reference
        raise UsageError(
            "A secret stands in the configuration itself.",
            where=place,
            fix="Write env:NAME or file:PATH instead, or set allow_plain_secrets: true.",
            reason="plain_secret",
        )

    return read


def with_stored(read: SecretReader, kept: Callable[[str], str | None]) -> SecretReader:
    """A reader that also knows what the database keeps. ``kept``: by its whole reference; None: there is no such."""

    def both(reference: str) -> str:
        if not reference.startswith(STORED):
            return read(reference)
        value = kept(reference)
        if value is None:
            raise _unusable("The credential is not kept in the database any more.", _AGAIN, reference)
        return value

    return both


def _from_environment(name: str, environment: Mapping[str, str], place: str | None) -> str:
    value = environment.get(name)
    if value:
        return value
    state = "is not set" if value is None else "is empty"
    raise UsageError(
        f"The environment variable {name} {state}.",
        where=place,
        fix=f"Set it: export {name}=…",
        reason="missing_secret",
    )


def _from_file(path: Path, place: str | None) -> str:
    try:
        value = path.read_text(encoding="utf-8").strip("\r\n")
    except FileNotFoundError:
        raise _unusable(f"The secret file {path} is not there.", "Create it, or mend the path.", place) from None
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror or "unknown reason").lower() if isinstance(error, OSError) else "it is not UTF-8 text"
        what = f"The secret file {path} can't be read: {why}."
        raise _unusable(what, "Make it a readable text file.", place) from None
    if not value:
        raise _unusable(f"The secret file {path} is empty.", "Write the secret into it.", place)
    return value


def _unusable(what: str, fix: str, place: str | None) -> UsageError:
    return UsageError(what, where=place, fix=fix, reason="missing_secret")
