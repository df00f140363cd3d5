"""Stages of measuring, and the state that a run hands from one stage to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assay.jobs.catalogue import Catalogue
from assay.jobs.engine.unreachable import Unreachable
from assay.jobs.manager import JobContext
from assay.metrics.definition import Metric, Needs
from assay.metrics.family import Family
from assay.project.store import Store


def _no_rows() -> NDArray[np.int32]:
    return np.empty(0, dtype=np.int32)


@dataclass
class Measuring:
    """A run through the stages.

    Attributes:
        context: The job.
        catalogue: The project's metrics.
        keys: Keys of the metrics to compute; a stage takes those out that it could compute of no image.
        rows_read: int32 ``(n,)``, rows of the images whose pixels were read, rising.
        left_out: int32 ``(n,)``, rows of the images in folders that the user has not approved, rising.
        unreachable: Images whose files could not be read, and keep what is known of them.
        failed: Custom metrics that stopped, and why.
    """

    context: JobContext
    catalogue: Catalogue
    keys: set[str] = field(default_factory=set)
    rows_read: NDArray[np.int32] = field(default_factory=_no_rows)
    left_out: NDArray[np.int32] = field(default_factory=_no_rows)
    unreachable: Unreachable = field(default_factory=Unreachable)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """The project, open."""
        return self.context.store


@dataclass(frozen=True)
class Stage:
    """Metrics that are computed together, wherever they are missing: one file, and one line in ``stages.py``.

    Attributes:
        key: Name in ``image_measured`` and of the staging tables; never changed.
        needs: The costliest that its metrics are computed from. What needs no pixels is computed before a new project
            is looked at, all of it together.
        metrics: Returns those of a project's metrics that it computes.
        run: Computes some of them wherever they are missing or out of date.
        families: Metrics that it brings with it, where they are not in :mod:`assay.metrics.registry`.
    """

    key: str
    needs: Needs
    metrics: Callable[[Catalogue], list[Metric]]
    run: Callable[[Measuring, list[Metric]], None]
    families: tuple[Family, ...] = ()

    @property
    def reads_pixels(self) -> bool:
        """Whether image files must be decoded for it."""
        return self.needs in ("pixels", "embeddings")
