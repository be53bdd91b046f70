"""Webhooks in a Jira: those of an administrator, on Cloud and on Data Center, and those of an OAuth app.

An administrator's webhook hears the whole site and lives for ever. An app's hears the projects it names and lives 30
days, unless it is refreshed. The SDK has no method for any of these calls.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from connector.jira.client import JiraClient
from connector.jira.scope import text
from connector.jira.site import Site
from connector.jira.webhook_events import WANTED, WANTED_DYNAMIC, WANTED_OF_CLOUD
from model.errors import FatalError, NotFoundError, RefusedError
from model.hooks import HookInTool, HookMade
from model.tree import Source

# Data Center moved its hooks with version 10; the old address answers 404 since then.
_HOOKS, _SERVER_HOOKS = "rest/webhooks/1.0/webhook", "rest/jira-webhook/1.0/webhooks"
_APP_HOOKS = "api/webhook"
WHOLE_SITE = ""


class Registry(Protocol):
    """One way of having webhooks in a Jira."""

    def subjects(self, sources: Sequence[Source]) -> tuple[str, ...]: ...

    def hooks(self) -> tuple[HookInTool, ...]: ...

    def register(self, subject: str, url: str, secret: str, vendor_id: str | None) -> HookMade: ...

    def refresh(self, vendor_ids: Sequence[str]) -> datetime | None: ...

    def remove(self, vendor_id: str) -> None: ...


class AdminHooks:
    """Webhooks that need the right to administer Jira. They hear everything, filtered by nothing."""

    def __init__(self, client: JiraClient, connection: str) -> None:
        self._client = client
        self._connection = connection
        self._path: str | None = None

    def subjects(self, sources: Sequence[Source]) -> tuple[str, ...]:
        """One for the site, as long as anything is taken from it."""
        return (WHOLE_SITE,) if sources else ()

    def hooks(self) -> tuple[HookInTool, ...]:
        path, found = self._found()
        wanted = set(self._events(path))
        return tuple(_admin_hook(one, wanted) for one in found)

    def register(self, subject: str, url: str, secret: str, vendor_id: str | None) -> HookMade:
        """A webhook of the whole site for a URL, signed with ``secret``; one that is there is set to it anew.

        Which secret a hook has is told by no one, so it is written every time. Raises RefusedError when the account is no
        administrator, FatalError where hooks can't be signed.
        """
        path, found = self._found()
        self._refuse_unsigned(path)
        body = self._body(path, url, secret)
        known = {_number(one) for one in found}
        number = vendor_id if vendor_id in known else next((_number(one) for one in found if one.get("url") == url), None)
        if number is not None:
            self._client.send("PUT", f"{path}/{number}", body)
            return HookMade(vendor_id=number)
        return HookMade(vendor_id=_number(self._client.send("POST", path, body).json()))

    def refresh(self, vendor_ids: Sequence[str]) -> datetime | None:
        """None: they live for ever."""
        return None

    def remove(self, vendor_id: str) -> None:
        """Take one away; one that is gone already is fine."""
        path, found = self._found()
        if vendor_id in {_number(one) for one in found}:
            self._client.send("DELETE", f"{path}/{vendor_id}")

    def _found(self) -> tuple[str, list[dict[str, Any]]]:
        """Where this site has its webhooks, and all of them."""
        paths = (self._path,) if self._path else (_HOOKS, _SERVER_HOOKS)
        for path in paths:
            try:
                found = self._client.read(path)
            except NotFoundError:
                if path == paths[-1] or self._client.access.deployment != "datacenter":
                    raise
                continue
            self._path = path
            return path, [one for one in found if isinstance(one, dict)]
        raise NotFoundError("The site has no webhooks.", where=self._connection)

    def _refuse_unsigned(self, path: str) -> None:
        if path == _HOOKS and self._client.access.deployment == "datacenter":
            raise FatalError(
                "This Jira signs no webhooks, so none of them could be believed.", where=self._connection,
                fix="Nothing is lost: changes are found by asking. Jira Data Center signs them from version 10 on.",
                reason="unsigned_hooks",
            )

    def _events(self, path: str) -> tuple[str, ...]:
        server = self._client.access.deployment == "datacenter"
        return WANTED if server else (*WANTED, *WANTED_OF_CLOUD)

    def _body(self, path: str, url: str, secret: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "name": f"Bellwether ({self._connection})", "url": url, "events": list(self._events(path))
        }
        if path == _SERVER_HOOKS:
            settings = {"EXCLUDE_BODY": "false", "SECRET": secret}
            more = {"active": True, "scopeType": "global", "configuration": settings, "sslVerificationRequired": True}
            return {**body, **more}
        return {**body, "enabled": True, "excludeBody": False, "secret": secret}


class AppHooks:
    """Webhooks of an OAuth app: the subject of one is the JQL that names its projects."""

    def __init__(self, client: JiraClient, site: Site, connection: str) -> None:
        self._client = client
        self._site = site
        self._connection = connection

    def subjects(self, sources: Sequence[Source]) -> tuple[str, ...]:
        """One webhook for all projects that sources name; where one is a query, for all projects that are seen.

        The filters of such webhooks know few fields and only = != IN NOT IN, so a query can't be one.
        """
        if not sources:
            return ()
        # One project that is not seen, and Jira refuses the whole filter.
        seen = {str(one["key"]) for one in self._site.projects() if one.get("key")}
        named = _project_keys(sources)
        keys = seen if named is None else seen & named
        return (f"project in ({', '.join(text(key) for key in sorted(keys))})",) if keys else ()

    def hooks(self) -> tuple[HookInTool, ...]:
        wanted = set(WANTED_DYNAMIC)
        found = self._client.offset_list(_APP_HOOKS, "values", page=100)
        return tuple(
            HookInTool(
                vendor_id=str(one["id"]), subject=str(one.get("jqlFilter") or ""), url=one.get("url") or None, ours=True,
                complete=wanted <= set(one.get("events") or ()), expires_at=_moment(one.get("expirationDate")),
            )
            for one in found
        )

    def register(self, subject: str, url: str, secret: str, vendor_id: str | None) -> HookMade:
        """A webhook for some projects. One that is there can't be changed: it is replaced.

        Jira answers 200 to a refusal, too: the reasons stand beside each webhook. Raises RefusedError with them.
        """
        before = next((one for one in self.hooks() if one.vendor_id == vendor_id), None)
        elsewhere = before is not None and before.url not in (None, url)
        if elsewhere and vendor_id is not None:  # an app has one address: another is taken only when this one is gone
            self.remove(vendor_id)
        made, why = self._made(subject, url)
        if before is not None and made is not None and not elsewhere:
            self.remove(before.vendor_id)
        if made is None:
            raise RefusedError(
                f"Jira registered no webhook: {why[:300]}", where=self._connection, reason="hook_refused",
                fix="An app has one address for webhooks, and needs the scope manage:jira-webhook.",
            )
        lives = next((one.expires_at for one in self.hooks() if one.vendor_id == made), None)
        return HookMade(vendor_id=made, expires_at=lives)

    def _made(self, subject: str, url: str) -> tuple[str | None, str]:
        """The id of a new webhook, or why there is none."""
        body = {"url": url, "webhooks": [{"events": list(WANTED_DYNAMIC), "jqlFilter": subject}]}
        results = self._client.send("POST", _APP_HOOKS, body).json().get("webhookRegistrationResult") or [{}]
        made = results[0].get("createdWebhookId")
        why = "; ".join(str(one) for one in results[0].get("errors") or ["no reason given"])
        return (None if made is None else str(made)), why

    def refresh(self, vendor_ids: Sequence[str]) -> datetime | None:
        answer = self._client.send("PUT", f"{_APP_HOOKS}/refresh", {"webhookIds": [int(one) for one in vendor_ids]})
        return _moment(answer.json().get("expirationDate"))

    def remove(self, vendor_id: str) -> None:
        """Take one away; one that is gone already is fine."""
        self._client.send("DELETE", _APP_HOOKS, {"webhookIds": [int(vendor_id)]})


def _project_keys(sources: Iterable[Source]) -> set[str] | None:
    """The projects that sources name; None where a source is a query."""
    keys: set[str] = set()
    for source in sources:
        named = {"project": source.value, "epic": source.value.rpartition("-")[0], "version": source.project or ""}
        if not named.get(source.kind):
            return None
        keys.add(named[source.kind])
    return keys


def _number(hook: Mapping[str, Any]) -> str:
    """A hook's id. Cloud tells it only at the end of its address."""
    return str(hook.get("id") or str(hook.get("self", "")).rstrip("/").rpartition("/")[2])


def _admin_hook(hook: Mapping[str, Any], wanted: Collection[str]) -> HookInTool:
    bodies = str(hook.get("excludeBody", (hook.get("configuration") or {}).get("EXCLUDE_BODY", False))).lower()
    signed = hook.get("isSigned")
    return HookInTool(
        vendor_id=_number(hook), url=str(hook.get("url") or "") or None,
        enabled=bool(hook.get("enabled", hook.get("active", True))),
        complete=set(wanted) <= set(hook.get("events") or ()) and bodies != "true" and signed is not False,
    )


def _moment(millis: Any) -> datetime | None:
    return datetime.fromtimestamp(millis / 1000, UTC) if isinstance(millis, int | float) else None
