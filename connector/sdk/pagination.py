"""Reading a list page by page where the next page is named by a token."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from model.errors import FatalError

T = TypeVar("T")


def token_pages(
    fetch: Callable[[str | None], tuple[T, str | None]], *, where: str, start: str | None = None
) -> Iterator[tuple[T, str | None]]:
    """Yield (page, token of the next page), the last one with None.

    ``fetch`` takes a token (None: the first page) and gives a page and the next token. Raises FatalError when a token
    comes a second time: such a list would never end.
    """
    seen: set[str] = set()
    token = start
    while True:
        if token is not None:
            if token in seen:
                raise FatalError(
                    "The tool gave the same page token twice, so its list has no end.",
                    where=where, fix="Try again; if it stays, tell the vendor.", reason="repeated_page_token",
                )
            seen.add(token)
        page, token = fetch(token)
        yield page, token
        if token is None:
            return
