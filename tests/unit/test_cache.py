"""What is kept, what is forgotten, and who waits for whom."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from assay.cache import Cache

WAIT_S = 60


def test_a_value_is_made_once_for_all_who_ask_while_other_keys_are_answered():
    cache: Cache[int] = Cache()
    under_way, go_on = threading.Event(), threading.Event()
    made = []

    def make():
        made.append("slow")
        under_way.set()
        assert go_on.wait(WAIT_S)
        return 1

    with ThreadPoolExecutor(4) as threads:
        slow = [threads.submit(cache.get, "slow", make) for _ in range(3)]
        assert under_way.wait(WAIT_S)
        assert threads.submit(cache.get, "quick", lambda: 2).result(WAIT_S) == 2
        assert not any(one.done() for one in slow)
        go_on.set()
        assert [one.result(WAIT_S) for one in slow] == [1, 1, 1]
    assert made == ["slow"]


def test_where_making_fails_the_next_who_waits_tries():
    cache: Cache[str] = Cache()
    under_way, go_on = threading.Event(), threading.Event()

    def fail():
        under_way.set()
        assert go_on.wait(WAIT_S)
        raise ValueError("the first")

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(cache.get, "key", fail)
        assert under_way.wait(WAIT_S)
        second = threads.submit(cache.get, "key", lambda: "made")
        go_on.set()
        with pytest.raises(ValueError, match="the first"):
            first.result(WAIT_S)
        assert second.result(WAIT_S) == "made"
    assert cache.get("key", fail) == "made"


def test_a_value_that_is_made_of_itself_waits_for_nobody():
    cache: Cache[list[int]] = Cache()
    with ThreadPoolExecutor(1) as threads:
        made = threads.submit(cache.get, "key", lambda: cache.get("key", lambda: [1]))
        assert made.result(WAIT_S) == [1]
    assert cache.get("key", pytest.fail) == [1]
    assert not cache._making


def test_the_oldest_are_forgotten_beyond_a_cost_or_a_number_but_for_the_least():
    cache: Cache[int] = Cache(10, float, most_entries=4, least_entries=2)
    for value in (1, 2, 3):
        cache.get(value, lambda value=value: value)
    cache.get(1, pytest.fail)  # asked for again: now the youngest
    cache.put([(4, 4)])
    assert cache.find([1, 2, 3, 4]) == [1, 2, 3, 4]
    cache.put([(5, 5)])  # five entries, and 15 in all: two have to go, and one more
    assert cache.find([1, 2, 3, 4, 5]) == [None, None, None, 4, 5]
    cache.put([(99, 99)])
    assert cache.find([4, 5, 99]) == [None, 5, 99]  # two are kept whatever they cost
    assert len(cache) == 2


def test_a_value_that_is_put_again_costs_once():
    cache: Cache[int] = Cache(10, float)
    for _ in range(20):
        cache.put([("same", 6)])
    cache.put([("other", 4)])
    assert cache.find(["same", "other"]) == [6, 4]


def test_values_that_grow_are_added_up_anew():
    cache: Cache[list[int]] = Cache(10, len, grows=True)
    growing: list[int] = []
    cache.put([("growing", growing)])
    cache.put([("small", [1])])
    growing.extend(range(20))
    cache.put([("new", [1, 2])])
    assert cache.find(["growing", "small", "new"]) == [None, [1], [1, 2]]
