"""An OpenAPI 3.0 schema as a JSON Schema of 2020-12, so that an ordinary validator can hold a document against it.

What differs between the two, and is turned here: ``nullable``, keywords beside a ``$ref`` (which 3.0 passes over),
``readOnly`` in requests and ``writeOnly`` in answers, and Jira's times, whose zone has no colon.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

ANSWER, REQUEST = "answer", "request"
# RFC 3339 wants a colon in the zone; Jira writes +0000, as its own examples do.
MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$"
_PLACE = "#/components/schemas/"
_KEPT = frozenset({
    "type", "enum", "format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required",
})  # fmt: skip
_CHECKED_FORMATS = frozenset({"date", "uri", "uuid", "email"})
_COMPACT = "Compact"


class Schemas:
    """The named schemas of one description, converted as far as they are needed.

    ``widened``: where ``opt_fields`` may ask for more than a compact record, references to ``XCompact`` lead to
    ``XResponse``, and null is taken for every value of an answer (the description marks nullable loosely).
    """

    def __init__(self, named: Mapping[str, Any], *, widened: bool = False) -> None:
        self._named, self._widened = named, widened

    def validator(self, schema: Mapping[str, Any], side: str, *, closed_at: str | None = None) -> Any:
        """A compiled validator. ``closed_at``: the member ("data") whose record may hold no unknown names."""
        root = self._closed(_Conversion(self, side).schema(schema), closed_at)
        found: dict[str, Any] = {}
        waiting = list(_references(root))
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = _Conversion(self, side).named(name)
                waiting += _references(found[name])
        return jsonschema_rs.Draft202012Validator({"allOf": [root], "$defs": found}, validate_formats=True)

    def _closed(self, schema: dict[str, Any], at: str | None) -> dict[str, Any]:
        inner = schema.get("properties", {}).get(at) if at else None
        if inner is None:
            return schema
        if "items" in inner:
            inner = {**inner, "items": {**inner["items"], "unevaluatedProperties": False}}
        else:
            inner = {"allOf": [inner], "unevaluatedProperties": False}
        return {**schema, "properties": {**schema["properties"], at: inner}}

    def wider(self, name: str) -> str:
        """The fullest record a reference may bring."""
        if not self._widened or not name.endswith(_COMPACT):
            return name
        fuller = (name.removesuffix(_COMPACT) + ending for ending in ("Response", "Base"))
        return next((one for one in fuller if one in self._named), name)

    def source(self, name: str) -> Any:
        """A named schema as the description has it."""
        return self._named[name]

    @property
    def widened(self) -> bool:
        return self._widened


class _Conversion:
    def __init__(self, schemas: Schemas, side: str) -> None:
        self._schemas, self._side = schemas, side

    def named(self, name: str) -> dict[str, Any]:
        """One of the description's named schemas; what it is made of is not widened, or it would hold itself."""
        source = self._schemas.source(name)
        if "$ref" in source:
            return self._reference(source["$ref"], widen=False)
        parts = [self._reference(part["$ref"], widen=False) if "$ref" in part else self.schema(part)
                 for part in source.get("allOf", ())]
        told = self.schema({key: value for key, value in source.items() if key != "allOf"})
        return {**told, "allOf": parts} if parts else told

    def _reference(self, target: str, *, widen: bool = True) -> dict[str, Any]:
        name = target.removeprefix(_PLACE)
        wide = self._schemas.widened and self._side == ANSWER and widen
        return {"$ref": f"#/$defs/{self._schemas.wider(name) if wide else name}"}

    def schema(self, source: Mapping[str, Any]) -> dict[str, Any]:
        """A schema with everything in it."""
        if "$ref" in source:
            told = self._reference(source["$ref"])
        else:
            told = {key: value for key, value in source.items() if key in _KEPT}
            self._take_format(told)
            self._take_children(source, told)
        return _or_null(told) if self._may_be_null(source) else told

    def _may_be_null(self, source: Mapping[str, Any]) -> bool:
        said = source.get("nullable") is True or any(
            isinstance(part, Mapping) and part.get("nullable") is True for part in source.get("allOf", ())
        )
        return said or (self._schemas.widened and self._side == ANSWER)

    def _take_format(self, told: dict[str, Any]) -> None:
        form = told.pop("format", None)
        if form == "date-time" and "pattern" not in told:
            told["pattern"] = MOMENT
        elif form in _CHECKED_FORMATS:
            told["format"] = form

    def _take_children(self, source: Mapping[str, Any], told: dict[str, Any]) -> None:
        if "properties" in source:
            told["properties"] = {name: self.schema(each) for name, each in source["properties"].items()}
            self._forget_the_other_side(source, told)
        for key in ("items", "additionalProperties", "not"):
            if isinstance(source.get(key), Mapping):
                told[key] = self.schema(source[key])
            elif key in source:
                told[key] = source[key]
        for key in ("allOf", "anyOf", "oneOf"):
            if key in source:
                # Vendors list alternatives that overlap; which one it is does not matter here.
                told["anyOf" if key == "oneOf" else key] = [self.schema(part) for part in source[key]]

    def _forget_the_other_side(self, source: Mapping[str, Any], told: dict[str, Any]) -> None:
        """What only the vendor sets is not required in a request, what only we set not in an answer."""
        if self._schemas.widened and self._side == ANSWER:
            told.pop("required", None)  # opt_fields say what comes
        mark = "readOnly" if self._side == REQUEST else "writeOnly"
        others = {name for name, each in source["properties"].items() if each.get(mark) is True}
        if "required" in told and others:
            told["required"] = [name for name in told["required"] if name not in others]


def _or_null(told: dict[str, Any]) -> dict[str, Any]:
    if not told:
        return told
    if isinstance(told.get("type"), str) and "anyOf" not in told and "allOf" not in told:
        more: dict[str, Any] = {"type": [told["type"], "null"]}
        if "enum" in told:
            more["enum"] = [*told["enum"], None]
        return {**told, **more}
    return {"anyOf": [told, {"type": "null"}]}


def _references(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        for key, value in told.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix("#/$defs/")
            else:
                yield from _references(value)
    elif isinstance(told, list):
        for value in told:
            yield from _references(value)
