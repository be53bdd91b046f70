"""What is wrong with a configuration: any number of faults, each with its place, in one error."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from pydantic_core import PydanticCustomError

from model.errors import UsageError

Step = str | int
Path = tuple[Step, ...]

CUSTOM = "bellwether"
DEEPEST = 40
"""Levels of a document, one inside the other."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong at one place of the document. ``what`` and ``fix`` are sentences without a secret."""

    path: Path
    what: str
    fix: str
    line: int | None = field(default=None, compare=False)  # 1-based; None: the document came from no file


class ConfigurationError(UsageError):
    """A configuration that can't be used. ``faults`` holds every one found; what, where and fix speak of them all."""

    default_reason = "bad_configuration"

    def __init__(self, faults: Sequence[Fault], *, name: str) -> None:
        self.faults = tuple(faults)
        if len(faults) == 1:
            only = faults[0]
            super().__init__(only.what, where=place(name, only.line, only.path), fix=only.fix)
            return
        lines = [f"  {place(name, fault.line, fault.path)}: {fault.what} {fault.fix}" for fault in faults]
        super().__init__("\n".join([f"{len(faults)} mistakes:", *lines]), where=name, fix="")


def dotted(path: Path) -> str:
    """A path for people, e.g. ``portfolios[0].programs[1].name``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def place(name: str, line: int | None, path: Path) -> str:
    """File, line and path for people, e.g. ``bellwether.yaml:12, connections.acme-jira.auth.token``."""
    file = name if line is None else f"{name}:{line}"
    return ", ".join(part for part in (file, dotted(path)) if part)


def refuse(what: str, fix: str, *, at: str | int | None = None) -> PydanticCustomError:
    """The error that a validator of the document raises. ``at``: the key below the present place that is meant."""
    context = {"what": what, "fix": fix} if at is None else {"what": what, "fix": fix, "at": at}
    return PydanticCustomError(CUSTOM, "{what}", context)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The end of a sentence: `` … did you mean 'projects'?`` when one of ``known`` looks like ``word``, else a full stop."""
    lower = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return f" … did you mean {lower[close[0]]!r}?" if close else "."
