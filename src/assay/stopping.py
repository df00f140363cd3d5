"""Whether the work of this thread is to stop: asked in the middle of long loops, wherever they are.

A job is cancelled by raising in its own thread, at the next place that asks. Readers and what stores their records go
through millions of records of one file, many layers below the job, so that what asks is the thread's, not handed down.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")

_EVERY = 256
_thread = threading.local()


@contextmanager
def stopped_by(check: Callable[[], None]) -> Iterator[None]:
    """Let :func:`poll` call ``check``, which raises to stop, in this thread and as long as the context lasts."""
    before = getattr(_thread, "check", None)
    _thread.check = check
    try:
        yield
    finally:
        _thread.check = before


def poll() -> None:
    """Stop here if this thread is to stop: by whatever the context's check raises. Without a context go on."""
    check = getattr(_thread, "check", None)
    if check is not None:
        check()


def stoppable(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items, and stop among them if this thread is to stop."""
    for at, item in enumerate(items):
        if at % _EVERY == 0:
            poll()
        yield item
