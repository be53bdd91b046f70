"""Answers that never arrive although the write was applied: a gateway's page, a broken connection, silence."""

import socket
import struct
import time

from flask import Response, g, request

from sandbox.jira.faults import LOST, Fault

GATEWAY_LOST = "<html><body><h1>504 Gateway Time-out</h1></body></html>"
_LINGER_NOT = struct.pack("ii", 1, 0)


def will_be_lost(fault: Fault) -> bool:
    """Note a fault that lets the request through and loses its answer."""
    if fault.kind in LOST:
        g.lost = fault
        return True
    return False


def as_it_arrives(answer: Response) -> Response:
    """The answer, or what is left of it. Without a connection (a test client) it is always the gateway's page."""
    fault: Fault | None = g.get("lost")
    if fault is None or answer.status_code >= 400:
        return answer
    connection: socket.socket | None = request.environ.get("werkzeug.socket")
    if fault.kind != "drop" and connection is not None:
        if fault.kind == "timeout":
            time.sleep(fault.seconds)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        connection.shutdown(socket.SHUT_RDWR)
    return Response(GATEWAY_LOST, 504, mimetype="text/html")
