"""What a connection to Asana may say in the configuration, checked once."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from connector.sdk.base import ConnectionSettings, SecretReader, Surroundings
from connector.sdk.credentials import Credential, bearer
from connector.sdk.oauth import OAuthApp, OAuthCredential
from connector.sdk.questions import Asked, CredentialKind, Questions
from connector.sdk.shared_options import OAuth2Options, option_url
from model.errors import UsageError

DEFAULT_URL = "https://app.asana.com/api/1.0"
FULL_PERMISSIONS = "default"
QUESTIONS = Questions(
    auth_type="token",
    url=DEFAULT_URL,
    workspace=True,
    title="Asana",
    address="The same for everybody; leave it as it is.",
    kinds=(
        CredentialKind(
            "token", "Personal access token", (Asked("token", "Personal access token", secret=True),),
            "In Asana: your picture, Settings, Apps, View developer console, Create new token.",
            "https://app.asana.com/0/my-apps",
        ),
        CredentialKind(
            "oauth2", "Log in with Asana (OAuth 2.0)",
            (Asked("client_id", "Client id of the app"), Asked("client_secret", "Secret of the app", secret=True)),
            "In Asana's developer console: Create new app, full permissions; OAuth takes the callback address named below.",
            "https://app.asana.com/0/my-apps", login=True,
        ),
    ),
)

Gid = Annotated[str, StringConstraints(pattern=r"^\d+$")]


class TokenAuth(BaseModel):
    """A personal access token or a service account's token. ``token`` is a reference to the secret, not the secret.

    ``expires``: its last day, where an administrator set one; no API tells it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["token"]
    token: str
    expires: date | None = None


class OAuth2(OAuth2Options):
    """An OAuth 2.0 app. ``scopes``: ``default`` stands for full permissions, which status updates and sections need."""

    auth_url: str = "https://app.asana.com/-/oauth_authorize"
    token_url: str = "https://app.asana.com/-/oauth_token"  # noqa: S105 - an address, no secret
    scopes: tuple[str, ...] = (FULL_PERMISSIONS,)

    def oauth_app(self, settings: ConnectionSettings, read_secret: SecretReader) -> OAuthApp:
        """The vendor's refresh tokens are long-lived; when one ends is not documented."""
        return self.app(settings, read_secret, pkce=True)


class AsanaOptions(BaseModel):
    """The tool's own part of a connection.

    ``requests_per_minute``: 1,500 is the vendor's limit on paid plans, 150 on the free one, which is also learned from
    its refusals. ``webhook_secret`` is the secret of a webhook registered elsewhere; those registered by handshake
    bring their own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = DEFAULT_URL
    workspace: Gid
    auth: Annotated[TokenAuth | OAuth2, Field(discriminator="type")]
    requests_per_minute: int = Field(default=1500, gt=0)
    webhook_secret: str | None = None


def read_options(settings: ConnectionSettings) -> AsanaOptions:
    """The checked options of a connection. Raises UsageError naming the key that is wrong."""
    place = f"connections.{settings.name}"
    given: dict[str, Any] = dict(settings.options)
    try:
        options = AsanaOptions.model_validate(given)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"] if part not in ("token", "oauth2") or first["loc"][-1] == part)
        raise UsageError(
            f"{key or 'the connection'}: {first['msg']}.", where=f"{place}.{key}" if key else place,
            fix='Asana needs workspace: "<gid>" and auth: {type: token, token: "env:NAME"} or {type: oauth2, …}.',
        ) from None
    return options.model_copy(update={"url": option_url(settings, options.url, "url")})


def oauth_app(settings: ConnectionSettings, read_secret: SecretReader) -> OAuthApp | None:
    """The app that a person logs in to; None for a token."""
    auth = read_options(settings).auth
    return auth.oauth_app(settings, read_secret) if isinstance(auth, OAuth2) else None


def credential(settings: ConnectionSettings, around: Surroundings) -> Credential:
    """What the connection sends as Authorization. Raises UsageError for a secret that is missing."""
    auth = read_options(settings).auth
    if isinstance(auth, OAuth2):
        return OAuthCredential(auth.oauth_app(settings, around.read_secret), around)
    return bearer(around.read_secret(auth.token))
