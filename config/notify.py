"""``notify:``: who is told of health outside of the tools, of which nodes, and when."""

import re
from datetime import time
from email.utils import parseaddr
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from config.connection_rules import is_loopback
from config.courtesy import DAYS, QuietDay, QuietHours
from config.faults import did_you_mean, refuse
from config.parts import Label, Part
from config.secrets import is_reference
from model.notices import SPONSOR, MailSecurity, Rhythm
from model.tree import Language

CHANNELS = ("slack", "teams", "mail", "webhook")
ADDRESSES = ("slack", "teams")
"""Channels whose address is a secret: whoever has it can write there."""
PORTS: dict[MailSecurity, int] = {"starttls": 587, "tls": 465, "none": 25}
_MOMENT = re.compile(r"(\d{1,2}):(\d{2})")


def time_of_day(text: str) -> time:
    """The time in e.g. "08:00". Raises a fault for anything else."""
    found = _MOMENT.fullmatch(text.strip())
    try:
        return time(int(found[1]), int(found[2])) if found else _no_time(text)
    except ValueError:
        return _no_time(text)


def _no_time(text: str) -> time:
    raise refuse(f"{text!r} is no time of a day.", 'Write it as "08:00", in the time zone of this configuration.')


def weekly_rhythm(text: str) -> Rhythm:
    """The rhythm in e.g. "monday 08:00". Raises a fault for anything else."""
    day, _, moment = text.strip().partition(" ")
    if day.lower() not in DAYS:
        raise refuse(f"{day!r} is no day of the week{did_you_mean(day, DAYS)}", "Write it as monday 08:00.")
    return Rhythm(at=time_of_day(moment), weekday=DAYS.index(day.lower()))


def address(text: str) -> str:
    """A mail address, with or without a name before it. Raises a fault for anything else."""
    if any(char in ",;" or not char.isprintable() for char in text):
        raise refuse("This is no single mail address.", "Write a list, one address an entry.")
    _, plain = parseaddr(text)
    local, _, host = plain.rpartition("@")
    if not local or not host or " " in plain or not plain.isascii():
        raise refuse("This is no mail address.", "Write it as name@example.org.")
    return text


def _recipients(value: Any) -> Any:
    if isinstance(value, str):
        if value.strip() != SPONSOR:
            raise refuse(f"{value!r} is not possible for 'to'.", "Write a list of mail addresses, or to: sponsor.")
        return (SPONSOR,)
    return value


def _recipient(text: str) -> str:
    return text if text == SPONSOR else address(text)


def _daily(text: str) -> str:
    time_of_day(text)
    return text


def _weekly(text: str) -> str:
    weekly_rhythm(text)
    return text


def _web_address(url: str) -> str:
    """An address that may be called: https, or http on this machine. Its text is not repeated: it may hold a secret."""
    if is_reference(url):
        return url
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise refuse("This is no web address.", "Write it in full, e.g. https://hooks.acme.example/health, or env:NAME.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise refuse("http:// would show the message to everybody on the way.", "Use https://.")
    return url


MailAddress = Annotated[Label, AfterValidator(address)]
Recipients = Annotated[
    tuple[Annotated[Label, AfterValidator(_recipient)], ...],
    BeforeValidator(_recipients),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"const": SPONSOR}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]


class MailEntry(Part):
    """Mail by a server of the organisation. ``security: none`` sends everything readable."""

    host: Label
    port: int | None = Field(default=None, ge=1, le=65535)
    security: MailSecurity = "starttls"
    user: Label | None = None
    password: Label | None = None
    sender: MailAddress = Field(alias="from")
    to: Recipients

    @model_validator(mode="after")
    def _sound(self) -> "MailEntry":
        if (self.user is None) != (self.password is None):
            raise refuse("A user needs a password, and a password a user.", "Give both, or neither.")
        if self.password and self.security == "none" and not is_loopback(self.host):
            raise refuse(
                "security: none sends the password in the clear.", "Use starttls or tls.", at="security"
            )
        if SPONSOR in self.to and len(self.to) > 1:
            raise refuse("'to' mixes sponsor with addresses.", "Make one entry for the sponsor, one for the others.", at="to")
        return self


class WebhookEntry(Part):
    """A signed webhook, as the Standard Webhooks specification says."""

    url: Annotated[Label, AfterValidator(_web_address)]
    secret: Label


class NotifyEntry(Part):
    """Exactly one channel, and when it is used. Without ``nodes``: every program and portfolio; of what is reported
    otherwise than computed, every project.
    """

    slack: Label | None = None
    teams: Label | None = None
    mail: MailEntry | None = None
    webhook: WebhookEntry | None = None
    nodes: tuple[Label, ...] = ()
    on: Literal["band_change", "reported_otherwise"] | None = None
    daily: Annotated[Label, AfterValidator(_daily)] | None = None
    weekly: Annotated[Label, AfterValidator(_weekly)] | None = None
    language: Language = "en"
    quiet_hours: QuietHours | None = None
    quiet_days: tuple[QuietDay, ...] | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> "NotifyEntry":
        channels = [name for name in CHANNELS if getattr(self, name) is not None]
        if len(channels) != 1:
            said = f"has {len(channels)} channels: {', '.join(channels)}" if channels else "names no channel"
            raise refuse(f"This entry {said}.", f"Give it exactly one of {', '.join(CHANNELS)}.")
        whens = [name for name in ("on", "daily", "weekly") if getattr(self, name) is not None]
        if len(whens) > 1:
            raise refuse(f"This entry has {len(whens)} rhythms: {', '.join(whens)}.", "Make one entry for each.")
        return self

    @property
    def channel(self) -> str:
        """The name of its channel."""
        return next(name for name in CHANNELS if getattr(self, name) is not None)

    @property
    def rhythm(self) -> Rhythm | None:
        """When a digest is due; None: told when a band changes."""
        if self.daily is not None:
            return Rhythm(at=time_of_day(self.daily))
        return weekly_rhythm(self.weekly) if self.weekly is not None else None

    def secrets(self) -> dict[tuple[str, ...], str]:
        """What is or names a secret here, by its place below this entry."""
        found: dict[tuple[str, ...], str | None] = {("slack",): self.slack, ("teams",): self.teams}
        if self.mail is not None:
            found[("mail", "password")] = self.mail.password
        if self.webhook is not None:
            found[("webhook", "secret")] = self.webhook.secret
        return {place: text for place, text in found.items() if text is not None}
