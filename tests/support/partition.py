"""A TCP proxy between us and a tool that can be told to hold, to cut, or to refuse."""

import socket
import threading
import time
from types import TracebackType

CHUNK = 65_536


class Proxy:
    """Passes bytes on both ways. ``mode``: "open", "hold" (takes connections, passes nothing), "cut" (resets them)."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.mode = "open"
        self.delay_s = 0.0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._listening.close()
        self._reset()

    def set(self, mode: str, *, delay_s: float = 0.0) -> None:
        """Change what is done from now on; cutting ends what is open."""
        self.mode, self.delay_s = mode, delay_s
        if mode == "cut":
            self._reset()

    def _reset(self) -> None:
        with self._lock:
            sockets, self._open = self._open, set()
        for one in sockets:
            _abort(one)

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listening.accept()
            except OSError:
                return
            if self.mode == "cut":
                _abort(ours)
                continue
            theirs = socket.create_connection(self._target)
            with self._lock:
                self._open |= {ours, theirs}
            for pair in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while part := source.recv(CHUNK):
                while self.mode == "hold":
                    time.sleep(0.05)
                time.sleep(self.delay_s)
                sink.sendall(part)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            _abort(sink)


def _abort(one: socket.socket) -> None:
    """Close with a reset, as a partition does."""
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it was gone already
    one.close()
