"""Where an issue would have counted that can't be read as a whole: as much of it as can."""

import json
from typing import Any

from connector.jira.payloads import IssueDoc
from connector.jira.site import Json
from model.ids import record_id
from model.sync import RawPayload


def containers_of(connection: str, doc: IssueDoc) -> tuple[str, ...]:
    """Ids of the containers an issue is in now: its project, versions, queries, and what lies below its parent."""
    fields = doc.fields
    return _ids(
        connection, fields.project.id, [one.id for one in fields.fix_versions],
        fields.parent.id if fields.parent else None, list(doc.queries),
    )


def readable(connection: str, raw: RawPayload) -> tuple[str, tuple[str, ...]]:
    """(key, container ids) of a payload that is no issue, taken from whatever parts of it have the right shape."""
    try:
        document = json.loads(raw.body)
    except ValueError:
        return "", ()
    issue = _object(document)
    fields = _object(issue.get("fields"))
    versions, queries = fields.get("fixVersions"), issue.get("bellwetherQueries")
    key = issue.get("key")
    return key if isinstance(key, str) else "", _ids(
        connection, _object(fields.get("project")).get("id"),
        [_object(one).get("id") for one in versions] if isinstance(versions, list) else [],
        _object(fields.get("parent")).get("id"), queries if isinstance(queries, list) else [],
    )


def _ids(connection: str, project: Any, versions: list[Any], parent: Any, queries: list[Any]) -> tuple[str, ...]:
    named = [("project", project), *(("milestone", one) for one in versions), *(("query", one) for one in queries)]
    found = [record_id(connection, kind, str(one)) for kind, one in named if _is_id(one)]
    # The way a source "below this issue" is named (see the connector's container_ids).
    return tuple(found + ([f"item:{record_id(connection, 'item', str(parent))}"] if _is_id(parent) else []))


def _is_id(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and str(value) != ""


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
