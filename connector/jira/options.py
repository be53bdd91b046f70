"""A Jira connection's own part of the configuration, checked before anything is called."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connector.sdk.base import ConnectionSettings, SecretReader
from connector.sdk.credentials import FixedCredential, basic, bearer
from connector.sdk.oauth import OAuthApp
from connector.sdk.questions import Asked, CredentialKind, Questions
from connector.sdk.shared_options import OAuth2Options, option_url
from model.errors import UsageError

GATEWAY = "https://api.atlassian.com"
# Boards and sprints have no classic scopes; the others are the vendor's recommended classic ones.
SCOPES = (
    "read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-configuration", "manage:jira-project",
    "read:board-scope:jira-software", "read:board-scope.admin:jira-software", "read:sprint:jira-software",
    "read:project:jira", "read:issue-details:jira", "manage:jira-webhook", "offline_access",
)
_MAIL = Asked("email", "Mail address of the account", "The account that the token belongs to.")
_TOKENS = "https://id.atlassian.com/manage-profile/security/api-tokens"
QUESTIONS = Questions(
    auth_type="api_token",
    mail_with=frozenset({"api_token", "scoped_token"}),
    title="Jira",
    address="https://your-site.atlassian.net, or your own server's address with its context path",
    query="issuetype = Initiative",
    kinds=(
        CredentialKind(
            "api_token", "API token (Jira Cloud)", (_MAIL, Asked("token", "API token", secret=True)),
            "At Atlassian: your account, Security, Create and manage API tokens, Create API token.", _TOKENS,
        ),
        CredentialKind(
            "scoped_token", "API token with scopes (Jira Cloud)",
            (
                _MAIL, Asked("token", "API token with scopes", secret=True),
                Asked("cloud_id", "Cloud id of the site", "It stands at your-site.atlassian.net/_edge/tenant_info."),
            ),
            "At Atlassian: your account, Security, Create and manage API tokens, Create API token with scopes, Jira.", _TOKENS,
        ),
        CredentialKind(
            "personal_access_token", "Personal access token (Jira Data Center)",
            (Asked("token", "Personal access token", secret=True),),
            "In Jira: your picture, Profile, Personal Access Tokens, Create token.",
        ),
        CredentialKind(
            "oauth2", "Log in with Atlassian (OAuth 2.0)",
            (Asked("client_id", "Client id of the app"), Asked("client_secret", "Secret of the app", secret=True)),
            "In Atlassian's developer console: Create, OAuth 2.0 integration, Permissions: Jira API; Settings holds id and "
            "secret; Authorization takes the callback address named below.",
            "https://developer.atlassian.com/console/myapps/", login=True,
        ),
    ),
)
_NOT_OURS = frozenset({"tool", "allow_insecure"})
_CLOUD_ID = r"^[A-Za-z0-9-]+$"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ApiToken(_Part):
    """Basic ``email:token`` at the site's own URL. ``expires``: the token's last day, which no API tells."""

    type: Literal["api_token"]
    email: str
    token: str
    expires: date | None = None


class ScopedToken(_Part):
    """Basic ``email:token`` at the vendor's gateway, which is the only place a token with scopes is accepted."""

    type: Literal["scoped_token"]
    cloud_id: str = Field(pattern=_CLOUD_ID)
    email: str
    token: str
    expires: date | None = None
    gateway: str = GATEWAY


class PersonalAccessToken(_Part):
    """Bearer token of a Data Center account."""

    type: Literal["personal_access_token"]
    token: str
    expires: date | None = None


class OAuth2(OAuth2Options):
    """An OAuth 2.0 (3LO) app, at the gateway. Without ``cloud_id`` the site is found by its url."""

    cloud_id: str | None = Field(default=None, pattern=_CLOUD_ID)
    gateway: str = GATEWAY
    auth_url: str = "https://auth.atlassian.com/authorize"
    token_url: str = "https://auth.atlassian.com/oauth/token"  # noqa: S105 - an address, no secret
    scopes: tuple[str, ...] = SCOPES

    def oauth_app(self, settings: ConnectionSettings, read_secret: SecretReader) -> OAuthApp:
        """The vendor's rules: a refresh token ends after 90 days without use, and 365 days after a person agreed."""
        return self.app(
            settings, read_secret, audience="api.atlassian.com", idle_life=timedelta(days=90),
            grant_life=timedelta(days=365),
        )  # fmt: skip


Auth = ApiToken | ScopedToken | PersonalAccessToken | OAuth2


class JiraOptions(_Part):
    url: str
    deployment: Literal["auto", "cloud", "datacenter"] = "auto"
    auth: Annotated[Auth, Field(discriminator="type")]
    webhook_secret: str | None = None


class JiraAccess(BaseModel):
    """Where to call and as whom, with the secrets read. ``site_url`` is what people open, ``api_url`` what we call.

    ``api_url`` is None for an OAuth connection whose cloud id must be asked for first. ``fixed`` or ``oauth``: the
    credential. ``expires``: the token's last day, where the configuration tells it.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    name: str
    site_url: str
    api_url: str | None
    gateway: str = GATEWAY
    deployment: Literal["cloud", "datacenter"] = "cloud"
    auth_type: str = "api_token"
    fixed: FixedCredential | None = Field(default=None, repr=False)
    oauth: OAuthApp | None = Field(default=None, repr=False)
    expires: date | None = None

    @property
    def api_version(self) -> str:
        """Cloud speaks version 3 of the platform's API, Data Center version 2."""
        return "2" if self.deployment == "datacenter" else "3"


def parse_options(settings: ConnectionSettings) -> JiraOptions:
    """The options as records. Raises UsageError naming the key that is wrong."""
    where = f"connections.{settings.name}"
    options = {key: value for key, value in settings.options.items() if key not in _NOT_OURS}
    kinds = ("api_token", "scoped_token", "personal_access_token", "oauth2")
    try:
        parsed = JiraOptions.model_validate(options)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"] if part not in kinds)
        raise UsageError(
            f"{first['msg']}.", where=f"{where}.{path}",
            fix=f"A Jira connection has url, deployment, auth (type {', '.join(kinds)}) and webhook_secret.",
        ) from None
    _check_deployment(parsed, where)
    return parsed


def _check_deployment(options: JiraOptions, where: str) -> None:
    """Refuse a credential that this deployment does not know."""
    personal = isinstance(options.auth, PersonalAccessToken)
    if options.deployment == "datacenter" and not personal:
        raise UsageError(
            f"Jira Data Center takes no {options.auth.type}.", where=f"{where}.auth.type",
            fix="Use {type: personal_access_token, token: …}, made under the account's profile.",
        )
    if options.deployment == "cloud" and personal:
        raise UsageError(
            "Jira Cloud takes no personal access token.", where=f"{where}.auth.type",
            fix="Use api_token, scoped_token or oauth2, or set deployment: datacenter.",
        )


def access(settings: ConnectionSettings, read_secret: SecretReader) -> JiraAccess:
    """Options with the credential read. Raises UsageError for wrong options, insecure URLs, missing secrets."""
    options = parse_options(settings)
    auth = options.auth
    known: dict[str, Any] = {
        "name": settings.name, "site_url": option_url(settings, options.url, "url"), "auth_type": auth.type,
        "deployment": "datacenter" if isinstance(auth, PersonalAccessToken) else "cloud",
    }
    if isinstance(auth, OAuth2):
        gateway = option_url(settings, auth.gateway, "auth.gateway")
        api_url = f"{gateway}/ex/jira/{auth.cloud_id}" if auth.cloud_id else None
        return JiraAccess(**known, api_url=api_url, gateway=gateway, oauth=auth.oauth_app(settings, read_secret))
    token = read_secret(auth.token)
    if isinstance(auth, PersonalAccessToken):
        return JiraAccess(**known, api_url=known["site_url"], fixed=bearer(token), expires=auth.expires)
    fixed = basic(auth.email, token)
    if isinstance(auth, ApiToken):
        return JiraAccess(**known, api_url=known["site_url"], fixed=fixed, expires=auth.expires)
    gateway = option_url(settings, auth.gateway, "auth.gateway")
    return JiraAccess(
        **known, api_url=f"{gateway}/ex/jira/{auth.cloud_id}", gateway=gateway, fixed=fixed, expires=auth.expires
    )


def oauth_app(settings: ConnectionSettings, read_secret: SecretReader) -> OAuthApp | None:
    """The app that a person logs in to; None for another kind of credential."""
    auth = parse_options(settings).auth
    return auth.oauth_app(settings, read_secret) if isinstance(auth, OAuth2) else None
