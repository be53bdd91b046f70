"""Being told to stop."""

import signal
import threading
from queue import SimpleQueue


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
