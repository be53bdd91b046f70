"""What was typed into a form: all of it, but what is secret or only proves whose form it is."""

from contextlib import suppress

from flask import request

from connector.sdk.redaction import is_secret_name

PROOF = "csrf_token"
_PASSWORDS = frozenset({"new", "again"})
"""Fields of a password that is being changed."""


def typed() -> list[tuple[str, str]]:
    """Every field with its value, in order; secrets without theirs, so that they are typed again."""
    fields = request.form.items(multi=True)
    return [(name, "" if secret(name) else value) for name, value in fields if name != PROOF]


def uploaded() -> list[tuple[str, str]]:
    """The files that were sent along, each as the text that stands in it; one that holds no text is left out."""
    found = []
    for name, file in request.files.items(multi=True):
        with suppress(UnicodeDecodeError):
            if file.filename:
                found.append((name, file.stream.read().decode("utf-8-sig")))
    return found


def secret(name: str) -> bool:
    """Whether a field holds a secret, by its name: ``auth.token``, ``webhook_secret``, ``connections:acme:password``."""
    last = name.replace(".", ":").rpartition(":")[2]
    return last in _PASSWORDS or is_secret_name(last)
