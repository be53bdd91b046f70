"""Where the database is: the environment first, then the document, then a file beside the configuration."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from config.document import Document
from config.faults import Fault
from config.secrets import is_reference, secret_reader
from config.settings import read_settings
from model.errors import UsageError

DEFAULT_NAME = "bellwether.db"
_FIX = "Use sqlite:///FILE or postgresql://USER@HOST/NAME."
_SQLITE = "sqlite:///"


def database_url(document: Document, *, base: Path, environment: Mapping[str, str]) -> tuple[str, list[Fault]]:
    """The URL of the database and what is wrong with the document's. A relative SQLite file lies beside the document.

    Raises UsageError when it is the environment's URL that can't be used.
    """
    settings = read_settings(environment)
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        if not _is_database(url):
            raise UsageError("This names no database we know.", where="BELLWETHER_DATABASE_URL", fix=_FIX)
        return url, []
    written = document.database
    if written is None:
        return f"{_SQLITE}{base / DEFAULT_NAME}", []
    if is_reference(written):
        read = secret_reader(base=base, environment=environment, allow_plain=False, where=lambda _: None)
        try:
            written = read(written)
        except UsageError as error:
            return "", [Fault(("database",), error.what, error.fix)]
    elif urlsplit(written).password and not document.allow_plain_secrets:
        fix = "Write database: env:NAME, or set $BELLWETHER_DATABASE_URL, or set allow_plain_secrets: true."
        return "", [Fault(("database",), "The password itself stands in this file.", fix)]
    if not _is_database(written):
        return "", [Fault(("database",), "This names no database we know.", _FIX)]
    return _beside(written, base), []


def has_password(url: str) -> bool:
    """Whether a password stands in the address of a database."""
    try:
        return bool(urlsplit(url).password) or "password=" in urlsplit(url).query
    except ValueError:
        return True


def _is_database(url: str) -> bool:
    scheme = url.partition("://")[0].partition("+")[0]
    return "://" in url and scheme in ("sqlite", "postgresql")


def _beside(url: str, base: Path) -> str:
    name = url.removeprefix(_SQLITE)
    if name == url or not name or name.startswith((":memory:", "file:")):
        return url
    return f"{_SQLITE}{base / name}"
