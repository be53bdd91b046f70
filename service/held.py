"""What was made last, as long as there is room for it."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Held(Generic[K, V]):
    """What was made last, as long as its sizes together stay within ``most``; the newest always."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._size = 0

    def get(self, key: K, make: Callable[[], tuple[V, int]]) -> V:
        """What is held for a key, else what ``make`` gives, with its size."""
        if key not in self._entries:
            value, size = make()
            self.put(key, value, size)
            return value
        self._entries.move_to_end(key)
        return self._entries[key][0]

    def peek(self, key: K) -> V | None:
        """What is held for a key, which gets no younger by it."""
        return self._entries[key][0] if key in self._entries else None

    def put(self, key: K, value: V, size: int) -> None:
        """Hold something in place of what was held for its key, as the newest."""
        self._size += size - self._entries.pop(key, (value, 0))[1]
        self._entries[key] = value, size
        while self._size > self._most and len(self._entries) > 1:
            self._size -= self._entries.popitem(last=False)[1][1]
