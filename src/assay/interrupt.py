"""Ctrl-C and SIGTERM: the first asks for the end, the second is the end, and so is time."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from types import FrameType

_EXIT_CODE = 1
_PATIENCE_S = 15.0
"""So long an end that was asked for may take: a thread that waits for a network share may wait for ever."""
_stuck = threading.Event()
_asked = threading.Event()


def listen() -> None:
    """Let the first Ctrl-C or SIGTERM interrupt what the main thread does, and the second end the process.

    What the shell has told this process to ignore it goes on ignoring.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    _asked.set()
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, end_at_once)
    end_in_time(_EXIT_CODE)
    raise KeyboardInterrupt


def interrupted() -> bool:
    """Tell whether the end has been asked for."""
    return _asked.is_set()


def end_at_once(_number: int = 0, _frame: FrameType | None = None) -> None:
    """End this process, whatever its threads are at; what the database has committed is safe."""
    os.write(2, b"\nStopped at once.\n")
    os._exit(_EXIT_CODE)


def end_in_time(code: int) -> None:
    """Start a thread that ends this process soon, whatever hangs by then."""

    def wait() -> None:
        time.sleep(_PATIENCE_S)
        os.write(2, b"\nStopped: something did not come to its end.\n")
        os._exit(code)

    threading.Thread(target=wait, name="end-in-time", daemon=True).start()


def record_stuck() -> None:
    """Record that a thread of this process hangs in a call that cannot be interrupted, and that nobody waits for it."""
    _stuck.set()


def leave_stuck(code: int) -> None:
    """End this process where a thread cannot be stopped, for which Python would wait at its end."""
    if _stuck.is_set():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
