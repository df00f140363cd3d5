"""The enumerations whose words Assay reports in, each once: database, queries, HTTP API and web app take them here.

A member's place in its enumeration is the code under which it is stored and computed with: members are only appended.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Outcome(StrEnum):
    """What became of an object: ``tp`` and ``fp`` are said of predictions, ``matched`` and ``fn`` of annotations."""

    IGNORED = "ignored"
    TP = "tp"
    FP = "fp"
    MATCHED = "matched"
    FN = "fn"


class Reason(StrEnum):
    """Why an object is an error."""

    NONE = "none"
    LOCALISATION = "localisation"
    CLASS = "class"
    DUPLICATE = "duplicate"
    BACKGROUND = "background"
    CLASS_AND_LOCALISATION = "class+localisation"
    MISSED = "missed"


class Change(StrEnum):
    """What became of an image from one prediction set to another."""

    RIGHT = "right"
    FIXED = "fixed"
    BROKEN = "broken"
    WRONG = "wrong"


class ImageStatus(StrEnum):
    """What is known of an image's file; ``unknown`` stands for no record of it."""

    OK = "ok"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"


class FileStatus(IntEnum):
    """How :class:`ImageStatus` is stored in ``image_file.status``."""

    OK = 0
    MISSING = 1
    UNREADABLE = 2


class Severity(StrEnum):
    """How far a value lies outside a metric's limits."""

    NONE = "none"
    MODERATE = "moderate"
    SEVERE = "severe"


class Segmentation(IntEnum):
    """How a record's segmentation is stored."""

    NONE = 0  # absent, or verbatim in ``extra``
    EMPTY = 1  # []
    POLYGON = 2
    COUNTS = 3  # uncompressed RLE
    COMPRESSED = 4  # compressed RLE


class AcquisitionKey(StrEnum):
    """How unsure a prediction set's model is about an image, function by function."""

    ENTROPY = "acq_entropy"
    LEAST_CONFIDENCE = "acq_least_confidence"
    MARGIN = "acq_margin"
    VARIANCE = "acq_variance"
    MEAN_CONFIDENCE = "acq_mean_confidence"


class OutcomeCountKey(StrEnum):
    """How many of an image's objects an evaluation finds right and wrong, as metrics of the image."""

    ERRORS = "error_count"
    FP = "fp_count"
    FN = "fn_count"
    TP = "tp_count"


PREDICTION_OUTCOMES = (Outcome.TP, Outcome.FP, Outcome.IGNORED)
ANNOTATION_OUTCOMES = (Outcome.MATCHED, Outcome.FN, Outcome.IGNORED)
PREDICTION_REASONS = (
    Reason.LOCALISATION,
    Reason.CLASS,
    Reason.DUPLICATE,
    Reason.BACKGROUND,
    Reason.CLASS_AND_LOCALISATION,
)
ANNOTATION_REASONS = (Reason.LOCALISATION, Reason.CLASS, Reason.MISSED)


def status_of(code: int | None) -> ImageStatus:
    """Return the word for a stored status; None where there is no record."""
    return ImageStatus.UNKNOWN if code is None else ImageStatus[FileStatus(code).name]
