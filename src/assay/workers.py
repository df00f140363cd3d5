"""Runs batches of work in processes of their own: the executor that the engine and the sandboxes share.

Work is cut into lists of items; a task is a function of a module that turns one list into a result. Nothing here
knows what the work is, and a worker process imports only what the task's module does.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any, Generic, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST_WORKERS = 32
_WAITING_PER_WORKER = 3
_PARENT_POLL_S = 1.0
_STOP_POLL_S = 0.1
ENVIRONMENT = {
    "PYTHONFAULTHANDLER": "0",  # else loky turns on what start_worker turns off
    # else glibc gives large arrays back to the system and fetches them anew for the next picture: 10 % of the time
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 29),
    "MALLOC_TOP_PAD_": str(1 << 26),
    # each process has a core to itself: threads of its linear algebra would wait for one another, and the order in
    # which they add, so the last bits of what they find, would depend on how many they are
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}


@dataclass(frozen=True)
class Outcome(Generic[Item, Result]):
    """The outcome of a batch.

    Attributes:
        items: The items of the batch, or those of its parts that have been tried apart.
        result: What the task returned; None when the process died over these items.
        died: Whether it did; ``items`` then holds the one item that kills a process.
    """

    items: list[Item]
    result: Result | None
    died: bool = False


class Executor(Protocol):
    """Runs a task over batches. The same batches give the same results, whatever runs them."""

    @property
    def workers(self) -> int:
        """How many batches are under way at a time."""
        ...

    def run(
        self, task: Callable[[list[Item]], Result], batches: Iterable[list[Item]]
    ) -> Iterator[Outcome[Item, Result]]:
        """Yield the outcome of each batch as it is done, in any order; batches are drawn as they are needed.

        Raises:
            Exception: Whatever the task raises.
        """
        ...


def _go_on() -> None:
    """Let the work go on: nobody asks for its end."""


class InlineExecutor:
    """Runs batches in this process: for little work, which would not repay the start of processes.

    Args:
        check: Called before each batch; what it raises ends the run.
    """

    workers = 1

    def __init__(self, check: Callable[[], None] = _go_on) -> None:
        self._check = check

    def run(
        self, task: Callable[[list[Item]], Result], batches: Iterable[list[Item]]
    ) -> Iterator[Outcome[Item, Result]]:
        """See :meth:`Executor.run`."""
        for items in batches:
            self._check()
            yield Outcome(items, task(items))


class LocalExecutor:
    """Runs batches in processes of this machine, spawned, never forked.

    A process that dies (a crash of a decoder, for instance) does not end the run: the batches that were under
    way are tried again, one at a time and then in halves, until the item that kills a process is alone.

    Args:
        workers: How many processes; None for one a core.
        setup: Called once in each process before any batch.
        check: Called several times a second while batches are under way; what it raises ends the run, and the
            processes at once, whatever they are at.
    """

    def __init__(
        self,
        workers: int | None = None,
        setup: Callable[[], None] | None = None,
        check: Callable[[], None] = _go_on,
    ) -> None:
        self.workers = workers or count_cores()
        self._setup = setup
        self._check = check

    def run(
        self, task: Callable[[list[Item]], Result], batches: Iterable[list[Item]]
    ) -> Iterator[Outcome[Item, Result]]:
        """See :meth:`Executor.run`."""
        waiting = iter(batches)
        while True:
            suspects: list[list[Item]] = []
            yield from self._run_until_death(task, waiting, suspects)
            if not suspects:
                return
            yield from self._try_apart(task, suspects)

    def _run_until_death(
        self, task: Callable[[list[Item]], Result], waiting: Iterator[list[Item]], suspects: list[list[Item]]
    ) -> Iterator[Outcome[Item, Result]]:
        """Run batches; when a process dies, put those that were under way into ``suspects`` and stop."""
        first = list(islice(waiting, self.workers))
        if not first:
            return
        waiting = chain(first, waiting)
        pool = self._open(len(first))  # a process without a batch would be started for nothing
        pending: dict[Any, list[Item]] = {}
        at_rest = False
        try:
            while not suspects:
                while len(pending) < _WAITING_PER_WORKER * self.workers:
                    items = next(waiting, None)
                    if items is None:
                        break
                    pending[pool.submit(task, items)] = items
                if not pending:
                    at_rest = True
                    return
                self._check()
                for future in wait(pending, timeout=_STOP_POLL_S, return_when=FIRST_COMPLETED).done:
                    items = pending.pop(future)
                    try:
                        result = future.result()
                    except BrokenProcessPool:
                        suspects.append(items)
                    else:
                        yield Outcome(items, result)
            suspects.extend(pending.values())
        finally:
            pool.shutdown(wait=True, kill_workers=not at_rest)  # else whoever stops waits for what they are at

    def _try_apart(
        self, task: Callable[[list[Item]], Result], suspects: list[list[Item]]
    ) -> Iterator[Outcome[Item, Result]]:
        todo = deque(suspects)
        pool = self._open(1)
        try:
            while todo:
                items = todo.popleft()
                try:
                    future = pool.submit(task, items)
                    while not wait([future], timeout=_STOP_POLL_S).done:
                        self._check()
                    yield Outcome(items, future.result())
                except BrokenProcessPool:
                    pool.shutdown(wait=True, kill_workers=True)
                    pool = self._open(1)
                    if len(items) == 1:
                        yield Outcome(items, None, died=True)
                    else:
                        half = len(items) // 2
                        todo.extendleft([items[half:], items[:half]])
        finally:
            pool.shutdown(wait=True, kill_workers=True)

    def _open(self, workers: int) -> Any:
        # loky, not the standard library's pool: a script that uses Assay needs no `if __name__ == "__main__"`
        from loky.backend import get_context  # noqa: PLC0415 - slow, and needed only where there is much to do
        from loky.process_executor import ProcessPoolExecutor  # noqa: PLC0415

        return ProcessPoolExecutor(
            workers,
            context=get_context("loky"),
            initializer=partial(start_worker, os.getpid(), self._setup),
            env=ENVIRONMENT,
        )


def count_cores() -> int:
    """Return the number of processors that this process may use, 32 at most."""
    try:
        usable = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        usable = os.cpu_count() or 1
    return max(1, min(usable, _MOST_WORKERS))


def start_worker(parent: int, setup: Callable[[], None] | None) -> None:
    """Prepare a process that works for another one, and ends with it."""
    faulthandler.disable()  # a crash is reported by the item that caused it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    if setup is not None:
        setup()


def _end_with_parent(parent: int) -> None:
    """End this process when the one that started it is gone, killed for instance."""
    while os.getppid() == parent:
        time.sleep(_PARENT_POLL_S)
    os._exit(1)
