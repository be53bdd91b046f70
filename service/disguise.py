"""Taking a person's names, addresses and account ids out of texts, in every shape in which they are written down."""

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import JsonValue

from model.ids import slug

_MAIL = re.compile(r"(?<![^\s@\"'<>()])[^\s@\"'<>()]+@[^\s@\"'<>()]+\.[^\s@\"'<>()]+")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_LONG_ID = 10
_ID_BEFORE, _ID_AFTER = r'(?<=[":/=~,\s\[(])|^', r'(?=[":/&?\]),;\\\s])|$'


@dataclass(frozen=True)
class Identity:
    """What a person is known by. ``accounts``: vendor ids, each with what takes its place."""

    accounts: Mapping[str, str]
    names: frozenset[str]
    mails: frozenset[str]
    pseudonym: str

    @property
    def token(self) -> str:
        """The pseudonym as one word."""
        return slug(self.pseudonym)


class Disguise:
    """Replaces one person's identity. The same text always becomes the same."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._new: dict[str, str] = {}
        patterns = [*self._mails(), *self._names(), *self._ids()]
        self._pattern = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None
        self._own = {*identity.accounts}

    def text(self, text: str) -> str:
        """A text, or a JSON document as text, without the identity."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: self._new[_folded(found.group())], text)

    def payload(self, body: bytes) -> bytes:
        """A payload without the identity; what describes the person also loses its pictures and addresses."""
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return body
        new = self.text(text)
        if new == text:
            return body
        try:
            document = json.loads(text)
        except ValueError:
            return new.encode()
        if not self._blank(document):
            return new.encode()
        return self.text(json.dumps(document, ensure_ascii=False, separators=(",", ":"))).encode()

    def _blank(self, value: Any) -> bool:
        """Empty every address of the web in what describes the person; whether there was any."""
        if isinstance(value, list):
            return sum(self._blank(one) for one in value) > 0
        if not isinstance(value, dict):
            return False
        if describes(value, self._own, self._identity.names):
            return _without_addresses(value)
        return sum(self._blank(one) for one in value.values()) > 0

    def _mails(self) -> Iterable[str]:
        for mail in sorted(self._identity.mails, key=len, reverse=True):
            for form in _forms(mail):
                yield self._known(form, f"{self._identity.token}@invalid", re.escape(form))

    def _names(self) -> Iterable[str]:
        for name in sorted(self._identity.names, key=len, reverse=True):
            for form in _forms(name):
                yield self._known(form, self._identity.pseudonym, rf"(?<!\w){re.escape(form)}(?!\w)")
            if "-" in (word := slug(name)):
                yield self._known(word, self._identity.token, rf"(?<![\w-]){re.escape(word)}(?![\w-])")

    def _ids(self) -> Iterable[str]:
        """Short ids are replaced only where an id can stand: a number in a sentence is none."""
        for account, new in sorted(self._identity.accounts.items(), key=lambda pair: -len(pair[0])):
            for form in _forms(account):
                bounds = (r"(?<!\w)", r"(?!\w)") if len(form) >= _LONG_ID else (f"(?:{_ID_BEFORE})", f"(?:{_ID_AFTER})")
                yield self._known(form, new, bounds[0] + re.escape(form) + bounds[1])

    def _known(self, form: str, new: str, pattern: str) -> str:
        self._new.setdefault(_folded(form), new)
        return pattern


def describes(value: Mapping[str, JsonValue], accounts: Iterable[str], names: Iterable[str]) -> bool:
    """Whether an object is about the person: it holds one of the accounts, and one of the names."""
    held = {one for one in value.values() if isinstance(one, str)}
    return not held.isdisjoint(accounts) and not held.isdisjoint(names)


def mails_in(body: bytes, accounts: Iterable[str], names: Iterable[str]) -> frozenset[str]:
    """The mail addresses in what a payload says about a person."""
    if not any(account.encode() in body for account in accounts):
        return frozenset()
    try:
        document = json.loads(body)
    except ValueError:
        return frozenset()
    found: set[str] = set()
    _collect(document, frozenset(accounts), frozenset(names), found)
    return frozenset(found)


def _collect(value: Any, accounts: frozenset[str], names: frozenset[str], found: set[str]) -> None:
    if isinstance(value, list):
        for one in value:
            _collect(one, accounts, names, found)
    elif isinstance(value, dict):
        if describes(value, accounts, names):
            found.update(one for one in value.values() if isinstance(one, str) and _MAIL.fullmatch(one))
        for one in value.values():
            _collect(one, accounts, names, found)


def _without_addresses(value: Any) -> bool:
    changed = False
    for key, one in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if isinstance(one, dict | list):
            changed |= _without_addresses(one)
        elif isinstance(one, str) and _ADDRESS.match(one):
            value[key] = ""
            changed = True
    return changed


def _forms(text: str) -> list[str]:
    """A text as it may be written: composed or not, escaped for JSON, for a page, for an address. Longest first."""
    plain = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")} | {text}
    escaped = {json.dumps(one)[1:-1] for one in plain} | {html.escape(one) for one in plain}
    in_addresses = {quote(one, safe=safe) for one in plain for safe in ("", "/", ":@")}
    in_addresses |= {one.replace(" ", "+") for one in plain}
    return sorted(plain | escaped | in_addresses, key=lambda one: (-len(one), one))


def _folded(text: str) -> str:
    return text.casefold()
