"""Addresses that people typed into a tool, or into a page of ours."""

from urllib.parse import SplitResult, urlsplit


def parted(url: str) -> SplitResult:
    """The parts of an address; all of them empty for what is none, as a bracket that is not closed."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
