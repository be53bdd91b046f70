"""Mail, sent to a real server on this machine."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from connector.notify.mail import MailNotifier
from model.errors import AmbiguousWriteError, FatalError, RefusedError, RetryableError, SkippableError
from model.notices import MailChannel
from tests.support.made_notices import made_digest, made_notice, made_surroundings
from tests.support.mail_server import MailServer, certificate, mail_server

ADA, BO = "ada@acme.example", "bo@acme.example"


@pytest.fixture
def post() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def notifier(server: MailServer, *, read_only: bool = False, **fields: Any) -> MailNotifier:
    values: dict[str, Any] = {
        "host": "127.0.0.1", "port": server.port, "security": "none", "sender": "Bellwether <us@acme.example>", "to": (ADA, BO)
    }
    around = made_surroundings({"env:MAIL": server.password}, read_only=read_only)
    return MailNotifier(MailChannel(**{**values, **fields}), around, "notify[0]")


def taken(server: MailServer) -> EmailMessage:
    message = message_from_bytes(server.taken[0].content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_everybody_is_written_to_once_in_text_and_in_html(post: MailServer) -> None:
    notifier(post).send(made_notice(made_digest(), language="de"))
    assert [(mail.sender, mail.to) for mail in post.taken] == [("us@acme.example", (ADA, BO))]
    message = taken(post)
    assert message["Subject"] == "■ Reach: Status am 21.11.2026"
    assert message["From"] == "Bellwether <us@acme.example>"
    assert message["Message-ID"] == "<msg_1f@acme.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "Gefährdet" in text.get_content()
    assert "<li>" in page.get_content()
    assert 'lang="de"' in page.get_content()


def test_a_sponsor_is_written_to_about_their_own_node_alone(post: MailServer) -> None:
    notifier(post, to=(), to_by_node={"reach": ADA, "other": BO}).send(made_notice())
    assert post.taken[0].to == (ADA,)


def test_mail_is_encrypted_and_logged_in_where_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, authority = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with mail_server(context) as post:
        notifier(post, security="starttls", user="bot", password="env:MAIL").send(made_notice())
        assert [(mail.encrypted, mail.user) for mail in post.taken] == [(True, "bot")]


def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_password(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path)
    with mail_server(context) as post:
        with pytest.raises(RetryableError, match="SSLCertVerificationError"):
            notifier(post, security="starttls", user="bot", password="env:MAIL").send(made_notice())
        assert post.taken == []


def test_a_server_without_encryption_is_not_written_to_where_it_was_asked_for(post: MailServer) -> None:
    with pytest.raises(RetryableError, match="SMTPNotSupportedError"):
        notifier(post, security="starttls").send(made_notice())
    assert post.taken == []


def test_a_wrong_password_is_named_without_showing_it(post: MailServer) -> None:
    sender = notifier(post, user="bot", password="env:MAIL")
    post.password = "another"
    with pytest.raises(FatalError, match="refused the login") as caught:
        sender.send(made_notice())
    assert "hunter2" not in str(caught.value)


def test_one_refused_recipient_keeps_nobody_else_from_the_mail(post: MailServer) -> None:
    post.refuse[ADA] = 550
    with pytest.raises(SkippableError, match="1 of 2 recipients") as caught:
        notifier(post).send(made_notice())
    assert post.taken[0].to == (BO,)
    assert ADA not in str(caught.value)


@pytest.mark.parametrize(("code", "error"), [(550, FatalError), (450, RetryableError)])
def test_mail_that_nobody_may_get_was_not_sent(code: int, error: type[Exception], post: MailServer) -> None:
    post.refuse.update({ADA: code, BO: code})
    with pytest.raises(error, match="every recipient"):
        notifier(post).send(made_notice())
    assert post.taken == []


@pytest.mark.parametrize(("code", "error"), [(554, FatalError), (451, RetryableError)])
def test_a_refused_message_was_not_sent(code: int, error: type[Exception], post: MailServer) -> None:
    post.data_code = code
    with pytest.raises(error, match="refused the message") as caught:
        notifier(post).send(made_notice())
    assert not isinstance(caught.value, AmbiguousWriteError)


def test_a_server_that_says_nothing_after_the_content_leaves_it_open(post: MailServer) -> None:
    post.break_after_content = True
    with pytest.raises(AmbiguousWriteError, match="may have been sent"):
        notifier(post).send(made_notice())
    assert len(post.taken) == 1


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with mail_server() as closed:
        pass
    with pytest.raises(RetryableError, match="not reached"):
        notifier(closed).send(made_notice())


def test_nothing_leaves_a_read_only_deployment(post: MailServer) -> None:
    with pytest.raises(RefusedError, match="read-only"):
        notifier(post, read_only=True).send(made_notice())
    assert post.taken == []
