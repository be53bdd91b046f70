"""Keeping what a form changes of the configuration: on the version that its page showed, merged, nothing typed lost."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import request

from config.differences import place, words
from config.editing import Change, Editor, Held, Kept
from config.faults import ConfigurationError, Fault
from config.merging import Conflict
from config.places import copied
from config.reach import Leave, called, overreach
from config.tree_merging import decided, merged, refuse_unsound
from config.web.site import Site
from config.web.visitor import visitor
from model.errors import CHANGED_MEANWHILE, AppError, UsageError

BASE, THEIRS, WHY = "base", "theirs", "why"
CHOICE = "choice:"
STOOD = ".stood"
"""The end of a field that tells which saving of a credential a form showed."""
_LONGEST_WHY = 300
_VERSIONS_SINCE = 20
MEANWHILE = "Somebody has changed the configuration meanwhile."
LOOK_AGAIN = "What you entered is still here, beside what holds now. Look at it once more, and save again."
Make = Callable[[dict[str, Any]], dict[str, Any]]
"""What somebody wants of a document."""


@dataclass(frozen=True)
class Choice:
    """One place that somebody else changed meanwhile, for the form: its field, both values, and what was chosen."""

    field: str
    place: str
    base: str | None
    mine: str | None
    theirs: str | None
    chosen: str


@dataclass(frozen=True)
class Begun:
    """What a form began from. ``lost``: that version is not kept any more, so it begins anew from the present one."""

    held: Held
    base: Held
    lost: bool


@dataclass(frozen=True)
class Attempt:
    """What came of keeping a form: kept, or both values of each conflict, or what is wrong with it.

    ``theirs``: the version that the conflicts are with; ``others``: who changed something since the form was begun;
    ``refused``: the error behind ``faults``.
    """

    kept: Held | None = None
    choices: tuple[Choice, ...] = ()
    theirs: str = ""
    others: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    refused: AppError | None = None


def editor(site: Site, made: Collection[str] = (), *, keeps: bool = False) -> Editor:
    """The editor of the configuration's file. ``made``: references to secrets that were typed just now; ``keeps``: what is
    let in is about to be written, so the hosts it brings are remembered first.

    Raises UsageError where it came from no file.
    """
    path = site.configuration().path
    if path is None:
        what = "This configuration came from no file."
        raise UsageError(what, where="configuration", fix="Start Bellwether with --config FILE.", reason="no_file")
    return Editor(path, site.workspace().db, site.check, refuses=partial(beyond, site, made=made, keeps=keeps))


def beyond(
    site: Site, before: Mapping[str, Any], after: Mapping[str, Any], made: Collection[str] = (), keeps: bool = False
) -> Sequence[Fault]:
    """What of a changed document goes beyond the visitor. Whoever sits at the machine of a deployment without logins could
    edit the file as well."""
    if visitor().by == "machine":
        return ()
    faults = overreach(before, after, Leave(site.allowed_hosts, site.allowed_secrets), made=made)
    if keeps and not faults:
        _remember(site, called(after) - called(before))
    return faults


def _remember(site: Site, given: Collection[str]) -> None:
    """Keep in mind which hosts a page gave: wherever their names lead later, only public addresses are called. Those that
    the operator allows are the operator's own."""
    space, new = site.kept(), set(given) - site.allowed_hosts
    if new:
        with space.db.begin() as uow:
            uow.page_hosts.add(new, at=space.clock())


def begun(site: Site) -> Begun:
    """What the form at hand began from; at first sight the present."""
    held = editor(site).begun(at=site.workspace().clock())
    digest = request.form.get(BASE, "") if request.method == "POST" else ""
    if not digest or digest == held.digest:
        return Begun(held, held, False)
    version = editor(site).version(digest)
    return Begun(held, version or held, version is None)


def keep(site: Site, began: Begun, document: Mapping[str, Any], *, what: str, text: str | None = None) -> Attempt:
    """Keep a document that was made of ``began.base``. ``what`` says in a few words what was changed."""
    said = request.form.get(WHY, "").strip()[:_LONGEST_WHY]
    why = f"{what}: {said}" if said else what
    wanted, base = dict(document), began.base.digest
    theirs = editor(site).version(request.form.get(THEIRS, ""))
    if theirs is not None:
        wanted, conflicts = merged(began.base.document, wanted, theirs.document)
        open_ones = tuple(one for one in conflicts if not request.form.get(_field(one)))
        if open_ones:
            return _twice(site, began, conflicts, theirs.digest)
        for one in conflicts:
            wanted = decided(wanted, one, mine=request.form[_field(one)] == "mine")
        base = theirs.digest
    try:
        if theirs is not None:
            refuse_unsound(began.base.document, document, theirs.document, wanted)
        made = _put(site, Change(base, wanted, visitor().name, why, text))
    except AppError as error:
        return Attempt(faults=faults_of(error), refused=error)
    if made.conflicts:
        # Told against what the form began from, not against what was resolved since: the form holds all of that.
        _, conflicts = merged(began.base.document, dict(document), made.held.document)
        return _twice(site, began, conflicts, made.held.digest)
    return Attempt(kept=made.held)


def _twice(site: Site, began: Begun, conflicts: tuple[Conflict, ...], theirs: str) -> Attempt:
    """What both changed, and who the others are."""
    return Attempt(choices=_choices(conflicts), theirs=theirs, others=others(site, began.base))


def others(site: Site, base: Held) -> tuple[str, ...]:
    """Who changed the configuration since a version, the last one first."""
    found: dict[str, None] = {}
    for version in editor(site).versions(limit=_VERSIONS_SINCE):
        if version.digest == base.digest:
            break
        found["you, elsewhere" if version.by == visitor().name else version.by] = None
    return tuple(found)


def change(site: Site, seen: Held, make: Make, *, what: str, text: str | None = None, made: Collection[str] = ()) -> None:
    """Keep what a step makes of the document that it saw, on top of what others did meanwhile.

    Raises UsageError with the reason ``changed_meanwhile`` where they changed the same, and as ``Editor.keep`` does.
    """
    wanted = Change(seen.digest, make(copied(seen.document)), visitor().name, what, text)
    if _put(site, wanted, made).conflicts:
        raise UsageError(MEANWHILE, where="configuration", fix=LOOK_AGAIN, reason=CHANGED_MEANWHILE)


def _put(site: Site, wanted: Change, made: Collection[str] = ()) -> Kept:
    return editor(site, made, keeps=True).keep(wanted, at=site.workspace().clock())


def seen(site: Site, digest: str) -> Held:
    """The version that a step's form showed. Raises UsageError (``changed_meanwhile``) where nobody knows it any more."""
    found = editor(site).version(digest)
    if found is None:
        raise UsageError(MEANWHILE, where="configuration", fix=LOOK_AGAIN, reason=CHANGED_MEANWHILE)
    return found


def faults_of(error: AppError) -> tuple[Fault, ...]:
    """What is wrong, as far as it can be told apart."""
    if isinstance(error, ConfigurationError):
        return error.faults
    return (Fault((), error.what, error.fix),)


def _choices(conflicts: tuple[Conflict, ...]) -> tuple[Choice, ...]:
    return tuple(
        Choice(_field(one), place(one.path), words(one.base), words(one.mine), words(one.theirs),
               request.form.get(_field(one), ""))
        for one in conflicts
    )  # fmt: skip


def _field(conflict: Conflict) -> str:
    return CHOICE + json.dumps(conflict.path)
