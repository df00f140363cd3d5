"""Routes that wait for a disk or network share without holding one of the threads that all other routes share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from assay.patience import PatientThreads

Result = TypeVar("Result")


async def patiently(threads: PatientThreads, place: str, work: Callable[[], Result], *, item: str) -> Result:
    """Have a call made that may never return; it may run for ``threads.limit_s``, however long it waits.

    Args:
        place: What hangs with it if it hangs: a folder, a project.
        item: What to call it in an error.

    Raises:
        UnavailableError: it takes too long, or others for the place do.
    """
    call = threads.submit(place, work, item=item)
    waiting = asyncio.wrap_future(call.future)
    try:
        while (patience := threads.patience(call)) > 0 and not waiting.done():
            await asyncio.wait([waiting], timeout=patience)
        if not waiting.done():
            threads.give_up(call)
        return await waiting
    finally:
        if not call.future.done():
            threads.give_up(call)  # whoever asked has gone, or the app is being stopped
            waiting.cancel()
