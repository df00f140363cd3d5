"""The executor of a job's batches: chosen here and nowhere else, by the amount of work and its unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import cv2

from assay.workers import Executor, InlineExecutor, LocalExecutor


class Unit(Enum):
    """Units in which the work of a job is counted."""

    ANNOTATIONS = "annotations whose coordinates are measured"
    TRACKED = "annotations of whole sequences"
    PREDICTIONS = "predictions whose coordinates are measured"
    PICTURES = "pictures that are decoded"
    SCENES = "scenes of a sandbox"


@dataclass(frozen=True)
class Size:
    """How work of a unit is cut.

    Attributes:
        batch: About so many are a batch.
        little: So many at most are done sooner than processes start.
        setup: Called once in each process before any batch.
    """

    batch: int
    little: int
    setup: Callable[[], None] | None = None


def use_one_thread() -> None:
    """Set up a worker process: the work is spread over processes, so OpenCV needs no threads."""
    cv2.setNumThreads(1)


SIZES: dict[Unit, Size] = {
    Unit.ANNOTATIONS: Size(batch=10_000, little=30_000),
    Unit.TRACKED: Size(batch=20_000, little=20_000),
    Unit.PREDICTIONS: Size(batch=20_000, little=30_000),
    Unit.PICTURES: Size(batch=24, little=32, setup=use_one_thread),
    Unit.SCENES: Size(batch=5, little=40, setup=use_one_thread),
}


class Engine:
    """Runs a job's batches: little work in this process, more of it in as many processes as the job may have.

    Where batches run somewhere else, on other machines for instance, this class alone chooses another executor.

    Args:
        check: Called before each batch and several times a second; what it raises ends the run.
        workers: Number of processes; None for one a core.
    """

    def __init__(self, check: Callable[[], None], workers: int | None = None) -> None:
        self._check = check
        self._workers = workers

    def batch(self, unit: Unit) -> int:
        """Return the number of items in a batch, by their unit."""
        return SIZES[unit].batch

    def executor(self, size: int, unit: Unit, *, apart: bool = False, at_most: int | None = None) -> Executor:
        """Return the executor for some work.

        Args:
            size: How much there is to do in all.
            unit: In what that is counted.
            apart: Whether it runs in processes however little it is: one step may take long, or never end, and only
                a process can be ended then.
            at_most: Of how many processes; None for as many as the job may have.
        """
        cut = SIZES[unit]
        if size <= cut.little and not apart:
            return InlineExecutor(self._check)
        return LocalExecutor(at_most or self._workers, setup=cut.setup, check=self._check)
