"""How loops are compiled and spread over threads.

Kernels release the interpreter lock and run on Assay's own threads. numba's parallel loops are not used: their default
threading layer ends the process when two requests of a server enter it at once.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core.caching import FunctionCache
from numpy.typing import NDArray

from assay.arrays import IndexArray

logger = logging.getLogger(__name__)

Function = TypeVar("Function", bound=Callable[..., Any])
Result = TypeVar("Result")

MAX_THREADS = 8

_FunctionCache: Any = FunctionCache  # numba has no types


class _DispensableCache(_FunctionCache):  # type: ignore[misc]
    """numba's cache of a compiled function; one that cannot be written or read costs time and nothing else."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:  # noqa: BLE001 - unpickling what is damaged may raise anything
            logger.info("The compiled %s cannot be read and is compiled anew: %s", self._py_func.__name__, error)
            try:
                self.flush()  # else no new one could be added to its damaged index
            except OSError:
                self.disable()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except Exception as error:  # noqa: BLE001 - it reads the index, too
            logger.info("The compiled %s cannot be kept for the next run: %s", self._py_func.__name__, error)


def kernel(function: Function) -> Function:
    """Compile a function of arrays with numba: cached on disk, IEEE arithmetic, without the interpreter lock."""
    folder = _cache_folder()
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = "" if folder is None else str(folder)  # numba reads it when a function is declared
    try:
        compiled: Any = numba.njit(nogil=True, error_model="numpy")(function)
        if folder is not None:
            compiled._cache = _DispensableCache(function)  # noqa: SLF001 - as ``enable_caching`` sets numba's own
    finally:
        config.CACHE_DIR = before
    return cast("Function", compiled)


@cache
def _cache_folder() -> Path | None:
    """Return where compiled kernels are kept, in the user's cache folder; None where nothing can be written.

    numba compiles kernels into those that call them but looks only at a kernel's own file for changes. So the folder's
    name is a hash of all the sources: another version of Assay never runs a mixture of both.
    """
    sources = hashlib.blake2b(digest_size=8)
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        sources.update(file.read_bytes())
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "assay" / "kernels" / sources.hexdigest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def thread_count() -> int:
    """Return how many threads kernels are spread over: the processors this process may use, at most 8."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(usable, MAX_THREADS))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="assay-evaluation")


def run_in_threads(function: Callable[[Any], Result], shares: Sequence[Any]) -> list[Result]:
    """Call a function, which must spend its time in kernels, with each share of the work; results in order."""
    if len(shares) < 2:
        return [function(share) for share in shares]
    return list(_pool().map(function, shares))


def split_evenly(count: int, least: int = 4096) -> list[tuple[int, int]]:
    """Cut ``range(count)`` into one run per thread, none but the last shorter than ``least``."""
    shares = max(1, min(thread_count(), count // least))
    bounds = np.linspace(0, count, shares + 1).astype(np.int64).tolist()
    return list(pairwise(bounds))


def split_by_work(work: NDArray[Any], least: int = 4096) -> list[IndexArray]:
    """Deal tasks out to threads, the largest first, each to the thread with the least so far.

    Args:
        work: ``(n,)``, estimated cost of each task in any unit.
        least: Below this total one thread does it all.
    """
    shares = thread_count() if work.sum() >= least else 1
    loads = [0.0] * shares
    dealt: list[list[int]] = [[] for _ in range(shares)]
    for task in np.argsort(-work, kind="stable").tolist():
        lightest = loads.index(min(loads))
        loads[lightest] += float(work[task])
        dealt[lightest].append(task)
    return [np.array(tasks, dtype=np.int32) for tasks in dealt if tasks]
