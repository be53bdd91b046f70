"""Prepared documents: what takes longer than an answer may is asked for, made by a worker, and kept for a day.

    ask → a worker makes it (or, where none is, it is made before the answer) → whoever asked reads it

It only reads what is kept here, so it takes no turns with what is written into the tools.
"""

import gzip
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import timedelta

from model.base import Instant
from model.errors import AppError, RefusedError, UsageError
from model.lens import Lens
from rollup.lens import top_id
from service.lens_at_hand import lens_standing
from service.prepared_kinds import FORMS, LensOf, Wanted, wanted
from service.presence import is_worked
from service.workspace import Workspace
from store.errands import ErrandState
from store.prepared import Document
from store.unit_of_work import UnitOfWork

KEPT_FOR = timedelta(days=1)
KEPT_OF_ONE = 20
"""Documents of one person that are kept."""
OPEN_OF_ONE = 3
"""Documents that one person may wait for at once: others wait, too."""
MOST_BEGUN = 3
"""A document that was begun so often and never ended takes its worker down, as it seems."""
_TOO_LARGE = "It takes more memory than a document may. Ask for it of what lies below."
_LEVEL = 6


def ask(workspace: Workspace, node: str, what: Wanted, *, by: str) -> int:
    """Have a document prepared on a node. Returns its number: of the one that is there, where somebody asks again.

    Raises UsageError where they wait for too many already.
    """
    now, worked = workspace.clock(), is_worked(workspace.db)
    with workspace.db.begin() as uow:
        uow.prepared.forget_before(now - KEPT_FOR)
        there = _newest(uow, node, what, by=by)
        if there is not None and _is_fresh(uow, there):
            return there.id
        number = there.id if there is not None and there.is_open else _new(uow, node, what, by=by, at=now)
        if worked:
            uow.jobs.want(what.job, at=now)
    if not worked:
        _work_on(workspace, number)
    return number


def ask_lens(workspace: Workspace, lens: Lens) -> int:
    """Have a lens scored, for whoever looks through it."""
    return ask(workspace, top_id(lens), LensOf.of(lens), by=f"lens {lens.name}")


def renew_lenses(workspace: Workspace, lenses: Iterable[Lens], *, older_than: timedelta) -> None:
    """Have those of these lenses scored anew whose scores are older, or that have none."""
    for lens in lenses:
        stands = lens_standing(workspace, lens)
        if not stands.open and (stands.scored_at is None or stands.scored_at <= workspace.clock() - older_than):
            ask_lens(workspace, lens)


def newest(workspace: Workspace, node: str, what: Wanted, *, by: str) -> Document | None:
    """The newest document of this question that somebody asked for; None: they asked for none, or it is forgotten."""
    with workspace.db.read() as uow:
        return _newest(uow, node, what, by=by)


def one(workspace: Workspace, number: int) -> Document | None:
    """A document by its number; None: there is none, or it is forgotten."""
    with workspace.db.read() as uow:
        return uow.prepared.one(number)


def packed(workspace: Workspace, document: Document) -> bytes:
    """What was made, as gzip: empty where nothing is."""
    with workspace.db.read() as uow:
        return uow.prepared.packed(document.id) or b""


def content(workspace: Workspace, document: Document) -> bytes:
    """What was made: empty where nothing is."""
    return gzip.decompress(packed(workspace, document))


def is_fresh(workspace: Workspace, document: Document) -> bool:
    """Whether its node was not scored again since it was made."""
    with workspace.db.read() as uow:
        return _is_fresh(uow, document)


def work_off(workspace: Workspace, job: str) -> int:
    """Make every document of a job that waits, or that a process which died had begun; how many were made, or refused."""
    with workspace.db.read() as uow:
        waiting = [document for document in uow.prepared.open() if FORMS[document.kind].job == job]
    return sum(_work_on(workspace, document.id) for document in waiting)


def forget_old(workspace: Workspace) -> Instant | None:
    """Forget what is older than a day; when the next one will be."""
    before = workspace.clock() - KEPT_FOR
    with workspace.db.begin() as uow:
        uow.prepared.forget_before(before)
        first = uow.prepared.first_ended_at()
    return first and first + KEPT_FOR


def _newest(uow: UnitOfWork, node: str, what: Wanted, *, by: str) -> Document | None:
    found = uow.prepared.same(what.kind, node, what.model_dump(mode="json"))
    return next((document for document in found if document.by == by), None)


def _is_fresh(uow: UnitOfWork, document: Document) -> bool:
    if document.state is not ErrandState.DONE or document.started_at is None:
        return False
    scored = uow.brief_scores.one(document.node)
    newest_at = scored[1] if scored else uow.scores.newest_as_of()  # a group of a lens has no score of its own
    return newest_at is None or newest_at <= document.started_at


def _new(uow: UnitOfWork, node: str, what: Wanted, *, by: str, at: Instant) -> int:
    if sum(document.by == by for document in uow.prepared.open()) >= OPEN_OF_ONE:
        why = f"You wait for {OPEN_OF_ONE} documents already."
        raise UsageError(why, fix="Ask again when one of them is done.", reason="too_many_asked")
    if isinstance(what, LensOf):
        uow.prepared.forget_all_but_done(by=by)  # it is shown until there is a newer one
    else:
        uow.prepared.forget_all_but(KEPT_OF_ONE - 1, by=by)
    return uow.prepared.ask(what.kind, node, what.model_dump(mode="json"), by=by, at=at)


def _work_on(workspace: Workspace, number: int) -> int:
    """Have one document made; one whose process came to an end before is given up."""
    if workspace.apart is None:
        return int(make(workspace, number))
    if not workspace.apart(number):
        with _alone(workspace, number) as got:
            document = one(workspace, number)
            if got and document is not None and document.is_open:
                _refuse(workspace, number, ErrandState.FAILED, "The process that made it came to an end; the log may say why.")
    return 1


def make(workspace: Workspace, number: int) -> bool:
    """Make one document here and now, if it waits and nobody else is at it; what goes wrong is told in it."""
    with _alone(workspace, number) as got:
        if not got:
            return False
        now = workspace.clock()
        with workspace.db.begin() as uow:
            document = uow.prepared.one(number)
            if document is None or not document.is_open:
                return False
            uow.prepared.begin(number, at=now)
        try:
            media_type, body = _made(workspace, document)
        except AppError as error:
            state = ErrandState.REFUSED if isinstance(error, RefusedError | UsageError) else ErrandState.FAILED
            _refuse(workspace, number, state, f"{error.what} {error.fix}".strip())
        except MemoryError:
            _refuse(workspace, number, ErrandState.FAILED, _TOO_LARGE)
        except Exception:
            _refuse(workspace, number, ErrandState.FAILED, "An error of our own; the log has it.")
            raise
        else:
            now = workspace.clock()
            with workspace.db.begin() as uow:
                uow.prepared.keep(number, media_type, body, at=now)
        return True


def _alone(workspace: Workspace, number: int) -> AbstractContextManager[bool]:
    return workspace.db.alone(f"document:{number}")


def _made(workspace: Workspace, document: Document) -> tuple[str, bytes]:
    """Media type and gzip of what was asked for: taken from somebody who asked the same and has it, else made."""
    if document.begun >= MOST_BEGUN:
        raise AppError(f"It was begun {document.begun} times and never ended.", fix="The log says why.")
    with workspace.db.read() as uow:
        alike = uow.prepared.same(document.kind, document.node, document.asked)
        for other in alike:
            body = uow.prepared.packed(other.id) if _is_fresh(uow, other) else None
            if body is not None and other.media_type is not None:
                return other.media_type, body
    made = wanted(document).make(workspace, document.node)
    return made.media_type, gzip.compress(made.content, _LEVEL, mtime=0)


def _refuse(workspace: Workspace, number: int, state: ErrandState, error: str) -> None:
    now = workspace.clock()
    with workspace.db.begin() as uow:
        uow.prepared.refuse(number, state, error, at=now)
