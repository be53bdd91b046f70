"""The one exception of the fake Asana: an answer the vendor would refuse a request with."""


class RefusedError(Exception):
    """A refused request: HTTP status, message, and headers or top-level keys the vendor adds to the answer."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        headers: dict[str, str] | None = None,
        extra: dict[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}
        self.extra = extra or {}


def bad(message: str) -> RefusedError:
    """400: the request is malformed or a value is not allowed."""
    return RefusedError(400, message)


def not_found(kind: str, gid: str) -> RefusedError:
    """404 in the vendor's words."""
    return RefusedError(404, f"{kind}: Not a recognized ID: {gid}")


def payment_required(what: str) -> RefusedError:
    """402: the workspace's plan has no such feature."""
    return RefusedError(402, f"{what} are not available on this workspace's plan.")
