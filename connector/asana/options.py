"""What a connection to Asana may say in the configuration, checked once."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from connector.sdk.base import ConnectionSettings
from connector.sdk.http import checked_url
from model.errors import UsageError

DEFAULT_URL = "https://app.asana.com/api/1.0"

Gid = Annotated[str, StringConstraints(pattern=r"^\d+$")]


class TokenAuth(BaseModel):
    """A personal access token or a service account's token. ``token`` is a reference to the secret, not the secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["token"]
    token: str


class AsanaOptions(BaseModel):
    """The tool's own part of a connection.

    ``requests_per_minute``: 1,500 is the vendor's limit on paid plans, 150 on the free one. ``webhook_secret`` is the
    secret of a webhook registered elsewhere; those registered by handshake bring their own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = DEFAULT_URL
    workspace: Gid
    auth: TokenAuth
    requests_per_minute: int = Field(default=1500, gt=0)
    webhook_secret: str | None = None


def read_options(settings: ConnectionSettings) -> AsanaOptions:
    """The checked options of a connection. Raises UsageError naming the key that is wrong."""
    place = f"connections.{settings.name}"
    given: dict[str, Any] = dict(settings.options)
    auth = given.get("auth")
    if isinstance(auth, dict) and auth.get("type") == "oauth2":
        raise UsageError(
            "auth type oauth2 is not built yet for Asana.", where=f"{place}.auth.type",
            fix="Use {type: token} with a personal access token or a service account's token.", reason="not_built",
        )
    try:
        options = AsanaOptions.model_validate(given)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"{key or 'the connection'}: {first['msg']}.", where=f"{place}.{key}" if key else place,
            fix='Asana needs workspace: "<gid>" and auth: {type: token, token: "env:NAME"}.',
        ) from None
    url = checked_url(options.url, allow_insecure=settings.allow_insecure, where=f"{place}.url")
    return options.model_copy(update={"url": url})
