"""What the options of every tool have in common: addresses that are checked, and an OAuth 2.0 app."""

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr

from connector.sdk.base import ConnectionSettings, SecretReader
from connector.sdk.http import checked_url
from connector.sdk.oauth import OAuthApp


class OAuth2Options(BaseModel):
    """An OAuth 2.0 app, as the configuration names it; each tool adds its addresses and scopes.

    ``client_secret`` and ``refresh_token`` are references to secrets, not the secrets. No page need be at
    ``redirect_uri``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["oauth2"]
    client_id: str
    client_secret: str
    refresh_token: str | None = None
    auth_url: str
    token_url: str
    redirect_uri: str = "https://localhost/bellwether"
    scopes: tuple[str, ...]

    def app(
        self, settings: ConnectionSettings, read_secret: SecretReader, *, audience: str | None = None,
        pkce: bool = False, idle_life: timedelta | None = None, grant_life: timedelta | None = None,
    ) -> OAuthApp:  # fmt: skip
        """The app with its secrets read; the rest is how the vendor's OAuth behaves (``OAuthApp``).

        Raises UsageError for an insecure address and for a secret that is missing.
        """
        return OAuthApp(
            connection=settings.name,
            client_id=self.client_id,
            client_secret=SecretStr(read_secret(self.client_secret)),
            authorize_url=option_url(settings, self.auth_url, "auth.auth_url"),
            token_url=option_url(settings, self.token_url, "auth.token_url"),
            redirect_uri=self.redirect_uri,
            scopes=self.scopes,
            audience=audience,
            pkce=pkce,
            seed=SecretStr(read_secret(self.refresh_token)) if self.refresh_token else None,
            idle_life=idle_life,
            grant_life=grant_life,
        )


def option_url(settings: ConnectionSettings, url: str, key: str) -> str:
    """A base URL of a connection's options, without a slash at its end. Raises UsageError naming the key."""
    return checked_url(url, allow_insecure=settings.allow_insecure, where=f"connections.{settings.name}.{key}")
