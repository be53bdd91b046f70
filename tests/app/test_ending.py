"""Being told to stop, at any moment."""

import signal
import subprocess
import sys
import threading

_PROGRAM = """
from app.ending import until_told
stop = until_told()
print("ready", flush=True)
for _ in range(3_000):
    stop.clear()
    stop.wait(0.0001)
print("through", flush=True)
"""

_BUSY = """
import threading
from app.cli.frame import Frame, command
from app.ending import leave_at_once

@command("busy")
def busy(frame: Frame) -> None:
    frame.leave = leave_at_once
    threading.Thread(target=threading.Event().wait).start()

busy()
"""


def test_a_command_that_leaves_at_once_waits_for_nothing_that_still_runs() -> None:
    assert subprocess.run([sys.executable, "-c", _BUSY], timeout=30, check=False).returncode == 0


def test_a_signal_in_the_midst_of_looking_at_the_event_is_no_deadlock() -> None:
    """Thousands of them, from outside: some arrive while the main thread holds the lock of the event."""
    child = subprocess.Popen([sys.executable, "-c", _PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert child.stdout is not None
    with child, child.stdout as said:
        assert said.readline() == "ready\n"
        through = threading.Event()
        sender = threading.Thread(target=_send, args=(child, through))
        sender.start()
        alarm = threading.Timer(30, child.kill)
        alarm.start()
        last = said.readline()
        through.set()
        sender.join()
        alarm.cancel()
        child.kill()
    assert last == "through\n"


def _send(child: subprocess.Popen[str], through: threading.Event) -> None:
    while child.poll() is None and not through.wait(0.0001):
        child.send_signal(signal.SIGTERM)
