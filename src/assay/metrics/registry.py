"""The explicit list of metrics, in the order of the catalogue.

A new family of metrics is one file and one entry in ``_CATALOGUE``; metrics from outside call
:func:`register`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from assay.errors import ExistsError, NotFoundError
from assay.metrics import (
    box_fit,
    classwise,
    colour,
    contents,
    crops,
    duplicates,
    exposure,
    extent,
    image_size,
    overlap,
    randomness,
    score,
    sharpness,
    track_gaps,
    track_shape,
    tracks,
    validity,
)
from assay.metrics.definition import Metric
from assay.metrics.family import Family

_CATALOGUE = (
    image_size.FAMILY,
    exposure.FAMILY,
    sharpness.FAMILY,
    colour.FAMILY,
    randomness.IMAGE_FAMILY,
    contents.FAMILY,
    duplicates.FAMILY,
    extent.FAMILY,
    overlap.FAMILY,
    classwise.FAMILY,
    box_fit.FAMILY,
    validity.FAMILY,
    crops.FAMILY,
    randomness.OBJECT_FAMILY,
    tracks.FAMILY,
    track_gaps.FAMILY,
    track_shape.FAMILY,
    score.FAMILY,
)
_families: list[Family] = []
_metrics: dict[str, Metric] = {}


def register(family: Family) -> Family:
    """Add a family of metrics after those that are there.

    Raises:
        ExistsError: A metric of one of its keys is registered already.
    """
    for metric in family.metrics:
        if metric.key in _metrics:
            raise ExistsError(f"A metric named '{metric.key}' exists already.", item=metric.key)
    _families.append(family)
    _metrics.update({metric.key: metric for metric in family.metrics})
    return family


def all_families() -> list[Family]:
    """Return every family, in catalogue order."""
    return list(_families)


def all_metrics() -> list[Metric]:
    """Return every metric, in catalogue order."""
    return list(_metrics.values())


def keys_measured_by(*functions: str) -> frozenset[str]:
    """Return the metrics of the families that have one of some functions.

    Args:
        functions: Names of functions of :class:`~assay.metrics.family.Family`, such as ``measure_crops``.
    """
    families = [f for f in _families if any(getattr(f, function) is not None for function in functions)]
    return frozenset(metric.key for family in families for metric in family.metrics)


def get_metric(key: str) -> Metric:
    """Return the metric of a key.

    Raises:
        NotFoundError: There is none; the hint names the nearest.
    """
    if key not in _metrics:
        raise unknown_metric(key, _metrics)
    return _metrics[key]


def unknown_metric(key: str, keys: Iterable[str]) -> NotFoundError:
    """Return the error for a key that is none of the known ones."""
    nearest = difflib.get_close_matches(key, keys, n=1, cutoff=0.5)
    return NotFoundError(
        f"There is no metric named '{key[:100]}'.",
        item=key[:100],
        expected="a key that `assay metric list` shows",
        actual="an unknown name",
        hint=f"Did you mean '{nearest[0]}'?" if nearest else None,
    )


for _family in _CATALOGUE:
    register(_family)
