"""One way to take secrets and personal data out of a text before it is logged, raised or bundled."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

HIDDEN = "***"

_NAMES = (
    r"(?:access_?token|refresh_?token|token|secret|password|passwd|api_?key|client_secret|private_key|passphrase|signature"
    r"|sig|jwt)"
)
_SECRET_NAME = re.compile(rf"(?:.*[_-])?{_NAMES}|code", re.IGNORECASE)
_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-hook-secret", "x-hook-signature",
     "x-hub-signature", "x-hub-signature-256", "x-atlassian-token", "asana-client-secret"}
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(Basic|Bearer)\s+[A-Za-z0-9+/=_.:~-]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"(://)[^/\s@]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?"), HIDDEN),  # a JWT
    (re.compile(r"\bATATT[A-Za-z0-9_=-]{8,}"), HIDDEN),  # an Atlassian API token
    (re.compile(r"\b[12]/\d{6,}(?:/\d+)?:[0-9a-f]{16,}"), HIDDEN),  # an Asana personal access token
    (
        re.compile(rf"([?&;\s\"'{{,](?:[a-z]+_)?{_NAMES}[\"']?\s*[=:]\s*[\"']?)[^&\s\"',;}}]+", re.IGNORECASE),
        rf"\1{HIDDEN}",
    ),
    # Only from the begin of a word on: from each of its letters anew, a long one would take the square of its length.
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]*\w"), "<email>"),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` without credentials, e-mail addresses and any of the exact ``secrets``."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, HIDDEN)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def is_secret_name(name: str) -> bool:
    """Whether what goes by this name is a credential."""
    return _SECRET_NAME.fullmatch(name) is not None or name.lower() in _SECRET_HEADERS


def redact_url(url: str) -> str:
    """A URL without user info and without the values of secret query parameters."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = urlencode(
        [(name, HIDDEN if _SECRET_NAME.fullmatch(name) else value) for name, value in parse_qsl(parts.query)], safe="*"
    )
    return redact(urlunsplit((parts.scheme, host, parts.path, query, "")))


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as they may be shown: credentials, cookies and signatures hidden."""
    return {
        name: HIDDEN if name.lower() in _SECRET_HEADERS or _SECRET_NAME.fullmatch(name) else redact(value)
        for name, value in headers.items()
    }
