"""Calls that hang are given up, replaced and, for the same place, refused."""

from __future__ import annotations

import threading

import pytest

from assay.errors import UnavailableError
from assay.patience import PatientThreads


@pytest.fixture
def gate():
    """An event that calls can hang on; set in the end, so that their threads end."""
    event = threading.Event()
    yield event
    event.set()


def test_results_and_errors_come_back():
    pool = PatientThreads("t", 2, 30.0)
    calls = [pool.submit("a", lambda n=n: n * n, item=str(n)) for n in range(50)]
    assert [pool.wait(call) for call in calls] == [n * n for n in range(50)]

    def fail():
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        pool.wait(pool.submit("a", fail, item="x"))


def test_calls_that_hang_keep_nobody_else_waiting(gate):
    pool = PatientThreads("t", 2, 0.2, most_stuck=3)
    stuck = [pool.submit("share", gate.wait, item=f"{n}.jpg") for n in range(3)]
    sound = pool.submit("disk", lambda: "here", item="a.jpg")
    for number, call in enumerate(stuck):
        with pytest.raises(UnavailableError) as caught:
            pool.wait(call)
        assert (caught.value.item, caught.value.status) == (f"{number}.jpg", 503)
    assert pool.wait(sound) == "here"
    with pytest.raises(UnavailableError):  # at once: three hang there
        pool.submit("share", lambda: "never", item="4.jpg")
    assert pool.wait(pool.submit("disk", lambda: "still", item="b.jpg")) == "still"


def test_calls_that_wait_behind_ones_that_hang_are_refused_with_them(gate):
    pool = PatientThreads("behind", 2, 0.2, most_stuck=2)
    calls = [pool.submit("share", gate.wait, item=f"{n}.jpg") for n in range(40)]
    for call in calls:
        with pytest.raises(UnavailableError):
            pool.wait(call)
    assert 2 <= sum(thread.name.startswith("behind") for thread in threading.enumerate()) < 10


def test_a_place_that_answers_again_is_used_again(gate):
    pool = PatientThreads("t", 1, 0.2, most_stuck=1)
    call = pool.submit("share", gate.wait, item="a.jpg")
    with pytest.raises(UnavailableError):
        pool.wait(call)
    gate.set()
    for _ in range(1_000):
        try:
            again = pool.submit("share", lambda: "back", item="a.jpg")
            break
        except UnavailableError:
            threading.Event().wait(0.01)
    assert pool.wait(again) == "back"


def test_no_more_than_so_many_hang_in_all_and_wait(gate):
    pool = PatientThreads("t", 1, 0.1, most_stuck=5, most_stuck_in_all=2, most_waiting=2)
    for place in ("a", "b"):
        with pytest.raises(UnavailableError):
            pool.wait(pool.submit(place, gate.wait, item=place))
    with pytest.raises(UnavailableError, match="in time"):
        pool.submit("c", lambda: 1, item="c")
    other = PatientThreads("t", 1, 30.0, most_waiting=2)
    running = other.submit("a", gate.wait, item="0")
    while running.started is None:
        threading.Event().wait(0.01)
    for item in ("1", "2"):
        other.submit("a", gate.wait, item=item)
    with pytest.raises(UnavailableError, match="Too much"):
        other.submit("a", gate.wait, item="3")
