"""Where the pages of the tree change the document: on the version that a form began from, merged with what others did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from config.branches import Branches
from config.editing import Change, Editor, Held
from config.faults import ConfigurationError, Fault
from config.merging import ABSENT, Conflict, identity, merged
from config.places import copied, parse
from config.tree import slug
from config.web.keeping import beyond
from config.web.site import Site
from config.web.visitor import visitor
from model.errors import UsageError
from service.workspace import Workspace

Plain = dict[str, Any]
Make = Callable[[Plain], Plain]
"""What somebody wants of a document. Raises KeyError where what it speaks of is not in it."""

CHOICE = "choice:"


@dataclass(frozen=True)
class Side:
    """A conflict as people choose in it: what stands where, what it was, mine and theirs."""

    number: int
    where: str
    was: str
    mine: str
    theirs: str
    chosen: str


@dataclass(frozen=True)
class Outcome:
    """What came of a change. With none of the three it is kept.

    ``conflicts``: to be chosen in, on top of the version ``seen``; ``faults``: what makes it no configuration, each with
    its place below the entry that was changed where it lies there; ``refused``: why it can't be kept at all.
    """

    conflicts: tuple[Side, ...] = ()
    seen: str = ""
    faults: tuple[Fault, ...] = ()
    refused: str = ""

    @property
    def kept(self) -> bool:
        return not (self.conflicts or self.faults or self.refused)


@dataclass
class Desk:
    """The document of one deployment. Trees of the versions looked at last are remembered."""

    site: Site
    _trees: dict[str, Branches] = field(default_factory=dict)

    def space(self) -> Workspace:
        return self.site.workspace()

    def held(self) -> Held:
        """What stands in the file now. Raises UsageError where the configuration came from no file."""
        return self._editor().held()

    def tree(self, held: Held) -> Branches:
        """The entries of a version. They are looked at, never changed."""
        if held.digest not in self._trees:
            while len(self._trees) >= 4:
                del self._trees[next(iter(self._trees))]
            self._trees[held.digest] = Branches(held.document)
        return self._trees[held.digest]

    def version(self, digest: str) -> Plain | None:
        """The document of a version that was seen; None where it is not known any more."""
        held = self.held()
        if digest == held.digest:
            return held.document
        with self.space().db.read() as uow:
            text = uow.config_versions.text(digest)
        found: Plain | None = parse(text, str(self._path()))[0] if text is not None else None
        return found

    def keep(self, make: Make, form: Mapping[str, str], *, why: str, entry: str | None = None) -> Outcome:
        """Make a change on top of the version ``form["base"]``; ``form["seen"]`` with choices answers conflicts.

        ``entry``: the id of what was changed, whose faults are told by their place below it.
        """
        base_digest, seen = form.get("base", ""), form.get("seen", "")
        base = self.version(base_digest)
        if base is None:
            return Outcome(refused="The file was changed by hand since this page was opened. Below is what you typed, on top "
                           "of how it stands now: look through it and save again.")  # fmt: skip
        try:
            mine = make(copied(base))
        except KeyError:
            return Outcome(refused="What this changes is not in the tree any more: somebody took it out.")
        try:
            if seen and (theirs := self.version(seen)) is not None:
                answered = _answered(base, mine, theirs, form)
                if isinstance(answered, tuple):
                    return Outcome(conflicts=answered, seen=seen)
                base_digest, mine = seen, answered
            kept = self._editor().keep(Change(base_digest, mine, visitor().name, why), at=self.space().clock())
        except ConfigurationError as error:
            return Outcome(faults=_below(error.faults, mine, entry))
        except UsageError as error:
            return Outcome(refused=f"{error.what} {error.fix}".strip())
        if kept.conflicts:
            return Outcome(conflicts=_sides(kept.conflicts, form), seen=kept.held.digest)
        return Outcome()

    def _path(self) -> Path:
        path = self.site.configuration().path
        if path is None:
            raise UsageError("There is no file to change.", where="configuration", fix="Start with --config FILE.")
        return path

    def _editor(self) -> Editor:
        return Editor(self._path(), self.space().db, self.site.check, refuses=partial(beyond, self.site))


def _answered(base: Plain, mine: Plain, theirs: Plain, form: Mapping[str, str]) -> Plain | tuple[Side, ...]:
    """Theirs with mine, where each conflict is decided; the conflicts again where one is not."""
    result, conflicts = merged(base, mine, theirs)
    chosen = [form.get(f"{CHOICE}{number}") for number in range(len(conflicts))]
    if not all(one in ("mine", "theirs") for one in chosen):
        return _sides(conflicts, form)
    found: Plain = copied(result)
    for conflict, choice in zip(conflicts, chosen, strict=True):
        if choice == "mine":
            put(found, conflict.path, conflict.mine)
        elif conflict.mine is ABSENT:
            _drop_renamed(found, conflict)
    return found


def put(document: Plain, path: tuple[Any, ...], value: Any) -> None:
    """Set what a conflict speaks of; its path names items of lists by what tells them apart."""
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step] if isinstance(holder, dict) else next(one for one in holder if identity(one) == step)
    last = path[-1]
    if isinstance(holder, dict):
        if value is ABSENT:
            holder.pop(last, None)
        else:
            holder[last] = copied(value)
        return
    at = next((index for index, one in enumerate(holder) if identity(one) == last), len(holder))
    holder[at : at + 1] = [] if value is ABSENT else [copied(value)]


def _drop_renamed(document: Plain, conflict: Conflict) -> None:
    """A node that I renamed and they changed: theirs stands under its old name, so mine under the new one goes."""
    holder: Any = document
    for step in conflict.path[:-1]:
        holder = holder[step] if isinstance(holder, dict) else next(one for one in holder if identity(one) == step)
    if isinstance(holder, list) and isinstance(conflict.base, dict):
        holder[:] = [one for one in holder if not _is_renamed(one, conflict.base)]


def _is_renamed(entry: Any, was: Plain) -> bool:
    """A new name writes down the id that the old one gave."""
    return isinstance(entry, dict) and "id" not in was and entry.get("id") == slug(str(was.get("name")), otherwise="")


def _sides(conflicts: tuple[Conflict, ...], form: Mapping[str, str]) -> tuple[Side, ...]:
    return tuple(
        Side(
            number, " › ".join(_said(step) for step in one.path), _shown(one.base), _shown(one.mine), _shown(one.theirs),
            form.get(f"{CHOICE}{number}", ""),
        )
        for number, one in enumerate(conflicts)
    )  # fmt: skip


def _said(step: Any) -> str:
    text = str(step)
    key, mark, value = text.partition("=")
    return value if mark and key in ("id", "name", "ref") else text.replace("_", " ")


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "not there"
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_shown(inner)}" for key, inner in value.items() if key not in ("programs", "projects"))
    if isinstance(value, list):
        return "\n".join(_shown(one).replace("\n", ", ") for one in value)
    return str(value)


def _below(faults: tuple[Fault, ...], document: Plain, entry: str | None) -> tuple[Fault, ...]:
    """Faults of the entry that was changed by their place below it, all others by their whole place."""
    spot = Branches(document).get(entry) if entry else None
    if spot is None:
        return faults
    depth = len(spot.path)
    return tuple(
        Fault(("·", *fault.path[depth:]), fault.what, fault.fix, fault.line) if fault.path[:depth] == spot.path else fault
        for fault in faults
    )
