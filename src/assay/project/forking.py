"""What a forked process must not touch of what its parent has open.

Threads do not survive a fork: in the child nobody answers, and the database's locks may be held for good by threads
that are no more. So the child lets all of it lie as it is, never ends it, and opens anew what it needs.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable


def after_fork(act: Callable[[], None]) -> None:
    """Have something done in every process that is forked from this one; nothing where there is no fork."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=act)


def keep_forever(thing: object) -> None:
    """Keep an object, and all that it holds, from ever being ended: not even when the process ends."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
