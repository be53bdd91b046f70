"""``login:``: under which names the page answers, how long a session lasts, and who logs in elsewhere (OpenID Connect)."""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from config.connection_rules import is_loopback
from config.faults import Fault, refuse
from config.parts import Label, NodeId, Part
from config.secrets import is_reference
from model.access import ROLES, Right, Role
from model.tree import Tree

_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\]|\d+(\.\d+){3}")

Network = IPv4Network | IPv6Network
RoleWord = Literal["viewer", "editor", "admin"]


def _host(text: str) -> str:
    if not _HOST.fullmatch(text.lower()):
        raise refuse(f"{text!r} is no host name.", "Write the name alone: no scheme, port or path; IPv6 in brackets.")
    return text.lower()


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        raise refuse(f"{text!r} is no network.", "Write an address, or a network like 10.0.0.0/8.") from None
    return text


def _issuer(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise refuse("This is no address of an issuer.", "Copy it from the provider: https://…")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise refuse("http:// would show who logs in to everybody on the way.", "Use https://.")
    return url


class GrantEntry(Part):
    """What everybody with one value of the claim may do; ``*``: whoever logs in at all."""

    value: Label
    role: RoleWord
    node: NodeId | None = None

    @property
    def right(self) -> Right:
        return Right(role=ROLES[self.role], node=self.node)


class OidcEntry(Part):
    """A provider of OpenID Connect. ``role_claim``: what of a person's token says what they may do here.

    ``token_days``: so long after a person's login tokens of theirs open the API; then not before the next login.
    """

    issuer: Annotated[Label, AfterValidator(_issuer)]
    client_id: Label
    client_secret: Label
    title: Label = "single sign-on"
    scopes: tuple[Label, ...] = ("openid", "profile", "email")
    name_claim: Label = "email"
    role_claim: Label = "groups"
    token_days: float = Field(default=30, gt=0, le=366)
    roles: tuple[GrantEntry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _asks_who(self) -> "OidcEntry":
        if "openid" not in self.scopes:
            raise refuse("Without the scope openid nobody says who has logged in.", "Add openid.", at="scopes")
        return self


class LoginEntry(Part):
    """Logins. Everything has a default; without ``oidc`` people log in with a password."""

    hosts: tuple[Annotated[Label, AfterValidator(_host)], ...] = ()
    proxies: int = Field(default=0, ge=0, le=8)
    session_hours: float = Field(default=12, gt=0, le=24 * 31)
    idle_minutes: float = Field(default=120, gt=0, le=60 * 24 * 31)
    names_for: RoleWord = "editor"
    metrics_from: tuple[Annotated[Label, AfterValidator(_network)], ...] = ()
    oidc: OidcEntry | None = None


@dataclass(frozen=True)
class Oidc:
    """A provider as the login uses it; ``client_secret`` is a reference. ``roles``: rights by value of the claim."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    title: str
    scopes: tuple[str, ...]
    name_claim: str
    role_claim: str
    token_days: float
    roles: tuple[tuple[str, Right], ...]

    def rights_of(self, values: tuple[str, ...]) -> tuple[Right, ...]:
        """What somebody may do whose claim has these values."""
        return tuple(dict.fromkeys(right for value, right in self.roles if value == "*" or value in values))


@dataclass(frozen=True)
class LoginRules:
    """Logins as everything else sees them. ``names_for``: who sees people's names, where the policy shows any.

    ``proxies``: so many reverse proxies stand in front, each of which adds an address to X-Forwarded-For.
    """

    hosts: tuple[str, ...] = ()
    proxies: int = 0
    session_hours: float = 12
    idle_minutes: float = 120
    names_for: Role = Role.EDITOR
    metrics_from: tuple[Network, ...] = ()
    oidc: Oidc | None = None


def build_logins(entry: LoginEntry, tree: Tree, *, allow_plain: bool) -> tuple[LoginRules, list[Fault]]:
    """The rules of the document, and what is wrong with them."""
    found = entry.oidc
    oidc = None
    faults: list[Fault] = []
    if found is not None:
        given = found.model_dump(exclude={"roles"})
        oidc = Oidc(**given, roles=tuple((one.value, one.right) for one in found.roles))
        at = ("login", "oidc")
        if not allow_plain and not is_reference(found.client_secret):
            faults.append(Fault(
                (*at, "client_secret"), "The secret itself stands in this file.",
                "Write env:NAME or file:PATH instead, or set allow_plain_secrets: true.",
            ))  # fmt: skip
        nodes = tree.by_id()
        for number, one in enumerate(found.roles):
            place = (*at, "roles", number, "node")
            if one.node is not None and one.role == "admin":
                fix = "Leave the node away, or say role: editor."
                faults.append(Fault(place, "An admin runs the whole deployment, not a part of it.", fix))
            elif one.node is not None and one.node not in nodes:
                fix = "Use the id of a node of portfolios:."
                faults.append(Fault(place, f"There is no node {one.node!r}.", fix))
    rules = LoginRules(
        hosts=entry.hosts,
        proxies=entry.proxies,
        session_hours=entry.session_hours,
        idle_minutes=entry.idle_minutes,
        names_for=ROLES[entry.names_for],
        metrics_from=tuple(ip_network(one) for one in entry.metrics_from),
        oidc=oidc,
    )
    return rules, faults
