"""Webhooks: a delivery is verified, kept once with the job that works it off, and acknowledged."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.sdk.base import MalformedDeliveryError, UnknownSignatureError
from model.jobs import HEAR, name_of
from service.workspace import Workspace
from store.hooks import HookRegistration

DEFAULT_KEY = ""


@dataclass(frozen=True)
class Answer:
    """What to answer: an HTTP status, a slug, headers of a handshake."""

    status: int
    reason: str
    headers: dict[str, str] = field(default_factory=dict)


def receive(workspace: Workspace, connection: str, key: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
    """Verify and keep one delivery. 202 kept or seen before, 200 handshake, 400 malformed, 401 forged, 404 unknown."""
    if connection not in workspace.connections:
        return Answer(404, "unknown_connection")
    with workspace.db.read() as uow:
        registration = uow.hooks.registration(connection, key)
    if registration is None:
        return Answer(404, "unknown_hook")
    try:
        delivery = workspace.connector(connection).receive(
            headers, body, secret=registration.secret, pending=registration.pending
        )
    except UnknownSignatureError:
        return Answer(401, "bad_signature")
    except MalformedDeliveryError:
        return Answer(400, "malformed_delivery")
    now = workspace.clock()
    with workspace.db.begin() as uow:
        if delivery.new_secret is not None:
            uow.hooks.save(
                HookRegistration(
                    connection=connection, key=key, secret=delivery.new_secret, pending=False, created_at=now
                )
            )
            return Answer(200, "handshake", dict(delivery.answer_headers))
        new = uow.hooks.store_delivery(connection, delivery, at=now)
        if new and delivery.events:
            uow.jobs.want(name_of(HEAR, connection), at=now)
    return Answer(202, "accepted" if new else "seen_before")
