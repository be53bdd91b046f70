"""Background work as a process of its own: one beat a second until it is told to stop."""

import os
import signal
import threading
from dataclasses import replace
from types import FrameType

import structlog

from service import hooks
from service.live import Beat, Pulse, beat
from service.workspace import Workspace

BEAT_EVERY_S = 1.0

log = structlog.get_logger()


def work(workspace: Workspace, *, parent: int | None = None, public_url: str | None = None) -> None:
    """Beat until SIGTERM or SIGINT, or until the parent process (if one is named) is gone.

    With a public URL the tools are first asked to send their webhooks there (not in read-only mode: that writes), and
    what is written links there where the configuration names no address of its own.

    An unexpected error is logged and the next beat tries again: what it was about is still kept.
    """
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    pulse = Pulse()
    workspace = replace(workspace, public_url=workspace.public_url or public_url)
    if public_url and not workspace.read_only:
        stop.wait(BEAT_EVERY_S)  # the web server beside us answers the tools' handshake
        for connection, error in hooks.register(workspace, public_url):
            log.warning("hook_not_registered", connection=connection, reason=error.reason)
    while not stop.wait(BEAT_EVERY_S):
        if parent is not None and os.getppid() != parent:
            return
        try:
            _tell(beat(workspace, pulse))
        except Exception:
            log.exception("beat_failed")


def _tell(done: Beat) -> None:
    if done.idle:
        return
    for connection, error in done.lost:
        log.warning("connection_failed", connection=connection, reason=error.reason)
    for connection in done.back:
        log.info("connection_back", connection=connection)
    failed = {"notice_waits": done.told.waiting, "notice_lost": done.told.lost, "notice_told_in_part": done.told.partly}
    for event, notices in failed.items():
        for notice, error in notices:
            log.warning(event, notice=notice.key, where=error.where, reason=error.reason)
    log.info(
        "beat", deliveries=done.deliveries, changed=done.changed, scored=len(done.scored), written=done.written,
        told=len(done.told.sent),
    )  # fmt: skip
