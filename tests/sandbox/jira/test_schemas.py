"""Answers against the vendor's own OpenAPI description, where it is at hand."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

SPEC = Path(__file__).resolve().parents[3].parent / "shared" / "specs" / "jira-cloud-v3.json"
# Not the changelog: real answers carry null in from and to, which the description forbids.
READS = [
    ("/rest/api/3/myself", "myself"),
    ("/rest/api/3/serverInfo", "serverInfo"),
    ("/rest/api/3/project/search", "project/search"),
    ("/rest/api/3/project/{projectIdOrKey}", "project/CRM"),
    ("/rest/api/3/project/{projectIdOrKey}/version", "project/CRM/version"),
    ("/rest/api/3/project/{projectIdOrKey}/versions", "project/CRM/versions"),
    ("/rest/api/3/project/{projectIdOrKey}/statuses", "project/CRM/statuses"),
    ("/rest/api/3/status", "status"),
    ("/rest/api/3/statuses/search", "statuses/search"),
    ("/rest/api/3/issuetype", "issuetype"),
    ("/rest/api/3/priority", "priority"),
    ("/rest/api/3/field", "field"),
    ("/rest/api/3/field/search", "field/search"),
    ("/rest/api/3/field/{fieldId}/context", "field/customfield_10060/context"),
    ("/rest/api/3/screens", "screens"),
    ("/rest/api/3/issueLinkType", "issueLinkType"),
    ("/rest/api/3/issue/{issueIdOrKey}", "issue/CRM-2"),
    ("/rest/api/3/issue/{issueIdOrKey}/editmeta", "issue/CRM-2/editmeta"),
    ("/rest/api/3/issue/{issueIdOrKey}/comment", "issue/CRM-2/comment"),
    ("/rest/api/3/issue/{issueIdOrKey}/worklog", "issue/CRM-2/worklog"),
    ("/rest/api/3/users/search", "users/search"),
    ("/rest/api/3/worklog/updated", "worklog/updated"),
    ("/rest/api/3/configuration", "configuration"),
]


@pytest.fixture(scope="module")
def spec() -> Any:
    if not SPEC.exists():
        pytest.skip("the vendor's description is not beside the checkout")
    return json.loads(SPEC.read_text(encoding="utf-8"))


def needed(spec: Any, told: Any) -> dict[str, Any]:
    """The component schemas a schema leads to; all of them would take the validator minutes."""
    found: dict[str, Any] = {}
    waiting = [told]
    while waiting:
        for name in set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(waiting.pop()))) - found.keys():
            found[name] = spec["components"]["schemas"][name]
            waiting.append(found[name])
    return found


@pytest.mark.parametrize(("template", "path"), READS)
def test_an_answer_fits_the_vendors_schema(spec: Any, api: Any, template: str, path: str) -> None:
    told = spec["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    schema = {"allOf": [told], "components": {"schemas": needed(spec, told)}}
    jsonschema.Draft4Validator(schema).validate(api.get(path))
