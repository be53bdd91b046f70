"""Logging in elsewhere: the authorization code flow of OpenID Connect with PKCE, state and nonce, by Authlib."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from authlib.integrations.requests_client import OAuth2Session
from flask import session
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from config.logins import Oidc
from config.settings import ALLOWED_HOSTS
from connector.sdk.http import TimedAdapter
from connector.sdk.reach import Check
from model.errors import AppError, ConnectionUnusableError, RefusedError, RetryableError

_TIMEOUT_S = 10.0
_SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""What the provider alone can have signed with: no shared secret, and not nothing."""
_STATE = "_state_"
_NAME_LENGTH = 200


@dataclass(frozen=True)
class Person:
    """Somebody as the provider knows them. ``values``: of the claim that says what they may do here."""

    issuer: str
    subject: str
    name: str
    values: tuple[str, ...]


def _app(check: Check) -> type[FlaskOAuth2App]:
    """Authlib's client, whose connections are checked."""

    class Session(OAuth2Session):  # type: ignore[misc]  # Authlib has no types
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            for scheme in ("https://", "http://"):
                self.mount(scheme, TimedAdapter(_TIMEOUT_S, _TIMEOUT_S, check=check))

    class App(FlaskOAuth2App):  # type: ignore[misc]
        client_cls = Session

    return App


class SingleSignOn:
    """One provider, whose metadata and keys are asked for once."""

    def __init__(self, oidc: Oidc, client_secret: str, check: Check) -> None:
        """``check``: of every connection, also to where the provider's metadata leads."""
        self._oidc = oidc
        self._client = _app(check)(
            framework=FlaskIntegration("bellwether"),
            name="bellwether",
            client_id=oidc.client_id,
            client_secret=client_secret,
            server_metadata_url=f"{oidc.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": " ".join(oidc.scopes), "code_challenge_method": "S256",
            },
        )  # fmt: skip

    def go(self, back: str) -> Response:
        """Send the browser to the provider, which sends it to ``back``. Raises RetryableError where it does not answer."""
        for begun in [name for name in session if name.startswith(_STATE)]:
            session.pop(begun)  # what was begun before and never ended
        try:
            self._check_provider()
            answer: Response = self._client.authorize_redirect(back)
        except _TROUBLES as error:
            raise _trouble(error) from error
        return answer

    def person(self) -> Person:
        """Who has come back with this request. Raises RefusedError for whoever did not come from the provider."""
        wanted = {
            "iss": {"essential": True, "value": self._oidc.issuer},
            "aud": {"essential": True, "value": self._oidc.client_id},
        }
        try:
            self._check_provider()
            token = self._client.authorize_access_token(claims_options=wanted)
            claims = dict(token.get("userinfo") or {})
            if not claims:
                raise RefusedError("The provider gave no identity.", where="login", fix="Begin again.", reason="oidc_no_id")
            if _looked_up(claims, self._oidc.role_claim) is None and "userinfo_endpoint" in self._client.server_metadata:
                more = dict(self._client.userinfo(token=token))
                claims |= more if more.get("sub") == claims["sub"] else {}
        except _TROUBLES as error:
            raise _trouble(error) from error
        return self._person(claims)

    def _person(self, claims: Mapping[str, Any]) -> Person:
        told = claims["sub"]  # Authlib asks only that it is there
        subject = str(told) if isinstance(told, str | int) else ""
        if not subject.strip():
            raise RefusedError("The provider gave no identity.", where="login", fix="Begin again.", reason="oidc_no_id")
        names = (*(claims.get(key) for key in (self._oidc.name_claim, "preferred_username", "name")), subject)
        name = next(" ".join(one.split())[:_NAME_LENGTH] for one in names if isinstance(one, str) and one.strip())
        found = _looked_up(claims, self._oidc.role_claim)
        values = found if isinstance(found, list) else [] if found is None else [found]
        return Person(self._oidc.issuer, subject, name, tuple(str(one) for one in values))

    def _check_provider(self) -> None:
        """Refuse metadata of another issuer, and keep to signatures that only the provider can make."""
        metadata = self._client.load_server_metadata()
        if metadata.get("issuer") != self._oidc.issuer:
            raise RefusedError(
                "The provider calls itself by another address than login.oidc.issuer.", where="login",
                fix="Write the issuer exactly as the provider does.", reason="oidc_issuer",
            )  # fmt: skip
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if urlsplit(str(metadata.get(name))).scheme not in (urlsplit(self._oidc.issuer).scheme, "https"):
                raise RefusedError("The provider sends logins over plain http.", where="login", reason="oidc_plain")
        told = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [one for one in told if one in _SIGNATURES]


_TROUBLES = (AuthlibBaseError, JoseError, OSError, ValueError, KeyError, RuntimeError, ConnectionUnusableError)
"""Whatever a provider, or somebody who plays one, can answer with."""


def _trouble(error: Exception) -> AppError:
    """What people are told: nothing of what the other side has said."""
    if isinstance(error, OSError):
        return RetryableError("The provider of logins does not answer.", where="login", fix="Try again.", reason="oidc_down")
    if isinstance(error, ConnectionUnusableError) and error.reason == "private_address":
        return RefusedError(
            "The provider of logins leads into a private network.", where="login",
            fix=f"An admin gave its address in the page; if it is meant, the operator names the host: {ALLOWED_HOSTS}.",
            reason="oidc_private",
        )  # fmt: skip
    return RefusedError("This login was not finished.", where="login", fix="Begin again.", reason="oidc_refused")


def _looked_up(claims: Mapping[str, Any], name: str) -> object:
    """A claim, or one inside others: ``realm_access.roles``. None where there is none."""
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
