"""A band set by hand: who disagrees with the computed one says so here, with a reason and until when."""

from datetime import date, timedelta

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from config.web.node_pages import At, at
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import visitor
from model.errors import CHANGED_MEANWHILE, UsageError
from model.health import Band
from service import overrides
from service.workspace import local_day

PLACES = ()
USUAL = timedelta(days=14)
_FIELDS = ("band", "reason", "until")


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of overrides."""

    @pages.get("/nodes/<node_id>/override")
    @needs(Role.EDITOR)
    def override(node_id: str) -> str:
        here = at(site, node_id, own_tree=True)
        return _page(here, _blank(here), {})

    @pages.post("/nodes/<node_id>/override")
    @needs(Role.EDITOR)
    def set_override(node_id: str) -> Response | Answer | tuple[str, int]:
        here = at(site, node_id, own_tree=True)
        clears, seen = request.form.get("do") == "clear", request.form.get("seen", "")
        faults: dict[str, str] = {}
        typed = _blank(here) if clears else {name: request.form.get(name, "").strip() for name in _FIELDS}
        try:
            if clears:
                overrides.end(here.space, here.head.node.id, by=visitor().name, seen=seen)
            else:
                faults = _set(here, typed, seen)
        except UsageError as error:
            if error.reason != CHANGED_MEANWHILE:
                raise
            return _page(here, typed, {}, changed=True), 409
        return (_page(here, typed, faults, seen=seen), 422) if faults else redirect(f"/nodes/{here.head.node.id}", 303)


def _blank(here: At) -> dict[str, str]:
    return {"band": "", "reason": "", "until": (local_day(here.space) + USUAL).isoformat()}


def _set(here: At, typed: dict[str, str], seen: str) -> dict[str, str]:
    """Set what was typed; what is wrong with it by field, nothing when it is set."""
    faults: dict[str, str] = {}
    if typed["band"] not in (*Band,) or typed["band"] == Band.NO_DATA:
        faults["band"] = "Choose on track, at risk or off track."
    try:
        until = date.fromisoformat(typed["until"])
    except ValueError:
        faults["until"] = "Give the last day on which it holds, as 2026-12-31."
    if not typed["reason"]:
        faults["reason"] = "Say why the computed band is not right."
    if faults:
        return faults
    try:
        overrides.put(
            here.space, here.head.node.id, Band(typed["band"]), reason=typed["reason"], until=until, by=visitor().name,
            seen=seen,
        )  # fmt: skip
    except UsageError as error:
        if error.reason == CHANGED_MEANWHILE:
            raise
        faults[error.where if error.where in _FIELDS else "reason"] = f"{error.what} {error.fix}"
    return faults


def _page(here: At, typed: dict[str, str], faults: dict[str, str], *, seen: str | None = None, changed: bool = False) -> str:
    """The form. ``seen``: the version that it began from, without it the present one; ``changed``: it was another one."""
    with here.space.db.read() as uow:
        stands = uow.overrides.of(here.head.node.id)
    bands = [band for band in Band if band is not Band.NO_DATA]
    told: dict[str, object] = {
        "stood": (stood := overrides.version(stands)), "seen": stood if seen is None else seen, "changed": changed,
        "today": local_day(here.space),
        "ended": overrides.last_ended(here.space, here.head.node.id) if changed and stands is None else None,
    }  # fmt: skip
    return render_template(
        "override.html", typed=typed, faults=faults, stands=stands, bands=bands, **told, **here.place()
    )
