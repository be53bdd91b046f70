"""A small mail server on this machine: SMTP as far as sending needs it, with faults on demand."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Mail:
    """One message that was taken. ``encrypted``: it came over TLS; ``user``: who had logged in."""

    sender: str
    to: tuple[str, ...]
    content: bytes
    encrypted: bool
    user: str | None


@dataclass
class MailServer:
    """``refuse``: recipients that are refused, and with which code; ``break_after_content``: takes it and says nothing."""

    port: int = 0
    password: str = "hunter2"
    tls: ssl.SSLContext | None = None
    refuse: dict[str, int] = field(default_factory=dict)
    data_code: int = 250
    break_after_content: bool = False
    taken: list[Mail] = field(default_factory=list)


class _Session(socketserver.StreamRequestHandler):
    """One conversation."""

    def handle(self) -> None:
        self.mail_server: MailServer = self.server.mail_server  # type: ignore[attr-defined]
        self.encrypted, self.user = False, None
        self.begin()
        self.say("220 ready")
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            if not self.answer(verb.upper(), rest):
                return

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def begin(self) -> None:
        self.sender, self.to = "", []

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
        self.wfile.flush()

    def answer(self, verb: str, rest: str) -> bool:
        """Answer one command; False ends the conversation."""
        if verb == "EHLO":
            extras = ["AUTH PLAIN"] if self.encrypted or self.mail_server.tls is None else []
            extras += ["STARTTLS"] if self.mail_server.tls and not self.encrypted else []
            lines = ["localhost", *extras]
            for number, text in enumerate(lines):
                self.say(f"250{' ' if number == len(lines) - 1 else '-'}{text}")
        elif verb == "STARTTLS":
            return self.encrypt()
        elif verb == "AUTH":
            self.log_in(rest)
        elif verb == "MAIL":
            self.sender = _address(rest)
            self.say("250 ok")
        elif verb == "RCPT":
            self.recipient(_address(rest))
        elif verb == "DATA":
            return self.content()
        elif verb == "QUIT":
            self.say("221 bye")
            return False
        else:
            self.say("502 what?")
        return True

    def encrypt(self) -> bool:
        context = self.mail_server.tls
        if context is None:
            self.say("502 what?")
            return True
        self.say("220 go")
        try:
            self.connection = context.wrap_socket(self.request, server_side=True)
        except (ssl.SSLError, OSError):
            return False
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.encrypted = True
        return True

    def log_in(self, rest: str) -> None:
        _, user, password = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
        if password == self.mail_server.password:
            self.user = user
            self.say("235 welcome")
        else:
            self.say("535 no")

    def recipient(self, address: str) -> None:
        code = self.mail_server.refuse.get(address, 250)
        if code == 250:
            self.to.append(address)
        self.say(f"{code} {address}")

    def content(self) -> bool:
        self.say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        if self.mail_server.data_code == 250:
            mail = Mail(self.sender, tuple(self.to), b"".join(lines), self.encrypted, self.user)
            self.mail_server.taken.append(mail)
        if self.mail_server.break_after_content:
            return False
        self.say(f"{self.mail_server.data_code} done")
        self.begin()
        return True


def _address(text: str) -> str:
    return text.partition("<")[2].partition(">")[0]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    """A mail server that runs until the end of the block; with ``tls`` it offers STARTTLS."""
    server = _Server(("127.0.0.1", 0), _Session)
    running = MailServer(port=server.server_address[1], tls=tls)
    server.mail_server = running  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate of its own for 127.0.0.1, and the file of that certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a mail server of a test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    place = folder / "mail.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    place.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    both = folder / "both.pem"
    both.write_bytes(secret + place.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context, place
