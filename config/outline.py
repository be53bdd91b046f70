"""The outline of a configuration: which keys it uses and how much of each, without a word that is the deployment's own."""

from pathlib import Path
from typing import Any

from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from config.schema import json_schema

HIDDEN = "…"
# Keys whose values are words of ours, never of the deployment.
_OURS = frozenset(
    {"tool", "deployment", "type", "timezone", "state", "comment", "status_update", "language", "currency", "extends",
     "people", "by", "kind", "on", "human_edits", "country", "policy", "channel", "audience"}
)  # fmt: skip
_NAMED_BY_CONNECTION = ("connections", "mapping")


def outline(path: Path) -> JsonValue:
    """The document with every text but our own words hidden, and keys that people chose counted off as ``key-1`` …

    Names of connections stay: they are what everything else is told by. A file that is no YAML gives None.
    """
    try:
        document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError):
        return None
    return _outline(document, known=_known_keys(json_schema()), keep_keys=False, ours=False)


def _known_keys(schema: Any) -> frozenset[str]:
    """Every key that the schema names."""
    found: set[str] = set()
    if isinstance(schema, dict):
        properties = schema.get("properties")
        found.update(properties if isinstance(properties, dict) else ())
        for value in schema.values():
            found |= _known_keys(value)
    if isinstance(schema, list):
        for value in schema:
            found |= _known_keys(value)
    return frozenset(found | {"auth", "url", "email", "token", "workspace", "deployment", "webhook_secret", "expires"})


def _outline(value: Any, *, known: frozenset[str], keep_keys: bool, ours: bool) -> JsonValue:
    if isinstance(value, dict):
        told: dict[str, JsonValue] = {}
        for number, (key, below) in enumerate(value.items(), start=1):
            name = str(key) if keep_keys or str(key) in known else f"key-{number}"
            told[name] = _outline(
                below, known=known, keep_keys=name in _NAMED_BY_CONNECTION and not keep_keys, ours=name in _OURS
            )
        return told
    if isinstance(value, list):
        return [_outline(one, known=known, keep_keys=False, ours=ours) for one in value]
    if isinstance(value, bool | int | float | None):
        return value
    text = str(value)
    if text.startswith(("env:", "file:")):
        return f"{text.partition(':')[0]}:{HIDDEN}"
    return text if ours and text.isprintable() and len(text) < 40 and "@" not in text else HIDDEN
