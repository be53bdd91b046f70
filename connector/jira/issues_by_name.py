"""The issues that targets name: by key, by a key of old, or by id."""

from collections.abc import Callable, Sequence

from connector.jira.client import JiraClient, quoted
from connector.jira.site import Json
from model.errors import NotFoundError, RefusedError

Ask = Callable[[str], Json | None]


def by_name(names: Sequence[str], issues: Sequence[Json], ask: Ask) -> dict[str, Json]:
    """Which of some issues each name stands for; what none of them answers to is asked for alone.

    A moved issue is shown under its new key only, and what is left out of a bulk answer may be there all the same.
    """
    known = {str(issue[part]).upper(): issue for issue in issues for part in ("key", "id")}
    found = {name: known[name.upper()] for name in names if name.upper() in known}
    for name in dict.fromkeys(names):
        if name not in found and (issue := ask(name)) is not None:
            found[name] = issue
    return found


def ask_alone(client: JiraClient, name: str, fields: Sequence[str], properties: Sequence[str]) -> Json | None:
    """One issue; None where it is gone or this account may not see it."""
    params = {"fields": ",".join(fields), **({"properties": ",".join(properties)} if properties else {})}
    try:
        issue: Json = client.read(f"api/issue/{quoted(name)}", params)
    except NotFoundError:
        return None
    except RefusedError as exc:
        if exc.reason == "missing_scope":
            raise
        return None
    return issue
