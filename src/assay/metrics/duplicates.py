"""Images with exactly the same pixels; counted over the whole project, from hashes."""

from __future__ import annotations

from assay.metrics.definition import Metric, OutlierRule
from assay.metrics.family import Cause, Family

DUPLICATE_GROUP_SIZE = Metric(
    key="duplicate_group_size",
    title="Exact Duplicates",
    scopes=("image",),
    kind="count",
    unit="images",
    suspicious="high",
    needs="pixels",
    group="label_errors",
    summary="How many images have exactly these pixels; 1 is unique.",
    description=(
        "Number of images of the project whose decoded pixels and size are the same, whatever their file format "
        "or metadata.\n\n"
        "Duplicates weigh some scenes more than others, and where one copy is in the training split and another in "
        "the validation split, the evaluation flatters the model. Two or more are severe outliers. Keep one copy, "
        "and look whether the copies are labelled alike."
    ),
    rule=OutlierRule("at_least", None, 2),
    pairs=True,
)

_MOST_NAMED = 3


def explain(_key: str, cause: Cause) -> str:
    """Name others of the group."""
    names = cause.same_pixels(_MOST_NAMED + 1)
    others = " and others" if len(names) > _MOST_NAMED else ""
    return f"Has exactly the pixels of {', '.join(names[:_MOST_NAMED])}{others}."


FAMILY = Family((DUPLICATE_GROUP_SIZE,), explain=explain)
