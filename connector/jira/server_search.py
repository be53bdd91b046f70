"""Small things that reading a server's search takes: a query and its order, what was given already, what was asked."""

from collections.abc import Sequence

from connector.jira.site import Json


def parted(jql: str) -> tuple[str, str]:
    """A query and its order."""
    place = jql.lower().rfind("order by")
    return (jql[:place].strip(), jql[place + len("order by"):].strip()) if place > 0 else (jql.strip(), "")


def fresh(issues: Sequence[Json], given: set[int]) -> list[Json]:
    """The issues that were not given yet, which they are from now on."""
    fresh = [issue for issue in issues if int(issue["id"]) not in given]
    given.update(int(issue["id"]) for issue in fresh)
    return fresh


def asked_for(issues: Sequence[Json], fields: Sequence[str]) -> list[Json]:
    """Issues without what we asked for ourselves, to page on."""
    if "created" in fields or any(name.startswith("*") for name in fields):
        return list(issues)
    return [
        {**issue, "fields": {key: one for key, one in (issue.get("fields") or {}).items() if key != "created"}}
        for issue in issues
    ]
