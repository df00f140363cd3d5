"""Who waits for a project gets it in turn, waits as long as its holder gets on, and no longer than it is wanted to."""

from __future__ import annotations

import os
import threading
import time

import pytest

from assay.errors import BusyError, CancelledError
from assay.project.lock import Holder, Lock
from assay.project.oslock import try_lock
from assay.project.waiting import Ticket, tickets
from assay.project.workspace import Workspace

ME = Holder(pid=os.getpid())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "assay.lock"


@pytest.fixture
def running():
    """Start threads that are waited for at the end: `running(function, *arguments)`."""
    threads = []

    def start(function, *arguments):
        threads.append(threading.Thread(target=function, args=arguments))
        threads[-1].start()
        return threads[-1]

    yield start
    for thread in threads:
        thread.join()


def test_fifty_who_wait_get_the_lock_in_the_order_in_which_they_came(path, running, until):
    order = []

    def take(number):
        lock = Lock(path).acquire(ME, wait_s=60)
        order.append(number)
        lock.release()

    first = Lock(path).acquire(ME)
    for number in range(50):
        running(take, number)
        until(lambda number=number: len(tickets(path)) == number + 1, 60)
    first.release()
    until(lambda: len(order) == 50, 120)
    assert order == list(range(50))
    assert tickets(path) == []


def test_a_ticket_that_is_looked_at_while_it_is_made_is_a_ticket_all_the_same(path, monkeypatch):
    lookers = iter([True])  # has it locked for a moment
    monkeypatch.setattr(
        "assay.project.waiting.try_lock", lambda *args, **named: not next(lookers, False) and try_lock(*args, **named)
    )
    with Ticket(path):
        assert not Ticket(path).is_first()


def test_the_ticket_of_one_who_died_holds_nobody_up(path):
    left = Ticket(path)
    left._path.touch()
    with Ticket(path) as ticket:
        assert ticket.is_first()


def test_a_holder_that_gets_on_is_waited_for_and_one_that_does_not_is_named(path, running, until):
    holder = Lock(path).acquire(ME)
    ended, refusals, got = threading.Event(), [], []

    def beat():
        while not ended.wait(0.01):
            holder._last_beat = 0
            holder.beat()

    def wait():
        try:
            got.append(Lock(path).acquire(ME, wait_s=2))
        except BusyError as error:
            refusals.append(error.actual)

    running(beat)
    began = time.monotonic()
    waiting = running(wait)
    until(lambda: time.monotonic() - began > 4, 60)
    assert waiting.is_alive()
    ended.set()
    waiting.join()
    assert (refusals, got) == ([f"held by process {os.getpid()}"], [])
    holder.release()


def test_waiting_ends_when_it_is_given_up(path, running, until):
    holder = Lock(path).acquire(ME)
    given_up, ends = threading.Event(), []

    def wait():
        try:
            Lock(path).acquire(ME, wait_s=1_000, given_up=given_up)
        except CancelledError as error:
            ends.append(error.item)

    waiting = running(wait)
    until(lambda: tickets(path), 60)
    given_up.set()
    waiting.join(60)
    assert (ends, tickets(path)) == ([str(path.parent)], [])
    holder.release()


def test_sixteen_who_open_a_project_at_once_all_read_it(workspace, running):
    found, ready = [], threading.Barrier(16)

    def read(number):
        place = Workspace(workspace, Holder(pid=number))
        try:
            ready.wait(60)
            with place.get("colors").read() as cursor:
                found.append(cursor.execute("SELECT count(*) FROM image").fetchall())
        finally:
            place.close()

    for thread in [running(read, number) for number in range(16)]:
        thread.join(120)
    assert found == [[(6,)]] * 16
    assert tickets(workspace / "colors" / "assay.lock") == []
