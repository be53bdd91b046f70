"""The document's JSON Schema, for editors and for ``config schema``."""

from typing import Any

from config.document import Document


def json_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of the YAML document. The checks between its parts are the loader's alone."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Document.model_json_schema(by_alias=True, mode="validation"),
        "title": "Bellwether configuration",
    }
