"""The form of a connection: what was typed, what is wrong with it, and keeping what was tested."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from config.configuration import Configuration
from config.editing import Editor
from config.faults import ConfigurationError
from config.growing import first_text, with_connection
from config.outbound import Outward, refuse_private
from config.secrets import STORED, is_reference
from config.settings import NAMES
from config.web import keeping, rebasing
from config.web.site import Site
from config.web.visitor import visitor
from connector.sdk.questions import CredentialKind, Questions
from model import jobs
from model.errors import CHANGED_MEANWHILE, AppError, RefusedError, UsageError
from model.sync import Problem
from service import connecting, first_run

NO_RENAME = (
    "A connection keeps its name: the id of everything that was read begins with it. "
    "Connect the tool once more under another name, and take this one out."
)
_FORBIDDEN = frozenset(f"env:{name}" for name in NAMES)
_LOCAL = ("", "app", "127", "localhost")


@dataclass
class Form:
    """What was typed. ``auth``: what is no secret; ``secrets``: typed ones, which no page shows again; ``held``: the
    handles of those typed before; ``mine`` and ``old``: the name and options of the connection when it is there already.

    ``base``: the version of the configuration that the form stands on; ``stood``: the marks of the credentials that were
    kept when it was opened; ``naming``: which references the visitor may enter.
    """

    tool: str
    kind: CredentialKind
    asked: Questions
    url: str
    name: str
    workspace: str = ""
    auth: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    held: dict[str, str] = field(default_factory=dict, repr=False)
    old: Mapping[str, Any] | None = None
    mine: str | None = None
    base: str = ""
    stood: dict[str, str] = field(default_factory=dict)
    naming: str = ""

    @property
    def kept(self) -> Mapping[str, str]:
        """The references of credentials that need not be typed again: the same kind, at the same host."""
        before = dict((self.old or {}).get("auth") or {})
        there = _host(str((self.old or {}).get("url") or self.asked.url or ""))
        return before if before.get("type") == self.kind.type and there == _host(self.url) else {}


@dataclass
class Outcome:
    """What is wrong, by field, and as a whole; ``saved``: the name under which it was kept."""

    faults: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    workspaces: tuple[tuple[str, str], ...] = ()
    saved: str | None = None
    who: str | None = None
    key_made: bool = False


def blank(site: Site, tool: str, kind: str | None, name: str | None = None) -> Form | None:
    """The form as it stands before anything is typed; None for a tool or a kind of credential that is not there."""
    asked = connecting.tools().get(tool)
    old = site.configuration().connections[name].options if name else None
    before = dict((old or {}).get("auth") or {})
    wanted = kind or before.get("type")
    kinds = {one.type: one for one in asked.kinds} if asked else {}
    if asked is None or (wanted is not None and wanted not in kinds):
        return None
    chosen = kinds[wanted] if wanted else asked.kinds[0]
    told = {one.key: str(before.get(one.key) or "") for one in chosen.asked if not one.secret}
    url, workspace = str((old or {}).get("url") or asked.url or ""), str((old or {}).get("workspace") or "")
    stood = rebasing.marks(site, chosen, name) if name else {}
    return Form(tool, chosen, asked, url, name or "", workspace, told, old=old, mine=name, stood=stood, naming=_naming(site))


def read(form: Form, typed: Mapping[str, str]) -> Form:
    """The form with what was typed into it."""
    form.url = typed.get("url", "").strip()
    form.workspace = typed.get("workspace", "").strip()
    form.name = typed.get("name", form.name).strip() or form.name
    for one in form.kind.asked:
        value = typed.get(f"auth.{one.key}", "").strip()
        if one.secret:
            form.secrets[one.key], form.held[one.key] = value, typed.get(f"held.{one.key}", "")
            form.stood[one.key] = typed.get(f"{one.key}{keeping.STOOD}", form.stood.get(one.key, ""))
        else:
            form.auth[one.key] = value
    return form


def submit(site: Site, form: Form, *, back: str, save: bool = True) -> Outcome:
    """Test what was typed, and keep it when it works. ``back``: where a vendor's login sends the browser."""
    outcome, began = Outcome(), keeping.begun(site)
    _rebase(site, form, began, outcome)
    if outcome.faults or outcome.problems:
        return outcome
    name = _name(site, form, outcome)
    _complete(site, form, outcome)
    if outcome.faults:
        return outcome
    if form.mine is None:
        form.stood = rebasing.marks(site, form.kind, name)
    try:
        references, typed = _references(site, form, name, outcome)
        options = _options(form, references, back)
        candidate = _candidate(site, form, name, options, outcome, made=typed)
        if candidate is None:
            return outcome
        if is_open(site, form):
            tried = replace(site.around(candidate), reach=Outward(lambda _host: True, site.allowed_hosts))
            told = connecting.test(candidate.connections[name], tried, typed)
            outcome.problems, outcome.workspaces, outcome.who = list(told.report.problems), told.workspaces, told.report.who
            if not told.report.ok:
                return outcome
            if form.asked.workspace and told.workspace:
                options["workspace"] = told.workspace
            first_run.note_report(site.workspace(), told.report)
        if save:
            if not _save(site, form, name, options, typed, stood=rebasing.entry_of(began.held, name)):
                outcome.faults |= rebasing.overtaken(site, form, name)
                return outcome
            outcome.saved, form.base = name, keeping.begun(site).held.digest
            form.stood = rebasing.marks(site, form.kind, name)
    except AppError as error:
        outcome.problems = [Problem(what=error.what, fix=error.fix)]
    return outcome


def is_open(site: Site, form: Form) -> bool:
    """Whether there is something to test with: a login comes after the first saving."""
    return not form.kind.login or (form.mine is not None and site.workspace().db.tokens.load(form.mine) is not None)


# -- step by step ---------------------------------------------------------------------------------------------------------


def _rebase(site: Site, form: Form, began: keeping.Begun, outcome: Outcome) -> None:
    """Put the form on the connection as it stands; what somebody has to decide first is told."""
    form.base = began.held.digest
    if form.mine is None:
        return
    now = rebasing.entry_of(began.held, form.mine)
    form.old = now or form.old
    if began.lost:
        outcome.problems.append(Problem(what=keeping.MEANWHILE, fix=keeping.LOOK_AGAIN))
        return
    by = " and ".join(keeping.others(site, began.base)) or "somebody"
    outcome.faults |= rebasing.rebase(form, rebasing.entry_of(began.base, form.mine), now, by)
    outcome.faults |= rebasing.overtaken(site, form, form.mine)
    if kind := outcome.faults.pop(rebasing.KIND, None):
        outcome.problems.append(Problem(what="Another kind of credential is used now.", fix=kind))


def _name(site: Site, form: Form, outcome: Outcome) -> str:
    """The connection's name: the one it has, the one that was typed, or the host's first word and the tool."""
    taken = site.configuration().connections
    if form.mine is not None:
        if form.name != form.mine:
            outcome.faults["name"] = NO_RENAME
        return form.mine
    if form.name:
        if form.name in taken:
            outcome.faults["name"] = "There is a connection of this name already."
        return form.name
    first = re.sub(r"[^a-z0-9]+", "-", _host(form.url).split(".")[0]).strip("-")
    wanted = form.tool if first in _LOCAL else f"{first}-{form.tool}"
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _complete(site: Site, form: Form, outcome: Outcome) -> None:
    """A fault for what is missing, and for an address that may not be called."""
    for one in form.kind.asked:
        typed = form.secrets.get(one.key, "") if one.secret else form.auth.get(one.key, "")
        if (one.secret and _squeezed(typed) in _FORBIDDEN) or typed.startswith(STORED):
            outcome.faults[f"auth.{one.key}"] = f"Enter the credential itself. {form.naming}".strip()
        if typed or one.optional or (one.secret and (form.held.get(one.key) or one.key in form.kept)):
            continue
        moved = one.secret and form.old is not None and one.key in dict(form.old.get("auth") or {})
        outcome.faults[f"auth.{one.key}"] = (
            "The address is another one: enter it again, so that it is sent nowhere unseen." if moved
            else f"{one.title} is missing."
        )
    try:
        refuse_private(form.url, allowed=site.allowed_hosts)
    except AppError as error:
        outcome.faults["url"] = f"{error.what} {error.fix}"


def _references(site: Site, form: Form, name: str, outcome: Outcome) -> tuple[dict[str, str], dict[str, str]]:
    """Where each secret is to be read from, and those that were typed, by these references. They are held meanwhile."""
    space = site.workspace()
    references, typed = {}, {}
    for one in (each for each in form.kind.asked if each.secret):
        value = form.secrets.get(one.key, "")
        if not value and form.held.get(one.key):
            value = connecting.held(space, form.held[one.key]) or ""
        elif not value:
            references[one.key] = form.kept[one.key]
            continue
        if is_reference(value):
            references[one.key] = value
            continue
        outcome.key_made = space.db.make_key() or outcome.key_made
        if form.secrets.get(one.key):
            form.held[one.key] = connecting.hold(space, value)
        reference = rebasing.stored(name, one.key)
        references[one.key], typed[reference] = reference, value
    return references, typed


def _options(form: Form, references: Mapping[str, str], back: str) -> dict[str, Any]:
    """The connection as the file has it; what the form does not ask stays."""
    auth = {"type": form.kind.type}
    before = dict((form.old or {}).get("auth") or {})
    if before.get("type") == form.kind.type:
        auth |= {key: value for key, value in before.items() if key not in references}
    auth |= {key: value for key, value in form.auth.items() if value} | dict(references)
    if form.kind.login:
        auth.setdefault("redirect_uri", back)
    options: dict[str, Any] = {"tool": form.tool, **dict(form.old or {}), "url": form.url.rstrip("/")}
    if form.asked.workspace:
        options["workspace"] = form.workspace or str((form.old or {}).get("workspace") or "0")
    return options | {"auth": auth}


def _candidate(
    site: Site, form: Form, name: str, options: Mapping[str, Any], outcome: Outcome, *, made: Collection[str]
) -> Configuration | None:
    """The configuration that it would be; None with faults at their fields. ``made``: references of what was typed."""
    editor = keeping.editor(site, made)
    try:
        return site.check(editor.tried(with_connection(editor.held().document, name, options), _first(editor, name, options)))
    except ConfigurationError as error:
        for fault in error.faults:
            last = str(fault.path[-1]) if len(fault.path) > 2 and fault.path[:2] == ("connections", name) else ""
            place = "url" if last == "url" else "name" if fault.path == ("connections", name) else f"auth.{last}"
            if place in ("url", "name") or last in form.auth or last in form.secrets:
                outcome.faults[place] = f"{fault.what} {fault.fix}"
            else:
                outcome.problems.append(Problem(what=fault.what, fix=fault.fix))
        return None


def _save(
    site: Site, form: Form, name: str, options: Mapping[str, Any], typed: Mapping[str, str], *, stood: Mapping[str, Any]
) -> bool:
    """Secrets into the database, then all else into the file; then the tool is asked what it offers.

    ``stood``: the connection on which the options are; raises UsageError where it was changed while they were tested.
    False, and nothing kept, where somebody else has entered one of these credentials meanwhile.
    """
    editor, space = keeping.editor(site), site.workspace()
    held = keeping.begun(site).held
    if held.closed is not None:
        raise RefusedError(held.closed, where="configuration", fix="Change it where it comes from.")
    if rebasing.entry_of(held, name) != stood:
        raise UsageError(keeping.MEANWHILE, where="configuration", fix=keeping.LOOK_AGAIN, reason=CHANGED_MEANWHILE)
    over = {rebasing.stored(name, key): mark for key, mark in form.stood.items()}
    if not connecting.keep(space, typed, over=over, by=visitor().name):
        return False
    put = partial(with_connection, name=name, options=options)
    keeping.change(site, held, put, what=f"connection {name}", text=_first(editor, name, options), made=typed)
    first_run.ask(site.workspace(), jobs.name_of(jobs.DISCOVER, name), anew=True)
    return True


def _first(editor: Editor, name: str, options: Mapping[str, Any]) -> str | None:
    """The text of a document that begins with this connection; None where there is one already."""
    return None if editor.held().text else first_text(name, options)


def _naming(site: Site) -> str:
    """What of the machine's secrets the visitor may name in place of one, as the form offers it."""
    if visitor().by == "machine":
        return "Or env:NAME or file:PATH, to be read on the server."
    return f"Or one of {', '.join(site.allowed_secrets)}, to be read on the server." if site.allowed_secrets else ""


def _squeezed(typed: str) -> str:
    """A reference as it is read: blanks around the name count for nothing."""
    return ":".join(part.strip() for part in typed.split(":", 1))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
