"""What the schema check found, in sentences for people."""

import re
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from config.faults import CUSTOM, Fault, Path, Step, did_you_mean

Words = tuple[str, str]
_KINDS = {
    "model_type": "a mapping (key: value)",
    "dict_type": "a mapping (key: value)",
    "list_type": "a list (lines that begin with -)",
    "tuple_type": "a list (lines that begin with -)",
    "string_type": "a text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "finite_number": "a finite number",
}
_BOUNDS = {
    "greater_than": "above",
    "greater_than_equal": "at least",
    "less_than": "below",
    "less_than_equal": "at most",
}


def faults_of(error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """One fault for each error of a validation of ``model``; none quotes the value of an unknown key or an option."""
    return [_fault(details, model) for details in error.errors(include_url=False)]


def _fault(details: ErrorDetails, model: type[BaseModel]) -> Fault:
    context = details.get("ctx", {})
    path = _path(details["loc"])
    if details["type"] == CUSTOM:
        path = (*path, context["at"]) if "at" in context else path
        return Fault(path, context["what"], context["fix"])
    if details["type"] == "extra_forbidden":
        known = known_keys(model, details["loc"][:-1])
        key = str(path[-1])
        guess = did_you_mean(key, known)
        return Fault(path, f"unknown key {key!r}{guess}", f"Known keys here: {', '.join(known)}.")
    return Fault(path, *_words(details, path))


def _path(loc: tuple[Step, ...]) -> Path:
    """The place without the marks that pydantic puts in for tagged unions (<…>) and for keys ([key])."""
    return tuple(step for step in loc if not (isinstance(step, str) and (step.startswith("<") or step == "[key]")))


def _words(details: ErrorDetails, path: Path) -> Words:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    key = "the document" if not path else f"item {path[-1]}" if isinstance(path[-1], int) else path[-1]
    if kind == "missing":
        return f"{key!r} is missing.", f"Add {key}:"
    if value is None:
        return f"{key!r} has no value.", "Give it one, or remove the key."
    if kind in _KINDS:
        return f"{key!r} must be {_KINDS[kind]}.", _percent_hint(value) or "Mend the value."
    if kind in _BOUNDS:
        bound = next(iter(context.values()))
        hint = "Shares are written from 0 to 1, e.g. 0.5." if bound == 1 else "Mend the number."
        return f"{key!r} is {value}; it must be {_BOUNDS[kind]} {bound:g}.", hint
    if kind in ("enum", "literal_error"):
        return f"{value!r} is not possible for {key!r}.", f"Use one of {_listed(str(context['expected']))}."
    if kind in ("string_too_long", "too_long"):
        length = f"{len(value)} entries" if isinstance(value, list | tuple | dict) else f"{len(str(value))} characters"
        return f"{key!r} is too long: it has {length}.", f"Give it at most {context['max_length']}."
    if kind in ("string_too_short", "too_short"):
        return f"{key!r} is empty.", "Give it a value." if isinstance(value, str) else "Give at least one."
    if kind == "value_error":
        return f"{_sentence(str(context['error']))}", "Mend it as said."
    return f"{_sentence(details['msg'])}", "Mend the value."


def _percent_hint(value: object) -> str:
    if isinstance(value, str) and re.match(r"^\s*\d+(\.\d+)?\s*%\s*$", value):
        return f"Write {float(value.strip().rstrip('% ')) / 100:g} instead of {value.strip()}."
    return ""


def _listed(expected: str) -> str:
    return expected.replace("'", "").replace(" or ", ", ")


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith(".") else f"{text}."


def known_keys(model: type[BaseModel], loc: tuple[Step, ...]) -> list[str]:
    """The keys that the schema knows at a place (a place as pydantic names it, tags included)."""
    at: Any = model
    for step in loc:
        at = _below(at, step)
    at = _bare(at, lambda _: True)
    if not (isinstance(at, type) and issubclass(at, BaseModel)):
        return []
    return [field.alias or name for name, field in at.model_fields.items()]


def _below(annotation: Any, step: Step) -> Any:
    if isinstance(step, str) and step.startswith("<"):
        return _bare(annotation, lambda member: _tag(member) == step)
    at = _bare(annotation, lambda _: True)
    if isinstance(at, type) and issubclass(at, BaseModel):
        return next(field.annotation for name, field in at.model_fields.items() if (field.alias or name) == step)
    arguments = get_args(at)
    return arguments[1] if get_origin(at) is dict else arguments[0]


def _bare(annotation: Any, chosen: Callable[[Any], bool]) -> Any:
    """The annotation without Annotated, and of a union the first chosen member that is not None."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    members = get_args(annotation)
    if get_origin(annotation) in (dict, list, tuple) or not members:
        return annotation
    member = next(member for member in members if member is not type(None) and chosen(member))
    return _bare(member, chosen) if get_origin(member) is not Annotated else get_args(member)[0]


def _tag(member: Any) -> str | None:
    marks = get_args(member)[1:] if get_origin(member) is Annotated else ()
    return next((mark.tag for mark in marks if isinstance(mark, Tag)), None)
