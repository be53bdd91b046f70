"""What a connection to PostgreSQL is opened with: both sides notice within seconds when the other one is gone."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, text

from store.database import Database
from tests.support.tcp_server import tcp_server

SETTINGS = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
OPTIONS = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with tcp_server() as url:
        yield url


@contextmanager
def _of_the_store(url: str) -> Iterator[Connection]:
    database = Database(url)
    with database.transaction() as conn:
        yield conn
    database.close()


@contextmanager
def _of_the_jobs(url: str) -> Iterator[Connection]:
    engine = Database(url).jobs_engine()
    with engine.connect() as conn:
        yield conn
    engine.dispose()


def _theirs(conn: Connection) -> list[str]:
    """The server's side of the socket: over TCP it shows what the system says."""
    return [str(conn.execute(text(f"SHOW {name}")).scalar_one()) for name in SETTINGS]


def _ours(conn: Connection) -> list[int]:
    driver: Any = conn.connection.dbapi_connection
    with socket.socket(fileno=socket.dup(driver.fileno())) as ours:
        return [ours.getsockopt(socket.IPPROTO_TCP, option) for option in OPTIONS]


@pytest.mark.parametrize("opened", [_of_the_store, _of_the_jobs])
def test_both_sides_notice_within_seconds_that_the_other_one_is_gone(
    server: str, opened: Callable[[str], AbstractContextManager[Connection]]
) -> None:
    with opened(server) as conn:
        assert _theirs(conn) == ["5", "5", "2", "15000"]
        assert _ours(conn) == [5, 5, 2, 15_000]


def test_what_the_address_itself_says_counts(server: str) -> None:
    options = "-c%20tcp_keepalives_idle%3D60%20-c%20work_mem%3D5MB"
    with _of_the_store(f"{server}?keepalives_count=7&tcp_user_timeout=9000&options={options}") as conn:
        assert _theirs(conn) == ["60", "5", "2", "15000"]
        assert _ours(conn) == [5, 5, 7, 9_000]
        assert conn.execute(text("SHOW work_mem")).scalar_one() == "5MB"


def test_a_unix_socket_has_nothing_of_it_and_is_opened_all_the_same(server: str) -> None:
    with _of_the_store(server) as conn:
        folder = conn.execute(text("SHOW unix_socket_directories")).scalar_one()
    with _of_the_store(f"{server}?host={folder}") as conn:
        assert _theirs(conn) == ["0", "0", "0", "0"]
