"""Where the pages of the tree change the document: on the version that a form began from, merged with what others did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from config.branches import Branches
from config.editing import Held
from config.faults import ConfigurationError, Fault
from config.places import copied
from config.web.keeping import Attempt, Begun, editor, keep
from config.web.site import Site
from service.workspace import Workspace

Plain = dict[str, Any]
Make = Callable[[Plain], Plain]
"""What somebody wants of a document. Raises KeyError where what it speaks of is not in it."""


@dataclass(frozen=True)
class Outcome:
    """What came of a change. With none of the three it is kept.

    ``attempt``: what has to be chosen in; ``faults``: what makes it no configuration, each with
    its place below the entry that was changed where it lies there; ``refused``: why it can't be kept at all.
    """

    attempt: Attempt = field(default_factory=Attempt)
    faults: tuple[Fault, ...] = ()
    refused: str = ""

    @property
    def conflicts(self) -> bool:
        return bool(self.attempt.choices)

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
        return editor(self.site).held()

    def tree(self, held: Held) -> Branches:
        """The entries of a version. They are looked at, never changed."""
        if held.digest not in self._trees:
            while len(self._trees) >= 4:
                del self._trees[next(iter(self._trees))]
            self._trees[held.digest] = Branches(held.document)
        return self._trees[held.digest]

    def version(self, digest: str) -> Plain | None:
        """The document of a version that was seen; None where it is not known any more."""
        found = editor(self.site).version(digest)
        return None if found is None else found.document

    def keep(self, make: Make, form: Mapping[str, str], *, why: str, entry: str | None = None) -> Outcome:
        """Make a change on top of the version ``form["base"]``; the form's choices answer conflicts.

        ``entry``: the id of what was changed, whose faults are told by their place below it.
        """
        base = editor(self.site).version(form.get("base", ""))
        if base is None:
            return Outcome(refused="The file was changed by hand since this page was opened. Below is what you typed, on top "
                           "of how it stands now: look through it and save again.")  # fmt: skip
        try:
            mine = make(copied(base.document))
        except KeyError:
            return Outcome(refused="What this changes is not in the tree any more: somebody took it out.")
        attempt = keep(self.site, Begun(base, base, False), mine, what=why)
        if isinstance(attempt.refused, ConfigurationError):
            return Outcome(faults=_below(attempt.faults, mine, entry))
        if attempt.refused is not None:
            return Outcome(refused=f"{attempt.refused.what} {attempt.refused.fix}".strip())
        return Outcome(attempt)


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
