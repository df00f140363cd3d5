"""Acting as another user of the machine, which only root can."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

OTHER = 65_534
needs_root = pytest.mark.skipif(getattr(os, "geteuid", int)() != 0, reason="only root can act as another user")


@contextmanager
def as_user(uid: int) -> Iterator[None]:
    """Be another user: files and sockets that are made meanwhile are theirs."""
    mine = os.geteuid()
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(mine)
