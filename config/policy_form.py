"""A policy as a form: its resolved values to be changed, and only what differs written into the document."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from config.document import Document, PolicyEntry
from config.faults import Fault
from config.policy import DEFAULT as DEFAULT
from config.policy import INLINE as INLINE
from config.policy import build_policies, shipped
from config.wording import faults_of
from model.policy import TIMED, Policy, Predicate, Rule

NUMBERS = ("on_track", "at_risk", "margin", "min_coverage", "cap_share")
WHOLE = ("dwell_days", "watermelon_days")
TABLES = ("weights", "critical", "curves")
_WORDS = ("weight", "critical", "curve")
_RULE = ("id", "holds", "within_days", "classes", "guidance")
_MOST_RULES = 500
Get = Callable[[str], str | None]
"""What was typed in a field; None: the form does not have it."""


@dataclass(frozen=True)
class Typed:
    """A policy's values as they were typed, and the fields that hold no value of their kind, with a sentence each: these
    values are what they were."""

    values: dict[str, Any]
    wrong: dict[str, str]


def names(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The policies there are: those of the document, the shipped ones, and the one written where it is chosen."""
    inline = (INLINE,) if isinstance(document.get("policy"), dict) else ()
    return (*inline, *sorted({*shipped(), *(document.get("policies") or {})}))


def chosen(document: Mapping[str, Any]) -> str:
    """The name of the policy that counts where a class has none."""
    policy = document.get("policy", DEFAULT)
    return INLINE if isinstance(policy, dict) else str(policy)


def resolved(document: Mapping[str, Any]) -> tuple[dict[str, Policy], list[Fault]]:
    """The policies of a document by name, ``inline`` too, and what is wrong with them."""
    faults: list[Fault] = []
    faulty: set[str] = set()

    def entry(raw: Any, path: tuple[str, ...]) -> PolicyEntry:
        try:
            return PolicyEntry.model_validate(raw)
        except ValidationError as error:
            found = faults_of(error, PolicyEntry)
            faults.extend(Fault((*path, *one.path), one.what, one.fix) for one in found)
            faulty.update(str(one.path[0]) for one in found if one.path)
            rest = raw if isinstance(raw, dict) else {}
            return PolicyEntry.model_validate({key: value for key, value in rest.items() if key not in faulty})

    own = {str(name): entry(raw, ("policies", str(name))) for name, raw in (document.get("policies") or {}).items()}
    policy = document.get("policy", DEFAULT)
    choice = entry(policy, ("policy",)) if isinstance(policy, dict) else str(policy)
    found, wrong = build_policies(Document.model_construct(connections={}, policy=choice, policies=own))
    if isinstance(policy, dict) and DEFAULT in found:
        found[INLINE] = found[DEFAULT]
    # What a whole policy has wrong about a number that is wrong by itself may be right once that is mended.
    about = ({"on_track", "at_risk"} if one.path[-1] == "at_risk" else {one.path[-1]} for one in wrong)
    return found, [*faults, *(one for one, keys in zip(wrong, about, strict=True) if not keys & faulty)]


def typed(get: Get, policy: Policy, dimensions: Mapping[str, Mapping[str, float]]) -> Typed:
    """What was typed. ``dimensions``: each with the defaults of its curves. A field that is not there stays as it is."""
    wrong: dict[str, str] = {}

    def number(field: str, now: float | None) -> float | None:
        text = get(field)
        if text is None:
            return now
        if not text.strip():
            return None
        try:
            found = float(text.strip().replace(",", "."))
        except ValueError:
            found = math.nan
        if not math.isfinite(found):
            wrong[field] = "This is no number."
            return now
        return found

    values: dict[str, Any] = {}
    for key in (*NUMBERS, *WHOLE):
        found = number(key, getattr(policy, key))
        values[key] = int(found) if found is not None and key in WHOLE and found == int(found) else found
        if found is None:
            wrong[key], values[key] = "Give it a number.", getattr(policy, key)
    curves = {key: default for defaults in dimensions.values() for key, default in defaults.items()}
    for key, word, usual in zip(TABLES, _WORDS, ({}, {}, curves), strict=True):
        now: dict[str, float] = getattr(policy, key)
        every = {**dict.fromkeys(curves if key == "curves" else dimensions), **dict.fromkeys(now)}
        found_here = {name: number(f"{word}:{name}", now.get(name)) for name in every}
        # What was emptied counts as nothing, and a curve as it usually does.
        values[key] = {name: usual.get(name, 0.0) if value is None and name in now else value
                       for name, value in found_here.items()}  # fmt: skip
    required = [name for name in {**dimensions, **dict.fromkeys(policy.required)} if get(f"required:{name}")]
    values["required"] = required if get("required") is not None else list(policy.required)
    values["people"] = get("people") or policy.people
    values["rules"] = _rules(get, policy, wrong)
    return Typed(values, wrong)


def rows_of(get: Get) -> int | None:
    """How many rows of rules the form has; None where it says none or what is no such number: the rules stay as they are."""
    try:
        found = int(get("rules") or "")
    except ValueError:
        return None
    return min(found, _MOST_RULES) if found >= 0 else None


def _rules(get: Get, policy: Policy, wrong: dict[str, str]) -> list[Rule]:
    """The rules of the rows; a row without an id, or to be dropped, is none."""
    count = rows_of(get)
    if count is None:
        return list(policy.rules)
    found: list[Rule] = []
    for number in range(count):
        row = {key: (get(f"rule:{number}:{key}") or "").strip() for key in _RULE}
        if get(f"rule:{number}:drop"):
            continue
        if not row["id"]:
            if row["within_days"] or row["classes"] or row["guidance"]:
                wrong[f"rule:{number}:id"] = "Give it an id, or empty its row."
            continue
        timed = row["holds"] in {one.value for one in TIMED}
        try:
            found.append(
                Rule(
                    id=row["id"], holds=Predicate(row["holds"]),
                    within_days=int(row["within_days"] or 0) if timed or row["within_days"] else None,
                    classes=tuple(one.strip() for one in row["classes"].split(",") if one.strip()), guidance=row["guidance"],
                )
            )  # fmt: skip
        except ValueError as error:
            wrong[f"rule:{number}:id"] = _of_a_rule(error)
    return found


def _of_a_rule(error: ValueError) -> str:
    """What is wrong with a rule, in a sentence."""
    if not isinstance(error, ValidationError):
        return "Mend this rule."
    first = error.errors(include_url=False)[0]
    if first["loc"] == ("id",):
        return "An id has small letters, digits, - and _ alone, e.g. has_sponsor."
    return f"{first['msg'].removeprefix('Value error, ')}."


def changed(document: Mapping[str, Any], name: str, policy: Policy, values: Mapping[str, Any]) -> dict[str, Any]:
    """The document with a policy that has these values in place of those of ``policy``; what is the same stays as it stands.

    A shipped policy gets an entry of its own that extends it.
    """
    policies = dict(document.get("policies") or {})
    raw = dict(document["policy"]) if name == INLINE else dict(policies.get(name) or {"extends": name})
    before = dict(raw)
    for key in (*NUMBERS, *WHOLE, "people"):
        if values[key] != getattr(policy, key):
            raw[key] = _plain(values[key])
    if set(values["required"]) != set(policy.required):
        raw["required"] = sorted(values["required"])
    for key in TABLES:
        _table(raw, key, getattr(policy, key), values[key])
    if {rule.id: rule for rule in values["rules"]} != {rule.id: rule for rule in policy.rules}:
        _write_rules(raw, document, name, policy, values["rules"])
    if raw == before:
        return dict(document)
    if name == INLINE:
        return {**document, "policy": raw}
    return {**document, "policies": {**policies, name: raw}}


def _table(raw: dict[str, Any], key: str, now: Mapping[str, float], wanted: Mapping[str, float | None]) -> None:
    own = dict(raw.get(key) or {})
    own |= {name: _plain(value) for name, value in sorted(wanted.items()) if value is not None and value != now.get(name)}
    if own:
        raw[key] = own


def _write_rules(
    raw: dict[str, Any], document: Mapping[str, Any], name: str, policy: Policy, wanted: list[Rule]
) -> None:
    inherited = _inherited(document, name, raw)
    now = {rule.id: rule for rule in policy.rules}
    own = {str(one["id"]): one for one in raw.get("rules") or [] if isinstance(one, dict) and "id" in one}
    kept = {rule.id for rule in wanted}
    for rule in wanted:
        if now.get(rule.id) != rule:
            own[rule.id] = rule.model_dump(mode="json", exclude_defaults=True)
    own = {key: one for key, one in own.items() if key in kept}
    dropped = sorted(inherited - kept)
    for key, found in (("rules", list(own.values())), ("drop_rules", dropped)):
        raw.pop(key, None)
        if found or (key == "rules" and "extends" not in raw):
            raw[key] = found


def _inherited(document: Mapping[str, Any], name: str, raw: Mapping[str, Any]) -> set[str]:
    """The ids of the rules that a policy has from the one it extends."""
    if "extends" not in raw:
        return set()
    bare = {"extends": raw["extends"]}
    part = {"policy": bare} if name == INLINE else {"policies": {**(document.get("policies") or {}), name: bare}}
    found, _ = resolved({**document, **part})
    return {rule.id for rule in found[name].rules} if name in found else set()


def _plain(value: Any) -> Any:
    """A number as people write it: 30, not 30.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
