"""Mail: one message in text and HTML, by a server of the organisation."""

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from socket import socket
from typing import Protocol

from connector.notify.letter import Letter, Line, letter, plain
from connector.sdk.base import Surroundings
from model.errors import AmbiguousWriteError, FatalError, RefusedError, RetryableError, SkippableError
from model.notices import MailChannel, Notice

TIMEOUT_S = 30.0
_POLICY = SMTP.clone(cte_type="7bit")  # every server takes it, an old one too


class Server(Protocol):
    """What is used of ``smtplib.SMTP``. Codes below 300 are a yes."""

    sock: socket | None

    def starttls(self, *, context: ssl.SSLContext) -> tuple[int, bytes]: ...

    def login(self, user: str, password: str) -> object: ...

    def ehlo_or_helo_if_needed(self) -> None: ...

    def mail(self, sender: str) -> tuple[int, bytes]: ...

    def rcpt(self, recip: str) -> tuple[int, bytes]: ...

    def data(self, msg: bytes) -> tuple[int, bytes]: ...

    def quit(self) -> object: ...

    def close(self) -> None: ...


Connect = Callable[[MailChannel], Server]
"""Opens a connection to a mail server. Raises OSError or SMTPException."""


def connect(channel: MailChannel) -> Server:
    """A connection, encrypted from the start where the channel says ``tls``; the server's certificate is checked."""
    if channel.security == "tls":
        return smtplib.SMTP_SSL(channel.host, channel.port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    return smtplib.SMTP(channel.host, channel.port, timeout=TIMEOUT_S)


class MailNotifier:
    """Sends to the channel's people. Mail has no key that every mailbox would know it again by."""

    repeatable = False

    def __init__(
        self, channel: MailChannel, surroundings: Surroundings, where: str, connection: Connect = connect
    ) -> None:
        self._channel = channel
        self._around = surroundings
        self._where = where
        self._connect = connection

    def send(self, notice: Notice) -> None:
        if self._around.read_only:
            raise RefusedError("Nothing is sent: this deployment is read-only.", where=self._where)
        to = self._channel.recipients(notice.node)
        if not to:
            raise FatalError(
                "Nobody is to be written to.", where=self._where, reason="no_recipient", fix="Add addresses under to:."
            )
        password = self._around.read_secret(self._channel.password) if self._channel.password else None
        message = compose(notice, self._channel.sender, to)
        host, check = self._channel.host, self._around.reach(f"smtp://{self._channel.host}:{self._channel.port}")
        check(host, None)
        try:
            server = self._connect(self._channel)
        except (OSError, smtplib.SMTPException) as error:
            raise self._not_sent("was not reached", error) from None
        try:
            if server.sock is not None:
                check(host, str(server.sock.getpeername()[0]))
            self._open(server, password)
            self._hand_over(server, message, [parseaddr(one)[1] for one in to])
        finally:
            server.close()

    def _open(self, server: Server, password: str | None) -> None:
        try:
            if self._channel.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self._channel.user and password is not None:
                server.login(self._channel.user, password)
        except smtplib.SMTPAuthenticationError as error:
            raise FatalError(
                f"The mail server refused the login ({error.smtp_code}).", where=self._where,
                reason="credential_refused", fix="Check user and password.",
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            raise self._not_sent("broke off before the message", error) from None

    def _hand_over(self, server: Server, message: EmailMessage, to: list[str]) -> None:
        """Envelope, then content. From the first byte of the content on, a broken connection leaves it open."""
        try:
            server.ehlo_or_helo_if_needed()
            code, _ = server.mail(parseaddr(self._channel.sender)[1])
            if code >= 300:
                raise self._refused("the sender", code)
            codes = [server.rcpt(one)[0] for one in to]
        except (OSError, smtplib.SMTPException) as error:
            raise self._not_sent("broke off before the message", error) from None
        refused = [code for code in codes if code >= 300]
        if len(refused) == len(to):
            raise self._refused("every recipient", refused[0])
        try:
            code, _ = server.data(message.as_bytes(policy=_POLICY))
        except smtplib.SMTPDataError as error:
            raise self._refused("the message", error.smtp_code) from None
        except (OSError, smtplib.SMTPException):
            raise AmbiguousWriteError(
                "The mail server broke off within the message; it may have been sent.", where=self._where, fix=""
            ) from None
        if code >= 300:
            raise self._refused("the message", code)
        self._part(server)
        if refused:
            raise SkippableError(
                f"The mail server refused {len(refused)} of {len(to)} recipients ({refused[0]}); the others were written to.",
                where=self._where, fix="Check the addresses under to:.", reason="recipient_refused",
            )

    def _part(self, server: Server) -> None:
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            return  # The message is over already: how the server says goodbye changes nothing.

    def _not_sent(self, what: str, error: Exception) -> RetryableError:
        # An error's own text may hold an address or what the server knows of a mailbox.
        code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
        why = f"{type(error).__name__}{code}"
        return RetryableError(f"The mail server {what} ({why}).", where=self._where, reason="unreachable")

    def _refused(self, what: str, code: int) -> FatalError | RetryableError:
        said = f"The mail server refused {what} ({code})."
        if 400 <= code < 500:  # greylisting, a full mailbox: SMTP's own "later"
            return RetryableError(said, where=self._where, reason="rate_limited")
        return FatalError(said, where=self._where, reason="refused_message", fix="Ask who runs the mail server.")


def compose(notice: Notice, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """The message: text, and the same as HTML. Its id is made of the notice's key."""
    written = letter(notice)
    message = EmailMessage()
    message["Subject"] = written.subject
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Date"] = format_datetime(notice.made_at)
    message["Message-ID"] = f"<{notice.key}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(plain(written))
    message.add_alternative(html(written, notice.message.language), subtype="html")
    return message


def html(written: Letter, language: str) -> str:
    """The letter as a small page without pictures, scripts or anything that is loaded."""
    parts = [
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(written.subject)}</title></head>',
        '<body style="font-family:sans-serif;line-height:1.4;max-width:42rem">',
        f'<h1 style="font-size:1.3rem">{escape(written.subject)}</h1>',
        f"<p><strong>{escape(written.standing)}</strong></p><p>{escape(written.lead)}</p>",
    ]
    for section in written.sections:
        lines = "".join(f"<li>{_line(line)}</li>" for line in section.lines)
        parts.append(f'<h2 style="font-size:1rem">{escape(section.heading)}</h2><ul>{lines}</ul>')
    if written.link:
        parts.append(f"<p>{_line((written.link,))}</p>")
    parts.append(f'<p style="font-size:.8rem;color:#555">{escape(" ".join(written.small))}</p></body></html>')
    return "\n".join(parts)


def _line(line: Line) -> str:
    return "".join(
        f'<a href="{escape(piece.url)}">{escape(piece.text)}</a>' if piece.url else escape(piece.text) for piece in line
    )
