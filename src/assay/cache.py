"""What was asked for last, kept up to a cost, and made once however many threads ask for it at a time."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

Value = TypeVar("Value")


def _no_cost(_value: object) -> float:
    return 0


class Cache(Generic[Value]):
    """The most recently used values. No lock is held while one is made: only who asks for the same one waits.

    Args:
        most_cost: What the values may cost together.
        cost: What one costs, in bytes for instance.
        most_entries: How many are kept at most.
        least_entries: How many are kept whatever they cost.
        grows: Whether a value comes to cost more while it is kept, so that all are added up anew for each new one.
    """

    def __init__(
        self,
        most_cost: float = math.inf,
        cost: Callable[[Value], float] = _no_cost,
        *,
        most_entries: float = math.inf,
        least_entries: int = 1,
        grows: bool = False,
    ) -> None:
        self._most_cost, self._cost = most_cost, cost
        self._most_entries, self._least_entries, self._grows = most_entries, least_entries, grows
        self._entries: OrderedDict[Hashable, tuple[Value, float]] = OrderedDict()
        self._total = 0.0
        self._making: dict[Hashable, tuple[threading.Event, int]] = {}  # with the thread that makes it
        self._mutex = threading.Lock()

    def __len__(self) -> int:
        """Return the number of values in the cache."""
        return len(self._entries)

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return a value, made where it is not kept; where making it fails, the next one who waits for it tries.

        Who asks for a key while making its value waits for nobody: the value is made there and then.
        """
        own = threading.get_ident()
        ready = threading.Event()
        while True:
            with self._mutex:
                if key in self._entries:
                    self._entries.move_to_end(key)
                    return self._entries[key][0]
                others, maker = self._making.setdefault(key, (ready, own))
            if maker == own:
                break
            others.wait()
        try:
            value = make()
            self.put([(key, value)])
            return value
        finally:
            if others is ready:  # not within the making of the same value
                with self._mutex:
                    del self._making[key]
                ready.set()

    def find(self, keys: Iterable[Hashable]) -> list[Value | None]:
        """Return the values that are kept for keys, in their order; None for those that are not."""
        values: list[Value | None] = []
        with self._mutex:
            for key in keys:
                entry = self._entries.get(key)
                if entry is not None:
                    self._entries.move_to_end(key)
                values.append(None if entry is None else entry[0])
        return values

    def put(self, values: Iterable[tuple[Hashable, Value]]) -> None:
        """Keep values by their keys, and forget the oldest ones that there is no room for."""
        costs = [(key, value, self._cost(value)) for key, value in values]
        with self._mutex:
            for key, value, cost in costs:
                self._total += cost - self._entries.pop(key, (None, 0))[1]
                self._entries[key] = (value, cost)
            if self._grows:
                self._entries = OrderedDict((k, (value, self._cost(value))) for k, (value, _) in self._entries.items())
                self._total = sum(cost for _, cost in self._entries.values())
            while len(self._entries) > self._least_entries and (
                len(self._entries) > self._most_entries or self._total > self._most_cost
            ):
                self._total -= self._entries.popitem(last=False)[1][1]
