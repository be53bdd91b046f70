"""A Jira connection's own part of the configuration, checked before anything is called."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from connector.sdk.base import ConnectionSettings, SecretReader
from connector.sdk.http import checked_url
from model.errors import UsageError

_NOT_OURS = frozenset({"tool", "allow_insecure"})
NOT_BUILT_AUTH = {"oauth2": "OAuth", "personal_access_token": "personal access tokens (Data Center)"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ApiToken(_Part):
    """Basic ``email:token`` at the site's own URL."""

    type: Literal["api_token"]
    email: str
    token: str


class ScopedToken(_Part):
    """Basic ``email:token`` at the vendor's gateway, which is the only place a token with scopes is accepted."""

    type: Literal["scoped_token"]
    cloud_id: str = Field(pattern=r"^[A-Za-z0-9-]+$")
    email: str
    token: str
    gateway: str = "https://api.atlassian.com"


class JiraOptions(_Part):
    url: str
    deployment: Literal["auto", "cloud"] = "auto"
    auth: Annotated[ApiToken | ScopedToken, Field(discriminator="type")]
    webhook_secret: str | None = None


class JiraAccess(BaseModel):
    """Where to call and as whom, with the secret read. ``site_url`` is what people open, ``api_url`` what we call."""

    model_config = ConfigDict(frozen=True)

    name: str
    site_url: str
    api_url: str
    api_version: str = "3"
    email: str
    token: SecretStr


def parse_options(settings: ConnectionSettings) -> JiraOptions:
    """The options as records. Raises UsageError naming the key that is wrong or not built yet."""
    where = f"connections.{settings.name}"
    options = {key: value for key, value in settings.options.items() if key not in _NOT_OURS}
    _refuse_not_built(options, where)
    try:
        return JiraOptions.model_validate(options)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"] if part not in ("api_token", "scoped_token"))
        raise UsageError(
            f"{first['msg']}.", where=f"{where}.{path}",
            fix="A Jira connection has url, deployment, auth {type, email, token} and webhook_secret.",
        ) from None


def _refuse_not_built(options: Mapping[str, Any], where: str) -> None:
    if options.get("deployment") == "datacenter":
        raise UsageError(
            "Jira Data Center is not built yet.", where=f"{where}.deployment", fix="Use a Jira Cloud site.",
            reason="not_built",
        )
    auth = options.get("auth")
    kind = auth.get("type") if isinstance(auth, Mapping) else None
    if kind in NOT_BUILT_AUTH:
        raise UsageError(
            f"{NOT_BUILT_AUTH[kind]} for Jira: not built yet.", where=f"{where}.auth.type",
            fix="Use api_token or scoped_token.", reason="not_built",
        )


def access(settings: ConnectionSettings, read_secret: SecretReader) -> JiraAccess:
    """Options with the credential read. Raises UsageError for wrong options, insecure URLs, missing secrets."""
    options = parse_options(settings)
    where = f"connections.{settings.name}.url"
    site_url = checked_url(options.url, allow_insecure=settings.allow_insecure, where=where)
    api_url = site_url
    if isinstance(options.auth, ScopedToken):
        gateway = checked_url(options.auth.gateway, allow_insecure=settings.allow_insecure, where=where)
        api_url = f"{gateway}/ex/jira/{options.auth.cloud_id}"
    return JiraAccess(
        name=settings.name, site_url=site_url, api_url=api_url, email=options.auth.email,
        token=SecretStr(read_secret(options.auth.token)),
    )
