"""How many requests that keep a processor busy are worked on at once.

Dozens that share two processors all take as long as the slowest, and a tagging among them waits for each of its
statements. So what pages ask for is answered a few at a time in the order of asking, and summaries take turns of
their own, which hold up no page. What waits for files or for other projects takes no turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakKeyDictionary

from anyio import CapacityLimiter
from fastapi import Depends

from assay.workers import count_cores

_PAGES_PER_CORE = 2


def turns(at_once: int) -> Any:
    """Return a dependency by which so many requests of those that share it are worked on at once."""
    limiters: WeakKeyDictionary[asyncio.AbstractEventLoop, CapacityLimiter] = WeakKeyDictionary()

    async def take_turn() -> AsyncIterator[None]:
        limiter = limiters.setdefault(asyncio.get_running_loop(), CapacityLimiter(at_once))
        request = object()
        await limiter.acquire_on_behalf_of(request)
        try:
            yield
        finally:
            limiter.release_on_behalf_of(request)

    return Depends(take_turn, scope="function")


PAGE_TURN = turns(_PAGES_PER_CORE * count_cores())
SUMMARY_TURN = turns(count_cores())
