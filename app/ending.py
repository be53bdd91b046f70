"""Being told to stop, and ending at once."""

import os
import signal
import sys
import threading
from queue import SimpleQueue
from typing import NoReturn

from app.tracing import send_the_rest


def until_told() -> threading.Event:
    """An event that is set once this process is sent SIGTERM or SIGINT.

    A handler runs in the midst of whatever the main thread does, and that may be looking at the event: setting it then
    waits for a lock that the same thread holds, forever. So the handler only says so, and a thread beside sets it.
    """
    stop = threading.Event()
    heard: SimpleQueue[int] = SimpleQueue()  # may be put to at any moment, as an event may not be set

    def tell() -> None:
        heard.get()
        stop.set()

    threading.Thread(target=tell, daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda sent, _frame: heard.put(sent))
    return stop


def leave_at_once(code: int) -> NoReturn:
    """End this process, whatever still runs: its place is free, and a job that had no time to end is begun elsewhere.

    What was logged and traced until now is on its way.
    """
    send_the_rest()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
