"""One call in a process of its own, which can be ended whatever it is at; while it runs it may ask its caller."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from assay.errors import AssayError
from assay.workers import ENVIRONMENT, start_worker

Ask = Callable[[str], Any]
"""By which a task asks its caller; it raises the AssayError that the caller's answer has raised."""

_STOP_POLL_S = 0.1


class CallFailedError(Exception):
    """What was called has raised an exception that is none of Assay's, or has ended its process; the text says it."""


def call_apart(
    task: Callable[..., Any],
    *arguments: Any,
    check: Callable[[], None],
    answer: Callable[[str], Any] | None = None,
) -> Any:
    """Call a function of a module in a process of its own and return what it returns.

    Args:
        task: Is called with an :data:`Ask` and the arguments.
        check: Called several times a second; what it raises ends the process at once and the call.
        answer: Answers what the task asks.

    Raises:
        AssayError: The task has raised it.
        CallFailedError: The task has raised another exception, or has ended its process.
    """
    from loky.backend import get_context  # noqa: PLC0415 - slow, and rarely needed
    from loky.backend.utils import kill_process_tree  # noqa: PLC0415

    context = get_context("loky")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(os.getpid(), there, task, arguments), env=ENVIRONMENT)
    process.start()
    there.close()
    try:
        while True:
            while not here.poll(_STOP_POLL_S):
                check()
            kind, content = here.recv()
            if kind == "asks" and answer is not None:
                here.send(_outcome(answer, content))
            elif kind == "returned":
                return content
            else:
                raise _error(kind, content)
    except (EOFError, BrokenPipeError, ConnectionResetError) as error:
        check()  # both may have been told to end
        raise CallFailedError("its process ended before it was done") from error
    finally:
        kill_process_tree(process)
        here.close()


def _serve(parent: int, pipe: Connection, task: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    start_worker(parent, None)

    def ask(question: str) -> Any:
        pipe.send(("asks", question))
        kind, content = pipe.recv()
        if kind == "returned":
            return content
        raise _error(kind, content)

    outcome = _outcome(task, ask, *arguments)
    sys.stdout.flush()  # the process is killed once it has told
    sys.stderr.flush()
    pipe.send(outcome)


def _outcome(function: Callable[..., Any], *arguments: Any) -> tuple[str, Any]:
    """Return the result or the exception of a function, as it goes through the pipe."""
    try:
        return "returned", function(*arguments)
    except AssayError as error:
        return "problem", error.to_problem()
    except Exception as error:  # noqa: BLE001 - the user's code may raise anything
        return "raised", f"{type(error).__name__}: {error}"


def _error(kind: str, content: Any) -> Exception:
    return AssayError.from_problem(content) if kind == "problem" else CallFailedError(str(content))
