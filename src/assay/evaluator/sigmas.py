"""Keypoint sigmas: how far from its place a keypoint may lie, as a share of the object's size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import UsageError
from assay.evaluation.detection.pairs import DEFAULT_SIGMA
from assay.evaluation.detection.similarity import COCO_SIGMAS
from assay.evaluation.types import Annotations
from assay.formats.json_text import load


@dataclass(frozen=True)
class KeypointSigmas:
    """The sigmas of each class.

    Attributes:
        by_class: For each class float64 ``(keypoints of the class,)``.
        warnings: Which classes got sigmas that nobody stated.
    """

    by_class: list[NDArray[np.float64]]
    warnings: tuple[str, ...]


def choose_sigmas(
    annotations: Annotations, names: Sequence[str], extras: Sequence[str | None], given: tuple[float, ...] | None
) -> KeypointSigmas:
    """Return the given sigmas, else each category's own, else COCO's for 17 keypoints, else .05 with a warning.

    Args:
        annotations: With keypoints.
        names: Of the classes.
        extras: What the category records hold beside the known fields, as JSON texts.
        given: For all classes that have keypoints; None where none are given.

    Raises:
        UsageError: sigmas and keypoints of a class differ in number, or a category's sigmas are no positive numbers.
    """
    lengths = np.zeros(len(names), dtype=np.int64)
    if annotations.keypoint_offsets is not None:
        np.maximum.at(lengths, annotations.class_, np.diff(annotations.keypoint_offsets))
    chosen: list[NDArray[np.float64]] = []
    assumed: list[str] = []
    for name, extra, length in zip(names, extras, lengths.tolist(), strict=True):
        stated = given if given is not None else _stated(name, extra)
        if length and stated is not None:
            if len(stated) != length:
                raise UsageError(
                    "Keypoints and sigmas differ in number.",
                    item=f"class {name}"[:100],
                    expected=f"{length} sigmas",
                    actual=f"{len(stated)}",
                )
            chosen.append(np.array(stated, dtype=np.float64))
        elif length == len(COCO_SIGMAS):
            chosen.append(COCO_SIGMAS)
        else:
            chosen.append(np.full(length, DEFAULT_SIGMA))
            assumed += [name] if length else []
    if not assumed:
        return KeypointSigmas(chosen, ())
    classes = ", ".join(assumed[:5]) + (f" and {len(assumed) - 5} more" if len(assumed) > 5 else "")
    warning = f"No keypoint sigmas are known of {classes}: {DEFAULT_SIGMA:g} is taken for each keypoint."
    return KeypointSigmas(chosen, (warning,))


def _stated(name: str, extra: str | None) -> Sequence[float] | None:
    """Return the sigmas that a category record states.

    Raises:
        UsageError: they are no positive numbers.
    """
    sigmas: Any = load(extra).get("sigmas") if extra else None
    if sigmas is None:
        return None
    if isinstance(sigmas, list) and all(
        isinstance(each, int | float) and not isinstance(each, bool) and 0 < each < math.inf for each in sigmas
    ):
        return sigmas
    raise UsageError(
        "The category's keypoint sigmas cannot be used.",
        item=f"class {name}"[:100],
        expected="a list of positive numbers",
        actual=str(sigmas)[:100],
        hint="State them with --sigmas.",
    )
