"""A secret key in a file: made where no key was given, so that a credential typed into a page can be kept encrypted."""

import os
from pathlib import Path
from secrets import token_urlsafe

from model.errors import UsageError

_BYTES = 48


class KeyFile:
    """The key at a path, for this account's eyes only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> bytes | None:
        """The key; None while there is no such file. Raises UsageError where it can't be read."""
        try:
            return self.path.read_bytes().strip() or None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(self.path, "read", error) from None

    def make(self) -> bool:
        """Make a new random key unless there is one; whether it was made. Raises UsageError where it can't be written."""
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return False
        except OSError as error:
            raise _unusable(self.path, "written", error) from None
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{token_urlsafe(_BYTES)}\n")
            file.flush()
            os.fsync(file.fileno())
        return True


def _unusable(path: Path, verb: str, error: OSError) -> UsageError:
    why = (error.strerror or "unknown reason").lower()
    fix = "Make the folder writable for Bellwether, or set $BELLWETHER_SECRET_KEY instead."
    return UsageError(f"The key file can't be {verb}: {why}.", where=str(path), fix=fix, reason="key_file")
