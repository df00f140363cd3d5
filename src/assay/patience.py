"""Calls that may never return, such as reading from a network share: bounded in number, and given up in time.

No thread can be ended from outside. So a call that hangs is left alone in its daemon thread, which keeps no program
from ending; another thread takes its place, and once several calls hang for the same place, further ones are refused
at once.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from assay.errors import UnavailableError

Result = TypeVar("Result")

_IDLE_S = 10.0


@dataclass(eq=False)
class Call(Generic[Result]):
    """A call that waits, runs, or has ended.

    Attributes:
        place: What hangs with it if it hangs: a folder, a project.
        item: What to call it in an error.
        future: Its result, or what it raised.
        started: When a thread took it up, by ``time.monotonic``; None while it waits.
    """

    place: str
    item: str
    work: Callable[[], Result]
    future: Future[Result] = field(default_factory=Future)
    started: float | None = None


class PatientThreads:
    """A pool of daemon threads for calls that may hang.

    Args:
        name: Of the threads.
        threads: How many calls run at once, beside those that hang.
        limit_s: How long a call may run, in seconds.
        most_stuck: How many calls for one place may hang before others for it are refused.
        most_stuck_in_all: How many calls may hang before all others are refused.
        most_waiting: How many calls may wait for a thread.
    """

    def __init__(
        self,
        name: str,
        threads: int,
        limit_s: float,
        *,
        most_stuck: int = 4,
        most_stuck_in_all: int = 32,
        most_waiting: int = 10_000,
    ) -> None:
        self.limit_s = limit_s
        self._name = name
        self._threads = threads
        self._most_stuck = most_stuck
        self._most_stuck_in_all = most_stuck_in_all
        self._most_waiting = most_waiting
        self._mutex = threading.Lock()
        self._work = threading.Condition(self._mutex)
        self._waiting: deque[Call[Any]] = deque()
        self._idle = 0
        self._alive = 0
        self._stuck: Counter[str] = Counter()
        self._left: set[Call[Any]] = set()

    def submit(self, place: str, work: Callable[[], Result], *, item: str) -> Call[Result]:
        """Have a call made; see :meth:`wait` and :meth:`give_up`.

        Raises:
            UnavailableError: several calls for the place hang, or too many wait.
        """
        call = Call(place, item, work)
        with self._mutex:
            self._check(call)
            if len(self._waiting) >= self._most_waiting:
                raise UnavailableError(
                    "Too much is being read at once.",
                    item=item,
                    expected=f"at most {self._most_waiting} files that wait",
                    actual="more",
                    hint="Try again in a moment.",
                )
            self._waiting.append(call)
            if self._idle >= len(self._waiting):
                self._work.notify()
            else:
                self._start_thread()
        return call

    def wait(self, call: Call[Result]) -> Result:
        """Return the result of a call, or raise its exception; the call may run for ``limit_s``, however long it waits.

        Raises:
            UnavailableError: it hangs.
        """
        while True:
            try:
                return call.future.result(timeout=self.patience(call))
            except TimeoutError:
                if call.future.done():
                    return call.future.result()  # the work's own error of that name, or it has just ended
                if self.patience(call) == 0:
                    self.give_up(call)

    def patience(self, call: Call[Any]) -> float:
        """Return the seconds that a call may still take: the whole limit as long as the call has not begun."""
        started = call.started
        return self.limit_s if started is None else max(started + self.limit_s - time.monotonic(), 0.0)

    def give_up(self, call: Call[Any]) -> None:
        """Wait no longer for a call: it ends with an error, and a thread that hangs over it is replaced."""
        with self._mutex:
            if call.future.done():
                return
            if call.started is None:
                self._waiting.remove(call)
            elif call not in self._left:
                self._left.add(call)
                self._stuck[call.place] += 1
                self._alive -= 1
                if self._waiting:
                    self._start_thread()
        if not call.future.done():
            call.future.set_exception(self._silent(call))

    def _check(self, call: Call[Any]) -> None:
        if self._stuck[call.place] >= self._most_stuck or self._stuck.total() >= self._most_stuck_in_all:
            raise self._silent(call)

    def _silent(self, call: Call[Any]) -> UnavailableError:
        return UnavailableError(
            "The file could not be read in time.",
            item=call.item,
            expected=f"an answer within {self.limit_s:g} s",
            actual="the disk or network share does not answer",
            hint="See whether the folder that it lies in can be listed, then try again.",
        )

    def _start_thread(self) -> None:
        """Start a thread unless there are enough; the mutex is held."""
        if self._alive < self._threads:
            self._alive += 1
            threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def _run(self) -> None:
        while (call := self._next()) is not None:
            try:
                result = call.work()
            except BaseException as error:  # noqa: BLE001 - whoever waits for the call gets it
                outcome, ended_well = error, False
            else:
                outcome, ended_well = result, True
            with self._mutex:
                was_left = call in self._left
                if was_left:
                    self._left.discard(call)
                    self._stuck[call.place] -= 1
                elif not call.future.done():
                    # inside the mutex, so that nobody gives it up in between
                    (call.future.set_result if ended_well else call.future.set_exception)(outcome)
            del call, outcome
            if was_left:
                return  # another thread has taken this one's place

    def _next(self) -> Call[Any] | None:
        """Return the next call that is not refused; None when there has been nothing to do for a while."""
        with self._mutex:
            while True:
                while not self._waiting:
                    self._idle += 1
                    woken = self._work.wait(_IDLE_S)
                    self._idle -= 1
                    if not woken and not self._waiting:
                        self._alive -= 1
                        return None
                call = self._waiting.popleft()
                try:
                    self._check(call)
                except UnavailableError as error:
                    call.future.set_exception(error)
                    continue
                call.started = time.monotonic()
                return call
