"""How a table in CSV is parted: the option of every command that writes one."""

import click

from model.errors import UsageError
from service.csv_table import Separator

SEPARATOR = click.option(
    "--separator", type=click.Choice([one.value for one in Separator]),
    help="Between the cells of a csv: with semicolon the decimal sign is a comma.  [default: comma]",
)  # fmt: skip


def separator_of(word: str | None, *, table: bool, fix: str) -> Separator:
    """What was typed as ``--separator``. Raises UsageError where it was, and no table (``table``) is written."""
    if word is not None and not table:
        raise UsageError("Only a csv has separators.", where="--separator", fix=fix)
    return Separator(word or Separator.COMMA)
