"""The JSON Schema agrees with the loader."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from config.places import parse
from config.schema import json_schema

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "example.yaml"


def example() -> dict[str, Any]:
    document, _ = parse(EXAMPLE.read_text(encoding="utf-8"), "example.yaml")
    assert isinstance(document, dict)
    return document


def test_it_is_a_schema_and_accepts_the_example() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(example(), json_schema())


@pytest.mark.parametrize(
    ("key", "value"),
    [("timezon", "UTC"), ("read_only", "perhaps"), ("portfolios", [{"id": "x"}]), ("policies", {"a": {"weigths": {}}})],
)
def test_it_refuses_what_the_loader_refuses(key: str, value: object) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**example(), key: value}, json_schema())


def test_it_names_keys_as_people_write_them() -> None:
    project = json_schema()["$defs"]["ProjectEntry"]["properties"]
    assert "class" in project
    assert "project_class" not in project
