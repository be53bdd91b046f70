"""The configuration as it may leave the deployment: what is a secret itself is left out, references to one stay."""

import json
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML

from config.connection_rules import secrets_in
from config.faults import Path
from config.notify import ADDRESSES
from config.places import parse
from config.secrets import is_reference

LEFT_OUT = "(left out)"
_HIDING = ("url", "secret", *ADDRESSES)  # where a message goes is known to those who may send there


def without_secrets(text: str, name: str) -> dict[str, Any]:
    """A configuration's text as a document without secrets. Raises ConfigurationError for a text that is no YAML."""
    data, _places = parse(text, name)
    # Plain numbers and texts, without the marks of how they were written.
    document: dict[str, Any] = json.loads(json.dumps(data)) if isinstance(data, dict) else {}
    for path, value in [*secrets_in(document, ()), *_channels(document)]:
        if value is not None and not (isinstance(value, str) and is_reference(value)):
            _put(document, path, LEFT_OUT)
    database = document.get("database")
    if isinstance(database, str) and "@" in database and urlsplit(database).password:
        document["database"] = LEFT_OUT
    return document


def as_yaml(document: dict[str, Any]) -> str:
    """A document as YAML."""
    out = StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(document, out)
    return out.getvalue()


def _channels(document: dict[str, Any]) -> list[tuple[Path, object]]:
    entries = document.get("notify")
    return [
        (("notify", number, *inner), value)
        for number, entry in enumerate(entries if isinstance(entries, list) else ())
        for inner, value in _leaves(entry, ())
        if inner and inner[-1] in _HIDING
    ]


def _leaves(value: Any, path: Path) -> list[tuple[Path, object]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in _leaves(inner, (*path, key))]
    return [(path, value)]


def _put(document: Any, path: Path, value: str) -> None:
    for step in path[:-1]:
        document = document[step]
    document[path[-1]] = value
