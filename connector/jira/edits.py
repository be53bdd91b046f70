"""Edits of one issue that ask Jira to tell nobody, and what its refusals mean."""

import json
import threading
from typing import Any

from connector.jira.client import JiraClient, quoted
from connector.sdk.http import UnexpectedAnswerError
from model.errors import RefusedError
from model.tree import Target

# Booleans are sent as words: the SDK would write them with a capital letter, which Jira does not read.
_QUIET = {"notifyUsers": "false"}


class QuietEdits:
    """PUTs to the issues of one connection. Safe for several threads."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._loud: set[str] = set()  # projects where keeping mails back was refused

    def put(self, target: Target, path: str, body: Any) -> None:
        """Write without mail; where that wish is refused, with it. Raises as the client does."""
        project = target.value.rpartition("-")[0]  # nothing for an issue that is named by its id
        with self._lock:
            params = None if project in self._loud else _QUIET
        try:
            self._client.send("PUT", path, body, params=params, issue=target.value)
        except RefusedError as exc:
            if params is None or exc.reason == "missing_scope":
                raise
            # Only project admins may keep the mail back; some sites refuse the whole edit instead of the wish.
            self._client.send("PUT", path, body, issue=target.value)
            with self._lock:
                self._loud.update({project} - {""})


def refusal(exc: RefusedError, target: Target, deed: str) -> RefusedError:
    """A refusal for want of a right, told of the target; others (read-only, a scope) say enough as they are."""
    if exc.reason != "forbidden":
        return exc
    return RefusedError(
        f"The account may not {deed} {target.value}.", where=target.label,
        fix="Give it the right in the issue's project, or take this out of the target.", reason="forbidden",
    )


def field_errors(exc: UnexpectedAnswerError) -> dict[str, str]:
    """What a refusal says against single fields, by their ids; nothing where it says nothing of the kind."""
    try:
        found = json.loads(exc.answer.body)
    except ValueError:
        return {}
    errors = found.get("errors") if isinstance(found, dict) else None
    return {str(name): str(why) for name, why in errors.items()} if isinstance(errors, dict) else {}


def issue_path(name: str) -> str:
    """The path of an issue by key or id."""
    return f"api/issue/{quoted(name)}"
