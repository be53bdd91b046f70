"""Policies: weights, thresholds, caps, curves, rules; and what a change would do to every node before it counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config import policy_form
from config.faults import Fault
from config.policy_form import Typed
from config.web import keeping
from config.web.gone import given_back
from config.web.numbers import whole_number
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from model.policy import TIMED, Policy, Predicate
from service import policy_preview, policy_trial
from service.dimensions import dimension_curves
from service.policy_trial import Trial
from service.workspace import Workspace

PLACES = (Place("Policies", "/settings/policies", "settings", 50, Role.ADMIN),)
EMPTY_RULES = 2
LONGEST_NAME = 64
Answer = str | Response | tuple[str, int]
LABELS = {
    "on_track": ("On track from", "the lowest score of the band"), "at_risk": ("At risk from", "below it: off track"),
    "margin": ("Margin", "points past a threshold at which a band is left at once"),
    "dwell_days": ("Dwell days", "days beyond a threshold after which a band is left anyway"),
    "min_coverage": ("Least coverage", "0 to 1; below it: no data"),
    "cap_share": ("Worst-child share", "0 to 1; children of this weight off track hold the parent at risk"),
    "watermelon_days": ("Quiet days", "before a status declared against the computed one is shown to all"),
}  # fmt: skip


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of policies."""

    @pages.route("/settings/policies", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def policies() -> Answer:
        return _list(site)

    @pages.route("/settings/policies/<path:name>", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def policy(name: str) -> Answer:
        return _page(site, name)


def _list(site: Site) -> Answer:
    """Every policy with what it scores; on POST a new one, or another one for classes that have none: looked at, or kept."""
    began, attempt, trial = keeping.begun(site), keeping.Attempt(), Trial()
    if request.method == "POST":
        wanted, what = _wanted(began.base.document)
        if isinstance(wanted, Fault):
            attempt = keeping.Attempt(faults=(wanted,))
        elif "look" in request.form:
            attempt, trial = _looked(site, wanted)
        else:
            attempt = keeping.keep(site, began, wanted, what=what)
        if attempt.kept is not None:
            return redirect(url_for("pages.policies", kept=attempt.kept.digest[:8]), 303)
    workspace, held = site.workspace(), began.held.document
    rows = []
    for name in policy_form.names(held):
        uses = policy_preview.used_by(workspace, site.configuration().policies, name)
        own = name in (held.get("policies") or {}) or name == policy_form.INLINE
        rows.append((name, own, sum(1 for node in workspace.tree.nodes if uses(node))))
    told = {"rows": rows, "kept": request.args.get("kept"), "typed": request.form, "chosen": policy_form.chosen(held),
            "trial": trial, "most": policy_preview.ON_A_PAGE}  # fmt: skip
    page = render_template("policies.html", began=began, attempt=attempt, **told)
    return (page, 409 if attempt.choices else 422) if attempt.faults or attempt.choices else page


def _wanted(document: Mapping[str, Any]) -> tuple[dict[str, Any] | Fault, str]:
    """The document with a new policy, or with the choice of another, and a word for it; else what is wrong."""
    form = request.form
    if "choose" in (form.get("do"), form.get("look")):
        return {**document, "policy": form.get("chosen", "")}, "policy where a class has none"
    name = form.get("name", "").strip()
    if not name or name in policy_form.names(document):
        return Fault((), f"{name!r} is no new name.", "Give it another."), name
    if len(name) > LONGEST_NAME or not name.isprintable() or name in (".", "..", policy_form.INLINE):
        what = f"{name[:LONGEST_NAME]!r} can't name a policy."
        return Fault((), what, f"Give it a name of at most {LONGEST_NAME} letters and signs."), name
    policies = {**(document.get("policies") or {}), name: {"extends": form.get("extends", policy_form.DEFAULT)}}
    return {**document, "policies": policies}, f"policy {name}"


def _looked(site: Site, wanted: dict[str, Any]) -> tuple[keeping.Attempt, Trial]:
    """What another document would change, which is not kept; or what is wrong with it."""
    policies, faults = policy_form.resolved(wanted)
    return keeping.Attempt(faults=tuple(faults)), Trial() if faults else _trial(site, policies)


def _trial(site: Site, policies: Mapping[str, Policy]) -> Trial:
    """What policies would change: at once of a small tree, else as far as a job has looked."""
    asked, space = whole_number(request.form, "page"), site.workspace()
    if _is_small(space):
        return Trial(policy_preview.preview(space, policies, page=asked))
    # Looking again, or at another page, is content with what was found; asking anew is not.
    return policy_trial.what_if(space, policies, page=asked, anew=request.form.get("do") == "preview")


def _page(site: Site, name: str) -> Answer:
    """Show a policy; on POST what was typed would change, kept only when asked to."""
    began = keeping.begun(site)
    found, _ = policy_form.resolved(began.base.document)
    if name not in policy_form.names(began.base.document) or name not in found:
        if request.method == "POST":
            return given_back("policy", name, back="/settings/policies")
        abort(404, f"There is no policy {name!r}.")
    get = request.form.get if request.method == "POST" else _nothing
    typed = policy_form.typed(get, found[name], dimension_curves())
    attempt, trial = keeping.Attempt(), Trial()
    if request.method == "POST":
        wanted = policy_form.changed(began.base.document, name, found[name], typed.values)
        attempt, trial = _tried(site, began, wanted, name, typed.wrong)
        if attempt.kept is not None:
            return redirect(url_for("pages.policy", name=name, kept=attempt.kept.digest[:8]), 303)
    wrong = _all_wrong(typed.wrong, attempt.faults)
    said = _said(site, name, typed, wrong)
    page = render_template("policy.html", **said, began=began, attempt=attempt, trial=trial, shown=trial.preview)
    return (page, 409 if attempt.choices else 422) if wrong or attempt.choices else page


def _tried(
    site: Site, began: keeping.Begun, wanted: dict[str, Any], name: str, wrong: Mapping[str, str]
) -> tuple[keeping.Attempt, Trial]:
    """Keep the document, or say what it would change; where something is wrong with it, or was ``wrong`` before, only what."""
    policies, faults = policy_form.resolved(wanted)
    if faults or wrong:
        return keeping.Attempt(faults=tuple(faults)), Trial()
    if request.form.get("do") == "save" and not began.lost:
        return keeping.keep(site, began, wanted, what=f"policy {name}"), Trial()
    return keeping.Attempt(), _trial(site, policies)


def _is_small(space: Workspace) -> bool:
    """Whether all of a tree can be looked through while somebody waits for the page."""
    return len(space.tree.projects()) <= policy_preview.AT_ONCE


def _nearest(site: Site, name: str) -> Trial | None:
    """The nodes of this policy that stand nearest to another band; None: nobody asked to look through so many."""
    space, policies = site.workspace(), site.configuration().policies
    if _is_small(space):
        uses = policy_preview.used_by(space, policies, name)
        return Trial(nearest=policy_preview.standing(space, uses, limit=policy_trial.NEAREST))
    if "standing" not in request.args:
        return None
    return policy_trial.nearest(space, policies.get(name), anew=request.args["standing"] == "1")


def _said(site: Site, name: str, typed: Typed, wrong: Mapping[str, str]) -> dict[str, Any]:
    posted = request.form if request.method == "POST" else None
    return {
        "name": name, "typed": typed, "wrong": wrong, "posted": posted, "labels": LABELS,
        "dimensions": dimension_curves(), "predicates": list(Predicate), "timed": TIMED, "kept": request.args.get("kept"),
        "rules": _rows(typed), "why": request.form.get(keeping.WHY, ""), "at_once": policy_preview.AT_ONCE,
        "firm": _nearest(site, name), "called": _called,
    }  # fmt: skip


def _rows(typed: Typed) -> list[dict[str, str]]:
    """The rules as rows: as they were typed where something is wrong, else as they are, and some empty ones."""
    count = policy_form.rows_of(request.form.get)
    if typed.wrong and count is not None:
        keys = ("id", "holds", "within_days", "classes", "guidance", "drop")
        return [{key: request.form.get(f"rule:{n}:{key}", "") for key in keys} for n in range(count)]
    found = [
        {"id": rule.id, "holds": rule.holds.value, "within_days": "" if rule.within_days is None else str(rule.within_days),
         "classes": ", ".join(rule.classes), "guidance": rule.guidance}
        for rule in typed.values["rules"]
    ]  # fmt: skip
    return [*found, *({"id": "", "holds": "", "within_days": "", "classes": "", "guidance": ""} for _ in range(EMPTY_RULES))]


def _all_wrong(typed: Mapping[str, str], faults: Sequence[Fault]) -> dict[str, str]:
    """What is wrong, by field: first what is no value of its kind, then what is no possible one; what no field of the page is
    to blame for stands under a number."""
    wrong = dict(typed)
    for number, fault in enumerate(faults):
        field = _field(fault)
        wrong.setdefault(field if _called(field) else str(number), f"{fault.what} {fault.fix}")
    return wrong


def _field(fault: Fault) -> str:
    """The field that a fault speaks of."""
    path = [str(step) for step in fault.path if step != "policies"]
    last = path[-1] if path else ""
    words = dict(zip(policy_form.TABLES, ("weight", "critical", "curve"), strict=True))
    return f"{words[path[-2]]}:{last}" if len(path) > 1 and path[-2] in words else last


def _called(field: str) -> str:
    """What a field is called on the page; empty for a fault of no field."""
    kind, _, rest = field.partition(":")
    if kind == "rule":
        return f"Rule {int(rest.partition(':')[0]) + 1}"
    parts = {"weight": "Weight of", "critical": "Floor of", "curve": "Curve"}
    return f"{parts[kind]} {rest}" if kind in parts else LABELS.get(field, ("", ""))[0]


def _nothing(_field: str) -> None:
    return None
