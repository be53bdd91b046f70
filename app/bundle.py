"""The diagnostics bundle: one zip that can be given away. Everything in it is read once more for secrets and people."""

import json
import os
import platform
import sqlite3
import sys
import zipfile
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions
from io import BytesIO
from pathlib import Path

from pydantic import JsonValue

from app import VERSION
from connector.sdk.redaction import redact

LOG_LINES = 2000
_STAMP = (2000, 1, 1, 0, 0, 0)  # a bundle of the same facts is the same bytes


def about() -> dict[str, JsonValue]:
    """The versions of everything that runs here."""
    packages = {str(one.metadata["Name"]).lower(): one.version for one in distributions()}
    return {
        "bellwether": VERSION,
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processors": os.cpu_count(),
        "sqlite": sqlite3.sqlite_version,
        "packages": dict(sorted(packages.items())),
    }


def log_tail(path: Path) -> str:
    """The last lines of a log."""
    return "".join(path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)[-LOG_LINES:])


def bundle(documents: Mapping[str, JsonValue], *, log: str | None, hidden: Iterable[str]) -> bytes:
    """The zip: a JSON file a document, and the log. ``hidden``: names and secrets that may stand nowhere in it."""
    files = {f"{name}.json": json.dumps(document, indent=1, sort_keys=True) for name, document in documents.items()}
    if log is not None:
        files["log.txt"] = log
    # The longest first, so that a name which holds another one is taken out whole.
    secrets = sorted({one for text in hidden for one in (text, json.dumps(text)[1:-1])}, key=lambda one: (-len(one), one))
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(f"bellwether-diagnostics/{name}", _STAMP), redact(text, secrets))
    return packed.getvalue()
