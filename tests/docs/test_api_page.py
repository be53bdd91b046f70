"""The page about the API held against its description."""

import json
import re
from pathlib import Path

from config.web.api.blueprint import ROOT, endpoints
from config.web.api.endpoint import LARGEST_BODY
from config.web.api.openapi import description

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
WHOLE = json.loads(description(endpoints(), ROOT))


def test_every_call_is_in_the_table_with_its_role_and_no_other_is() -> None:
    told = re.findall(r"^\| `([A-Z]+ /\S*)` \| (\w+) \| (.+) \|$", TEXT, re.MULTILINE)
    described = {
        f"{method.upper()} {path}": operation["summary"]
        for path, operations in WHOLE["paths"].items() for method, operation in operations.items()
    }  # fmt: skip
    assert {call: does for call, _role, does in told} == described
    assert {call: role for call, role, _does in told} == {f"{o.method} {o.path}": o.role.name.lower() for o in endpoints()}


def test_every_status_that_is_described_is_explained_and_no_other_is() -> None:
    explained = set(re.findall(r"^\| (\d{3}) \|", TEXT, re.MULTILINE))
    described = {
        status for operations in WHOLE["paths"].values() for one in operations.values() for status in one["responses"]
        if status >= "400"
    }  # fmt: skip
    assert explained == described | {"405"}  # which no operation has of itself


def test_every_path_and_media_type_that_the_page_names_is_there() -> None:
    paths = {path.split("?")[0] for path in re.findall(r"`(?:GET |POST )?(/[a-z{][\w{}/]*)[?`]", TEXT)}
    known = set(WHOLE["paths"]) | {ROOT, f"{ROOT}/openapi.json"}
    assert paths - known - {"/api/v1"} == set()
    kinds = {kind for one in endpoints() for kind in one.kinds}
    assert [kind for kind in kinds if f"`{kind}`" not in TEXT] == []
    assert f"{LARGEST_BODY:,} bytes" in TEXT
