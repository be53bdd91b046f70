"""The few things SQLite and PostgreSQL say differently, and helpers every repository uses."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import islice, repeat
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    LargeBinary,
    Table,
    TableValuedAlias,
    Text,
    and_,
    bindparam,
    column,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from store.types import UtcDateTime

T = TypeVar("T")

CHUNK = 5000
"""Ids asked for at once: long enough to be quick, short enough to keep one answer small."""


def chunked(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists of up to ``size`` values."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk


class _elements(GenericFunction[Any]):  # noqa: N801 (the name of a SQL function)
    """The texts of a JSON array as rows with one column ``value``."""

    inherit_cache = True


@compiles(_elements, "sqlite")
def _sqlite_elements(element: _elements, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(_elements, "postgresql")
def _postgresql_elements(element: _elements, compiler: SQLCompiler, **kw: Any) -> str:
    return f"jsonb_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS JSONB))"


class json_member(GenericFunction[Any]):  # noqa: N801 (the name of a SQL function)
    """A member of a JSON object that is kept as text: ``json_member(column, name)``; its JSON as text."""

    inherit_cache = True
    type = Text()


@compiles(json_member, "sqlite")
def _sqlite_member(element: json_member, compiler: SQLCompiler, **kw: Any) -> str:
    body, name = element.clauses
    return f"json_extract({compiler.process(body, **kw)}, '$.' || {compiler.process(name, **kw)})"


@compiles(json_member, "postgresql")
def _postgresql_member(element: json_member, compiler: SQLCompiler, **kw: Any) -> str:
    body, name = element.clauses
    return f"(CAST({compiler.process(body, **kw)} AS JSON) ->> CAST({compiler.process(name, **kw)} AS TEXT))"


class bytewise(GenericFunction[Any]):  # noqa: N801 (the name of a SQL function)
    """A text to be sorted by its letters' numbers, as Python sorts it, whatever the language of the database."""

    inherit_cache = True
    type = Text()


@compiles(bytewise, "sqlite")
def _sqlite_bytewise(element: bytewise, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(bytewise, "postgresql")
def _postgresql_bytewise(element: bytewise, compiler: SQLCompiler, **kw: Any) -> str:
    return f'({compiler.process(element.clauses, **kw)} COLLATE "C")'


def among(column: ColumnElement[Any], values: Collection[str]) -> ColumnElement[bool]:
    """Whether a text column has one of ``values``.

    One parameter however many values there are: the statement is compiled once, not anew for each length of the list.
    """
    given = bindparam(None, json.dumps(list(values)), type_=Text, unique=True)
    return column.in_(select(_elements(given).table_valued("value").c.value))


def each_of(values: Collection[str]) -> ColumnElement[str]:
    """A column of ``values``, a row each, to be looked up one by one in an index; given as ``among`` gives them."""
    given = bindparam(None, json.dumps(list(values)), type_=Text, unique=True)
    return _elements(given).table_valued(column("value", Text)).c.value


def elements_of(array: ColumnElement[str]) -> TableValuedAlias:
    """The elements of a JSON array in a column: each a ``value`` (text) in a row of its own, to be joined to the table."""
    return _elements(array).table_valued(column("value", Text))


def among_listed(column: ColumnElement[Any], name: str = "listed") -> ColumnElement[bool]:
    """``among`` in a statement that is built once for many executions: each gives its values by ``listed``.

    Putting a statement together takes SQLAlchemy longer than the database takes to answer a short one.
    """
    return column.in_(select(_elements(bindparam(name, type_=Text)).table_valued("value").c.value))


def listed(values: Collection[str] = (), **others: Collection[str]) -> dict[str, str]:
    """The parameters of ``among_listed``."""
    return {name: json.dumps(list(given)) for name, given in {"listed": values, **others}.items()}


def write_many(conn: Connection, statement: Any, rows: Sequence[dict[str, Any]], **same: Any) -> None:
    """Execute an INSERT or UPDATE once for each row, all rows having the same keys; ``same``: values of every row.

    The statement is compiled by SQLAlchemy, its parameters are bound by the driver; what is left out is SQLAlchemy's
    handling of each single row, which costs more than the writing itself.
    """
    if not rows:
        return
    compiled = _compiled(statement, conn.dialect, (*rows[0], *same))

    def column(name: str, bind: BindParameter[Any]) -> Iterable[Any]:
        if name in rows[0]:
            return _converted(conn, bind.type, [row[name] for row in rows])
        return repeat(_converted(conn, bind.type, [same.get(name, bind.value)])[0], len(rows))

    columns = {name: column(name, bind) for name, bind in compiled.binds.items()}
    if compiled.positional:
        params: list[Any] = list(zip(*(columns[name] for name in compiled.positiontup or ()), strict=True))
    else:
        params = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    conn.exec_driver_sql(compiled.string, params)


@lru_cache(256)
def _compiled(statement: Any, dialect: Dialect, columns: tuple[str, ...]) -> SQLCompiler:
    """Found again for statements that are built once; others make room for each other."""
    found: SQLCompiler = statement.compile(dialect=dialect, column_keys=list(columns))
    return found


def _converted(conn: Connection, type_: Any, values: list[Any]) -> list[Any]:
    """Values of ours as values of the driver; a value that stands there many times is converted once."""
    convert: Callable[[Any], Any] | None = type_.dialect_impl(conn.dialect).bind_processor(conn.dialect)
    if convert is None or isinstance(type_, LargeBinary):  # both drivers take bytes as they are
        return values
    table = {value: convert(value) for value in set(values)}
    return [table[value] for value in values]


def upsert(conn: Connection, table: Table) -> Any:
    """An INSERT of this database that takes ``on_conflict_do_update`` and ``on_conflict_do_nothing``.

    Typed Any: the two dialects' classes share these methods but no base that declares them.
    """
    return upsert_on(conn.dialect.name, table)


def upsert_on(dialect: str, table: Table) -> Any:
    """``upsert`` by the name of the dialect, for a statement that is built once."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def replace_row(conn: Connection, table: Table, *columns: str) -> Any:
    """An upsert by primary key that overwrites ``columns`` (all but the key when none are named)."""
    return _replace_row_on(conn.dialect.name, table, columns)


@cache
def _replace_row_on(dialect: str, table: Table, columns: tuple[str, ...]) -> Any:
    statement = upsert_on(dialect, table)
    key = [column.name for column in table.primary_key]
    names = columns or tuple(column.name for column in table.columns if column.name not in key)
    return statement.on_conflict_do_update(index_elements=key, set_={name: statement.excluded[name] for name in names})


AT = bindparam("at", type_=UtcDateTime)
"""The moment of ``known`` in a statement that is built once."""


def known(table: Table, at: datetime | ColumnElement[datetime] | None) -> ColumnElement[bool]:
    """The rows believed at a moment; None: those believed now."""
    if at is None:
        return table.c.known_to.is_(None)
    return and_(table.c.known_from <= at, or_(table.c.known_to.is_(None), table.c.known_to > at))


def a_moment_after(dialect: str, column: str) -> ColumnElement[datetime]:
    """One microsecond after a column's instant, by the name of the dialect."""
    step = "1" if dialect == "sqlite" else "interval '1 microsecond'"
    return type_coerce(literal_column(f"{column} + {step}"), UtcDateTime)


def digest(content: bytes) -> bytes:
    """16 bytes that differ when the content differs."""
    return hashlib.blake2b(content, digest_size=16).digest()


def lock(conn: Connection, name: str) -> None:
    """Hold a named lock until the transaction ends, so that two writers of one thing take turns.

    SQLite has one writer at a time anyway (every writing transaction begins IMMEDIATE).
    """
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _number(name)})


def try_lock(conn: Connection, name: str) -> bool:
    """Take a named lock of PostgreSQL for as long as the connection stands; False while another one has it."""
    return bool(conn.execute(text("SELECT pg_try_advisory_lock(:number)"), {"number": _number(name)}).scalar_one())


def is_free(conn: Connection, name: str) -> bool:
    """Whether nobody has a lock of ``try_lock``. Who asks at the same moment holds nobody's answer up."""
    number = {"number": _number(name)}
    free = bool(conn.execute(text("SELECT pg_try_advisory_lock_shared(:number)"), number).scalar_one())
    if free:
        conn.execute(text("SELECT pg_advisory_unlock_shared(:number)"), number)
    return free


def unlock(conn: Connection, name: str) -> None:
    """Give a lock of ``try_lock`` back."""
    conn.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": _number(name)})


def _number(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
