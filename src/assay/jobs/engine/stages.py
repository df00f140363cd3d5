"""The stages of measuring, in the order in which they run: a new one is a file and an entry in ``_BUILT_IN``."""

from __future__ import annotations

from assay.jobs.engine import custom, geometry, pictures, sequences
from assay.jobs.engine.stage import Stage
from assay.metrics.registry import register

_BUILT_IN = (
    geometry.STAGE,
    sequences.STAGE,
    pictures.STAGE,
    custom.TABLE_STAGE,  # the last one: its metrics may be computed from those of all others
)
_stages: list[Stage] = []


def add_stage(stage: Stage) -> Stage:
    """Add a stage after those that are there, and the metrics that it brings.

    Raises:
        ExistsError: A metric of one of its keys is there already.
    """
    for family in stage.families:
        register(family)
    _stages.append(stage)
    return stage


def all_stages() -> list[Stage]:
    """Return every stage, in the order in which they run."""
    return list(_stages)


for _stage in _BUILT_IN:
    add_stage(_stage)
