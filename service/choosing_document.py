"""Portfolio decisions as documents: for --json, and for pages to draw from. Amounts are in ``unit`` (hours or a currency)."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from model.decision import Decision
from rollup.portfolio.candidates import Candidate
from rollup.portfolio.frontier import Difference, Frontier
from rollup.portfolio.limits import Setting
from rollup.portfolio.ranking import Ranked
from rollup.portfolio.selection import Clash, Selection, Use, kept_out
from service.choosing import Comparison, Opened, Proposal
from service.choosing_words import Telling
from service.documents import instant

Json = dict[str, Any]


def rank_document(found: Opened, ranked: Iterable[Ranked], by: str) -> Json:
    """The candidates in order, each with what is known of it and what it lacks."""
    return _head(found) | {"by": by, "candidates": [_ranked(one, found.telling) for one in ranked]}


def selection_document(proposal: Proposal) -> Json:
    """A proposal: what is chosen, what is not, capacity against demand, and what to mind."""
    found, selection = proposal.opened, proposal.selection
    chosen = set(selection.chosen)
    out = kept_out(proposal.setting, chosen) if selection.feasible else {}
    return _head(found) | {
        "scenario": _scenario(proposal.setting),
        "selection": _selection(selection),
        "chosen": [_short(one) for one in found.board.candidates if one.id in chosen],
        "not_chosen": [
            _short(one) | {"kept_out": _kept_out(one, out.get(one.id, ()), found)}
            for one in found.board.candidates
            if one.id not in chosen
        ],
        "conflict": _clashes(selection.conflict, found),
        "capacity": [_use(use) for use in selection.uses],
        "notes": _since(found) + _notes(found, proposal.setting, selection),
    }


def frontier_document(found: Opened, setting: Setting, edge: Frontier) -> Json:
    """The best selection for each budget, and what enters and leaves at each step."""
    return _head(found) | {
        "scenario": _scenario(setting),
        "steps": [
            {
                "budget": step.budget,
                "asked": step.asked,
                "value": step.selection.value,
                "cost": step.selection.cost,
                "gap": step.selection.gap,
                "risk": step.selection.risk,
                "chosen": list(step.selection.chosen),
                **_difference(step.difference),
            }
            for step in edge.steps
        ],
        "conflict": _clashes(edge.top.conflict, found),
        "names": names_of(found),
        "notes": _since(found) + [one for one in _notes(found, setting, edge.top) if one["code"] != "no_budget"],
    }


def comparison_document(compared: Comparison) -> Json:
    """Two selections and how they differ."""
    found = compared.after.opened
    return _head(found) | {
        "before": selection_document(compared.before),
        "after": selection_document(compared.after),
        "difference": _difference(compared.difference),
        "decision": compared.decision.number if compared.decision else None,
        "broken": _clashes(compared.broken, found),
        "names": names_of(found) | _known_then(compared.decision),
    }


def decision_document(decision: Decision, states: Mapping[str, str]) -> Json:
    """A decision as it was made. ``states``: what the chosen are today."""
    return {
        **decision.model_dump(mode="json", exclude={"at"}),
        "at": instant(decision.at),
        "added": [key for key in decision.chosen if key not in decision.proposal],
        "dropped": [key for key in decision.proposal if key not in decision.chosen],
        "now": dict(states),
    }


def names_of(found: Opened) -> dict[str, str]:
    """The candidates' names by id."""
    return {one.id: one.name for one in found.board.candidates}


def _known_then(decision: Decision | None) -> dict[str, str]:
    return {one.id: one.name for one in decision.candidates} if decision else {}


def _head(found: Opened) -> Json:
    return {"node": found.node.id, "name": found.node.name, "unit": found.board.unit}


def _scenario(setting: Setting) -> Json:
    board, scenario = setting.board, setting.scenario
    return {
        "budget": scenario.budget,
        "node_budget": board.budget,
        "committed": board.committed,
        "capacity": [{"skill": one.skill, "share": one.share, "hours": one.hours} for one in scenario.shifts],
        "require": list(scenario.require),
        "exclude": list(scenario.exclude),
    }


def _selection(selection: Selection) -> Json:
    return {
        "feasible": selection.feasible,
        "chosen": list(selection.chosen),
        "value": selection.value,
        "cost": selection.cost,
        "gap": selection.gap,
        "bound": selection.bound,
        "risk": selection.risk,
        "unpriced": list(selection.unpriced),
    }


def _ranked(one: Ranked, telling: Telling) -> Json:
    return {
        "place": one.place,
        **_short(one.candidate),
        "expected": one.expected,
        "efficient": one.efficient,
        "demand": [
            {"skill": skill, "quarter": quarter, "hours": hours}
            for (skill, quarter), hours in sorted(one.candidate.demand.items())
        ],
        "needs": list(one.candidate.needs),
        "excludes": list(one.candidate.excludes),
        "lacks": [{"code": slug, "text": telling.lack(slug)} for slug in one.candidate.lacks],
        "barred": [{"code": slug, "about": about, "text": telling.bar(slug, about)} for slug, about in one.candidate.barred],
    }


def _short(one: Candidate) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "value": one.value,
        "cost": one.cost,
        "risk": one.risk,
        "wsjf": one.wsjf,
        "roi": one.roi,
        "payback_years": one.payback_years,
        "net": one.net,
        "mandatory": one.mandatory,
    }


def _clashes(clashes: Iterable[Clash], found: Opened) -> list[Json]:
    names = names_of(found)
    return [
        {
            "kind": one.limit.kind,
            "candidate": one.limit.candidate or None,
            "other": one.limit.other or None,
            "about": one.limit.about or None,
            "needed": one.needed,
            "allowed": one.allowed,
            "text": found.telling.clash(one, names, found.board.unit),
        }
        for one in clashes
    ]


def _kept_out(one: Candidate, clashes: Iterable[Clash], found: Opened) -> list[str]:
    """What would have to give way for a candidate to be in, beside those that are."""
    told = [clash["text"] for clash in _clashes(clashes, found)]
    return told or ([] if one.worth else [found.telling.say("worthless")])


def _use(use: Use) -> Json:
    return {
        "skill": use.skill,
        "quarter": use.quarter,
        "free_hours": use.free,
        "promised_hours": use.promised,
        "short_hours": use.short,
        "wanted_hours": use.wanted,
        "used_hours": use.used,
    }


def _difference(difference: Difference) -> Json:
    return {
        "enters": list(difference.enters),
        "leaves": list(difference.leaves),
        "value_change": difference.value,
        "cost_change": difference.cost,
    }


def _since(found: Opened) -> list[Json]:
    """When what people can do was counted, where that was not now."""
    if found.people_at is None:
        return []
    at = found.people_at.astimezone(ZoneInfo(found.zone))
    return [{"code": "people_at", "text": found.telling.say("people_at", at=f"{at:%d %b %Y %H:%M %Z}")}]


def _notes(found: Opened, setting: Setting, selection: Selection) -> list[Json]:
    return [{"code": code, "text": text} for code, text in found.telling.notes(setting, selection)]
