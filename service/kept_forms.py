"""What somebody typed when their session had run out: kept until they are logged in again, for them alone."""

import secrets
from collections.abc import Iterable

from model.errors import NotFoundError
from service.logins import forget_before
from service.workspace import Workspace
from store.logins import KeptForm

MOST = 6_000_000
"""Longer forms are not kept, in characters: a configuration that is brought in has at most five million."""
MOST_FORMS = 20
"""So many are kept for one account: the older ones were given up."""
LONG, MOST_LONG = 1_000_000, 2
"""From so many characters on a form is long, and that many at most are kept for one account."""


def keep(workspace: Workspace, account: int, path: str, fields: Iterable[tuple[str, str]]) -> str | None:
    """Keep a form that was to go to ``path``; its id, None where it is too long."""
    typed = tuple(fields)
    size = sum(len(name) + len(value) for name, value in typed)
    if size > MOST:
        return None
    form = KeptForm(id=secrets.token_urlsafe(16), path=path, fields=typed)
    now = workspace.clock()
    with workspace.db.begin() as uow:
        uow.logins.drop_forms(before=forget_before(now))
        uow.logins.keep_form(form, account, at=now, most=MOST_LONG if size > LONG else MOST_FORMS)
    return form.id


def kept(workspace: Workspace, account: int, id_: str) -> KeptForm:
    """What this account typed. Raises NotFoundError for somebody else's, and after a day."""
    with workspace.db.read() as uow:
        found = uow.logins.kept_form(id_, account, since=forget_before(workspace.clock()))
    if found is None:
        raise NotFoundError("This form is not kept any longer.", fix="Open its page and fill it in again.", reason="no_form")
    return found


def drop(workspace: Workspace, account: int, id_: str) -> None:
    """Forget a form that was sent."""
    kept(workspace, account, id_)
    with workspace.db.begin() as uow:
        uow.logins.drop_forms(before=forget_before(workspace.clock()), only=id_)
