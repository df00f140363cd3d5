"""Files that look like COCO datasets of objects and are something else: what they are, and what to use instead."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from assay.errors import InputError

_PANOPTIC = (
    "COCO panoptic segmentation: its annotations are pictures of segments",
    "Import it as that: assay import project --panoptic; or use panopticapi's panoptic2detection_coco_format.py.",
)
_CAPTIONS = (
    "COCO captions: its annotations are sentences without boxes or classes",
    "Use the instances file of the same images (instances_*.json).",
)
_QUESTIONS = ("VQA questions or answers", "Use the instances file of the same images (instances_*.json).")
_VIDEO = (
    "YouTube-VIS video annotations: each holds a list of boxes or masks, one a frame",
    "Write one annotation for each frame, with image_id and track_id.",
)
_BY_KEYS: tuple[tuple[frozenset[str], str, str], ...] = (
    (frozenset({"videos"}), *_VIDEO),
    (frozenset({"questions"}), *_QUESTIONS),
    (
        frozenset({"shapes", "imagePath"}),
        "a labelme file, of a single image",
        "Import the folder of such files as that: assay import project --labelme.",
    ),
    (
        frozenset({"_via_img_metadata"}),
        "a project of VGG Image Annotator",
        "Import it as that: assay import project --via.",
    ),
    (frozenset({"items", "categories"}), "a Datumaro file", "Convert it: datum convert -f coco_instances."),
    (frozenset({"objects", "size"}), "a Supervisely file, of a single image", "Export the project as COCO."),
    (frozenset({"assets"}), "a VoTT project", "Export it as COCO."),
)


def refuse_other_kind(path: Path, records: list[Any]) -> None:
    """Refuse annotations that are no objects in images.

    Args:
        path: The file.
        records: Its first annotations, parsed.

    Raises:
        InputError: all of them are of another kind; it says which, and what to use.
    """
    if not records or not all(isinstance(record, dict) for record in records):
        return
    for keys, (what, hint) in (
        ({"segments_info"}, _PANOPTIC),
        ({"caption"}, _CAPTIONS),
        ({"question_id"}, _QUESTIONS),
        ({"video_id", "segmentations"}, _VIDEO),
        ({"video_id", "bboxes"}, _VIDEO),
    ):
        if all(keys <= record.keys() and not record.keys() & {"bbox", "segmentation"} for record in records):
            raise InputError(
                f"This is {what}.",
                item=str(path)[:500],
                expected="annotations with image_id, category_id and bbox, segmentation or keypoints",
                actual=f"annotations with {', '.join(map(str, records[0]))}"[:300],
                hint=hint,
            )


def describe_keys(keys: Collection[str]) -> str | None:
    """Return what a file without images is by its top-level keys, and what to use instead, or None."""
    for known, what, hint in _BY_KEYS:
        if known <= set(keys):
            return f"This is {what}. {hint}"
    return None
