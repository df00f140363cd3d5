"""What the import doctor says of Label Studio's tasks."""

from __future__ import annotations

MESSAGES = {
    "labelstudio_not_a_task": "Entries that are no tasks.",
    "labelstudio_without_image": "Tasks without the URL of an image.",
    "labelstudio_no_result": "Annotations of tasks without a list of results.",
    "labelstudio_cancelled": "Annotations that were skipped by whoever was to make them.",
    "labelstudio_result": "Results that are no objects with a value.",
    "labelstudio_relation": "Relations between regions; they are kept as they are.",
    "labelstudio_kind": "Results of a kind that is not of images, or not known.",
    "labelstudio_without_label": "Regions without a label.",
    "labelstudio_number": "Regions with a coordinate that is no number.",
    "labelstudio_points": "Polygons of fewer than three points, or whose points are no pairs.",
    "labelstudio_mask": "Strokes and masks that cannot be unpacked, or cover nothing.",
    "labelstudio_size_unknown": "Regions of images whose size is not known: percent of it are no pixels.",
    "labelstudio_several_labels": "Regions with several labels; each is an annotation of its own.",
    "labelstudio_several_annotations": "Tasks with several annotations; all of them are taken in, with annotation_id.",
    "labelstudio_predictions": "Predictions of tasks; they come in with assay import predictions --labelstudio.",
}
