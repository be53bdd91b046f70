"""What is held for long and seldom read, kept as compressed bytes."""

import pickle
import zlib
from collections.abc import Iterator, MutableMapping
from typing import Any, TypeVar

T = TypeVar("T")
_QUICK = 1


class Packed:
    """Something compressed. ``like``: much the same thing, packed on its own, which then need not be said again."""

    __slots__ = ("_bytes", "_like")

    def __init__(self, held: object, like: "Packed | None" = None) -> None:
        packer = zlib.compressobj(_QUICK, zdict=like._text()) if like is not None else zlib.compressobj(_QUICK)
        self._bytes = packer.compress(pickle.dumps(held, protocol=pickle.HIGHEST_PROTOCOL)) + packer.flush()
        self._like = like

    def open(self) -> Any:
        return pickle.loads(self._text())  # noqa: S301 - this process packed it, and it was nowhere else since

    def _text(self) -> bytes:
        if self._like is None:
            return zlib.decompress(self._bytes)
        opener = zlib.decompressobj(zdict=self._like._text())
        return opener.decompress(self._bytes) + opener.flush()


class PackedMapping(MutableMapping[str, T]):
    """A mapping whose values are packed; each is made anew whenever it is asked for."""

    def __init__(self) -> None:
        self._held: dict[str, Packed] = {}

    def __getitem__(self, key: str) -> T:
        found: T = self._held[key].open()
        return found

    def __setitem__(self, key: str, value: T) -> None:
        self._held[key] = Packed(value)

    def __delitem__(self, key: str) -> None:
        del self._held[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)
