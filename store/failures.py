"""The database's own errors in our words: what may go through later, and what somebody has to mend."""

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from model.errors import AppError, FatalError, RetryableError

# PostgreSQL's codes: serialization failure, deadlock, lock not available, and everything about resources and shutdown.
_RETRY_CODES = ("40001", "40P01", "55P03")
_RETRY_CLASSES = ("08", "53", "57")


def translated(exc: DBAPIError, where: str) -> AppError:
    """Our error for one of the database's. ``where``: the database's URL without its password."""
    message = str(exc.orig).lower()
    if "no such table" in message or "no such column" in message or _code(exc) in ("42P01", "42703"):
        return FatalError(
            "The database has not the tables of this version.",
            where=where,
            fix="Run: bellwether db upgrade.",
            reason="database_not_upgraded",
        )
    if "unable to open database file" in message:
        return FatalError(
            "The database file can't be opened.",
            where=where,
            fix="Check that its folder exists and may be written.",
            reason="database_unopenable",
        )
    if "readonly" in message or "read-only" in message or _code(exc) == "25006":
        return FatalError(
            "The database can't be written to.",
            where=where,
            fix="Check the file's rights, or that the write was meant.",
            reason="database_read_only",
        )
    if _may_pass(exc, message):
        return RetryableError("The database is busy or out of reach.", where=where, reason="database_unavailable")
    return FatalError(
        f"The database refused a statement ({type(exc.orig).__name__}).",
        where=where,
        fix="Look at the log, and report it.",
        reason="database_refused",
    )


def _code(exc: DBAPIError) -> str:
    return getattr(exc.orig, "sqlstate", None) or ""


def _may_pass(exc: DBAPIError, message: str) -> bool:
    if exc.connection_invalidated:
        return True
    code = _code(exc)
    if code:
        return code in _RETRY_CODES or code[:2] in _RETRY_CLASSES
    if isinstance(exc, IntegrityError | ProgrammingError):
        return False
    return isinstance(exc, OperationalError) and ("malformed" not in message and "not a database" not in message)
