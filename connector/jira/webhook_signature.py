"""Whether a delivery is Jira's: signed with a secret that an administrator's webhook has, or carrying the app's token.

Administrators' webhooks sign the body: ``X-Hub-Signature: sha256=<hex>``. Webhooks of an OAuth app are not signed; each
carries ``Authorization: Bearer <JWT>``, HS256 under the app's client secret. Such a token says who sends, not what: its
body is a hint like any other, and is fetched again.
https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks
https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps/
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import from_json

from connector.sdk.base import UnknownSignatureError

SIGNATURE, AUTHORIZATION = "x-hub-signature", "authorization"
LEEWAY = timedelta(minutes=65)
"""How far a token's times may be off. A clock that is an hour wrong must not refuse everything: Jira gives a delivery up
that was answered 401. What a late token lets through is a hint, and the same body is known again for a day."""
LONGEST_LIFE = timedelta(hours=25)
_LONGEST_TOKEN = 4096


def verify_body(connection: str, headers: Mapping[str, str], body: bytes, secret: str | None) -> None:
    """Raise UnknownSignatureError unless the body is signed with the secret. Compared in constant time."""
    method, _, given = headers.get(SIGNATURE, "").partition("=")
    expected = hmac.new((secret or "").encode(), body, hashlib.sha256).hexdigest()
    good = hmac.compare_digest(given.strip().lower().encode(), expected.encode())
    if not secret or method.strip().lower() != "sha256" or not good:
        raise UnknownSignatureError(
            "A delivery is not signed with the agreed secret.", where=connection,
            fix="Put the secret of the webhook in Jira into the connection's webhook_secret.",
        )


def verify_token(connection: str, headers: Mapping[str, str], client_secret: str, now: datetime) -> None:
    """Raise UnknownSignatureError unless the request carries a living token of the app.

    Only HS256 is taken, whatever the token itself says. ``qsh`` is a digest of the address as the vendor sees it, which a
    proxy in front of us may have changed, so it is not looked at.
    """
    scheme, _, token = headers.get(AUTHORIZATION, "").partition(" ")
    signed, _, given = token.strip().rpartition(".")
    expected = hmac.new(client_secret.encode(), signed.encode(), hashlib.sha256).digest()
    good = hmac.compare_digest(_decoded(given), expected)
    if not client_secret or scheme.lower() != "bearer" or len(token) > _LONGEST_TOKEN or not good:
        raise _refused(connection)
    head, _, claims = signed.partition(".")
    if _part(head).get("alg") != "HS256" or not _is_living(_part(claims), now):
        raise _refused(connection)


def _is_living(claims: Mapping[str, Any], now: datetime) -> bool:
    issued, ends = claims.get("iat"), claims.get("exp")
    if not isinstance(ends, int | float) or not isinstance(issued, int | float | None):
        return False
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    started = issued is None or issued <= at + leeway
    return started and at - leeway <= ends <= at + leeway + LONGEST_LIFE.total_seconds()


def _part(text: str) -> dict[str, Any]:
    """A part of a token as an object; empty for anything else."""
    try:
        found = from_json(_decoded(text))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return b""


def _refused(connection: str) -> UnknownSignatureError:
    return UnknownSignatureError(
        "A delivery carries no valid token of our app.", where=connection,
        fix="If it comes from your Jira, check client_secret of the connection and the clock of this machine.",
    )
