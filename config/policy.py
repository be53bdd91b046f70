"""From the document's policies and the shipped ones to the model's, with ``extends`` resolved."""

from functools import cache
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from config.document import Document, PolicyEntry
from config.faults import Fault, Path, did_you_mean
from config.places import parse
from config.policy_names import Wrong, check_names
from model.policy import DEFAULT_RULES, Policy

SHIPPED = FilePath(__file__).parent / "policies"
_MERGED = ("weights", "critical", "curves")
INLINE = "inline"
DEFAULT = "default"


@cache
def shipped() -> dict[str, PolicyEntry]:
    """The policies that come with the product, by name."""
    entries = {}
    for file in sorted(SHIPPED.glob("*.yaml")):
        data, _ = parse(file.read_text(encoding="utf-8"), file.name)
        entries[file.stem] = PolicyEntry.model_validate(data)
    return entries


def build_policies(document: Document) -> tuple[dict[str, Policy], list[Fault]]:
    """Every policy by its name, which is also the class of project that it scores; "default" is the chosen one.

    A name of the document hides the shipped policy of the same name.
    """
    found: dict[str, Policy] = {}
    faults: list[Fault] = []
    for name in sorted({*shipped(), *document.policies}):
        try:
            found[name] = _resolve(name, document)
        except Wrong as wrong:
            faults.append(wrong.fault)
    try:
        found[DEFAULT] = _chosen(document, found, broken=bool(faults))
    except Wrong as wrong:
        faults.append(wrong.fault)
    return found, list(dict.fromkeys(faults))


def _chosen(document: Document, found: dict[str, Policy], *, broken: bool) -> Policy:
    choice = document.policy
    if isinstance(choice, PolicyEntry):
        check_names(choice, ("policy",))
        return _policy(INLINE, _merge(choice, document, ("policy",), ()), ("policy",))
    if choice in found:
        return found[choice]
    if broken and choice in document.policies:
        return Policy(name=choice)  # its own fault is reported already
    raise Wrong(_unknown(choice, document, ("policy",)))


def _resolve(name: str, document: Document) -> Policy:
    path = ("policies", name)
    own = document.policies.get(name)
    entry = own if own is not None else shipped()[name]
    check_names(entry, path)
    return _policy(name, _merge(entry, document, path, (name,) if own is not None else ()), path)


def _merge(entry: PolicyEntry, document: Document, path: Path, trail: tuple[str, ...]) -> dict[str, object]:
    """The values of a policy over those of the one it extends. ``trail``: the document's policies on the way here."""
    own = entry.model_dump(exclude_none=True, exclude={"extends", "drop_rules"})
    if entry.extends is None:
        return _with_rules({}, entry, own, path)
    base = entry.extends
    if base in document.policies and base not in trail:
        below = _merge(document.policies[base], document, ("policies", base), (*trail, base))
    elif base in shipped() and (base not in trail or trail[-1] == base):
        below = _merge(shipped()[base], document.model_copy(update={"policies": {}}), path, ())
    elif base in trail:
        raise Wrong(Fault((*path, "extends"), "This policy extends itself.", "Let it extend another, or none."))
    else:
        raise Wrong(_unknown(base, document, (*path, "extends")))
    merged = {**below, **own}
    for key in _MERGED:
        if key in below and key in own:
            merged[key] = {**_numbers(below[key]), **_numbers(own[key])}
    return _with_rules(below, entry, merged, path)


def _with_rules(below: dict[str, object], entry: PolicyEntry, merged: dict[str, object], path: Path) -> dict[str, object]:
    """The rules of the policy below by their ids, with those of this one added and the dropped ones taken away."""
    inherited = below.get("rules", tuple(rule.model_dump() for rule in DEFAULT_RULES)) if entry.extends else ()
    rules = {rule["id"]: rule for rule in _dicts(inherited)}
    rules.update({rule.id: rule.model_dump() for rule in entry.rules or ()})
    unknown = [name for name in entry.drop_rules if name not in rules]
    if unknown and not any(entry is one for one in shipped().values()):  # a shipped one may drop what is dropped already
        what = f"There is no rule {unknown[0]!r} to drop{did_you_mean(unknown[0], sorted(rules))}"
        raise Wrong(Fault((*path, "drop_rules"), what, f"Rules are: {', '.join(sorted(rules)) or 'none'}."))
    for name in entry.drop_rules:
        rules.pop(name, None)
    if entry.extends or entry.rules is not None:
        merged["rules"] = tuple(rules.values())
    return merged


def _dicts(value: object) -> list[dict[str, Any]]:
    return [dict(one) for one in value] if isinstance(value, list | tuple) else []


def _numbers(value: object) -> dict[str, float]:
    return value if isinstance(value, dict) else {}


def _unknown(name: str, document: Document, path: Path) -> Fault:
    known = sorted({*shipped(), *document.policies})
    what = f"There is no policy {name!r}{did_you_mean(name, known)}"
    return Fault(path, what, f"Known policies: {', '.join(known)}.")


def _policy(name: str, values: dict[str, object], path: Path) -> Policy:
    weights = _numbers(values.get("weights", {"": 1.0}))
    if not any(weight > 0 for weight in weights.values()):
        what = "The policy names no dimension with a weight above 0."
        raise Wrong(Fault((*path, "weights"), what, "Give one a weight, e.g. schedule: 30."))
    try:
        policy = Policy.model_validate({"name": name, **values})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Wrong(Fault((*path, *first["loc"]), f"{first['msg']}.", "Mend the value.")) from None
    if policy.at_risk > policy.on_track:
        what = f"at_risk ({policy.at_risk:g}) lies above on_track ({policy.on_track:g})."
        raise Wrong(Fault((*path, "at_risk"), what, "Make it lower: both are the lowest score of their band."))
    return policy
